"""The shared state as one gateway has it: its counters, its orders, and what it says of whether that is to be had."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import structlog

from gateway import warned
from gateway.audit.journal import Journal
from gateway.audit.lane import Lane
from gateway.audit.orders_file import Snapshot
from gateway.instants import SECOND
from gateway.shared import memory
from gateway.shared.address import RedisAddress
from gateway.shared.counters import SharedCounters
from gateway.shared.line import LostError
from gateway.shared.orders import SharedOrders
from gateway.warned import Warned

#: Seconds for which it must have been to be had before an interruption is over.
QUIET: Final = 1.0
#: Seconds that a start waits for it.
_BEGIN: Final = 1.0
#: Seconds that an end waits for others to be told of an order that was given just now.
_END: Final = 1.0
#: Seconds by which clocks may differ before that is told.
_CLOCKS: Final = 2.0
#: Microseconds by which the server's clock may differ and still date orders.
_BELIEVED: Final = 3600 * SECOND
#: Other gateways under the same name, in a row, before that is told.
_CONTESTED: Final = 3


class SharedState:
    """From `open` to `close`, on the journal's event loop."""

    def __init__(
        self, journal: Journal, addresses: Sequence[RedisAddress], password: str, tls: ssl.SSLContext | None
    ) -> None:
        """``password`` is empty where there is none. The journal's lane is written by this process."""
        lane = journal.recorder.lane
        assert isinstance(lane, Lane)
        kept = memory.load(journal.folder)
        wall = journal.clock.wall
        self._addresses = addresses
        self._journal, self._log = journal, structlog.get_logger()
        self.counters = SharedCounters(lane, kept.lane, addresses, password=password, tls=tls, wall=wall)
        link = self._link = self.counters.link
        self.orders = SharedOrders(
            journal.recorder,
            kept,
            self.counters.secret,
            wall=lambda: wall() + (link.ahead if abs(link.ahead) < _BELIEVED else 0),
            keep=partial(memory.save, journal.folder),
            wake=link.wake,
        )
        link.orders_to_tell, link.on_orders = self.orders.to_tell, self.orders.heard
        link.on_told = self.orders.told
        link.on_lost, link.on_back = self._lost, self._back
        #: Why it is not to be had, None if it is; since when (seconds); and how often it was lost.
        self.failing: LostError | None = None
        self.losses = 0
        self._since = 0.0
        self._counts = (0, 0)
        self._ending: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Have requests counted together from now on; waits a moment until that can be."""
        recorder = self._journal.recorder
        before = recorder.on_snapshot

        def ordered(snapshot: Snapshot) -> None:
            if before is not None:
                before(snapshot)
            self.orders.ordered(snapshot.orders)

        recorder.on_snapshot = ordered
        self._journal.count_by(self.counters, self.counters.use)
        self._task = asyncio.create_task(self._link.run())
        try:
            await asyncio.wait_for(self._link.tried.wait(), _BEGIN)
        except TimeoutError:
            self._log.warning("the shared state does not answer yet", redis=self._where)

    async def close(self) -> None:
        """Count together no more."""
        if self._ending is not None:
            self._ending.cancel()
        if self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_END):
                    await self._link.leave()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # ── lost and back ───────────────────────────────────────────────────────────────────────────────────────────────

    def _lost(self, error: LostError) -> None:
        self.losses += self.failing is None or self._ending is not None
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        first, self.failing = self.failing is None, error
        if first:
            self._since, self._counts = time.monotonic(), (self.counters.alone, self.counters.closed)
            self._log.warning(
                "shared state lost", why=error.why.value, said=error.said, redis=self._where, hint=_HINT
            )
            self._journal.recorder.event("shared-state", {"state": "lost", "why": error.why.value})

    def _back(self, address: RedisAddress) -> None:
        if self.failing is None:
            self._log.info("counting with other gateways", redis=str(address), lanes=self._link.lanes)
        elif self._ending is None:
            self._ending = asyncio.get_running_loop().call_later(QUIET, self._over)

    def _over(self) -> None:
        self._ending = self.failing = None
        alone, closed = self._counts
        details = {
            "seconds": round(time.monotonic() - self._since),
            "alone": self.counters.alone - alone,
            "refused": self.counters.closed - closed,
        }
        self._log.warning("shared state back", **details)
        self._journal.recorder.event("shared-state", {"state": "back", **details})

    # ── what is told ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _where(self) -> str:
        return " ".join(map(str, self._addresses))

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What an operator should know."""
        found = []
        if self.failing is not None:
            why = warned.SHARED_WHYS[self.failing.why]
            found.append(warned.SHARED_LOST.of(why=why, where=self._where))
        apart = abs(self._link.ahead) / SECOND
        if apart > _CLOCKS:
            found.append(warned.SHARED_CLOCKS.of(seconds=f"{apart:.0f}"))
        if self._link.contested >= _CONTESTED:
            found.append(warned.SHARED_CONTESTED.of(file=memory.NAME))
        if self.orders.refused:
            found.append(warned.SHARED_FOREIGN.of())
        return tuple(found)

    @property
    def gauges(self) -> dict[str, float]:
        """Figures of the moment, by their metric's name."""
        counters, link = self.counters, self._link
        return {
            "izin_shared_state_ok": float(link.line is not None),
            "izin_shared_state_losses_total": self.losses,
            "izin_shared_state_lanes": link.lanes,
            "izin_shared_state_alone_total": counters.alone,
            "izin_shared_state_refused_total": counters.closed,
            "izin_shared_state_nonsense_total": counters.nonsense,
            "izin_shared_state_clock_seconds": link.ahead / SECOND,
            "izin_shared_state_answer_seconds": link.answered,
        }


_HINT: Final = "rates are counted by each gateway alone, and licensees with a quota get 503 until it answers"
