"""Readers who were served, in the index: minutes, each with its place in the journal, so that it can be opened there.

Theory of operation. A news site is read much more than it is crawled, and nobody looks for one reader's page view among
millions. So a compact decision about people who were let in, and the outcome of one, make no row of their own: they are
counted (`gateway.audit.tallies`). Where such entries are asked for one by one, the minutes that may hold them
are read from the journal. A minute is kept for each segment, so that it goes, or is counted again, with its segment.
"""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from gateway.instants import SECOND

MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
#: The words that stand in `words` from the beginning.
ALLOW, PEOPLE, DECISION, OUTCOME, EVENT = range(1, 6)
#: Entries between the first and the last of a run of minutes, where they are not all of one minute.
_RUN: Final = 20_000
_SHORT: Final = 1_000

SCHEMA: Final = """
CREATE TABLE minutes (
  segment INTEGER NOT NULL, minute INTEGER NOT NULL, offset INTEGER NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, PRIMARY KEY (segment, minute)) WITHOUT ROWID;
"""
INDEXES: Final = {
    "minutes_by_time": "minutes (minute)",
    "minutes_by_number": "minutes (first)",
}


class Row(NamedTuple):
    """What the index puts down of an entry: a row of `entries`, or a part of a minute's sums."""

    seq: int
    segment: int
    offset: int
    at: int
    short: str
    phase: int | None
    verdict: int | None = None
    kind: int | None = None
    agent: int | None = None
    operator: int | None = None
    purpose: int | None = None
    rule: int | None = None
    license: int | None = None
    path: int | None = None
    pseudonym: str | None = None
    low: bytes | None = None
    bits: int | None = None
    bytes: int | None = None
    ended: int | None = None
    standing: int | None = None
    since: int | None = None
    served: int | None = None
    event: int | None = None
    audience: int | None = None
    host: int | None = None
    observed: int | None = None
    status: int | None = None
    violation: int | None = None

    @property
    def reader(self) -> bool:
        """Whether this is a decision about people who were let in and of whom nothing else is known."""
        unnamed = (self.agent or self.operator or self.purpose or self.license) is None
        return unnamed and self.phase == DECISION and self.verdict == ALLOW and self.kind == PEOPLE


class Run(NamedTuple):
    """Minutes that lie one after the other in a segment: where the first entry lies, its number, and that of the last. Where
    there are ``literals``, only decisions that hold one of them are wanted; where there is a ``phase``, only its entries."""

    segment: int
    offset: int
    first: int
    last: int
    literals: tuple[bytes, ...] | None = None
    phase: int | None = None


def end_of(db: sqlite3.Connection, run: Run) -> int:
    """An octet of the segment before which all entries of a run lie."""
    sql = "SELECT offset, segment FROM minutes WHERE first > ? ORDER BY first LIMIT 1"
    row = db.execute(sql, (run.last,)).fetchone()
    return int(row[0]) if row is not None and row[1] == run.segment else 1 << 53


def runs(
    db: sqlite3.Connection,
    where: str,
    values: Iterable[Any],
    pages: str | None = None,
    *,
    newest: bool = False,
) -> Iterator[Run]:
    """The minutes for which an SQL condition on ``minutes`` holds, in the journal's order, no two runs in one another; or the
    ``newest`` first, and of these the first ones short. With ``pages``, a condition on that table, those of hours in which one was
    asked for."""
    hours = f" AND minute / {HOUR // MINUTE} IN (SELECT step FROM pages WHERE width = {HOUR}{{}} AND {pages})"
    if not newest:
        yield from reversed(_joined(db, where + (hours.format("") if pages else ""), values, _RUN))
        return
    size = _SHORT
    for (segment,) in db.execute("SELECT first FROM segments ORDER BY first DESC").fetchall():
        part = f"segment = {segment} AND {where}"
        if pages:  # only the hours of this segment, of which there are few
            span = f"SELECT min(minute), max(minute) FROM minutes WHERE segment = {segment}"
            low, high = (
                0 if minute is None else minute * MINUTE // HOUR for minute in db.execute(span).fetchone()
            )
            part += hours.format(f" AND step BETWEEN {low} AND {high}")
        found = _joined(db, part, values, size)
        yield from found
        size = min(_RUN, size << len(found))


def _joined(db: sqlite3.Connection, where: str, values: Iterable[Any], size: int) -> list[Run]:
    """Runs of so many entries, the newest first and the older ones longer."""
    sql = f"SELECT segment, offset, first, last FROM minutes WHERE {where} ORDER BY segment DESC, first DESC"
    found: list[Run] = []
    for row in db.execute(sql, list(values)).fetchall():
        found.append(Run(*row))
        while len(found) > 1 and _belong(found[-1], found[-2], size):
            one = found.pop()
            found[-1] = one._replace(last=max(one.last, found[-1].last))
        size = min(_RUN, max(size, _SHORT << len(found)))
    return found


def _belong(one: Run, behind: Run, size: int) -> bool:
    """Whether two runs are to be one: they are in one another, or both together no longer than that."""
    return one.segment == behind.segment and (behind.first <= one.last or behind.last < one.first + size)
