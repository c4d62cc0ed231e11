"""The lane as a service to other processes: what each of them hands over goes to the writer, and its answers go back.

It answers on a Unix socket in the journal's folder (`far_lane` is the other end). Of each connection it remembers which
decisions have no outcome yet: when a process ends in the middle of its work, their outcomes are written as *unknown*, so
that no decision stands without one. What a process of before may have handed over already (`Batch.after`) is looked up in
the journal and left out.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

import msgspec
import structlog

from gateway.audit import folder as folders
from gateway.audit import wire
from gateway.audit.gap import Gap
from gateway.audit.journal import Journal
from gateway.audit.lane import Lane
from gateway.audit.orders_file import Snapshot
from gateway.audit.reader import Damage, Entry, Position, Reader
from gateway.audit.receipt import Item, Receipt, State
from gateway.rates.ledger import Booked, Settled
from gateway.record import decided_or_ended, outcome_entry
from gateway.signatures.replays import Replays
from gateway.vocabulary import End, Level

#: Seconds between two looks whether there is something to tell.
LOOK: Final = 0.2
#: Seconds that the processes of before have to connect to a new writer, and entries before it that are looked through for
#: decisions of which none of them knows.
CONNECT: Final = 30.0
LOOKED_BACK: Final = 20_000


class LaneService:
    """Serves one lane to the processes that connect, from `open` to `close`."""

    def __init__(self, journal: Journal, lane: Lane, expected: int = 0) -> None:
        """``expected``: so many processes go on from an earlier writer, and will connect."""
        self.journal, self.lane, self._expected = journal, lane, expected
        self.replays = Replays()
        self.lines: set[_Line] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._dropped = lane.dropped
        self._told: wire.Told | None = None
        self._gap: Gap | None = None
        journal.recorder.on_snapshot = self._ordered

    async def open(self) -> None:
        """Begin to listen. JournalError where that cannot be."""
        listener = folders.listener(self.journal.folder, folders.LANE_SOCKET)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(partial(_Line, self), sock=listener)
        self.begin(self._keep_telling())
        if self._expected:
            self.begin(self._end_orphans())

    async def close(self, patience: float) -> None:
        """Listen no more; those who are connected have so many seconds to leave."""
        if self._server is None:
            return
        self._server.close()
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while self.lines and loop.time() < until:  # noqa: ASYNC110 -- connections are few and end by themselves
            await asyncio.sleep(0.01)
        for line in list(self.lines):
            line.transport.abort()
        await asyncio.sleep(0)  # what they leave open is handed over by now
        for task in self._tasks:
            task.cancel()
        with suppress(FileNotFoundError):
            (self.journal.folder / folders.LANE_SOCKET).unlink()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside all other."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def said(self, name: str, details: dict[str, Any]) -> None:
        """Tell everybody what the writer said of itself."""
        self._send(wire.Said(name, details))

    def state(self) -> wire.Told:
        """How the lane stands."""
        lane = self.lane
        return wire.Told(lane.state, lane.last, lane.waiting, lane.dropped, lane.checkpoint)

    def orders(self) -> Snapshot:
        """The orders and holds in force."""
        return self.journal.recorder.snapshot

    def _ordered(self, orders: Snapshot) -> None:
        self._send(wire.Ordered(orders))

    def _send(self, message: msgspec.Struct) -> None:
        octets = wire.octets_of(message)
        for line in self.lines:
            line.transport.write(octets)

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if (now := self.state()) != self._told:
                self._told = now
                self._send(now)
            self._watch(now)

    def tell(self) -> None:
        """Tell everybody at once if the lane can or cannot be written since they were told last, for entries say what is promised."""
        now = self.state()
        if self._told is None or now.state is not self._told.state:
            self._told = now
            self._send(now)

    async def _end_orphans(self) -> None:
        """Write how those decisions ended that a worker had made which ended while there was no writer: nobody knows."""
        loop = asyncio.get_running_loop()
        until = loop.time() + CONNECT
        while len(self.lines) < self._expected and loop.time() < until:  # noqa: ASYNC110 -- they come by themselves
            await asyncio.sleep(LOOK)
        last, known = self.lane.last, {id for line in self.lines for id in (*line.open, *line.doubtful)}
        while self.lane.waiting:  # noqa: ASYNC110 -- what was handed over by now is to be written first
            await asyncio.sleep(LOOK)
        settled = asyncio.Event()  # and what is to be synced, else nobody can read it
        self.lane.aside(partial(loop.call_soon_threadsafe, settled.set))
        await settled.wait()
        found = await asyncio.to_thread(_without_outcome, Reader(self.journal.folder), last)
        self.end({id: None for id in found if id not in known})

    async def end_doubtful(self, ids: set[str]) -> None:
        """Likewise of decisions of which it is not known whether they are written, since whoever made them is gone."""
        found = await asyncio.to_thread(_without_outcome, Reader(self.journal.folder), self.lane.last)
        self.end(dict.fromkeys(found & ids))

    def end(self, decisions: Mapping[str, Booked | None]) -> None:
        """Write of decisions that nobody knows how they ended; what they booked is given back."""
        now, entries = self.journal.clock.wall(), []
        for id, booked in decisions.items():
            entry, settled = outcome_entry(id, now, None, 0, End.UNKNOWN), None
            if booked is not None:
                self.journal.counters.release(booked)
            if booked is not None or self.lane.is_booked(id):
                settled = Settled(id, kept=False)
            entries.append(Item(entry, Level.WRITTEN, booking=settled, of=id, ends=True))
        if entries:
            self.lane.extend(entries)

    def _watch(self, now: wire.Told) -> None:
        """Entries that the writer lost, after they were handed over, are a gap of its own."""
        at = self.journal.clock.wall()
        if now.dropped > self._dropped:
            self._gap = self._gap or Gap(at, self._dropped)
            self._dropped, self._gap.until = now.dropped, at
        if self._gap is not None and now.state is State.OK and not now.waiting:
            gap, self._gap = self._gap, None
            self.journal.recorder.event("gap", gap.details(now.dropped))


class _Line(asyncio.Protocol):
    """One process that is connected."""

    transport: asyncio.Transport

    def __init__(self, service: LaneService) -> None:
        self._service, self._lane = service, service.lane
        self._inbox, self._known = wire.Inbox(), wire.Known()
        #: Decisions that may be in the journal, and are handed over again if they are not.
        self.doubtful: set[str] = set()
        #: Decisions without an outcome, and what they booked.
        self.open: dict[str, Booked | None] = {}
        #: Messages that wait until it is known what the journal has.
        self._waiting: deque[wire.ToWriter] = deque()
        self._looking = False
        self._work: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._service.lines.discard(self)
        self._leave()

    def _leave(self, *_: object) -> None:
        """Write how that ended which nobody else will say, once all that was said is taken."""
        if self._work is not None and not self._work.done():
            self._work.add_done_callback(self._leave)
            return
        left, self.open = self.open, {}
        self._service.end(left)
        if self.doubtful:
            self._service.begin(self._service.end_doubtful(self.doubtful))

    def data_received(self, data: bytes) -> None:
        try:
            for octets in self._inbox.messages(data):
                message = wire.to_writer.decode(octets)
                if self._looking:
                    self._waiting.append(message)
                else:
                    self._take(message)
        except (ValueError, IndexError, msgspec.MsgspecError) as error:
            structlog.get_logger().error("a process is not understood", error=type(error).__name__)
            self.transport.abort()

    def _take(self, message: wire.ToWriter) -> None:
        lane, counters = self._lane, self._service.journal.counters
        match message:
            case wire.Batch(number, _, _, _, after):
                items = self._known.items(message)
                if after is None:
                    self._hand_over(number, items)
                else:
                    self._looking = True
                    self.transport.pause_reading()
                    self._work = asyncio.create_task(self._hand_over_rest(number, items, after))
            case wire.Ask(number, now, takes):
                counted = counters.take([wire.heard(take) for take in takes], now)
                self._answer(counted, partial(wire.Found, number))
            case wire.Release(license, day):
                counters.release(Booked("", license, day))
            case wire.Quotas(number, draws):
                left = counters.left([wire.drawn(one) for one in draws])
                self._answer(left, lambda found: wire.Remaining(number, tuple(found)))
            case wire.Use(number, used, until, now):
                use = self._service.journal.use
                before = (
                    self._service.replays.seen(used, until, now) if use is None else use(used, until, now)
                )
                self._answer(before, partial(wire.Used, number))
            case wire.Seen(sight):
                self._service.journal.recorder.people.watch(sight)
            case wire.Hello(open_, doubtful):
                self.doubtful = set(doubtful)
                # What was booked counts only as far as the journal knows of it.
                self.open = {
                    id: booked if booked is not None and lane.is_booked(id) else None
                    for id, booked in open_.items()
                }
                service = self._service
                self._send(wire.Welcome(lane.name, lane.last, service.orders()))
                self._send(service.state())
                service.lines.add(self)

    def _hand_over(self, number: int, items: Sequence[Item]) -> None:
        if self.doubtful:
            self.doubtful.difference_update(item.of for item in items)
        for item in items:
            if item.ends:
                self._settle(item)
            elif item.of:
                self.open[item.of] = item.booking if isinstance(item.booking, Booked) else None
        taken = self._lane.extend_here(items, partial(self._accepted, number, len(items)))
        if not taken:
            self._accepted(number, len(items), ())

    def _settle(self, item: Item) -> None:
        """An outcome: what was booked is given back, if it does not stand."""
        booked = self.open.pop(item.of, None)
        if booked is not None and isinstance(item.booking, Settled) and not item.booking.kept:
            self._service.journal.counters.release(booked)

    async def _hand_over_rest(self, number: int, items: Sequence[Item], after: int) -> None:
        """Hand over those of the entries that the journal does not have behind number ``after``."""
        there = await asyncio.to_thread(lambda: set(_written(Reader(self._service.journal.folder), after)))
        rest = [item for item in items if (item.of, item.ends) not in there]
        for item in items:
            if (item.of, item.ends) not in there:
                continue
            self.doubtful.discard(item.of)
            if item.ends:
                self.open.pop(item.of, None)
            elif item.of:
                self.open.setdefault(item.of, None)
        if len(rest) < len(items):
            structlog.get_logger().info("entries were written already", entries=len(items) - len(rest))
        self._hand_over(number, rest)
        self._looking = False
        while self._waiting and not self._looking:
            self._take(self._waiting.popleft())
        if not self._looking and not self.transport.is_closing():
            self.transport.resume_reading()

    def _accepted(self, number: int, of: int, receipts: Sequence[Receipt | None]) -> None:
        # Of entries that were handed over together, all are as safe as the safest: who waits for a sync has them wait too.
        safe = any(one is not None and one.level is Level.DURABLE for one in receipts)
        level = Level.DURABLE if safe else Level.WRITTEN
        seqs = [0 if one is None else one.seq for one in receipts]
        if 0 in seqs:
            self._service.tell()
        self._send(wire.Accepted(number, level, seqs + [0] * (of - len(seqs))))

    def _answer(self, answer: Any, message: Callable[[Any], msgspec.Struct]) -> None:
        """Send an answer, as soon as it is there."""
        if isinstance(answer, Awaitable):
            self._service.begin(self._answer_later(answer, message))
        else:
            self._send(message(answer))

    async def _answer_later(self, answer: Awaitable[Any], message: Callable[[Any], msgspec.Struct]) -> None:
        self._send(message(await answer))

    def _send(self, message: msgspec.Struct) -> None:
        if not self.transport.is_closing():
            self.transport.write(wire.octets_of(message))


def _written(reader: Reader, after: int) -> Iterator[tuple[str, bool]]:
    """Of the decisions and outcomes behind an entry: the decision's id, and whether it is an outcome."""
    for entry in _behind(reader, after):
        found = decided_or_ended(entry.payload)
        if found is not None:
            yield found


def _behind(reader: Reader, after: int) -> Iterator[Entry]:
    """The entries behind the one with that number."""
    begins = max((first for first, _ in reader.segments() if first <= after + 1), default=1)
    for one in reader.entries(Position(begins, 0, begins)):
        if not isinstance(one, Damage) and one.position.seq > after:
            yield one


def _without_outcome(reader: Reader, last: int) -> set[str]:
    """The decisions up to entry ``last`` that have no outcome, as far as one looks back."""
    found: set[str] = set()
    for entry in _behind(reader, max(0, last - LOOKED_BACK)):
        match decided_or_ended(entry.payload):
            case (id, True):
                found.discard(id)
            case (id, False) if entry.position.seq <= last:
                found.add(id)
    return found
