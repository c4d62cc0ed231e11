"""What the supervisor and its children say to each other, over the socket that is a child's standard input.

A child is begun with `Begin`; when the socket ends, however it does, so does the child. Messages are those of
`gateway.audit.wire` in form. What only Python knows, a policy with all that was compiled from it, is pickled: it goes from
the supervisor to its own children and never the other way, so that whoever talks to the world hands nothing to be run to
whoever does not.
"""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec
from msgspec import Struct

from gateway.audit import wire
from gateway.proxy.figures import Figures
from gateway.shared.begin import NOT_SHARED, Sharing
from gateway.warned import Warned


class _Message(Struct, array_like=True, tag=True):
    """Any of those below."""


class Begin(_Message):
    """To a child: what it is to do, pickled."""

    spec: bytes


class Judge(_Message):
    """To a worker: the version (pickled) to judge by from now on, answered by `Judging`."""

    number: int
    version: bytes


class Origins(_Message):
    """To a worker: robots.txt of origins that are new (pickled, by name), and names that are forgotten."""

    files: bytes
    gone: list[str]


class Promises(_Message):
    """To a worker: whether entries can be promised, as the texts that they name are kept."""

    kept: bool


class Look(_Message):
    """To a child: what are its figures? Answered by `Counted`."""

    number: int


class Renew(_Message):
    """To a worker: read the listener's certificate anew."""


class Warn(_Message):
    """To the writer: what the gateway warns of."""

    warnings: list[Warned]


class Drain(_Message):
    """To a child: take nothing more on, and end within so many seconds."""

    seconds: float


class Loaded(_Message):
    """From a child: it has loaded what it needs, and waits for `Begin`."""


class Ready(_Message):
    """From a child: it does its work."""


class Failed(_Message):
    """From a child: it cannot begin; in words for people, with a hint."""

    what: str
    hint: str


class Judging(_Message):
    """From a worker: it judges by the version with that number."""

    number: int


class Wanted(_Message):
    """From a worker: somebody asks for a name under a wildcard of the policy."""

    pattern: str
    name: str


class ToSibling(_Message):
    """From a worker: for the worker with that number, from 0 on; passed on as `FromSibling`."""

    to: int
    octets: bytes


class FromSibling(_Message):
    """To a worker: from the worker with that number."""

    sender: int
    octets: bytes


class Counted(_Message):
    """From a child: its figures."""

    number: int
    figures: Figures


class WriterSpec(NamedTuple):
    """What a writer begins with: the journal's folder and site; so many processes go on from the one before
    (``resumes``), 0 at the first start; and what it shares with other gateways."""

    journal: Path
    site: str
    resumes: int
    sharing: Sharing = NOT_SHARED


ToChild = Begin | Judge | Origins | Promises | Look | Renew | Warn | Drain | FromSibling
FromChild = Loaded | Ready | Failed | Judging | Wanted | Counted | ToSibling
to_child: Final = msgspec.msgpack.Decoder(ToChild)
from_child: Final = msgspec.msgpack.Decoder(FromChild)


class Channel(asyncio.Protocol):
    """One end of the socket. ``heard`` is called with each message, ``closed`` is done when the other end is gone."""

    transport: asyncio.Transport

    def __init__(self, decoder: "msgspec.msgpack.Decoder[Any]", heard: Callable[[Any], object]) -> None:
        self._decoder, self.heard = decoder, heard
        self._inbox = wire.Inbox()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def over(
        cls, end: socket.socket, decoder: "msgspec.msgpack.Decoder[Any]", heard: Callable[[Any], object]
    ) -> "Channel":
        """A channel over a connected socket, which is its own from now on."""
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_unix_connection(lambda: cls(decoder, heard), sock=end)
        return channel

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        for octets in self._inbox.messages(data):
            self.heard(self._decoder.decode(octets))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def send(self, message: Struct) -> None:
        """Send a message; nothing if the other end is gone."""
        if not self.transport.is_closing():
            self.transport.write(wire.octets_of(message))

    def close(self) -> None:
        """Hang up, once all that was sent is through."""
        self.transport.close()
