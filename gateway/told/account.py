"""Who came, and what a policy says to them: the sums of many decisions, by what a publisher asks about."""

from collections import Counter
from typing import Final, NamedTuple, TypeVar

from gateway.decision import Decision, Question
from gateway.identify.identity import Identity
from gateway.vocabulary import Kind, Purpose, Verdict

K = TypeVar("K")

#: Clients that must never be refused, whatever rule would do it: without them a news site is not read or not found.
#: SEO tools, researchers, scripts and the like are refused where a rule says so, and listed with it.
WELCOME: Final = frozenset(
    {Purpose.SEARCH, Purpose.FEED, Purpose.PREVIEW, Purpose.ADS, Purpose.ARCHIVE, Purpose.MONITOR}
)
#: Different clients that are told apart; a stranger chooses his name, so whoever comes later is counted as one.
MOST_CLIENTS: Final = 5000


class Who(NamedTuple):
    """A client as the report names it. ``agent`` is None for people; `…` where there were too many to tell apart."""

    kind: Kind
    agent: str | None
    operator: str | None
    purpose: Purpose | None

    @property
    def welcome(self) -> bool:
        """Whether it must never be refused."""
        return self.kind is Kind.PEOPLE or (self.kind is Kind.AGENTS and self.purpose in WELCOME)


class Sum(NamedTuple):
    """Requests and octets of responses, as the log has them."""

    requests: int = 0
    octets: int = 0


class Refusal(NamedTuple):
    """Requests that are refused alike."""

    who: Who
    verdict: Verdict
    rule: str


class Change(NamedTuple):
    """Requests whose verdict differs alike; ``before`` and ``after`` are verdicts."""

    before: str
    after: str
    agent: str | None
    operator: str | None


class Counted(NamedTuple):
    """A decision that was counted: of whom, and where its octets are added if they become known later."""

    who: Who
    rows: tuple[list[int], ...]

    def weigh(self, octets: int) -> None:
        """Add the octets of its response."""
        for row in self.rows:
            row[1] += octets


class Account:
    """Sums of the decisions it was given. ``first`` and ``last`` are in µs since 1970."""

    def __init__(self) -> None:
        self.malformed = 0
        self.unreplayable = 0
        self._elsewhere = [0, 0]
        self._faulty = [0, 0]
        self.first: int | None = None
        self.last: int | None = None
        self.changes: Counter[Change] = Counter()
        self._clients: dict[Who, list[int]] = {}
        self._refused: dict[Refusal, list[int]] = {}
        self._sections: dict[str | None, list[int]] = {}

    def add(self, question: Question, decision: Decision, octets: int) -> Counted:
        """Count one decision."""
        who = self._who(question.identity)
        now = question.now
        if self.first is None or now < self.first:
            self.first = now
        if self.last is None or now > self.last:
            self.last = now
        if decision.rule == "host":
            return Counted(who, (_count(self._elsewhere, octets),))
        if decision.rule == "malformed":
            return Counted(who, (_count(self._faulty, octets),))
        rows = [_count(_row(self._clients, who), octets)]
        if decision.verdict is not Verdict.ALLOW:
            refusal = Refusal(who, decision.verdict, decision.rule or "")
            rows.append(_count(_row(self._refused, refusal), octets))
            rows += [_count(_row(self._sections, section), octets) for section in _sections(question)]
        return Counted(who, tuple(rows))

    def change(self, who: Who, before: str, after: str) -> None:
        """Count one request whose verdict may differ."""
        if before != after:
            self.changes[Change(before, after, who.agent, who.operator)] += 1

    @property
    def elsewhere(self) -> Sum:
        """Requests for hosts that the policy does not name."""
        return Sum(*self._elsewhere)

    @property
    def faulty(self) -> Sum:
        """Requests that are refused with 400 under any policy."""
        return Sum(*self._faulty)

    @property
    def clients(self) -> list[tuple[Who, Sum]]:
        """Everybody who came, the most frequent first."""
        return _ranked(self._clients)

    @property
    def refused(self) -> list[tuple[Refusal, Sum]]:
        """What would be refused, the most frequent first."""
        return _ranked(self._refused)

    @property
    def sections(self) -> list[tuple[str | None, Sum]]:
        """What would be refused by section; None is outside of every section. A path may be in several."""
        return _ranked(self._sections)

    @property
    def welcome_refused(self) -> list[tuple[Refusal, Sum]]:
        """Those of `refused` that must not be."""
        return [(refusal, total) for refusal, total in self.refused if refusal.who.welcome]

    @property
    def requests(self) -> int:
        """Everything that was decided."""
        judged = sum(total.requests for _, total in self.clients)
        return judged + self.elsewhere.requests + self.faulty.requests

    def _who(self, identity: Identity) -> Who:
        agent = None if identity.kind is Kind.PEOPLE else identity.agent or identity.name
        who = Who(identity.kind, agent, identity.operator, identity.purpose)
        if who not in self._clients and len(self._clients) >= MOST_CLIENTS:
            return Who(identity.kind, "…", None, None)
        return who


def total(rows: list[Sum]) -> Sum:
    """The sum of sums."""
    return Sum(sum(row.requests for row in rows), sum(row.octets for row in rows))


def _row(table: dict[K, list[int]], key: K) -> list[int]:
    row = table.get(key)
    if row is None:
        row = table[key] = [0, 0]
    return row


def _count(row: list[int], octets: int) -> list[int]:
    row[0] += 1
    row[1] += octets
    return row


def _ranked(table: dict[K, list[int]]) -> list[tuple[K, Sum]]:
    rows = [(key, Sum(*row)) for key, row in table.items()]
    return sorted(rows, key=lambda row: (-row[1].requests, str(row[0])))


def _sections(question: Question) -> list[str | None]:
    host, target = question.host, question.request.target
    if host is None or target is None:
        return [None]
    found = [
        name
        for name, patterns in host.sections.items()
        if any(pattern.matches(target.canonical) for pattern in patterns)
    ]
    return [*found] or [None]
