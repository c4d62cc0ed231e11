"""`committed`: how far the journal goes, published by its writer for everybody who reads.

Readers never trust a segment's size: room is set aside ahead of the entries, and a write may be under way. The file is
one record of 64 octets, overwritten after each commit: the segment, its length as written and as synced, the number of
the next entry, the boot that the record belongs to, and the CRC-32 of the segment as written. After a crash the record is also a floor: below it nothing may
be missing. Written octets survive any process, so within the same boot the written length is the floor; after a loss of
power only the synced one is. Where the CRC fits, every entry up to the written length is as it was written, and a start need
not look at them one by one.
"""

import contextlib
import struct
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from gateway.audit.disk import Disk

NAME: Final = "committed"
_RECORD = struct.Struct(">8sQQQQ16sI")
_MAGIC = b"izinlen1"
SIZE: Final = _RECORD.size + 4


class Committed(NamedTuple):
    """How far a lane goes. ``first`` names the segment, lengths are octets in it, ``boot`` is the boot id, ``crc`` that of all
    written octets; 0 where it is not known, as earlier versions left it."""

    first: int
    written: int
    synced: int
    following: int
    boot: bytes
    crc: int = 0

    def encode(self) -> bytes:
        """The record."""
        octets = _RECORD.pack(_MAGIC, *self)
        return octets + crc32(octets).to_bytes(4, "big")

    def floor(self, boot: bytes) -> int:
        """The length below which a machine that is now in ``boot`` must find every octet."""
        return self.written if boot == self.boot else self.synced

    def vouches_for(self, data: bytes) -> bool:
        """Whether the octets of the segment begin with exactly what was written."""
        return self.crc != 0 and crc32(memoryview(data)[: self.written]) == self.crc


class Publication:
    """The record as its writer keeps it up to date."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._path, self._disk = folder / NAME, disk
        self._handle = -1
        #: Set by the first publication that fails. Readers are held up then and recovery knows less; nothing that was
        #: promised depends on it.
        self.error: OSError | None = None

    def open(self) -> None:
        """Begin; OSError where that cannot be."""
        here = NAME in self._disk.names(self._path.parent)
        self._handle = self._disk.open(self._path) if here else self._disk.create(self._path, 0o640)

    def publish(self, record: Committed) -> bool:
        """Put a record in the place of the last; False the first time that this fails."""
        try:
            self._disk.overwrite(self._handle, record.encode())
        except OSError as error:
            first, self.error = self.error is None, error
            return not first
        return True

    def close(self) -> None:
        """Let go of it. Never raises."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with contextlib.suppress(OSError):
                self._disk.close(handle)


def decode(octets: bytes) -> Committed | None:
    """The record, or None if the octets are none."""
    if len(octets) < SIZE or int.from_bytes(octets[_RECORD.size : SIZE], "big") != crc32(
        octets[: _RECORD.size]
    ):
        return None
    magic, *rest = _RECORD.unpack_from(octets)
    return Committed(*rest) if magic == _MAGIC else None


def read_committed(folder: Path) -> Committed | None:
    """The record in a journal's folder, or None if there is none. Asked again where a write was just under way."""
    for _ in range(5):
        try:
            octets = (folder / NAME).read_bytes()
        except FileNotFoundError:
            return None
        if (found := decode(octets)) is not None:
            return found
    return None
