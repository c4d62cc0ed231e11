"""When an article was published, as its site tells it: for licenses that give an article only some time after that.

A page says its date in a field of its response (`Last-Modified`, or one that the site names), or in its path, or the
sitemap says it. A date without a time, as every one in a path, is a whole day of the site's zone, so an article counts as
published when that day is over: never too early.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo

from gateway.instants import instant
from gateway.policy.faults.site import DATED_PATH_PARTS
from gateway.policy.term import midnight
from gateway.vocabulary import NotMeantError

LAST_MODIFIED: Final = "last-modified"
#: Parts of a date in the pattern of a path, and what stands for them in a path.
_PARTS: Final = {"YYYY": r"(?P<year>[0-9]{4})", "MM": r"(?P<month>[0-9]{2})", "DD": r"(?P<day>[0-9]{2})"}
_SPLIT = re.compile("(YYYY|MM|DD)")
_LONGEST: Final = 64
_FIELD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Articles:
    """Where the date of an article is: in the response field ``field`` (lower case), in the path, after ``path``, or in
    the ``sitemap``.

    One of them is given.
    """

    field: str | None = LAST_MODIFIED
    path: re.Pattern[str] | None = None
    sitemap: bool = False

    def dated(self, path: str, zone: ZoneInfo) -> int | None:
        """The instant (microseconds since 1970) by which a path was published at the latest, as the path tells it; None if
        it tells nothing."""
        found = None if self.path is None else self.path.search(path)
        if found is None:
            return None
        try:
            return _over(date(*(int(found[part]) for part in ("year", "month", "day"))), zone)
        except (ValueError, OverflowError):
            return None


#: What holds where a site says nothing.
BY_DEFAULT: Final = Articles()


def dated_path(text: str) -> re.Pattern[str]:
    """The expression for a pattern such as `/YYYY/MM/DD/`, found anywhere in a path. NotMeantError if it names no day."""
    parts = _SPLIT.split(text)
    if sorted(part for part in parts if part in _PARTS) != ["DD", "MM", "YYYY"]:
        raise NotMeantError(DATED_PATH_PARTS)
    return re.compile("".join(_PARTS.get(part) or re.escape(part) for part in parts))


def is_field(text: str) -> bool:
    """Whether a text can be the name of a response field."""
    return _FIELD.fullmatch(text) is not None


def published(value: str, zone: ZoneInfo) -> int | None:
    """The instant (microseconds since 1970) that a field tells, as an HTTP date (RFC 9110 section 5.6.7) or by RFC 3339; a
    time without a zone is the site's, and a day without a time is over. None if it tells none, or several."""
    text = value.strip()
    if len(text) > _LONGEST or text.count(",") > 1:
        return None  # two dates in one line say none, and whoever reads dates leniently takes the first
    try:
        day = _day(text)
        if day is not None:
            return _over(day, zone)
        read = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
        return instant((read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _over(day: date, zone: ZoneInfo) -> int:
    """The instant at which a day is over."""
    return instant(midnight(day + timedelta(days=1), zone))
