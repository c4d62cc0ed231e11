"""The writer of a lane, without its thread: it numbers entries, puts them on the disk, and gives receipts.

Theory of operation. `commit` takes a batch: one write, one sync if an entry of it is to be durable, one publication of
the new length, then the receipts. Whatever goes wrong, no receipt is given for what may not be there:

- a *full* disk (no room, a quota, a file-size limit, or a write that took fewer octets than it was given): the segment
  is cut back to its last good end and left. The reserve, a file kept for this moment, is given up to write down that the
  disk is full, and what is vital. Everything else is declined until there is room for a new reserve and as much again.
- a *fault* (EIO and whatever else): a failed sync is final, since the system may have dropped the pages and would report
  success if asked again. The segment is left as it is and read back from the medium; the lane goes on in a new segment,
  whose first entry says what is in doubt. Where that fails too the writer is *down*, and tries again each second.

An entry that was not promised to be durable and could not be written waits in a bounded backlog for better times; what
does not fit is counted. Numbers are given at the moment of writing, so a lane has no gaps but those that a `corruption`
event names. All time comes from the clock that is passed in.
"""

import errno
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from gateway import __version__
from gateway.audit import committed, recovery, segment
from gateway.audit.committed import Committed
from gateway.audit.disk import Disk
from gateway.audit.open_segment import STEP, OpenSegment, SyncError, cause_of
from gateway.audit.receipt import LEVELS, Clock, Event, Item, Receipt, State, is_full, symbol
from gateway.audit.reserve import RESERVE, Reserve
from gateway.audit.sealer import Unsealed
from gateway.instants import SECOND, rfc3339
from gateway.record import FORM, event_entry
from gateway.vocabulary import Level

#: A segment is closed when it has grown to this many octets.
SEGMENT: Final = 64 << 20
#: How many entries wait for a writer that cannot write.
BACKLOG: Final = 10_000
#: A wall clock that steps further than this against the steady one, back or ahead, is recorded, in microseconds.
CLOCK_STEP: Final = SECOND
#: A written entry is synced within this time, in microseconds.
SYNC_WITHIN: Final = SECOND
#: How long a writer that cannot write waits before it tries again, in microseconds.
RETRY: Final = SECOND
Written = Callable[[Sequence[Receipt | None]], object]
#: What each segment says besides: what was promised to whom, by which software, and the newest form of entries.
_SAID: Final = ({audience.value: level.value for audience, level in LEVELS.items()}, __version__, FORM)


