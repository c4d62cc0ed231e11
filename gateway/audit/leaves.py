"""The leaves of a lane as its files give them: those of the entries, and of what stands in place of lost ones."""

import re
from bisect import bisect_right
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.audit import segment
from gateway.audit.disk import Disk
from gateway.seal.leaf import ABSENT, leaf_of
from gateway.seal.tiles import WIDTH
from gateway.seal.tree import HASH, complete

#: Leaves of entries that a failing disk may have lost; named by the first one's number as segments are.
DOUBTFUL: Final = ".leaves"

_DOUBTFUL = re.compile(r"[0-9]{20}\.leaves")


def doubtful_name(first: int) -> str:
    """The name of the file with the leaves of entries from that number on."""
    return f"{first:020}{DOUBTFUL}"


def doubtful(folder: Path, disk: Disk, begin: int, end: int) -> list[bytes]:
    """The leaves with indexes from ``begin`` to ``end`` as ``*.leaves`` have them; absent ones elsewhere."""
    found = [ABSENT] * (end - begin)
    for name in disk.names(folder):
        if _DOUBTFUL.fullmatch(name):
            octets = disk.read(folder / name)
            kept = [octets[at : at + HASH] for at in range(0, len(octets) - HASH + 1, HASH)]
            _lay(found, begin, int(name.removesuffix(DOUBTFUL)) - 1, kept)
    return found


class Leaves:
    """A lane's leaves by their index, which is the entry's number less one."""

    def __init__(self, folder: Path, disk: Disk, sound: segment.Sound = segment.UNSOUND) -> None:
        """Of a ``sound`` segment the entries that are not asked for are passed over."""
        self._folder, self._disk, self._sound = folder, disk, sound
        names = disk.names(folder)
        self._segments = segment.segments(names)
        self._firsts = [segment.first_of(name) for name in self._segments]
        #: The segment that was read last, the index of the first leaf that was made of it, and the leaves from there on.
        self._read: tuple[str, int, list[bytes]] = ("", 0, [])

    @property
    def last_segment(self) -> int:
        """The number of the first entry of the last segment, 0 where there is none."""
        return self._firsts[-1] if self._firsts else 0

    def between(self, begin: int, end: int) -> list[bytes]:
        """The leaves with indexes from ``begin`` up to, not including, ``end``: absent ones where nothing else is known."""
        found = doubtful(self._folder, self._disk, begin, end)
        for name, first in self._from(begin):
            if first > end:
                break
            _lay(found, begin, *self._of(name, max(begin, first - 1)))
        return found

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The hashes of a tile, made from the leaves below it."""
        if level == 0:
            return b"".join(self.between(number * WIDTH, number * WIDTH + width))
        below = (self.tile(level - 1, one, WIDTH) for one in range(number * WIDTH, number * WIDTH + width))
        return b"".join(
            complete([hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]) for hashes in below
        )

    def _from(self, begin: int) -> list[tuple[str, int]]:
        start = max(0, bisect_right(self._firsts, begin + 1) - 1)
        return list(zip(self._segments[start:], self._firsts[start:], strict=True))

    def _of(self, name: str, begin: int) -> tuple[int, list[bytes]]:
        """The leaves of a segment from index ``begin`` on, or from an earlier one, which is given too."""
        known, start, leaves = self._read
        if known != name or begin < start:
            sound = self._sound.upto(name)
            start = begin if sound else segment.first_of(name) - 1
            leaves = []
            with suppress(segment.NotASegment):
                entries = segment.behind(self._disk.read(self._folder / name), start, sound)
                leaves = [leaf_of(frame.payload) for frame in entries]
            self._read = name, start, leaves
        return start, leaves


def _lay(found: list[bytes], begin: int, start: int, leaves: list[bytes]) -> None:
    """Lay leaves whose first has the index ``start`` over those found from ``begin`` on."""
    first, last = max(begin, start), min(begin + len(found), start + len(leaves))
    if first < last:
        found[first - begin : last - begin] = leaves[first - start : last - start]
