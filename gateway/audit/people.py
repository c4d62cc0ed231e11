"""What is known of readers beside their entries: sums in which nobody can be found, and cases."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from gateway.audit.cases import Cases, Sight, sight_of
from gateway.audit.referrals import Referrals
from gateway.instants import rfc3339
from gateway.judgement import Judgement
from gateway.record.pages import is_counted

STATIC: Final = "static"
#: Seconds that are summed up before they are recorded; what a crash may lose.
WINDOW: Final = 60.0


class People:
    """The readers of one process, counted on its event loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        new_id: Callable[[int], str],
        event: Callable[[str, dict[str, Any]], object],
        watch: Callable[[Sight], object] | None = None,
    ) -> None:
        """``watch`` counts articles elsewhere, for all processes together."""
        self._loop, self._event = loop, event
        self._referrals = Referrals(loop, event)
        self.watch = watch or Cases(new_id, event).saw
        self._since = self._last = self._requests = self._octets = 0
        self._timer: asyncio.TimerHandle | None = None

    def saw(self, judgement: Judgement, pseudonym: str) -> None:
        """A reader was judged."""
        if "referer" in judgement.request.fields:
            self._referrals.saw(judgement)
        if judgement.version.policy.audit.threshold is not None:
            sight = sight_of(judgement, pseudonym)
            if sight is not None:
                self.watch(sight)

    def counted(self, judgement: Judgement) -> bool:
        """Count a request that the policy has counted instead of entered; whether it is one."""
        if not judgement.version.policy.audit.counts_static or not is_counted(judgement):
            return False
        self._requests += 1
        self._last = judgement.at
        if self._timer is None:
            self._since = judgement.at
            self._timer = self._loop.call_later(WINDOW, self._record)
        return True

    def ended(self, judgement: Judgement, octets: int) -> bool:
        """Count what such a request was sent; whether it is one."""
        if not judgement.version.policy.audit.counts_static or not is_counted(judgement):
            return False
        self._octets += octets
        return True

    def close(self) -> None:
        """Record what was counted."""
        self._referrals.record()
        self._record()

    def _record(self) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        details = {
            "since": rfc3339(self._since),
            "until": rfc3339(self._last),
            "requests": self._requests,
            "bytes": self._octets,
        }
        self._requests = self._octets = 0
        self._event(STATIC, details)
