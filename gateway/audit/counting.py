"""Adding up what a question finds: from the sums of days and hours, and entry by entry where these do not tell.

Theory of operation. Time that is asked for falls into whole days, whole hours beside them, and what is left at both ends. Days
and hours are taken as `gateway.audit.tallies` has them; of the ends the rows are counted, and the readers' minutes opened in
the journal. Where paths are asked for, rows are counted so altogether, and readers by the sums of these paths; sums know no address.
All goes into two tables of this connection alone, which hold a row for all that goes together.
"""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from gateway.audit.index import Index
from gateway.audit.literals import about
from gateway.audit.minutes import ALLOW, DECISION, EVENT, HOUR, MINUTE, OUTCOME, PEOPLE
from gateway.audit.query import Query, condition, ids_of, minutes_of, readers
from gateway.audit.tallies import WIDTHS
from gateway.instants import DAY

_KEPT: Final = "phase, verdict, kind, agent, operator, purpose, rule, standing, ended, observed, status"
_PHASES: Final = {DECISION: "decision", OUTCOME: "outcome", EVENT: "event"}
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
    """The sums of one question after the other in one index, until the next is made; by ``paths`` too, which takes the most time."""

    def __init__(self, index: Index, *, paths: bool = True) -> None:
        self._index, self._by_path = index, paths
        for name, columns in _TABLES.items():
            index.db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns})")
            index.db.execute(f"DELETE FROM {name}")

    def add(self, query: Query, phase: int, widths: tuple[int, ...] = WIDTHS) -> None:
        """Count the entries of one phase that match in. ``widths`` are the steps that may be taken whole; where hours are to be
        told apart, the hour's alone."""
        if query.events or (query.phases and phase not in ids_of(self._index, query.phases)):
            return  # what is counted by what it was about is a decision, and sums name no event
        if query.traces:
            self._rows("entries", query, phase)  # no sum knows them, and of readers none is kept
            return
        if query.paths and not query.addresses:
            self._rows("entries", query, phase)
            self._readers(query, widths)
            return
        widths = () if query.addresses else widths
        for span in spans(query.since, query.until, widths if phase == DECISION else (*widths, MINUTE)):
            part = replace(query, since=span.since, until=span.until)
            if span.width in WIDTHS:
                self._tallies(part, phase, span)
                if phase == DECISION and self._by_path:
                    self._pages(part, span)
                continue
            self._rows("entries", part, phase)
            if span.width:
                self._minutes(phase, span)
            else:
                self._opened(part, phase)

    def paths(self, top: int) -> list[tuple[str, int, int]]:
        """The paths most asked for, with decisions and refusals."""
        return self._index.db.execute(
            "SELECT text, n, refused FROM"
            " (SELECT path, sum(n) AS n, sum(refused) AS refused FROM counted_paths GROUP BY path ORDER BY n DESC LIMIT ?)"
            " JOIN paths ON id = path ORDER BY n DESC, text",
            (top,),
        ).fetchall()

    def _opened(self, query: Query, phase: int) -> None:
        """Readers of opened minutes, one by one."""
        for run in minutes_of(self._index, replace(query, phases=(_PHASES[phase],))):
            self._index.open(run)
            self._index.looked(run)
            if self._index.opened:
                self._rows("opened", query, phase)

    def _minutes(self, phase: int, span: Span) -> None:
        """Readers of whole minutes."""
        times, steps = _steps(span)
        times = times.partition(" AND ")[2].replace("step", "minute")
        self._index.db.execute(
            "INSERT INTO counted SELECT phase, NULL, NULL, NULL, NULL, NULL, nullif(rule, 0), NULL, nullif(ended, 0), NULL, NULL,"
            f" minute / {HOUR // MINUTE} AS hour, sum(n), sum(bytes), min(oldest), max(newest) FROM sums"
            f" WHERE {times} AND phase = {phase} GROUP BY rule, ended, hour",
            steps,
        )

    def _readers(self, query: Query, widths: tuple[int, ...]) -> None:
        """Readers by their paths: by the sums of whole steps, and one by one at both ends of the time."""
        if readers(self._index, query)[0] is None:
            return
        wanted = f"readers AND {about(self._index, query.paths)}{self._alike(query)}"
        whole: list[Span] = []
        for span in spans(query.since, query.until, widths):
            if not span.width:
                self._opened(replace(query, since=span.since, until=span.until), DECISION)
                continue
            where, steps = _steps(span)
            where += f" AND {wanted}"
            self._index.db.execute(
                f"INSERT INTO counted SELECT {DECISION}, {ALLOW}, {PEOPLE}, NULL, NULL, NULL, nullif(rule, 0), NULL, NULL, NULL, NULL,"
                f" step * {span.width // HOUR} AS hour, sum(readers), 0, NULL, NULL FROM pages WHERE {where} GROUP BY rule, hour",
                steps,
            )
            self._index.db.execute(
                f"INSERT INTO counted_paths SELECT path, sum(readers), 0 FROM pages WHERE {where} GROUP BY path",
                steps,
            )
            whole.append(span)
        # When the first and the last of them came is not in the sums.
        times = [self._at(query, wanted, whole, pick) for pick in ("min", "max")]
        self._index.db.execute(
            "UPDATE counted SET oldest = ?, newest = ? WHERE rowid IN (SELECT rowid FROM counted WHERE oldest IS NULL LIMIT 1)",
            times,
        )

    def _at(self, query: Query, wanted: str, whole: list[Span], pick: str) -> int | None:
        """When the first (`min`) or the last (`max`) of the readers of whole steps came (µs UTC)."""
        run, order = self._index.db.execute, 1 if pick == "min" else -1
        for span in whole[::order]:
            where, steps = _steps(span)
            (step,) = run(f"SELECT {pick}(step) FROM pages WHERE {where} AND {wanted}", steps).fetchone()
            if step is None:
                continue
            where, steps = _steps(Span(step * span.width, (step + 1) * span.width, HOUR))
            (hour,) = run(f"SELECT {pick}(step) FROM pages WHERE {where} AND {wanted}", steps).fetchone()
            begin = int(hour) * HOUR
            for since in range(begin, begin + HOUR, MINUTE)[::order]:
                part = replace(query, since=since, until=since + MINUTE)
                where, values = condition(self._index, part)
                found = []
                for opened in minutes_of(self._index, part):
                    self._index.open(opened)
                    found += run(f"SELECT at FROM opened WHERE {where}", values).fetchall()
                if found:
                    return int((min if pick == "min" else max)(found)[0])
            return begin  # what tells it cannot be read any more
        return None

    def _alike(self, query: Query) -> str:
        """A condition on ``pages`` that goes on from another: what they know besides paths."""
        parts = {"rule": query.rules, "audience": query.audiences}
        return "".join(
            f" AND {column} IN ({', '.join(map(str, ids_of(self._index, wanted)))})"
            for column, wanted in parts.items()
            if wanted
        )

    def _rows(self, table: str, query: Query, phase: int) -> None:
        where, values = condition(self._index, query)
        where += f" AND phase = {phase}"
        self._index.db.execute(
            f"INSERT INTO counted SELECT {_KEPT}, at / {HOUR}, count(*), sum(bytes), min(at), max(at)"
            f" FROM {table} WHERE {where} GROUP BY {_KEPT}, at / {HOUR}",
            values,
        )
        if phase == DECISION and self._by_path:
            self._paths_of(table, query)

    def _paths_of(self, table: str, query: Query) -> None:
        where, values = condition(self._index, query)
        self._index.db.execute(
            f"INSERT INTO counted_paths SELECT path, count(*), sum(verdict != {ALLOW})"
            f" FROM {table} WHERE {where} AND path IS NOT NULL GROUP BY path",
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
        times += self._alike(query)
        everybody = (
            span.width == DAY
            and replace(query, since=None, until=None, rules=(), audiences=(), phases=()) == Query()
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
