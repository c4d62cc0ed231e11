"""What was taken from quotas: by license and day, as the doors count it and as the journal tells it.

Theory of operation. A request is booked on a day of the site's calendar when it is let in, and the booking is released
when the origin turns out to have answered something else than 200 or 206: so at no instant more can be under way than the
quota permits. A period's count is the sum over its days. Days rather than periods are kept, so that a quota rewritten from
months to weeks loses nothing; and every day of the period counts, those after today too, so that a clock set back gives
no fresh quota.

The truth is the journal: a decision says on which day it was booked (`booked`), its outcome whether that stands. `Books`
are the fold over these, and `Ledger`, which is asked for each request, begins as a copy of them. What was booked and has
no outcome when a writer starts will never have one: it counts, and is told (`Books.restarted`). Where the journal is
known to have lost entries, what it says of periods that began before is too little, and nothing is taken from them, until
an operator says how many it were (`Recounted`). That replaces what was counted in the period but for requests that are under
way, so that the count never falls below the number given. It does so in the order of the journal, and `Ledger`, which is
ahead of the journal by what is not written yet, is changed by the difference that it made to `Books`.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from gateway.rates.quota import Span

#: Statuses of the origin that a booking stands for: the content, or a part of it.
DELIVERED: Final = frozenset({200, 206})
#: Days of one license that are kept; the longest period, twice.
MOST_DAYS: Final = 732

#: Requests that were booked, by license and day.
Days = dict[str, dict[date, int]]


class Draw(NamedTuple):
    """One request to be taken from a license's quota of ``limit`` in ``span``; ``name`` is `quota.ID`.

    ``begins`` is where the license begins (µs since 1970 UTC): before that nothing was taken. With ``free`` it is only
    asked how many are left: nothing is taken, and nobody refused.
    """

    name: str
    license: str
    limit: int
    span: Span
    begins: int = 0
    free: bool = False


class Booked(NamedTuple):
    """A decision was booked: its id, the license, and on which day."""

    id: str
    license: str
    day: date


class Settled(NamedTuple):
    """A booking has ended: the decision's id, and whether it stands."""

    id: str
    kept: bool


class Recounted(NamedTuple):
    """An operator said at ``at`` (µs since 1970 UTC) that ``used`` requests were taken from ``first`` to ``last``, both
    included. They are kept under ``day``, one of these."""

    license: str
    used: int
    day: date
    first: date
    last: date
    at: int


Booking = Booked | Settled | Recounted

#: The event that says a `Recounted`.
RECOUNT: Final = "quota-recount"
#: By license, the first day of the period that was counted anew, and when (µs since 1970 UTC).
Recounts = dict[str, tuple[date, int]]


def recounted(event: str, details: Mapping[str, Any], at: int) -> Recounted | None:
    """What an event says of a quota, None for all others. KeyError, TypeError or ValueError where it is not whole."""
    if event != RECOUNT:
        return None
    day, first, last = (date.fromisoformat(details[name]) for name in ("day", "first", "last"))
    return Recounted(details["license"], int(details["used"]), day, first, last, at)


