"""What all client connections of a worker share, and the clock that ends those that make no progress."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any, Protocol

from gateway.enforce.answer import Answer, Forward, Reply
from gateway.judgement import Judgement
from gateway.lookups.token_desk import TokenDesk
from gateway.proxy.limits import Limits
from gateway.proxy.load import Load
from gateway.proxy.origin_tls import OriginTLS
from gateway.proxy.outgoing import Secret
from gateway.proxy.peer import Peers, one_client
from gateway.proxy.unnamed import Unnamed, UnnamedProxies
from gateway.proxy.upstream import Pool
from gateway.request import Request
from gateway.vocabulary import End, Level


class Recorder(Protocol):
    """The audit log as a door sees it (`gateway.audit.recorder`)."""

    def decision(self, judgement: Judgement, then: Callable[[Level | None], None]) -> None:
        """Record; ``then`` is called once, on the loop, perhaps before this returns."""
        ...

    def outcome(self, judgement: Judgement, status: int | None, octets: int, end: End) -> None:
        """Record how it ended; never waits."""
        ...

    def outcome_of(self, id: str, status: int | None, octets: int, end: End) -> None:
        """As `outcome`, for the decision with that id; what it has taken from a quota stays taken."""
        ...

    def event(self, name: str, details: dict[str, Any]) -> None:
        """Record something that happened."""
        ...


class Expiring(Protocol):
    """A client connection, as the clock sees it."""

    deadline: float

    @property
    def idle_since(self) -> float:
        """Since when nothing is owed to the client; `FOREVER` while something is."""
        ...

    def expire(self) -> None:
        """The deadline has passed."""
        ...

    def shutdown(self) -> None:
        """Finish what is under way, then close; at once if nothing is, unless the front door is lenient."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...


Judge = Callable[[Request], Judgement | Awaitable[Judgement]]
LogRequest = Callable[[Judgement, int | None, int, End], None]


