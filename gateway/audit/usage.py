"""The entries that a statement of use is made of, found by the index: a license's decisions, and what came of them."""

# ruff: noqa: S608 -- conditions are made here, of constants, numbers and question marks

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from gateway.audit.index import Index
from gateway.audit.query import Query, condition
from gateway.audit.reader import Damage, Position
from gateway.licenses.license import License
from gateway.rates.ledger import RECOUNT
from gateway.record import EntryError
from gateway.vocabulary import Phase

#: Refusals that are read at a time, and numbers of entries that are looked through for them, at most.
_FEW: Final = 500
_WINDOW: Final = 100_000


def entries_of(index: Index, license: License, since: int, until: int) -> Iterator[dict[str, Any] | Damage]:
    """Every decision from ``since`` until before ``until`` (µs UTC) that names the license or one of its agents, oldest
    first, then the outcomes of these, then what operators said of quotas; damage where one can no longer be read."""
    decisions = Query(phases=(Phase.DECISION.value,), since=since, until=until)
    named, its = condition(index, replace(decisions, licenses=(license.id,)))
    by_agent, agents = condition(index, replace(decisions, agents=license.agents))
    where, values = f"(({named}) OR ({by_agent}))", [*its, *agents]
    yield from _printed(index, where, values)
    outcome, _ = condition(index, Query(phases=(Phase.OUTCOME.value,)))
    yield from _printed(index, f"{outcome} AND short IN (SELECT short FROM entries WHERE {where})", values)
    yield from _printed(index, *condition(index, Query(events=(RECOUNT,), since=since, until=until)))


def refusals(index: Index, query: Query, after: int = 0) -> Iterator[dict[str, Any] | Damage]:
    """The entries of a question with a higher number than ``after``, as the journal has them: what blame they deserve is not
    looked up."""
    where, values = condition(index, query)
    yield from _printed(index, f"{where} AND seq > ?", [*values, after])


def refusals_after(
    index: Index, query: Query, since: int, until: int, after: int
) -> tuple[list[dict[str, Any] | Damage], int]:
    """A few entries of a question of a time (µs UTC), the next ones after a number; and up to which number that is all of them."""
    where, values = condition(index, replace(query, since=since, until=until))
    end = min(after + _WINDOW, index.last)
    # Along the numbers: by another order all would be gathered and sorted for these few.
    rows = index.db.execute(
        f"SELECT segment, offset, seq FROM entries NOT INDEXED WHERE seq BETWEEN ? AND ? AND {where} ORDER BY seq LIMIT ?",
        [after + 1, end, *values, _FEW],
    ).fetchall()
    places = [Position(*row) for row in rows]
    return [_read(index, place) for place in places], places[-1].seq if len(places) == _FEW else end


def first_of(index: Index, since: int, until: int) -> int | None:
    """The lowest number of an entry with a row in a time (µs UTC)."""
    sql = "SELECT min(seq) FROM entries WHERE at >= ? AND at < ?"
    (first,) = index.db.execute(sql, (since, until)).fetchone()
    return None if first is None else int(first)


def _printed(index: Index, where: str, values: list[Any]) -> Iterator[dict[str, Any] | Damage]:
    for position in index.find(where, values):
        yield _read(index, position)


def _read(index: Index, position: Position) -> dict[str, Any] | Damage:
    try:
        return index.printed(position)
    except EntryError as error:
        return index.reader.damage(position, str(error))
