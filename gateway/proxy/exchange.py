"""One request under way: from its judgement to its outcome.

Theory of operation. Three things go on at once: the entry is being written, the origin is being asked, and the
client's body may still be coming. `Exchange` lets them meet. Until ``recorded`` is called nothing is written to the
client (``_held`` collects it), and, for a method that may change something or an upgrade, nothing is sent to the
origin either. If the entry could not be written, what was held is dropped and the client gets 503. Every exchange ends
in ``_end``, once, which records the outcome and tells the connection what may follow.

Bodies are passed on as the octets they are, with their framing; they are only followed, so that the end is found. What
the origin breaks off is broken off for the client too: a message is never given an end it did not have.
"""

from typing import Final

from gateway.enforce.answer import Forward, Reply
from gateway.judgement import Judgement
from gateway.proxy.connection import Connection
from gateway.proxy.dress import dressed, embargoed
from gateway.proxy.heads import OriginError, RequestHead, ResponseHead
from gateway.proxy.incoming import NO_RESPONSE, Incoming
from gateway.proxy.limits import FOREVER
from gateway.proxy.outgoing import request_octets
from gateway.proxy.upload import NO_UPLOAD, Upload
from gateway.proxy.upstream import Upstream
from gateway.vocabulary import End, Level

_COMPLETE: Final = End.COMPLETE
_BARE_400: Final = Reply(400, ())
_BARE_408: Final = Reply(408, ())


