"""The door for proxies that carry the requests themselves: they ask, and are told whether to.

Theory of operation. A question (`gateway.proxy.question`) is judged by the same judge and recorded by the same recorder as a
request at the front door, and answered after its entry was accepted. So there is one decision a request. nginx understands
from an answer no more than yes or no; a refusal, or a document of ours, is then held under the decision's id (`Refusals`)
until nginx fetches it, which is within milliseconds; from whichever of several workers it asks (`gateway.proxy.siblings`). What became of a request that was let pass only the proxy knows: its
access log tells it (`gateway.proxy.access_log`), and until then the judgement is kept open.

This door is on a listener of its own, a Unix socket or a loopback address, and its connections are the proxy's, not
clients': nothing that is counted by address is counted there.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, NamedTuple, cast

from gateway.enforce.answer import Answer, Forward, Reply
from gateway.judgement import Judgement
from gateway.licenses.credential import lines_of
from gateway.proxy.access_log import Open
from gateway.proxy.exchange import Exchange
from gateway.proxy.front import Front
from gateway.proxy.head import read_request
from gateway.proxy.heads import RequestHead, WireError
from gateway.proxy.limits import FOREVER
from gateway.proxy.peer import UNKNOWN
from gateway.proxy.question import (
    NO_SUCH_PATH,
    NOT_HELD,
    Question,
    decision_asked,
    read_question,
    told,
    unreadable,
)
from gateway.proxy.relay import Relay, read_host
from gateway.proxy.siblings import Siblings
from gateway.proxy.sockets import BACKLOG
from gateway.proxy.unnamed import may_be_silent
from gateway.request import SIGNED, Request, read_target
from gateway.vocabulary import End, Level, Reason

#: Answers held at most, their bodies' octets at most, and for how many seconds.
MOST_HELD: Final = 4096
MOST_OCTETS: Final = 32 << 20
LIFE: Final = 20.0
#: Fields and octets of a target that a question may have more than a client's request: those that the proxy adds.
_ADDED: Final = 16
_ADDED_OCTETS: Final = 256

Ended = Callable[[Judgement, int | None, int, End], None]


class _Held(NamedTuple):
    judgement: Judgement
    reply: Reply
    end: End
    until: float


class Refusals:
    """Answers that a proxy is to fetch, by decision. One that nobody has fetched when its time is over, or when newer ones
    need its place, ends as unknown."""

    def __init__(self, now: Callable[[], float], ended: Ended) -> None:
        """``now`` gives seconds that never go back; ``ended`` is told what became of each."""
        self._now, self._ended = now, ended
        self._held: dict[str, _Held] = {}
        self._fetched: set[str] = set()
        self._octets = 0

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, judgement: Judgement, reply: Reply, end: End = End.COMPLETE) -> None:
        """Keep an answer until it is fetched; ``end`` is what has then become of the request."""
        now = self._now()
        self._held[judgement.id] = _Held(judgement, reply, end, now + LIFE)
        self._octets += len(reply.body)
        self.expire(now)
        while len(self._held) > MOST_HELD or self._octets > MOST_OCTETS:
            self._drop(next(iter(self._held)))

    def fetch(self, id: str) -> Reply | None:
        """The answer, None if it is not held. A proxy that did not get it may ask again."""
        held = self._held.get(id)
        if held is None:
            return None
        if id not in self._fetched:
            self._fetched.add(id)
            octets = 0 if held.judgement.request.method == "HEAD" else len(held.reply.body)
            self._ended(held.judgement, held.reply.status, octets, held.end)
        return held.reply

    def expire(self, now: float) -> None:
        """Let go of those whose time is over."""
        while self._held:
            id, held = next(iter(self._held.items()))
            if held.until > now:
                return
            self._drop(id)

    def _drop(self, id: str) -> None:
        held = self._held.pop(id)
        self._octets -= len(held.reply.body)
        if id in self._fetched:
            self._fetched.discard(id)
        else:
            self._ended(held.judgement, None, 0, End.UNKNOWN)


class Checks:
    """What all connections of proxies beside us share."""

    def __init__(self, front: Front, opened: Open | None, siblings: Siblings | None = None) -> None:
        """Requests that a proxy was told to pass on are kept ``opened`` where somebody will say how they end; else they end as
        unknown at once. ``siblings`` are the other workers, if there are any."""
        self.front, self._opened, self._siblings = front, opened, siblings
        #: Questions answered so far.
        self.asked = 0
        self.refusals = Refusals(lambda: front.now, front.ended)
        self._server: asyncio.Server | None = None

    async def listen(self, listener: socket.socket) -> None:
        """Take questions at a socket that is bound already."""
        # Not by `create_unix_server`: from Python 3.13 on that takes the socket's name away when it closes, though another worker,
        # or the gateway that takes this one's place, listens there.
        self._server = await asyncio.get_running_loop().create_server(
            partial(Check, self), sock=listener, backlog=BACKLOG
        )
        self._look()

    def fetch(self, id: str) -> Reply | Awaitable[Reply | None]:
        """The answer about a decision, at once if it was made here."""
        whose = self._siblings.whose(id) if self._siblings is not None and id else None
        if self._siblings is None or whose is None:
            return self.refusals.fetch(id) or NOT_HELD
        return self._siblings.fetch(whose, id)

    @property
    def ends_are_told(self) -> bool:
        """Whether somebody says how requests end that were passed on."""
        return self._opened is not None

    @property
    def passed_on(self) -> int:
        """Requests that are under way at a proxy, as far as anybody will tell."""
        return 0 if self._opened is None else len(self._opened)

    def passes(self, judgement: Judgement) -> None:
        """The proxy is told to pass it on."""
        if self._opened is not None:
            self._opened.keep(judgement)
        else:
            self.front.untold(judgement)

    def close(self) -> None:
        """Take none any more; connections end with those of the front door, and what is held may be fetched until `end`."""
        if self._server is not None:
            self._server.close()

    def end(self) -> None:
        """Nobody is connected any more who could fetch an answer."""
        self.refusals.expire(FOREVER)

    def _look(self) -> None:
        self.refusals.expire(self.front.now)
        if self._server is not None and self._server.is_serving():
            asyncio.get_running_loop().call_later(LIFE, self._look)


class Check(Relay):
    """One connection of a proxy that asks."""

    limited = False
    __slots__ = ("_checks", "_question")

    def __init__(self, checks: Checks) -> None:
        super().__init__(checks.front)
        self._checks = checks
        self._question: Question | None = None

    def _read(self, octets: bytes) -> None:
        limits = self.front.limits
        try:
            head = read_request(octets, limits.fields + _ADDED, limits.target + _ADDED_OCTETS)
        except WireError as fault:
            self._refuse(fault.reason, fault.head)
            return
        self.keep = not head.close and not self.front.draining
        fetched = decision_asked(head.target)
        if fetched is not None:
            self._give(head, self._checks.fetch(fetched))
            return
        question = read_question(head)
        if question is None:
            self._reply(head, NO_SUCH_PATH)
        else:
            self._ask(head, question)

    def _give(self, head: RequestHead, found: Reply | Awaitable[Reply | None]) -> None:
        if isinstance(found, Reply):
            self._reply(head, found)
            return
        self.deadline = FOREVER
        fetching = asyncio.ensure_future(found)
        self._judging = cast("asyncio.Future[Judgement]", fetching)  # as then, nothing else is read meanwhile
        fetching.add_done_callback(partial(self._fetched, head))

    def _fetched(self, head: RequestHead, fetching: "asyncio.Future[Reply | None]") -> None:
        self._judging = None
        if not self.transport.is_closing():
            self._reply(head, fetching.result() or NOT_HELD)
            self._serve()
            self.pace()

    def _refuse(self, reason: Reason, head: RequestHead | None = None) -> None:
        """A question that breaks the form of a message: most likely by what the client sent."""
        self.keep = False
        question = unreadable(head, reason)
        head = head or RequestHead(b"", b"", 1, [], {})
        head.length = -1
        self._ask(head, question)

    def _ask(self, head: RequestHead, question: Question) -> None:
        self._question = question
        self._judge(head, self._request_of(head, question))

    def _request_of(self, head: RequestHead, question: Question) -> Request:
        """The request that is asked about, as the front door would have read it."""
        front = self.front
        authority, host = read_host(question.authority or b"")
        target, fault = read_target(question.target), question.fault
        if len(question.target) > front.limits.target:
            fault = fault or Reason.TARGET_TOO_LONG
        elif target is None:
            fault = fault or Reason.MALFORMED_TARGET
        if host is None:
            fault = fault or Reason.MALFORMED_HOST
        peer, noted = question.peer, question.noted
        if peer is None:
            client = UNKNOWN.client(self.address)
        else:
            client = front.peers.client(peer, noted)
            if not front.peers.trusts(peer):
                if noted:
                    front.unnamed.saw(peer)
                elif may_be_silent(peer):
                    front.unnamed.saw_silent(peer)
        fields = front.peers.certified(self.address, head.noted, head.fields) if head.noted else head.fields
        lines = (*question.lines, *lines_of(head.fields)) if SIGNED in head.fields else ()
        method = question.method.decode("ascii", "replace")
        return Request(method, question.scheme, authority, host or "", target, client, fields, fault, lines)

    def _exchange_for(self, head: RequestHead, judgement: Judgement) -> Exchange:
        assert self._question is not None
        return _Asked(self, head, judgement, self._checks, self._question)

    def _reply(self, head: RequestHead, reply: Reply) -> None:
        """An answer about which nothing is decided."""
        whole = head.length == 0
        self.write_reply(reply, bodiless=head.method == b"HEAD", close=not whole)
        if self.keep:
            self.deadline = self.front.now + self.front.limits.idle_time
        else:
            self._linger(whole=whole)


class _Asked(Exchange):
    """A question under way: nobody is asked but the recorder, and what is passed on another passes on."""

    __slots__ = ("_checks", "_failing", "_passes", "_question")

    def __init__(
        self, relay: Check, head: RequestHead, judgement: Judgement, checks: Checks, question: Question
    ) -> None:
        super().__init__(relay, head, judgement)
        self._checks, self._question, self._passes = checks, question, False
        #: The 5xx that the client is given, whatever the proxy is told.
        self._failing: int | None = None

    def begin(self) -> None:
        """Ask for the entry."""
        self._reply = NOT_HELD  # so nobody wants a body, if there is one
        self._relay.front.decided(self._judgement)
        self._relay.front.recorder.decision(self._judgement, self.recorded)

    def recorded(self, level: Level | None) -> None:
        """The entry is accepted, or could not be written: tell the proxy."""
        if self._accepted or self._ended:
            return
        self._accepted = True
        front, judgement = self._relay.front, self._judgement
        said: Answer = front.answer(judgement) if level is not None else front.unrecorded(judgement)
        end = End.COMPLETE
        if isinstance(said, Forward) and said.obligations.embargo is not None:
            # Whether the article is old enough would stand in an answer that is not seen here.
            said, end = front.withheld(judgement), End.WITHHELD
        self._checks.asked += 1
        reply = told(self._question.way, said)
        if isinstance(said, Reply) and said.status >= 500:
            self._failing = said.status
        self._passes = isinstance(said, Forward)
        if self._passes:
            self._checks.passes(judgement)
        elif self._question.way.fetches:
            assert isinstance(said, Reply)
            self._checks.refusals.hold(judgement, said, end)
            self._passes = True  # its outcome is told when it is fetched
        self._answer(reply, end)

    def _end(self, status: int | None, octets: int, end: End) -> None:
        if self._ended:
            return
        if self._passes:
            self._ended = True
            self._relay.exchange_ended(whole=self.uploaded)
        else:
            status = status and (self._failing or status)
            super()._end(status, 0 if self._judgement.request.method == "HEAD" else octets, end)