class Ledger:
    """The counts that requests are held against. Not for several threads at once.

    ``since``: periods that began before it (µs since 1970 UTC) are not wholly known, and closed unless counted anew.
    """

    def __init__(
        self,
        days: Mapping[str, Mapping[date, int]] | None = None,
        since: int = 0,
        recounts: Mapping[str, tuple[date, int]] | None = None,
    ) -> None:
        self._days: Days = {license: dict(counts) for license, counts in (days or {}).items()}
        self._since = since
        self._recounts = dict(recounts or {})
        #: How often an operator has said what was taken.
        self.corrections = 0
        #: Sums that were asked for, by license, and first and last day: a year is not summed for each request.
        self._sums: dict[str, dict[tuple[date, date], int]] = {}

    def left(self, draw: Draw) -> int:
        """How many requests may still be taken."""
        if self.closes(draw):
            return 0
        return max(0, draw.limit - self.used(draw.license, draw.span.first, draw.span.last))

    def closes(self, draw: Draw) -> bool:
        """Whether nothing is taken because it is not wholly known what was."""
        if max(draw.span.begins, draw.begins) >= self._since:
            return False
        first, at = self._recounts.get(draw.license, (date.max, 0))
        return draw.span.first < first or at < self._since

    def used(self, license: str, first: date, last: date) -> int:
        """How many were taken from ``first`` to ``last``, both included."""
        sums = self._sums.setdefault(license, {})
        found = sums.get((first, last))
        if found is None:
            if len(sums) >= 8:
                sums.clear()
            counts = self._days.get(license, {})
            found = sums[first, last] = sum(count for day, count in counts.items() if first <= day <= last)
        return found

    def book(self, license: str, day: date) -> None:
        """Take one."""
        self._add(license, day, 1)

    def release(self, license: str, day: date) -> None:
        """Give one back that was taken on that day. What is not released is kept."""
        self._add(license, day, -1)

    def correct(self, recount: Recounted, difference: Mapping[date, int]) -> None:
        """Follow the books in what an operator said: by how much it changed each day (`Books.difference`)."""
        for day, count in difference.items():
            self._add(recount.license, day, count)
        self._recounts[recount.license] = (recount.first, recount.at)
        self.corrections += 1

    def days(self) -> Days:
        """A copy of all that was taken."""
        return {license: dict(counts) for license, counts in self._days.items()}

    def _add(self, license: str, day: date, count: int) -> None:
        counts = self._days.setdefault(license, {})
        counts[day] = counts.get(day, 0) + count
        sums = self._sums.get(license, {})
        for first, last in sums:
            if first <= day <= last:
                sums[first, last] += count


class Books:
    """What the journal says was taken, up to the entry with number ``seq``.

    ``open`` are bookings without an outcome, by decision; ``since`` and ``recounts`` as for `Ledger`.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.since = 0
        self.days: Days = {}
        self.open: dict[str, tuple[str, date]] = {}
        self.recounts: Recounts = {}
        #: Grows with each change: what is to be kept has changed if this has.
        self.changes = 0

    def after(self, booking: Booking) -> None:
        """Take in what one entry says. An outcome of what was never booked changes nothing."""
        if isinstance(booking, Booked):
            self.open[booking.id] = (booking.license, booking.day)
            self._add(booking.license, booking.day, 1)
        elif isinstance(booking, Recounted):
            for day, count in self.difference(booking).items():
                self._add(booking.license, day, count)
            self.recounts[booking.license] = (booking.first, booking.at)
        elif (taken := self.open.pop(booking.id, None)) is not None and not booking.kept:
            self._add(*taken, -1)
        self.changes += 1

    def difference(self, recount: Recounted) -> dict[date, int]:
        """By how much this would change each day's count. What is under way is counted on top of the number given."""
        found = Counter({recount.day: recount.used})
        found.update(
            day
            for license, day in self.open.values()
            if license == recount.license and recount.first <= day <= recount.last
        )
        for day, count in self.days.get(recount.license, {}).items():
            if recount.first <= day <= recount.last:
                found[day] -= count
        return dict(found)

    def restarted(self) -> dict[str, int]:
        """A writer has started: what is open stays booked for good. How many these are, by license."""
        unsettled: dict[str, int] = {}
        for license, _ in self.open.values():
            unsettled[license] = unsettled.get(license, 0) + 1
        self.open.clear()
        self.changes += 1
        return unsettled

    def _add(self, license: str, day: date, count: int) -> None:
        counts = self.days.setdefault(license, {})
        counts[day] = counts.get(day, 0) + count
        if len(counts) > MOST_DAYS:
            del counts[min(counts)]


def delivered(status: int | None) -> bool:
    """Whether the answer that a client was sent has used up what was booked for it."""
    return status in DELIVERED
