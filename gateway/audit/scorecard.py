"""What is counted of one operator, of one license, and of the services that send readers back: by the index."""

# ruff: noqa: S608 -- statements are made here and in gateway.audit.query, of constants and question marks

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from gateway.audit.index import Index
from gateway.audit.minutes import ALLOW, DECISION
from gateway.audit.query import Query, condition
from gateway.audit.reader import Position
from gateway.record import EntryError

#: Decisions of an operator that are looked at for its pages, the newest, at most.
_LOOKED_AT: Final = 100_000
#: Decisions that are looked at for whose they are, the newest, at most.
NEWEST: Final = 5_000

#: Decisions that are read from the journal for what the index does not hold, the newest, at most.
LATEST: Final = 200


class Page(NamedTuple):
    """A path, how often it was asked for, and how often that was refused."""

    path: str
    decisions: int
    refused: int


class Caller(NamedTuple):
    """An operator, None where no catalogue knows one, how often it asked, and how often that was refused."""

    operator: str | None
    decisions: int
    refused: int


class Closed(NamedTuple):
    """How many pages were refused, and how many of them were asked for again."""

    pages: int
    again: int


class Use(NamedTuple):
    """How many requests a license served, and how many that named it were refused."""

    served: int
    refused: int


def most_wanted(index: Index, query: Query, most: int) -> list[Page]:
    """The pages that the newest matching decisions were about, the most frequent first."""
    where, values = condition(index, query)
    return [
        Page(*row)
        for row in index.db.execute(
            f"SELECT text, n, refused FROM (SELECT path, count(*) AS n, sum(verdict != {ALLOW}) AS refused FROM"
            f" (SELECT path, verdict FROM entries WHERE {where} AND path IS NOT NULL ORDER BY at DESC LIMIT {_LOOKED_AT})"
            f" GROUP BY path ORDER BY n DESC LIMIT ?) JOIN paths ON id = path ORDER BY n DESC, text",
            [*values, most],
        )
    ]


def callers(index: Index, where: str, values: Sequence[Any]) -> list[Caller]:
    """Whose the newest decisions are that match a condition on ``entries``, the most frequent first."""
    return [
        Caller(*row)
        for row in index.db.execute(
            f"SELECT text, n, refused FROM (SELECT operator, count(*) AS n, sum(verdict != {ALLOW}) AS refused FROM"
            f" (SELECT operator, verdict FROM entries WHERE {where} ORDER BY at DESC LIMIT {NEWEST})"
            " GROUP BY operator) LEFT JOIN words ON id = operator ORDER BY n DESC, text",
            values,
        )
    ]


def closed_pages(index: Index, query: Query) -> Closed:
    """The pages that the newest matching refusals were about."""
    where, values = condition(index, query)
    row = index.db.execute(
        "SELECT count(*), coalesce(sum(n > 1), 0) FROM (SELECT count(*) AS n FROM (SELECT path FROM entries"
        f" WHERE {where} AND verdict > {ALLOW} AND path IS NOT NULL ORDER BY at DESC LIMIT {_LOOKED_AT}) GROUP BY path)",
        values,
    ).fetchone()
    return Closed(*row)


def assurances(index: Index, query: Query) -> dict[str, int]:
    """How far the claims of the newest `LATEST` matching decisions were borne out, as the journal has it."""
    where, values = condition(index, query)
    sql = f"SELECT segment, offset, seq FROM entries WHERE {where} ORDER BY at DESC LIMIT {LATEST}"
    found: dict[str, int] = {}
    for place in index.db.execute(sql, values).fetchall():
        with suppress(EntryError):
            assurance = index.printed(Position(*place))["identity"]["assurance"]
            found[assurance] = found.get(assurance, 0) + 1
    return found


def seen(index: Index, operator: str) -> tuple[int, int] | None:
    """When an operator's agents came first and last (µs UTC); None if they never did."""
    its = "FROM entries WHERE operator = (SELECT id FROM words WHERE text = ?)"
    first, last = index.db.execute(
        f"SELECT (SELECT min(at) {its}), (SELECT max(at) {its})", (operator, operator)
    ).fetchone()
    return None if first is None else (first, last)


def sent_back(index: Index, since: int) -> dict[str, int]:
    """How many readers each service sent since then (µs UTC)."""
    return dict(
        index.db.execute(
            "SELECT service, sum(readers) FROM referrals WHERE at >= ? GROUP BY service", (since,)
        )
    )


def use_of(index: Index, license: str, since: int) -> Use:
    """The use of a license since then (µs UTC)."""
    row = index.db.execute(
        f"SELECT coalesce(sum(verdict = {ALLOW}), 0), coalesce(sum(verdict != {ALLOW}), 0) FROM entries"
        f" WHERE license = (SELECT id FROM words WHERE text = ?) AND at >= ? AND phase = {DECISION}",
        (license, since),
    ).fetchone()
    return Use(*row)
