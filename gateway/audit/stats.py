"""Counts over the audit log: what `izin audit stats` asks of the index."""

# ruff: noqa: S608 -- conditions are made here, of constants and question marks

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from gateway.audit.counting import Counting
from gateway.audit.index import Index
from gateway.audit.minutes import ALLOW, DECISION, EVENT, HOUR, OUTCOME
from gateway.audit.query import Query, standings
from gateway.instants import DAY
from gateway.record.referrals import OPERATORS

#: What decisions are counted by.
BY: Final = ("verdict", "kind", "purpose", "operator", "agent", "rule")
#: The trend's step by the time that it spans, in microseconds: the first whose limit is not passed.
_STEPS: Final = (("hour", HOUR, 3 * DAY), ("day", DAY, 100 * DAY), ("week", 7 * DAY, 1 << 62))
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
    when = Query(since=query.since, until=query.until)
    counting = Counting(index)
    counting.add(query, DECISION)
    total, first, last, by = _counted(index)
    name, width, _ = _step((last or 0) - (first or 0))
    if width == HOUR and first is not None and last is not None and not query.addresses:
        counting = Counting(index)
        counting.add(_clipped(query, first, last), DECISION, (HOUR,))
    counting.add(when, OUTCOME)
    counting.add(when, EVENT)
    run = index.db.execute
    ends = run(
        "SELECT text, sum(n) AS n, sum(bytes) FROM counted JOIN words ON id = ended GROUP BY ended ORDER BY n DESC, text"
    ).fetchall()
    (events,) = run(f"SELECT coalesce(sum(n), 0) FROM counted WHERE phase = {EVENT}").fetchone()
    operators = run(
        "SELECT text, sum(n) AS n,"
        f" sum(n * (standing IN ({standings(index, violation=True)}))) AS yes,"
        f" sum(n * (standing IN ({standings(index, violation=False)}))) AS no"
        " FROM counted LEFT JOIN words ON id = operator WHERE standing IS NOT NULL"
        " GROUP BY operator ORDER BY yes DESC, n DESC, text"
    ).fetchall()
    return Stats(
        decisions=total,
        first=first,
        last=last,
        by=by,
        paths=counting.paths(top),
        ends=[(text, n) for text, n, _ in ends],
        octets=sum(row[2] for row in ends),
        events=events,
        operators=operators,
        step=name,
        trend=_trend(index, width),
        referred=referred(index, query.since, query.until),
    )


def _clipped(query: Query, first: int, last: int) -> Query:
    """The question, about no more hours than those of the first and the last that matches."""
    since, until = first // HOUR * HOUR, (last // HOUR + 1) * HOUR
    return replace(
        query,
        since=since if query.since is None else max(since, query.since),
        until=until if query.until is None else min(until, query.until),
    )


def _counted(
    index: Index,
) -> tuple[int, int | None, int | None, dict[str, list[tuple[str | None, int]]]]:
    """How many decisions, when, and by what."""
    decisions = f"FROM counted WHERE phase = {DECISION}"
    total, first, last = index.db.execute(
        f"SELECT coalesce(sum(n), 0), min(oldest), max(newest) {decisions}"
    ).fetchone()
    by = {
        column: index.db.execute(
            f"SELECT text, sum(n) AS n FROM (SELECT {column}, n {decisions})"
            f" LEFT JOIN words ON id = {column} GROUP BY {column} ORDER BY n DESC, text"
        ).fetchall()
        for column in BY
    }
    return total, first, last, by


def _step(span: int) -> tuple[str, int, int]:
    return next(step for step in _STEPS if span <= step[2])


def _trend(index: Index, width: int) -> list[Step]:
    """Decisions and refusals step by step. Hours and days are those of UTC, weeks begin on Monday."""
    begin = _MONDAY if width > DAY else 0
    rows = index.db.execute(
        f"SELECT (hour * {HOUR} - {begin}) / {width} AS step, sum(n), sum(n * (verdict != {ALLOW})) FROM counted"
        f" WHERE phase = {DECISION} GROUP BY step ORDER BY step"
    )
    return [Step(begin + step * width, n, refused) for step, n, refused in rows]


def referred(index: Index, since: int | None, until: int | None) -> list[Referred]:
    """How many readers each service sent back from ``since`` on and before ``until`` (µs UTC), the most first."""
    rows = index.db.execute(
        "SELECT service, sum(readers) AS n FROM referrals WHERE at >= ? AND at < ? GROUP BY service ORDER BY n DESC, service",
        (since or 0, 1 << 53 if until is None else until),
    )
    return [Referred(service, OPERATORS.get(service), readers) for service, readers in rows]
