"""A file that another program appends lines to, and turns over when it is long: read on and on, from where it was left.

Theory of operation. What was read is remembered by the file's identity (device and inode) and the place in it. When the name
stands for another file, the old one is read to its end first, for its writer may still have it open; one that was turned over
while nobody read is looked for beside the name. A file that is shorter than the place was emptied, and is read from its
beginning. A line without its end is left until it has one; one that is too long to be a line is passed over.
"""

import os
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

#: Octets that are read at once, and that a line may have.
MOST: Final = 1 << 20
LONGEST: Final = 65_536


class Mark(NamedTuple):
    """How far a file was read: its identity, and the octets before the next line."""

    device: int
    inode: int
    offset: int


class Tailed:
    """The lines of a file as they are appended. Every method blocks."""

    def __init__(self, path: Path, mark: Mark | None) -> None:
        """Begins at ``mark``; without one at the end of what is there, for that was nobody's business then, and where nothing is
        there yet at the beginning of what comes."""
        self._path, self._mark = path, mark
        self._file: BinaryIO | None = None
        self._offset = 0
        self._skipping = self._new = False

    @property
    def mark(self) -> Mark | None:
        """How far it was read; None before there was a file."""
        if self._file is None:
            return self._mark
        state = os.fstat(self._file.fileno())
        return Mark(state.st_dev, state.st_ino, self._offset)

    def read(self) -> list[bytes]:
        """The next lines, without their ends; nothing if there are none now. OSError where the file cannot be read."""
        if self._file is None:
            self._file = self._open()
        lines = self._lines(self._file)
        if not lines and self._turned_over(self._file):
            lines = self._lines(self._file)  # what came between
            if not lines:
                following = self._path.open("rb")
                self.close()
                self._file, self._offset, self._skipping = following, 0, False
                lines = self._lines(following)
        return lines

    def close(self) -> None:
        """Let go of the file; it is gone on with by the next `read`."""
        self._mark = self.mark
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> BinaryIO:
        mark = self._mark
        path = self._path if mark is None else self._left(mark)
        try:
            file = path.open("rb")
        except FileNotFoundError:
            self._new = True
            raise
        state = os.fstat(file.fileno())
        if mark is not None and (state.st_dev, state.st_ino) == mark[:2]:
            self._offset = mark.offset
        else:
            self._offset = 0 if self._new or mark is not None else state.st_size
        return file

    def _left(self, mark: Mark) -> Path:
        """Where the file that was being read lies by now."""
        for path in (self._path, *self._path.parent.glob(f"{self._path.name}*")):
            try:
                state = path.stat()
            except OSError:
                continue
            if (state.st_dev, state.st_ino) == mark[:2]:
                return path
        return self._path

    def _lines(self, file: BinaryIO) -> list[bytes]:
        if os.fstat(file.fileno()).st_size < self._offset:
            self._offset = 0
        octets = os.pread(file.fileno(), MOST, self._offset)
        whole, newline, rest = octets.rpartition(b"\n")
        if not newline:
            if len(rest) > LONGEST:
                self._offset += len(rest)
                self._skipping = True
            return []
        self._offset += len(whole) + 1
        lines = whole.split(b"\n")
        if self._skipping:
            self._skipping = False
            del lines[0]
        return [line for line in lines if len(line) <= LONGEST]

    def _turned_over(self, file: BinaryIO) -> bool:
        """Whether the name stands for another file by now."""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        here = os.fstat(file.fileno())
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)
