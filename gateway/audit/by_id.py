"""Finding an entry by its id without an index: in the octets of the journal, beginning with the segment of its time.

Theory of operation. An id is 26 characters, the first ten of which are its time, and stands in quotation marks in its
entry. What a client sent is written as JSON, in which quotation marks never stand bare, so that it cannot pass for an id.
Octets that look like one are believed only as part of a whole frame. Segments are looked through one at a time, the one
that was being written at the id's time and those behind it first.
"""

import mmap
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from gateway.audit import frames
from gateway.audit.frames import HEAD
from gateway.audit.reader import Position, Reader, read_head
from gateway.audit.segment import NotASegment
from gateway.instants import DAY, moment

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Characters of an id, and those of them that are its time.
LENGTH: Final = 26
_TIME: Final = 10
#: How an outcome begins, and how compact decisions do.
_OUTCOME: Final = b'["o1","'
_COMPACT: Final = (b'["d1","', b'["r1","')
_OBJECT: Final = b'{"at":'
#: How far before its id an entry that is an object begins, at most.
_BEFORE: Final = 16_384


def since_of(id: str) -> int | None:
    """The time in an id (µs UTC, to the millisecond); None if it is no whole id."""
    if len(id) != LENGTH or not set(id[:_TIME]) <= set(_LETTERS):
        return None
    ms = 0
    for letter in id[:_TIME]:
        ms = ms * 32 + _LETTERS.index(letter)
    return ms * 1000


def decisions(reader: Reader, code: str) -> Iterator[Position]:
    """Where decisions and events lie whose id is, or ends in, a code; those made about the time of a whole id first."""
    firsts = [first for first, _ in reader.segments()]
    behind = _behind(reader, firsts, since_of(code))
    for first in [*firsts[behind:], *reversed(firsts[:behind])]:
        yield from _in_segment(reader, first, code, outcome=False)


def outcomes(reader: Reader, id: str) -> Iterator[Position]:
    """Where the outcome of a decision lies, if it was written within a day of it."""
    firsts, since = [first for first, _ in reader.segments()], since_of(id)
    for number, first in enumerate(firsts[_behind(reader, firsts, since) :]):
        if number and since is not None and (_created(reader, first) or 0) > since + DAY:
            return
        yield from _in_segment(reader, first, id, outcome=True)


def _behind(reader: Reader, firsts: list[int], since: int | None) -> int:
    """How many segments were over an hour before a time, so that nothing of it is in them."""
    low, high = 0, 0 if since is None else max(0, len(firsts) - 1)
    while low < high:
        middle = (low + high) // 2
        created = _created(reader, firsts[middle + 1])
        if created is not None and created < (since or 0) - DAY // 24:
            low = middle + 1
        else:
            high = middle
    return low


def _created(reader: Reader, first: int) -> int | None:
    with suppress(OSError, NotASegment, ValueError), reader.path(first).open("rb") as file:
        return moment(read_head(file)[0].created, 0)
    return None


def _in_segment(reader: Reader, first: int, code: str, *, outcome: bool) -> Iterator[Position]:
    length = dict(reader.segments()).get(first, 0)
    with suppress(OSError), reader.path(first).open("rb") as file:
        length = min(length, file.seek(0, 2))
        if not length:
            return
        with mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ) as octets:
            wanted, at = f'{code}"'.encode("ascii", "replace"), 0
            while (at := octets.find(wanted, at)) >= 0:
                found = _frame(octets, at + len(wanted) - 1 - LENGTH, outcome=outcome)
                if found is not None:
                    yield Position(first, *found)
                at += len(wanted)


def _frame(octets: mmap.mmap, id: int, *, outcome: bool) -> tuple[int, int] | None:
    """The offset and the number of the entry whose id begins there, None if there is none."""
    if id < HEAD + len(_OUTCOME):
        return None
    before = octets[id - len(_OUTCOME) : id]
    if before == _OUTCOME or before in _COMPACT:
        return _whole(octets, id - len(_OUTCOME) - HEAD) if outcome == (before == _OUTCOME) else None
    if outcome or octets[id - 6 : id] != b'"id":"':
        return None
    begin = id
    while (begin := octets.rfind(_OBJECT, max(HEAD, id - _BEFORE), begin)) >= 0:
        found = _whole(octets, begin - HEAD)
        if found is not None:
            return found
    return None


def _whole(octets: mmap.mmap, offset: int) -> tuple[int, int] | None:
    length, seq = (int.from_bytes(octets[offset + a : offset + b], "big") for a, b in ((0, 4), (8, HEAD)))
    frame = frames.read(octets[offset : offset + HEAD + min(length, frames.CAP)], 0, seq)
    return None if frame is None else (offset, seq)
