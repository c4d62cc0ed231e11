"""A lane whose writer is another process: what `Lane` is for one worker, for each of several.

Theory of operation. Entries of one turn of the event loop are one message, and so are their receipts; rates, quotas and
signatures are asked of the writer, which alone counts, so that all workers together never let in more than one would.

The writer may end at any moment, and is replaced (`gateway.proxy.workers`). From when its end of the connection closes to
when the next one answers, the lane is *down*: what must be durable is declined, so that AI crawlers get 503; all other
entries are held here, so many at most, and handed over then. Those for which no receipt has come yet may or may not be
written: they are handed over again with the number behind which they would be, and the new writer leaves out what it finds
there. Nobody waits for a writer that is not there but a licensee, whose quota nobody else knows, and not for long.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count, groupby
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from gateway.audit import folder as folders
from gateway.audit import wire
from gateway.audit.cases import Sight
from gateway.audit.lane import BATCH
from gateway.audit.open_lane import Appending, Done, Handed, Left, are_quick, hand_out, items_of
from gateway.audit.orders_file import Snapshot
from gateway.audit.questions import Questions
from gateway.audit.receipt import Event, Item, JournalError, Receipt, State
from gateway.audit.tile_files import newest_checkpoint
from gateway.instants import SECOND
from gateway.rates.counters import Finding, Findings, Take
from gateway.rates.ledger import Booked, Draw
from gateway.vocabulary import Level

#: Seconds between two tries to reach a writer.
AGAIN: Final = 0.02
#: Seconds that an answer is waited for, and that one about a quota is.
PATIENCE: Final = 1.0
QUOTA_PATIENCE: Final = 5.0
#: Entries that wait for a writer, here or under way.
HELD: Final = 50_000
#: Seconds in which what waits must be written when the lane is left.
_LAST: Final = 5.0

_AWAY: Final = wire.Told(State.DOWN, 0, 0, 0, "")


class FarLane(Appending):
    """A lane of another process, for the event loop that `open` was called on."""

    def __init__(self, folder: Path, new_id: Callable[[], str]) -> None:
        """``new_id`` makes a ULID of now; they are ordered by time."""
        self.folder, self.name = folder, ""
        self._new_id = new_id
        #: The orders and holds in force, and who hears of new ones.
        self.orders: Snapshot | None = None
        self.on_orders: Callable[[Snapshot], object] | None = None
        self.on_said: Callable[[Event], object] | None = None
        self.on_mark: Callable[[int], object] | None = None
        self._line: _Line | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._welcomed = asyncio.Event()
        self._told = _AWAY
        self._numbers = count(1)
        #: What is under way, by number, and the number of the last entry that was known when it was handed over.
        self._handed: dict[int, tuple[Sequence[Handed], int]] = {}
        #: The numbers of those that need no sync.
        self._quick: set[int] = set()
        #: Those that are handed over later, and how many entries both are.
        self._gathered: deque[Handed] = deque()
        self._under_way = 0
        #: Decisions that have no outcome yet, and those whose outcome is not known to be written, with what they booked.
        self._open: dict[str, Booked | None] = {}
        self._ending: dict[str, Booked | None] = {}
        #: Decisions that are not known to be written.
        self._unwritten: set[str] = set()
        self._questions = Questions()
        #: Entries that may be in the journal already, if so behind that number; and those that are not.
        self._doubtful: list[Item] = []
        self._behind = 0
        self._held: deque[Item] = deque()
        self._seen = 0
        self._overflowed = 0
        #: The first id that may be of a decision which the writer of now has counted.
        self._since = ""

    async def open(self, patience: float = 30.0) -> Snapshot:
        """Reach the writer; the orders in force. JournalError if it does not answer within so many seconds."""
        self._keeping = asyncio.create_task(self._keep_reaching())
        try:
            await asyncio.wait_for(self._welcomed.wait(), patience)
        except TimeoutError:
            await self.finish()
            raise JournalError("the journal's writer does not answer", "see the log") from None
        assert self.orders is not None
        return self.orders

    # ── what a lane is asked ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> State:
        """Whether entries can be written at this moment."""
        return self._told.state

    @property
    def checkpoint(self) -> str:
        """The newest checkpoint, as it was signed; empty where there is none yet. Of a writer that is gone, the last."""
        return self._told.checkpoint if self._line is not None else newest_checkpoint(self.folder)

    @property
    def last(self) -> int:
        """The number of the last entry, as it was told."""
        return max(self._told.last, self._seen)

    @property
    def waiting(self) -> int:
        """How many entries wait, here or there, for a writer that can write."""
        there = self._told.waiting if self.state is not State.OK else 0
        return len(self._doubtful) + len(self._held) + there

    @property
    def unwritten(self) -> int:
        """How many entries of this process are not known to be written."""
        return self._under_way + len(self._doubtful) + len(self._held)

    @property
    def dropped(self) -> int:
        """How many entries of this process will never be written."""
        return self._overflowed

    @property
    def told(self) -> wire.Told:
        """How the lane stands altogether."""
        return self._told

    def extend(self, items: Sequence[Item], done: Done | None = None) -> int:
        """As `append` for several at once; gives how many, from the first on, were taken."""
        for item in items:
            if item.ends:
                self._ending[item.of] = self._open.pop(item.of, None)
            elif item.of:
                self._open[item.of] = item.booking if isinstance(item.booking, Booked) else None
                self._unwritten.add(item.of)
        if self._line is None:
            self._hold(self._held, items)
            if done is not None:
                asyncio.get_running_loop().call_soon(done, [None] * len(items))
            return len(items)
        taken = min(len(items), max(0, HELD - self._under_way))
        if taken < len(items):
            self._overflowed += sum(item.level is not Level.DURABLE for item in items[taken:])
            items = items[:taken]
        if taken:
            self._under_way += taken
            quick = are_quick(items)
            self._gathered.append(Handed(items, done, quick))
            if not self._quick or not quick:
                self._hand_on()
        return taken

    def take(self, takes: Sequence[Take | Draw], now: int) -> Findings | Awaitable[Findings]:
        """Count a request under each of these rates and quotas, or under none if one refuses it; ``now`` in µs since 1970,
        UTC. While the writer is away rates are not counted, and quotas give nothing."""
        draws = [take for take in takes if isinstance(take, Draw) and not take.free]
        if self._line is None and not draws:
            return ()
        waits = [Finding(one.name, 0, SECOND, one.span.ends - now) for one in draws]
        number = next(self._numbers)
        message = wire.Ask(number, now, [wire.told(take) for take in takes])
        patience = QUOTA_PATIENCE if draws else PATIENCE
        return self._questions.ask(number, message, tuple(waits), patience, keeps=bool(draws))

    def release(self, booked: Booked) -> None:
        """Give back to a license's quota what was taken with a decision that was never handed over. Of all others the writer
        learns from the outcome, and one that is gone has taken its count along."""
        if self._line is not None and booked.id not in self._open and booked.id >= self._since:
            self._line.send(wire.Release(booked.license, booked.day))

    def watch(self, sight: Sight) -> None:
        """Count an article that a reader was let in to; while the writer is away, none is."""
        if self._line is not None:
            self._line.send(wire.Seen(sight))

    def left(self, draws: Sequence[Draw]) -> Awaitable[Sequence[Left]]:
        """What is left of quotas, in the same order; nothing where the writer does not answer."""
        number = next(self._numbers)
        asked = [one for one in map(wire.told, draws) if isinstance(one, wire.Drawn)]
        return self._questions.ask(number, wire.Quotas(number, asked), (), PATIENCE)

    def use(self, used: tuple[str, str, str], until: int, now: int) -> Awaitable[bool | None]:
        """Whether a signature was used before, by any process; from now on it is. None where nobody can say."""
        number = next(self._numbers)
        return self._questions.ask(number, wire.Use(number, used, until, now), None, PATIENCE, keeps=True)

    def rotate_key(self) -> dict[str, Any]:
        """Not from here: the desk of the writer's process does it."""
        raise JournalError("the key is changed by the journal's writer", "see `izin audit rotate-key`")

    def close(self) -> None:
        """Leave at once."""
        if self._keeping is not None:
            self._keeping.cancel()
        if self._line is not None:
            self._line.transport.abort()

    async def finish(self) -> None:
        """Have what waits written, and leave."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _LAST
        while self._welcomed.is_set() and (self._under_way or self._held) and loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self.close()
        if self._keeping is not None:
            with suppress(asyncio.CancelledError):
                await self._keeping

    # ── the connection ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep_reaching(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with suppress(OSError), folders.socket_address(self.folder, folders.LANE_SOCKET) as address:
                _, line = await loop.create_unix_connection(lambda: _Line(self), address)
                await line.lost
            await asyncio.sleep(AGAIN)

    def made(self, line: "_Line") -> None:
        """Introduce ourselves."""
        known = {**self._ending, **self._open}
        written = {id: booked for id, booked in known.items() if id not in self._unwritten}
        line.send(wire.Hello(written, list(self._unwritten)))

    def heard(self, line: "_Line", message: wire.FromWriter) -> None:
        """What the writer says."""
        match message:
            case wire.Accepted(number, level, seqs):
                self._accepted(number, level, seqs)
            case wire.Found(number, answer) | wire.Remaining(number, answer) | wire.Used(number, answer):
                self._questions.answer(number, answer)
            case wire.Told():
                self._told = message
            case wire.Ordered(orders):
                self._ordered(orders)
            case wire.Said(name, details):
                if self.on_said is not None:
                    self.on_said(Event(name, details, 0))
            case wire.Welcome(lane, last, orders):
                self._welcome(line, lane, last, orders)

    def lost(self, line: "_Line") -> None:
        """The writer is gone; everybody who waits is answered."""
        if self._line is not line:
            return
        self._line, self._told = None, _AWAY
        under_way, self._handed, self._under_way = [*self._handed.values()], {}, 0
        handed = [one for batch, _ in under_way for one in batch]
        gathered, self._gathered = self._gathered, deque()
        self._quick.clear()
        if not self._doubtful:
            # Receipts of what needs no sync overtake others, so the oldest of these may stand before the last that was seen.
            self._behind = min((seen for _, seen in under_way), default=self._seen)
        for one in handed:
            self._hold(self._doubtful, one.items)
        for one in gathered:
            self._hold(self._held, one.items)
        self._questions.lost()
        for one in (*handed, *gathered):
            if one.done is not None:
                one.done([None] * len(one.items))

    def _welcome(self, line: "_Line", lane: str, last: int, orders: Snapshot) -> None:
        self._line, self.name, self._since = line, lane, self._new_id()
        self._told = wire.Told(State.OK, last, 0, 0, "")
        self._ordered(orders)
        doubtful, self._doubtful = self._doubtful, []
        held, self._held = list(self._held), deque()
        self._seen = max(self._seen, last) if not doubtful else self._seen
        for start in range(0, len(doubtful), BATCH):
            self._hand_over([Handed(doubtful[start : start + BATCH], None, quick=True)], self._behind)
        for start in range(0, len(held), BATCH):
            self._hand_over([Handed(held[start : start + BATCH], None, quick=True)])
        self._under_way = len(doubtful) + len(held)
        self._questions.found(line.transport)
        self._welcomed.set()

    def _ordered(self, orders: Snapshot) -> None:
        self.orders = orders
        if self.on_orders is not None:
            self.on_orders(orders)

    def _hand_on(self) -> None:
        """Hand over what has gathered.

        What is only written gathers while a batch of such is under way, which is soon back; what is to be synced never waits, for
        the next sync is shared by all that has come by then.
        """
        batch: list[Handed] = []
        size = 0
        while self._gathered and size < BATCH:
            batch.append(self._gathered.popleft())
            size += len(batch[-1].items)
        # Who needs no sync is not to wait for that of others: what is to be synced is a message of its own.
        for _, some in groupby(batch, lambda one: one.quick):
            self._hand_over(list(some))

    def _hand_over(self, batch: Sequence[Handed], after: int | None = None) -> None:
        assert self._line is not None
        number = next(self._numbers)
        items = items_of(batch)
        self._handed[number] = batch, self._seen if after is None else after
        if all(one.quick for one in batch):
            self._quick.add(number)
        self._line.send(self._line.values.batch(number, items, after))

    def _hold(self, among: deque[Item] | list[Item], items: Sequence[Item]) -> None:
        """Keep entries for the next writer, but for those that are nothing once they come late."""
        late = [item for item in items if item.level is not Level.DURABLE]
        room = max(0, HELD - len(self._doubtful) - len(self._held))
        among.extend(late[:room])
        self._overflowed += len(late[room:])
        for item in late[room:]:
            self._ending.pop(item.of, None)
            self._unwritten.discard(item.of)

    def _accepted(self, number: int, level: Level, seqs: list[int]) -> None:
        batch, _ = self._handed.pop(number, ((), 0))
        if not batch:
            return
        items = items_of(batch)
        self._under_way -= len(items)
        self._quick.discard(number)
        if not self._quick:
            self._hand_on()
        # Of entries that were handed over again, the numbers are only those of the ones that were not there yet.
        there = len(seqs) != len(items)
        for at, item in enumerate(items):
            if there or seqs[at] or item.ends:
                self._unwritten.discard(item.of)
            if item.ends:
                self._ending.pop(item.of, None)
        self._seen = max(self._seen, *seqs) if seqs else self._seen
        if not there:
            hand_out(batch, [Receipt(seq, level) if seq else None for seq in seqs])


class _Line(asyncio.Protocol):
    """One connection to the writer."""

    transport: asyncio.Transport

    def __init__(self, lane: FarLane) -> None:
        self._lane = lane
        self._inbox = wire.Inbox()
        self.values = wire.Values()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._lane.made(self)

    def data_received(self, data: bytes) -> None:
        try:
            for octets in self._inbox.messages(data):
                self._lane.heard(self, wire.from_writer.decode(octets))
        except (ValueError, msgspec.MsgspecError):
            self.transport.abort()
            raise

    def connection_lost(self, exc: Exception | None) -> None:
        self._lane.lost(self)
        if not self.lost.done():
            self.lost.set_result(None)

    def send(self, message: msgspec.Struct) -> None:
        """Send a message."""
        self.transport.write(wire.octets_of(message))
