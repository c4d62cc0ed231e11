"""What workers count."""

import time
from collections import Counter
from typing import Final

from msgspec import Struct

from gateway.decision import Decision
from gateway.identify import web_bot_auth
from gateway.identify.identity import Identity
from gateway.judgement import Judgement
from gateway.proxy.figures import Figures, Key
from gateway.request import SIGNED
from gateway.vocabulary import End, Kind, Purpose

#: What those come for whom a site that forbids AI alone never means to refuse; whether they are who they say plays no part.
WELCOMED: Final = frozenset({Purpose.SEARCH, Purpose.PREVIEW, Purpose.FEED, Purpose.ADS, Purpose.ARCHIVE})
#: Refusals that speak of the request, whoever sends it.
_OF_ANYBODY: Final = frozenset({"malformed", "host"})
_TOO_FAST: Final = 429
#: Decisions that are counted by themselves before they are added to the sums.
_MOST_ALIKE: Final = 1024


def _is_welcome(identity: Identity, decision: Decision) -> bool:
    """Whether a refusal is one that nobody can have meant who forbids AI: not of the request, not to come more slowly."""
    return (
        identity.purpose in WELCOMED
        and identity.kind is Kind.AGENTS
        and decision.rule not in _OF_ANYBODY
        and decision.status != _TOO_FAST
    )


class _Alike(Struct):
    """How many decisions were these very objects, which live as long as they are counted, so that their ids are their own."""

    identity: Identity
    decision: Decision
    many: int = 0


class Counters:
    """Plain integers, counted on the request path and read when somebody scrapes."""

    def __init__(self) -> None:
        self._alike: dict[tuple[int, int], _Alike] = {}
        self.decisions: Counter[Key] = Counter()
        self.operators: Counter[tuple[str, str]] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.signatures: Counter[str] = Counter()
        self.octets = 0
        self.clock_steps = 0
        #: Refusals of whom no ban on AI is meant for, by what they come for.
        self.welcome_refused: Counter[str] = Counter(dict.fromkeys(WELCOMED, 0))
        self.reload_failures = 0
        self.reloads = 0
        self.policy_since = time.time()

    def decided(self, judgement: Judgement) -> None:
        """Count a decision: as one more of those alike, which are the same objects (`gateway.proxy.judge`)."""
        identity, decision = judgement.identity, judgement.decision
        alike = self._alike.get((id(identity), id(decision)))
        if alike is None:
            if len(self._alike) >= _MOST_ALIKE:
                self._sum_up()
            alike = self._alike[id(identity), id(decision)] = _Alike(identity, decision)
        alike.many += 1
        if SIGNED in judgement.request.fields:
            self.signatures.update(one.finding for one in identity.evidence if one.probe == web_bot_auth.NAME)

    def _sum_up(self) -> None:
        """Add what was counted to the sums by label."""
        for one in self._alike.values():
            identity, decision = one.identity, one.decision
            key = (
                decision.audience,
                identity.kind,
                identity.purpose or "",
                decision.verdict,
                "true" if decision.enforced else "false",
                "" if decision.status is None else str(decision.status),
            )
            self.decisions[key] += one.many
            if identity.operator is not None:
                self.operators[identity.operator, decision.verdict] += one.many
            if decision.refuses and _is_welcome(identity, decision):
                self.welcome_refused[identity.purpose or ""] += one.many
        self._alike.clear()

    def ended(self, octets: int, end: End) -> None:
        """Count an outcome and the body octets sent."""
        self.outcomes[end] += 1
        self.octets += octets

    def figures(self) -> Figures:
        """What was counted of requests until now."""
        self._sum_up()
        return Figures(
            list(self.decisions.items()),
            dict(self.outcomes),
            dict(self.signatures),
            self.octets,
            operators=list(self.operators.items()),
            welcome_refused=dict(self.welcome_refused),
        )