class Exchange:
    """See above."""

    __slots__ = (
        "_accepted",
        "_answered",
        "_asked",
        "_counted",
        "_ended",
        "_forward",
        "_head",
        "_held",
        "_held_size",
        "_incoming",
        "_instead",
        "_judgement",
        "_relay",
        "_repeatable",
        "_reply",
        "_upload",
        "_upstream",
        "_waits",
        "tunnel",
    )

    def __init__(self, relay: Connection, head: RequestHead, judgement: Judgement) -> None:
        self._relay = relay
        self._head = head
        self._judgement = judgement
        self._upload = NO_UPLOAD if head.length == 0 else Upload(head.length, relay.front.limits)
        self._incoming = NO_RESPONSE
        self._forward: Forward | None = None
        self._reply: Reply | None = None
        self._instead: tuple[Reply, End] | None = None  # held for the entry, in place of the origin's answer
        self._upstream: Upstream | None = None
        self._held: list[bytes | memoryview] = []
        self._held_size = 0
        self._accepted = False  # the entry was written
        self._answered = False  # something was written to the client, and no interim answer alone
        self._counted = False  # among the requests under way to origins
        self._asked = False  # the origin was asked, or is being connected to
        self._waits = False  # the origin is asked only once the entry is written
        self._repeatable = False  # a kept connection that is lost before any answer may be replaced once
        self._ended = False
        self.tunnel = False

    @property
    def uploaded(self) -> bool:
        """Whether the whole request was read from the client."""
        return self._upload.done

    # -- the decision

    def begin(self) -> None:
        """Ask for the entry, and for the origin's answer at the same time where that is harmless."""
        front = self._relay.front
        self._judgement, answer = front.answered(self._judgement)
        if isinstance(answer, Forward):
            self._forward = answer
            self._incoming = Incoming(self._head, front.limits.head)
            self._counted = True
            self._waits = self._head.websocket or not self._judgement.request.safe
        else:
            self._reply = answer
        front.recorder.decision(self._judgement, self.recorded)
        if self._forward is not None and not self._asked and not self._waits and not self._ended:
            self._ask()

    def recorded(self, level: Level | None) -> None:
        """The entry is accepted, or, with None, could not be written."""
        if self._accepted or self._ended:
            return
        self._accepted = True
        if level is None:
            self._let_go()
            self._held.clear()
            self._forward = None
            unrecorded = self._relay.front.unrecorded(self._judgement)
            self._answer(unrecorded, End.WITHHELD if self._asked else End.COMPLETE)
        elif self._reply is not None:
            self._answer(self._reply, _COMPLETE)
        elif self._instead is not None:
            self._answer(*self._instead)
        elif self._waits:
            self._ask()
        elif self._held:
            held, self._held = self._held, []
            self._held_size = 0
            self._answered = self._incoming.head is not None
            self._relay.transport.writelines(held)
            if self._incoming.done:
                self._finish()
            else:
                self.pace()

    def _answer(self, reply: Reply, end: End) -> None:
        """Send an answer of ours and end."""
        self._answered = True
        self._upload.release()
        self._reply = reply  # from here on nobody wants the request's body
        self._relay.feed_exchange()
        if self._ended:
            return
        bodiless = self._head.method == b"HEAD" or reply.status in (204, 304)
        self._relay.write_reply(reply, bodiless=bodiless, close=not self.uploaded)
        self._end(reply.status, 0 if bodiless else len(reply.body), end)

    # -- the request to the origin

    def _ask(self) -> None:
        assert self._forward is not None
        self._asked = True
        pool, origin = self._relay.front.pool, self._forward.origin
        # A kept connection may be closing as we write: only a request that may be sent twice takes the risk.
        self._repeatable = self._head.length == 0 and not self._waits
        upstream = pool.take(origin) if self._repeatable else None
        if upstream is None:
            self._repeatable = False
            self._relay.deadline = FOREVER  # connecting has a deadline of its own
            pool.open(origin, self)
        else:
            self.connected(upstream)

    def connected(self, upstream: Upstream) -> None:
        """The connection to the origin is there: send the request."""
        relay = self._relay
        front = relay.front
        if self._ended or self._forward is None:
            front.pool.give(upstream, front.now)
            return
        self._upstream = upstream
        upstream.asking = self
        forwarding = relay.forwarding(self._judgement.request, self._head)
        upstream.transport.write(request_octets(self._head, forwarding, front.secret))
        if self._upload.pieces:
            upstream.transport.writelines(self._upload.release())
            self.pace()
        self._rest()

    def feed(self, data: bytes) -> int:
        """Octets from the client; gives how many belonged to this request. Raises BodyError."""
        if self.tunnel:
            if self._upstream is not None:
                self._upstream.transport.write(data)
            self._rest()
            return len(data)
        piece = self._upload.take(data)
        if self._reply is not None or self._instead is not None or self._incoming.done:
            pass  # nobody wants it any more
        elif self._upstream is not None:
            self._upstream.transport.write(piece)
        else:
            self._upload.keep(piece)
        self._rest()
        return len(piece)

    def wants_less(self) -> bool:
        """Whether the client should wait with more of its body."""
        return self._upload.size > self._relay.front.limits.held or (
            self._upstream is not None and self._upstream.choked
        )

    def upload_broken(self, reply: Reply = _BARE_400) -> None:
        """The client's body is broken or does not come: the origin must not take it for a whole one."""
        if self._reply is not None:
            return  # it is being refused anyway
        if self._answered or not self._accepted:
            self.client_lost()  # what it was sent until then stands
            self._relay.abort()
        else:
            self._let_go()
            self._relay.write_reply(reply, bodiless=False, close=True)
            self._end(reply.status, 0, End.CLIENT_GONE)

    # -- the origin's response

    def unreachable(self, status: int) -> None:
        """The origin cannot be asked (502), or not in time (504): answer for it, once the entry is written."""
        if not self._ended and self._forward is not None:
            self._replace(self._relay.front.unreachable(self._judgement, status), End.ORIGIN_ERROR)

    def _replace(self, reply: Reply, end: End) -> None:
        self._let_go()
        self._held.clear()
        if self._accepted:
            self._answer(reply, end)
        else:
            self._instead = reply, end

    def upstream_lost(self, *, clean: bool) -> None:
        """The origin has closed the connection."""
        self._upstream = None
        incoming = self._incoming
        if self._ended or incoming.done or self._instead is not None:
            return
        if self.tunnel:
            self._end(101, incoming.octets, End.COMPLETE if clean else End.ORIGIN_ERROR)
            self._relay.close_after_writing()
        elif self._repeatable and not incoming.begun:
            self._repeatable = False
            assert self._forward is not None
            self._relay.front.pool.open(self._forward.origin, self)
        elif incoming.until_close and clean:
            incoming.close()
            if self._accepted:
                self._finish()
        else:
            self._break()

    def _break(self) -> None:
        """The response is broken: what has gone out stays without an end, and if nothing has, the answer is 502."""
        self._let_go()
        if not self._answered:
            self.unreachable(502)
            return
        self._end(self._incoming.status, self._incoming.octets, End.ORIGIN_ERROR)
        self._relay.abort()

    def response_data(self, data: bytes) -> None:
        """Octets from the origin."""
        incoming = self._incoming
        waiting = incoming.head is None
        try:
            body = incoming.feed(data)
        except OriginError:
            self._break()
            return
        if waiting:
            if incoming.interims:
                self._interim()
            if incoming.head is None:
                self._rest()
                return
            if self._forward is not None and embargoed(incoming.head, self._forward.obligations):
                self._replace(self._relay.front.withheld(self._judgement), End.WITHHELD)
                return
            # Head and first octets together: one system call, one packet.
            self._send([self._dressed(incoming.head), body] if body else [self._dressed(incoming.head)])
        elif body:
            self._send([body])
        if incoming.done:
            self._arrived(incoming)
            return
        if waiting and self.tunnel:
            self._relay.feed_exchange()  # what the client sent ahead
        self._rest()

    def _interim(self) -> None:
        """1xx: passed on to those who can read it (RFC 9110 section 15.2)."""
        interims, self._incoming.interims = self._incoming.interims, []
        if self._head.minor == 1:
            for head in interims:
                self._send([head.octets, b"\r\n"])

    def _dressed(self, head: ResponseHead) -> bytes:
        """The head as the client gets it."""
        assert self._forward is not None
        relay, incoming = self._relay, self._incoming
        octets = dressed(head, self._forward.obligations, incoming.ended_here)
        if incoming.plain or incoming.until_close or not self._upload.done:
            relay.keep = False
        if incoming.tunnel:
            self.tunnel = True
            self._leave()  # what goes on in it is no answer any more
            return octets + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        return octets + (b"\r\n" if relay.keep else b"Connection: close\r\n\r\n")

    def _send(self, pieces: list[bytes | memoryview]) -> None:
        """To the client; held until the entry is written."""
        if self._accepted:
            self._answered = self._incoming.head is not None
            self._relay.transport.writelines(pieces)
            return
        self._held += pieces
        self._held_size += sum(map(len, pieces))
        if self._held_size > self._relay.front.limits.held:
            self.pace()

    def _arrived(self, incoming: Incoming) -> None:
        """The response is complete: the connection to the origin may serve the next request."""
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            assert incoming.head is not None
            if incoming.extra or incoming.head.close or not self._upload.done or upstream.choked:
                upstream.abandon()
            else:
                self._relay.front.pool.give(upstream, self._relay.front.now)
        if self._accepted:
            self._finish()

    def _finish(self) -> None:
        self._end(self._incoming.status, self._incoming.octets, _COMPLETE)

    # -- pace and end

    def client_lost(self) -> None:
        """The client has gone."""
        self._let_go()
        status, octets = (self._incoming.status, self._incoming.octets) if self._answered else (None, 0)
        self._end(status, octets, End.COMPLETE if self.tunnel else End.CLIENT_GONE)

    def expire(self) -> None:
        """Nothing has moved for too long."""
        relay = self._relay
        if relay.choked:  # the client does not take what it asked for
            self.client_lost()
            relay.abort()
        elif self.tunnel:
            self._let_go()
            self._end(101, self._incoming.octets, End.COMPLETE)
            relay.abort()
        elif not self.uploaded and self._incoming.head is None and not self.wants_less():
            self.upload_broken(_BARE_408)
        elif self._upstream is not None and self._incoming.head is None:
            self.unreachable(504)
        elif self._upstream is not None:
            self._break()
        else:
            relay.deadline = FOREVER  # it is the entry that is waited for, which has a posture of its own

    def pace(self) -> None:
        """Let each side read only as fast as the other takes it."""
        relay = self._relay
        if self._upstream is not None:
            self._upstream.pause(wanted=relay.choked or self._held_size > relay.front.limits.held)
        relay.pace()
        self._rest()

    def _rest(self) -> None:
        """Set the deadline for what is waited for now."""
        if self._ended:
            return
        relay = self._relay
        limits = relay.front.limits
        if relay.choked:
            wait = limits.stall_time
        elif self.tunnel:
            wait = limits.tunnel_time
        elif self._incoming.head is not None:
            wait = limits.origin_body_time
        elif self._upload is NO_UPLOAD:  # nearly every time
            wait = limits.origin_head_time
        elif self.wants_less():  # it is the origin that is waited for
            self._upload.until = 0.0
            wait = limits.origin_head_time
        elif not self._upload.done:
            relay.deadline = self._upload.deadline(relay.front.now)
            return
        else:
            wait = limits.origin_head_time
        relay.deadline = relay.front.now + wait

    def _let_go(self) -> None:
        """Close the connection to the origin."""
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.abandon()

    def _leave(self) -> None:
        if self._counted:
            self._counted = False
            self._relay.front.load.leave(self._judgement)

    def _end(self, status: int | None, octets: int, end: End) -> None:
        if not self._ended:
            self._ended = True
            self._leave()
            self._relay.front.ended(self._judgement, status, octets, end)
            self._relay.exchange_ended(whole=self._upload.done)
