"""The question that an address of the console asks: filters by name, as they stand in the URL.

Days are whole days of the site's zone, `until` included; `since` may be how long ago (`7d`). Nothing of it reaches a
statement but as a value.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from gateway.audit.query import Query
from gateway.instants import instant, moment
from gateway.policy.model import Policy
from gateway.policy.paths import Pattern
from gateway.vocabulary import Audience, Kind, Verdict

#: Filters that ask for a word, with the member of `Query` that each is.
WORDS: Final = {
    "verdict": "verdicts",
    "kind": "kinds",
    "audience": "audiences",
    "operator": "operators",
    "agent": "agents",
    "purpose": "purposes",
    "rule": "rules",
    "license": "licenses",
    "address": "addresses",
}
#: Every filter, in the order in which they are told.
NAMES: Final = (*WORDS, "path", "section", "since", "until", "violations")
PERIODS: Final = ("1h", "24h", "7d", "30d")
#: What a filter that has few values may be.
CHOICES: Final = {"verdict": tuple(Verdict), "kind": tuple(Kind), "audience": tuple(Audience)}
_LONGEST: Final = 512


class BadFilter(ValueError):  # noqa: N818 -- as it is said
    """A filter that cannot be read: its name and what it says."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(name)
        self.name, self.value = name, value


class Filters(NamedTuple):
    """What an address asks for: the filters as written, and the question."""

    given: tuple[tuple[str, str], ...]
    query: Query

    def first(self, name: str) -> str:
        """The value of a filter, empty where it is not given."""
        return next((value for one, value in self.given if one == name), "")


def read(params: QueryParams, policy: Policy, now: int) -> Filters:
    """The filters of an address; several paths and sections are any of them. BadFilter where one cannot be read."""
    given = tuple((name, value.strip()) for name in NAMES for value in params.getlist(name) if value.strip())[
        :16
    ]
    found: dict[str, Any] = {member: _values(given, name) for name, member in WORDS.items()}
    for name, value in given:
        if len(value) > _LONGEST:
            raise BadFilter(name, f"{value[:40]}…")
        try:
            if name == "path":
                found["paths"] = (*found.get("paths", ()), Pattern(value))
            elif name == "section":
                found["paths"] = (*found.get("paths", ()), *sections(policy)[value])
            elif name in {"since", "until"}:
                found[name] = _moment(value, policy.zone, now, ends=name == "until")
        except (ValueError, KeyError):
            raise BadFilter(name, value) from None
    return Filters(given, Query(**found, phases=("decision",), violations="violations" in dict(given)))


def sections(policy: Policy) -> dict[str, tuple[Pattern, ...]]:
    """The parts of the site by name, with their patterns on any of its hosts."""
    found: dict[str, tuple[Pattern, ...]] = {}
    for host in policy.hosts:
        for name, patterns in host.sections.items():
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *patterns)))
    return found


def _values(given: Iterable[tuple[str, str]], wanted: str) -> tuple[str, ...]:
    return tuple(value for name, value in given if name == wanted)


def _moment(text: str, zone: ZoneInfo, now: int, *, ends: bool) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return moment(text, now)
    return day_begins(day + timedelta(days=1) if ends else day, zone)


def day_begins(day: date, zone: ZoneInfo) -> int:
    """The instant (µs UTC) at which a day begins in a zone."""
    return instant(datetime.combine(day, time.min, zone))
