"""Finding entries without an index, in the octets of the journal: by their id or trace, all events, and who defines a shared
value.

Theory of operation. An id is 26 characters, the first ten of which are its time, and stands in quotation marks in its
entry. What a client sent is written as JSON, in which quotation marks never stand bare, so that it cannot pass for an id,
nor for a member. Octets that look like what is sought are believed only as part of a whole frame. Segments are looked
through one at a time; for an id the one that was being written at its time and those behind it first. Where an index holds
the journal up to a place, only what stands behind it (``after``) need be looked through.
"""

import mmap
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from gateway.audit import frames
from gateway.audit.frames import HEAD, Frame
from gateway.audit.reader import Places, Position, Reader, read_head
from gateway.audit.segment import NotASegment
from gateway.instants import DAY, moment
from gateway.record import EntryError, definitions

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Characters of an id, and those of them that are its time.
LENGTH: Final = 26
_TIME: Final = 10
#: An octet that no segment has.
_END: Final = 1 << 53
#: How an outcome begins, and how compact decisions do.
OUTCOME: Final = b'["o1","'
_COMPACT: Final = (b'["d1","', b'["r1","')
_OBJECT: Final = b'{"at":'
#: How entries begin.
_BEGIN: Final = re.compile(rb'\["[dor]1","|\{"at":')
#: What stands in an event alone.
_EVENT: Final = b'"phase":"event"'
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


def decisions(reader: Reader, code: str, after: Position | None = None) -> Iterator[Position]:
    """Where decisions and events lie whose id is, or ends in, a code; those made about the time of a whole id first."""
    firsts = _firsts(reader, after)
    behind = _behind(reader, firsts, since_of(code))
    for first in [*firsts[behind:], *reversed(firsts[:behind])]:
        yield from _by_code(reader, first, code, _begin(first, after), _END, outcome=False)


def decisions_of(reader: Reader, first: int, code: str, begin: int, end: int) -> Iterator[Position]:
    """The same in one segment alone, from octet ``begin`` on and before ``end``."""
    yield from _by_code(reader, first, code, begin, end, outcome=False)


def outcomes(reader: Reader, id: str, after: Position | None = None) -> Iterator[Position]:
    """Where the outcome of a decision lies, if it was written within a day of it; ``after`` the decision, if that is known."""
    firsts, since = _firsts(reader, after), since_of(id)
    behind = _behind(reader, firsts, since) if after is None else 0
    for number, first in enumerate(firsts[behind:]):
        if number and since is not None and (_created(reader, first) or 0) > since + DAY:
            return
        yield from _by_code(reader, first, id, _begin(first, after), _END, outcome=True)


def awaits_end(reader: Reader, id: str) -> bool:
    """Whether a decision was recorded under a whole id, about the time that stands in it, and nobody has said how it ended."""
    firsts, since = _firsts(reader, None), since_of(id)
    for first in firsts[_behind(reader, firsts, since) :]:
        if since is None or (_created(reader, first) or 0) > since + DAY // 24:
            break
        for place in _by_code(reader, first, id, 0, _END, outcome=False):
            if not _is_event(reader, place):
                return next(outcomes(reader, id, place), None) is None
    return False


def events(reader: Reader, after: Position | None = None) -> Iterator[Position]:
    """Where events lie, in the journal's order."""
    for first in _firsts(reader, after):
        last = -1
        with _octets(reader, first) as octets:
            for at in _every(octets, _EVENT, _begin(first, after)):
                frame = _object(octets, at)
                if frame is not None and frame.offset != last:
                    last = frame.offset
                    yield Position(first, frame.offset, frame.seq)


def traced(reader: Reader, traces: Iterable[str]) -> Iterator[Position]:
    """Where decisions lie whose requests belonged to these traces, each by its id (`gateway.trace`)."""
    for wanted in (b'"trace":"00-%b-' % trace.encode("ascii") for trace in traces):
        for first in _firsts(reader, None):
            with _octets(reader, first) as octets:
                for at in _every(octets, wanted, 0):
                    frame = _object(octets, at)
                    if frame is not None and frame.end > at:
                        yield Position(first, frame.offset, frame.seq)


def definer(reader: Reader, first: int, number: int) -> Position | None:
    """Where the entry lies that defines a shared value of a segment."""
    with _octets(reader, first) as octets:
        for at in _every(octets, b",[%d," % number, 0):
            frame = _compact(octets, at)
            if frame is not None and number in definitions(frame.payload):
                return Position(first, frame.offset, frame.seq)
    return None


def entry_from(reader: Reader, first: int, offset: int) -> Position | None:
    """Where the first entry of a segment lies that begins at an octet or behind it; None if none does."""
    with _octets(reader, first) as octets:
        for found in _BEGIN.finditer(octets, max(offset, HEAD)):
            frame = _whole(octets, found.start() - HEAD)
            if frame is not None:
                return Position(first, frame.offset, frame.seq)
    return None


