"""Decisions counted by the hour, so that a page over days asks the index for what is new alone.

Theory of operation. An hour that is over does not change but for what is erased, so its counts are kept in memory: by
verdict, kind, purpose, operator and standing, of which there are few, never by what a client may make up. The hour that
runs is counted each time. Hours that are not kept are asked for together.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple

from gateway.audit import hourly
from gateway.audit.index import Index
from gateway.instants import DAY, SECOND
from gateway.vocabulary import AI_PURPOSES, Audience, Kind, Verdict

HOUR: Final = 3_600 * SECOND
#: Hours that are kept; after which an hour counts as over, since an entry is written a little after it was decided.
MOST: Final = 24 * 62
_SETTLED: Final = 120 * SECOND
#: Agents of an hour that are looked at, at most.
_AGENTS: Final = 1_000


class Group(NamedTuple):
    """What decisions have in common; ``faulty`` are requests that no policy serves: malformed, or for no host of the site."""

    verdict: str
    kind: str
    purpose: str | None
    operator: str | None
    violation: bool
    faulty: bool = False

    @property
    def refused(self) -> bool:
        """Whether they were not served."""
        return self.verdict != Verdict.ALLOW

    @property
    def audience(self) -> Audience:
        """Who bears a failure: as `gateway.decision.audience_of` has it, as far as the index tells."""
        if self.kind == Kind.PEOPLE:
            return Audience.PEOPLE
        ai = self.kind == Kind.IMPOSTORS or self.purpose in set(AI_PURPOSES)
        return Audience.AI if ai else Audience.WELCOME


class Hour(NamedTuple):
    """One hour: how many decisions of each group, the ids of the words that name its agents, and whether it has any entry."""

    counts: Counter[Group]
    agents: frozenset[int]
    recorded: bool


class Hours:
    """The hours of one journal. Called while the index is held."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Hour] = OrderedDict()

    def span(self, index: Index, since: int, until: int, now: int) -> list[tuple[int, Hour]]:
        """The hours from ``since`` to ``until`` (µs UTC, whole hours), each with when it begins, oldest first."""
        asked = range(since - since % HOUR, until, HOUR)
        missing = [at for at in asked if at not in self._kept]
        counted = _counted(index, missing[0], missing[-1] + HOUR) if missing else {}
        found = [(at, self._kept[at] if at in self._kept else counted[at]) for at in asked]
        for at in missing:
            if at + HOUR + _SETTLED < now:
                self._kept[at] = counted[at]
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return found

    def missing(self, since: int, now: int) -> Iterable[int]:
        """The hours since then that are over and not counted yet, newest first."""
        begun = now - now % HOUR
        return (at for at in range(begun - HOUR, since - 1, -HOUR) if at not in self._kept)

    def warm(self, index: Index, since: int, last: int, now: int) -> None:
        """Count the hours from ``since`` up to the one that begins at ``last`` (µs UTC) ahead of time."""
        self.span(index, since, last + HOUR, now)


def _counted(index: Index, since: int, until: int) -> dict[int, Hour]:
    """The hours from ``since`` on and before ``until`` (µs UTC)."""
    steps = range(since, until, HOUR)
    counts: dict[int, Counter[Group]] = {at: Counter() for at in steps}
    agents: dict[int, list[int]] = {at: [] for at in steps}
    for one in hourly.counts(index, since, until):
        group = Group(one.verdict, one.kind, one.purpose, one.operator, one.violation, one.faulty)
        counts[one.at][group] += one.n
    for at, agent in hourly.agents(index, since, until):
        if len(agents[at]) < _AGENTS:
            agents[at].append(agent)
    recorded = hourly.recorded(index, since, until)
    return {at: Hour(counts[at], frozenset(agents[at]), at in recorded) for at in steps}


def total(hours: Iterable[tuple[int, Hour]]) -> Counter[Group]:
    """The decisions of several hours together."""
    found: Counter[Group] = Counter()
    for _, hour in hours:
        found.update(hour.counts)
    return found


def new_agents(index: Index, hours: Iterable[tuple[int, Hour]], since: int) -> list[str]:
    """The names of agents of these hours that were never seen before ``since`` (µs UTC)."""
    seen = frozenset[int]().union(*(hour.agents for _, hour in hours))
    return hourly.new(index, seen, since)


#: How far back pages look.
PERIODS: Final = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
