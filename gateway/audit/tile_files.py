"""A lane's tree in files, in the layout of C2SP tlog-tiles: the folder `seal` of a journal can be served as it is.

Everything here can be made anew from the entries; a tile that is missing slows proofs down and spoils none.
"""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.audit.folder import put
from gateway.seal.tiles import WIDTH, Read, Tile, path_of
from gateway.seal.tree import HASH

FOLDER: Final = "seal"
CHECKPOINT: Final = "checkpoint"


class TileFiles:
    """The folder `seal` of one journal."""

    def __init__(self, journal: Path) -> None:
        self.folder = journal / FOLDER
        #: By level the tile that was kept last while it was not full; where none was, an earlier process may have.
        self._partial: dict[int, int] = {}

    def keep(self, tile: Tile) -> None:
        """Keep a tile; OSError where that cannot be. It is not synced, for each sync would hold up the lane's entries, and not
        put in place by a new name: nobody asks for it before it is under a checkpoint, and of a crash `reader` takes no half.
        """
        path, full = f"{self.folder}/{tile.path}", tile.width == WIDTH
        try:
            _write(path, tile.hashes)
        except FileNotFoundError:
            Path(path).parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            _write(path, tile.hashes)
        if not full:
            self._partial[tile.level] = tile.number
        elif self._partial.get(tile.level, tile.number) == tile.number:
            shutil.rmtree(f"{path}.p", ignore_errors=True)
            self._partial[tile.level] = -1

    def publish(self, note: str) -> None:
        """Show the newest checkpoint; OSError where that cannot be."""
        self.folder.mkdir(mode=0o750, exist_ok=True)
        put(self.folder / CHECKPOINT, note.encode(), sync=False)

    def reader(self, otherwise: Read) -> Read:
        """Gives a tile's hashes by level, number and width; by ``otherwise`` where it is not kept."""

        def read(level: int, number: int, width: int) -> bytes:
            for kept in (WIDTH, width):
                with suppress(OSError):
                    hashes = (self.folder / path_of(level, number, kept)).read_bytes()
                    if len(hashes) == HASH * kept:
                        return hashes
            return otherwise(level, number, width)

        return read


def _write(path: str, octets: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(path, flags, 0o640)
    try:
        if os.write(handle, octets) != len(octets):
            raise OSError(errno.ENOSPC, "a short write")
    finally:
        os.close(handle)


def newest_checkpoint(journal: Path) -> str:
    """The newest checkpoint of a lane, as it was signed; empty where there is none."""
    try:
        return (journal / FOLDER / CHECKPOINT).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
