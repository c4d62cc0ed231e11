"""What the monthly letter is made of, found by the index."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from gateway.audit.history import marks
from gateway.audit.index import Index
from gateway.audit.query import Query
from gateway.audit.reader import Damage
from gateway.audit.stats import stats
from gateway.audit.usage import entries_of, refusals
from gateway.instants import utc
from gateway.policy.model import Policy
from gateway.told.letter import COUNTED, Letter, Readers, Refusals, Seen, operators_of, watched
from gateway.told.month import Month
from gateway.told.usage import Statement, Usage, sections_of
from gateway.vocabulary import Kind, Phase, Verdict

#: Passes the entries on that can be read, and does with the others what its caller wants.
Sound = Callable[[Iterable[dict[str, Any] | Damage]], Iterator[dict[str, Any]]]

#: What a letter reads one by one.
REFUSALS: Final = Query(verdicts=(Verdict.DENY.value, Verdict.LICENSE.value), phases=(Phase.DECISION.value,))
#: Those who are what they say: what an impostor does is not laid to whom it names.
_AGENTS: Final = Query(kinds=(Kind.AGENTS.value,))


def letter_of(
    index: Index,
    policy: Policy,
    month: Month,
    now: int,
    *,
    sound: Sound,
    delivered: int | None = None,
    begun: tuple[Refusals, int] | None = None,
) -> Letter:
    """The letter of a month in the site's zone, as far as it is over at ``now`` (µs UTC).

    ``begun`` are refusals of the month that were folded already, up to the entry with that number.
    """
    since, until = month.span(policy.zone)
    counted = stats(index, Query(since=since, until=until), top=1)
    agents = stats(index, replace(_AGENTS, since=since, until=until), top=1)
    fold, last = (Refusals(), 0) if begun is None else begun
    for entry in sound(refusals(index, replace(REFUSALS, since=since, until=until), last)):
        fold.add(entry)
    end = max(since, min(until, now))
    told = watched(marks(index, also=COUNTED, since=since, until=end), since, end)
    return Letter(
        month=month,
        over=now >= until,
        seen=Seen(
            counted.decisions, told.static, told.lost, told.seconds, (end - since) // 1_000_000, delivered
        ),
        refused=fold.refused,
        observed=fold.observed,
        impostors=fold.impostors,
        operators=operators_of(
            agents.by["operator"], fold.operators, {name: yes for name, _, yes, _ in agents.operators}
        ),
        pages=fold.pages,
        readers=tuple(Readers(*one) for one in counted.referred),
        welcome_refused=fold.welcome,
        licenses=tuple(statements_of(index, policy, month, sound)),
    )


def statements_of(index: Index, policy: Policy, month: Month, sound: Sound) -> Iterator[Statement]:
    """The statement of use of every license that ran in a month, in the policy's order."""
    since, until = month.span(policy.zone)
    sections = sections_of(policy)
    for held in policy.licenses:
        if held.begins < utc(until) and held.ends > utc(since):
            fold = Usage(held, sections, policy.zone, month.first, month.last)
            for entry in sound(entries_of(index, held, since, until)):
                fold.add(entry)
            yield fold.done()


def days_left(statement: Statement, policy: Policy, today: date) -> int:
    """Days on which the license still holds from ``today`` on, which counts; 0 when it is over."""
    last = (statement.license.ends.astimezone(policy.zone)).date()
    return max(0, (last - today).days)
