"""A lane: the journal's writer behind one interface. A thread in this version; a process, for several workers, later.

Theory of operation. Whoever has an entry puts it on a queue and goes on; the thread takes whatever is there, commits it
as one batch (`gateway.audit.writer`), and gives its receipts back in one call on the event loop, or in two where some ask
for a sync: the others do not wait for that. While it writes and
syncs, the next batch gathers. So there is no timer and no number to tune: an idle lane answers at once, a busy one makes
larger batches. To wake a thread costs more than to write an entry, so it is not woken while it is awake, and the recorder
hands over all that one turn of the event loop has at once (`extend`). Where nobody but the journal waits for the disk, in the
writer's own process, the thread is left asleep (`extend_here`).

The lane also holds the counters of rates and quotas (`take`, `release`), for there is one writer to a lane and so one count.
They are asked in memory, under a lock that nobody holds while writing; the thread keeps a copy of them on the disk now and
then. Of quotas that copy is the fold over what was written (`Books`), so that it says exactly what the journal says up to
an entry. What cannot be written at once is written later, when only the journal knows in which order: then no copy is kept
any more, and the next start reads from the last one on.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

from gateway.audit import folder as folders
from gateway.audit import keys, quotas_file, rates_file
from gateway.audit.disk import Disk, LocalDisk
from gateway.audit.newer import refuse_newer
from gateway.audit.open_lane import Appending, Done, Handed, Left, are_quick, hand_out, items_of
from gateway.audit.receipt import Clock, Event, Item, JournalError, LocalClock, Receipt, State
from gateway.audit.reserve import RESERVE
from gateway.audit.sealer import Sealer
from gateway.audit.segment import Sound
from gateway.audit.stamps import stamps_of
from gateway.audit.tile_files import TileFiles
from gateway.audit.writer import BACKLOG, SEGMENT, Writer, Written
from gateway.instants import SECOND
from gateway.rates.counters import Findings, Take
from gateway.rates.ledger import Booked, Days, Draw, Ledger, Recounted
from gateway.vocabulary import Level

#: Most entries in one batch, so that no receipt waits for a mountain.
BATCH: Final = 4096
#: Most entries that wait for the thread; what comes on top is declined.
WAITING: Final = 20_000
_TICK: Final = SECOND
#: Seconds that a new key is waited for.
_PATIENCE: Final = 10.0
#: After so many entries it is kept up to where quotas and orders are known, so that a start reads no more than these.
MARK: Final = 20_000
#: How long counters of rates go without being kept, in microseconds.
_KEEP: Final = 2 * SECOND

#: How a call is brought to where receipts are wanted, such as ``loop.call_soon_threadsafe``.
Deliver = Callable[[Callable[[], None]], object]


class Lane(Appending):
    """An open lane. `append` and `extend` may be called from any thread; receipts come by way of ``deliver``."""

    def __init__(
        self,
        folder: Path,
        *,
        site: str | None,
        new_id: Callable[[int], str],
        name: str | None = None,
        deliver: Deliver = lambda call: call(),
        clock: Clock | None = None,
        disk: Disk | None = None,
        hold: folders.Hold | None = None,
        segment_size: int = SEGMENT,
        reserve: int = RESERVE,
        backlog: int = BACKLOG,
        sealed: bool = True,
        resumes: bool = False,
    ) -> None:
        """Lock the folder, recover what is there, begin a segment, start the thread. JournalError where that fails.

        ``site`` None takes an existing journal, whoever's it is. ``hold`` is the lock, where the caller has it already.
        ``resumes``: requests that an earlier writer was told of go on. Not ``sealed`` is for measuring what that costs.
        """
        folders.prepare(folder)
        self.folder = folder
        self._hold = hold or folders.Hold(folder)
        self._clock = clock or LocalClock()
        self._deliver = deliver
        self._waiting: deque[Handed] = deque()
        # Entries handed over and taken up since the lane was opened: each is counted by one side only.
        self._handed_over = self._taken_up = 0
        self._handing = threading.Lock()
        #: Held by whoever writes; the lane's thread lets go of it only when it has nothing to do.
        self._writing = threading.Lock()
        self._wakes: SimpleQueue[bool] = SimpleQueue()
        self._waking = self._closing = False
        self._rotations: deque[Future[dict[str, Any]]] = deque()
        #: Entries that were declined because too many waited already.
        self.overflowed = 0
        #: Called where receipts are delivered: with what the writer said itself, and now and then with the number of an entry
        #: when the receipts of all up to that one were.
        self.on_said: Callable[[Event], object] | None = None
        self.on_mark: Callable[[int], object] | None = None
        try:
            refuse_newer(folder)
            self.site, self.name = folders.claim(folder, site, name)
            disk = disk or LocalDisk()
            seal = None
            if sealed:
                signer, lost = keys.load_or_make(folder, keys.origin_of(self.site, self.name))
                stamped = frozenset(stamps_of(folder).values())
                seal = Sealer(folder, disk, signer, lost=lost, tiles=TileFiles(folder), stamped=stamped)
            self._writer = Writer(
                folder,
                site=self.site,
                lane=self.name,
                disk=disk,
                clock=self._clock,
                new_id=new_id,
                segment_size=segment_size,
                reserve=reserve,
                backlog=backlog,
                seal=seal,
                resumes=resumes,
            )
            self._writer.start()
        except OSError as error:
            self._hold.release()
            raise folders.unusable(folder, error) from error
        except JournalError:
            self._hold.release()
            raise
        now = self._clock.wall()
        self._counters = rates_file.load(folder, now)
        #: What there is to say of quotas at this start, for an event.
        self._books, self.found = quotas_file.load(folder, self._writer.following - 1, now, self.sound)
        self._counters.ledger = Ledger(self._books.days, self._books.since, self._books.recounts)
        self._counting = threading.Lock()
        self._kept, self._booked = 0, (0, (0, 0))
        self._out_of_order = False
        self._marked = self._mark
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def _mark(self) -> tuple[int, int]:
        """Changes with each segment and each `MARK` entries."""
        return self._writer.segment, self._writer.following // MARK

    @property
    def sound(self) -> Sound:
        """The segment that was there at the start, as far as it is whole."""
        return self._writer.sound

    @property
    def state(self) -> State:
        """Whether entries can be written at this moment."""
        return self._writer.state

    @property
    def checkpoint(self) -> str:
        """The newest checkpoint, as it was signed; empty where there is none yet."""
        return self._writer.seal.note

    @property
    def last(self) -> int:
        """The number of the last entry."""
        return self._writer.following - 1

    @property
    def waiting(self) -> int:
        """How many entries wait for the thread or, if it cannot write, in the backlog."""
        return self._handed_over - self._taken_up + len(self._writer.backlog)

    @property
    def dropped(self) -> int:
        """How many entries will never be written."""
        return self._writer.dropped + self.overflowed

    def extend(self, items: Sequence[Item], done: Done | None = None) -> int:
        """As `append` for several at once; gives how many, from the first on, were taken.

        ``done`` is called once, with the receipts of those that were.
        """
        with self._handing:
            room = 0 if self._closing else max(0, WAITING - (self._handed_over - self._taken_up))
            taken = min(len(items), room)
            if taken < len(items):
                self.overflowed += sum(item.level is not Level.DURABLE for item in items[taken:])
                items = items[:taken]
            if not taken:
                return 0
            self._handed_over += taken
            self._waiting.append(Handed(items, done))
            if not self._waking:
                self._waking = True
                self._wakes.put(True)
        return taken

    def extend_here(self, items: Sequence[Item], done: Done) -> int:
        """As `extend`, from a thread that may wait for the disk: what is not to be synced is written at once, and ``done`` called,
        unless the lane's thread is at work. To wake that, and to be woken by it, costs several times as much."""
        receipts = None
        if are_quick(items) and self._writing.acquire(blocking=False):
            try:
                if not (self._waiting or self._closing or self._writer.backlog) and self.state is State.OK:
                    receipts = self._commit_items(items)
            finally:
                self._writing.release()
        if receipts is None:
            return self.extend(items, done)
        done(receipts)
        return len(items)

    def take(self, takes: Sequence[Take | Draw], now: int) -> Findings:
        """Count a request under each of these rates and quotas, or under none if one refuses it; ``now`` in µs since
        1970, UTC.

        From any thread, and at once. It holds whatever the state of the disk.
        """
        with self._counting:
            return self._counters.take(takes, now)

    def release(self, booked: Booked) -> None:
        """Give back to a license's quota what was taken; what is not given back is kept. From any thread."""
        with self._counting:
            self._counters.ledger.release(booked.license, booked.day)

    def book(self, license: str, day: date) -> None:
        """Take from a license's quota what gateways together have permitted. From any thread."""
        with self._counting:
            self._counters.ledger.book(license, day)

    def taken(self) -> tuple[Days, int]:
        """What this lane took from quotas, by day, and how often an operator has corrected that. From any thread."""
        with self._counting:
            return self._counters.ledger.days(), self._counters.ledger.corrections

    def is_booked(self, id: str) -> bool:
        """Whether the journal has a decision that was booked, and no outcome of it yet. From any thread."""
        return id in self._books.open

    def left(self, draws: Sequence[Draw]) -> tuple[Left, ...]:
        """What is left of quotas, in the same order. From any thread."""
        ledger = self._counters.ledger
        with self._counting:
            return tuple(Left(ledger.left(draw), ledger.closes(draw)) for draw in draws)

    def rotate_key(self) -> dict[str, Any]:
        """Seal with a new key from now on: the ``old`` and the ``new`` vkey, and the ``size`` that was sealed before.

        Blocks, from any thread but the lane's; JournalError where it cannot be done.
        """
        done: Future[dict[str, Any]] = Future()
        self._rotations.append(done)
        self._wakes.put(True)
        return done.result(_PATIENCE)

    def close(self) -> None:
        """Write what waits, say `stop`, and let go of the folder. Returns when that is done."""
        if self._closing:
            return
        self._closing = True
        self._wakes.put(False)
        self._thread.join()
        self._hold.release()

    async def finish(self) -> None:
        """Close beside the event loop's other work."""
        await asyncio.to_thread(self.close)

    # ── the thread ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        writer, steady = self._writer, self._clock.steady
        self._tell_said()
        next_tick = next_keep = steady() + _TICK
        open_ = True
        while open_:
            with suppress(Empty):
                open_ = self._wakes.get(timeout=max(0, next_tick - steady()) / 1e6)
            with self._writing:
                while batch := self._taken():
                    self._commit(batch)
                while self._rotations:
                    self._rotate(self._rotations.popleft())
                if steady() >= next_tick:
                    writer.tick()
                    next_tick = steady() + _TICK
                if steady() >= next_keep:
                    self._keep_counters()
                    next_keep = steady() + _KEEP
                if writer.said or self._mark != self._marked:
                    self._tell_said()
        with self._writing:
            writer.stop()
            self._keep_counters()

    def _rotate(self, done: Future[dict[str, Any]]) -> None:
        try:
            details = self._writer.seal.rotate()
        except JournalError as error:
            done.set_exception(error)
            return
        self._writer.tell("key", details)
        self._writer.tick()
        done.set_result(details)

    def _keep_counters(self) -> None:
        """Keep the counters, if they have changed."""
        booked = (self._books.changes, self._mark)
        if booked != self._booked and not self._out_of_order:
            self._booked = booked
            quotas_file.save(self.folder, self._books)
        with self._counting:
            changes = self._counters.changes
            if changes == self._kept:
                return
            many, few = self._counters.kept()
        self._kept = changes
        rates_file.save(self.folder, self._counters.secret, many, few)

    def _book(self, items: Sequence[Item], receipts: Sequence[Receipt | None]) -> None:
        """Take in what was written about quotas."""
        for item, receipt in zip(items, receipts, strict=True):
            if item.booking is None:
                continue
            if receipt is None:
                self._out_of_order = self._out_of_order or not isinstance(item.booking, Booked)
                continue
            if isinstance(item.booking, Recounted):
                with self._counting:
                    self._counters.ledger.correct(item.booking, self._books.difference(item.booking))
            self._books.after(item.booking)
        self._books.seq = self._writer.following - 1

    def _taken(self) -> list[Handed]:
        """What waits, about one batch of it. Whoever comes after this wakes the thread again."""
        self._waking = False
        waiting = self._waiting
        batch: list[Handed] = []
        size = 0
        while waiting and size < BATCH:
            batch.append(waiting.popleft())
            size += len(batch[-1].items)
        self._taken_up += size
        return batch

    def _commit(self, batch: Sequence[Handed]) -> None:
        waiting = batch

        def written(receipts: Sequence[Receipt | None]) -> None:
            # Whoever asked for no more does not wait for the sync that others want.
            nonlocal waiting
            self._give([one if are_quick(one.items) else one.mute for one in batch], receipts)
            waiting = [one.mute if are_quick(one.items) else one for one in batch]

        early = len(batch) > 1 and any(one.done is not None and are_quick(one.items) for one in batch)
        receipts = self._commit_items(items_of(batch), written if early else None)
        self._give(waiting, receipts)

    def _give(self, batch: Sequence[Handed], receipts: Sequence[Receipt | None]) -> None:
        if any(handed.done is not None for handed in batch):
            self._call(partial(hand_out, batch, receipts))  # it wakes the event loop

    def _commit_items(self, items: Sequence[Item], written: Written | None = None) -> list[Receipt | None]:
        try:
            receipts = self._writer.commit(items, written)
        except Exception as error:  # noqa: BLE001 -- a mistake of ours must not end the only writer
            receipts = [None] * len(items)
            self._writer.fail(OSError(0, f"{type(error).__name__} in the writer"))
        self._book(items, receipts)
        return receipts

    def _tell_said(self) -> None:
        writer = self._writer
        said = writer.said[:]
        del writer.said[: len(said)]
        moved, self._marked = self._mark != self._marked, self._mark
        self._call(partial(self._tell, said, self.last if moved else 0))

    def _tell(self, said: Sequence[Event], last: int) -> None:
        for event in said:
            if self.on_said is not None:
                self.on_said(event)
        if last and self.on_mark is not None:
            self.on_mark(last)

    def _call(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the event loop is closed: nobody waits for receipts any more
            self._deliver(call)
