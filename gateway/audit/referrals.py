"""How many readers each AI service sent back, as an event a minute at most: sums, in which nobody can be found again."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from gateway.instants import rfc3339
from gateway.judgement import Judgement
from gateway.record.referrals import sent_back

EVENT: Final = "referrals"
#: Seconds that are summed up before they are recorded; what a crash may lose.
WINDOW: Final = 60.0


class Referrals:
    """Counts on the event loop, and has the sums recorded."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, event: Callable[[str, dict[str, Any]], object]
    ) -> None:
        self._loop, self._event = loop, event
        self._counts: Counter[str] = Counter()
        self._since = self._last = 0
        self._timer: asyncio.TimerHandle | None = None

    def saw(self, judgement: Judgement) -> None:
        """Count a reader whom a service sent."""
        service = sent_back(judgement)
        if service is None:
            return
        self._counts[service.name] += 1
        self._last = judgement.at
        if self._timer is None:
            self._since = judgement.at
            self._timer = self._loop.call_later(WINDOW, self.record)

    def record(self) -> None:
        """Record what was counted, if anything was."""
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        counts, self._counts = self._counts, Counter()
        details = {"since": rfc3339(self._since), "until": rfc3339(self._last), "readers": dict(counts)}
        self._event(EVENT, details)
