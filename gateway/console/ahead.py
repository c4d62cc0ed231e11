"""Refusals folded ahead for the monthly letter, beside the pages.

Theory of operation. All of a letter but its refusals is sums that the index has; those are read one by one from the journal,
and a month may hold a million. So the months that are asked for, the one before and the one that runs, are folded by a thread
of its own, with an index of its own that it leaves as far as the pages have caught it up, and with rests, so that no page waits
for it. A letter goes on from there. What was folded is never wrong later: an entry does not change but for what is erased.
"""

import copy
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from gateway.audit.index import Index
from gateway.audit.letter import REFUSALS
from gateway.audit.reader import Damage, NoJournal, Reader
from gateway.audit.usage import first_of, refusals_after
from gateway.instants import utc
from gateway.told.letter import Refusals
from gateway.told.month import Month

#: Seconds of work at a time, of rest between, and between two looks for what is new.
SLICE: Final = 0.05
REST: Final = 0.05
PAUSE: Final = 5.0

_Key = tuple[Month, str]


class Folded(NamedTuple):
    """Refusals of a month up to entry ``last``."""

    fold: Refusals
    last: int


class Ahead:
    """The months of one journal. `follow` is one thread's, `of` anybody's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._months: dict[_Key, Folded] = {}
        self._given_up: set[_Key] = set()

    def of(self, month: Month, zone: ZoneInfo) -> Folded | None:
        """What was folded of a month, as a copy of one's own; None where nothing was."""
        with self._lock:
            return copy.deepcopy(self._months.get((month, zone.key)))

    def follow(
        self, journal: Path, zone: Callable[[], ZoneInfo], clock: Callable[[], int], ends: threading.Event
    ) -> None:
        """Fold whatever is there, until ``ends``; ``clock`` gives the time in µs UTC."""
        while not ends.wait(PAUSE):
            try:
                with closing(Index(Reader(journal), behind=True)) as index:
                    while self.advance(index, zone(), clock()) and not ends.wait(REST):
                        pass
            except NoJournal:
                continue
            except (sqlite3.Error, OSError) as error:  # the pages say what is wrong with it
                structlog.get_logger().info("the letter is not made ahead", error=str(error))

    def advance(self, index: Index, zone: ZoneInfo, now: int) -> bool:
        """Fold a slice of the month before the one of ``now`` (µs UTC), or of that one once the other is done; whether there is
        more to do."""
        running = Month.of(utc(now).astimezone(zone).date())
        wanted = [(month, zone.key) for month in (running.before, running)]
        with self._lock:
            self._months = {key: self._months[key] for key in wanted if key in self._months}
        until, more = time.monotonic() + SLICE, False
        for key in wanted:
            more = True
            while more and time.monotonic() < until:
                try:
                    more = self._more(index, key, zone)
                except (KeyError, ValueError) as error:  # an entry of a later version: the letter will say so
                    structlog.get_logger().warning("the letter is not made ahead", error=str(error))
                    self._given_up.add(key)
                    more = False
            if more:
                break
        return more

    def _more(self, index: Index, key: _Key, zone: ZoneInfo) -> bool:
        """Fold a few entries of one month; whether there are more."""
        since, end = key[0].span(zone)
        known = self._months.get(key)
        if key in self._given_up:
            return False
        if known is None:
            first = first_of(index, since, end)
            if first is None:
                return False
            known = Folded(Refusals(), first - 1)
        if known.last >= index.last:
            return False
        found, last = refusals_after(index, REFUSALS, since, end, known.last)
        with self._lock:
            for entry in found:
                if not isinstance(entry, Damage):
                    known.fold.add(entry)
            self._months[key] = Folded(known.fold, last)
        return True
