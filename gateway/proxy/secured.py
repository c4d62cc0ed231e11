"""A connection whose TLS handshake is under way: once that is done it is a `Relay` like any other.

It counts among the connections from the moment it is accepted, and has the time of a head for its handshake, so that who
opens connections and says nothing is no cheaper to bear than in the clear.
"""

import asyncio
import os
import socket
import ssl
from functools import partial
from typing import Any, cast

from gateway.proxy.front import Front
from gateway.proxy.limits import FOREVER
from gateway.proxy.relay import Relay


class Secured(asyncio.Protocol):
    """One client connection before its handshake is done."""

    __slots__ = ("_address", "_context", "_handshake", "_how", "_line", "deadline", "front", "idle_since")

    def __init__(self, front: Front, context: ssl.SSLContext, **how: Any) -> None:
        """``how`` is what uvicorn gives to its protocols, for the `Relay` to come."""
        self.front = front
        self._context = context
        self._how = how
        self._handshake = cast("asyncio.Task[None]", None)
        self._line: socket.socket | None = None
        self._address = ""
        self.idle_since = FOREVER
        self.deadline = FOREVER  # the handshake has one of its own

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        if self.front.admit(self, self._address):
            self.idle_since = self.front.now
            # Nothing was read so far: the socket goes on under a transport that begins with the handshake. (`start_tls` is
            # for connections on which something was said in the clear: here it would race with the client's first octets.)
            self._line = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
            self._line.setblocking(False)
            self._handshake = asyncio.get_running_loop().create_task(self._shake_hands(self._line))
        cast("asyncio.Transport", transport).abort()

    async def _shake_hands(self, line: socket.socket) -> None:
        limits = self.front.limits
        self._line = None  # it is the transport's now
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
        finally:
            self.over()

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
        super().__init__(handshake.front, **how)
        self._handshake = handshake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._handshake.over()
        super().connection_made(transport)


def secured_class(front: Front, context: ssl.SSLContext) -> Any:
    """What uvicorn's `Config(http=…)` takes: makes a connection of this front door that begins with a TLS handshake."""
    return partial(Secured, front, context)
