"""Leaves that wait for their place in the tree."""

from collections import deque
from collections.abc import Iterable
from struct import Struct
from typing import Final

from gateway.seal.tree import HASH

#: Octets of a row that is added to; behind a longer one another begins.
_ROW: Final = 32 * HASH
_ONE: Final = Struct(f"{HASH}s")
_SEVERAL: Final = Struct(f"{HASH}s" * 16)


class Waiting:
    """A queue of hashes, their octets in rows: of a busy lane there are 40,000, and each by itself would take 90 octets."""

    __slots__ = ("_octets", "_rows")

    def __init__(self) -> None:
        self._rows: deque[bytes] = deque()
        self._octets = 0

    def __len__(self) -> int:
        return self._octets // HASH

    def extend(self, hashes: Iterable[bytes]) -> None:
        """Put these at the end."""
        row, rows = b"".join(hashes), self._rows
        self._octets += len(row)
        if rows and len(rows[-1]) < _ROW:
            rows[-1] += row
        else:
            rows.append(row)

    def take(self, many: int) -> list[bytes]:
        """Take so many from the front, or all that there are."""
        taken, rows, left = [], self._rows, min(many * HASH, self._octets)
        self._octets -= left
        while left > 0:
            row = rows.popleft()
            if len(row) > left:
                rows.appendleft(row[left:])
                row = row[:left]
            left -= len(row)
            taken.append(row)
        return _apart(b"".join(taken))

    def behind(self, many: int) -> list[bytes]:
        """All but so many at the front, which stay as they are."""
        return _apart(b"".join(self._rows)[many * HASH :])


def _apart(octets: bytes) -> list[bytes]:
    """The hashes in a row of them: several at once, for that takes a quarter of the time of cutting each off."""
    hashes: list[bytes] = []
    whole = len(octets) - len(octets) % _SEVERAL.size
    for several in _SEVERAL.iter_unpack(octets[:whole]):
        hashes += several
    hashes += [one for (one,) in _ONE.iter_unpack(octets[whole:])]
    return hashes
