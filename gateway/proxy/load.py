"""How much the origin is asked for at once, and by whom (`gateway.shedding` says who makes way)."""

from collections import Counter
from typing import Final

from gateway.judgement import Judgement
from gateway.proxy.limits import Limits
from gateway.proxy.peer import one_client
from gateway.shedding import rank_of, shed
from gateway.value import changed
from gateway.vocabulary import Audience

_PEOPLE: Final = Audience.PEOPLE


class Load:
    """The requests under way to origins: ``asked`` in all; those that may be made to wait also by address."""

    __slots__ = ("_by_address", "_limits", "asked", "shed")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_address: Counter[str] = Counter()
        self.asked = 0
        self.shed = 0

    def take(self, judgement: Judgement) -> Judgement:
        """A judgement that lets pass as it stands, and counted until `leave`; or one that refuses instead.

        An address that is not certainly the client's is everybody's, and not counted.
        """
        if judgement.decision.audience is not _PEOPLE and (
            rank := rank_of(judgement.identity, judgement.decision)
        ):
            limits, client = self._limits, _client(judgement)
            refusal = shed(
                rank,
                judgement.decision,
                asked=self.asked,
                most=limits.origin_requests,
                full=client is not None and self._by_address[client] >= limits.origin_requests_per_address,
            )
            if refusal is not None:
                self.shed += 1
                return changed(judgement, decision=refusal)
            if client is not None:
                self._by_address[client] += 1
        self.asked += 1
        return judgement

    def leave(self, judgement: Judgement) -> None:
        """The request of a judgement that was let pass is over, or has become a tunnel."""
        self.asked -= 1
        if judgement.decision.audience is _PEOPLE or rank_of(judgement.identity, judgement.decision) is None:
            return
        client = _client(judgement)
        if client is not None:
            self._by_address[client] -= 1
            if not self._by_address[client]:
                del self._by_address[client]


def _client(judgement: Judgement) -> str | None:
    client = judgement.request.client
    return one_client(client.address) if client.certain else None
