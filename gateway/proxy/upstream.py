"""Connections to origins: kept alive, handed from exchange to exchange, closed at the first sign of doubt."""

import asyncio
import ssl
from typing import Final, Protocol, cast

import structlog

from gateway.policy.model import Origin
from gateway.proxy.limits import Limits
from gateway.proxy.origin_tls import OriginTLS

#: Seconds between two lines of the log about an origin's TLS.
TELL: Final = 60.0


class Asking(Protocol):
    """An exchange, as its connection to the origin sees it."""

    def connected(self, upstream: "Upstream") -> None:
        """The connection is there."""
        ...

    def unreachable(self, status: int) -> None:
        """There is none: 502 refused or unknown, 504 not in time."""
        ...

    def response_data(self, data: bytes) -> None:
        """Octets of the response."""
        ...

    def upstream_lost(self, *, clean: bool) -> None:
        """The origin has closed; ``clean`` if it ended the connection in order."""
        ...

    def pace(self) -> None:
        """The connection began or ceased to take more."""
        ...


class Upstream(asyncio.Protocol):
    """One connection to an origin. ``asking`` is the exchange it serves, None while it is idle."""

    __slots__ = ("_ended", "asking", "choked", "origin", "paused", "pool", "since", "transport")

    transport: asyncio.Transport  # from `connection_made` on

    def __init__(self, pool: "Pool", origin: Origin) -> None:
        self.pool = pool
        self.origin = origin
        self.asking: Asking | None = None
        self.choked = False
        self.since = 0.0
        self.paused = False
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.asking is not None:
            self.asking.response_data(data)
        else:  # nobody asked for anything
            self.abandon()

    def eof_received(self) -> None:
        # Over TLS this is said of its own end (close_notify, RFC 8446 section 6.1), never of that of TCP, which anybody on
        # the way can bring about.
        self._ended = True

    def connection_lost(self, exc: Exception | None) -> None:
        asking, self.asking = self.asking, None
        self.pool.forget(self)
        if asking is not None:
            asking.upstream_lost(clean=self._ended and exc is None)

    def pause_writing(self) -> None:
        self.choked = True
        if self.asking is not None:
            self.asking.pace()

    def resume_writing(self) -> None:
        self.choked = False
        if self.asking is not None:
            self.asking.pace()

    def pause(self, *, wanted: bool) -> None:
        """Read no more, or read again."""
        if wanted != self.paused and not self.transport.is_closing():
            self.paused = wanted
            if wanted:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def abandon(self) -> None:
        """Close at once; the exchange is not told."""
        self.asking = None
        self.pool.forget(self)
        self.transport.abort()


class Pool:
    """Idle connections by origin, the last used first, and the opening of new ones."""

    def __init__(self, limits: Limits, tls: OriginTLS | None = None) -> None:
        """``tls`` is how `https` origins are met, by default by the authorities of the system."""
        self._limits = limits
        self._idle: dict[Origin, list[Upstream]] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._tls = tls
        self._tell_again = 0.0

    def take(self, origin: Origin) -> Upstream | None:
        """An idle connection, if there is one."""
        idle = self._idle.get(origin)
        while idle:
            upstream = idle.pop()
            if not upstream.transport.is_closing():
                return upstream
        return None

    def give(self, upstream: Upstream, now: float) -> None:
        """Take back a connection whose last exchange ended in order."""
        upstream.asking = None
        upstream.since = now
        if upstream.paused:
            upstream.pause(wanted=False)
        idle = self._idle.setdefault(upstream.origin, [])
        if len(idle) < self._limits.origin_idle:
            idle.append(upstream)
        else:
            upstream.transport.close()

    def forget(self, upstream: Upstream) -> None:
        """A connection is gone."""
        idle = self._idle.get(upstream.origin)
        if idle and upstream in idle:
            idle.remove(upstream)

    def open(self, origin: Origin, asking: Asking) -> None:
        """Open a connection and hand it over; `Asking.unreachable` if there is none in time."""
        task = asyncio.get_running_loop().create_task(self._open(origin, asking))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, origin: Origin, asking: Asking) -> None:
        loop = asyncio.get_running_loop()
        tls = self._secured() if origin.scheme == "https" else None
        try:
            async with asyncio.timeout(self._limits.connect_time):
                _, upstream = await loop.create_connection(
                    lambda: Upstream(self, origin),
                    origin.host.strip("[]"),
                    origin.port,
                    ssl=tls.context if tls else None,
                    server_hostname=tls.name_of(origin) if tls else None,
                )
        except TimeoutError:
            asking.unreachable(504)
        except (OSError, UnicodeError) as error:
            if isinstance(error, ssl.SSLError):
                self._tell(origin, error)
            asking.unreachable(502)
        else:
            asking.connected(upstream)

    def _secured(self) -> OriginTLS:
        if self._tls is None:
            self._tls = OriginTLS.trusting()
        return self._tls

    def _tell(self, origin: Origin, error: ssl.SSLError) -> None:
        """Say why an origin is not believed to be the one, in OpenSSL's words."""
        now = asyncio.get_running_loop().time()
        if now >= self._tell_again:
            self._tell_again = now + TELL
            why = getattr(error, "verify_message", None) or error.reason or type(error).__name__
            structlog.get_logger().error("no TLS with the origin", origin=str(origin), error=str(why))

    def expire(self, now: float) -> None:
        """Close what has been idle for so long that the origin may be closing it just now."""
        oldest = now - self._limits.origin_idle_time
        for idle in self._idle.values():
            while idle and idle[0].since < oldest:
                idle.pop(0).transport.close()

    def close(self) -> None:
        """Close all idle connections and stop opening."""
        for task in self._opening:
            task.cancel()
        for idle in self._idle.values():
            while idle:
                idle.pop().transport.close()
