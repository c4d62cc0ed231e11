"""What several workers of one gateway ask each other, by way of their supervisor.

A proxy beside us asks whichever worker takes its connection, and fetches a refusal, or logs how a request ended, without
knowing which that was. The decision's id tells: of its characters of chance the first two are the worker's own (`mark_of`). So
whoever is asked for a refusal of another worker gets it from that one, and whoever reads the log hands each line on to the
one that waits for it.

Messages are those of `gateway.audit.wire` in form; the supervisor passes them on and does not look inside.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from gateway.enforce.answer import Fields, Reply
from gateway.proxy.ids import number_of
from gateway.vocabulary import End

#: Seconds that another worker may take to answer.
PATIENCE: Final = 1.0


class Line(NamedTuple):
    """How a request ended by a proxy's log: its decision, the status and body octets that the client got, and the end."""

    decision: str
    status: int | None
    octets: int
    end: End


class _Message(Struct, array_like=True, tag=True):
    """Any of those below."""


class Fetch(_Message):
    """Asks for a refusal that is held there, answered by `Fetched`."""

    number: int
    id: str


class Fetched(_Message):
    """The refusal's status, fields, body and lines, None if it is not held."""

    number: int
    reply: tuple[int, Fields, bytes, bytes] | None


class Ended(_Message):
    """Requests that were let pass there have ended; those that nobody waits for come back as `NotOpen`."""

    lines: list[Line]


class NotOpen(_Message):
    """Nobody here waits for these."""

    lines: list[Line]


_decode: Final = msgspec.msgpack.Decoder(Fetch | Fetched | Ended | NotOpen).decode
_encode: Final = msgspec.msgpack.Encoder().encode


class Siblings:
    """The other workers, as one of them sees them."""

    def __init__(self, own: int, many: int, send: Callable[[int, bytes], object]) -> None:
        """This is worker number ``own`` of so ``many``, from 0 on; ``send`` brings octets to another one's `hear`."""
        self._own, self._many, self._send_to = own, many, send
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Reply | None]] = {}
        #: Gives a refusal that is held here; ends a request that waits here for its end, and says whether it did; is told of
        #: those for whose end nobody waits.
        self.held: Callable[[str], Reply | None] = lambda _id: None
        self.end: Callable[[Line], bool] = lambda _line: False
        self.not_open: Callable[[Sequence[Line]], object] = lambda _lines: None

    def whose(self, id: str) -> int | None:
        """The number of the other worker that made a decision; None for one of our own, or of nobody here."""
        number = number_of(id)
        return None if number == self._own or number >= self._many else number

    async def fetch(self, whose: int, id: str) -> Reply | None:
        """A refusal that another worker holds; None if it does not, or does not answer."""
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send(whose, Fetch(number, id))
        try:
            return await asyncio.wait_for(waiting, PATIENCE)
        except TimeoutError:
            return None
        finally:
            del self._waiting[number]

    def tell_ended(self, whose: int, lines: Sequence[Line]) -> None:
        """Tell another worker how requests ended; `not_open` is called with those for whose end it does not wait."""
        self._send(whose, Ended(list(lines)))

    def hear(self, sender: int, octets: bytes) -> None:
        """What another worker says."""
        match _decode(octets):
            case Fetch(number, id):
                held = self.held(id)
                told = None if held is None else (held.status, held.fields, held.body, held.lines)
                self._send(sender, Fetched(number, told))
            case Fetched(number, reply):
                waiting = self._waiting.get(number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(None if reply is None else Reply(*reply))
            case Ended(lines):
                if left := [line for line in lines if not self.end(line)]:
                    self._send(sender, NotOpen(left))
            case NotOpen(lines):
                self.not_open(lines)

    def _send(self, to: int, message: Any) -> None:
        self._send_to(to, _encode(message))
