"""Numbers, times and texts of strangers as a page shows them, in Indonesian or English form."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from gateway.inert import inert
from gateway.instants import utc
from gateway.names import MONTHS
from gateway.vocabulary import Language


def share(part: int, whole: int, language: Language) -> str:
    """Per cent with one decimal: 96,1 % or 96.1%; nothing of nothing is 0."""
    text = f"{100 * part / whole if whole else 0:.1f}"
    return f"{text.replace('.', ',')} %" if language == Language.ID else f"{text}%"


def octets(value: int, language: Language) -> str:
    """Octets in the largest unit of which there is at least one."""
    size, units = float(value), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    unit = units[0]
    text = f"{size:.0f}" if unit == "B" else f"{size:.1f}"
    return f"{text.replace('.', ',') if language == Language.ID else text} {unit}"


def day(value: date, language: Language) -> str:
    """23 November 2026."""
    return f"{value.day} {MONTHS[value.month - 1].said(language)} {value.year}"


class Clock:
    """Instants in a site's zone."""

    def __init__(self, zone: ZoneInfo, language: Language) -> None:
        self._zone, self._language = zone, language

    def local(self, at: int) -> datetime:
        """The instant as the site's wall shows it."""
        return utc(at).astimezone(self._zone)

    def day(self, at: int) -> str:
        """23 November 2026."""
        return day(self.local(at).date(), self._language)

    def time(self, at: int) -> str:
        """14.05.33 or 14:05:33."""
        return f"{self.local(at):%H.%M.%S}" if self._language == Language.ID else f"{self.local(at):%H:%M:%S}"

    def minute(self, at: int) -> str:
        """14.05 or 14:05."""
        return self.time(at)[:5]

    def zone(self, at: int) -> str:
        """WIB, or what the zone is called then."""
        return self.local(at).tzname() or "UTC"

    def full(self, at: int) -> str:
        """23 November 2026, 14.05.33 WIB."""
        return f"{self.day(at)}, {self.time(at)} {self.zone(at)}"

    def short(self, at: int) -> str:
        """23/11 14.05.33: for a row of a table."""
        return f"{self.local(at):%d/%m} {self.time(at)}"


def lines(text: str, most: int = 2_000) -> str:
    """A text of several lines, each of them inert; what is beyond ``most`` lines is left out."""
    found = text.replace("\r\n", "\n").split("\n")
    more = [] if len(found) <= most else ["…"]
    return "\n".join([*map(inert, found[:most]), *more])
