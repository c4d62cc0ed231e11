"""One page of the list of decisions: those that count one by one, and readers who were served, a line a minute.

Theory of operation. A news site is read much more than it is crawled, so a list of everything would be a list of readers.
Two questions are asked of the index, both along its order of time: for the decisions that are shown one by one, and for
the minutes in which readers were served. A minute stands where its newest request stands, and is counted whole. Both are
bounded, and where a page ends the next begins: `Cursor` says after which decision, and before which minute.
"""

# ruff: noqa: S608 -- conditions are made by gateway.audit.query, of constants and question marks

import re
from dataclasses import replace
from typing import Any, Final, NamedTuple

from gateway.audit.index import ALLOW, Index
from gateway.audit.query import Query, condition, ids_of
from gateway.audit.reader import Position
from gateway.instants import SECOND
from gateway.record import EntryError
from gateway.vocabulary import Kind

ROWS: Final = 50
#: Minutes on one page, and requests of readers that are counted for them, at most.
MINUTES: Final = 60
COUNTED: Final = 200_000
#: Entries about the paths asked for that are gathered and sorted, at most.
FEW: Final = 5_000
MINUTE: Final = 60 * SECOND
_CURSOR = re.compile(r"(\d{1,16})\.(\d{1,16})\.(\d{1,16})", re.ASCII)


class Cursor(NamedTuple):
    """Where a page begins: after the decision made ``at`` with number ``seq``, and before the minute ``readers`` (µs UTC)."""

    at: int
    seq: int
    readers: int

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor in an address, None if there is none."""
        found = _CURSOR.fullmatch(text)
        return None if found is None else cls(*map(int, found.groups()))

    def __str__(self) -> str:
        return f"{self.at}.{self.seq}.{self.readers}"


class Row(NamedTuple):
    """A decision, as the journal has it; ``entry`` is None where it can no longer be read."""

    at: int
    seq: int
    entry: dict[str, Any] | None
    violation: bool


class Minute(NamedTuple):
    """Readers who were served in one minute: when it begins, its newest request, and how many there were."""

    begins: int
    at: int
    requests: int


class Asked(NamedTuple):
    """A condition on entries, its values, and whether few enough match to be gathered."""

    where: str
    values: list[Any]
    few: bool


class Listing(NamedTuple):
    """One page, newest first, and where the next one begins."""

    rows: list[Row | Minute]
    next: Cursor | None


def listing(index: Index, query: Query, after: Cursor | None, *, each: bool) -> Listing:
    """The page after a cursor; with ``each`` readers are shown one by one too."""
    asked = _asked(index, query)
    singles, more = _singles(index, query, asked, after, each=each)
    upper = after.readers if after else 1 << 53
    # Where there are more decisions to come, minutes older than the last one shown belong to the next page.
    minutes, upper, cut = (
        ([], upper, None) if each else _minutes(index, query, asked, upper, singles[-1].at if more else 0)
    )
    if cut is not None:
        kept = [row for row in singles if row.at >= cut]
        singles, more = kept, True
    last = singles[-1] if singles else None
    rows: list[Row | Minute] = [*singles, *minutes]
    rows.sort(key=lambda row: row.at, reverse=True)
    if not more and cut is None:
        return Listing(rows, None)
    if last is not None:
        return Listing(rows, Cursor(last.at, last.seq, upper))
    start = (after.at, after.seq) if after else (1 << 53, 0)
    return Listing(rows, Cursor(*start, upper))


def _asked(index: Index, query: Query) -> Asked:
    """The question as a condition, its paths looked up once. Where they have many entries, those are better looked through
    in order of time than gathered and sorted."""
    where, values = condition(index, replace(query, paths=()))
    few = False
    if query.paths:
        condition(index, Query(paths=query.paths))  # says which paths are asked for
        run = index.db.execute
        run("CREATE TEMP TABLE IF NOT EXISTS listed (id INTEGER PRIMARY KEY)")
        run("DELETE FROM listed")
        run("INSERT INTO listed SELECT id FROM paths WHERE asked(canonical) OR asked(lenient)")
        (found,) = run(
            "SELECT count(*) FROM (SELECT 1 FROM entries WHERE path IN (SELECT id FROM listed) LIMIT ?)",
            (FEW + 1,),
        ).fetchone()
        few = found <= FEW
        where += f" AND {'' if few else '+'}path IN (SELECT id FROM listed)"
    return Asked(where, values, few)


def _quiet(index: Index) -> str:
    """The condition of a reader who was served."""
    people = ids_of(index, (Kind.PEOPLE.value,))
    return f"(kind = {people[0]} AND verdict = {ALLOW})" if people else "0"


def _singles(
    index: Index, query: Query, asked: Asked, after: Cursor | None, *, each: bool
) -> tuple[list[Row], bool]:
    where, values, _ = asked
    if not each:
        where += f" AND verdict > {ALLOW}" if query.kinds == (Kind.PEOPLE,) else f" AND NOT {_quiet(index)}"
    if after is not None:
        where += " AND (at, seq) < (?, ?)"
        values = [*values, after.at, after.seq]
    found = index.db.execute(
        f"SELECT segment, offset, seq, at, standing FROM entries WHERE {where} ORDER BY at DESC, seq DESC LIMIT ?",
        [*values, ROWS + 1],
    ).fetchall()
    guilty = ids_of(index, ("served", "in-force"))
    rows = []
    for segment, offset, seq, at, standing in found[:ROWS]:
        entry: dict[str, Any] | None = None
        try:
            entry = index.printed(Position(segment, offset, seq))
        except EntryError:
            entry = None
        rows.append(Row(at, seq, entry, standing in guilty))
    return rows, len(found) > ROWS


def _minutes(
    index: Index, query: Query, asked: Asked, upper: int, lower: int
) -> tuple[list[Minute], int, int | None]:
    """The minutes whose newest request was made from ``lower`` on and before ``upper``; before which the next would be, and
    where the page must end because there are too many."""
    if query.kinds and Kind.PEOPLE not in query.kinds:
        return [], upper, None
    where, values, few = asked
    where += f" AND {_quiet(index)}"
    if few:
        rows = index.db.execute(
            f"SELECT at / {MINUTE} * {MINUTE}, max(at), count(*) FROM entries WHERE {where} AND at < ? GROUP BY 1"
            " HAVING max(at) >= ? ORDER BY 1 DESC LIMIT ?",
            [*values, upper, lower, MINUTES + 1],
        ).fetchall()
        minutes = [Minute(*row) for row in rows[:MINUTES]]
        upper = minutes[-1].begins if minutes else upper
        return minutes, upper, upper if len(rows) > MINUTES else None
    found: list[Minute] = []
    counted = 0
    while True:
        row = index.db.execute(
            f"SELECT at FROM entries WHERE {where} AND at < ? AND at >= ? ORDER BY at DESC LIMIT 1",
            [*values, upper, lower],
        ).fetchone()
        if row is None:
            return found, upper, None
        if len(found) >= MINUTES or counted >= COUNTED:
            return found, upper, upper
        begins = row[0] - row[0] % MINUTE
        (requests,) = index.db.execute(
            f"SELECT count(*) FROM entries WHERE {where} AND at >= ? AND at < ?", [*values, begins, upper]
        ).fetchone()
        found.append(Minute(begins, row[0], requests))
        counted, upper = counted + requests, begins
