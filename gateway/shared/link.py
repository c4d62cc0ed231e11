"""The link of one lane to the shared state: reached, kept, and reached again.

Theory of operation. Of several addresses the first that is no replica is used. Before anything is asked on a connection the
lane says what it took from quotas, which is what its journal says; that replaces what the server has, so that nothing that a
server forgot is forgotten. It does so under a *generation*, a number that the server gives and each request names: what an
earlier connection still had under way counts no more. Under a server that has begun anew, or is another one (``run``), all
lanes say so; what a lane knows of the others it says too, as the least that they took.

A lost connection is the circuit breaker: while there is none, nobody waits for it.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

import structlog

from gateway.instants import SECOND
from gateway.rates.ledger import Days
from gateway.shared.address import RedisAddress
from gateway.shared.answers import Beat, Views, beat_in, packed
from gateway.shared.line import Line, LostError, Script, Why

#: Seconds between two beats, and every how many of them it is asked what others took.
BEAT: Final = 0.4
LOOK: Final = 10
#: Seconds after which a lane that is not heard of is gone: what it took by then counts, and nobody waits for it.
GONE: Final = 10
#: Seconds between two tries, at first and at most, and after which a connection is a steady one.
AGAIN: Final = 0.05
LATER: Final = 2.0
STEADY: Final = 5.0
_RUN: Final = re.compile(rb"^run_id:([0-9a-zA-Z]{1,64})\r?$", re.MULTILINE)
#: An order: what it is about, when it was given (µs UTC), its text.
Order = tuple[str, int, str]


class Keys:
    """What the keys of one site are called: all in one slot of a cluster."""

    def __init__(self, site: str) -> None:
        self.prefix = f"izin:{{{site}}}:"
        self.state, self.orders = f"{self.prefix}state", f"{self.prefix}orders"


class Link:
    """The link of one lane, for the event loop that `run` is called on."""

    def __init__(
        self,
        addresses: Sequence[RedisAddress],
        keys: Keys,
        lane: str,
        *,
        password: str,
        tls: ssl.SSLContext | None,
        wall: Callable[[], int],
        taken: Callable[[], tuple[Days, int]],
    ) -> None:
        """``lane`` names it among all; ``taken`` gives what it took from quotas, and a number that is another one where that
        changed otherwise than by what was asked here."""
        self._addresses, self._keys, self._lane = addresses, keys, lane
        self._password, self._tls, self._wall, self._taken = password, tls, wall, taken
        self._line: Line | None = None
        self._run = self.generation = ""
        self._said = -1
        self._version = self._changes = "-1"
        self._wake = asyncio.Event()
        self.tried = asyncio.Event()
        #: Called when the state is lost, with why, and when it is to be had.
        self.on_lost: Callable[[LostError], object] = lambda _: None
        self.on_back: Callable[[RedisAddress], object] = lambda _: None
        #: Gives the orders that others may not know, and takes theirs.
        self.orders_to_tell: Callable[[], Sequence[Order]] = tuple
        self.on_told: Callable[[Sequence[Order]], object] = lambda _: None
        self.on_orders: Callable[[dict[str, tuple[int, str]]], bool] = lambda _: True
        #: How many lanes there are, what others took, µs by which the server's clock is ahead, seconds of the last beat.
        self.lanes = 1
        self.views: Views = {}
        self.ahead = 0
        self.answered = 0.0
        #: How often in a row another one had said under our name what it took.
        self.contested = 0

    @property
    def line(self) -> Line | None:
        """A connection on which requests may be counted."""
        line = self._line
        return None if line is None or line.lost.done() else line

    def wake(self) -> None:
        """There is something to tell."""
        self._wake.set()

    async def leave(self) -> None:
        """Tell what nobody was told yet, before `run` is cancelled."""
        line = self.line
        if line is not None and self.orders_to_tell():
            with suppress(LostError):
                await self._beat(line, "beat", look=False)

    async def run(self) -> None:
        """Keep the link, for ever."""
        loop, pause = asyncio.get_running_loop(), AGAIN
        while True:
            since = loop.time()
            try:
                await self._keep()
            except LostError as error:
                self.on_lost(error)
            except Exception as error:  # noqa: BLE001 -- a mistake of ours must not end the link for good
                structlog.get_logger().error("the link to the shared state failed", exc_info=error)
                self.on_lost(LostError(Why.NONSENSE, type(error).__name__))
            self.tried.set()
            pause = AGAIN if loop.time() - since > STEADY else min(2 * pause, LATER)
            await asyncio.sleep(pause)

    async def _keep(self) -> None:
        """One connection, from its beginning to its end. LostError tells why it has ended."""
        line, address = await self._reach()
        try:
            self._line = line
            line.lost.add_done_callback(lambda _: self._wake.set())
            self.on_back(address)
            self.tried.set()
            beats = 0
            while True:
                if not self.orders_to_tell():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(BEAT):
                            await self._wake.wait()
                self._wake.clear()
                if line.lost.done():
                    raise line.lost.result()
                beats += 1
                # What was changed here alone is said when nothing is under way that might have changed it there.
                say = self._taken()[1] != self._said and not line.waiting
                await self._beat(line, "say" if say else "beat", look=beats % LOOK == 1)
        finally:
            self._line = None
            line.close()

    async def _reach(self) -> tuple[Line, RedisAddress]:
        lost = LostError(Why.UNREACHABLE)
        for address in self._addresses:
            try:
                line = await Line.to(address, self._tls, self._password)
            except LostError as error:
                lost = error
                continue
            try:
                self._run, self._version = await _run_of(line), "-1"
                await self._beat(line, "say", look=True)
            except LostError as error:
                line.close()
                lost = error
                continue
            except BaseException:
                line.close()
                raise
            return line, address
        raise lost

    async def _beat(self, line: Line, kind: str, *, look: bool) -> None:
        own: list[str | bytes | int] = []
        others: list[str | bytes | int] = []
        days, tag = self._taken()
        if kind == "say":
            for license, counts in days.items():
                own += (license, packed(counts))
            for lane, known in self.views.items():
                for license, view in known.items():
                    others += (lane, license, packed(view))
        told = self.orders_to_tell()
        orders: list[str | bytes | int] = [word for one in told for word in one]
        loop, sent = asyncio.get_running_loop(), self._wall()
        begun = loop.time()
        reply = await line.ran(
            Script.named("beat"),
            (self._keys.state, self._keys.orders),
            *(self._lane, self.generation, self._run, kind, GONE * SECOND, self._version),
            self._changes if look else "-",
            *(len(own) // 2, *own, len(others) // 3, *others, len(orders) // 3, *orders),
        )
        self.answered = loop.time() - begun
        beat = _read(line, reply, self._lane)
        if kind == "say":
            self.generation, self._said = beat.generation, tag
            self.contested = self.contested + 1 if beat.contested else 0
        self.lanes = max(1, beat.lanes)
        self.ahead = beat.now - (sent + self._wall()) // 2
        if look:
            self._changes = beat.changes
            self.views = beat.views or self.views
        if told:
            self.on_told(told)
        if beat.orders is None or self.on_orders(beat.orders):
            self._version = beat.version


async def _run_of(line: Line) -> str:
    """What runs the server: another name after each start. LostError where it is a replica, or does not tell."""
    role, info = await line.asked("ROLE"), await line.asked("INFO", "server")
    if not isinstance(role, list) or not role or role[0] != b"master":
        raise LostError(Why.REPLICA)
    run = _RUN.search(info) if isinstance(info, bytes) else None
    if run is None:
        raise LostError(Why.NONSENSE, "no run_id")
    return run[1].decode()


def _read(line: Line, reply: Any, lane: str) -> Beat:
    """A beat; LostError, and the end of the connection, where it is none."""
    try:
        beat = beat_in(reply, lane)
    except (ValueError, UnicodeDecodeError) as error:
        line.close(Why.NONSENSE, str(error)[:80])
        raise line.lost.result() from None
    if isinstance(beat, str):
        line.close(Why.EMPTIED if beat == "stale" else Why.NONSENSE, beat)
        raise line.lost.result()
    return beat


def within(days: dict[date, int], first: date, last: date) -> int:
    """How many of these lie between two days, both included."""
    return sum(count for day, count in days.items() if first <= day <= last)
