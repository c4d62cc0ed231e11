"""What happened hour by hour and day by day: decisions by what they have in common, and who came; by the index's sums."""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from gateway.audit.index import Index
from gateway.audit.minutes import ALLOW, DECISION, HOUR
from gateway.audit.query import ids_of

#: Requests that no policy serves, by the rule that refused them: what is no request, and what is for no host of the site.
_FAULTS: Final = ("malformed", "host")
#: Agents that are looked at for whether they are new, at most.
_LOOKED_AT: Final = 2_000
_TIMES: Final = "width = ? AND step >= ? AND step < ?"


class Count(NamedTuple):
    """So many decisions alike of one hour or day, which begins ``at`` (µs UTC). ``faulty`` are requests that no policy serves."""

    at: int
    verdict: str
    kind: str
    purpose: str | None
    operator: str | None
    violation: bool
    faulty: bool
    n: int


class Sorted(NamedTuple):
    """So many decisions of one sort of one hour, which begins ``at`` (µs UTC)."""

    at: int
    kind: str
    purpose: str | None
    refused: bool
    n: int


def counts(index: Index, width: int, since: int, until: int) -> Iterator[Count]:
    """The decisions of whole hours or days, as ``width`` says, from ``since`` on and before ``until`` (µs UTC)."""
    faults = ", ".join(map(str, ids_of(index, _FAULTS))) or "-1"
    rows = index.db.execute(
        "SELECT step, v.text, k.text, p.text, o.text, guilty, faulty, n FROM"
        f" (SELECT step, verdict, kind, purpose, operator, violation AS guilty, rule IN ({faults}) AS faulty,"
        f" sum(n) AS n FROM tallies WHERE {_TIMES} AND phase = {DECISION} GROUP BY 1, 2, 3, 4, 5, 6, 7)"
        " JOIN words AS v ON v.id = verdict JOIN words AS k ON k.id = kind"
        " LEFT JOIN words AS p ON p.id = purpose LEFT JOIN words AS o ON o.id = operator",
        (width, since // width, until // width),
    )
    for step, verdict, kind, purpose, operator, violation, faulty, n in rows:
        yield Count(step * width, verdict, kind, purpose, operator, bool(violation), bool(faulty), n)


def sorts(index: Index, since: int, until: int) -> Iterator[Sorted]:
    """The decisions of whole hours, from ``since`` on and before ``until`` (µs UTC), by few sorts."""
    rows = index.db.execute(
        "SELECT step, k.text, p.text, refused, n FROM"
        f" (SELECT step, kind, purpose, verdict != {ALLOW} AS refused, sum(n) AS n FROM tallies"
        f" WHERE {_TIMES} AND phase = {DECISION} GROUP BY 1, 2, 3, 4)"
        " JOIN words AS k ON k.id = kind LEFT JOIN words AS p ON p.id = purpose",
        (HOUR, since // HOUR, until // HOUR),
    )
    for step, kind, purpose, refused, n in rows:
        yield Sorted(step * HOUR, kind, purpose, bool(refused), n)


def of_operator(index: Index, operator: str, since: int, until: int) -> Iterator[tuple[int, bool, int]]:
    """The hours (µs UTC) in which an operator's clients came, from ``since`` on and before ``until``: whether they were refused,
    and how often."""
    rows = index.db.execute(
        f"SELECT step, verdict != {ALLOW} AS refused, sum(n) FROM tallies WHERE {_TIMES} AND phase = {DECISION}"
        " AND operator = (SELECT id FROM words WHERE text = ?) GROUP BY 1, 2",
        (HOUR, since // HOUR, until // HOUR, operator),
    )
    return ((step * HOUR, bool(refused), n) for step, refused, n in rows)


def agents(index: Index, width: int, since: int, until: int) -> Iterator[tuple[int, int]]:
    """The hours or days (µs UTC) with the ids of the words that name the agents which came in them."""
    rows = index.db.execute(
        f"SELECT DISTINCT step, agent FROM tallies WHERE {_TIMES} AND agent",
        (width, since // width, until // width),
    )
    return ((step * width, agent) for step, agent in rows)


def recorded(index: Index, since: int, until: int) -> set[int]:
    """The hours (µs UTC) of which there is any entry."""
    sql = f"SELECT DISTINCT step FROM tallies WHERE {_TIMES}"
    return {step * HOUR for (step,) in index.db.execute(sql, (HOUR, since // HOUR, until // HOUR))}


def new(index: Index, agents: Iterable[int], since: int) -> list[str]:
    """The names of those of these agents that were never seen before ``since`` (µs UTC); of very many, who may be one client's
    inventions, those that came last are looked at."""
    never = "SELECT text FROM words WHERE id = ? AND NOT EXISTS (SELECT 1 FROM entries WHERE agent = words.id AND at < ?)"
    # Words are numbered as they come.
    found = (index.db.execute(never, (id, since)).fetchone() for id in sorted(agents)[-_LOOKED_AT:])
    return [row[0] for row in found if row is not None]
