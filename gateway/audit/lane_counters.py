"""The counters of rates and quotas that a lane holds, for there is one writer to a lane and so one count.

They are asked in memory, under a lock that nobody holds while writing; a copy of them is kept on the disk now and then. Of
quotas that copy is the fold over what was written (`Books`), so that it says exactly what the journal says up to an entry.
What cannot be written at once is written later, when only the journal knows in which order: then no copy is kept any more, and
the next start reads from the last one on.
"""

import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from gateway.audit import quotas_file, rates_file
from gateway.audit.open_lane import Left
from gateway.audit.receipt import Item, Receipt
from gateway.audit.segment import Sound
from gateway.rates.counters import Findings, Take
from gateway.rates.ledger import Booked, Days, Draw, Ledger, Recounted


class LaneCounters:
    """The counters of one lane. From any thread, and at once, but for `after` and `copy`, which are for who writes, and `keep`."""

    def __init__(self, folder: Path, last: int, now: int, sound: Sound) -> None:
        """As they were kept, and as the entries behind that up to ``last`` say; ``now`` in µs since 1970, UTC."""
        self._folder = folder
        self._counters = rates_file.load(folder, now)
        #: What there is to say of quotas at this start, for an event.
        self._books, self.found = quotas_file.load(folder, last, now, sound)
        self._counters.ledger = Ledger(self._books.days, self._books.since, self._books.recounts)
        self._counting = threading.Lock()
        self._kept, self._copied = 0, (0, (0, 0))
        self._out_of_order = False

    def take(self, takes: Sequence[Take | Draw], now: int) -> Findings:
        """See `Lane.take`."""
        with self._counting:
            return self._counters.take(takes, now)

    def release(self, booked: Booked) -> None:
        """See `Lane.release`."""
        with self._counting:
            self._counters.ledger.release(booked.license, booked.day)

    def book(self, license: str, day: date) -> None:
        """See `Lane.book`."""
        with self._counting:
            self._counters.ledger.book(license, day)

    def taken(self) -> tuple[Days, int]:
        """See `Lane.taken`."""
        with self._counting:
            return self._counters.ledger.days(), self._counters.ledger.corrections

    def is_booked(self, id: str) -> bool:
        """See `Lane.is_booked`."""
        return id in self._books.open

    def left(self, draws: Sequence[Draw]) -> tuple[Left, ...]:
        """See `Lane.left`."""
        ledger = self._counters.ledger
        with self._counting:
            return tuple(Left(ledger.left(draw), ledger.closes(draw)) for draw in draws)

    def after(self, items: Sequence[Item], receipts: Sequence[Receipt | None], last: int) -> None:
        """Take in what was written about quotas, up to the entry with number ``last``."""
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
        self._books.seq = last

    def copy(self, mark: tuple[int, int]) -> bytes | None:
        """What is to be kept of quotas, where they, or the ``mark``, have changed since the last copy."""
        booked = (self._books.changes, mark)
        if booked == self._copied or self._out_of_order:
            return None
        self._copied = booked
        return quotas_file.written_down(self._books)

    def keep(self, copy: bytes | None) -> None:
        """Keep what has changed of rates, and a copy of quotas. Waits for the disk."""
        if copy is not None:
            quotas_file.save(self._folder, copy)
        with self._counting:
            changes = self._counters.changes
            if changes == self._kept:
                return
            many, few = self._counters.kept()
        self._kept = changes
        rates_file.save(self._folder, self._counters.secret, many, few)


class Counted:
    """A lane that holds counters."""

    _counters: LaneCounters

    def take(self, takes: Sequence[Take | Draw], now: int) -> Findings:
        """Count a request under each of these rates and quotas, or under none if one refuses it; ``now`` in µs since
        1970, UTC.

        From any thread, and at once. It holds whatever the state of the disk.
        """
        return self._counters.take(takes, now)

    def release(self, booked: Booked) -> None:
        """Give back to a license's quota what was taken; what is not given back is kept. From any thread."""
        self._counters.release(booked)

    def book(self, license: str, day: date) -> None:
        """Take from a license's quota what gateways together have permitted. From any thread."""
        self._counters.book(license, day)

    def taken(self) -> tuple[Days, int]:
        """What this lane took from quotas, by day, and how often an operator has corrected that. From any thread."""
        return self._counters.taken()

    def is_booked(self, id: str) -> bool:
        """Whether the journal has a decision that was booked, and no outcome of it yet. From any thread."""
        return self._counters.is_booked(id)

    def left(self, draws: Sequence[Draw]) -> tuple[Left, ...]:
        """What is left of quotas, in the same order. From any thread."""
        return self._counters.left(draws)
