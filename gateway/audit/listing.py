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

from gateway.audit.index import Index
from gateway.audit.literals import about
from gateway.audit.minutes import DECISION, MINUTE, Run
from gateway.audit.query import Query, condition, minutes_of, places, readers
from gateway.audit.reader import Position
from gateway.instants import moment
from gateway.record import EntryError

ROWS: Final = 50
#: Minutes on one page, and requests of readers that are counted for them, at most.
MINUTES: Final = 60
COUNTED: Final = 100_000
#: Entries about the paths asked for that are gathered and sorted, at most.
FEW: Final = 5_000
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
    """A condition on entries, and its values."""

    where: str
    values: list[Any]


class Listing(NamedTuple):
    """One page, newest first, and where the next one begins."""

    rows: list[Row | Minute]
    next: Cursor | None


def listing(index: Index, query: Query, after: Cursor | None, *, each: bool) -> Listing:
    """The page after a cursor; with ``each`` readers are shown one by one too."""
    asked = asked_of(index, query)
    singles, more = _singles(index, query, asked, after, each=each)
    upper = after.readers if after else 1 << 53
    # Where there are more decisions to come, minutes older than the last one shown belong to the next page.
    minutes, upper, cut = (
        ([], upper, None) if each else _minutes(index, query, upper, singles[-1].at if more else 0)
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


def asked_of(index: Index, query: Query) -> Asked:
    """The question as a condition, its paths looked up once. Where they have many entries, those are better looked through
    in order of time than gathered and sorted."""
    where, values = condition(index, replace(query, paths=()))
    if query.paths:
        within = about(index, query.paths)
        few = f"SELECT count(*) FROM (SELECT 1 FROM entries WHERE {within} LIMIT ?)"
        (found,) = index.db.execute(few, (FEW + 1,)).fetchone()
        where += f" AND {'' if found <= FEW else '+'}{within}"
    return Asked(where, values)


def _singles(
    index: Index, query: Query, asked: Asked, after: Cursor | None, *, each: bool
) -> tuple[list[Row], bool]:
    if each:
        return _each(index, query, 1 << 53 if after is None else after.seq)
    where, values = asked
    if after is not None:
        where += " AND (at, seq) < (?, ?)"
        values = [*values, after.at, after.seq]
    found = index.db.execute(
        f"SELECT segment, offset, seq, at FROM entries WHERE {where} ORDER BY at DESC, seq DESC LIMIT ?",
        [*values, ROWS + 1],
    ).fetchall()
    return [_row(index, Position(*place), at) for *place, at in found[:ROWS]], len(found) > ROWS


def _each(index: Index, query: Query, before: int) -> tuple[list[Row], bool]:
    """The newest of everything with a lower number than ``before``, readers too."""
    found = [
        place
        for place in places(index, replace(query, limit=ROWS + 1), before)
        if isinstance(place, Position)
    ]
    rows: list[Row] = []
    for place in reversed(found[-ROWS:]):
        rows.append(_row(index, place, rows[-1].at if rows else query.until or 0))
    return rows, len(found) > ROWS


def _row(index: Index, place: Position, at: int) -> Row:
    """The decision at a place; ``at`` is its time where it can no longer be read."""
    try:
        entry = index.printed(place)
    except EntryError:
        return Row(at, place.seq, None, violation=False)
    finding = index.finding(place.seq)
    return Row(
        moment(entry["time"], 0),
        place.seq,
        entry,
        finding is not None and finding.standing.violation is True,
    )


def _minutes(index: Index, query: Query, upper: int, lower: int) -> tuple[list[Minute], int, int | None]:
    """The minutes whose newest request was made from ``lower`` on and before ``upper``; before which the next would be, and
    where the page must end because there are too many."""
    span = replace(
        query,
        since=max(query.since or 0, lower - lower % MINUTE),
        until=upper if query.until is None else min(query.until, upper),
    )
    found, ends = (_opened if query.paths or query.addresses else _summed)(index, span)
    found = [one for one in found if one.at >= lower]
    if ends is None and found:
        upper = found[-1].begins
    return found, upper if ends is None else ends, ends


def _summed(index: Index, query: Query) -> tuple[list[Minute], int | None]:
    """Minutes as the index has them, newest first, and before which there may be more; None where there are none."""
    parts, values = readers(index, query)
    if parts is None:
        return [], None
    rows = index.db.execute(
        f"SELECT minute, max(newest), sum(n) FROM sums WHERE {' AND '.join([f'phase = {DECISION}', *parts])}"
        " GROUP BY minute ORDER BY minute DESC LIMIT ?",
        [*values, MINUTES + 1],
    ).fetchall()
    return _page([Minute(minute * MINUTE, *counts) for minute, *counts in rows])


def _opened(index: Index, query: Query) -> tuple[list[Minute], int | None]:
    """As `_summed`, counted in the journal."""
    where, values = condition(index, query)
    found: dict[int, Minute] = {}
    looked = 0
    for run in minutes_of(index, query, newest=True):
        if len(found) > MINUTES or looked >= COUNTED:
            ends = _ends(index, run)  # the minute in which it ends is counted whole, on the next page
            if query.until is None or ends < query.until:
                every = [found[begins] for begins in sorted(found, reverse=True) if begins >= ends]
                shown, more = _page(every)
                return shown, ends if more is None else more
        index.open(run)
        looked += run.last - run.first + 1
        rows = index.db.execute(
            f"SELECT at / {MINUTE} * {MINUTE}, max(at), count(*) FROM opened WHERE {where} GROUP BY at / {MINUTE}",
            values,
        )
        for begins, at, requests in rows:
            known = found.get(begins, Minute(begins, at, 0))
            found[begins] = Minute(begins, max(at, known.at), requests + known.requests)
    return _page([found[begins] for begins in sorted(found, reverse=True)])


def _page(every: list[Minute]) -> tuple[list[Minute], int | None]:
    """The first of them, and before which there are more."""
    shown = every[:MINUTES]
    return shown, shown[-1].begins if len(every) > MINUTES else None


def _ends(index: Index, run: Run) -> int:
    """When the newest minute of a run is over (µs UTC)."""
    sql = "SELECT max(minute) FROM minutes WHERE segment = ? AND first BETWEEN ? AND ?"
    (minute,) = index.db.execute(sql, (run.segment, run.first, run.last)).fetchone()
    return (int(minute) + 1) * MINUTE
