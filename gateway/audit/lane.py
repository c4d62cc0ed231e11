"""A lane: the journal's writer behind one interface.

Theory of operation. Whoever has an entry puts it on a queue and goes on; a thread takes whatever is there, writes it as one
batch (`gateway.audit.writer`), and gives its receipts back in one call on the event loop. So there is no timer and no number
to tune: an idle lane answers at once, a busy one makes larger batches.

There are two threads. One waits for the medium, and for files that are kept now and then: it is woken by entries that are to be
synced, writes all that waits, syncs, and gives receipts for what it wrote; while it waits, the next batch gathers (a small one
a little longer: `gateway.audit.next_turn`). The other is woken by entries that need no sync, and never waits for the medium: so
who asks for no more than a write is answered within that time, however long a sync takes. Either writes whatever waits, in order,
under the writer's lock, and after it counts for rates and quotas (`gateway.audit.lane_counters`): one writer, so one count.

To wake a thread costs more than to write an entry, so none is woken that is awake, entries whose receipts nobody waits for are
left to whichever had the last that somebody does, and the recorder hands over what a turn of the event loop has (`extend`).
Where nobody but the journal waits for the disk, in the writer's own process, the threads are left asleep (`extend_here`).
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

from gateway.audit import folder as folders
from gateway.audit import keys
from gateway.audit.disk import Disk, LocalDisk
from gateway.audit.lane_counters import Counted, LaneCounters
from gateway.audit.lane_end import end
from gateway.audit.newer import refuse_newer
from gateway.audit.next_turn import NextTurn
from gateway.audit.open_lane import Appending, Done, Handed, are_quick, hand_out, items_of
from gateway.audit.receipt import Clock, Event, Item, JournalError, LocalClock, Receipt, State
from gateway.audit.reserve import RESERVE
from gateway.audit.sealer import Sealer
from gateway.audit.segment import Sound
from gateway.audit.stamps import stamps_of
from gateway.audit.tile_files import TileFiles
from gateway.audit.writer import BACKLOG, SEGMENT, Writer, Wrote
from gateway.instants import SECOND
from gateway.vocabulary import Level

#: Most entries in one batch, so that no receipt waits for a mountain.
BATCH: Final = 4096
#: Most entries that wait for the thread; what comes on top is declined.
WAITING: Final = 20_000
_TICK: Final = SECOND
#: Seconds that a new key is waited for.
_PATIENCE: Final = 10.0
#: After so many it is kept where quotas and orders are known, so that a start reads no more. Not `Final`: tests have fewer.
MARK = 20_000
#: How long counters of rates go without being kept, in microseconds.
_KEEP: Final = 2 * SECOND

#: How a call is brought to where receipts are wanted, such as ``loop.call_soon_threadsafe``.
Deliver = Callable[[Callable[[], None]], object]


class Lane(Counted, Appending):
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
        #: What was written, and waits for the medium.
        self._unsynced: deque[tuple[Sequence[Handed], Wrote]] = deque()
        # What wakes the threads: the one that only writes, and the one that waits for the medium; False ends them.
        self._writes: SimpleQueue[bool] = SimpleQueue()
        self._syncs: SimpleQueue[bool] = SimpleQueue()
        self._turn = NextTurn(self._syncs, self._call)
        # Whether each was woken and has not looked yet, the second is at the medium and will look again, and it had the last.
        self._write_due = self._sync_due = self._away = self._syncing = self._closing = False
        self._asides: deque[Callable[[], object]] = deque()
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
        self._counters = LaneCounters(folder, self.last, self._clock.wall(), self.sound)
        #: What there is to say of quotas at this start, for an event.
        self.found = self._counters.found
        self._marked = self._mark
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for run, name in ((self._run_writes, "journal"), (self._run_syncs, "journal-sync"))
        ]
        for thread in self._threads:
            thread.start()

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
        with self._handing:
            room = 0 if self._closing else max(0, WAITING - (self._handed_over - self._taken_up))
            taken = min(len(items), room)
            if taken < len(items):
                self.overflowed += sum(item.level is not Level.DURABLE for item in items[taken:])
                items = items[:taken]
            if not taken:
                return 0
            quick = are_quick(items)
            self._handed_over += taken
            self._waiting.append(Handed(items, done, quick))
            if done is not None:
                self._syncing = not quick
            if quick and (done is not None or not self._syncing):
                if not self._write_due:
                    self._write_due = True
                    self._writes.put(True)
            elif not (self._sync_due or (quick and self._away)):
                self._sync_due = True
                self._syncs.put(True)
        return taken

    def extend_here(self, items: Sequence[Item], done: Done) -> int:
        """As `extend`, from a thread that may wait for the disk: what is not to be synced is written at once, and ``done`` called,
        unless another thread writes just now. To wake that, and to be woken by it, costs several times as much."""
        receipts, writer = None, self._writer
        if are_quick(items) and writer.lock.acquire(blocking=False):
            try:
                if not (self._closing or writer.backlog) and self.state is State.OK:
                    while self._write_waiting():
                        pass
                    receipts = self._write(items).receipts
            finally:
                writer.lock.release()
        if receipts is None:
            return self.extend(items, done)
        done(receipts)
        return len(items)

    def aside(self, call: Callable[[], object]) -> None:
        """Have something done that waits for the disk and raises nothing, each after the last. From any thread."""
        if self._closing:
            call()
            return
        self._asides.append(call)
        self._syncs.put(True)

    def rotate_key(self) -> dict[str, Any]:
        """Seal with a new key from now on: the ``old`` and the ``new`` vkey, and the ``size`` that was sealed before.

        Blocks, from any thread but the lane's; JournalError where it cannot be done.
        """
        self.aside(partial(self._rotate, done := Future[dict[str, Any]]()))
        return done.result(_PATIENCE)

    def close(self) -> None:
        """Write what waits, say `stop`, and let go of the folder. Returns when that is done. JournalError where the medium does not
        answer in time: what has no receipt by then is not promised, and the folder is held to the process's end."""
        if self._closing:
            return
        with self._handing:
            self._closing = True
        end((self._writes, self._syncs), self._threads)
        self._hold.release()

    async def finish(self) -> None:
        """Close beside the event loop's other work."""
        await asyncio.to_thread(self.close)

    # ── the threads ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _run_writes(self) -> None:
        writer = self._writer
        while self._writes.get():
            self._write_due, more = False, True
            while more:
                with writer.lock:
                    more = self._write_waiting()
            if writer.said:
                self._syncs.put(True)
        with writer.lock:
            while self._write_waiting():  # the other thread may wait for the medium for good
                pass

    def _run_syncs(self) -> None:
        writer, steady = self._writer, self._clock.steady
        self._tell_said()
        next_tick = next_keep = steady() + _TICK
        open_ = True
        while open_:
            idle = 0 if self._waiting or self._unsynced else next_tick - steady()
            with suppress(Empty):
                open_ = self._syncs.get(timeout=max(0, idle) / 1e6)
            self._sync_due = False
            with writer.lock:
                self._write_waiting()
            self._away, syncs = True, bool(self._unsynced)
            waits = self._sync()
            while self._asides:
                self._asides.popleft()()
            if steady() >= next_tick:
                writer.tick()
                writer.seal.keep()  # a second's tiles need one write
                next_tick = steady() + _TICK
            if steady() >= next_keep:
                self._keep_counters()
                next_keep = steady() + _KEEP
            if writer.said or self._mark != self._marked:
                self._tell_said()
            if syncs:
                writer.prepare()
            self._away = False
            open_ = open_ and (not waits or self._turn.wait())
        with writer.lock:
            while self._write_waiting():
                pass
            self._sync()
            writer.stop()
            self._keep_counters()

    def _sync(self) -> bool:
        """Have on the medium what waits for it, and give the receipts of that; whether others wait by now, but no more."""
        if not self._unsynced:
            return False
        given = 0
        self._writer.sync()
        with self._writer.lock:
            while self._unsynced:
                batch, wrote = self._unsynced[0]
                receipts = wrote.settled()
                if receipts is None:  # it was written after the sync began
                    break
                self._unsynced.popleft()
                self._give(batch, receipts)
                given += len(receipts)
            return 0 < self.waiting + sum(len(wrote.receipts) for _, wrote in self._unsynced) <= given

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
        with self._writer.lock:
            copy = self._counters.copy(self._mark)
        self._counters.keep(copy)

    def _taken(self) -> list[Handed]:
        """What waits, about one batch of it. Whoever comes after this wakes a thread again."""
        batch, size = list[Handed](), 0
        while self._waiting and size < BATCH:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].items)
        self._taken_up += size
        return batch

    def _write_waiting(self) -> bool:
        """Write about one batch of what waits, and give the receipts that can be given; whether anything waited."""
        batch = self._taken()
        if not batch:
            return False
        wrote = self._write(items_of(batch))
        if wrote.place is None:
            self._give(batch, wrote.receipts)
        elif any(one.quick for one in batch):
            # Whoever asked for no more does not wait for the sync that others want.
            self._give([one if one.quick else one.mute for one in batch], wrote.receipts)
            self._unsynced.append(([one.mute if one.quick else one for one in batch], wrote))
        else:
            self._unsynced.append((batch, wrote))
        return True

    def _write(self, items: Sequence[Item]) -> Wrote:
        try:
            wrote = self._writer.write(items)
        except Exception as error:  # noqa: BLE001 -- a mistake of ours must not end the only writer
            wrote = Wrote([None] * len(items))
            self._writer.fail(OSError(0, f"{type(error).__name__} in the writer"))
        self._counters.after(items, wrote.receipts, self.last)
        return wrote

    def _give(self, batch: Sequence[Handed], receipts: Sequence[Receipt | None]) -> None:
        if any(handed.done is not None for handed in batch):
            self._call(partial(hand_out, batch, receipts))  # it wakes the event loop

    def _tell_said(self) -> None:
        with (writer := self._writer).lock:
            said, writer.said[:] = writer.said[:], ()
            moved, self._marked = self._mark != self._marked, self._mark
            self._call(partial(self._tell, said, self._answered if moved else 0))

    @property
    def _answered(self) -> int:
        """The number of the last entry up to which all receipts were given."""
        waiting = (one.seq for _, wrote in self._unsynced for one in wrote.receipts if one is not None)
        return next(waiting, self._writer.following) - 1

    def _tell(self, said: Sequence[Event], last: int) -> None:
        for event in said:
            if self.on_said is not None:
                self.on_said(event)
        if last and self.on_mark is not None:
            self.on_mark(last)

    def _call(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the event loop is closed: nobody waits for receipts any more
            self._deliver(call)
