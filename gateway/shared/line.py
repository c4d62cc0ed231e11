"""One connection to the server: what is asked goes out at once, answers come in the same order, and none is waited for long.

Theory of operation. All requests share one connection and never wait for each other (pipelining): a request costs one round
trip whatever the load. Whoever asked is told the answer, or that the connection is lost, once. An answer that does not come
within `self._patience`, is longer than any of ours, or is no RESP ends the connection: what comes afterwards could not be told
apart any more. RESP itself is hiredis' business.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache, partial
from hashlib import sha1
from importlib.resources import files
from typing import Any, Final, NamedTuple, Self, cast

import hiredis

from gateway.shared.address import RedisAddress

#: Seconds that a connection may take.
CONNECTING: Final = 1.0
#: Octets of one answer at most.
LONGEST: Final = 8 << 20


class Why(StrEnum):
    """Why the shared state is not to be had."""

    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    SLOW = "slow"
    REFUSED = "refused"
    REPLICA = "replica"
    FULL = "full"
    EMPTIED = "emptied"
    NONSENSE = "nonsense"


class LostError(Exception):
    """The answer will never come."""

    def __init__(self, why: Why, said: str = "") -> None:
        super().__init__(why.value)
        self.why, self.said = why, said


#: The beginning of a list of millions, for which the parser would make room at once.
_HUGE: Final = re.compile(rb"[*%~>|]\d{7}")
#: What servers say first in an error, for what we take it.
_ERRORS: Final = {"OOM": Why.FULL, "READONLY": Why.REPLICA, "NOREPLICAS": Why.REPLICA}
Told = Callable[[Any], object]


class Script(NamedTuple):
    """A program that the server runs."""

    text: bytes
    digest: str

    @classmethod
    @lru_cache
    def named(cls, name: str) -> Self:
        """The one in `NAME.lua`."""
        text = files("gateway.shared").joinpath(f"{name}.lua").read_bytes()
        return cls(text, sha1(text).hexdigest())  # noqa: S324 -- it is how Redis names scripts


class _Asked(NamedTuple):
    since: float
    told: Told
    #: The same with the script's text, for a server that does not know it.
    whole: bytes


def _packed(*words: Any) -> bytes:
    return bytes(hiredis.pack_command(words))


class Line(asyncio.Protocol):
    """One connection. ``lost`` is done with the reason when it has ended."""

    transport: asyncio.Transport

    def __init__(self, patience: float) -> None:
        """``patience``: seconds that an answer may take."""
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[LostError] = self._loop.create_future()
        self._reader = hiredis.Reader()
        self._waiting: deque[_Asked] = deque()
        self._octets, self._end = 0, b""
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    async def to(cls, address: RedisAddress, tls: ssl.SSLContext | None, password: str) -> Self:
        """A connection that the server has let in. LostError where it does not."""
        loop, made = asyncio.get_running_loop(), partial(cls, address.patience)
        try:
            async with asyncio.timeout(CONNECTING):
                if address.path:
                    _, line = await loop.create_unix_connection(made, address.path)
                else:
                    _, line = await loop.create_connection(
                        made, address.host, address.port, ssl=tls if address.tls else None
                    )
        except (OSError, TimeoutError) as error:
            said = getattr(error, "strerror", None) or type(error).__name__
            raise LostError(Why.UNREACHABLE, said) from None
        try:
            if password:
                await line.asked("AUTH", *([address.user] if address.user else []), password)
            if address.database:
                await line.asked("SELECT", address.database)
        except BaseException:
            line.close()
            raise
        return line

    @property
    def waiting(self) -> int:
        """How many answers are waited for."""
        return len(self._waiting)

    def ask(self, told: Told, *words: str | bytes | int) -> None:
        """Ask; ``told`` gets the answer, or a LostError."""
        self._send(_packed(*words), told, b"")

    def run(self, told: Told, script: Script, keys: tuple[str, ...], *arguments: str | bytes | int) -> None:
        """Have a script run."""
        rest = (len(keys), *keys, *arguments)
        whole = _packed("EVAL", script.text, *rest)
        self._send(_packed("EVALSHA", script.digest, *rest), told, whole)

    async def asked(self, *words: str | bytes | int) -> Any:
        """Ask, and wait for the answer. LostError where there is none."""
        return await self._awaited(lambda told: self.ask(told, *words))

    async def ran(self, script: Script, keys: tuple[str, ...], *arguments: str | bytes | int) -> Any:
        """Have a script run, and wait for its answer. LostError where there is none."""
        return await self._awaited(lambda told: self.run(told, script, keys, *arguments))

    async def _awaited(self, ask: Callable[[Told], None]) -> Any:
        answer: asyncio.Future[Any] = self._loop.create_future()
        ask(lambda reply: None if answer.done() else answer.set_result(reply))
        reply = await answer
        if isinstance(reply, LostError):
            raise reply
        return reply

    def close(self, why: Why = Why.CLOSED, said: str = "") -> None:
        """Hang up; whoever waits is told so."""
        if self.lost.done():
            return
        error = LostError(why, said)
        self.lost.set_result(error)
        if self._timer is not None:
            self._timer.cancel()
        self.transport.abort()
        waiting, self._waiting = self._waiting, deque()
        for one in waiting:
            one.told(error)

    def _send(self, octets: bytes, told: Told, whole: bytes) -> None:
        if self.lost.done():
            told(self.lost.result())
            return
        now = self._loop.time()
        self._waiting.append(_Asked(now, told, whole))
        self.transport.write(octets)
        if self._timer is None:
            self._timer = self._loop.call_at(now + self._patience, self._look, now + self._patience)

    def _look(self, due: float) -> None:
        # What has come meanwhile is read first: a busy loop is not a slow server.
        self._timer = None
        self._loop.call_soon(self._expire, self._loop.time(), due)

    def _expire(self, now: float, due: float) -> None:
        """Whether the oldest answer is late. Where this loop was late itself, it waits once more."""
        if not self._waiting or self._timer is not None:
            return
        late = now - due > self._patience / 2
        since = now if late else self._waiting[0].since
        if since + self._patience <= now + 0.001:
            self.close(Why.SLOW)
        else:
            self._timer = self._loop.call_at(since + self._patience, self._look, since + self._patience)

    # ── the protocol ────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.close(Why.CLOSED)

    def data_received(self, data: bytes) -> None:
        self._octets += len(data)
        if _HUGE.search(self._end + data):
            self.close(Why.NONSENSE, "more items than there can be")
            return
        self._end = data[-16:]
        try:
            self._reader.feed(data)
            while not self.lost.done() and (reply := self._reader.gets()) is not False:
                self._octets = 0
                self._told(reply)
        except (hiredis.ProtocolError, MemoryError, ValueError):
            self.close(Why.NONSENSE, "no RESP")
        if self._octets > LONGEST:
            self.close(Why.NONSENSE, "an endless answer")

    def _told(self, reply: Any) -> None:
        if not self._waiting:
            self.close(Why.NONSENSE, "an answer to nothing")
            return
        one = self._waiting.popleft()
        if isinstance(reply, hiredis.ReplyError):
            said = str(reply)
            if said.startswith("NOSCRIPT") and one.whole:
                self._send(one.whole, one.told, b"")
                return
            first = said.partition(" ")[0]
            error = LostError(_ERRORS.get(first, Why.REFUSED), first[:40])
            one.told(error)
            self.close(error.why, error.said)
            return
        one.told(reply)
