"""An instant as a page says it: in the site's own zone and in UTC."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from gateway.names import MONTHS


class Times(NamedTuple):
    """``local`` is Indonesian, ``utc`` English, ``iso`` RFC 3339."""

    local: str
    utc: str
    iso: str


@lru_cache(maxsize=256)
def times(second: int, zone: tzinfo) -> Times:
    """A second since 1970 UTC, as `23 November 2026 pukul 12.00.05 WIB` and `23 November 2026, 05:00:05 UTC`."""
    at = datetime.fromtimestamp(second, UTC)
    here = at.astimezone(zone)
    return Times(
        f"{here.day} {MONTHS[here.month - 1].id} {here.year} pukul {here:%H.%M.%S} {here.tzname()}",
        f"{at.day} {MONTHS[at.month - 1].en} {at.year}, {at:%H:%M:%S} UTC",
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
    )
