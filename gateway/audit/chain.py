"""The segments of a lane, each behind the one before: which is being written, and how far everybody may read."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gateway import __version__
from gateway.audit import committed, segment
from gateway.audit.committed import Committed
from gateway.audit.disk import Disk
from gateway.audit.open_segment import STEP, OpenSegment
from gateway.audit.receipt import LEVELS, Clock, symbol
from gateway.audit.unsealed import Unsealed
from gateway.instants import rfc3339
from gateway.record import FORM

#: What each segment says besides of what was promised to whom.
_PROMISED: Final = {audience.value: level.value for audience, level in LEVELS.items()}


class Chain:
    """The segments of one lane; for its writer alone. `begin` and `end` raise OSError, `end` SyncError too."""

    def __init__(
        self,
        folder: Path,
        disk: Disk,
        clock: Clock,
        *,
        of: tuple[str, str],
        seal: Unsealed,
        size: int,
        tell: Callable[[str, dict[str, Any]], object],
    ) -> None:
        """``of`` are the names of the site and the lane; ``size`` is that at which a segment is closed, in octets. ``tell`` has an
        event written."""
        self._folder, self._disk, self._clock, self._seal = folder, disk, clock, seal
        self._of, self._size, self._tell = of, size, tell
        #: The segment that is being written, if there is one.
        self.place: OpenSegment | None = None
        #: The name of the last segment that has entries, and its length.
        self.previous: tuple[str | None, int] = (None, 0)
        #: A segment that was left and could not be cut: nothing can be written until it is.
        self._uncut: OpenSegment | None = None
        self._published = committed.Publication(folder, disk)

    def open(self) -> None:
        """Begin to say how far everybody may read."""
        self._published.open()

    def due(self, place: OpenSegment) -> bool:
        """Whether it is time for the next segment. While the medium is waited for that is put off, for to end a segment is to wait
        for it too; but no segment grows to more than twice its size."""
        now = self._clock.wall()
        return place.due(self._size, now) and not (place.syncing and place.length < 2 * self._size)

    def begin(self, following: int) -> OpenSegment:
        """The next segment, whose first entry has that number."""
        if self._uncut is not None:
            if not self._uncut.cut():
                raise OSError(errno.EIO, "the segment before cannot be cut")
            self._uncut = None
        now = self._clock.wall()
        before, length = self.previous
        site, lane = self._of
        header = segment.Header(
            1, site, lane, following, rfc3339(now), before, length, _PROMISED, __version__, FORM
        )
        step = min(STEP, self._size)
        self.place = OpenSegment(self._folder, self._disk, header, now, self._seal, step)
        self.publish()
        return self.place

    def end(self) -> None:
        """Close the segment for good."""
        place = self.place
        assert place is not None
        place.end()
        self.publish()
        self.leave(place)

    def turn_over(self, following: int) -> OpenSegment:
        """As `end` and `begin`."""
        self.end()
        return self.begin(following)

    def leave(self, place: OpenSegment) -> None:
        """The lane goes on behind this segment, unless that has no entry: then the next one takes its name."""
        if not place.empty:
            self.previous = (place.name, place.length)
        self.place = None

    def cut(self) -> None:
        """Leave the segment on a disk that does not do as told, cut back to its last good end."""
        place = self.place
        if place is not None:
            self.leave(place)
            if not place.cut():
                self._uncut = place

    def publish(self) -> None:
        """Let everybody read as far as was written."""
        place = self.place
        if place is None:
            return
        record = Committed(
            place.first, place.length, place.synced, place.following, self._clock.boot, place.crc
        )
        if not self._published.publish(record):
            self._tell("storage-fault", {"error": symbol(self._published.error), "file": committed.NAME})

    def close(self) -> None:
        """Let go of all files; the next start goes on behind whatever stands in them. Never raises."""
        if self._uncut is not None:
            self._uncut.abandon()
        self._published.close()