class Writer:
    """One lane's writer. Not for several threads; the folder's lock is the caller's business."""

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
        self._folder, self._site, self._lane = folder, site, lane
        self._disk, self._clock, self._new_id = disk, clock, new_id
        self._segment_size, self._backlog_size, self._resumes = segment_size, backlog, resumes
        self._reserve, self.seal = Reserve(folder, disk, reserve), seal or Unsealed()
        #: What could not be written yet, and how many entries never will be.
        self.backlog: deque[Item] = deque()
        self.dropped = 0
        self.state = State.OK
        #: The number of the next entry, what the start has found whole, and the events said so far that nobody has fetched.
        self.following, self.sound = 1, segment.UNSOUND
        self.said: list[Event] = []
        self._segment: OpenSegment | None = None
        #: A segment that was left and could not be cut: nothing can be written until it is.
        self._uncut: OpenSegment | None = None
        self._previous: tuple[str | None, int] = (None, 0)
        self._published = committed.Publication(folder, disk)
        self._unsynced_since: int | None = None
        self._skew = clock.wall() - clock.steady()
        #: Events that wait for a segment they can be written to.
        self._unsaid: list[tuple[str, dict[str, Any]]] = []
        self._full_since: int | None = None
        self._retry_at = 0

    @property
    def segment(self) -> int:
        """The number that the current segment begins with, 0 if there is none."""
        return self._segment.first if self._segment else 0

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
        self._previous = (found.previous, found.previous_length)
        self._published.open()
        started: dict[str, Any] = {"software": __version__, "lane": self._lane, "key": self.seal.vkey}
        started |= {"lost_key": self.seal.lost, "resumes": self._resumes}
        self._unsaid += [*found.events, ("start", {name: it for name, it in started.items() if it})]
        try:
            self._begin()
            self._reserve.keep()
            self._say_unsaid()
        except (SyncError, OSError) as error:
            cause = cause_of(error)
            self._cut()
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
        try:
            if self.backlog and self.state is State.OK:
                self.commit(())
            if self._segment is not None:
                self._say("stop", {})
                self._end()
                self.seal.settle()
                self.seal.checkpoint(self._clock.steady())
        except (SyncError, OSError):
            self._cut()
        finally:
            self.seal.stop()
            if self._uncut is not None:
                self._uncut.abandon()  # the next start goes on behind whatever stands in it
            self._published.close()

    # ── work ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def commit(self, batch: Sequence[Item], written: Written | None = None) -> list[Receipt | None]:
        """Write a batch; for each entry its receipt, or None where it could not be written as asked. ``written`` is told the
        receipts so far before something is synced. What waits in the backlog is written first."""
        place = self._segment
        if self.state is not State.OK or place is None:
            return self._decline(batch)
        waiting = len(self.backlog)
        if waiting:
            batch = [*self.backlog, *batch]
            self.backlog.clear()
        try:
            if place.due(self._segment_size, self._clock.wall()):
                self._end()
                place = self._begin()
            self._seal_header(place)
            numbers, durable = place.write(batch)
        except (SyncError, OSError) as error:
            self.fail(error)
            return self._decline(batch)[waiting:]
        self.following = place.following
        if self._unsynced_since is None:
            self._unsynced_since = self._clock.steady()
        level, failed = Level.WRITTEN, None
        if durable:
            if written is not None:
                written([None if seq is None else Receipt(seq, level) for seq in numbers[waiting:]])
            try:
                place.sync()
                level, self._unsynced_since = Level.DURABLE, None
            except SyncError as error:
                failed = error
        self._publish()
        if failed is not None:
            # The entries still are in the system's cache, readable to every process: they stay written.
            self.fail(failed)
        return [
            None if seq is None or (failed and item.level is Level.DURABLE) else Receipt(seq, level)
            for seq, item in zip(numbers[waiting:], batch[waiting:], strict=True)
        ]

    def tick(self) -> None:
        """What has to be done about once a second, whether or not there is something to write."""
        if self.state is not State.OK:
            self._try_again()
            return
        try:
            self._watch_clock()
            self._unsaid += [("seal-fault", details) for details in self.seal.troubles()]
            if self.seal.idle(self._clock.steady()):
                self._unsaid.append(("heartbeat", {}))
            self._say_unsaid()
            if self.backlog:
                self.commit(())
            place = self._segment
            if place is None:
                return
            now = self._clock.steady()
            due = self.seal.due(now)
            if self._unsynced_since is not None and (due or now - self._unsynced_since >= SYNC_WITHIN):
                place.sync()
                self._unsynced_since = None
                self._publish()
            if due:
                self.seal.checkpoint(now)
            if not place.empty and place.due(self._segment_size, self._clock.wall()):
                self._end()
                self._begin()
        except (SyncError, OSError) as error:
            self.fail(error)

    # ── segments ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> OpenSegment:
        if self._uncut is not None:
            if not self._uncut.cut():
                raise OSError(errno.EIO, "the segment before cannot be cut")
            self._uncut = None
        now = self._clock.wall()
        before, length = self._previous
        of = (1, self._site, self._lane, self.following, rfc3339(now), before, length)
        header = segment.Header(*of, *_SAID)
        self._segment = OpenSegment(
            self._folder, self._disk, header, now, self.seal, min(STEP, self._segment_size)
        )
        self._publish()
        return self._segment

    def _end(self) -> None:
        assert self._segment is not None
        self._segment.end()
        self._publish()
        self._leave(self._segment)

    def _leave(self, place: OpenSegment) -> None:
        """The lane goes on behind this segment, unless that has no entry: then the next one takes its name."""
        if not place.empty:
            self._previous = (place.name, place.length)
        self._segment, self._unsynced_since = None, None

    def _cut(self) -> None:
        place = self._segment
        if place is not None:
            self._leave(place)
            if not place.cut():
                self._uncut = place

    def _publish(self) -> None:
        place = self._segment
        if place is None:
            return
        record = Committed(
            place.first, place.length, place.synced, place.following, self._clock.boot, place.crc
        )
        if not self._published.publish(record):
            why = {"error": symbol(self._published.error), "file": committed.NAME}
            self._unsaid.append(("storage-fault", why))

    # ── events of our own ───────────────────────────────────────────────────────────────────────────────────────────

    def _seal_header(self, place: OpenSegment) -> None:
        if place.empty:  # see `_say`
            self._say(segment.BEGUN, {})

    def _say(self, name: str, details: dict[str, Any]) -> None:
        """Write an event, durably. The first one of a segment commits to its header, which is no entry, and so no leaf."""
        place = self._segment
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
        place = self._segment
        assert place is not None
        (seq,), _ = place.write((item,))
        self.following = place.following
        place.sync()
        self._unsynced_since = None
        self._publish()
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
        if self._segment is None:
            return None
        try:
            self._seal_header(self._segment)
            return self._put(item)
        except (SyncError, OSError):
            self._cut()
            return None

    def fail(self, error: SyncError | OSError) -> None:
        """Leave the segment, and say why as soon as can be."""
        place, cause = self._segment, cause_of(error)
        if is_full(cause):
            self._cut()
            self._fill_up(cause)
            return
        details: dict[str, Any] = {"error": symbol(cause)}
        if place is not None:
            if isinstance(error, SyncError):
                place.abandon()
                self._leave(place)
            else:
                self._cut()
            details |= {"file": place.name, "doubtful_from": place.synced_to, "following": place.following}
            details["readable_until"] = place.readable()
        self.state = State.DOWN
        self._unsaid.append(("storage-fault", details))
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
            if self._segment is None:
                self._begin()
            self._say_unsaid()
        except (SyncError, OSError):
            self._cut()

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
            if self._segment is None:
                self._begin()
            self._reserve.keep()
            self._say_unsaid()
        except (SyncError, OSError) as error:
            self._cut()
            if is_full(cause_of(error)):
                self._fill_up(cause_of(error))
            return
        self.state = State.OK
