"""A connection whose TLS handshake is under way: once that is done it is a `Relay` like any other. Before it there may be a
PROXY header, in the clear (`gateway.proxy.announced`).

It counts among the connections from the moment it is accepted, and has the time of a head for its handshake, so that who
opens connections and says nothing is no cheaper to bear than in the clear.
"""

import asyncio
import os
import socket
import ssl
from functools import partial
from typing import Any, cast

from gateway.proxy.announced import NOT_TRUSTED, behind, source_of, tell_cut_off
from gateway.proxy.front import Front
from gateway.proxy.limits import FOREVER
from gateway.proxy.relay import Relay
from gateway.proxy.source import SourceError


class Secured(asyncio.Protocol):
    """One client connection before its handshake is done."""

    __slots__ = (
        "_address",
        "_announced",
        "_context",
        "_handshake",
        "_how",
        "_line",
        "deadline",
        "front",
        "idle_since",
    )

    def __init__(self, front: Front, context: ssl.SSLContext, *, announced: bool = False, **how: Any) -> None:
        """``how`` is what uvicorn gives to its protocols, for the `Relay` to come; with ``announced`` a PROXY header comes before
        the handshake."""
        self.front = front
        self._context, self._announced = context, announced
        self._how = how
        self._handshake = cast("asyncio.Task[None]", None)
        self._line: socket.socket | None = None
        self._address = ""
        self.idle_since = FOREVER
        self.deadline = FOREVER  # the handshake has one of its own

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        if self._announced and not self.front.peers.trusts(self._address):
            tell_cut_off(self.front, NOT_TRUSTED)
        elif self.front.admit(self, self._address):
            self.idle_since = self.front.now
            self._go_on(transport.get_extra_info("socket").fileno())
        cast("asyncio.Transport", transport).abort()

    def _go_on(self, number: int) -> None:
        """Begin with the handshake: nothing was read so far, so the socket goes on under a transport that does. (`start_tls` is
        for connections on which something was said in the clear: here it would race with the client's first octets.)"""
        try:
            line = socket.socket(fileno=os.dup(number))
        except OSError:  # this process has no descriptor left
            self.front.counters["connections-refused"] += 1
            self.over()
            return
        line.setblocking(False)
        self._line = line
        self._handshake = asyncio.get_running_loop().create_task(self._begin(line))

    async def _begin(self, line: socket.socket) -> None:
        self._line = None  # it is the task's now
        try:
            if self._announced and not await self._hear_whose(line):
                line.close()
            else:
                await self._shake_hands(line)
        finally:
            self.over()

    async def _hear_whose(self, line: socket.socket) -> bool:
        """Read the PROXY header; whether the connection may stay."""
        front = self.front
        try:
            source = await source_of(line, front.limits.head_time)
        except SourceError as error:
            tell_cut_off(front, str(error))
            return False
        except OSError:
            return False
        except asyncio.CancelledError:
            line.close()
            raise
        self.over()
        self._address, self._how["peers"] = behind(front, source, self._address)
        self._how["address"] = self._address
        return front.admit(self, self._address)

    async def _shake_hands(self, line: socket.socket) -> None:
        limits = self.front.limits
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: _Greeted(self, self._how),
                line,
                ssl=self._context,
                ssl_handshake_timeout=limits.head_time,
                ssl_shutdown_timeout=limits.linger_time,
            )
        except OSError:  # also ssl.SSLError: no TLS, none that we speak, too slow, or the client went away
            self.front.counters["handshakes-failed"] += 1

    def over(self) -> None:
        """The handshake has ended: whatever comes now counts by itself."""
        self.front.dismiss(self, self._address)

    def expire(self) -> None:
        """Never called, for ``deadline`` is never."""

    def shutdown(self) -> None:
        """Close: nothing is under way."""
        if not self.front.lenient:
            self.abort()

    def abort(self) -> None:
        """Close at once."""
        self.over()
        self._handshake.cancel()
        if self._line is not None:  # it had not begun
            self._line.close()


class _Greeted(Relay):
    """The connection after its handshake."""

    __slots__ = ("_handshake",)

    def __init__(self, handshake: Secured, how: dict[str, Any]) -> None:
        super().__init__(
            handshake.front,
            server_state=how.get("server_state"),
            address=how.get("address", ""),
            peers=how.get("peers"),
        )
        self._handshake = handshake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._handshake.over()
        super().connection_made(transport)


def secured_class(front: Front, context: ssl.SSLContext, *, announced: bool = False) -> Any:
    """What uvicorn's `Config(http=…)` takes: makes a connection of this front door that begins with a TLS handshake, after the
    PROXY header of one that is ``announced``."""
    return partial(Secured, front, context, announced=announced)
