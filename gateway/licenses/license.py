"""Written permission as a value: who may take what, where, until when, and how that is proved."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.licenses.proof import Proof
from gateway.policy.paths import Pattern
from gateway.policy.place import Place
from gateway.rates.quota import Quota
from gateway.rates.rate import Rate
from gateway.request import Request, Target
from gateway.vocabulary import USE_OF, Purpose, Reason, Use


@dataclass(frozen=True, slots=True)
class Contract:
    """The signed paper behind a license."""

    number: str
    signed: date | None = None


@dataclass(frozen=True, slots=True)
class License:
    """One license file. ``begins`` and ``ends`` are instants in UTC; ``ends`` is the first one no longer covered.

    ``hosts`` empty means every host of the site; ``on`` empty means every path. ``embargo`` is the age in seconds that an
    article must have; ``withdrawn`` are articles that the license covers no more. ``attribution``, ``price`` and
    ``approved_by`` are said, in the words of the contract, and decide nothing. Without ``publish`` nothing that everybody
    can read speaks of it.
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
    embargo: int | None = None
    withdrawn: tuple[Pattern, ...] = ()
    attribution: str | None = None
    price: str | None = None
    approved_by: str | None = None
    publish: bool = True

    @property
    def closed(self) -> tuple[Pattern, ...]:
        """Paths within its own that it does not cover: those excepted, and withdrawn articles."""
        return (*self.excepted, *self.withdrawn)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Every path pattern that decides what it covers."""
        return (*self.on, *self.closed)

    def names(self, agent: str | None) -> bool:
        """Whether this license speaks of that agent."""
        return agent is not None and agent.lower() in (name.lower() for name in self.agents)

    def finding(
        self,
        request: Request,
        host: str,
        purpose: Purpose | None,
        now: datetime,
        published: datetime | None = None,
        *,
        dates_known: bool = True,
    ) -> Reason:
        """`LICENSE_COVERS`, or why the license does not cover this request at ``now`` (UTC).

        ``host`` is the pattern of the policy's host entry that the request fell under; ``published`` when the article was
        at the latest, if its path or the sitemap tells it. Without ``dates_known`` a page that is told of nowhere may be
        an article of this minute. Both readings of the path must be covered and neither excepted, so that no
        spelling widens a contract; a path that climbs may lead out of every part of the site.
        """
        if now < self.begins:
            return Reason.LICENSE_NOT_YET
        if now >= self.ends:
            return Reason.LICENSE_ENDED
        target = request.target
        if target is None or not self._is_of(request.host, host) or not self._covers(target):
            return Reason.LICENSE_NOT_HERE
        use = USE_OF.get(purpose) if purpose else None
        if use is not None and not any(use in granted.single for granted in self.uses):
            return Reason.LICENSE_OTHER_USE
        if self.withdrawn and any(
            one.matches(reading) for one in self.withdrawn for reading in (target.canonical, target.lenient)
        ):
            return Reason.LICENSE_WITHDRAWN
        if self.embargo is not None and published is not None:
            old_enough = now - published >= timedelta(seconds=self.embargo)
            return Reason.LICENSE_COVERS if old_enough else Reason.LICENSE_EMBARGO
        if self.embargo is not None and not dates_known:
            return Reason.LICENSE_DATE_UNKNOWN
        return Reason.LICENSE_COVERS

    def _is_of(self, name: str, host: str) -> bool:
        """Whether the license holds on a host, by its name or by the policy's entry for it."""
        return not self.hosts or name in self.hosts or host in self.hosts

    def _covers(self, target: Target) -> bool:
        """Whether both readings of a target lie where the license holds, and no step may lead out of it."""
        if target.climbs and self.patterns:
            return False
        return self._reaches(target.canonical) and (
            target.folded == target.path or self._reaches(target.lenient)
        )

    def _reaches(self, reading: str) -> bool:
        """Whether one reading of a path lies where the license holds."""
        if self.on and not any(pattern.matches(reading) for pattern in self.on):
            return False
        return not (self.excepted and any(pattern.matches(reading) for pattern in self.excepted))
