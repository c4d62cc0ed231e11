"""A policy asked about many requests, quickly: who a User-Agent is, is found once."""

from gateway.decide import Decision, Question, RobotsRules, decide
from gateway.identify import address_matters, identify
from gateway.identify.claim import Claims
from gateway.identify.identity import Identity
from gateway.orders import NO_ORDERS, Orders
from gateway.policy.model import Policy
from gateway.request import MOST_REMEMBERED, Request

#: How many identities are kept, by User-Agent.
REMEMBERED = 8192


class Trial:
    """Asks one policy. ``robots`` is the origin's robots.txt, if it is to count."""

    def __init__(self, policy: Policy, robots: RobotsRules | None = None) -> None:
        self.policy = policy
        self.robots = robots
        self.orders: Orders = NO_ORDERS
        self._claims = Claims(policy.agents)
        self._identities: dict[tuple[str | None, bool], Identity] = {}

    def ask(self, request: Request, now: int) -> tuple[Question, Decision]:
        """The question that the request is at ``now`` (µs since 1970), and the policy's decision."""
        fields = request.fields
        said = (fields.get("user-agent"), "from" in fields)
        identity = self._identities.get(said)
        if identity is None:
            identity = self._identify(request, said)
        policy = self.policy
        question = Question(
            request, identity, policy, policy.host(request.host), now, self.robots, self.orders
        )
        return question, decide(question)

    def knows(self, fields: dict[str, str]) -> bool:
        """Whether a client with these fields was met, and who it is does not depend on where it came from."""
        return (fields.get("user-agent"), "from" in fields) in self._identities

    def address_matters(self, request: Request) -> bool:
        """Whether who this is depends on where it came from."""
        fields = request.fields
        return address_matters(self._claims.read(fields.get("user-agent"), "from" in fields), self.policy)

    def _identify(self, request: Request, said: tuple[str | None, bool]) -> Identity:
        claim = self._claims.read(*said)
        identity = identify(request, claim, self.policy, {})
        if not address_matters(claim, self.policy) and len(said[0] or "") <= MOST_REMEMBERED:
            if len(self._identities) >= REMEMBERED:
                self._identities.clear()
            self._identities[said] = identity
        return identity
