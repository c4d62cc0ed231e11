"""What one client or origin may cost: sizes in octets, times in seconds."""

from dataclasses import dataclass, replace
from typing import Final

from gateway.settings import DEFAULT_ORIGIN_REQUESTS

#: Later than any time: of what has no deadline, and of what is not idle.
FOREVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the front door. A time counts from the last progress, except ``head_time``, which is for the whole head.
    In each ``body_time`` a request's body must bring ``body_least`` octets, or its end.

    ``connections`` and ``connections_per_address`` count client connections, those of one IPv6 /64 as of one address;
    trusted proxies are counted only in the first. ``held`` is how much of a message is kept in memory while the other side
    is slower, or while the entry is being written; TCP makes the sender wait for the rest. Every time is kept to within a
    ``tick``, the time between two looks at all connections. ``leave_time`` is how long an idle connection stays open when the
    gateway ends, for the request that may be on its way. ``origin_requests`` is how many requests origins are asked at once
    before machines make way (`gateway.shedding`), ``origin_requests_per_address`` how many of them one address of these may
    have.
    """

    head: int = 65_536
    fields: int = 100
    target: int = 16_384
    head_time: float = 10.0
    body_time: float = 30.0
    body_least: int = 8192
    idle_time: float = 75.0
    connections: int = 10_000
    connections_per_address: int = 512
    held: int = 262_144
    connect_time: float = 5.0
    origin_head_time: float = 60.0
    origin_body_time: float = 300.0
    origin_idle_time: float = 4.0
    origin_idle: int = 64
    origin_requests: int = DEFAULT_ORIGIN_REQUESTS
    origin_requests_per_address: int = 32
    stall_time: float = 60.0
    tunnel_time: float = 600.0
    linger: int = 1_048_576
    linger_time: float = 2.0
    leave_time: float = 0.25
    tick: float = 0.5

    def share(self, workers: int) -> "Limits":
        """The bounds of one of so many workers, of what is bounded for all of them together."""
        if workers == 1:
            return self
        return replace(
            self,
            origin_requests=-(-self.origin_requests // workers),
            origin_requests_per_address=-(-self.origin_requests_per_address // workers),
        )
