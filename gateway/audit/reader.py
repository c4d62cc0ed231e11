"""Reading a journal, also while it is being written and by another user: entries in order, damage named by its place.

Theory of operation. The writer publishes how far it got (`gateway.audit.committed`); what stands behind that is not
there yet, whatever the file's size. Segments before the last one count in full. Where no good frame follows, the rest
of a segment is skipped: what was cut short by a crash and promised to nobody in silence, everything else as `Damage`. Removed entries are passed over.
A journal's folder holds one lane; a reader of several merges their `entries` by time.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from gateway.audit import frames, segment
from gateway.audit.committed import read_committed
from gateway.audit.frames import CAP, HEAD, Tail
from gateway.audit.kept_values import read_aside
from gateway.audit.segment import MAGIC, Header, NotASegment
from gateway.record import EntryError, printed
from gateway.record.printed import Shared
from gateway.seal.leaf import is_removed

#: Names that only a journal's folder has; an empty folder is a journal in which nothing was written yet.
NAMES: Final = frozenset({"lane.json", "committed", "index.sqlite"})
_PIECE: Final = 1 << 20
#: No lane has more entries than that; a file with a higher number is none of ours.
_LAST: Final = 2**53


class Position(NamedTuple):
    """Where the next entry is looked for: the segment's first number, the octet, the entry's number."""

    segment: int
    offset: int
    seq: int


class Entry(NamedTuple):
    """One entry where it lies, with its segment's header; ``position`` is its own, ``after`` that of the next."""

    position: Position
    after: Position
    header: Header
    payload: bytes

    def printed(self, shared: Shared) -> dict[str, Any]:
        """Its members; EntryError if it cannot be read. ``shared`` is the table of its segment."""
        return printed(self.payload, self.position.seq, self.header.site, self.header.lane, shared)


class Damage(NamedTuple):
    """A place where the journal cannot be read, and why."""

    file: str
    offset: int
    seq: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}: octet {self.offset}, entry {self.seq}: {self.why}"


class NoJournal(Exception):  # noqa: N818 -- as it is said
    """A folder that holds no journal; the message is for people."""


