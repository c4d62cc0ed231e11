"""A client's connection, as the exchanges on it see it: the other side of `gateway.proxy.relay`."""

import asyncio

from gateway.enforce.answer import Reply
from gateway.proxy.front import Front
from gateway.proxy.heads import RequestHead
from gateway.request import Request


class Connection(asyncio.Protocol):
    """``keep`` says whether another request may follow, ``choked`` that the client takes no more for now, ``deadline`` when
    `Exchange.expire` is called (seconds of the loop's clock)."""

    __slots__ = ("choked", "deadline", "front", "keep", "transport")

    front: Front
    transport: asyncio.Transport
    deadline: float
    choked: bool
    keep: bool

    def forwarding(self, request: Request, head: RequestHead) -> bytes:
        """The lines that tell the origin where the request comes from."""
        raise NotImplementedError

    def write_reply(self, reply: Reply, *, bodiless: bool, close: bool) -> None:
        """Send an answer of ours; with ``close`` it is the last."""
        raise NotImplementedError

    def feed_exchange(self) -> None:
        """Give the exchange what is there of its request's body."""
        raise NotImplementedError

    def exchange_ended(self, *, whole: bool) -> None:
        """The exchange is over; ``whole`` if its request was read to the end."""
        raise NotImplementedError

    def pace(self) -> None:
        """Let the client send only what can be taken."""
        raise NotImplementedError

    def close_after_writing(self) -> None:
        """Close once everything is written."""
        raise NotImplementedError

    def abort(self) -> None:
        """Close at once, without an end to what was being sent."""
        raise NotImplementedError
