"""The writer of a lane, without its thread: it numbers entries, puts them on the disk, and gives receipts.

Theory of operation. `write` takes a batch: one write, one publication of the new length, then the receipts, but for entries
that are to be durable: theirs are good once `sync` has found everything up to them on the medium. That is waited for without
the lock, so that another thread may write meanwhile; who must be durable waits for a sync that began after the write. All
else is done under the lock, by whichever thread. Whatever goes wrong, no receipt is good for what may not be there:

- a *full* disk (no room, a quota, a file-size limit, or a write that took fewer octets than it was given): the segment
  is cut back to its last good end and left. The reserve, a file kept for this moment, is given up to write down that the
  disk is full, and what is vital. Everything else is declined until there is room for a new reserve and as much again.
- a *fault* (EIO and whatever else): a failed sync is final, since the system may have dropped the pages and would report
  success if asked again. The segment is left as it is and read back from the medium; the lane goes on in a new segment,
  whose first entry says what is in doubt. Where that fails too the writer is *down*, and tries again each second.

An entry that was not promised to be durable and could not be written waits in a bounded backlog for better times; what
does not fit is counted. Numbers are given at the moment of writing: a lane has no gaps but those that `corruption` events name.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway import __version__
from gateway.audit import recovery, segment
from gateway.audit.chain import Chain
from gateway.audit.disk import Disk
from gateway.audit.open_segment import OpenSegment, SyncError, cause_of
from gateway.audit.receipt import Clock, Event, Item, Receipt, State, is_full, symbol
from gateway.audit.reserve import RESERVE, Reserve
from gateway.audit.unsealed import Unsealed
from gateway.instants import SECOND, rfc3339
from gateway.record import event_entry
from gateway.vocabulary import Level

#: A segment is closed when it has grown to this many octets.
SEGMENT: Final = 64 << 20
#: How many entries wait for a writer that cannot write.
BACKLOG: Final = 10_000
#: A wall clock that steps further than this against the steady one, back or ahead, is recorded, in microseconds.
CLOCK_STEP: Final = SECOND
#: How long a writer that cannot write waits before it tries again, in microseconds.
RETRY: Final = SECOND
_DURABLE: Final = Level.DURABLE
_WRITTEN: Final = Level.WRITTEN


class Wrote(NamedTuple):
    """What became of a batch: for each entry its receipt, or None where it could not be written as asked. Those of entries that
    are to be durable are good once those before ``following`` in ``place`` are on the medium; without a place they are."""

    receipts: list[Receipt | None]
    place: OpenSegment | None = None
    following: int = 0

    def settled(self) -> list[Receipt | None] | None:
        """The receipts that are good, and None for those that never will be; nothing as long as that is not known."""
        place = self.place
        if place is None or place.synced_to >= self.following:
            return self.receipts
        if not (place.left or place.failed):
            return None
        return [None if one is not None and one.level is _DURABLE else one for one in self.receipts]


class Writer:
    """One lane's writer. From any thread; the folder's lock is the caller's business."""

    def __init__(
        self,
        folder: Path,
        *,
        site: str,
        lane: str,
        disk: Disk,
        clock: Clock,
        new_id: Callable[[int], str],
        segment_size: int = SEGMENT,
        reserve: int = RESERVE,
        backlog: int = BACKLOG,
        seal: Unsealed | None = None,
        resumes: bool = False,
    ) -> None:
        """``resumes``: requests go on of which an earlier writer was told."""
        #: Held by whoever does something here, or has to see several steps as one.
        self.lock = threading.RLock()
        self._folder, self._lane, self._resumes = folder, lane, resumes
        self._disk, self._clock, self._new_id, self._backlog_size = disk, clock, new_id, backlog
        self._reserve, self.seal = Reserve(folder, disk, reserve), seal or Unsealed()
        #: What could not be written yet, and how many entries never will be.
        self.backlog: deque[Item] = deque()
        self.dropped = 0
        self.state = State.OK
        #: The number of the next entry, what the start has found whole, and the events said so far that nobody has fetched.
        self.following, self.sound = 1, segment.UNSOUND
        self.said: list[Event] = []
        self._chain = Chain(
            folder, disk, clock, of=(site, lane), seal=self.seal, size=segment_size, tell=self.tell
        )
        self._skew = clock.wall() - clock.steady()
        #: Events that wait for a segment they can be written to.
        self._unsaid: list[tuple[str, dict[str, Any]]] = []
        self._full_since: int | None = None
        self._retry_at = 0

    @property
    def segment(self) -> int:
        """The number that the current segment begins with, 0 if there is none."""
        return self._chain.place.first if self._chain.place else 0

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Recover what an earlier writer left and begin a new segment.

        A full disk does not stop a start; any other OSError does.
        """
        try:
            found = self._recovered()
        except OSError as error:
            if not is_full(error):
                raise
            self._reserve.give_up()  # torn octets are saved before anything else
            found = self._recovered()
        self.following, self.sound = found.following, found.sound
        self._chain.previous = (found.previous, found.previous_length)
        self._chain.open()
        started: dict[str, Any] = {"software": __version__, "lane": self._lane, "key": self.seal.vkey}
        started |= {"lost_key": self.seal.lost, "resumes": self._resumes}
        self._unsaid += [*found.events, ("start", {name: it for name, it in started.items() if it})]
        try:
            self._chain.begin(self.following)
            self._reserve.keep()
            self._say_unsaid()
        except (SyncError, OSError) as error:
            cause = cause_of(error)
            self._chain.cut()
            if not is_full(cause):
                raise cause from None
            self._fill_up(cause)

    def _recovered(self) -> recovery.Found:
        """Whatever was sealed keeps its number, also if it is gone: a number that was given is never given again."""
        found = recovery.recover(self._folder, self._disk, self._clock.boot, self.seal.start())
        self.seal.resume(found.following, found.sound)
        return found

    def stop(self) -> None:
        """Say that the writer ends here, sync and close. Never raises for what the disk does."""
        with self.lock:
            try:
                if self.backlog and self.state is State.OK:
                    self.write(())
                if self._chain.place is not None:
                    self._say("stop", {})
                    self._chain.end()
                    self.seal.settle()
                    self._checkpoint()
            except (SyncError, OSError):
                self._chain.cut()
            finally:
                self.seal.stop()
                self._chain.close()

    # ── work ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def write(self, batch: Sequence[Item]) -> Wrote:
        """Write a batch. What waits in the backlog is written first."""
        with self.lock:
            place = self._chain.place
            if self.state is not State.OK or place is None:
                return Wrote(self._decline(batch))
            waiting = len(self.backlog)
            if waiting:
                batch = [*self.backlog, *batch]
                self.backlog.clear()
            try:
                if self._chain.due(place):
                    place = self._chain.turn_over(self.following)
                self._seal_header(place)
                numbers, durable = place.write(batch)
            except (SyncError, OSError) as error:
                self.fail(error)
                return Wrote(self._decline(batch)[waiting:])
            self.following = place.following
            receipts = [
                None if seq is None else Receipt(seq, _DURABLE if item.level is _DURABLE else _WRITTEN)
                for seq, item in zip(numbers[waiting:], batch[waiting:], strict=True)
            ]
            if durable:  # what is synced at once is published then
                return Wrote(receipts, place, place.following)
            self._chain.publish()
            return Wrote(receipts)

    def sync(self) -> None:
        """Have on the medium what was written by now. Others may write meanwhile."""
        with self.lock:
            place = self._chain.place
            if place is None or place.is_synced:
                return
            length, following = place.length, place.following
        try:
            place.sync_to(length, following)
        except SyncError as error:
            with self.lock:
                # The entries still are in the system's cache, readable to every process: they stay written.
                if place is self._chain.place:
                    self._chain.publish()
                    self.fail(error)
            return
        with self.lock:
            if place is self._chain.place:
                self.seal.synced(place.synced_to)
                self._chain.publish()

    def prepare(self) -> None:
        """Have room where what is synced next is synced most quickly. Others may write while the medium is waited for."""
        with self.lock:
            due = self._chain.place is not None and self._chain.place.clear_ahead()
        if due:
            self.sync()

    def tick(self) -> None:
        """What has to be done once a second, a sync at least. Others may write while the medium is waited for."""
        with self.lock:
            if self.state is not State.OK:
                self._try_again()
                return
            try:
                self._watch_clock()
                self._unsaid += [("seal-fault", details) for details in self.seal.troubles()]
                if self.seal.idle(self._clock.steady()):
                    self._unsaid.append(("heartbeat", {}))
                self._say_unsaid()
            except (SyncError, OSError) as error:
                self.fail(error)
                return
            if self.backlog:
                self.write(())
            place, due = self._chain.place, self.seal.due(self._clock.steady())
            if place is None:
                return
        self.sync()
        if due and self._is_well:
            self._checkpoint()
        with self.lock:
            place = self._chain.place
            if place is not None and not place.empty and self._chain.due(place):
                try:
                    self._chain.turn_over(self.following)
                except (SyncError, OSError) as error:
                    self.fail(error)

    @property
    def _is_well(self) -> bool:
        return self.state is State.OK

    def _checkpoint(self) -> None:
        with self.lock:
            draft = self.seal.draft(self._clock.steady())
        if draft is not None:
            self.seal.seal(draft)

    # ── events of our own ───────────────────────────────────────────────────────────────────────────────────────────

    def _seal_header(self, place: OpenSegment) -> None:
        if place.empty:  # see `_say`
            self._say(segment.BEGUN, {})

    def _say(self, name: str, details: dict[str, Any]) -> None:
        """Write an event, durably. The first one of a segment commits to its header, which is no entry, and so no leaf."""
        place = self._chain.place
        if place is not None and place.empty:
            details = {**details, segment.OPENING: place.opening}
        now = self._clock.wall()
        receipt = self._put(Item(event_entry(self._new_id(now), now, name, details), Level.DURABLE))
        assert receipt is not None
        self.said.append(Event(name, details, receipt.seq))

    def tell(self, name: str, details: dict[str, Any]) -> None:
        """Write an event with the next tick."""
        self._unsaid.append((name, details))

    def _say_unsaid(self) -> None:
        while self._unsaid:
            self._say(*self._unsaid[0])
            if self._unsaid.pop(0)[0] == "recovery":
                recovery.told(self._folder, self._disk)

    def _put(self, item: Item) -> Receipt | None:
        """Write one entry, durably."""
        place = self._chain.place
        assert place is not None
        (seq,), _ = place.write((item,))
        self.following = place.following
        place.sync()
        self._chain.publish()
        return None if seq is None else Receipt(seq, Level.DURABLE)

    def _watch_clock(self) -> None:
        skew = self._clock.wall() - self._clock.steady()
        ahead, self._skew = skew - self._skew, skew
        if abs(ahead) > CLOCK_STEP:
            step = {"ahead_us": ahead} if ahead > 0 else {"back_us": -ahead}
            self._unsaid.append(("clock-step", step))

    # ── trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _decline(self, batch: Sequence[Item]) -> list[Receipt | None]:
        """Nothing can be written but what is vital; what was not to be durable waits."""
        receipts = [self._squeeze_in(item) if item.vital else None for item in batch]
        for item in batch:
            if item.level is Level.DURABLE:
                continue
            if len(self.backlog) < self._backlog_size:
                self.backlog.append(item)
            else:
                self.dropped += 1
        return receipts

    def _squeeze_in(self, item: Item) -> Receipt | None:
        if self._chain.place is None:
            return None
        try:
            self._seal_header(self._chain.place)
            return self._put(item)
        except (SyncError, OSError):
            self._chain.cut()
            return None

    def fail(self, error: SyncError | OSError) -> None:
        """Leave the segment, and say why as soon as can be."""
        place, cause = self._chain.place, cause_of(error)
        if is_full(cause):
            self._chain.cut()
            if place is not None and place.failed is not None:
                self._unsaid.append(("storage-fault", _doubt(place, place.failed)))
            self._fill_up(cause)
            return
        if place is not None and isinstance(error, SyncError):
            place.abandon()
            self._chain.leave(place)
        else:
            self._chain.cut()
        self.state = State.DOWN
        self._unsaid.append(("storage-fault", _doubt(place, cause)))
        self._try_again()

    def _fill_up(self, error: OSError) -> None:
        """Give up the reserve, and use it to say that the disk is full."""
        self.state = State.FULL
        self._retry_at = self._clock.steady() + RETRY
        if self._full_since is None:
            self._full_since = self._clock.wall()
            self._unsaid.append(("disk-full", {"error": symbol(error)}))
        try:
            self._reserve.give_up()
            if self._chain.place is None:
                self._chain.begin(self.following)
            self._say_unsaid()
        except (SyncError, OSError):
            self._chain.cut()

    def _try_again(self) -> None:
        """Go on, in a new segment where the last was left, if the disk lets us."""
        if self._clock.steady() < self._retry_at:
            return
        self._retry_at = self._clock.steady() + RETRY
        if self.state is State.FULL:
            try:
                if not self._reserve.fits_again():
                    return
                self._reserve.keep()
            except OSError:
                return
            if self._full_since is not None:
                self._unsaid.append(("disk-room", {"full_since": rfc3339(self._full_since)}))
                self._full_since = None
        try:
            if self._chain.place is None:
                self._chain.begin(self.following)
            self._reserve.keep()
            self._say_unsaid()
        except (SyncError, OSError) as error:
            self._chain.cut()
            if is_full(cause_of(error)):
                self._fill_up(cause_of(error))
            return
        self.state = State.OK


def _doubt(place: OpenSegment | None, cause: OSError) -> dict[str, Any]:
    """What an event says of a fault, and of the entries that may not be on the medium for it."""
    details: dict[str, Any] = {"error": symbol(cause)}
    if place is not None:
        details |= {"file": place.name, "doubtful_from": place.synced_to, "following": place.following}
        details["readable_until"] = place.readable()
    return details