def mentions(
    reader: Reader, first: int, wanted: Iterable[bytes], begin: int, end: int
) -> list[tuple[int, int]]:
    """The offset and the number of each compact decision of a segment that holds one of these literals, from octet ``begin``
    on and before ``end``, in order."""
    found: set[tuple[int, int]] = set()
    with _octets(reader, first) as octets:
        for literal in wanted:
            at = begin
            while (at := octets.find(literal, at, end)) >= 0:
                frame = _compact(octets, at)
                at += len(literal)
                if frame is not None:
                    found.add((frame.offset, frame.seq))
                    at = frame.end
    return sorted(found)


def _is_event(reader: Reader, place: Position) -> bool:
    places = Places(reader)
    try:
        return _EVENT in places.entry(place).payload
    except EntryError:  # removed in this very moment
        return True
    finally:
        places.close()


def _firsts(reader: Reader, after: Position | None) -> list[int]:
    return [first for first, _ in reader.segments() if after is None or first >= after.segment]


def _begin(first: int, after: Position | None) -> int:
    """The octet of a segment from which on it is looked through."""
    return after.offset if after is not None and first == after.segment else 0


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


def _by_code(
    reader: Reader, first: int, code: str, begin: int, end: int, *, outcome: bool
) -> Iterator[Position]:
    wanted = f'{code}"'.encode("ascii", "replace")
    with _octets(reader, first) as octets:
        for at in _every(octets, wanted, begin, end):
            frame = _frame(octets, at + len(wanted) - 1 - LENGTH, outcome=outcome)
            if frame is not None:
                yield Position(first, frame.offset, frame.seq)


@contextmanager
def _octets(reader: Reader, first: int) -> Iterator[mmap.mmap | bytes]:
    """The octets of a segment that count; none where it cannot be opened."""
    length = dict(reader.segments()).get(first, 0)
    try:
        with reader.path(first).open("rb") as file:
            length = min(length, file.seek(0, 2))
            found = mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ) if length else None
    except OSError:
        found = None
    if found is None:
        yield b""
        return
    with found:
        yield found


def _every(octets: mmap.mmap | bytes, wanted: bytes, at: int, end: int = _END) -> Iterator[int]:
    """Where octets stand, from a place on and before an end."""
    while (at := octets.find(wanted, at, end)) >= 0:
        yield at
        at += len(wanted)


def _frame(octets: mmap.mmap | bytes, id: int, *, outcome: bool) -> Frame | None:
    """The frame of the entry whose id begins there, None if there is none."""
    if id < HEAD + len(OUTCOME):
        return None
    before = octets[id - len(OUTCOME) : id]
    if before == OUTCOME or before in _COMPACT:
        return _whole(octets, id - len(OUTCOME) - HEAD) if outcome == (before == OUTCOME) else None
    if outcome or octets[id - 6 : id] != b'"id":"':
        return None
    return _object(octets, id)


def _object(octets: mmap.mmap | bytes, inside: int) -> Frame | None:
    """The frame of the entry that is an object and holds that octet, None if there is none."""
    begin = inside
    while (begin := octets.rfind(_OBJECT, max(HEAD, inside - _BEFORE), begin)) >= 0:
        frame = _whole(octets, begin - HEAD)
        if frame is not None:
            return frame
    return None


def _compact(octets: mmap.mmap | bytes, inside: int) -> Frame | None:
    """The frame of the compact decision that holds that octet, None if there is none."""
    begin = max(octets.rfind(one, max(HEAD, inside - _BEFORE), inside) for one in _COMPACT)
    frame = None if begin < HEAD else _whole(octets, begin - HEAD)
    return frame if frame is not None and frame.end > inside else None


def _whole(octets: mmap.mmap | bytes, offset: int) -> Frame | None:
    """The frame that begins there, whatever its number; None if none does."""
    length, seq = (int.from_bytes(octets[offset + a : offset + b], "big") for a, b in ((0, 4), (8, HEAD)))
    frame = frames.read(octets[offset : offset + HEAD + min(length, frames.CAP)], 0, seq)
    return None if frame is None else frame._replace(offset=offset, end=offset + frame.end)


class Table(dict[int, Any]):
    """A segment's shared values, each read from the entry that defines it when it is first asked for; KeyError without one."""

    def __init__(
        self, reader: Reader, places: Places, first: int, definer: Callable[[int], Position | None]
    ) -> None:
        super().__init__()
        self._reader, self._places, self._first, self._definer = reader, places, first, definer
        self._aside = False

    def __missing__(self, number: int) -> Any:
        place = self._definer(number)
        if place is not None:
            self.update(definitions(self._places.entry(place).payload))
        elif not self._aside:
            self._aside = True
            self.update(self._reader.shared(self._first))
        if number in self:
            return self[number]
        raise KeyError(number)
