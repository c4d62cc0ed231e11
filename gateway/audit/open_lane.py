"""A lane as those see it who have entries for it: in this process (`lane`), or in another (`far_lane`)."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from gateway.audit.receipt import Event, Item, Receipt, State
from gateway.frozen import Frozen
from gateway.rates.counters import Findings, Take
from gateway.rates.ledger import Booked, Booking, Draw
from gateway.record import Compact
from gateway.vocabulary import Level

_DURABLE: Final = Level.DURABLE
#: Gets the receipts for what was handed over together, in the same order; None for what could not be written as asked.
Done = Callable[[Sequence[Receipt | None]], object]


class Handed(Frozen, frozen=True):
    """Entries that were handed over together, who wants their receipts, and whether these are had without a sync."""

    items: Sequence[Item]
    done: Done | None
    quick: bool

    @property
    def mute(self) -> "Handed":
        """The same, where nobody wants them."""
        return Handed(self.items, None, self.quick)


def items_of(batch: Sequence[Handed]) -> Sequence[Item]:
    """All entries of several hands, in order."""
    return batch[0].items if len(batch) == 1 else [item for handed in batch for item in handed.items]


def are_quick(items: Sequence[Item]) -> bool:
    """Whether none of the entries has to be synced."""
    for item in items:  # noqa: SIM110 -- a generator costs each request two calls
        if item.level is _DURABLE:
            return False
    return True


def hand_out(batch: Sequence[Handed], receipts: Sequence[Receipt | None]) -> None:
    """Every receipt to whoever wants it; one that cannot take it does not keep the others from theirs."""
    first: Exception | None = None
    at = 0
    for handed in batch:
        end = at + len(handed.items)
        if handed.done is not None:
            try:
                handed.done(receipts[at:end])
            except Exception as error:  # noqa: BLE001 -- raised below, where the event loop reports it
                first = first or error
        at = end
    if first is not None:
        raise first


class Left(NamedTuple):
    """How many requests a quota still permits in its period, and whether it is closed because entries are missing that it
    was counted by."""

    requests: int
    closed: bool


class Appending(Protocol):
    """A lane to which a single entry is handed as several are."""

    @abstractmethod
    def extend(self, items: Sequence[Item], done: Done | None = None) -> int:
        """As `append` for several at once; gives how many, from the first on, were taken.

        ``done`` is called once, with the receipts of those that were.
        """

    def append(
        self,
        entry: bytes | Compact,
        level: Level,
        then: Callable[[Receipt | None], object] | None = None,
        *,
        vital: bool = False,
        booking: Booking | None = None,
    ) -> bool:
        """Hand an entry over. ``then`` is called once with its receipt, or with None if it cannot be had now.

        What is not to be durable may still be written later. False, and no call of ``then``, if the lane is closed or too
        many entries wait.
        """
        done = None if then is None else lambda receipts: then(receipts[0])
        return self.extend((Item(entry, level, vital, booking),), done) == 1


class OpenCounters(Protocol):
    """Whoever counts requests: a lane by itself, or several gateways together."""

    def take(self, takes: Sequence[Take | Draw], now: int) -> Findings | Awaitable[Findings]:
        """Count a request under each of these rates and quotas, or under none if one refuses it; ``now`` in µs since
        1970, UTC."""

    def release(self, booked: Booked) -> None:
        """Give back to a license's quota what was taken; what is not given back is kept."""

    def left(self, draws: Sequence[Draw]) -> Sequence[Left] | Awaitable[Sequence[Left]]:
        """What is left of quotas, in the same order."""


class OpenLane(Appending, OpenCounters, Protocol):
    """A lane that is open. What is called here comes back on the event loop of whoever opened it."""

    on_said: Callable[[Event], object] | None
    on_mark: Callable[[int], object] | None

    @property
    def folder(self) -> Path:
        """The journal's folder."""

    @property
    def name(self) -> str:
        """The lane's name."""

    @property
    def state(self) -> State:
        """Whether entries can be written at this moment."""

    @property
    def checkpoint(self) -> str:
        """The newest checkpoint, as it was signed; empty where there is none yet."""

    @property
    def last(self) -> int:
        """The number of the last entry."""

    @property
    def waiting(self) -> int:
        """How many entries wait to be written."""

    @property
    def dropped(self) -> int:
        """How many entries will never be written."""

    def rotate_key(self) -> dict[str, Any]:
        """Seal with a new key from now on; blocks. JournalError where it cannot be done."""

    def close(self) -> None:
        """As `finish`; blocks."""

    async def finish(self) -> None:
        """Write what waits, and let go of the lane."""
