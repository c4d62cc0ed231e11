"""`Judge`: read → identify → decide for every door, at once when all facts are at hand.

A door calls the judge with a `Request` and gets a `Judgement`, or an awaitable of one where some look-up must be waited
for (bounded by the look-ups' own deadline). New policy versions and new orders take effect with the next call; a
judgement under way keeps the version it began with.

Readers come by the thousand with the same few User-Agents to the same few articles. Where nothing but what a client
says of itself decides who it is, identity and decision are remembered: they are pure, so under one version, without
orders, in one period of the host and of the licenses that were proved, and with the same robots.txt of the origin, they
can be no other. Of pages that nothing in the policy tells apart (`gateway.policy.regions`) one is decided about. Where the
client's address is checked, or proves a license, the identity is remembered by address, until the facts it rests on may
have changed, and the decision by that identity.

Where rates count a request that is otherwise allowed, it is counted by the lane (``take``), and decided again by what was
found; what is refused anyway is never counted. So what is remembered is the decision before counting, and every request
is counted.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from gateway.decide import decide
from gateway.decision import Decision, Question
from gateway.identify import (
    NO_FACTS,
    address_matters,
    checkable,
    date_matters,
    identify,
    needs,
    shows_proof,
)
from gateway.identify.claim import Claim, Claims
from gateway.identify.holding import steady
from gateway.identify.identity import Facts, Identity, Lookup
from gateway.identify.web_bot_auth import SIGNATURE, attributed, pinned_by
from gateway.instants import NEVER, SECOND
from gateway.judgement import Judgement, Version
from gateway.lookups.resolver import Resolver
from gateway.orders import NO_ORDERS, Orders
from gateway.policy.model import CHECKPOINT, SITE_CHECKPOINT, Host, Policy
from gateway.policy.regions import Region, Regions, regions_of
from gateway.policy.robots import RobotsFile
from gateway.rates.counters import Counters, Findings, Take
from gateway.rates.due import drawn_in, takes_of
from gateway.rates.ledger import Draw
from gateway.request import MOST_REMEMBERED, Request
from gateway.signatures import Cause, Find, Verifier, no_directory
from gateway.signatures.outcome import Outcome
from gateway.signatures.replays import FarReplays, Replays
from gateway.supposed import suppose
from gateway.value import changed
from gateway.vocabulary import Audience, Kind, Reach

#: How many identities are kept under one policy version, and how many decisions. Long User-Agents and targets are not.
REMEMBERED: Final = 8192
_LONGEST: Final = 512
_MOST_DIVIDED: Final = 256

#: Kinds of clients of whom robots.txt speaks; an impostor gets no more than the one it claims to be.
_CRAWLERS: Final = frozenset({Kind.AGENTS, Kind.IMPOSTORS})


class _Place:
    """A host for one client: all that a decision about a page there rests on besides the page, and what was decided, before
    rates counted the request. It holds from ``since`` up to ``until`` (µs since 1970), in which neither the host's rules nor
    the client's licenses change, and as long as the origin's robots.txt, if it was asked, is the same reading."""

    __slots__ = ("decided", "digest", "host", "regions", "robots", "since", "until")

    def __init__(
        self,
        host: Host | None,
        robots: RobotsFile | None,
        digest: str | None,
        since: int,
        until: int,
    ) -> None:
        self.host, self.robots, self.digest = host, robots, digest
        self.since, self.until = since, until
        self.regions: Regions | None = None
        self.decided: dict[Region | bytes, Decision] = {}


#: Method, host, and whether the client is near.
_Where = tuple[str, str, bool]


class _Known:
    """An identity, whether robots.txt speaks of it, and where it was judged."""

    __slots__ = ("crawls", "identity", "places")

    def __init__(self, identity: Identity, crawls: bool) -> None:
        self.identity, self.crawls = identity, crawls
        self.places: dict[_Where, _Place] = {}


_Key = TypeVar("_Key")
_Takes = tuple[Take | Draw, ...]
#: Counts a request under rates: at once, or later where the counters are another process's.
Counting = Callable[[Sequence[Take | Draw], int], Findings | Awaitable[Findings]]


class _Checked(NamedTuple):
    """An identity that depends on the client's address and on facts: until when, and up to which change of them. Clients of
    whom the same was found out share what was decided."""

    known: _Known
    epoch: int
    until: float


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
        take: Counting | None = None,
        find: Find = no_directory,
        replays: Replays | None = None,
        checkpoint: Callable[[], str] = str,
        site_checkpoint: Callable[[], str] = str,
    ) -> None:
        """``clock`` gives microseconds since 1970 UTC; ``new_id`` makes a ULID for such an instant. ``take`` counts a
        request under rates; without it the judge counts by itself and remembers nothing beyond its life. ``find`` has
        the keys of signers at hand; with ``replays`` a signature counts once only; ``checkpoint`` gives the audit log's
        newest, ``site_checkpoint`` that over all lanes of the site."""
        self._resolver = resolver
        self._clock = clock
        self._new_id = new_id
        self._take = take or Counters(b"").take
        self._find, self._replays = find, replays
        self._checkpoints = {CHECKPOINT: checkpoint, SITE_CHECKPOINT: site_checkpoint}
        self.orders = orders
        self.use(version)

    def use(self, version: Version) -> None:
        """Judge by this version from the next request on."""
        self.version = version
        self._claims = Claims(version.policy.agents)
        self._verifier = Verifier(self._find, pinned=pinned_by(version.policy), replays=self._replays)
        self._known: dict[tuple[str | None, bool], _Known] = {}
        self._remembered = 0
        self._checked: dict[tuple[str | None, bool, str, bool], _Checked] = {}
        self._alike: dict[Identity, _Known] = {}
        self._regions: dict[tuple[int, int], tuple[Host, RobotsFile | None, Regions]] = {}
        self._decisions: dict[Decision, Decision] = {}

    @property
    def orders(self) -> Orders:
        """The operator's orders in force."""
        return self._orders

    @orders.setter
    def orders(self, orders: Orders) -> None:
        self._orders = orders
        self._ordered = orders.any_for_all  # orders end by the clock

    def __call__(self, request: Request) -> Judgement | Awaitable[Judgement]:
        """The judgement, or an awaitable of it."""
        if shows_proof(request):
            return self._proving(request)
        fields = request.fields
        said = (fields.get("user-agent"), "from" in fields)
        known = self._known.get(said)
        if known is not None:
            return self._again(request, known)
        resolver, client, version = self._resolver, request.client, self.version
        who = (*said, client.address, client.certain)
        checked = self._checked.get(who)
        if checked is not None and checked.epoch == resolver.epoch and checked.until > resolver.clock():
            return self._again(request, checked.known)
        policy = version.policy
        claim = self._claims.read(*said)
        asked = needs(request, claim, policy, resolver.at_hand)
        facts = resolver.cached(asked)
        if facts is None:
            return self._later(version, request, claim, asked)
        identity = identify(request, claim, policy, facts)
        if len(said[0] or "") <= MOST_REMEMBERED and not date_matters(claim, policy):
            if checkable(claim, policy) or address_matters(claim, policy):
                if len(self._checked) >= REMEMBERED:
                    del self._checked[next(iter(self._checked))]
                alike = self._alike.get(identity)
                if alike is None:
                    alike = self._remember(self._alike, identity, identity)
                self._checked[who] = _Checked(alike, resolver.epoch, resolver.until(facts))
                return self._again(request, alike)
            if not asked:
                return self._again(request, self._remember(self._known, said, identity))
        return self._anew(version, request, identity)

    def _proving(self, request: Request) -> Judgement | Awaitable[Judgement]:
        """The judgement of a client that brings a proof: nothing of it is remembered, for who it is does not follow from
        what it says of itself."""
        outcome = self._verifier.verify(request, self._clock() // SECOND)
        if isinstance(self._replays, FarReplays) and (noted := self._replays.noted()) is not None:
            return self._once(request, outcome, self._replays.used(*noted))
        return self._signed(request, outcome)

    async def _once(self, request: Request, outcome: Outcome, used: Awaitable[bool | None]) -> Judgement:
        """The judgement of a client with a signature that counts unless it was used before, or nobody can tell."""
        before = await used
        if before is not False:
            cause = Cause.REPLAYED_NONCE if before else Cause.USE_NOT_KNOWN
            outcome = Outcome(cause, outcome.label, outcome.address, outcome.keyid)
        judged = self._signed(request, outcome)
        return judged if isinstance(judged, Judgement) else await judged

    def _signed(self, request: Request, outcome: Outcome) -> Judgement | Awaitable[Judgement]:
        fields, version, resolver = request.fields, self.version, self._resolver
        signature = {SIGNATURE: outcome}
        claim = self._claims.read(fields.get("user-agent"), "from" in fields)
        claim = attributed(claim, version.policy, signature)
        asked = needs(request, claim, version.policy, resolver.at_hand)
        facts = resolver.cached(asked)
        if facts is None:
            return self._later(version, request, claim, asked, signature)
        return self._anew(version, request, identify(request, claim, version.policy, {**facts, **signature}))

    def _anew(
        self, version: Version, request: Request, identity: Identity
    ) -> Judgement | Awaitable[Judgement]:
        """The judgement of a client by a decision that is not remembered."""
        now = self._clock()
        place = self._place(version, request, identity, now)
        return self._judged(
            version, request, identity, place, self._decide(version, request, identity, place, now), now
        )

    def _again(self, request: Request, known: _Known) -> Judgement | Awaitable[Judgement]:
        """The judgement of a client that was identified before."""
        target, client, identity, version = request.target, request.client, known.identity, self.version
        if target is None or self._ordered or request.fault is not None:
            return self._anew(version, request, identity)
        now = self._clock()
        where = (request.method, request.host, client.private and client.certain)
        place = known.places.get(where)
        if place is None or not self._holds(place, request, known, now):
            place = self._place(version, request, identity, now)
            if place.host is None or now >= place.until or len(request.method) > _LONGEST:
                anew = self._decide(version, request, identity, place, now)
                return self._judged(version, request, identity, place, anew, now)
            place.regions = self._divided(version.policy, place.host, place.robots)
            self._make_room()
            known.places[where] = place
        assert place.regions is not None
        region = place.regions.of(target)
        page = target.raw if region is None else region
        decision = place.decided.get(page)
        if decision is None:
            decision = self._decide(version, request, identity, place, now)
            if len(target.raw) <= _LONGEST or region is not None:
                self._make_room()
                place.decided[page] = decision
        return self._judged(version, request, identity, place, decision, now)

    def _holds(self, place: _Place, request: Request, known: _Known, now: int) -> bool:
        """Whether nothing has changed that decisions there were made by."""
        host = place.host
        return (
            host is not None
            and place.since <= now < place.until
            and (not known.crawls or self._resolver.robots(host, request.host) is place.robots)
        )

    def _divided(self, policy: Policy, host: Host, robots: RobotsFile | None) -> Regions:
        """The regions of a host; what is kept is alive, so its id is its own."""
        key = (id(host), id(robots))
        known = self._regions.get(key)
        if known is None:
            if len(self._regions) >= _MOST_DIVIDED:
                self._regions.clear()
            known = self._regions[key] = (host, robots, regions_of(policy, host, robots))
        return known[2]

    def _remember(self, among: dict[_Key, _Known], key: _Key, identity: Identity) -> _Known:
        self._make_room()
        known = among[key] = _Known(identity, identity.kind in _CRAWLERS)
        return known

    def _make_room(self) -> None:
        """Forget everything before it becomes too much."""
        self._remembered += 1
        if self._remembered > REMEMBERED:
            self._known.clear()
            self._checked.clear()
            self._alike.clear()
            self._remembered = 0

    async def _later(
        self,
        version: Version,
        request: Request,
        claim: Claim,
        asked: tuple[Lookup, ...],
        at_hand: Facts = NO_FACTS,
    ) -> Judgement:
        facts = {**await self._resolver.resolve(asked), **at_hand}
        identity, now = identify(request, claim, version.policy, facts), self._clock()
        place = self._place(version, request, identity, now)
        decision = self._decide(version, request, identity, place, now)
        judged = self._judged(version, request, identity, place, decision, now)
        return judged if isinstance(judged, Judgement) else await judged

    def _place(self, version: Version, request: Request, identity: Identity, now: int) -> _Place:
        """What a decision about a page of the host rests on, but for the page."""
        policy, client = version.policy, request.client
        entry = policy.host(request.host, near=client.private and client.certain)
        host = None if entry is None else entry.at(now)
        robots = None
        if host is not None and identity.kind in _CRAWLERS:
            robots = self._resolver.robots(host, request.host)
        since, until = (0, NEVER) if entry is None else entry.period(now)
        if identity.proved:
            its_since, its_until = steady(policy, identity, now)
            since, until = max(since, its_since), min(until, its_until)
        return _Place(host, robots, robots.digest if robots else None, since, until)

    def _decide(
        self, version: Version, request: Request, identity: Identity, place: _Place, now: int
    ) -> Decision:
        """The decision before rates count the request."""
        question = Question(request, identity, version.policy, place.host, now, place.robots, self._orders)
        return self._shared(decide(question))

    def _shared(self, decision: Decision) -> Decision:
        """Of equal decisions always the same one, for what is made of it is remembered by that (`Alike`)."""
        if len(self._decisions) >= REMEMBERED:
            self._decisions.clear()
        return self._decisions.setdefault(decision, decision)

    def _judged(
        self,
        version: Version,
        request: Request,
        identity: Identity,
        place: _Place,
        decision: Decision,
        now: int,
    ) -> Judgement | Awaitable[Judgement]:
        """The judgement that comes of a decision, once rates have counted the request."""
        host = place.host
        if not decision.rates or host is None:  # nearly every time
            return Judgement(self._new_id(now), now, request, identity, decision, version, host, place.digest)
        question = Question(request, identity, version.policy, host, now, place.robots, self._orders)
        ai = decision.audience is Audience.AI
        takes = takes_of(decision.rates, host, version.policy, identity, request, now, ai=ai)
        found = self._take(takes, now)
        if isinstance(found, tuple):
            return self._counted(version, question, place, decision, takes, found)
        return self._counted_later(version, question, place, decision, takes, found)

    async def _counted_later(
        self,
        version: Version,
        question: Question,
        place: _Place,
        decision: Decision,
        takes: _Takes,
        counting: Awaitable[Findings],
    ) -> Judgement:
        return self._counted(version, question, place, decision, takes, await counting)

    def _counted(
        self,
        version: Version,
        question: Question,
        place: _Place,
        decision: Decision,
        takes: _Takes,
        found: Findings,
    ) -> Judgement:
        waits = any(one.wait for one in found)
        taken = None if waits else drawn_in(takes)
        if waits or any(one.reach is not Reach.TOGETHER for one in found):
            decision = self._shared(decide(changed(question, rates=found)))
        id, now, host = self._new_id(question.now), question.now, place.host
        return Judgement(
            id,
            now,
            question.request,
            question.identity,
            decision,
            version,
            host,
            place.digest,
            found,
            None if taken is None else taken.span.day,
            suppose(question) if decision.document is not None else None,
            shown() if (shown := self._checkpoints.get(decision.document or "")) else None,
        )
