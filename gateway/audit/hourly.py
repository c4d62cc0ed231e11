"""What happened hour by hour: decisions by what they have in common, and who came; by the index's sums."""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from gateway.audit.index import Index
from gateway.audit.minutes import DECISION, HOUR
from gateway.audit.query import ids_of, standings

#: Requests that no policy serves, by the rule that refused them: what is no request, and what is for no host of the site.
_FAULTS: Final = ("malformed", "host")
#: Agents that are looked at for whether they are new, at most.
_LOOKED_AT: Final = 2_000


class Count(NamedTuple):
    """So many decisions alike of one hour, which begins ``at`` (µs UTC). ``faulty`` are requests that no policy serves."""

    at: int
    verdict: str
    kind: str
    purpose: str | None
    operator: str | None
    violation: bool
    faulty: bool
    n: int


def counts(index: Index, since: int, until: int) -> Iterator[Count]:
    """The decisions of whole hours, from ``since`` on and before ``until`` (µs UTC)."""
    guilty = standings(index, violation=True) or "-1"
    faults = ", ".join(map(str, ids_of(index, _FAULTS))) or "-1"
    rows = index.db.execute(
        "SELECT step, v.text, k.text, p.text, o.text, guilty, faulty, n FROM"
        f" (SELECT step, verdict, kind, purpose, operator, standing IN ({guilty}) AS guilty, rule IN ({faults}) AS faulty,"
        f" sum(n) AS n FROM tallies WHERE width = {HOUR} AND step >= ? AND step < ? AND phase = {DECISION}"
        " GROUP BY 1, 2, 3, 4, 5, 6, 7)"
        " JOIN words AS v ON v.id = verdict JOIN words AS k ON k.id = kind"
        " LEFT JOIN words AS p ON p.id = purpose LEFT JOIN words AS o ON o.id = operator",
        (since // HOUR, until // HOUR),
    )
    for step, verdict, kind, purpose, operator, violation, faulty, n in rows:
        yield Count(step * HOUR, verdict, kind, purpose, operator, bool(violation), bool(faulty), n)


def agents(index: Index, since: int, until: int) -> Iterator[tuple[int, int]]:
    """The hours (µs UTC) with the ids of the words that name the agents which came in them."""
    rows = index.db.execute(
        f"SELECT DISTINCT step, agent FROM tallies WHERE width = {HOUR} AND step >= ? AND step < ? AND agent",
        (since // HOUR, until // HOUR),
    )
    return ((step * HOUR, agent) for step, agent in rows)


def recorded(index: Index, since: int, until: int) -> set[int]:
    """The hours (µs UTC) of which there is any entry."""
    sql = f"SELECT DISTINCT step FROM tallies WHERE width = {HOUR} AND step >= ? AND step < ?"
    return {step * HOUR for (step,) in index.db.execute(sql, (since // HOUR, until // HOUR))}


def new(index: Index, agents: Iterable[int], since: int) -> list[str]:
    """The names of those of these agents that were never seen before ``since`` (µs UTC); of very many, who may be one client's
    inventions, those that came last are looked at."""
    never = "SELECT text FROM words WHERE id = ? AND NOT EXISTS (SELECT 1 FROM entries WHERE agent = words.id AND at < ?)"
    # Words are numbered as they come.
    found = (index.db.execute(never, (id, since)).fetchone() for id in sorted(agents)[-_LOOKED_AT:])
    return [row[0] for row in found if row is not None]
