"""What is asked and what is decided, as values: the `Question` that `gateway.decide` answers, and the `Decision`."""

from functools import lru_cache
from typing import Final, Protocol

from gateway.identify.identity import Evidence, Identity
from gateway.identify.proving import proofs_of
from gateway.orders import NO_ORDERS, Orders
from gateway.policy.model import Host, Policy
from gateway.rates.counters import Findings
from gateway.request import Request
from gateway.value import Hashed, Value, changed
from gateway.vocabulary import AI_PURPOSES, Audience, Kind, Reason, Use, Verdict

_ALLOW: Final = Verdict.ALLOW


class Decision(Hashed):
    """A verdict with everything needed to defend it later.

    ``status`` is what Izin itself answers, or None where the origin answers. Under observe, a refusal that is let pass
    has ``enforced`` False and the status it would have had. ``rule`` is an id of rules.yaml or a reserved one, None for
    an allow by default. ``reasons`` has the deciding one first. ``document`` is the path of our own document or page to serve.
    ``rates`` names the rates that count this request, tightest first: it must be counted before it is let pass.
    ``embargo``: the origin's answer is withheld unless it says that the article is at least so many seconds old.
    """

    __slots__ = (
        "audience",
        "document",
        "embargo",
        "enforced",
        "grants",
        "license",
        "rates",
        "reasons",
        "rule",
        "status",
        "verdict",
    )

    def __init__(
        self,
        verdict: Verdict,
        status: int | None,
        rule: str | None,
        reasons: tuple[Reason, ...],
        audience: Audience,
        enforced: bool = True,
        license: str | None = None,
        grants: tuple[Use, ...] = (),
        document: str | None = None,
        rates: tuple[str, ...] = (),
        embargo: int | None = None,
    ) -> None:
        super().__init__()
        self.verdict: Final = verdict
        self.status: Final = status
        self.rule: Final = rule
        self.reasons: Final = reasons
        self.audience: Final = audience
        self.enforced: Final = enforced
        self.license: Final = license
        self.grants: Final = grants
        self.document: Final = document
        self.rates: Final = rates
        self.embargo: Final = embargo

    @property
    def refuses(self) -> bool:
        """Whether the door answers by itself with a refusal."""
        return self.enforced and self.verdict is not _ALLOW


class RobotsRules(Protocol):
    """The origin's robots.txt, read (`gateway.policy.robots`)."""

    def allows(self, token: str | None, target: str) -> bool:
        """Whether the group for a product token (None: unknown crawlers, `*`) lets it fetch a canonical target."""
        ...


class Question(Value):
    """All that a decision depends on. ``now`` is in microseconds since 1970, UTC; ``robots`` is None until the
    origin's robots.txt was read once. ``rates`` are the findings of the rates that count the request; a rate of which
    nothing was found refuses nobody."""

    __slots__ = ("host", "identity", "now", "orders", "policy", "rates", "request", "robots")

    def __init__(
        self,
        request: Request,
        identity: Identity,
        policy: Policy,
        host: Host | None,
        now: int,
        robots: RobotsRules | None = None,
        orders: Orders = NO_ORDERS,
        rates: Findings = (),
    ) -> None:
        self.request: Final = request
        self.identity: Final = identity
        self.policy: Final = policy
        self.host: Final = host
        self.now: Final = now
        self.robots: Final = robots
        self.orders: Final = orders
        self.rates: Final = rates


#: What Izin answers to a fault of the request itself; no policy and no mode changes that.
FAULT_STATUS: Final = {
    Reason.MALFORMED_TARGET: 400,
    Reason.MALFORMED_HOST: 400,
    Reason.MALFORMED_MESSAGE: 400,
    Reason.HEAD_TOO_SLOW: 408,
    Reason.TARGET_TOO_LONG: 414,
    Reason.HEAD_TOO_LARGE: 431,
    Reason.UNSUPPORTED_CODING: 501,
}

#: What Izin answers under each verdict of the policy; None is the origin's own answer.
VERDICT_STATUS: Final = {Verdict.ALLOW: None, Verdict.LICENSE: 402, Verdict.DENY: 403}

#: What Izin answers where a legal order closes the page (RFC 7725).
LEGAL_STATUS: Final = 451

#: What Izin answers where a license must be proved, and can be (RSL 1.0, Crawler Authorization Protocol, section 6.3).
UNPROVED_STATUS: Final = 401

#: What Izin answers to whoever is let in but comes too fast (RFC 6585).
RATE_STATUS: Final = 429

#: What Izin answers where nobody can say how much of a quota is used.
UNCOUNTED_STATUS: Final = 503


def audience_of(identity: Identity) -> Audience:
    """Who bears a failure of ours for this client (`docs/manual/words.md`)."""
    if identity.kind is Kind.PEOPLE:
        return Audience.AI if identity.proved else Audience.PEOPLE
    if identity.kind is Kind.IMPOSTORS or identity.proved or identity.purpose in AI_PURPOSES:
        return Audience.AI
    return Audience.WELCOME


@lru_cache(maxsize=1024)
def covered_by(
    license: str, uses: frozenset[Use], evidence: tuple[Evidence, ...], embargo: int | None
) -> Decision:
    """Let in by a license that this evidence proves."""
    return Decision(
        Verdict.ALLOW,
        None,
        f"license.{license}",
        (Reason.LICENSE_COVERS, *proofs_of(evidence, license)),
        Audience.AI,
        license=license,
        grants=tuple(sorted(uses)),
        embargo=embargo,
    )


@lru_cache(maxsize=1024)
def counted_by(decision: Decision, names: tuple[str, ...]) -> Decision:
    """The decision with the names of its rates: the same value each time, for its entry is remembered by it."""
    return changed(decision, rates=names)
