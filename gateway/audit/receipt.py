"""What the journal's writer and those who use it say to each other."""

import errno
import time
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from gateway.rates.ledger import Booking
from gateway.record import Compact
from gateway.value import Value
from gateway.vocabulary import Audience, Level

#: What is promised to each audience: how safe its entry is before it is answered.
LEVELS: Final = {Audience.AI: Level.DURABLE, Audience.PEOPLE: Level.WRITTEN, Audience.WELCOME: Level.WRITTEN}


class State(StrEnum):
    """Whether the writer can write: as it should, the disk is full, or the disk fails."""

    OK = "ok"
    FULL = "full"
    DOWN = "down"


class Receipt(Value):
    """An entry is in the journal under this number, as safe as ``level`` says."""

    __slots__ = ("level", "seq")

    def __init__(
        self,
        seq: int,
        level: Level,
    ) -> None:
        self.seq: Final = seq
        self.level: Final = level


class Item(Value):
    """An entry to be written, and how safe it has to be before its receipt is given.

    A *vital* entry, such as an operator's order, is written from the reserve if the disk is full. ``booking`` is what it
    says about a quota. ``of`` is the id of the decision that it is, or whose outcome it is (``ends``).
    """

    __slots__ = ("booking", "ends", "entry", "level", "of", "vital")

    def __init__(
        self,
        entry: bytes | Compact,
        level: Level,
        vital: bool = False,
        booking: Booking | None = None,
        of: str = "",
        ends: bool = False,
    ) -> None:
        self.entry: Final = entry
        self.level: Final = level
        self.vital: Final = vital
        self.booking: Final = booking
        self.of: Final = of
        self.ends: Final = ends


class Event(NamedTuple):
    """What the writer said itself, and the number under which it did."""

    name: str
    details: dict[str, Any]
    seq: int


class Counts:
    """What the recorder has seen since it began, for metrics."""

    __slots__ = ("decisions", "events", "outcomes", "queued", "refused")

    def __init__(self) -> None:
        self.decisions = self.outcomes = self.events = 0
        #: Let pass before the entry was written, and refused because it could not be.
        self.queued = self.refused = 0


class Clock(Protocol):
    """Time, and which boot of the machine this is (16 octets)."""

    boot: bytes

    def wall(self) -> int:
        """Microseconds since 1970, UTC."""
        ...

    def steady(self) -> int:
        """Microseconds of a clock that never steps."""
        ...


class LocalClock:
    """This machine's clocks."""

    def __init__(self) -> None:
        try:
            text = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
            self.boot = bytes.fromhex(text.strip().replace("-", ""))
        except (OSError, ValueError):
            # Not known, so never the same: recovery then relies on nothing but what was synced.
            self.boot = time.time_ns().to_bytes(16, "big")

    def wall(self) -> int:
        return time.time_ns() // 1000

    def steady(self) -> int:
        return time.monotonic_ns() // 1000


class JournalError(Exception):
    """A journal that cannot be used, in words for people; ``hint`` says what to do."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.hint = hint


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_full(error: OSError) -> bool:
    """Whether a disk said that it takes no more: no room, a quota, or a file-size limit."""
    return error.errno in _FULL


def symbol(error: OSError | None) -> str:
    """An error for the journal: its symbol, such as ``EIO``, and no path of this machine."""
    return errno.errorcode.get((error and error.errno) or 0, "unknown")
