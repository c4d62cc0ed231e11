"""Retention in a gateway: once an hour, beside its work, and never by a clock that has leapt. The key of yesterday's
pseudonyms goes too."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import structlog

from gateway.audit.cases import forget, over
from gateway.audit.journal import Journal
from gateway.audit.receipt import JournalError
from gateway.audit.retention import retain
from gateway.instants import SECOND
from gateway.policy.model import Keep

#: Seconds until the first look and between two looks.
FIRST: Final = 60.0
EVERY: Final = 3600.0
#: Seconds that others get the interpreter for, now and then while entries are looked at.
_PAUSE: Final = 0.002
#: A clock that has gone ahead of the steady one by more than this is not believed, in microseconds.
_LEAP: Final = 3600 * SECOND
_PATIENCE: Final = 30.0


class Keeping:
    """Removes from one journal what is over by the rules in force."""

    def __init__(self, journal: Journal, keep: Callable[[], Keep], *, first: float = FIRST) -> None:
        self._journal, self._keep, self._first = journal, keep, first
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
        now, loop = self._journal.clock.wall(), asyncio.get_running_loop()
        self._journal.pseudonyms.turn(now)
        leap = now - self._journal.clock.steady() - self._skew
        if leap > _LEAP:
            self._log.error("nothing removed: the clock has leapt", seconds=leap // SECOND)
            return

        def record(details: dict[str, Any]) -> None:
            done = asyncio.run_coroutine_threadsafe(self._journal.event("removal", details), loop)
            if done.result(_PATIENCE) is None:
                raise OSError(0, "the journal cannot be written")

        keep, holds = self._keep(), self._journal.recorder.holds
        try:
            await asyncio.to_thread(forget, self._journal.folder, over(now, holds))
            gone = await asyncio.to_thread(retain, self._journal.folder, keep, now, holds, record, _PAUSE)
        except (OSError, TimeoutError, JournalError) as error:
            self._log.error("nothing removed", error=str(error))
            return
        if gone:
            self._log.info("removed what is over", entries=gone)
