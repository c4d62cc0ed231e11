"""A policy asked about many requests, quickly: who a User-Agent is, is found once."""

import dataclasses
from typing import NamedTuple

from gateway.decide import decide
from gateway.decision import Decision, Question, RobotsRules
from gateway.identify import address_matters, identify, taken_for, told
from gateway.identify.claim import Claims
from gateway.identify.identity import Evidence, Identity
from gateway.orders import NO_ORDERS, Orders
from gateway.policy.model import Host, Policy
from gateway.rates.counters import Counters, Findings
from gateway.rates.due import taken_by
from gateway.rates.ledger import delivered
from gateway.request import MOST_REMEMBERED, Request
from gateway.told.asking import counted
from gateway.value import changed
from gateway.vocabulary import RobotsFrom

#: How many identities are kept, by User-Agent.
REMEMBERED = 8192


class Checked(NamedTuple):
    """What was found out about an agent when it was decided about, by checks that nobody can make again later."""

    agent: str | None
    evidence: tuple[Evidence, ...]


class RobotsAnswer(NamedTuple):
    """What the robots.txt of a host said to a target that the record does not hold whole."""

    allowed: bool

    def allows(self, token: str | None, target: str) -> bool:
        """The answer."""
        return self.allowed


class Trial:
    """Asks one policy. ``robots`` is the origin's robots.txt, if it is to count.

    Rates are counted as the requests come: in the order and at the times of the log.
    """

    def __init__(self, policy: Policy, robots: RobotsRules | None = None) -> None:
        self.policy = policy
        self.robots = robots
        self.orders: Orders = NO_ORDERS
        #: Whether any rate could count somebody, by where that is.
        self.paced = any(rule.rate for host in policy.hosts for rule in host.rules) or any(
            one.rate or one.quota for one in policy.licenses
        )
        self._counters = Counters(b"")
        self._claims = Claims(policy.agents)
        self._identities: dict[tuple[str | None, bool], Identity] = {}

    def begin(self) -> None:
        """Count rates anew: what is told next happened at another time."""
        self._counters = Counters(b"")

    def ask(
        self,
        request: Request,
        now: int,
        rates: Findings | None = None,
        pseudonym: str = "",
        checked: Checked | None = None,
        *,
        near: bool = True,
    ) -> tuple[Question, Decision]:
        """The question that the request is at ``now`` (µs since 1970), and the policy's decision.

        ``rates`` is what rates found at the time, where that is known under this policy; ``pseudonym`` stands for an
        address that is not. ``checked`` counts if the request is taken for one of that same agent. ``near`` is that of
        `Policy.host`.
        """
        fields = request.fields
        said = (fields.get("user-agent"), "from" in fields)
        identity = None if checked else self._identities.get(said)
        if identity is None:
            identity = self._identify(request, said, checked)
        policy = self.policy
        host = self._host(request, near=near)
        question = Question(request, identity, policy, host, now, self.robots, self.orders)
        if rates is not None:
            question = changed(question, rates=rates)
            return question, decide(question)
        return counted(question, self._counters.take, pseudonym)

    def settle(self, question: Question, decision: Decision, status: int | None) -> None:
        """How a request that was counted here was answered: what it took from a quota is given back where that delivered
        nothing."""
        request, now = question.request, question.now
        taken = taken_by(self.policy, decision.license, request, now, question.rates)
        if taken is not None and not delivered(status):
            self._counters.ledger.release(taken.license, taken.span.day)

    def _host(self, request: Request, *, near: bool) -> Host | None:
        """The entry of the host, which asks ``robots`` in the place of its own file where that gave an answer before."""
        host = self.policy.host(request.host, near=near)
        if host is None or not isinstance(self.robots, RobotsAnswer):
            return host
        return dataclasses.replace(host, robots_from=RobotsFrom.ORIGIN)

    def knows(self, fields: dict[str, str]) -> bool:
        """Whether a client with these fields was met, and who it is does not depend on where it came from."""
        return (fields.get("user-agent"), "from" in fields) in self._identities

    def address_matters(self, request: Request) -> bool:
        """Whether who this is depends on where it came from."""
        fields = request.fields
        return address_matters(self._claims.read(fields.get("user-agent"), "from" in fields), self.policy)

    def _identify(self, request: Request, said: tuple[str | None, bool], checked: Checked | None) -> Identity:
        claim = self._claims.read(*said)
        if checked is not None and checked.agent == taken_for(claim, self.policy, told(checked.evidence)):
            return identify(request, claim, self.policy, {}, checked.evidence)
        identity = identify(request, claim, self.policy, {})
        if not address_matters(claim, self.policy) and len(said[0] or "") <= MOST_REMEMBERED:
            if len(self._identities) >= REMEMBERED:
                self._identities.clear()
            self._identities[said] = identity
        return identity
