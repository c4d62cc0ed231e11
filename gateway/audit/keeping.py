"""Retention in a gateway: once an hour, beside its work, and never by a clock that has leapt. The key of yesterday's
pseudonyms goes too.

Where several processes have a lane each, every process looks at its own. A lane that no process writes any more, since there
are fewer than there were, is looked at once a day by whichever process comes first and takes it up for that long.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.audit.cases import forget, over
from gateway.audit.journal import Journal
from gateway.audit.receipt import JournalError
from gateway.audit.retention import retain
from gateway.instants import SECOND
from gateway.policy.model import Audit

#: Seconds until the first look and between two looks.
FIRST: Final = 60.0
EVERY: Final = 3600.0
#: Seconds that others get the interpreter for, now and then while entries are looked at.
_PAUSE: Final = 0.002
#: A clock that has gone ahead of the steady one by more than this is not believed, in microseconds.
_LEAP: Final = 3600 * SECOND
_PATIENCE: Final = 30.0
#: From this share of the budget on there is an alarm.
CLOSE: Final = 0.9


class Keeping:
    """Removes from one journal what is over by the rules in force, and watches how much room it takes."""

    def __init__(
        self,
        journal: Journal,
        rules: Callable[[], Audit],
        *,
        left: Callable[[], Iterator[Journal]] = lambda: iter(()),
        first: float = FIRST,
    ) -> None:
        """``left`` opens, one by one, the journals that nobody else looks at; each is closed before the next."""
        self._journal, self._rules, self._left, self._first = journal, rules, left, first
        #: Octets that the journal took at the last look, and the share of its budget, 0 where there is none.
        self.octets, self.share = 0, 0.0
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
        await self._weigh()
        await self._remove(self._journal, now, leap)
        for journal in self._left():
            try:
                await self._remove(journal, now, leap)
            finally:
                await journal.close()

    async def _remove(self, journal: Journal, now: int, leap: int) -> None:
        journal.pseudonyms.turn(now)
        if leap > _LEAP:
            self._log.error("nothing removed: the clock has leapt", seconds=leap // SECOND)
            return
        loop = asyncio.get_running_loop()

        def record(details: dict[str, Any]) -> None:
            done = asyncio.run_coroutine_threadsafe(journal.event("removal", details), loop)
            if done.result(_PATIENCE) is None:
                raise OSError(0, "the journal cannot be written")

        keep, holds = self._rules().keep, journal.recorder.holds
        try:
            await asyncio.to_thread(forget, journal.folder, over(now, holds))
            gone = await asyncio.to_thread(retain, journal.folder, keep, now, holds, record, _PAUSE)
        except (OSError, TimeoutError, JournalError) as error:
            self._log.error("nothing removed", error=str(error))
            return
        if gone:
            self._log.info("removed what is over", entries=gone)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an operator should know."""
        return (f"the journal takes {self.share:.0%} of its budget",) if self.share >= CLOSE else ()

    async def _weigh(self) -> None:
        """Look how much room the journal takes; an event says when it comes close to its budget."""
        budget, before = self._rules().budget, self.share
        self.octets = await asyncio.to_thread(_octets_of, self._journal.folder)
        self.share = self.octets / budget if budget else 0.0
        if self.share >= CLOSE > before:
            details = {"bytes": self.octets, "budget": budget}
            self._log.warning("the journal comes close to its budget", **details)
            await self._journal.event("disk-budget", details)


def _octets_of(folder: Path) -> int:
    """What a journal takes, everything beside its entries too."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(place) / name).lstat().st_size
    return total
