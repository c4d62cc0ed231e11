"""From when until when something holds: days of the site's zone, or instants as RFC 3339 writes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gateway.instants import instant, utc
from gateway.policy.faults import rules as faults
from gateway.policy.reader import Reader, What
from gateway.policy.source import Node, Text, shown

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LIKE_AN_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].*")


@dataclass(frozen=True, slots=True)
class Term:
    """Instants in microseconds since 1970, UTC: the first one that is covered, and the first one that no longer is.

    None is: without beginning, without end.
    """

    begins: int | None = None
    ends: int | None = None

    def holds(self, now: int) -> bool:
        """Whether it covers an instant."""
        return (self.begins is None or self.begins <= now) and (self.ends is None or now < self.ends)

    def meets(self, other: "Term") -> bool:
        """Whether both cover some instant."""
        return _before(self.begins, other.ends) and _before(other.begins, self.ends)


#: The term of whatever names none.
ALWAYS: Final = Term()


def read_term(reader: Reader, fields: Mapping[str, Node], what: What, zone: ZoneInfo) -> Term | None:
    """The term of `from` and `until`, either of which may be missing; None if it cannot be read.

    A bare day is one of ``zone``, and whole: both ends are included. An instant ends what it is the `until` of.
    """
    begins = _read(reader, fields["from"], "`from`", zone) if "from" in fields else None
    ends = _read(reader, fields["until"], "`until`", zone, last=True) if "until" in fields else None
    if ("from" in fields and begins is None) or ("until" in fields and ends is None):
        return None
    if begins is not None and ends is not None and ends <= begins:
        first, last = fields["from"], fields["until"]
        assert isinstance(first, Text)
        assert isinstance(last, Text)
        reader.wrong(
            last.place,
            faults.ENDS_FIRST,
            what=what,
            ends=shown(last.text),
            begins=shown(first.text),
            place=first.place,
        )
        return None
    return Term(begins, ends)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day in a zone, as UTC has it."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def told(at: int, zone: ZoneInfo, *, last: bool = False) -> tuple[date, str]:
    """An instant as the site's clock has it: its day, and the time of day, empty for a whole day.

    With ``last`` the instant is the first one after a term, and the day its last one if the day was whole.
    """
    here = utc(at).astimezone(zone)
    if here.time() == datetime.min.time():
        return (here.date() - timedelta(days=1) if last else here.date()), ""
    return here.date(), f"{here:%H.%M}"


def _before(begins: int | None, ends: int | None) -> bool:
    return begins is None or ends is None or begins < ends


def _read(reader: Reader, node: Node, what: str, zone: ZoneInfo, *, last: bool = False) -> int | None:
    """An instant; of a day its first one, or with ``last`` the first one of the next day."""
    if isinstance(node, Text) and _LIKE_AN_INSTANT.fullmatch(node.text):
        found = _instant(node.text)
        if found is None:
            reader.wrong(node.place, faults.NO_INSTANT, text=shown(node.text))
        return found
    day = reader.date(node, what)
    if day is None:
        return None
    return instant(midnight(day + timedelta(days=1) if last else day, zone))


def _instant(text: str) -> int | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return instant(found) if 1900 <= found.year < 3000 else None
