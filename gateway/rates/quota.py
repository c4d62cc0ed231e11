"""A quota as a license writes it: `100000/month`, counted by the calendar of the site's time zone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from gateway.instants import SECOND, instant, utc
from gateway.vocabulary import NotMeantError, Sentence

#: Most requests that a quota may name.
MOST: Final = 1_000_000_000

_NO_QUOTA: Final = Sentence("`{text}` bukan kuota", "`{text}` is no quota")
_NOTHING: Final = Sentence("`{text}` tidak mengizinkan apa pun", "`{text}` permits nothing")
_TOO_MUCH: Final = Sentence(
    "`{text}` lebih banyak dari yang diminta klien mana pun", "`{text}` is more than any client asks for"
)
_WRITTEN: Final = re.compile(r"([0-9]{1,12})/([a-z]{1,20})", re.ASCII)


class Period(StrEnum):
    """A length of calendar that a quota is written in. A week begins on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


#: For how many days an entry has to be kept so that a period is whole in the journal to its end: those of the longest, and
#: one more for the hour that clocks are set back.
KEPT_DAYS: Final[Mapping[Period, int]] = {
    Period.DAY: 2,
    Period.WEEK: 8,
    Period.MONTH: 32,
    Period.YEAR: 367,
}


class Span(NamedTuple):
    """One period around an instant: the day that instant lies in, the period's first and last day, and where it begins
    and ends (µs since 1970 UTC; the end is the first instant after it)."""

    day: date
    first: date
    last: date
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Quota:
    """``count`` requests in each ``period`` of the calendar."""

    count: int
    period: Period

    @property
    def limit(self) -> str:
        """As it is written: `100000/month`."""
        return f"{self.count}/{self.period}"

    def span(self, now: int, zone: ZoneInfo) -> Span:
        """The period that ``now`` (µs since 1970 UTC) lies in, by the calendar of ``zone``."""
        return _span_in(self.period, now // SECOND, zone)


def read_quota(text: str) -> Quota:
    """The quota of `100000/month`. Raises NotMeantError in the writer's words."""
    found = _WRITTEN.fullmatch(text)
    if found is None or found[2] not in list(Period):
        raise NotMeantError(_NO_QUOTA.filled(text=text))
    count = int(found[1])
    if not 0 < count <= MOST:
        raise NotMeantError((_TOO_MUCH if count else _NOTHING).filled(text=text))
    return Quota(count, Period(found[2]))


@lru_cache(maxsize=256)
def _span_in(period: Period, second: int, zone: ZoneInfo) -> Span:
    """The period that a second since 1970 UTC lies in: every zone's days begin with a whole second."""
    return _span(period, utc(second * SECOND).astimezone(zone).date(), zone)


@lru_cache(maxsize=256)
def _span(period: Period, day: date, zone: ZoneInfo) -> Span:
    first = last = day
    match period:
        case Period.WEEK:
            first = day - timedelta(days=day.weekday())
            last = first + timedelta(days=6)
        case Period.MONTH:
            first = day.replace(day=1)
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case Period.YEAR:
            first, last = day.replace(month=1, day=1), day.replace(month=12, day=31)
    return Span(day, first, last, _midnight(first, zone), _midnight(last + timedelta(days=1), zone))


def _midnight(day: date, zone: ZoneInfo) -> int:
    return instant(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))
