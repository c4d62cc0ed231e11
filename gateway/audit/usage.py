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
    index: Index, license: License, since: int, until: int, after: int = 0, last: int = 1 << 53
) -> Iterator[dict[str, Any] | Damage]:
    """Every decision from ``since`` until before ``until`` (µs UTC) that names the license or one of its agents, oldest
    first, then the outcomes of these, then what operators said of quotas; damage where one can no longer be read. Only entries behind
    number ``after`` up to ``last`` are looked at."""
    where, values = _decisions(index, license, since, until)
    newer = f" AND seq > {after} AND seq <= {last}"
    yield from _printed(index, where + newer, values)
    outcome, _ = condition(index, Query(phases=(Phase.OUTCOME.value,)))
    of_these = f"{outcome} AND short IN (SELECT short FROM entries WHERE {where})"
    yield from _printed(index, of_these + newer, values)
    recounts, values = condition(index, Query(events=(RECOUNT,), since=since, until=until))
    yield from _printed(index, recounts + newer, values)


def came_after(index: Index, license: License, since: int, until: int, after: int) -> bool:
    """Whether there is such a decision behind entry number ``after``."""
    where, values = _decisions(index, license, since, until)
    # With the sign the index of times is used, and not every entry behind that number looked at.
    sql = f"SELECT 1 FROM entries WHERE {where} AND +seq > {after} LIMIT 1"
    return index.db.execute(sql, values).fetchone() is not None


def _decisions(index: Index, license: License, since: int, until: int) -> tuple[str, list[Any]]:
    """The condition on entries that they are decisions of that time which name the license or one of its agents."""
    decisions = Query(phases=(Phase.DECISION.value,), since=since, until=until)
    named, its = condition(index, replace(decisions, licenses=(license.id,)))
    by_agent, agents = condition(index, replace(decisions, agents=license.agents))
    return f"(({named}) OR ({by_agent}))", [*its, *agents]


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
