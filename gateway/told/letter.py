"""The monthly letter: what became of a site's terms in a month, on one page, for people who read no logs.

Theory of operation. Sums come from the index; refusals are few enough to be read one by one, and `Refusals` folds over
them, as `izin audit query --json` prints them. A request that was let pass because the site only observed was not
refused: it is served, and told apart as *observed*. Which pages were wanted is asked of the crawlers for AI alone,
whether they were refused or only would have been. A stranger chooses what he asks for, so what is told apart is bounded.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from gateway.policy.headlines import Headlines
from gateway.told.account import MOST_CLIENTS, Who
from gateway.told.demand import MOST_PAGES
from gateway.told.history import Mark, spans
from gateway.told.month import Month
from gateway.told.usage import Statement
from gateway.vocabulary import AI_PURPOSES, Kind, Purpose, Sentence, Verdict

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

    ``refused`` are requests of anybody, ``impostors`` those of them whose claim was proved false, which no operator answers
    for; ``observed`` are those that would have been refused, and were let pass because the site only observed.
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
    licenses: tuple[Statement, ...]

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


class Refusals:
    """The fold over printed refusals, whether they were enforced or not."""

    def __init__(self) -> None:
        self.refused = self.observed = self.impostors = 0
        #: Refusals by the operator that answers for them.
        self.operators: Counter[str | None] = Counter()
        self._welcome: Counter[tuple[Kind, str | None, str]] = Counter()
        self._pages: Counter[tuple[str, str]] = Counter()
        self._askers: dict[tuple[str, str], set[str | None]] = {}

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take in one printed entry; what is no refusal is passed over."""
        if entry["phase"] != "decision" or entry["verdict"] == Verdict.ALLOW:
            return
        identity, rule = entry["identity"], entry["rule"] or ""
        purpose = None if identity["purpose"] is None else Purpose(identity["purpose"])
        if identity["kind"] == Kind.AGENTS and purpose in AI_PURPOSES:
            self._wanted(entry["request"], identity["operator"])
        if not entry["enforced"]:
            self.observed += 1
            return
        self.refused += 1
        who = Who(Kind(identity["kind"]), identity["agent"], identity["operator"], purpose)
        if who.kind is Kind.IMPOSTORS:
            self.impostors += 1
        elif who.kind is Kind.AGENTS:
            self.operators[who.operator] += 1
        if who.welcome and rule not in _NOBODY_COULD and entry["status"] != _LEGAL:
            key = (who.kind, None if who.kind is Kind.PEOPLE else who.agent, rule)
            self._welcome[
                key if key in self._welcome or len(self._welcome) < MOST_CLIENTS else (who.kind, "…", rule)
            ] += 1

    def _wanted(self, request: Mapping[str, Any], operator: str | None) -> None:
        page = (request["host"], request["target"])
        if request["target"] is None or (page not in self._pages and len(self._pages) >= MOST_PAGES):
            return
        self._pages[page] += 1
        self._askers.setdefault(page, set()).add(operator)

    @property
    def pages(self) -> tuple[Page, ...]:
        """What was wanted, the most frequent first."""
        found = [Page(*page, count, len(self._askers[page])) for page, count in self._pages.items()]
        return tuple(sorted(found, key=lambda one: (-one.requests, -one.operators, one.host, one.target)))

    @property
    def welcome(self) -> tuple[WelcomeRefused, ...]:
        """Readers and welcome crawlers that were refused, the most frequent first."""
        found = [WelcomeRefused(*key, count) for key, count in self._welcome.items()]
        return tuple(sorted(found, key=lambda one: (-one.requests, one.kind, one.agent or "", one.rule)))


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
