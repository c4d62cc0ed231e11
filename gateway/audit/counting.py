"""Adding up what a question finds: from the sums of days and hours, and entry by entry where these do not tell.

Theory of operation. Time that is asked for falls into whole days, whole hours beside them, and what is left at both ends. Days
and hours are taken as `gateway.audit.tallies` has them; of the ends the rows are counted, and the readers' minutes opened in
the journal. Sums know no path together with anything else, and no address: where these are asked for, all is counted so.
All goes into two tables of this connection alone, which hold a row for all that goes together.
"""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from gateway.audit.index import Index
from gateway.audit.minutes import ALLOW, DECISION, HOUR
from gateway.audit.query import Query, condition, ids_of, minutes_of, readers
from gateway.audit.tallies import WIDTHS
from gateway.instants import DAY

_KEPT: Final = "phase, verdict, kind, agent, operator, purpose, rule, standing, ended"
_TABLES: Final = {
    "counted": f"{_KEPT}, hour, n, bytes, oldest, newest",
    "counted_paths": "path, n, refused",
}


class Span(NamedTuple):
    """From ``since`` until before ``until`` (µs UTC, None: without end), in whole steps of ``width``; 0: entry by entry."""

    since: int | None
    until: int | None
    width: int


def spans(since: int | None, until: int | None, widths: tuple[int, ...]) -> Iterator[Span]:
    """The spans that together are a time, each as wide as can be."""
    if since is not None and until is not None and since >= until:
        return
    if not widths:
        yield Span(since, until, 0)
        return
    width, *rest = widths
    first = None if since is None else -(-since // width) * width
    last = None if until is None else until // width * width
    if first is not None and last is not None and first >= last:
        yield from spans(since, until, tuple(rest))
        return
    if first is not None:
        yield from spans(since, first, tuple(rest))
    yield Span(first, last, width)
    if last is not None:
        yield from spans(last, until, tuple(rest))


class Counting:
    """The sums of one question after the other in one index, until the next is made."""

    def __init__(self, index: Index, widths: tuple[int, ...] = WIDTHS) -> None:
        """``widths`` are the steps that may be taken whole; where hours are to be told apart, the hour's alone."""
        self._index, self._widths = index, widths
        for name, columns in _TABLES.items():
            index.db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns})")
            index.db.execute(f"DELETE FROM {name}")

    def add(self, query: Query, phase: int) -> None:
        """Count the entries of one phase that match in."""
        if query.phases and phase not in ids_of(self._index, query.phases):
            return
        widths = () if query.paths or query.addresses else self._widths
        for span in spans(query.since, query.until, widths):
            part = replace(query, since=span.since, until=span.until)
            if not span.width:
                self._entries(part, phase)
                continue
            self._tallies(part, phase, span)
            if phase == DECISION:
                self._pages(part, span)

    def paths(self, top: int) -> list[tuple[str, int, int]]:
        """The paths most asked for, with decisions and refusals."""
        return self._index.db.execute(
            "SELECT text, n, refused FROM"
            " (SELECT path, sum(n) AS n, sum(refused) AS refused FROM counted_paths GROUP BY path ORDER BY n DESC LIMIT ?)"
            " JOIN paths ON id = path ORDER BY n DESC, text",
            (top,),
        ).fetchall()

    def _entries(self, query: Query, phase: int) -> None:
        """Count rows, and readers of opened minutes, one by one."""
        self._rows("entries", query, phase)
        for run in minutes_of(self._index, query):
            self._index.open(run)
            self._rows("opened", query, phase)

    def _rows(self, table: str, query: Query, phase: int) -> None:
        where, values = condition(self._index, query)
        where += f" AND phase = {phase}"
        self._index.db.execute(
            f"INSERT INTO counted SELECT {_KEPT}, at / {HOUR}, count(*), sum(bytes), min(at), max(at)"
            f" FROM {table} WHERE {where} GROUP BY {_KEPT}, at / {HOUR}",
            values,
        )
        if phase == DECISION:
            self._paths_of(table, query)

    def _paths_of(self, table: str, query: Query) -> None:
        where, values = condition(self._index, query)
        self._index.db.execute(
            f"INSERT INTO counted_paths SELECT path, count(*), sum(verdict != {ALLOW})"
            f" FROM {table} WHERE {where} AND phase = {DECISION} AND path IS NOT NULL GROUP BY path",
            values,
        )

    def _tallies(self, query: Query, phase: int, span: Span) -> None:
        """Everything of whole steps."""
        where, values = condition(self._index, replace(query, since=None, until=None))
        times, steps = _steps(span)
        alike = ", ".join(f"nullif({word}, 0)" for word in _KEPT.split(", "))
        self._index.db.execute(
            f"INSERT INTO counted SELECT {alike}, step * {span.width // HOUR} AS hour, sum(n), sum(bytes), min(oldest), max(newest)"
            f" FROM tallies WHERE {times} AND {where} AND phase = {phase} GROUP BY {_KEPT}, step",
            [*steps, *values],
        )

    def _pages(self, query: Query, span: Span) -> None:
        """The pages of whole steps: of readers, and of everybody where nothing but rule and time is asked for in whole days."""
        times, steps = _steps(span)
        if query.rules:
            times += f" AND rule IN ({', '.join(map(str, ids_of(self._index, query.rules)))})"
        everybody = (
            span.width == DAY and replace(query, since=None, until=None, rules=(), phases=()) == Query()
        )
        read = readers(self._index, query)[0] is not None
        if everybody or read:
            sums = "sum(readers + n), sum(refused)" if everybody else "sum(readers), 0"
            times += "" if everybody else " AND readers"
            self._index.db.execute(
                f"INSERT INTO counted_paths SELECT path, {sums} FROM pages WHERE {times} GROUP BY path", steps
            )
        if not everybody:
            self._paths_of("entries", query)


def _steps(span: Span) -> tuple[str, list[int]]:
    """A condition on tables of sums."""
    first = 0 if span.since is None else span.since // span.width
    last = 1 << 53 if span.until is None else span.until // span.width
    return f"width = {span.width} AND step >= ? AND step < ?", [first, last]
