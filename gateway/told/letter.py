"""The monthly letter: what became of a site's terms in a month, on one page, for people who read no logs.

Theory of operation. Everything is sums, which come from the index; licenses have statements of use. A request that was let pass because the site only observed was not
refused: it is served, and told apart as *observed*. Which pages were wanted is asked of the crawlers for AI alone,
whether they were refused or only would have been.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from gateway.licenses.license import License
from gateway.policy.headlines import Headlines
from gateway.told.account import Who
from gateway.told.history import Mark, spans
from gateway.told.month import Month
from gateway.told.usage import Statement
from gateway.vocabulary import Kind, Purpose, Sentence

#: Refusals that say nothing about whether a client is welcome: no gateway could have answered.
_NOBODY_COULD: Final = frozenset({"malformed", "host"})
_LEGAL: Final = 451

#: What the letter does not know, and says each time.
UNSEEN: Final = Sentence(
    "Yang tidak dapat dilihat Izin: pengambil konten yang menyamar sebagai peramban dan tidak menyebut diri; agen AI yang "
    "bekerja di dalam peramban pembaca; salinan yang dijawab tembolok (CDN) sebelum sampai ke gerbang; serta salinan berita "
    "di situs dan arsip lain. Angka di surat ini karena itu batas bawah, bukan jumlah seluruh pengambilan.",
    "What Izin cannot see: scrapers that pass for browsers and do not declare themselves; AI agents inside readers' "
    "browsers; copies that a cache (CDN) answered before the gateway; and copies of articles on other sites and in "
    "archives. The figures of this letter are therefore a lower bound, not the sum of all taking.",
)


class Operator(NamedTuple):
    """What one operator's clients asked for: requests served and refused, and how many refusals are violations."""

    operator: str
    served: int
    refused: int
    violations: int


class Page(NamedTuple):
    """A page that crawlers for AI asked for without permission: how often, how many operators', and its headline if known."""

    host: str
    target: str
    requests: int
    operators: int
    title: str | None = None


class WelcomeRefused(NamedTuple):
    """Requests of readers or welcome crawlers that were refused all the same, and by which rule."""

    kind: Kind
    agent: str | None
    rule: str
    requests: int


class Alike(NamedTuple):
    """What refusals have in common; ``observed`` are those that were let pass, ``status`` what was answered, or would have been."""

    kind: str
    agent: str | None
    operator: str | None
    purpose: str | None
    rule: str
    observed: bool
    status: int | None


class Readers(NamedTuple):
    """Readers whom a service of generative AI sent back."""

    service: str
    operator: str | None
    readers: int


class Seen(NamedTuple):
    """How much of the traffic the letter knows.

    ``requests`` have an entry, ``static`` were only counted, ``lost`` have no entry because too many waited. A gateway ran
    for ``watched`` of the month's ``seconds`` so far. ``delivered`` is what the CDN in front says it answered, if told.
    """

    requests: int
    static: int
    lost: int
    watched: int
    seconds: int
    delivered: int | None = None

    @property
    def reached(self) -> int:
        """Requests that reached the gateway."""
        return self.requests + self.static + self.lost


@dataclass(frozen=True, slots=True)
class Letter:
    """One month of a site. ``over`` says whether it is; rows of each table are the most frequent first.

    ``pages`` may be the first of them alone: ``more_pages`` says how many more there are. ``refused`` are requests of anybody,
    ``impostors`` those of them whose claim was proved false, which no operator answers for; ``observed`` are those that would have been refused, and were let pass because the site only observed.
    """

    month: Month
    over: bool
    seen: Seen
    refused: int
    observed: int
    impostors: int
    operators: tuple[Operator, ...]
    pages: tuple[Page, ...]
    readers: tuple[Readers, ...]
    welcome_refused: tuple[WelcomeRefused, ...]
    licenses: tuple[tuple[License, Statement], ...]
    more_pages: int = 0

    @property
    def unwelcome(self) -> int:
        """Requests of readers and welcome crawlers that were refused: it must be 0."""
        return sum(row.requests for row in self.welcome_refused)

    @property
    def sent_back(self) -> int:
        """Readers whom services of generative AI sent back."""
        return sum(row.readers for row in self.readers)


def titled(letter: Letter, headlines: Headlines) -> Letter:
    """The same letter with the headlines of its pages, as far as they are known."""
    if not headlines.known:
        return letter
    pages = tuple(page._replace(title=headlines.of(page.host, page.target)) for page in letter.pages)
    return replace(letter, pages=pages)


class Refusals(NamedTuple):
    """What refusals come to: ``operators`` has those that were enforced by the operator that answers for them, ``welcome`` those
    of readers and welcome crawlers, the most frequent first; all else is as `Letter` has it."""

    refused: int
    observed: int
    impostors: int
    operators: Mapping[str | None, int]
    welcome: tuple[WelcomeRefused, ...]


def refusals_of(rows: Iterable[tuple[Alike, int]]) -> Refusals:
    """The sums of alike refusals, each with how many these are."""
    refused = observed = impostors = 0
    operators, welcome = Counter[str | None](), Counter[tuple[Kind, str | None, str]]()
    for one, n in rows:
        if one.observed:
            observed += n
            continue
        refused += n
        who = Who(
            Kind(one.kind), one.agent, one.operator, None if one.purpose is None else Purpose(one.purpose)
        )
        if who.kind is Kind.IMPOSTORS:
            impostors += n
        elif who.kind is Kind.AGENTS:
            operators[who.operator] += n
        if who.welcome and one.rule not in _NOBODY_COULD and one.status != _LEGAL:
            welcome[who.kind, None if who.kind is Kind.PEOPLE else who.agent, one.rule] += n
    ranked = sorted(
        (WelcomeRefused(*key, count) for key, count in welcome.items()),
        key=lambda one: (-one.requests, one.kind, one.agent or "", one.rule),
    )
    return Refusals(refused, observed, impostors, operators, tuple(ranked))


def operators_of(
    asked: Iterable[tuple[str | None, int]],
    refused: Mapping[str | None, int],
    violations: Mapping[str | None, int],
) -> tuple[Operator, ...]:
    """A row for each operator of ``asked``, all its requests by its name: the most refused first, then the most served."""
    rows = [
        Operator(name, max(0, count - refused.get(name, 0)), refused.get(name, 0), violations.get(name, 0))
        for name, count in asked
        if name is not None
    ]
    return tuple(sorted(rows, key=lambda one: (-one.refused, -one.served, one.operator)))


class Watched(NamedTuple):
    """What a journal's events tell of a month: how long a gateway ran (s), requests only counted, and those lost."""

    seconds: int
    static: int
    lost: int


#: The events that count what has no entry, besides those that begin or end something.
COUNTED: Final = ("static", "gap")


def watched(marks: Iterable[Mark], since: int, until: int) -> Watched:
    """What the marks of a whole journal tell of the time from ``since`` until before ``until`` (µs UTC)."""
    several = list(marks)
    microseconds = sum(max(0, min(span.until, until) - max(span.since, since)) for span in spans(several))
    told = [mark for mark in several if since <= mark.at < until]

    def total(event: str, member: str) -> int:
        counts = (mark.details.get(member) for mark in told if mark.event == event)
        return sum(count for count in counts if isinstance(count, int))

    return Watched(microseconds // 1_000_000, total("static", "requests"), total("gap", "dropped"))
