"""Counts over the audit log: what `izin audit stats` asks of the index."""

# ruff: noqa: S608 -- conditions are made here, of constants and question marks

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from gateway.audit.index import ALLOW, Index
from gateway.audit.query import Query, condition, ids_of, standings
from gateway.instants import DAY
from gateway.record.referrals import OPERATORS

#: What decisions are counted by.
BY: Final = ("verdict", "kind", "purpose", "operator", "agent", "rule")
_HOUR: Final = DAY // 24
#: The trend's step by the time that it spans, in microseconds: the first whose limit is not passed.
_STEPS: Final = (("hour", _HOUR, 3 * DAY), ("day", DAY, 100 * DAY), ("week", 7 * DAY, 1 << 62))
#: A Monday, from which weeks are counted.
_MONDAY: Final = 4 * DAY


class Step(NamedTuple):
    """One step of the trend: when it begins (µs UTC), and the decisions and refusals in it."""

    at: int
    decisions: int
    refused: int


class Referred(NamedTuple):
    """A service of generative AI, the operator that answers for it, and how many readers it sent back."""

    service: str
    operator: str | None
    readers: int


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of decisions by what they were about, largest first, and what came of them."""

    decisions: int
    first: int | None
    last: int | None
    by: dict[str, list[tuple[str | None, int]]]
    paths: list[tuple[str, int, int]]
    ends: list[tuple[str | None, int]]
    octets: int
    events: int
    #: By operator: requests refused, and of these how many are violations, and how many are not yet.
    operators: list[tuple[str | None, int, int, int]]
    #: Whether steps are hours, days or weeks, and the steps in which anything was decided, oldest first.
    step: str
    trend: list[Step]
    referred: list[Referred]


def stats(index: Index, query: Query, top: int = 10) -> Stats:
    """The counts over what matches; ``paths`` are (path, decisions, refused), the ``top`` most asked for.

    What came of them, ``ends`` and ``octets``, is counted over the outcomes written in the same time, and so are the
    readers whom services sent back.
    """
    where, values = condition(index, query)
    run = index.db.execute
    decision = " AND ".join((where, f"phase IN ({', '.join(map(str, ids_of(index, ('decision',))))})"))
    total, first, last, by = _counted(index, decision, values)
    paths = run(
        f"SELECT text, n, refused FROM (SELECT path, count(*) AS n, sum(verdict != {ALLOW}) AS refused"
        f" FROM entries WHERE {decision} AND path IS NOT NULL GROUP BY path ORDER BY n DESC LIMIT ?)"
        " JOIN paths ON id = path ORDER BY n DESC, text",
        [*values, top],
    ).fetchall()
    times, when = condition(index, Query(since=query.since, until=query.until))
    ends = run(
        f"SELECT text, n, octets FROM (SELECT ended, count(*) AS n, sum(bytes) AS octets FROM entries WHERE {times}"
        " AND ended IS NOT NULL GROUP BY ended) JOIN words ON id = ended ORDER BY n DESC, text",
        when,
    ).fetchall()
    kinds = ", ".join(map(str, ids_of(index, ("event",))))
    events = run(f"SELECT count(*) FROM entries WHERE {times} AND phase IN ({kinds})", when).fetchone()[0]
    operators = run(
        f"SELECT text, n, yes, no FROM (SELECT operator, count(*) AS n,"
        f" sum(standing IN ({standings(index, violation=True)})) AS yes,"
        f" sum(standing IN ({standings(index, violation=False)})) AS no"
        f" FROM entries WHERE {decision} AND standing IS NOT NULL GROUP BY operator)"
        " LEFT JOIN words ON id = operator ORDER BY yes DESC, n DESC, text",
        values,
    ).fetchall()
    octets = sum(row[2] for row in ends)
    name, width, _ = _step((last or 0) - (first or 0))
    return Stats(
        decisions=total,
        first=first,
        last=last,
        by=by,
        paths=paths,
        ends=[(text, n) for text, n, _ in ends],
        octets=octets,
        events=events,
        operators=operators,
        step=name,
        trend=_trend(index, decision, values, width),
        referred=_referred(index, times, when),
    )


def _counted(
    index: Index, decision: str, values: list[Any]
) -> tuple[int, int | None, int | None, dict[str, list[tuple[str | None, int]]]]:
    """How many decisions, when, and by what; what goes together is few enough to be added up here."""
    rows = index.db.execute(
        f"SELECT {', '.join(BY)}, count(*), min(at), max(at) FROM entries WHERE {decision}"
        f" GROUP BY {', '.join(BY)}",
        values,
    ).fetchall()
    words = dict(index.db.execute("SELECT id, text FROM words"))
    by: dict[str, list[tuple[str | None, int]]] = {}
    for place, column in enumerate(BY):
        sums: Counter[str | None] = Counter()
        for row in rows:
            sums[None if row[place] is None else words[row[place]]] += row[-3]
        by[column] = sorted(sums.items(), key=lambda one: (-one[1], one[0] or ""))
    first = min((row[-2] for row in rows), default=None)
    last = max((row[-1] for row in rows), default=None)
    return sum(row[-3] for row in rows), first, last, by


def _step(span: int) -> tuple[str, int, int]:
    return next(step for step in _STEPS if span <= step[2])


def _trend(index: Index, decision: str, values: list[Any], width: int) -> list[Step]:
    """Decisions and refusals step by step. Hours and days are those of UTC, weeks begin on Monday."""
    begin = _MONDAY if width > DAY else 0
    rows = index.db.execute(
        f"SELECT (at - {begin}) / {width} AS step, count(*), sum(verdict != {ALLOW}) FROM entries"
        f" WHERE {decision} GROUP BY step ORDER BY step",
        values,
    )
    return [Step(begin + step * width, n, refused) for step, n, refused in rows]


def _referred(index: Index, times: str, when: list[Any]) -> list[Referred]:
    rows = index.db.execute(
        f"SELECT service, sum(readers) AS n FROM referrals WHERE {times} GROUP BY service ORDER BY n DESC, service",
        when,
    )
    return [Referred(service, OPERATORS.get(service), readers) for service, readers in rows]
