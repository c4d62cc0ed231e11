"""What processes with entries and the process that writes them say to each other, as octets on a Unix socket.

A message is a length of four octets (big-endian) and one array in MessagePack, whose first item is its name. Values that
entries share are sent once for each connection (`Values`): they are nine tenths of an entry. Both ends are of one version
and one user, in a folder that nobody else may enter.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.audit.cases import Sight
from gateway.audit.open_lane import Left
from gateway.audit.orders_file import Snapshot
from gateway.audit.receipt import Item, State
from gateway.rates.counters import Finding, Take
from gateway.rates.ledger import Booked, Draw, Settled
from gateway.rates.quota import Span
from gateway.rates.rate import Rate, Unit
from gateway.record import Compact
from gateway.vocabulary import By, Level

#: Octets of one message.
LONGEST: Final = 1 << 28
_HEAD: Final = 4
#: Values that one connection knows; then it begins anew.
MOST_VALUES: Final = 50_000


class _Message(Struct, array_like=True, tag=True):
    """Any of those below."""


class Entry(Struct, array_like=True, frozen=True):
    """An `Item`; ``shared`` are numbers of values, None for a full entry."""

    octets: bytes
    shared: tuple[int, ...] | None
    level: Level
    vital: bool
    booked: Booked | None
    settled: Settled | None
    of: str
    ends: bool


class Counted(Struct, array_like=True, tag="rate", frozen=True):
    """A `Take`."""

    name: str
    count: int
    unit: Unit
    burst: int
    by: By
    whose: str
    few: bool
    ai: bool


class Drawn(Struct, array_like=True, tag="quota", frozen=True):
    """A `Draw`."""

    name: str
    license: str
    limit: int
    span: Span
    begins: int
    free: bool


class Hello(_Message):
    """The first message: decisions of the sender in the journal whose outcome is not known to be there, with what they booked;
    and those of which it is not known whether they are there."""

    open: dict[str, Booked | None]
    doubtful: list[str]


class Batch(_Message):
    """Entries, answered by `Accepted`. ``values`` are new ones, numbered on; ``anew``: those of before are forgotten.

    ``after`` is not None where they may be in the journal already, if so behind the entry with that number.
    """

    number: int
    anew: bool
    values: list[bytes]
    entries: list[Entry]
    after: int | None


class Ask(_Message):
    """A request to be counted, answered by `Found`."""

    number: int
    now: int
    takes: list[Counted | Drawn]


class Release(_Message):
    """Something is given back to a quota; not answered."""

    license: str
    day: date


class Quotas(_Message):
    """Asks what is left of quotas, answered by `Remaining`."""

    number: int
    draws: list[Drawn]


class Seen(_Message):
    """A reader was let in to an article; not answered."""

    sight: Sight


class Use(_Message):
    """A signature is used, answered by `Used`; times are in seconds since 1970."""

    number: int
    used: tuple[str, str, str]
    until: int
    now: int


class Welcome(_Message):
    """Answers `Hello`."""

    lane: str
    last: int
    orders: Snapshot


class Accepted(_Message):
    """The numbers of entries, 0 for one that could not be written as asked, and how safe they are."""

    number: int
    level: Level
    seqs: list[int]


class Found(_Message):
    """What rates and quotas say."""

    number: int
    findings: tuple[Finding, ...]


class Remaining(_Message):
    """What is left of quotas."""

    number: int
    left: tuple[Left, ...]


class Used(_Message):
    """Whether the signature was used before, None where nobody can tell."""

    number: int
    before: bool | None


class Told(_Message):
    """How the lane stands."""

    state: State
    last: int
    waiting: int
    dropped: int
    checkpoint: str


class Ordered(_Message):
    """The orders and holds in force from now on."""

    orders: Snapshot


class Said(_Message):
    """What the writer had to say of itself."""

    name: str
    details: dict[str, Any]


ToWriter = Seen | Hello | Batch | Ask | Release | Quotas | Use
FromWriter = Welcome | Accepted | Found | Remaining | Used | Told | Ordered | Said

to_writer: Final = msgspec.msgpack.Decoder(ToWriter)
from_writer: Final = msgspec.msgpack.Decoder(FromWriter)
_encode: Final = msgspec.msgpack.Encoder().encode


def octets_of(message: Struct) -> bytes:
    """A message as it is sent."""
    octets = _encode(message)
    return len(octets).to_bytes(_HEAD) + octets


class Inbox(bytearray):
    """Octets that have come; whole messages are taken out."""

    def messages(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole now. ValueError where one is too long to be any of ours."""
        self += data
        begin = 0
        while len(self) >= begin + _HEAD:
            length = int.from_bytes(self[begin : begin + _HEAD])
            if length > LONGEST:
                raise ValueError("a message is too long")
            end = begin + _HEAD + length
            if len(self) < end:
                break
            yield bytes(self[begin + _HEAD : end])
            begin = end
        del self[:begin]


class Values:
    """The values that one connection knows, at the end that sends them."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def batch(self, number: int, items: Sequence[Item], after: int | None = None) -> Batch:
        """These entries as a message."""
        anew = not self._numbers or len(self._numbers) > MOST_VALUES
        if anew:
            self._numbers.clear()
        new: list[bytes] = []
        entries = [self._entry(item, new) for item in items]
        return Batch(number, anew, new, entries, after)

    def _entry(self, item: Item, new: list[bytes]) -> Entry:
        entry, booking, shared = item.entry, item.booking, None
        if isinstance(entry, Compact):
            shared = tuple([self._number(value, new) for value in entry.shared])
            entry = entry.head
        booked = booking if isinstance(booking, Booked) else None
        settled = booking if isinstance(booking, Settled) else None
        return Entry(entry, shared, item.level, item.vital, booked, settled, item.of, item.ends)

    def _number(self, value: bytes, new: list[bytes]) -> int:
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self._numbers)
            new.append(value)
        return number


class Known:
    """The same at the end that gets them."""

    def __init__(self) -> None:
        self._values: list[bytes] = []

    def items(self, batch: Batch) -> list[Item]:
        """The entries of a message. IndexError where it names a value that was never sent."""
        if batch.anew:
            self._values.clear()
        self._values += batch.values
        values = self._values
        return [
            Item(
                one.octets
                if one.shared is None
                else Compact(one.octets, tuple([values[number] for number in one.shared])),
                one.level,
                one.vital,
                one.booked or one.settled,
                one.of,
                one.ends,
            )
            for one in batch.entries
        ]


def told(take: Take | Draw) -> Counted | Drawn:
    """What is to be counted, for the wire."""
    if isinstance(take, Draw):
        return Drawn(take.name, take.license, take.limit, take.span, take.begins, take.free)
    rate = take.rate
    return Counted(take.name, rate.count, rate.unit, rate.burst, rate.by, take.whose, take.few, take.ai)


def heard(take: Counted | Drawn) -> Take | Draw:
    """The same, from the wire."""
    if isinstance(take, Drawn):
        return drawn(take)
    return Take(take.name, _rate(take.count, take.unit, take.burst, take.by), take.whose, take.few, take.ai)


def drawn(draw: Drawn) -> Draw:
    """A quota, from the wire."""
    return Draw(draw.name, draw.license, draw.limit, draw.span, draw.begins, draw.free)


@lru_cache(maxsize=1024)
def _rate(count: int, unit: Unit, burst: int, by: By) -> Rate:
    return Rate(count, unit, burst, by)
