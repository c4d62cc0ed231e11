"""Whether an operator's check can be relied on: the fuse behind `contradicted`.

When many clients that say they are an operator's fail its check and none passes it, the likelier mistake is ours: a list
that is not what it was, a resolver that denies everything, a proxy whose addresses we take for the clients'. To refuse a
search engine for that would cost the site its place in search. So the check is suspended: such clients are then unproved,
and served as what they say. It holds again as soon as one client passes, or after a day to try once more.

A liar with `MANY` addresses can blow the fuse on a site where the operator was not seen within the last `WINDOW`. He gains
what a claim without a check would have given him, and an alarm is raised; the first true client ends it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.identify.identity import Identity
from gateway.instants import rfc3339
from gateway.request import Client
from gateway.vocabulary import Assurance, Reason

#: So many addresses, in so many networks, within so many microseconds, and none confirmed in that time.
MANY: Final = 20
NETWORKS: Final = 3
WINDOW: Final = 3_600 * 1_000_000
#: Microseconds after which a suspended check is tried once more.
AGAIN: Final = 24 * WINDOW
#: Operators that are watched at a time; a policy cannot name more.
_MOST: Final = 10_000

_CONFIRMS: Final = frozenset({Reason.ADDRESS_PUBLISHED, Reason.NAME_CONFIRMS})


@dataclass(slots=True)
class _Tally:
    """What was seen of one operator: addresses that failed with their network and instant, when one last passed, and
    since when the check is suspended (0: it is not)."""

    failed: dict[str, tuple[str, int]] = field(default_factory=dict)
    passed: int = -WINDOW
    since: int = 0


class Checks:
    """Counts who passes and who fails, by operator. Instants are in microseconds since 1970."""

    def __init__(self, told: Callable[[str, dict[str, Any]], None]) -> None:
        """``told`` hears `check-suspended` and `check-resumed`, with details."""
        self._told = told
        #: Whether any check is suspended.
        self.suspends = False
        self._tallies: dict[str, _Tally] = {}

    def suspended(self, operator: str) -> str:
        """Since when (RFC 3339) the operator's check is suspended; empty if it is not."""
        tally = self._tallies.get(operator)
        return rfc3339(tally.since) if tally is not None and tally.since else ""

    @property
    def all_suspended(self) -> tuple[str, ...]:
        """Every operator whose check is suspended."""
        return tuple(sorted(operator for operator, tally in self._tallies.items() if tally.since))

    def saw(self, identity: Identity, client: Client, now: int) -> None:
        """A client was identified."""
        operator = identity.operator
        if operator is None or identity.assurance is Assurance.ANONYMOUS:
            return
        tally = self._tallies.get(operator)
        if identity.assurance is Assurance.CONTRADICTED:
            if tally is None:
                if len(self._tallies) >= _MOST:
                    return
                tally = self._tallies[operator] = _Tally()
            self._failed(operator, tally, client, now)
        elif any(one.finding in _CONFIRMS for one in identity.evidence):
            if tally is None:
                if len(self._tallies) >= _MOST:
                    return
                tally = self._tallies[operator] = _Tally()
            tally.passed = now
            tally.failed.clear()
            if tally.since:
                self._resume(operator, tally, "a client passed")
        elif tally is not None and tally.since and now - tally.since > AGAIN:
            self._resume(operator, tally, "tried again")

    def _failed(self, operator: str, tally: _Tally, client: Client, now: int) -> None:
        if tally.since or now - tally.passed < WINDOW:
            return  # the check was right a moment ago, so it is the clients that are wrong
        where = client.network if ":" in client.address else client.address
        tally.failed.pop(where, None)
        tally.failed[where] = (client.network, now)
        while now - next(iter(tally.failed.values()))[1] > WINDOW:
            del tally.failed[next(iter(tally.failed))]
        networks = {network for network, _ in tally.failed.values()}
        if len(tally.failed) < MANY or (len(networks) < NETWORKS):
            if len(tally.failed) > 4 * MANY:
                del tally.failed[next(iter(tally.failed))]
            return
        tally.since, self.suspends = now, True
        details = {"operator": operator, "clients": len(tally.failed), "networks": sorted(networks)[:20]}
        tally.failed.clear()
        self._told("check-suspended", details)

    def _resume(self, operator: str, tally: _Tally, why: str) -> None:
        since, tally.since = tally.since, 0
        self.suspends = any(one.since for one in self._tallies.values())
        self._told("check-resumed", {"operator": operator, "since": rfc3339(since), "why": why})
