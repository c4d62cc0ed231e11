"""A connection that begins with a PROXY header: it waits for that, and then is a `Relay` like any other. (Where TLS follows
the header, see `gateway.proxy.secured`.)

Only trusted proxies may say where a connection comes from, and on such a listener they must: everybody else is cut off,
without an answer, since nobody knows what he would take it for.
"""

import asyncio
import socket
from functools import partial
from typing import Any, Final, cast

import structlog

from gateway.proxy.front import Front
from gateway.proxy.limits import FOREVER
from gateway.proxy.peer import STRANGERS, UNKNOWN, Peers
from gateway.proxy.relay import Relay
from gateway.proxy.source import MOST_OCTETS, Source, SourceError, read_source

#: Why connections are cut off.
NOT_TRUSTED: Final = "a peer that is no trusted proxy"
TOO_SLOW: Final = "no PROXY header in time"
#: Seconds between two lines of the log about connections that were cut off.
TELL: Final = 60.0


class Announced(asyncio.Protocol):
    """One client connection before its PROXY header."""

    __slots__ = ("_address", "_how", "_octets", "_transport", "deadline", "front")

    def __init__(self, front: Front, **how: Any) -> None:
        """``how`` is what uvicorn gives to its protocols, for the `Relay` to come."""
        self.front = front
        self._how = how
        self._transport = cast("asyncio.Transport", None)
        self._address = ""
        self._octets = b""
        self.deadline = FOREVER

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        if not self.front.peers.trusts(self._address):
            self._cut_off(NOT_TRUSTED)
        elif not self.front.admit(self, self._address):
            self.abort()
        else:
            self.deadline = self.front.now + self.front.limits.head_time

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        self._octets += data
        try:
            source = read_source(self._octets)
        except SourceError as error:
            self._cut_off(str(error))
            return
        if source is not None:
            self._hand_over(source, self._octets[source.octets :])

    def _hand_over(self, source: Source, rest: bytes) -> None:
        self.front.dismiss(self, self._address)
        self.deadline = FOREVER
        address, peers = behind(self.front, source, self._address)
        relay = Relay(self.front, **self._how, address=address, peers=peers)
        self._transport.set_protocol(relay)
        relay.connection_made(self._transport)
        if rest and not self._transport.is_closing():
            relay.data_received(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        self.front.dismiss(self, self._address)
        self.deadline = FOREVER

    @property
    def idle_since(self) -> float:
        """Since it was accepted: nothing was heard so far."""
        return self.deadline - self.front.limits.head_time

    def expire(self) -> None:
        """The deadline has passed."""
        self._cut_off(TOO_SLOW)

    def shutdown(self) -> None:
        """Close: nothing is under way."""
        if not self.front.lenient:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def _cut_off(self, why: str) -> None:
        tell_cut_off(self.front, why)
        self.abort()


def behind(front: Front, source: Source, balancer: str) -> tuple[str, Peers]:
    """The address that counts as a connection's, and whose word counts on it: a header that names nobody leaves the
    ``balancer``, whose own forwarding fields would be a client's."""
    if source.address:
        return source.address, front.peers
    return balancer, STRANGERS if source.local else UNKNOWN


def tell_cut_off(front: Front, why: str) -> None:
    """Count a connection that is cut off, and say so now and then."""
    front.counters["unannounced"] += 1
    if front.now >= front.tell_again:
        front.tell_again = front.now + TELL
        structlog.get_logger().warning("connection cut off", why=why, so_far=front.counters["unannounced"])


async def source_of(line: socket.socket, seconds: float) -> Source:
    """The header at the beginning of a connection, of which not one octet more is read. SourceError where there is none, or
    not within so many seconds; OSError where the connection breaks."""
    octets = b""
    try:
        async with asyncio.timeout(seconds):
            while True:
                await _readable(line)
                came = line.recv(MOST_OCTETS, socket.MSG_PEEK)
                if not came:
                    raise SourceError("the connection does not begin with a PROXY header")
                source = read_source(octets + came)
                octets += line.recv(len(came) if source is None else source.octets - len(octets))
                if source is not None:
                    return source
    except TimeoutError:
        raise SourceError(TOO_SLOW) from None


async def _readable(line: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    came = asyncio.Event()
    loop.add_reader(line, came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(line)


def connection_class(front: Front, *, announced: bool = False) -> Any:
    """What uvicorn's `Config(http=…)` takes: makes a connection of this front door, one that is ``announced`` by a PROXY
    header."""
    return partial(Announced if announced else Relay, front)
