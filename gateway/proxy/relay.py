"""The front door: one client connection, as uvicorn's server knows it (its `http=` class).

Theory of operation. `Relay` owns the client's side of the wire: it finds heads in the octets that come, has them read
(`head`), judged and carried out (`exchange`), one after the other, in the order in which they came. What comes early
waits in `_inbox`, and the client is made to wait by TCP. There is no task for a request and no timer: callbacks on
slotted objects, and one clock for all connections (`Front`).
"""

import asyncio
from functools import lru_cache, partial
from typing import Any, cast

from gateway.enforce.answer import Reply
from gateway.judgement import Judgement
from gateway.licenses.credential import lines_of
from gateway.proxy.body import BodyError
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Exchange
from gateway.proxy.forwarding import forwarding_lines
from gateway.proxy.front import Front
from gateway.proxy.head import joined
from gateway.proxy.heads import RequestHead, WireError
from gateway.proxy.inbox import Inbox
from gateway.proxy.limits import FOREVER
from gateway.proxy.outgoing import reply_octets
from gateway.proxy.peer import Peers
from gateway.proxy.posted import exchange_for
from gateway.proxy.repeated import read_repeated
from gateway.proxy.unnamed import may_be_silent
from gateway.request import MOST_REMEMBERED, SIGNED, Client, Request, Target, fold_host, read_target
from gateway.vocabulary import Reason


