"""What one turn of the event loop hands to the lane, and who waits for it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from gateway.audit.receipt import Item, Receipt
from gateway.vocabulary import Level

Accepted = Callable[[Level | None], object]


class Turn:
    """What one turn of the event loop hands over, and who waits for which entry of it; emptied once that is answered."""

    __slots__ = ("_not_accepted", "items", "levels", "since", "thens")

    def __init__(self, not_accepted: Callable[[Level, Accepted], object]) -> None:
        """``not_accepted`` is told of who cannot have theirs, and of their level."""
        self._not_accepted = not_accepted
        self.items: list[Item] = []
        self.thens: list[Accepted | None] = []
        self.levels: set[Level] = set()  # those of entries for which somebody waits
        self.since = 0.0

    def parted(self, level: Level) -> "Turn":
        """A turn of those who wait for another level than this, which this turn loses: they need not wait for the rest."""
        parted, rest = Turn(self._not_accepted), Turn(self._not_accepted)
        for item, then in zip(self.items, self.thens, strict=True):
            turn = rest if then is None or item.level is level else parted
            turn.items.append(item)
            turn.thens.append(then)
        parted.levels, parted.since = self.levels - {level}, self.since
        self.items, self.thens, self.levels = rest.items, rest.thens, {level}
        return parted

    def accepted(self, receipts: Sequence[Receipt | None]) -> None:
        """The receipts of the first entries. One who cannot take theirs does not keep the others from theirs."""
        thens, items, many = self.thens, self.items, len(receipts)
        self.thens, self.items = thens[many:], items[many:]
        first: Exception | None = None
        for then, item, receipt in zip(thens, items, receipts, strict=False):
            if then is None:
                continue  # nobody waits, or they were answered by the clock
            try:
                if receipt is None:
                    self._not_accepted(item.level, then)
                else:
                    then(receipt.level)
            except Exception as error:  # noqa: BLE001 -- raised below, where the event loop reports it
                first = first or error
        if first is not None:
            raise first

    def expire(self, level: Level) -> None:
        """Entries of this level were not accepted in time."""
        for at, item in enumerate(self.items):
            then = self.thens[at]
            if then is not None and item.level is level:
                self.thens[at] = None
                self._not_accepted(level, then)


class Row:
    """Turns with entries of one level, in order, and how long those wait, in seconds; one timer for all of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, level: Level, patience: float) -> None:
        self._loop, self._level, self.patience = loop, level, patience
        self._turns: deque[Turn] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, turn: Turn) -> None:
        """Let it wait."""
        turns = self._turns
        while turns and not turns[0].thens:
            turns.popleft()  # answered: patience may be long, and turns are many
        turns.append(turn)
        if self._timer is None:
            self._timer = self._loop.call_at(turn.since + self.patience, self._look)

    def _look(self) -> None:
        # Receipts that are on the loop already come first: a busy loop is not a slow journal.
        self._timer = None
        self._loop.call_soon(self._expire, self._loop.time())

    def _expire(self, now: float) -> None:
        turns = self._turns
        while turns and (not turns[0].thens or turns[0].since + self.patience <= now):
            turns.popleft().expire(self._level)
        if turns and self._timer is None:
            self._timer = self._loop.call_at(turns[0].since + self.patience, self._look)

    def clear(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
