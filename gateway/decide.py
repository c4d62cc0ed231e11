"""The decision point: Request + Identity + Policy + now → Decision. Pure, total, repeatable.

Theory of operation. The order of judgement is a table, `STEPS`; the first step that has an answer gives it, and the
last one always has: nothing forbids it. Each step is a function of the same `Question`. Which rule wins is RFC 9309's
own order, so that robots.txt can say the same: the most specific subject that has a matching rule, then the longest
path pattern by octets, allow on a tie. People are judged by the canonical reading of the path, everybody else by the
stricter of both readings.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from gateway.identify.identity import Identity
from gateway.orders import NO_ORDERS, Orders
from gateway.policy.model import OWN_PATHS, Host, Policy, Rule
from gateway.policy.paths import Pattern
from gateway.request import Request, Target
from gateway.vocabulary import AI_PURPOSES, Audience, Kind, Mode, Purpose, Reason, Use, Verdict


class Decision(Struct, frozen=True):
    """A verdict with everything needed to defend it later.

    ``status`` is what Izin itself answers, or None where the origin answers. Under observe, a refusal that is let pass
    has ``enforced`` False and the status it would have had. ``rule`` is an id of rules.yaml or a reserved one, None for
    an allow by default. ``reasons`` has the deciding one first. ``document`` is the path of our own document to serve.
    ``reading`` is the reading of the path that decided, where it was not the canonical one.
    """

    verdict: Verdict
    status: int | None
    rule: str | None
    reasons: tuple[Reason, ...]
    audience: Audience
    enforced: bool = True
    license: str | None = None
    grants: tuple[Use, ...] = ()
    document: str | None = None

    @property
    def refuses(self) -> bool:
        """Whether the door answers by itself with a refusal."""
        return self.enforced and self.verdict is not Verdict.ALLOW


class RobotsRules(Protocol):
    """The origin's robots.txt, read (`gateway.policy.robots`)."""

    def allows(self, token: str | None, target: str) -> bool:
        """Whether the group for a product token (None: unknown crawlers, `*`) lets it fetch a canonical target."""
        ...


class Question(Struct, frozen=True):
    """All that a decision depends on. ``now`` is in microseconds since 1970, UTC; ``robots`` is None until the
    origin's robots.txt was read once."""

    request: Request
    identity: Identity
    policy: Policy
    host: Host | None
    now: int
    robots: RobotsRules | None = None
    orders: Orders = NO_ORDERS
