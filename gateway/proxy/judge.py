"""`Judge`: read → identify → decide for every door, at once when all facts are at hand.

A door calls the judge with a `Request` and gets a `Judgement`, or an awaitable of one where some look-up must be waited
for (bounded by the look-ups' own deadline). New policy versions and new orders take effect with the next call; a
judgement under way keeps the version it began with.
"""

from collections.abc import Awaitable, Callable

from gateway.decide import Question, decide
from gateway.identify import address_matters, identify, needs
from gateway.identify.claim import Claim, Claims
from gateway.identify.identity import Identity, Lookup
from gateway.judgement import Judgement, Version
from gateway.lookups.resolver import Resolver
from gateway.orders import NO_ORDERS, Orders
from gateway.request import MOST_REMEMBERED, Request
from gateway.vocabulary import Kind

#: How many identities are kept, by User-Agent, under one policy version. Long ones are not.
REMEMBERED = 8192

#: Kinds of clients of whom robots.txt speaks; an impostor gets no more than the one it claims to be.
_CRAWLERS = frozenset({Kind.AGENTS, Kind.IMPOSTORS})


class Judge:
    """Judges requests under the policy version and the orders in force."""

    def __init__(
        self,
        version: Version,
        resolver: Resolver,
        *,
        clock: Callable[[], int],
        new_id: Callable[[int], str],
        orders: Orders = NO_ORDERS,
    ) -> None:
        """``clock`` gives microseconds since 1970 UTC; ``new_id`` makes a ULID for such an instant."""
        self._resolver = resolver
        self._clock = clock
        self._new_id = new_id
        self.orders = orders
        self.use(version)

    def use(self, version: Version) -> None:
        """Judge by this version from the next request on."""
        self.version = version
        self._claims = Claims(version.policy.agents)
        self._identities: dict[tuple[str | None, bool], Identity] = {}

    def __call__(self, request: Request) -> Judgement | Awaitable[Judgement]:
        """The judgement, or an awaitable of it."""
        fields = request.fields
        said = (fields.get("user-agent"), "from" in fields)
        identity = self._identities.get(said)
        if identity is not None:
            return self._decided(self.version, request, identity)
        version = self.version
        policy = version.policy
        claim = self._claims.read(*said)
        asked = needs(request, claim, policy)
        facts = self._resolver.cached(asked)
        if facts is None:
            return self._later(version, request, claim, asked)
        identity = identify(request, claim, policy, facts)
        if not asked and not address_matters(claim, policy) and len(said[0] or "") <= MOST_REMEMBERED:
            if len(self._identities) >= REMEMBERED:
                self._identities.clear()
            self._identities[said] = identity
        return self._decided(version, request, identity)

    async def _later(
        self, version: Version, request: Request, claim: Claim, asked: tuple[Lookup, ...]
    ) -> Judgement:
        facts = await self._resolver.resolve(asked)
        return self._decided(version, request, identify(request, claim, version.policy, facts))

    def _decided(self, version: Version, request: Request, identity: Identity) -> Judgement:
        policy, now = version.policy, self._clock()
        client = request.client
        host = policy.host(request.host, near=client.private and client.certain)
        robots = None
        if host is not None and identity.kind in _CRAWLERS:
            robots = self._resolver.robots(host, request.host)
        question = Question(request, identity, policy, host, now, robots, self.orders)
        decision = decide(question)
        digest = None if robots is None else robots.digest
        return Judgement(self._new_id(now), now, request, identity, decision, version, host, digest)
