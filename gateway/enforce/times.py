"""An instant as a page says it: in the site's own zone and in UTC."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

_MONTHS_ID: Final = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli"),
    *("Agustus", "September", "Oktober", "November", "Desember"),
)
_MONTHS_EN: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


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
        f"{here.day} {_MONTHS_ID[here.month - 1]} {here.year} pukul {here:%H.%M.%S} {here.tzname()}",
        f"{at.day} {_MONTHS_EN[at.month - 1]} {at.year}, {at:%H:%M:%S} UTC",
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
    )
