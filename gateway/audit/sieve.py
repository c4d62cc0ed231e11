"""Which readers' minutes may hold what is looked for, so that a code or an address is not sought in the octets of years.

Theory of operation. Readers have no rows (`gateway.audit.minutes`). Of each decision about one the minute keeps marks instead: four
octets each for the short code, the network and the pseudonym, one after the other in no order. What is looked for is marked in the
same way, and only minutes that have the mark are read in the journal. A mark may be another one's too, or stand across two: that
costs a look and nothing else. Like `minutes`, marks are kept for each segment, so that they go with it.
"""

# ruff: noqa: S608 -- statements are made here, of constants and numbers

import sqlite3
from collections.abc import Iterable, Mapping
from functools import lru_cache
from struct import pack
from typing import Final
from zlib import crc32

from gateway.audit.minutes import MINUTE, Row
from gateway.audit.rows import span

SCHEMA: Final = """
CREATE TABLE sieves (segment INTEGER NOT NULL, minute INTEGER NOT NULL, marks BLOB NOT NULL, PRIMARY KEY (segment, minute));
"""
#: Lengths of networks, by the first octet of their address here, at which one that lies within another is found by that other.
_LENGTHS: Final = {4: 24, 6: 48}


def marks_of(row: Row) -> tuple[int, ...]:
    """The marks of a reader's decision."""
    found = [mark_of_code(row.short)]
    if row.pseudonym:
        found.append(_text(row.pseudonym))
    if row.low is not None and row.bits is not None:
        found += _networks(row.low, row.bits)
    return tuple(found)


def mark_of_code(short: str) -> int:
    """The mark of a short code."""
    return crc32(short.encode())


def mark_of(address: str) -> int | None:
    """The mark of an address, a network or a pseudonym that is looked for; None where a network may hold others without it."""
    low, bits = span(address)
    if low is None or bits is None:
        return _text(address)
    if bits < _LENGTHS[low[0]]:
        return None
    return _networks(low, bits)[0]


def put(db: sqlite3.Connection, marks: Mapping[tuple[int, int], Iterable[int]]) -> None:
    """Add marks to minutes, each known by its segment and its number."""
    for (segment, minute), several in marks.items():
        every = [*several]
        row = db.execute(
            "SELECT marks FROM sieves WHERE segment = ? AND minute = ?", (segment, minute)
        ).fetchone()
        octets = (b"" if row is None else row[0]) + pack(f"<{len(every)}I", *every)
        db.execute("INSERT OR REPLACE INTO sieves VALUES (?, ?, ?)", (segment, minute, octets))


def within(
    db: sqlite3.Connection, marks: Iterable[int], since: int | None = None, until: int | None = None
) -> str:
    """The condition on ``minutes`` that one of a time (µs UTC) has any of these marks. It holds until the next one is made."""
    held = " OR ".join(f"instr(marks, x'{pack('<I', mark).hex()}')" for mark in marks) or "0"
    times = "" if since is None else f" AND minute >= {since // MINUTE}"
    times += "" if until is None else f" AND minute <= {until // MINUTE}"
    db.execute("CREATE TEMP TABLE IF NOT EXISTS held (segment INTEGER, minute INTEGER)")
    db.execute("DELETE FROM held")  # looked through once, and not for each segment that is asked
    db.execute(f"INSERT INTO held SELECT segment, minute FROM sieves WHERE ({held}){times}")
    return "(segment, minute) IN (SELECT segment, minute FROM held)"


@lru_cache(8192)
def _networks(low: bytes, bits: int) -> tuple[int, ...]:
    """The mark of a network, and that of the wider one in which it is sought as well."""
    wide = _LENGTHS[low[0]]
    size = 8 * (len(low) - 1)
    lengths = (bits, wide) if bits > wide else (bits,)
    number = int.from_bytes(low[1:], "big")
    cut = (
        (number >> (size - length) << (size - length)).to_bytes(size // 8, "big") + bytes([length])
        for length in lengths
    )
    return tuple(crc32(low[:1] + one) for one in cut)


def _text(pseudonym: str) -> int:
    return crc32(b"\0" + pseudonym.encode())
