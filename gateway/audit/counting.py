"""Adding up what a question finds, by the hour: rows one by one, readers by their sums, and from the journal where they must.

Theory of operation. Sums know minutes and rules, and paths by the hour; no address. So hours that lie within the time asked
for are taken as they were summed. The hours in which that time begins and ends are read from the journal, and so is every
minute that may match where a path, a rule or an address is asked for. All goes into two tables of this connection alone, of
which there is a row for each hour and all that goes together in it.
"""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

from dataclasses import replace
from typing import Any, Final

from gateway.audit.index import Index
from gateway.audit.minutes import ALLOW, DECISION, HOUR, MINUTE, PEOPLE
from gateway.audit.query import Query, condition, minutes_of, readers

_KEPT: Final = "phase, verdict, kind, agent, operator, purpose, rule, standing, ended"
_TABLES: Final = {
    "counted": f"{_KEPT}, hour, n, bytes, oldest, newest",
    "counted_paths": "path, n, refused",
}


class Counting:
    """The sums of one question after the other in one index, until the next is made."""

    def __init__(self, index: Index) -> None:
        self._index = index
        for name, columns in _TABLES.items():
            index.db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns})")
            index.db.execute(f"DELETE FROM {name}")

    def add(self, query: Query, phase: int) -> None:
        """Count the entries of one phase that match in."""
        self._rows("entries", query, phase)
        whole = query.paths == query.addresses == query.rules == ()
        first = None if query.since is None else -(-query.since // HOUR)
        last = None if query.until is None else query.until // HOUR
        if not whole or (first is not None and last is not None and first > last):
            self._open(query, phase)
            return
        if first is not None and first * HOUR != query.since:
            self._open(replace(query, until=first * HOUR), phase)
        self._sums(query, phase, first, last)
        if last is not None and last * HOUR != query.until:
            self._open(replace(query, since=last * HOUR), phase)

    def paths(self, top: int) -> list[tuple[str, int, int]]:
        """The paths most asked for, with decisions and refusals."""
        return self._index.db.execute(
            "SELECT text, n, refused FROM"
            " (SELECT path, sum(n) AS n, sum(refused) AS refused FROM counted_paths GROUP BY path ORDER BY n DESC LIMIT ?)"
            " JOIN paths ON id = path ORDER BY n DESC, text",
            (top,),
        ).fetchall()

    def _open(self, query: Query, phase: int) -> None:
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
            self._index.db.execute(
                f"INSERT INTO counted_paths SELECT path, count(*), sum(verdict != {ALLOW})"
                f" FROM {table} WHERE {where} AND path IS NOT NULL GROUP BY path",
                values,
            )

    def _sums(self, query: Query, phase: int, first: int | None, last: int | None) -> None:
        """Readers of whole hours, from ``first`` on and before ``last``."""
        since, until = (None if hour is None else hour * HOUR for hour in (first, last))
        parts, values = readers(self._index, replace(query, since=since, until=until))
        if parts is None:
            return
        a, b = (ALLOW, PEOPLE) if phase == DECISION else ("NULL", "NULL")
        self._index.db.execute(
            f"INSERT INTO counted SELECT phase, {a}, {b}, NULL, NULL, NULL, nullif(rule, 0), NULL, nullif(ended, 0),"
            f" minute / {HOUR // MINUTE}, sum(n), sum(bytes), min(oldest), max(newest)"
            f" FROM sums WHERE {' AND '.join([f'phase = {phase}', *parts])} GROUP BY phase, rule, ended, minute / {HOUR // MINUTE}",
            values,
        )
        if phase == DECISION:
            asked: list[Any] = [0 if first is None else first, 1 << 53 if last is None else last]
            self._index.db.execute(
                "INSERT INTO counted_paths SELECT path, sum(n), 0 FROM visits WHERE hour >= ? AND hour < ? GROUP BY path",
                asked,
            )
