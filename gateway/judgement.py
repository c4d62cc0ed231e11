"""One request judged: everything that enforcing and recording need, in one frozen value."""

from collections.abc import Hashable
from datetime import date
from typing import Final, Generic, TypeVar

from gateway.decision import Decision
from gateway.frozen import Frozen
from gateway.identify.identity import Identity
from gateway.policy.model import TOKENS, Host, Policy
from gateway.rates.counters import Findings
from gateway.request import Request
from gateway.statements.statement import Document, Published
from gateway.supposed import Supposed
from gateway.value import Value


class Version(Frozen, frozen=True):
    """One version of the policy in force, with what it publishes: what a supervisor hands to its workers.

    ``number`` counts from 1 within one run.
    """

    number: int
    policy: Policy
    published: Published

    @property
    def texts(self) -> dict[str, bytes]:
        """Every text that an entry under this version may name, by its digest."""
        return {**self.policy.texts, **self.published.texts}


class Judgement(Value):
    """A request, who sent it, and what was decided, under which version.

    ``id`` is a ULID (26 characters, Crockford base 32); its last eight characters are the short code that can be read
    over a telephone. ``at`` is in microseconds since 1970, UTC. ``host`` is None if no policy names the host.
    ``robots`` is the digest of the origin's robots.txt that was consulted; None for people, and until it was read once.
    ``rates`` are the findings of the rates that count the request, as `decide` had them. ``booked`` is the day of the
    site's calendar on which the request was taken from the quota of its license, None where it was not. ``supposed`` is
    what would be decided about another page of the host, where a client has asked for that (`gateway.supposed`);
    ``checkpoint`` the newest of the audit log, where one has asked for it. ``source`` is where the request was learnt of
    afterwards, None where it came to a door.
    """

    __slots__ = (
        "at",
        "booked",
        "checkpoint",
        "decision",
        "host",
        "id",
        "identity",
        "rates",
        "request",
        "robots",
        "source",
        "supposed",
        "version",
    )

    def __init__(
        self,
        id: str,
        at: int,
        request: Request,
        identity: Identity,
        decision: Decision,
        version: Version,
        host: Host | None,
        robots: str | None = None,
        rates: Findings = (),
        booked: date | None = None,
        supposed: Supposed | None = None,
        checkpoint: str | None = None,
        source: str | None = None,
    ) -> None:
        self.id: Final = id
        self.at: Final = at
        self.request: Final = request
        self.identity: Final = identity
        self.decision: Final = decision
        self.version: Final = version
        self.host: Final = host
        self.robots: Final = robots
        self.rates: Final = rates
        self.booked: Final = booked
        self.supposed: Final = supposed
        self.checkpoint: Final = checkpoint
        self.source: Final = source

    @property
    def short(self) -> str:
        """The short code."""
        return self.id[-8:]

    @property
    def document(self) -> Document | None:
        """The document of ours that the decision names, as it is stated for this host, and to this client."""
        path, host = self.decision.document, self.host
        if path is None or host is None:
            return None
        return self.version.published.said(host, self.request.host).document(path, self.identity.proved)


Made = TypeVar("Made")
_MOST_ALIKE: Final = 8192


class Alike(Generic[Made]):
    """What was made of the same identity and decision under the same version, for all judgements alike in these.

    They are told by the very objects, which the judge shares: to hash whole ones costs more than most of what is made of
    them. What is kept is alive, so its id is its own. ``rest`` is whatever else the thing was made of. A new version
    empties it: an old one is large, and nothing must keep it alive.
    """

    __slots__ = ("_kept", "_version")

    def __init__(self) -> None:
        self._version: Version | None = None
        self._kept: dict[tuple[int, int, Hashable], tuple[Identity, Decision, Made]] = {}

    def get(self, judgement: Judgement, rest: Hashable = None) -> Made | None:
        """What was kept, if it was."""
        if judgement.version is not self._version:
            return None
        found = self._kept.get((id(judgement.identity), id(judgement.decision), rest))
        return None if found is None else found[2]

    def keep(self, judgement: Judgement, rest: Hashable, made: Made) -> Made:
        """Remember it; everything is forgotten before it becomes too much."""
        identity, decision = judgement.identity, judgement.decision
        if judgement.version is not self._version or len(self._kept) >= _MOST_ALIKE:
            self._kept.clear()
            self._version = judgement.version
        self._kept[id(identity), id(decision), rest] = identity, decision, made
        return made


def asks_for_token(judgement: Judgement) -> bool:
    """Whether it is a token request that may be answered, so that its body must be read."""
    return judgement.decision.document == TOKENS and not judgement.decision.refuses
