"""Sums of everything by the hour and by the day, so that counts over any length of time read few rows.

Theory of operation. `tallies` has a row for all entries of an hour, and one for all of a day, that have the same verdict, agent,
rule and so on; `pages` has how often each path was asked for: by readers in an hour and by everybody in a day; `wanted` what crawlers
for AI were refused, or would have been, in a month of UTC: there paths stand in order, so that of hundreds of thousands the most
frequent are found without sorting them. They are made of what the index takes in anyway, readers and rows, and hold nothing that
could not be made of these again. Like `minutes` they
are kept for each segment, so that they are made anew where a segment was rewritten. 0 stands for what an entry has not.
"""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

import sqlite3
from collections import Counter
from typing import Final

from gateway.audit import sieve
from gateway.audit.minutes import ALLOW, DECISION, HOUR, MINUTE, PEOPLE, Row
from gateway.instants import DAY

#: What entries have in common that are counted together.
ALIKE: Final = "phase, verdict, kind, agent, operator, purpose, rule, license, standing, ended, audience, observed, status, violation"
_WORDS: Final = tuple(ALIKE.split(", "))
#: Rows of `entries` about what crawlers for AI wanted without permission, and the month of UTC (202611) that one is of.
WANTED: Final = "host IS NOT NULL AND path IS NOT NULL"
MONTH: Final = "CAST(strftime('%Y%m', at / 1000000, 'unixepoch') AS INTEGER)"
#: The lengths of time that are summed up, in microseconds, the longest first.
WIDTHS: Final = (DAY, HOUR)

SCHEMA: Final = f"""
CREATE TABLE sums (
  segment INTEGER NOT NULL, minute INTEGER NOT NULL, phase INTEGER NOT NULL, rule INTEGER NOT NULL, ended INTEGER NOT NULL,
  audience INTEGER NOT NULL, n INTEGER NOT NULL, bytes INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL,
  PRIMARY KEY (segment, minute, phase, rule, ended, audience)) WITHOUT ROWID;
CREATE TABLE tallies (width INTEGER NOT NULL, step INTEGER NOT NULL, segment INTEGER NOT NULL,
  {", ".join(f"{word} INTEGER NOT NULL" for word in _WORDS)},
  n INTEGER NOT NULL, bytes INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL,
  PRIMARY KEY (width, step, segment, {ALIKE})) WITHOUT ROWID;
CREATE TABLE pages (width INTEGER NOT NULL, step INTEGER NOT NULL, segment INTEGER NOT NULL, path INTEGER NOT NULL,
  rule INTEGER NOT NULL, audience INTEGER NOT NULL, readers INTEGER NOT NULL, n INTEGER NOT NULL, refused INTEGER NOT NULL,
  PRIMARY KEY (width, step, segment, path, rule, audience)) WITHOUT ROWID;
CREATE TABLE wanted (month INTEGER NOT NULL, path INTEGER NOT NULL, host INTEGER NOT NULL, operator INTEGER NOT NULL,
  segment INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (month, path, host, operator, segment)) WITHOUT ROWID;
"""
INDEXES: Final = {
    "sums_by_time": "sums (minute)",
    "pages_by_path": f"pages (path, step) WHERE width = {HOUR}",
}
_SUMS: Final = (
    "INSERT INTO sums VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n,"
    " bytes = bytes + excluded.bytes, oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)"
)
_TALLIES: Final = (
    "ON CONFLICT DO UPDATE SET n = n + excluded.n, bytes = bytes + excluded.bytes,"
    " oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)"
)
_PAGES: Final = "ON CONFLICT DO UPDATE SET readers = readers + excluded.readers, n = n + excluded.n, refused = refused + excluded.refused"


