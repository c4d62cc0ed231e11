"""Decisions counted by the hour, so that a page over days asks the index for what is new alone.

Theory of operation. An hour that is over does not change but for what is erased, so its counts are kept in memory: by
verdict, kind, purpose, operator and standing, of which there are few, never by what a client may make up. The hour that
runs is counted each time.
"""

# ruff: noqa: S608 -- statements are made of constants and question marks

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from gateway.audit.index import Index
from gateway.audit.minutes import DECISION, MINUTE
from gateway.audit.query import ids_of
from gateway.audit.reader import Position
from gateway.instants import DAY, SECOND
from gateway.vocabulary import AI_PURPOSES, Audience, Kind, Verdict

HOUR: Final = 3_600 * SECOND
#: Hours that are kept; after which an hour counts as over, since an entry is written a little after it was decided.
MOST: Final = 24 * 62
_SETTLED: Final = 120 * SECOND
#: Agents and events of an hour that are looked at, at most.
_AGENTS, _EVENTS = 1_000, 500


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
    """One hour: how many decisions of each group, the ids of the words that name its agents, and its events."""

    counts: Counter[Group]
    agents: frozenset[int]
    events: tuple[Position, ...]


class Hours:
    """The hours of one journal. Called while the index is held."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Hour] = OrderedDict()

    def span(self, index: Index, since: int, until: int, now: int) -> list[tuple[int, Hour]]:
        """The hours from ``since`` to ``until`` (µs UTC, whole hours), each with when it begins, oldest first."""
        return [(at, self._hour(index, at, now)) for at in range(since - since % HOUR, until, HOUR)]

    def missing(self, since: int, now: int) -> Iterable[int]:
        """The hours since then that are over and not counted yet, newest first."""
        begun = now - now % HOUR
        return (at for at in range(begun - HOUR, since - 1, -HOUR) if at not in self._kept)

    def warm(self, index: Index, at: int, now: int) -> None:
        """Count an hour ahead of time."""
        self._hour(index, at, now)

    def _hour(self, index: Index, at: int, now: int) -> Hour:
        kept = self._kept.get(at)
        if kept is not None:
            return kept
        hour = _count(index, at)
        if at + HOUR + _SETTLED < now:
            self._kept[at] = hour
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return hour


def _count(index: Index, at: int) -> Hour:
    run, span = index.db.execute, (at, at + HOUR)
    phases = {name: ids_of(index, (name,)) for name in ("decision", "event")}
    guilty = ids_of(index, ("served", "in-force")) or [-1]
    faults = ids_of(index, ("malformed", "host")) or [-1]
    word: Callable[[int | None], str | None] = dict(run("SELECT id, text FROM words")).get
    counts: Counter[Group] = Counter()
    if phases["decision"]:
        rows = run(
            f"SELECT verdict, kind, purpose, operator, coalesce(standing IN ({', '.join(map(str, guilty))}), 0),"
            f" coalesce(rule IN ({', '.join(map(str, faults))}), 0), count(*)"
            f" FROM entries WHERE at >= ? AND at < ? AND phase = {phases['decision'][0]} GROUP BY 1, 2, 3, 4, 5, 6",
            span,
        )
        for verdict, kind, purpose, operator, violation, faulty, n in rows:
            group = Group(
                word(verdict) or "",
                word(kind) or "",
                word(purpose),
                word(operator),
                bool(violation),
                bool(faulty),
            )
            counts[group] += n
    (readers,) = run(
        f"SELECT coalesce(sum(n), 0) FROM sums WHERE minute >= ? AND minute < ? AND phase = {DECISION}",
        (at // MINUTE, (at + HOUR) // MINUTE),
    ).fetchone()
    if readers:
        counts[Group(Verdict.ALLOW, Kind.PEOPLE, None, None, violation=False, faulty=False)] += readers
    agents = run(
        f"SELECT DISTINCT agent FROM entries WHERE at >= ? AND at < ? AND agent IS NOT NULL LIMIT {_AGENTS}",
        span,
    )
    events: list[Position] = []
    if phases["event"]:
        places = run(
            "SELECT segment, offset, seq FROM entries WHERE at >= ? AND at < ?"
            f" AND phase = {phases['event'][0]} ORDER BY seq LIMIT {_EVENTS}",
            span,
        )
        events = [Position(*place) for place in places]
    return Hour(counts, frozenset(id for (id,) in agents), tuple(events))


def total(hours: Iterable[tuple[int, Hour]]) -> Counter[Group]:
    """The decisions of several hours together."""
    found: Counter[Group] = Counter()
    for _, hour in hours:
        found.update(hour.counts)
    return found


def new_agents(index: Index, hours: Iterable[tuple[int, Hour]], since: int) -> list[str]:
    """The names of agents of these hours that were never seen before ``since`` (µs UTC)."""
    seen = frozenset[int]().union(*(hour.agents for _, hour in hours))
    new = [
        id
        for id in sorted(seen)
        if index.db.execute(
            "SELECT 1 FROM entries WHERE agent = ? AND at < ? LIMIT 1", (id, since)
        ).fetchone()
        is None
    ]
    words = dict(index.db.execute("SELECT id, text FROM words"))
    return [words[id] for id in new]


#: How far back pages look.
PERIODS: Final = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