class Reader:
    """One journal's folder, read only. Each call looks at the disk anew, so that it sees what was written since."""

    def __init__(self, folder: Path, *, synced: bool = False) -> None:
        """NoJournal if the folder is absent, unreadable, or somebody else's. With ``synced`` nothing is there that a loss of
        power may take."""
        self.folder, self._synced = folder, synced
        try:
            names = os.listdir(folder)  # noqa: PTH208 -- names are all that is wanted
        except FileNotFoundError:
            raise NoJournal(f"there is no folder `{folder}`") from None
        except NotADirectoryError:
            raise NoJournal(f"`{folder}` is not a folder") from None
        except PermissionError:
            raise NoJournal(f"`{folder}` may not be read by this user") from None
        if names and NAMES.isdisjoint(names) and not segment.segments(names):
            lanes = sorted(name for name in names if (folder / name / "lane.json").is_file())
            if lanes:
                raise NoJournal(f"`{folder}` holds several lanes; one of them is `{folder / lanes[0]}`")
            raise NoJournal(f"`{folder}` holds no journal")

    def segments(self) -> list[tuple[int, int]]:
        """Each segment's first number, with the octets of it that count."""
        known = read_committed(self.folder)
        found = []
        for name in segment.segments(os.listdir(self.folder)):  # noqa: PTH208
            first = segment.first_of(name)
            if first > _LAST or (known is not None and first > known.first):
                break
            length = (self.folder / name).stat().st_size
            if known is not None and first == known.first:
                length = min(length, known.synced if self._synced else known.written)
            found.append((first, length))
        return found

    def path(self, first: int) -> Path:
        """The file of the segment with that first number."""
        return self.folder / segment.name_of(first)

    def shared(self, first: int) -> Shared:
        """The table that a segment begins with: empty, unless entries that defined values were removed from it."""
        return dict(read_aside(self.folder, first).shared)

    def entries(self, start: Position | None = None, *, whole: bool = False) -> Iterator[Entry | Damage]:
        """Everything from ``start`` on, or from the beginning, up to what was committed when the call began; if ``whole``, with
        what stands in place of removed entries."""
        every = self.segments()
        for number, (first, length) in enumerate(every):
            if start is not None and first < start.segment:
                continue
            begin = start if start is not None and first == start.segment else None
            yield from self._segment(first, length, begin, last=number == len(every) - 1, whole=whole)

    def printed(self, start: Position | None = None) -> Iterator[tuple[Entry, dict[str, Any]] | Damage]:
        """As `entries`, each with its members. ``start`` must be at a segment's beginning for its table to be whole."""
        shared: Shared = {}
        current = -1
        for entry in self.entries(start):
            if isinstance(entry, Damage):
                yield entry
                continue
            if entry.position.segment != current:
                current, shared = entry.position.segment, self.shared(entry.position.segment)
            try:
                yield entry, entry.printed(shared)
            except EntryError as error:
                yield self.damage(entry.position, str(error))

    def damage(self, position: Position, why: str) -> Damage:
        """Damage at a position."""
        return Damage(segment.name_of(position.segment), position.offset, position.seq, why)

    def _segment(
        self, first: int, length: int, begin: Position | None, *, last: bool, whole: bool
    ) -> Iterator[Entry | Damage]:
        with self.path(first).open("rb") as file:
            try:
                header, start = read_head(file)
            except NotASegment as error:
                if length:
                    yield self.damage(Position(first, 0, first), str(error))
                return
            offset, seq = start, header.first
            if begin is not None and begin.offset > start:
                _, offset, seq = begin
            while offset < length:
                file.seek(offset)
                data = file.read(min(_PIECE, length - offset))
                base, moved = offset, 0
                for frame in frames.scan(data, 0, seq):
                    here, moved = Position(first, base + frame.offset, seq), frame.end
                    seq += 1
                    if whole or not is_removed(frame.payload):
                        yield Entry(here, Position(first, base + moved, seq), header, frame.payload)
                offset = base + moved
                if moved == 0 or (base + len(data) >= length and moved < len(data)):
                    tail = frames.tail(data, moved)
                    if tail is Tail.CORRUPT or (tail is Tail.TORN and not self._excused(first, last=last)):
                        yield self.damage(
                            Position(first, offset, seq), f"no entry begins here ({tail.value})"
                        )
                    return

    def _excused(self, first: int, *, last: bool) -> bool:
        """A write that was cut short is no damage in the last segment, if nobody was promised that it is whole."""
        known = read_committed(self.folder)
        return last and (known is None or known.first != first)


def read_head(file: BinaryIO) -> tuple[Header, int]:
    """A segment's header, and where its first entry begins; NotASegment if there is none."""
    file.seek(0)
    return segment.read_header(file.read(len(MAGIC) + HEAD + CAP))


class Places:
    """Entries by their places, as an index knows them: files stay open, tables are read as far as they are needed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._files: dict[int, tuple[BinaryIO, Header]] = {}

    def entry(self, position: Position) -> Entry:
        """The entry at a place; EntryError if none is there."""
        file, header = self._open(position.segment)
        data = os.pread(file.fileno(), HEAD, position.offset)
        data += os.pread(file.fileno(), min(CAP, int.from_bytes(data[:4], "big")), position.offset + HEAD)
        frame = frames.read(data, 0, position.seq)
        if frame is None:
            raise EntryError("the entry is damaged")
        after = Position(position.segment, position.offset + frame.end, position.seq + 1)
        return Entry(position, after, header, frame.payload)

    def _open(self, first: int) -> tuple[BinaryIO, Header]:
        known = self._files.get(first)
        if known is None:
            if len(self._files) >= 16:
                self.close()
            try:
                file = self._reader.path(first).open("rb")
                known = self._files[first] = (file, read_head(file)[0])
            except (OSError, NotASegment) as error:
                raise EntryError(str(error)) from error
        return known

    def close(self) -> None:
        """Close every file."""
        for file, _ in self._files.values():
            file.close()
        self._files.clear()
