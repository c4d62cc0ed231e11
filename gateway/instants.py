"""Instants and lengths of time, as they are kept and as people write them.

An instant is a whole number of microseconds since 1970, UTC: it sorts, it fits 53 bits until the year 2255, and no
rounding creeps in on its way through the journal. Nothing here asks what time it is; that comes in as an argument.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from gateway.vocabulary import NotMeantError, Sentence

SECOND: Final = 1_000_000
#: Later than every instant.
NEVER: Final = 2**63
#: A day of UTC, which knows no leap seconds here, as POSIX has it.
DAY: Final = 86_400 * SECOND
#: The longest time that an order or a setting may name, in seconds: longer is "for good".
LONGEST: Final = 366 * 86_400

_NO_LENGTH: Final = Sentence(
    "`{text}` bukan lama waktu seperti `30s`, `15m`, `2h` atau `1d`, paling lama `366d`",
    "`{text}` is not a time such as `30s`, `15m`, `2h` or `1d`, at most `366d`",
)
_NO_TIME: Final = Sentence("`{text}` bukan waktu", "`{text}` is no time")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LENGTH = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def utc(at: int) -> datetime:
    """The instant as a datetime in UTC, exact to the microsecond."""
    return _EPOCH + timedelta(microseconds=at)


def instant(when: datetime) -> int:
    """The instant of a datetime that knows its zone, exact to the microsecond."""
    return (when - _EPOCH) // _MICROSECOND


def rfc3339(at: int) -> str:
    """The instant as RFC 3339 in UTC, six digits of a second and `Z`."""
    second, rest = divmod(at, SECOND)
    return f"{_to_the_second(second)}.{rest:06}Z"


@lru_cache(maxsize=256)
def _to_the_second(second: int) -> str:
    return utc(second * SECOND).replace(tzinfo=None).isoformat(timespec="seconds")


def duration(text: str) -> int:
    """Seconds of `30s`, `15m`, `2h`, `1d` or `1d12h`, at least one and at most `LONGEST`.

    Raises NotMeantError in the writer's words.
    """
    seconds = _seconds(text.strip())
    if seconds is None or not 0 < seconds <= LONGEST:
        raise NotMeantError(_NO_LENGTH.filled(text=text))
    return seconds


def moment(text: str, now: int) -> int:
    """The instant of a time as people write it: a UTC day, RFC 3339, or how long before ``now`` (`2h`, `1d12h`).

    A day is its beginning; a time without an offset is UTC. Raises NotMeantError if it is none of these.
    """
    ago = _seconds(text)
    if ago is not None:
        return max(0, now - ago * SECOND)
    try:
        if _DAY.fullmatch(text):
            return instant(datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC))
        read = datetime.fromisoformat(text)
        return instant(read.replace(tzinfo=UTC) if read.tzinfo is None else read)
    except (ValueError, OverflowError):
        raise NotMeantError(_NO_TIME.filled(text=text)) from None


def _seconds(text: str) -> int | None:
    """The seconds of a length of time, or None if the text is none."""
    parts = _LENGTH.fullmatch(text)
    if not text or parts is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
