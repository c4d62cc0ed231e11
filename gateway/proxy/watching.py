"""What is done about each request besides answering it: who passes a check of its address is counted, and how it ended is counted
and told of in the log."""

from collections.abc import Awaitable, Callable
from typing import Final

from gateway.judgement import Judgement
from gateway.lookups.checks import Checks
from gateway.proxy import oplog
from gateway.proxy.counters import Counters
from gateway.proxy.judge import Judge
from gateway.request import Request
from gateway.vocabulary import Assurance, End

_ANONYMOUS: Final = Assurance.ANONYMOUS
_CLAIMED: Final = Assurance.CLAIMED
_TROUBLE: Final = (End.ORIGIN_ERROR, End.WITHHELD)


class Watching:
    """A judge whose judgements are watched."""

    def __init__(self, judge: Judge, checks: Checks, saw: Callable[[Judgement], object]) -> None:
        """``saw`` is told of whoever passed one of the ``checks`` or failed it, and of everybody while one is suspended."""
        self._judge, self._checks, self._saw = judge, checks, saw

    def __call__(self, request: Request) -> Judgement | Awaitable[Judgement]:
        """The judgement, or an awaitable of it."""
        judged = self._judge(request)
        if not isinstance(judged, Judgement):
            return self._later(judged)
        self._look(judged)
        return judged

    async def _later(self, awaited: Awaitable[Judgement]) -> Judgement:
        judged = await awaited
        self._look(judged)
        return judged

    def _look(self, judgement: Judgement) -> None:
        assurance = judgement.identity.assurance
        if assurance is not _ANONYMOUS and (assurance is not _CLAIMED or self._checks.suspends):
            self._saw(judgement)


class Ending:
    """Counts how requests ended, and tells of refusals and of trouble, or of all."""

    def __init__(self, counters: Counters, *, log_all: bool) -> None:
        self._counters, self._log_all = counters, log_all

    def __call__(self, judgement: Judgement, status: int | None, octets: int, end: End) -> None:
        """A request has ended: the status and body octets that the client was sent."""
        self._counters.ended(octets, end)
        refused = judgement.decision.refuses
        if refused or self._log_all or end in _TROUBLE:
            oplog.tell("refused" if refused else "request", judgement, status, octets, end)
