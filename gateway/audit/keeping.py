"""Retention in a gateway: once an hour, beside its work, and never by a clock that has leapt. The key of yesterday's
pseudonyms goes too. Where the journal comes close to its budget, readers' entries go before their time (`disk_budget`).

Where several processes have a lane each, every process looks at its own, and all lanes together are held to the one budget. A
lane that no process writes any more, since there
are fewer than there were, is looked at once a day by whichever process comes first and takes it up for that long.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from gateway import warned
from gateway.audit.disk_budget import CLOSE, DiskBudget, octets_of
from gateway.audit.journal import Journal
from gateway.audit.receipt import JournalError
from gateway.audit.retention import retain
from gateway.audit.rewriting import Record
from gateway.instants import SECOND
from gateway.policy.model import Audit
from gateway.warned import Warned

#: Seconds until the first look and between two looks.
FIRST: Final = 60.0
EVERY: Final = 3600.0
#: Seconds that others get the interpreter for, now and then while entries are looked at.
_PAUSE: Final = 0.002
#: A clock that has gone ahead of the steady one by more than this is not believed, in microseconds.
_LEAP: Final = 3600 * SECOND
_PATIENCE: Final = 30.0


class Keeping:
    """Removes from one journal what is over by the rules in force, and watches how much room it takes."""

    def __init__(
        self,
        journal: Journal,
        rules: Callable[[], Audit],
        *,
        left: Callable[[], Iterator[Journal]] = lambda: iter(()),
        whole: Path | None = None,
        first: float = FIRST,
    ) -> None:
        """``left`` opens, one by one, the journals that nobody else looks at; each is closed before the next. ``whole`` is the
        folder that the budget is for, where several lanes lie in it; without it the journal's own."""
        self._journal, self._rules, self._left, self._first = journal, rules, left, first
        #: Octets that the journal took at the last look, and the share of its budget, 0 where there is none.
        self.octets, self.share = 0, 0.0
        self._whole = whole or journal.folder
        self._disk_budget = DiskBudget(journal.folder, self._whole)
        #: Entries that went before their time at the last look, to make room; None where that was not tried or failed.
        self._made_room: int | None = None
        clock = journal.clock
        self._skew = clock.wall() - clock.steady()
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Look, for ever."""
        await asyncio.sleep(self._first)
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Remove what is over. What goes wrong is said, and tried again at the next look."""
        now = self._journal.clock.wall()
        leap = now - self._journal.clock.steady() - self._skew
        budget = self._rules().budget
        await self._weigh(budget)
        self._made_room = None
        if await self._remove(self._journal, now, leap):
            await self._make_room(self._journal, self._disk_budget, budget)
        for journal in self._left():
            try:
                if await self._remove(journal, now, leap):
                    await self._make_room(journal, DiskBudget(journal.folder, self._whole), budget)
            finally:
                with suppress(JournalError):  # the recorder has said why; the next look goes on
                    await journal.close()

    async def _remove(self, journal: Journal, now: int, leap: int) -> bool:
        """Remove what is over; whether it could be done."""
        journal.pseudonyms.turn(now)
        if leap > _LEAP:
            self._log.error("nothing removed: the clock has leapt", seconds=leap // SECOND)
            return False
        keep, holds = self._rules().keep, journal.recorder.holds
        try:
            gone = await asyncio.to_thread(
                retain, journal.folder, keep, now, holds, _recorder(journal), _PAUSE
            )
        except (OSError, TimeoutError, JournalError) as error:
            self._log.error("nothing removed", error=str(error))
            return False
        if gone:
            self._log.info("removed what is over", entries=gone)
        return True

    async def _make_room(self, journal: Journal, disk_budget: DiskBudget, budget: int | None) -> None:
        """Let readers' entries of a lane go before their time while all that is there is close to its budget."""
        if budget is None or self.share < CLOSE:
            return
        holds, record = journal.recorder.holds, _recorder(journal)
        try:
            gone = await asyncio.to_thread(disk_budget.make_room, budget, holds, record, _PAUSE)
        except (OSError, TimeoutError, JournalError) as error:
            self._log.error("no room made", error=str(error))
        else:
            self._made_room = (self._made_room or 0) + gone
            if gone:
                self._log.warning("readers' entries went before their time", entries=gone)
        self.octets = await asyncio.to_thread(octets_of, self._whole)
        self.share = self.octets / budget

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What an operator should know."""
        warnings = []
        if self.share >= CLOSE:
            warnings.append(warned.BUDGET_CLOSE.of(share=warned.share(self.share)))
        if self._made_room:
            warnings.append(warned.MADE_ROOM.of(count=self._made_room))
        elif self._made_room == 0 and self.share >= CLOSE:
            warnings.append(warned.NO_ROOM.of())
        return tuple(warnings)

    async def _weigh(self, budget: int | None) -> None:
        """Look how much room the journal takes; an event says when it comes close to its budget."""
        before = self.share
        self.octets = await asyncio.to_thread(octets_of, self._whole)
        self.share = self.octets / budget if budget else 0.0
        if self.share >= CLOSE > before:
            details = {"bytes": self.octets, "budget": budget}
            self._log.warning("the journal comes close to its budget", **details)
            await self._journal.event("disk-budget", details)


def _recorder(journal: Journal) -> Record:
    """What makes a removal an event of this journal, for a thread beside the loop."""
    loop = asyncio.get_running_loop()

    def record(details: dict[str, Any]) -> None:
        done = asyncio.run_coroutine_threadsafe(journal.event("removal", details), loop)
        if done.result(_PATIENCE) is None:
            raise OSError(0, "the journal cannot be written")

    return record