class Relay(Connection):
    """One client connection. ``keep`` says whether another request may follow the one under way."""

    limited = True  # so many connections of one address, and no more

    __slots__ = (
        "_client",
        "_exchange",
        "_forwarding",
        "_inbox",
        "_judging",
        "_last",
        "_lingered",
        "_lingering",
        "_paused",
        "_peers",
        "_scheme",
        "_server_connections",
        "_serving",
        "_silent",
        "address",
    )

    _client: Client  # from `connection_made` on, as `transport` is

    def __init__(
        self,
        front: Front,
        config: Any = None,
        server_state: Any = None,
        app_state: Any = None,
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        address: str = "",
        peers: Peers | None = None,
    ) -> None:
        """``address`` is where the connection comes from, if that is not the transport's peer, ``peers`` whose word counts
        on it, if that is not the front door's."""
        self.front = front
        self._peers = peers or front.peers
        self._server_connections: set[Any] = server_state.connections if server_state is not None else set()
        self.address = address
        self._scheme = "http"
        self._silent = False
        self._forwarding: tuple[bytes, bytes] = (b"", b"")
        self._last: RequestHead | None = None
        self._inbox = Inbox()
        self._exchange: Exchange | None = None
        self._judging: asyncio.Future[Judgement] | None = None
        self._serving = False
        self._lingering = False
        self._lingered = 0
        self._paused = False
        self.choked = False
        self.keep = True
        self.deadline = FOREVER

    # -- what the transport says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        announced = bool(self.address)
        if not announced:
            peer = transport.get_extra_info("peername")
            self.address = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        self._scheme = "http" if transport.get_extra_info("sslcontext") is None else "https"
        if not self.front.admit(self, self.address, limited=self.limited):
            self.transport.abort()
            return
        self._silent = not announced and may_be_silent(self.address) and not self._peers.trusts(self.address)
        self._client = self._peers.client(self.address)
        self._server_connections.add(self)
        self.deadline = self.front.now + self.front.limits.idle_time

    def connection_lost(self, exc: Exception | None) -> None:
        self.front.dismiss(self, self.address)
        self._server_connections.discard(self)
        self.deadline = FOREVER
        self._lingering = True
        if self._exchange is not None:
            self._exchange.client_lost()

    def eof_received(self) -> bool:
        # As nginx does, a client that stops sending while it is being answered is taken to have gone.
        if self._exchange is not None:
            self._exchange.client_lost()
        elif self._judging is None and self._inbox and not self._lingering:
            self._refuse(Reason.MALFORMED_MESSAGE)
            return True
        return False

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            self._lingered += len(data)
            if self._lingered > self.front.limits.linger:
                self.transport.abort()
            return
        exchange = self._exchange
        if exchange is None and self._judging is None and not self._inbox:
            whole = (
                0 < data.find(b"\r\n\r\n") == len(data) - 4 and data[:1] != b"\r" and not self._inbox.forgiven
            )
            if whole and len(data) <= self.front.limits.head:  # nearly every time
                self._serving = True
                self._read(data)
                self._serving = False
                if self._inbox:
                    self._serve()
                return
        elif exchange is not None and not self._inbox and exchange.tunnel:
            exchange.feed(data)
            return
        self._inbox += data
        if exchange is not None:
            self.feed_exchange()
        self._serve()
        self.pace()

    def pause_writing(self) -> None:
        self.choked = True
        if self._exchange is not None:
            self._exchange.pace()

    def resume_writing(self) -> None:
        self.choked = False
        if self._exchange is not None:
            self._exchange.pace()

    def shutdown(self) -> None:
        """Finish what is under way, then close: called by uvicorn when it stops, and by `Front.drain`."""
        self.keep = False
        if self.idle_since < FOREVER and not self.front.lenient:
            self.transport.close()

    @property
    def idle_since(self) -> float:
        """Since when no whole request has come; for ever from now while one is under way."""
        if self._exchange is not None or self._judging is not None or self._lingering:
            return FOREVER
        limits = self.front.limits
        return self.deadline - (limits.head_time if self._inbox else limits.idle_time)

    def expire(self) -> None:
        """The deadline has passed."""
        if self._exchange is not None:
            self._exchange.expire()
        elif self._lingering:
            self.transport.abort()
        elif self._inbox:
            self._refuse(Reason.HEAD_TOO_SLOW)
        else:
            self._linger(whole=True)

    # -- requests

    def _serve(self) -> None:
        """Begin with the next request, as long as none is under way."""
        if self._serving:
            return
        self._serving = True
        try:
            while self._inbox and self._exchange is None and self._judging is None and not self._lingering:
                if not self._next():
                    break
        finally:
            self._serving = False

    def _next(self) -> bool:
        """Take one head from the inbox; False if it is not complete yet."""
        inbox, limits = self._inbox, self.front.limits
        begins = inbox.untouched
        found = inbox.take_head(limits)
        if isinstance(found, bytes):
            self._read(found)
            return True
        if found is not None:
            self._refuse(found)
        elif begins and not inbox.untouched:
            self.deadline = self.front.now + limits.head_time
        return False

    def _read(self, octets: bytes) -> None:
        """One whole head: read it and have it judged."""
        front = self.front
        try:
            head = read_repeated(octets, front.limits.fields, front.limits.target, self._last)
        except WireError as fault:
            self._refuse(fault.reason, fault.head)
            return
        self._last = head if head.block else None
        authority, host = read_host(head.authority) if head.authority is not None else ("", "")
        target = read_target(head.target)
        if host is None or target is None:
            self._refuse(Reason.MALFORMED_HOST if host is None else Reason.MALFORMED_TARGET, head)
            return
        self.keep = not head.close and not front.draining
        self._judge(head, self._request(head, authority, host, target))

    def _request(
        self, head: RequestHead, authority: str, host: str, target: Target | None, fault: Reason | None = None
    ) -> Request:
        method, scheme, client = head.method.decode("ascii"), self._scheme, self._client
        fields = head.fields
        if head.noted:
            fields = self._peers.certified(self.address, head.noted, fields)
            scheme = self._peers.scheme(self.address, head.noted, scheme)
            client = self._peers.client(self.address, head.noted)
            if not self.front.peers.trusts(self.address):
                self.front.unnamed.saw(self.address)
        elif self._silent:
            self.front.unnamed.saw_silent(self.address)
        lines = (*head.lines, *lines_of(head.fields)) if SIGNED in head.fields else ()
        return Request(method, scheme, authority, host, target, client, fields, fault, lines)

    def _refuse(self, reason: Reason, head: RequestHead | None = None) -> None:
        """A fault of the wire: judged, recorded and answered like any request, and the last one here."""
        self.keep = False
        if head is None:
            head = RequestHead(b"", b"", 1, [], {})
        head.length = -1  # where it ends is in doubt
        authority, host = read_host(head.authority or b"")
        self._judge(head, self._request(head, authority, host or "", read_target(head.target), reason))

    def _judge(self, head: RequestHead, request: Request) -> None:
        judged = self.front.judge(request)
        if isinstance(judged, Judgement):
            self._begin(head, judged)
        else:
            self.deadline = FOREVER
            self._judging = asyncio.ensure_future(judged)
            self._judging.add_done_callback(partial(self._judged, head))

    def _judged(self, head: RequestHead, judging: asyncio.Future[Judgement]) -> None:
        self._judging = None
        if judging.cancelled() or judging.exception() is not None:
            self.transport.abort()
            judging.result()  # the loop reports it
            return
        self._begin(head, judging.result())
        self._serve()
        self.pace()

    def _begin(self, head: RequestHead, judgement: Judgement) -> None:
        exchange = self._exchange = self._exchange_for(head, judgement)
        self.front.counters["requests"] += 1
        exchange.begin()
        if self.transport.is_closing() and self._exchange is exchange:
            exchange.client_lost()
        elif self._inbox and not exchange.uploaded:
            self.feed_exchange()

    def _exchange_for(self, head: RequestHead, judgement: Judgement) -> Exchange:
        return exchange_for(self, head, judgement)

    def feed_exchange(self) -> None:
        """Give the exchange under way what it still wants of the inbox."""
        exchange = self._exchange
        if exchange is None or not self._inbox or (exchange.uploaded and not exchange.tunnel):
            return
        data = bytes(self._inbox)
        try:
            del self._inbox[: exchange.feed(data)]
        except BodyError:
            self.keep = False
            self._inbox.clear()
            exchange.upload_broken()

    def exchange_ended(self, *, whole: bool) -> None:
        """The exchange is over; ``whole`` if its request was read to the end."""
        self._exchange = None
        if self.transport.is_closing():
            return
        if not self.keep or not whole:
            self._linger(whole=whole)
            return
        limits = self.front.limits
        self.deadline = self.front.now + limits.idle_time
        if self._inbox:
            self._serve()
        if self._paused:
            self.pace()

    # -- writing

    def write_reply(self, reply: Reply, *, bodiless: bool, close: bool) -> None:
        """Send an answer of ours; with ``close`` it is the last."""
        self.keep = self.keep and not close
        self.transport.write(reply_octets(reply, self.front.date, bodiless=bodiless, close=not self.keep))

    def forwarding(self, request: Request, head: RequestHead) -> bytes:
        """The forwarding lines for a request, and Via if it is wanted; those of a client that sent none are remembered for its next one."""
        authority = head.authority or b""
        known = self._forwarding
        if not head.noted and known[0] == authority and known[1]:
            return known[1]
        lines = self.front.via + joined(
            forwarding_lines(
                head.noted,
                request.client,
                peer=self.address,
                peers=self._peers,
                own_scheme=self._scheme,
                scheme=request.scheme,
                authority=authority,
            )
        )
        if not head.noted:
            self._forwarding = (authority, lines)
        return lines

    # -- pace and end

    def pace(self) -> None:
        """Let the client send only what can be taken."""
        if self._lingering or self.transport.is_closing():
            return
        wanted = len(self._inbox) > self.front.limits.head or (
            self._exchange is not None and self._exchange.wants_less()
        )
        if wanted != self._paused:
            self._paused = wanted
            if wanted:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def _linger(self, *, whole: bool) -> None:
        """Close so that the client can read what was written (RFC 9112 section 9.6)."""
        limits = self.front.limits
        self._lingering = True
        self._inbox.clear()
        if whole:
            self.transport.close()  # what is written still goes out, if the client takes it
            self.deadline = self.front.now + limits.stall_time
            return
        if self.transport.can_write_eof():  # TLS cannot: there the answer's own end must do
            self.transport.write_eof()
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        self.deadline = self.front.now + limits.linger_time

    def close_after_writing(self) -> None:
        """Close once everything is written."""
        self._linger(whole=True)

    def abort(self) -> None:
        """Close at once, without an end to what was being sent."""
        self.transport.abort()


def read_host(authority: bytes) -> tuple[str, str | None]:
    """An authority in lower case, and its host, None if it has none."""
    if len(authority) > MOST_REMEMBERED:
        return "", None
    return _remembered_host(authority)


@lru_cache(maxsize=4096)
def _remembered_host(authority: bytes) -> tuple[str, str | None]:
    text = authority.decode("latin-1").lower()
    return text, fold_host(text)
