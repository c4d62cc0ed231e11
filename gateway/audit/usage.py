"""The entries that a statement of use is made of, found by the index: a license's decisions, and what came of them."""

# ruff: noqa: S608 -- conditions are made here, of constants, numbers and question marks

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gateway.audit.index import Index
from gateway.audit.query import Query, condition
from gateway.audit.reader import Damage, Position
from gateway.licenses.license import License
from gateway.rates.ledger import RECOUNT
from gateway.record import EntryError
from gateway.vocabulary import Phase


def entries_of(
    index: Index, license: License, since: int, until: int, after: int = 0
) -> Iterator[dict[str, Any] | Damage]:
    """Every decision from ``since`` until before ``until`` (µs UTC) that names the license or one of its agents, oldest
    first, then the outcomes of these, then what operators said of quotas; damage where one can no longer be read. Entries up to
    number ``after`` are left out."""
    decisions = Query(phases=(Phase.DECISION.value,), since=since, until=until)
    named, its = condition(index, replace(decisions, licenses=(license.id,)))
    by_agent, agents = condition(index, replace(decisions, agents=license.agents))
    where, values = f"(({named}) OR ({by_agent}))", [*its, *agents]
    newer = f" AND seq > {after}"
    yield from _printed(index, where + newer, values)
    outcome, _ = condition(index, Query(phases=(Phase.OUTCOME.value,)))
    of_these = f"{outcome} AND short IN (SELECT short FROM entries WHERE {where})"
    yield from _printed(index, of_these + newer, values)
    recounts, values = condition(index, Query(events=(RECOUNT,), since=since, until=until))
    yield from _printed(index, recounts + newer, values)


def refusals(index: Index, query: Query) -> Iterator[dict[str, Any] | Damage]:
    """The entries of a question, as the journal has them: what blame they deserve is not looked up."""
    yield from _printed(index, *condition(index, query))


def _printed(index: Index, where: str, values: list[Any]) -> Iterator[dict[str, Any] | Damage]:
    for position in index.find(where, values):
        yield _read(index, position)


def _read(index: Index, position: Position) -> dict[str, Any] | Damage:
    try:
        return index.printed(position)
    except EntryError as error:
        return index.reader.damage(position, str(error))
