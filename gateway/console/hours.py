"""Decisions counted over days, so that a page asks the index for what is new alone.

Theory of operation. Two things are asked of a time: how many decisions of each sort it had altogether, which whole days tell, and
hours at both ends; and how many of few sorts each of its hours had, for the plot. A day or an hour that is over does not change but
where entries are removed, so its counts are kept in memory: by verdict, kind, purpose, operator and standing, of which there are few,
never by what a client may make up. What runs is counted each time. What is not kept is asked for together.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

from gateway.audit import hourly
from gateway.audit.counting import spans
from gateway.audit.index import Index
from gateway.audit.tallies import WIDTHS
from gateway.instants import DAY, SECOND
from gateway.vocabulary import AI_PURPOSES, Audience, Kind, Verdict

HOUR: Final = 3_600 * SECOND
#: Hours that are kept for plots, and days and hours for sums; after which one counts as over, since an entry is written a little
#: after it was decided.
MOST: Final = 24 * 62
_SETTLED: Final = 120 * SECOND
#: Agents of a day or an hour that are looked at, at most.
_AGENTS: Final = 1_000
K = TypeVar("K")
V = TypeVar("V")

_AI: Final = frozenset(one.value for one in AI_PURPOSES)


def audience_of(kind: str, purpose: str | None) -> Audience:
    """Who bears a failure: as `gateway.decision.audience_of` has it, as far as the index tells."""
    if kind == Kind.PEOPLE:
        return Audience.PEOPLE
    return Audience.AI if kind == Kind.IMPOSTORS or purpose in _AI else Audience.WELCOME


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


class Sort(NamedTuple):
    """Whose decisions, and whether these were refused."""

    audience: Audience
    refused: bool


#: An hour for a plot: how many decisions of each sort; None where it has no entry.
Hour = Mapping[Sort, int] | None


class Counted(NamedTuple):
    """How many decisions of each group, and the ids of the words that name their agents."""

    counts: Counter[Group]
    agents: frozenset[int]


class Hours:
    """The sums of one journal. Called while the index is held."""

    def __init__(self) -> None:
        self._hours: OrderedDict[int, Hour] = OrderedDict()
        self._counts: OrderedDict[tuple[int, int], Counted] = OrderedDict()
        self._rewritten = 0

    def counted(self, index: Index, since: int, until: int, now: int) -> Counted:
        """The whole hours from ``since`` until ``until`` (µs UTC), that in which either lies included, altogether."""
        self._notice(index)
        wanted = [
            (span.width, at)
            for span in spans(since - since % HOUR, -(-until // HOUR) * HOUR, WIDTHS)
            if span.since is not None and span.until is not None
            for at in range(span.since, span.until, span.width)
        ]
        found = {one: self._counts[one] for one in wanted if one in self._counts}
        for width in WIDTHS:
            missing = [at for one, at in wanted if one == width and (one, at) not in found]
            for run in _runs(missing, width):
                found |= _counted(index, width, run)
        for width, at in wanted:
            if at + width + _SETTLED < now:
                _keep(self._counts, (width, at), found[width, at])
        counts, agents = Counter[Group](), set[int]()
        for one in found.values():
            counts.update(one.counts)
            agents |= one.agents
        return Counted(counts, frozenset(agents))

    def span(self, index: Index, since: int, until: int, now: int) -> list[tuple[int, Hour]]:
        """The hours from ``since`` to ``until`` (µs UTC, whole hours), each with when it begins, oldest first."""
        self._notice(index)
        asked = range(since - since % HOUR, until, HOUR)
        missing = [at for at in asked if at not in self._hours]
        counted = {at: hour for run in _runs(missing, HOUR) for at, hour in _hours(index, run).items()}
        found = [(at, self._hours[at] if at in self._hours else counted[at]) for at in asked]
        for at in missing:
            if at + HOUR + _SETTLED < now:
                _keep(self._hours, at, counted[at])
        return found

    def _notice(self, index: Index) -> None:
        """Forget all where entries were removed or erased: a word's number may be another one's now, too."""
        if (rewritten := index.rewritten) != self._rewritten:
            self._rewritten = rewritten
            self._hours.clear()
            self._counts.clear()

    def warm(self, index: Index, period: int, now: int) -> None:
        """Count a period (µs) up to ``now`` and the one before ahead of time, as pages ask for it."""
        since = now - period
        self.span(index, since, now, now)
        self.counted(index, since, now, now)
        self.counted(index, since - period, since - since % HOUR, now)


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    while len(kept) > MOST:
        kept.popitem(last=False)


def _runs(steps: list[int], width: int) -> list[list[int]]:
    """Steps in order, those that follow each other without a gap together."""
    found: list[list[int]] = []
    for at in steps:
        if found and found[-1][-1] + width == at:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def _counted(index: Index, width: int, missing: list[int]) -> dict[tuple[int, int], Counted]:
    """The days or hours that begin then, one after the other."""
    begin, end = missing[0], missing[-1] + width
    counts: dict[int, Counter[Group]] = {at: Counter() for at in missing}
    agents: dict[int, list[int]] = {at: [] for at in missing}
    for one in hourly.counts(index, width, begin, end):
        group = Group(one.verdict, one.kind, one.purpose, one.operator, one.violation, one.faulty)
        counts[one.at][group] += one.n
    for at, agent in hourly.agents(index, width, begin, end):
        if len(agents[at]) < _AGENTS:
            agents[at].append(agent)
    return {(width, at): Counted(counts[at], frozenset(agents[at])) for at in missing}


def _hours(index: Index, missing: list[int]) -> dict[int, Hour]:
    """The hours that begin then, one after the other."""
    begin, end = missing[0], missing[-1] + HOUR
    found: dict[int, Counter[Sort] | None] = dict.fromkeys(missing)
    for at in hourly.recorded(index, begin, end):
        found[at] = Counter()
    for one in hourly.sorts(index, begin, end):
        known = found[one.at]
        if known is not None:
            known[Sort(audience_of(one.kind, one.purpose), one.refused)] += one.n
    return {at: found[at] for at in missing}


def new_agents(index: Index, seen: Iterable[int], since: int) -> list[str]:
    """The names of those of these agents that were never seen before ``since`` (µs UTC)."""
    return hourly.new(index, seen, since)


#: How far back pages look.
PERIODS: Final = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
