"""Entries: what the journal keeps, as values and as canonical bytes."""

import hashlib
from typing import Final

from msgspec import Struct

#: Most values that one segment's table holds; values that come later are written out where they stand, as number 0.
MAX_SHARED: Final = 50_000


class Compact(Struct, frozen=True):
    """A compact entry before its segment is known: the octets of its own values, and the values it shares.

    ``head`` is a JSON array without its end; each of ``shared`` is the canonical JSON of one value.
    """

    head: bytes
    shared: tuple[bytes, ...]

    def encode(self, table: dict[bytes, int]) -> bytes:
        """The payload for the segment whose numbers are ``table``, to which values new to it are added.

        A value stands as its number, or as ``[number, value, "<sha-256 in hex>"]`` where it is first used; numbers
        count from 1. If the payload is not written after all, ``forget(table, size_before)`` takes the new ones out.
        """
        out = [self.head]
        for value in self.shared:
            number = table.get(value)
            if number is None:
                number = len(table) + 1 if len(table) < MAX_SHARED else 0
                if number:
                    table[value] = number
                digest = hashlib.sha256(value).hexdigest().encode("ascii")
                out.append(b'[%d,%b,"%b"]' % (number, value, digest))
            else:
                out.append(b"%d" % number)
        return b",".join(out) + b"]"


def forget(table: dict[bytes, int], size: int) -> None:
    """Take out of a segment's table what was added after it had ``size`` values, for entries that were not written."""
    while len(table) > size:
        table.popitem()
