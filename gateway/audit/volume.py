"""How much a day of a site's journal weighs, before there is one: real entries under a policy, made and measured.

Theory of operation. For each of three groups (people, crawlers for AI, other welcome crawlers) requests are made up as
they come to a site, judged by the policy, and recorded by `gateway.record` as the gateway would; their frames are counted
as they are. What a segment repeats (its header, the values that compact entries share) is counted for every segment that a
day fills. Two days are made up, one with short paths and few different browsers, one with long paths and many, and what
is said is the range between them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from gateway.audit import frames, segment
from gateway.audit.receipt import LEVELS
from gateway.audit.writer import SEGMENT
from gateway.instants import SECOND
from gateway.judgement import Judgement, Version
from gateway.policy.model import Policy
from gateway.record import Compact, decision_entry, outcome_entry
from gateway.request import Client
from gateway.seal.erasable import SALT
from gateway.statements.statement import Published
from gateway.told.account import WELCOME
from gateway.told.asking import first_host, request_of
from gateway.told.trial import Trial
from gateway.vocabulary import AI_PURPOSES, Audience, End, Kind

#: Who comes, in hundredths, where nobody says otherwise: the day of a news site as its log has it.
SHARES: Final[Mapping[Audience, float]] = {Audience.PEOPLE: 90, Audience.AI: 5, Audience.WELCOME: 5}
REQUESTS: Final = 1_000_000

_ID: Final = "01KBBFZ9M0T4QJ8WZX7K3M9QXA"
_PSEUDONYM: Final = "c2FtYXJhbi1wZW1i"
_DIGEST: Final = f"sha256:{'0' * 64}"
_NOW: Final = 1_795_485_605 * SECOND
_CLIENT: Final = Client("203.0.113.107", "203.0.113.0/24")
_CRAWLERS: Final = 60
#: Browsers in the lengths that they have: a telephone's, a computer's, an app's.
_BROWSERS: Final = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "okhttp/4.12.0",
)
_HEADER: Final = segment.begin(
    segment.Header(
        1,
        "x" * 20,
        "x" * 20,
        10**9,
        "2026-11-24T02:00:05Z",
        segment.name_of(1),
        10**8,
        {audience.value: level.value for audience, level in LEVELS.items()},
        "izin/1.0.0",
    )
)


@dataclass(frozen=True, slots=True)
class Day:
    """What a day is made up of. ``path`` is the octets of a target; one reader's request in ``fresh`` comes from a browser
    that its segment has not seen yet; one request in ``pages`` is the first for its page."""

    path: int
    fresh: int
    pages: int


LIGHT: Final = Day(path=40, fresh=400, pages=20)
HEAVY: Final = Day(path=100, fresh=40, pages=4)


@dataclass(frozen=True, slots=True)
class Volume:
    """Octets of one request of each group, its decision and its outcome, and of the journal of all of a day."""

    each: Mapping[Audience, float]
    journal: float


Groups = Mapping[Audience, list[Judgement]]


def volume(groups: Groups, requests: int, shares: Mapping[Audience, float], day: Day) -> Volume:
    """What a day of so many requests weighs. ``groups`` are made for the same ``day``; ``shares`` are in any unit."""
    each: dict[Audience, float] = {}
    repeated = 0
    for audience, judgements in groups.items():
        table: dict[bytes, int] = {}
        first = [_octets(judgement, table) for judgement in judgements]
        again = [_octets(judgement, table) for judgement in judgements]
        each[audience] = sum(again) / max(1, len(again))
        if audience is Audience.PEOPLE:
            # The first browser defines what all have in common; what else defines is each browser's own.
            repeated = first[0] - again[0]
            each[audience] += (sum(first[1:]) - sum(again[1:])) / len(first[1:]) / day.fresh
    octets = (
        requests * sum(each[audience] * share for audience, share in shares.items()) / sum(shares.values())
    )
    segments = 1 + octets // SEGMENT
    return Volume(each, octets + segments * (len(_HEADER) + repeated))


def groups(policy: Policy, published: Published, day: Day) -> Groups:
    """Requests of each group as they come to the policy's first host, judged."""
    version, trial = Version(1, policy, published), Trial(policy)
    crawlers = {
        Audience.AI: (one for one in policy.agents if one.purpose in AI_PURPOSES),
        Audience.WELCOME: (
            one for one in policy.agents if one.kind is Kind.AGENTS and one.purpose in WELCOME
        ),
    }
    names: dict[Audience, Iterable[str]] = {Audience.PEOPLE: _BROWSERS}
    for audience, agents in crawlers.items():
        said = (one.example or f"{one.match[0].strip('^*')}/1.0" for one in agents if one.match)
        names[audience] = islice(said, _CRAWLERS)
    return {
        audience: [_judged(version, trial, name, path_of(day, 1)) for name in several]
        for audience, several in names.items()
    }


def path_of(day: Day, page: int) -> str:
    """A page as long as the day's are."""
    return f"/berita/{4_800_000 + page}/".ljust(day.path, "a")


def _judged(version: Version, trial: Trial, user_agent: str, path: str) -> Judgement:
    host = first_host(version.policy)
    request = request_of("GET", host, path.encode(), _CLIENT, {"user-agent": user_agent})
    question, decision = trial.ask(request, _NOW)
    crawler = question.identity.kind is Kind.AGENTS
    robots = _DIGEST if crawler else None  # that of the origin, which a running gateway has read
    return Judgement(_ID, _NOW, request, question.identity, decision, version, question.host, robots)


def entries_of(judgement: Judgement) -> tuple[bytes | Compact, bytes]:
    """A decision and its outcome."""
    level = LEVELS[judgement.decision.audience]
    status = judgement.decision.status or 200
    return (
        decision_entry(judgement, level, _PSEUDONYM, lambda: bytes(SALT)),
        outcome_entry(judgement.id, judgement.at, status, 54_321, End.COMPLETE),
    )


def _octets(judgement: Judgement, table: dict[bytes, int]) -> int:
    """Of a decision and its outcome in a segment whose shared values are ``table``, frames counted."""
    decision, outcome = entries_of(judgement)
    written = decision.encode(table) if isinstance(decision, Compact) else decision
    return len(written) + len(outcome) + 2 * frames.HEAD
