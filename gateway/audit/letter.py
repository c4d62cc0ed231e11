"""What the monthly letter is made of, found by the index."""

from collections.abc import Iterator
from typing import Final

from gateway.audit.counting import Counting
from gateway.audit.history import marks
from gateway.audit.index import Index
from gateway.audit.minutes import DECISION
from gateway.audit.query import Query
from gateway.audit.refusals import alike, asked, wanted
from gateway.audit.stats import referred
from gateway.audit.uses import Sound, Uses
from gateway.instants import utc
from gateway.licenses.license import License
from gateway.policy.model import Policy
from gateway.told.letter import COUNTED, Letter, Readers, Seen, operators_of, refusals_of, watched
from gateway.told.month import Month
from gateway.told.usage import Statement

#: Pages that a letter has, at most.
MOST_PAGES: Final = 200_000


def letter_of(
    index: Index,
    policy: Policy,
    month: Month,
    now: int,
    *,
    sound: Sound,
    delivered: int | None = None,
    most: int = MOST_PAGES,
    uses: Uses | None = None,
) -> Letter:
    """The letter of a month in the site's zone, as far as it is over at ``now`` (µs UTC), with so many pages at ``most``; ``uses``
    are statements of use that were made before."""
    since, until = month.span(policy.zone)
    Counting(index, paths=False).add(Query(since=since, until=until), DECISION)
    decisions, operators, violations = asked(index)
    found = refusals_of(alike(index))
    pages = wanted(index, since, until, most)
    end = max(since, min(until, now))
    told = watched(marks(index, also=COUNTED, since=since, until=end), since, end)
    return Letter(
        month=month,
        over=now >= until,
        seen=Seen(decisions, told.static, told.lost, told.seconds, (end - since) // 1_000_000, delivered),
        refused=found.refused,
        observed=found.observed,
        impostors=found.impostors,
        operators=operators_of(operators, found.operators, violations),
        pages=tuple(pages.pages),
        readers=tuple(Readers(*one) for one in referred(index, since, until)),
        welcome_refused=found.welcome,
        licenses=tuple(statements_of(index, policy, month, now, sound, uses or Uses())),
        more_pages=pages.every - len(pages.pages),
    )


def statements_of(
    index: Index, policy: Policy, month: Month, now: int, sound: Sound, uses: Uses
) -> Iterator[tuple[License, Statement]]:
    """Every license that ran in a month with its statement of use, in the policy's order."""
    since, until = month.span(policy.zone)
    for held in policy.licenses:
        if held.begins < utc(until) and held.ends > utc(since):
            yield held, uses.of(index, policy, held, month, now, sound)
