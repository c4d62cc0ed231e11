"""`Judge`: read → identify → decide for every door, at once when all facts are at hand.

A door calls the judge with a `Request` and gets a `Judgement`, or an awaitable of one where some look-up must be waited
for (bounded by the look-ups' own deadline). New policy versions and new orders take effect with the next call; a
judgement under way keeps the version it began with.

Readers come by the thousand with the same few User-Agents to the same few articles. Where nothing but what a client
says of itself decides who it is, identity and decision are remembered: they are pure, so under one version, without
orders and with the same robots.txt of the origin, they can be no other.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from msgspec import Struct

from gateway.decide import Decision, Question, RobotsRules, decide
from gateway.identify import address_matters, identify, needs
from gateway.identify.claim import Claim, Claims
from gateway.identify.identity import Identity, Lookup
from gateway.judgement import Judgement, Version
from gateway.lookups.resolver import Resolver
from gateway.orders import NO_ORDERS, Orders
from gateway.policy.model import Host
from gateway.request import MOST_REMEMBERED, Request
from gateway.vocabulary import Kind

#: How many identities are kept under one policy version, and how many decisions. Long User-Agents and targets are not.
REMEMBERED: Final = 8192
_LONGEST: Final = 512

#: Kinds of clients of whom robots.txt speaks; an impostor gets no more than the one it claims to be.
_CRAWLERS: Final = frozenset({Kind.AGENTS, Kind.IMPOSTORS})


class _Decided(NamedTuple):
    """A decision that holds as long as the origin's robots.txt, if it was asked, is the same reading."""

    host: Host
    decision: Decision
    robots: RobotsRules | None
    digest: str | None


#: Method, host, target, and whether the client is near.
_Asked = tuple[str, str, bytes, bool]


class _Known(Struct):
    """An identity, whether robots.txt speaks of it, and what was decided for it."""

    identity: Identity
    crawls: bool
    decided: dict[_Asked, _Decided]


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
        self._known: dict[tuple[str | None, bool], _Known] = {}
        self._remembered = 0

    @property
    def orders(self) -> Orders:
        """The operator's orders in force."""
        return self._orders

    @orders.setter
    def orders(self, orders: Orders) -> None:
        self._orders = orders
        self._ordered = orders != NO_ORDERS  # orders end by the clock

    def __call__(self, request: Request) -> Judgement | Awaitable[Judgement]:
        """The judgement, or an awaitable of it."""
        fields = request.fields
        said = (fields.get("user-agent"), "from" in fields)
        known = self._known.get(said)
        if known is not None:
            return self._again(request, known)
        version = self.version
        policy = version.policy
        claim = self._claims.read(*said)
        asked = needs(request, claim, policy)
        facts = self._resolver.cached(asked)
        if facts is None:
            return self._later(version, request, claim, asked)
        identity = identify(request, claim, policy, facts)
        if not asked and not address_matters(claim, policy) and len(said[0] or "") <= MOST_REMEMBERED:
            self._make_room()
            self._known[said] = _Known(identity, identity.kind in _CRAWLERS, {})
        return self._decided(version, request, identity)

    def _again(self, request: Request, known: _Known) -> Judgement:
        """The judgement of a client that was identified before."""
        target, client = request.target, request.client
        if target is None or self._ordered or request.fault is not None:
            return self._decided(self.version, request, known.identity)
        asked = (request.method, request.host, target.raw, client.private and client.certain)
        held = known.decided.get(asked)
        if held is not None and (
            not known.crawls or self._resolver.robots(held.host, request.host) is held.robots
        ):
            now = self._clock()
            return Judgement(
                self._new_id(now),
                now,
                request,
                known.identity,
                held.decision,
                self.version,
                held.host,
                held.digest,
            )
        judged, robots = self._judged(self.version, request, known.identity)
        if judged.host is not None and len(target.raw) <= _LONGEST and len(request.method) <= _LONGEST:
            self._make_room()
            known.decided[asked] = _Decided(judged.host, judged.decision, robots, judged.robots)
        return judged

    def _make_room(self) -> None:
        """Forget everything before it becomes too much."""
        self._remembered += 1
        if self._remembered > REMEMBERED:
            self._known.clear()
            self._remembered = 0

    async def _later(
        self, version: Version, request: Request, claim: Claim, asked: tuple[Lookup, ...]
    ) -> Judgement:
        facts = await self._resolver.resolve(asked)
        return self._decided(version, request, identify(request, claim, version.policy, facts))

    def _decided(self, version: Version, request: Request, identity: Identity) -> Judgement:
        return self._judged(version, request, identity)[0]

    def _judged(
        self, version: Version, request: Request, identity: Identity
    ) -> tuple[Judgement, RobotsRules | None]:
        """The judgement, and the origin's robots.txt that was consulted."""
        policy, now = version.policy, self._clock()
        client = request.client
        entry = policy.host(request.host, near=client.private and client.certain)
        host = None if entry is None else entry.at(now)
        robots = None
        if host is not None and identity.kind in _CRAWLERS:
            robots = self._resolver.robots(host, request.host)
        decision = decide(Question(request, identity, policy, host, now, robots, self._orders))
        digest = None if robots is None else robots.digest
        return Judgement(self._new_id(now), now, request, identity, decision, version, host, digest), robots
