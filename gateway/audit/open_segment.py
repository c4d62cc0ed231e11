"""The segment that is being written: its room, its length, its table of shared values.

One writes and another may wait for the medium meanwhile (`sync_to`); everything else is for whoever writes.

Room is set aside before it is needed, so that a full disk is found out early. A file system remembers of such room that it holds
nothing, and with each sync has to write down that some of it does now, which takes that sync up to half of its time. So where entries
are synced as they come, room a little ahead of them is filled with zeros, many syncs' worth at once (`clear_ahead`).
"""

import contextlib
import errno
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from zlib import crc32

from gateway.audit import frames, recovery, segment
from gateway.audit.disk import Disk
from gateway.audit.receipt import Item
from gateway.audit.segment import Header
from gateway.audit.unsealed import Unsealed
from gateway.instants import DAY
from gateway.record import forget
from gateway.vocabulary import Level

#: Room is set aside in steps of this many octets.
STEP: Final = 1 << 20
#: Room is filled with zeros so many octets at a time, as soon as fewer are ahead.
CLEARED: Final = 1 << 18
_DURABLE: Final = Level.DURABLE


class SyncError(Exception):
    """A sync failed: what was written since the last good one may never reach the medium."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def cause_of(error: SyncError | OSError) -> OSError:
    """What the system said."""
    return error.error if isinstance(error, SyncError) else error


class OpenSegment:
    """One segment, from its header to its end. Every method raises OSError, `sync` and `end` SyncError too."""

    def __init__(
        self, folder: Path, disk: Disk, header: Header, now: int, seal: Unsealed, step: int = STEP
    ) -> None:
        """Make the segment at ``now`` (µs UTC); it is on the medium, name and all, when this returns.

        ``seal`` is told what was written and what is on the medium.
        """
        self._disk, self._folder, self._seal, self._step = disk, folder, seal, step
        self.name, self.first = segment.name_of(header.first), header.first
        self._day = now // DAY
        self.following = self.synced_to = (
            header.first
        )  # `synced_to`: the first that may not be on the medium yet
        self.table: dict[bytes, int] = {}
        #: Held by whoever waits for the medium, so that one sync is told of one failure, and nobody closes the file meanwhile.
        self._syncing = threading.Lock()
        #: What the sync said that failed: the system tells that once, and of everything that was not synced by then.
        self.failed: OSError | None = None
        octets, made = segment.begin(header), folder / recovery.NEW
        #: What its first entry has to say of its header.
        self.opening = segment.digest_of_opening(octets)
        self._handle = disk.create(made, 0o640)
        try:
            self._write_whole(octets)
            disk.sync(self._handle)
            disk.rename(made, folder / self.name)
            disk.sync_folder(folder)
        except OSError:
            self.abandon()
            raise
        self.length = self.synced = self._room = len(octets)
        #: The CRC-32 of all octets so far.
        self.crc = crc32(octets)
        self._can_allocate = self._can_clear = True
        #: Where the zeros end, and whether some are not on the medium yet.
        self._cleared, self._clearing = 0, False

    @property
    def left(self) -> bool:
        """Whether nothing is written here any more."""
        return self._handle < 0

    @property
    def is_synced(self) -> bool:
        """Whether all that was written is on the medium."""
        return self.synced_to == self.following and not self._clearing

    @property
    def syncing(self) -> bool:
        """Whether somebody waits for the medium."""
        return self._syncing.locked()

    @property
    def empty(self) -> bool:
        """Whether it holds no entry."""
        return self.following == self.first

    def due(self, size: int, now: int) -> bool:
        """Whether it is time for the next segment: this one is long enough, or its UTC day is over."""
        return self.length >= size or now // DAY != self._day

    def write(self, batch: Iterable[Item]) -> tuple[list[int | None], bool]:
        """Number, frame and write; the numbers, and whether one of the entries has to be durable.

        An entry that cannot be framed gets None; the others must not suffer for it. An OSError means that nothing of
        the batch counts: the segment ends where it ended before, and is to be left.
        """
        seq, table, durable = self.following, self.table, False
        parts: list[bytes] = []
        payloads: list[bytes] = []
        numbers: list[int | None] = []
        for item in batch:
            entry, shared = item.entry, len(table)
            try:
                payload = entry if isinstance(entry, bytes) else entry.encode(table)
                parts.append(frames.encode(seq, payload))
            except (ValueError, TypeError, AttributeError):
                forget(table, shared)
                numbers.append(None)
                continue
            payloads.append(payload)
            numbers.append(seq)
            seq += 1
            durable = durable or item.level is _DURABLE
        octets = b"".join(parts)
        if octets:
            self._make_room(self.length + len(octets))
            self._write_whole(octets)
            self.length += len(octets)
            self.crc = crc32(octets, self.crc)
            self.following = seq
            self._seal.wrote(payloads)
        return numbers, durable

    def _write_whole(self, octets: bytes) -> None:
        taken = self._disk.write(self._handle, octets)
        if taken != len(octets):
            # The system does not call this an error: a file-size limit, for one, first takes what fits.
            raise OSError(errno.ENOSPC, f"only {taken} of {len(octets)} octets were written")

    def _make_room(self, needed: int) -> None:
        if needed <= self._room or not self._can_allocate:
            return
        room = -(-needed // self._step) * self._step
        try:
            self._disk.allocate(self._handle, self._room, room - self._room)
        except OSError:
            # There is no room for a whole step, or this file system has no such thing: the write itself will tell.
            self._can_allocate = False
            return
        self._room = room

    def clear_ahead(self) -> bool:
        """Fill room with zeros, if that is due; whether it was. Raises nothing: room that stays as it was is as good, if slower."""
        size = min(CLEARED, self._step)
        if self.left or not self._can_clear or self._cleared - self.length >= size:
            return False
        start = max(self._cleared, self.length)
        self._make_room(start + size)
        if self._room < start + size:
            return False
        try:
            self._disk.clear(self._handle, start, size)
        except OSError:
            self._can_clear = False
            return False
        self._cleared, self._clearing = start + size, True
        return True

    def sync(self) -> None:
        """Return once every entry is on the medium."""
        self.sync_to(self.length, self.following)
        self._seal.synced(self.following)

    def sync_to(self, length: int, following: int) -> None:
        """Return once the entries before ``following``, which end at ``length`` and were written before this was called, are on
        the medium; or once the segment is left, which has synced it or not (`synced_to`). From any thread.

        The seal is not told, for that is who writes' business.
        """
        with self._syncing:
            if self.failed is not None:
                raise SyncError(self.failed)
            if self.left:
                return
            self._clearing = False
            try:
                self._disk.sync(self._handle)
            except OSError as error:
                self.failed = error
                raise SyncError(error) from error
            # Whoever waited for us, or we for them, may have been further.
            self.synced, self.synced_to = max(self.synced, length), max(self.synced_to, following)

    def end(self) -> None:
        """Close it for good: cut the room that was not needed, sync, make it read-only."""
        if self._room > self.length:
            self._disk.truncate(self._handle, self.length)
        self.sync()
        self._disk.protect(self._handle, 0o440)
        self._close()

    def cut(self) -> bool:
        """Leave it on a disk that does not do as told, cut back to its last good end; False if it cannot be cut.

        Then it is still open, and the lane must not go on: whole entries of a batch that was given up may stand in it,
        under numbers that would be given again. Whoever waits for what was written before them is answered all the same.
        """
        if self._handle < 0:
            return True
        cut = True
        try:
            self._disk.truncate(self._handle, self.length)
        except OSError:
            cut = False
        with contextlib.suppress(SyncError):
            self.sync()
        if not cut:
            return False
        with contextlib.suppress(OSError):
            self._disk.protect(self._handle, 0o440)
        self.abandon()
        return True

    def abandon(self) -> None:
        """Leave it exactly as it is."""
        if self._handle < 0:
            return
        self._seal.doubtful(self.synced_to)
        with contextlib.suppress(OSError):
            self._close()

    def _close(self) -> None:
        # Whatever close says, the handle is gone; closing it twice could close somebody else's.
        with self._syncing:
            handle, self._handle = self._handle, -1
            self._disk.close(handle)

    def readable(self) -> int:
        """The number behind the last entry that can be read back from the medium."""
        try:
            whole = segment.read_segment(self._disk.read(self._folder / self.name, medium=True))
        except (OSError, segment.NotASegment):
            return self.first
        return self.first + len(whole.entries)
