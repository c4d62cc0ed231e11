"""The details of an event in words: each under its name, what is made of several on lines of its own."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.console.visit import Visit
from gateway.console.words_of_details import DETAILS
from gateway.instants import SECOND, moment

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_INSTANTS: Final = frozenset({"at", "since", "until", "given", "made", "ends"})
#: Nobody's number of entries, and every instant (µs UTC) of which an order speaks.
_LATE: Final = 1_000_000_000 * SECOND
_NONE: Final = "–"


def lines(visit: Visit, details: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The details for a page, in their order."""
    return [(named(visit, name), [*_lines(visit, name, value)] or [_NONE]) for name, value in details.items()]


def named(visit: Visit, name: str) -> str:
    """What a detail is called; one of a later version, and what somebody named, has its name alone."""
    said = DETAILS.get(name)
    return name if said is None else said.said(visit.language)


def _lines(visit: Visit, name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner, one in value.items():
            yield f"{named(visit, inner)}: {_text(visit, inner, one)}"
    elif isinstance(value, list):
        for one in value:
            yield _text(visit, name, one)
    else:
        yield _text(visit, name, value)


def _text(visit: Visit, name: str, value: Any) -> str:
    """On one line, whatever it is made of."""
    if isinstance(value, Mapping | list):
        return "; ".join(_lines(visit, name, value)) or _NONE
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return visit.say("yes" if value else "no")
    if isinstance(value, int):
        late = name in _INSTANTS and value >= _LATE
        return _local(visit, value) if late else visit.language.number(value)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return _local(visit, moment(value, 0))
        except (ValueError, OverflowError):  # it only looks like one
            return value
    return str(value)


def _local(visit: Visit, at: int) -> str:
    try:
        return visit.clock.full(at)
    except (ValueError, OverflowError):
        return str(at)
