"""Who asked in a time, what was refused, alike refusals together, and the pages that crawlers for AI wanted: by the index's sums."""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.audit.index import Index
from gateway.audit.minutes import ALLOW, DECISION
from gateway.audit.query import ids_of, standings
from gateway.audit.tallies import WANTED
from gateway.instants import instant, utc
from gateway.told.letter import Alike, Page
from gateway.vocabulary import Kind

_EDGES: Final = (
    "CREATE TEMP TABLE IF NOT EXISTS edges (path INTEGER, host INTEGER, operator INTEGER, n INTEGER)"
)


class Asked(NamedTuple):
    """How many decisions there are, those of crawlers by operator, an impostor's left out, and violations by operator."""

    decisions: int
    operators: list[tuple[str | None, int]]
    violations: dict[str | None, int]


class Wanted(NamedTuple):
    """Pages that were wanted, the most frequent first, and how many there are in all."""

    pages: list[Page]
    every: int


def alike(index: Index) -> Iterator[tuple[Alike, int]]:
    """The refusals among what `gateway.audit.counting` has just counted in this index, those alike together."""
    rows = index.db.execute(
        "SELECT k.text, a.text, o.text, p.text, r.text, observed, status, n FROM"
        " (SELECT kind, agent, operator, purpose, rule, observed, status, sum(n) AS n FROM counted"
        f" WHERE phase = {DECISION} AND verdict > {ALLOW} GROUP BY 1, 2, 3, 4, 5, 6, 7)"
        " JOIN words AS k ON k.id = kind LEFT JOIN words AS a ON a.id = agent LEFT JOIN words AS o ON o.id = operator"
        " LEFT JOIN words AS p ON p.id = purpose LEFT JOIN words AS r ON r.id = rule"
    )
    for kind, agent, operator, purpose, rule, observed, status, n in rows:
        yield Alike(kind, agent, operator, purpose, rule or "", bool(observed), status), n


def asked(index: Index) -> Asked:
    """Who asked, of what `gateway.audit.counting` has just counted in this index."""
    run, decided = index.db.execute, f"FROM counted LEFT JOIN words ON id = operator WHERE phase = {DECISION}"
    (decisions,) = run(f"SELECT coalesce(sum(n), 0) FROM counted WHERE phase = {DECISION}").fetchone()
    agents = ", ".join(map(str, ids_of(index, (Kind.AGENTS.value,)))) or "-1"
    operators = run(f"SELECT text, sum(n) {decided} AND kind IN ({agents}) GROUP BY operator").fetchall()
    guilty = f"standing IN ({standings(index, violation=True)})"
    violations = run(f"SELECT text, sum(n) {decided} AND kind IN ({agents}) AND {guilty} GROUP BY operator")
    return Asked(decisions, operators, dict(violations))


def wanted(index: Index, since: int, until: int, most: int) -> Wanted:
    """The pages that crawlers for AI asked for without permission in about a month (µs UTC), ``most`` of them; of those asked for
    as often as each other the ones that were known first.

    The sums are those of a month of UTC. What the time has more or less than that is counted by its entries, and the pages in
    these are counted apart; all others are found in the order in which the sums lie, without sorting them.
    """
    middle = utc((since + until) // 2).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    month = middle.year * 100 + middle.month
    begins, ends = (
        instant(middle),
        instant(middle.replace(year=middle.year + middle.month // 12, month=middle.month % 12 + 1)),
    )
    run = index.db.execute
    run(_EDGES)
    run("DELETE FROM edges")
    for low, high, sign in (
        (since, begins, 1),
        (ends, until, 1),
        (begins, since, -1),
        (until, ends, -1),
    ):
        if low < high:
            run(
                f"INSERT INTO edges SELECT path, host, coalesce(operator, 0), {sign} * count(*) FROM entries"
                f" WHERE at >= ? AND at < ? AND {WANTED} GROUP BY path, host, operator",
                (low, high),
            )
    inside = "month = ? AND path NOT IN (SELECT path FROM edges)"
    groups = f"FROM wanted WHERE {inside} GROUP BY path, host"
    beside = (
        "SELECT host, path, sum(n) AS n, count(*) AS asked FROM (SELECT host, path, operator, sum(n) AS n FROM"
        " (SELECT host, path, operator, n FROM wanted WHERE month = ? AND path IN (SELECT path FROM edges)"
        " UNION ALL SELECT host, path, operator, n FROM edges) GROUP BY host, path, operator HAVING sum(n) > 0)"
        " GROUP BY host, path"
    )
    found = run(
        "SELECT hosts.text, paths.text, n, asked FROM"
        f" (SELECT * FROM (SELECT host, path, sum(n) AS n, count(DISTINCT operator) AS asked {groups}"
        " ORDER BY n DESC, asked DESC, path LIMIT ?)"
        f" UNION ALL SELECT * FROM (SELECT * FROM ({beside}) ORDER BY n DESC, asked DESC, path LIMIT ?))"
        " JOIN hosts ON hosts.id = host JOIN paths ON paths.id = path",
        (month, most, month, most),
    )
    pages = sorted(
        (Page(*row) for row in found),
        key=lambda one: (-one.requests, -one.operators, one.host, one.target),
    )
    (some,) = run(f"SELECT count(*) FROM (SELECT 1 {groups})", (month,)).fetchone()
    (more,) = run(f"SELECT count(*) FROM ({beside})", (month,)).fetchone()
    return Wanted(pages[:most], some + more)
