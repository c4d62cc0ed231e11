"""A month of the calendar, as reports are made for."""

import re
from datetime import date, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from gateway.instants import instant
from gateway.names import MONTHS
from gateway.policy.term import midnight
from gateway.vocabulary import Language

_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


class Month(NamedTuple):
    """A month of the calendar."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> "Month | None":
        """The month of `2026-10`; None if it is none, or not of this age."""
        found = _MONTH.fullmatch(text)
        if found is None or not 1970 <= int(found[1]) < 3000:
            return None
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that a day lies in."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def before(self) -> "Month":
        """The month before it."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def after(self) -> "Month":
        """The month after it."""
        return Month.of(self.last + timedelta(days=1))

    def span(self, zone: ZoneInfo) -> tuple[int, int]:
        """Where it begins and ends in a zone (µs since 1970 UTC)."""
        return instant(midnight(self.first, zone)), instant(midnight(self.last + timedelta(days=1), zone))

    def said(self, language: Language) -> str:
        """Its name and year: `Oktober 2026`."""
        return f"{MONTHS[self.month - 1].said(language)} {self.year}"

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"
