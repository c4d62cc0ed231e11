"""A log's tree on the disk: the hashes of each level in order, 32 octets each, in few files that grow, `seal/hashes/<level>/<number>`.

A tile of C2SP tlog-tiles is 256 of them, or the first so many where it is not full: it is cut out where somebody asks for it. A
file for each tile cost more than all else that the seal does, since a file system looks for room for each.

Everything here can be made anew from the entries; what is missing slows proofs down and spoils none. It is not synced, for each
sync would hold up the lane's entries: what a crash has lost, and what did not fit on the disk, are zeros or the end of a file.
32 zero octets are the hash of nothing, and read as not kept. What else is wrong shows by the root that it does not give.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.audit.folder import put
from gateway.seal.tiles import WIDTH, Read, Tile
from gateway.seal.tree import HASH

FOLDER: Final = "seal"
CHECKPOINT: Final = "checkpoint"
HASHES: Final = "hashes"
#: Tiles in one file, which has 2 MiB then.
_TILES: Final = 256
_MANY: Final = _TILES * WIDTH
#: What stands where no hash was kept.
_HOLE: Final = bytes(HASH)
#: Where each tile was a file of its own, before.
_BEFORE: Final = "tile"


class TileFiles:
    """The folder `seal` of one journal."""

    def __init__(self, journal: Path) -> None:
        self.folder = journal / FOLDER
        #: By level the number of the file that was written last, and its handle.
        self._open: dict[int, tuple[int, int]] = {}

    def keep(self, tiles: Iterable[Tile]) -> None:
        """Keep tiles, those that follow each other with one write; OSError where that cannot be. Nobody asks for a hash before
        it is under a checkpoint, and what is kept never changes, so that whoever reads meanwhile is not disturbed.
        """
        for level, first, hashes in _together(tiles):
            number, at = divmod(first, _MANY)
            handle, begin = self._handle(level, number), HASH * at
            written = os.pwrite(handle, hashes, begin)
            if written != len(hashes):
                half = written % HASH
                os.pwrite(handle, bytes(half), begin + written - half)  # it would pass for a hash
                raise OSError(errno.ENOSPC, "a short write")

    def keep_only(self, tiles: Sequence[Tile]) -> None:
        """Keep tiles, and remove the files that have none of them; OSError where that cannot be."""
        self.close()
        self.keep(tiles)
        wanted = {self._path(tile.level, tile.number // _TILES) for tile in tiles}
        for path in (self.folder / HASHES).glob("*/*"):
            if path not in wanted:
                path.unlink()

    def publish(self, note: str) -> None:
        """Show the newest checkpoint; OSError where that cannot be."""
        self.folder.mkdir(mode=0o750, exist_ok=True)
        put(self.folder / CHECKPOINT, note.encode(), sync=False)

    def close(self) -> None:
        """Let go of the files; what is kept later opens them again."""
        for _, handle in self._open.values():
            with suppress(OSError):
                os.close(handle)
        self._open.clear()

    def forget_files(self) -> None:
        """Remove the tiles as they were kept before, each in a file."""
        shutil.rmtree(self.folder / _BEFORE, ignore_errors=True)

    def kept(self, level: int, number: int) -> bytes:
        """The hashes of a tile up to the first that is not kept."""
        file, at = divmod(number, _TILES)
        try:
            with self._path(level, file).open("rb", buffering=0) as opened:
                hashes = os.pread(opened.fileno(), HASH * WIDTH, HASH * WIDTH * at)
        except OSError:
            return b""
        # That a hash ends, and the next begins, with zeros enough to look like one is as unlikely as a hash of zeros.
        hole = hashes.find(_HOLE)
        end = len(hashes) // HASH if hole < 0 else -(-hole // HASH)
        return hashes[: HASH * end]

    def reader(self, otherwise: Read) -> Read:
        """Gives a tile's hashes by level, number and width; by ``otherwise`` where it is not kept."""

        def read(level: int, number: int, width: int) -> bytes:
            hashes = self.kept(level, number)[: HASH * width]
            return hashes if len(hashes) == HASH * width else otherwise(level, number, width)

        return read

    def _path(self, level: int, number: int) -> Path:
        return self.folder / HASHES / str(level) / str(number)

    def _handle(self, level: int, number: int) -> int:
        known = self._open.pop(level, None)
        if known is None or known[0] != number:
            if known is not None:
                os.close(known[1])
            known = number, _opened(self._path(level, number))
        self._open[level] = known
        return known[1]


def _opened(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags, 0o640)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        return os.open(path, flags, 0o640)


def _together(tiles: Iterable[Tile]) -> Iterator[tuple[int, int, bytes]]:
    """Hashes that one write takes: their level, the place of the first in it, and all of them."""
    level, first, end = -1, 0, 0
    pieces: list[bytes] = []
    for tile in tiles:
        at = tile.number * WIDTH
        if pieces and (tile.level != level or at != end or not at % _MANY):
            yield level, first, b"".join(pieces)
            pieces = []
        if not pieces:
            level, first = tile.level, at
        pieces.append(tile.hashes)
        end = at + tile.width
    if pieces:
        yield level, first, b"".join(pieces)


def newest_checkpoint(journal: Path) -> str:
    """The newest checkpoint of a lane, as it was signed; empty where there is none."""
    try:
        return (journal / FOLDER / CHECKPOINT).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