class Sums:
    """Adds up readers until they are written with `put`."""

    def __init__(self) -> None:
        self._minutes: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._sums: dict[tuple[int, ...], list[int]] = {}
        self._pages: Counter[tuple[int, ...]] = Counter()
        self._marks: dict[tuple[int, int], set[int]] = {}

    def add(self, row: Row) -> None:
        """Count the row of a reader's decision or outcome in; rows come in the journal's order."""
        minute = row.at // MINUTE
        at = (row.segment, minute)
        offset, first, _ = self._minutes.get(at, (row.offset, row.seq, 0))
        self._minutes[at] = (offset, first, row.seq)
        _add(
            self._sums,
            (*at, row.phase or 0, row.rule or 0, row.ended or 0, row.audience or 0),
            1,
            row.bytes or 0,
            row.at,
            row.at,
        )
        if row.phase == DECISION:
            self._marks.setdefault(at, set()).update(sieve.marks_of(row))
        if row.path is not None:
            self._pages[row.at // HOUR, row.segment, row.path, row.rule or 0, row.audience or 0] += 1

    def put(self, db: sqlite3.Connection) -> None:
        """Add everything to the tables."""
        db.executemany(
            "INSERT INTO minutes VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
            ((*key, *place) for key, place in self._minutes.items()),
        )
        sieve.put(db, self._marks)
        db.executemany(_SUMS, ((*key, *counts) for key, counts in self._sums.items()))
        tallies: dict[tuple[int, ...], list[int]] = {}
        pages: Counter[tuple[int, ...]] = Counter()
        for width in WIDTHS:
            for (segment, minute, phase, rule, ended, audience), counts in self._sums.items():
                who = (ALLOW, PEOPLE) if phase == DECISION else (0, 0)
                alike = (phase, *who, 0, 0, 0, rule, 0, 0, ended, audience, 0, 0, 0)
                _add(tallies, (width, minute * MINUTE // width, segment, *alike), *counts)
            for (hour, *page), n in self._pages.items():
                pages[width, hour * HOUR // width, *page] += n
        marks = ", ".join("?" * (len(_WORDS) + 7))
        db.executemany(
            f"INSERT INTO tallies VALUES ({marks}) {_TALLIES}",
            ((*key, *counts) for key, counts in tallies.items()),
        )
        db.executemany(
            f"INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0) {_PAGES}",
            ((*key, n) for key, n in pages.items()),
        )


def _add(
    sums: dict[tuple[int, ...], list[int]],
    key: tuple[int, ...],
    n: int,
    octets: int,
    oldest: int,
    newest: int,
) -> None:
    found = sums.get(key)
    if found is None:
        sums[key] = [n, octets, oldest, newest]
    else:
        found[0] += n
        found[1] += octets
        found[2], found[3] = min(found[2], oldest), max(found[3], newest)


def add_rows(db: sqlite3.Connection, first: int, last: int) -> None:
    """Count the rows in whose entries have these numbers, both included."""
    alike = ", ".join(f"coalesce({word}, 0)" for word in _WORDS)
    for width in WIDTHS:
        db.execute(
            f"INSERT INTO tallies SELECT {width}, at / {width} AS step, segment, {alike}, count(*), coalesce(sum(bytes), 0),"
            f" min(at), max(at) FROM entries WHERE seq BETWEEN ? AND ? GROUP BY step, segment, {ALIKE} {_TALLIES}",
            (first, last),
        )
    db.execute(
        f"INSERT INTO pages SELECT {DAY}, at / {DAY} AS step, segment, path, coalesce(rule, 0), coalesce(audience, 0), 0, count(*),"
        f" sum(verdict != {ALLOW}) FROM entries WHERE seq BETWEEN ? AND ? AND phase = {DECISION} AND path IS NOT NULL"
        f" GROUP BY step, segment, path, rule, audience {_PAGES}",
        (first, last),
    )
    db.execute(
        f"INSERT INTO wanted SELECT {MONTH} AS month, path, host, coalesce(operator, 0), segment, count(*) FROM entries"
        f" WHERE seq BETWEEN ? AND ? AND {WANTED} GROUP BY month, path, host, operator, segment"
        " ON CONFLICT DO UPDATE SET n = n + excluded.n",
        (first, last),
    )


def forget(db: sqlite3.Connection, segment: int) -> None:
    """Take away what is counted of a segment."""
    for table in ("minutes", "sums", "tallies", "pages", "wanted", "sieves"):
        db.execute(f"DELETE FROM {table} WHERE segment = ?", (segment,))