class Front:
    """The front door: the parts a connection needs, the pool of connections to origins, and counters.

    ``secret`` is a field that proves to the origin that a request came through here; a client's own copy is removed.
    ``decided`` is told what each request is recorded with, ``log_request`` how it ended. ``unnamed`` is told of proxies that nobody named. ``tokens`` answers token requests; ``origin_tls`` is how `https` origins are met.
    ``via`` adds `Via: 1.1 izin` to requests (RFC 9110 section 7.6.3). It is off unless asked for, since nginx, by
    default, does not compress what it answers to a request with Via.
    """

    def __init__(
        self,
        judge: Judge,
        answer: Callable[[Judgement], Answer],
        recorder: Recorder,
        *,
        unrecorded: Callable[[Judgement], Reply],
        unreachable: Callable[[Judgement, int], Reply],
        withheld: Callable[[Judgement], Reply],
        peers: Peers | None = None,
        limits: Limits | None = None,
        secret: tuple[bytes, bytes] | None = None,
        via: bool = False,
        decided: Callable[[Judgement], object] = lambda _judgement: None,
        log_request: LogRequest | None = None,
        unnamed: Callable[[Unnamed], None] = lambda _found: None,
        tokens: TokenDesk | None = None,
        origin_tls: OriginTLS | None = None,
    ) -> None:
        self.judge = judge
        self.answer = answer
        self.recorder = recorder
        self.unrecorded = unrecorded
        self.unreachable = unreachable
        self.withheld = withheld
        self.peers = peers or Peers()
        self.limits = limits or Limits()
        self.secret = Secret(secret[0].lower(), b"%b: %b\r\n" % secret) if secret else None
        self.via = b"Via: 1.1 izin\r\n" if via else b""
        self.decided, self.log_request = decided, log_request
        self.tokens = tokens
        self.load = Load(self.limits)
        self.pool = Pool(self.limits, origin_tls)
        self.connections: set[Expiring] = set()
        self.by_address: Counter[str] = Counter()
        self.counters: Counter[str] = Counter()
        self.unnamed = UnnamedProxies(lambda: self.counters["requests"], unnamed)
        self.draining = False
        #: Whether a connection on which nothing is under way stays open for a moment all the same.
        self.lenient = False
        self._leaving: asyncio.TimerHandle | None = None
        #: When connections that were cut off may stand in the log again.
        self.tell_again = 0.0
        self.now = 0.0
        self._made_room = 0.0
        self.date = b""
        self._timer: asyncio.TimerHandle | None = None

    def answered(self, judgement: Judgement) -> tuple[Judgement, Answer]:
        """What to do about a judgement, and the one that is then to be recorded: another one where the client must make way
        (`gateway.shedding`). A request that is passed on counts until ``load.leave``."""
        answer = self.answer(judgement)
        if isinstance(answer, Forward):
            taken = self.load.take(judgement)
            if taken is not judgement:
                judgement, answer = taken, self.answer(taken)
        self.decided(judgement)
        return judgement, answer

    def admit(self, connection: Expiring, address: str, *, limited: bool = True) -> bool:
        """Take a new connection in, unless there are too many, or too many of its address where those are ``limited``."""
        if self._timer is None:
            self._tick()
        limits, client = self.limits, one_client(address)
        many = self.by_address[client] >= limits.connections_per_address
        if limited and many and not self.peers.trusts(address):
            full = True
        else:
            full = len(self.connections) >= limits.connections and not self._make_room()
        if full:
            self.counters["connections-refused"] += 1
            return False
        self.connections.add(connection)
        self.by_address[client] += 1
        self.counters["connections"] += 1
        return True

    def _make_room(self) -> bool:
        """Close connections on which nothing is under way, the idle for longest first; whether there was one.

        To look at all of them is dear, so it is done once in a tick, and then for a twentieth of all.
        """
        if self.now <= self._made_room:
            return False
        self._made_room = self.now
        idle = [one for one in self.connections if one.idle_since < self.now]
        idle.sort(key=lambda one: one.idle_since)
        for connection in idle[: max(1, self.limits.connections // 20)]:
            connection.abort()
            self.counters["connections-evicted"] += 1
        return bool(idle)

    def dismiss(self, connection: Expiring, address: str) -> None:
        """A connection has gone."""
        if connection in self.connections:
            self.connections.discard(connection)
            client = one_client(address)
            self.by_address[client] -= 1
            if not self.by_address[client]:
                del self.by_address[client]

    def ended(self, judgement: Judgement, status: int | None, octets: int, end: End) -> None:
        """An exchange has ended: record its outcome and tell whoever wants to know."""
        self.recorder.outcome(judgement, status, octets, end)
        if self.log_request is not None:
            self.log_request(judgement, status, octets, end)

    def untold(self, judgement: Judgement) -> None:
        """An exchange was let pass, and nobody will say how it ended."""
        if judgement.booked is None:
            self.ended(judgement, None, 0, End.UNKNOWN)
        else:
            self.recorder.outcome_of(judgement.id, None, 0, End.UNKNOWN)

    def drain(self) -> None:
        """Take nothing more on; each connection closes after what is under way on it, and after the request that may be on
        its way already: whoever has asked gets an answer."""
        self.draining = self.lenient = True
        self._shutdown()
        self._leaving = asyncio.get_running_loop().call_later(self.limits.leave_time, self._leave)

    def _leave(self) -> None:
        self.lenient = False
        self._shutdown()

    def _shutdown(self) -> None:
        for connection in list(self.connections):
            connection.shutdown()

    def close(self) -> None:
        """Stop the clock and close idle connections to origins."""
        if self._leaving is not None:
            self._leaving.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.pool.close()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now, tick = loop.time(), self.limits.tick
        late = now - self.now - tick if self.now else 0.0
        self.now = now
        self.date = b"Date: " + formatdate(usegmt=True).encode("ascii")
        if late > tick:  # this process was held up: that is no time that anybody had
            for connection in self.connections:
                connection.deadline += late
        for connection in [one for one in self.connections if one.deadline < now]:
            try:
                connection.expire()
            except Exception as error:  # noqa: BLE001 -- a mistake of ours about one must not stop the clock of all
                connection.abort()
                loop.call_exception_handler({"message": "a connection's end failed", "exception": error})
        self.pool.expire(now)
        self._timer = loop.call_later(tick, self._tick)
