"""A connection that begins with a PROXY header: it waits for that, and then is a `Relay` like any other.

Only trusted proxies may say where a connection comes from, and on such a listener they must: everybody else is cut off,
without an answer, since nobody knows what he would take it for.
"""

import asyncio
from functools import partial
from typing import Any, Final, cast

import structlog

from gateway.proxy.front import Front
from gateway.proxy.limits import FOREVER
from gateway.proxy.peer import STRANGERS, UNKNOWN, Peers
from gateway.proxy.relay import Relay
from gateway.proxy.source import Source, SourceError, read_source

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
            self._cut_off("a peer that is no trusted proxy")
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
        address, peers = self._behind(source)
        relay = Relay(self.front, **self._how, address=address, peers=peers)
        self._transport.set_protocol(relay)
        relay.connection_made(self._transport)
        if rest and not self._transport.is_closing():
            relay.data_received(rest)

    def _behind(self, source: Source) -> tuple[str, Peers]:
        """The address that counts as the connection's, and whose word counts on it: a header that names nobody leaves the
        balancer, whose own forwarding fields would be a client's."""
        if source.address:
            return source.address, self.front.peers
        return self._address, STRANGERS if source.local else UNKNOWN

    def connection_lost(self, exc: Exception | None) -> None:
        self.front.dismiss(self, self._address)
        self.deadline = FOREVER

    @property
    def idle_since(self) -> float:
        """Since it was accepted: nothing was heard so far."""
        return self.deadline - self.front.limits.head_time

    def expire(self) -> None:
        """The deadline has passed."""
        self._cut_off("no PROXY header in time")

    def shutdown(self) -> None:
        """Close: nothing is under way."""
        if not self.front.lenient:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def _cut_off(self, why: str) -> None:
        front = self.front
        front.counters["unannounced"] += 1
        if front.now >= front.tell_again:
            front.tell_again = front.now + TELL
            structlog.get_logger().warning(
                "connection cut off", why=why, so_far=front.counters["unannounced"]
            )
        self.abort()


def connection_class(front: Front, *, announced: bool = False) -> Any:
    """What uvicorn's `Config(http=…)` takes: makes a connection of this front door, one that is ``announced`` by a PROXY
    header."""
    return partial(Announced if announced else Relay, front)
