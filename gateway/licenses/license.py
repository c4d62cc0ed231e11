"""Written permission as a value: who may take what, where, until when, and how that is proved."""

from dataclasses import dataclass
from datetime import date, datetime

from gateway.licenses.proof import Proof
from gateway.policy.paths import Pattern
from gateway.policy.place import Place
from gateway.rates.quota import Quota
from gateway.rates.rate import Rate
from gateway.request import Request
from gateway.vocabulary import USE_OF, Purpose, Reason, Use


@dataclass(frozen=True, slots=True)
class Contract:
    """The signed paper behind a license."""

    number: str
    signed: date | None = None


@dataclass(frozen=True, slots=True)
class License:
    """One license file. ``begins`` and ``ends`` are instants in UTC; ``ends`` is the first one no longer covered.

    ``hosts`` empty means every host of the site; ``on`` empty means every path.
    """

    id: str
    licensee: str
    agents: tuple[str, ...]
    uses: frozenset[Use]
    proof: Proof
    begins: datetime
    ends: datetime
    place: Place
    contract: Contract | None = None
    hosts: tuple[str, ...] = ()
    on: tuple[Pattern, ...] = ()
    excepted: tuple[Pattern, ...] = ()
    rate: Rate | None = None
    quota: Quota | None = None

    def names(self, agent: str | None) -> bool:
        """Whether this license speaks of that agent."""
        return agent is not None and agent.lower() in (name.lower() for name in self.agents)

    def finding(self, request: Request, host: str, purpose: Purpose | None, now: datetime) -> Reason:
        """`LICENSE_COVERS`, or why the license does not cover this request at ``now`` (UTC).

        ``host`` is the pattern of the policy's host entry that the request fell under. Both readings of the path
        must be covered and neither excepted, so that no spelling widens a contract; a path that climbs may lead out
        of every part of the site.
        """
        if now < self.begins:
            return Reason.LICENSE_NOT_YET
        if now >= self.ends:
            return Reason.LICENSE_ENDED
        if self.hosts and request.host not in self.hosts and host not in self.hosts:
            return Reason.LICENSE_NOT_HERE
        target = request.target
        if target is None or not self._reaches(target.canonical):
            return Reason.LICENSE_NOT_HERE
        if target.folded != target.path and not self._reaches(target.lenient):
            return Reason.LICENSE_NOT_HERE
        if target.climbs and (self.on or self.excepted):
            return Reason.LICENSE_NOT_HERE
        use = USE_OF.get(purpose) if purpose else None
        if use is not None and not any(use in granted.single for granted in self.uses):
            return Reason.LICENSE_OTHER_USE
        return Reason.LICENSE_COVERS

    def _reaches(self, reading: str) -> bool:
        """Whether one reading of a path lies where the license holds."""
        if self.on and not any(pattern.matches(reading) for pattern in self.on):
            return False
        return not any(pattern.matches(reading) for pattern in self.excepted)
