"""Which representation of a refusal the client would rather have: content negotiation by RFC 9110 section 12.5.1."""

from functools import lru_cache
from typing import Final

_HTML: Final = (("text", "html"),)
_PROBLEM: Final = (("application", "problem+json"), ("application", "json"))
_LONGEST: Final = 1024


def prefers_html(accept: str) -> bool:
    """Whether a page is preferred to problem+json.

    Browsers name ``text/html``. Who takes anything (`*/*`), or says nothing, is a program and gets JSON; so does who
    ranks both equally without naming HTML as precisely as JSON.
    """
    return _prefers_html(accept) if len(accept) <= 256 else _prefers_html.__wrapped__(accept[:_LONGEST])


@lru_cache(maxsize=1024)
def _prefers_html(accept: str) -> bool:
    ranges = [parsed for item in accept.split(",") if (parsed := _media_range(item)) is not None]
    html, json = _best(ranges, _HTML), _best(ranges, _PROBLEM)
    return html[0] > 0 and html[1] > 0 and html >= json


_MediaRange = tuple[str, str, float]


def _media_range(item: str) -> _MediaRange | None:
    """Type, subtype and weight; None for what is no media range. A weight that cannot be read counts as 1."""
    name, *parameters = item.split(";")
    kind, slash, subtype = name.strip().lower().partition("/")
    if not slash or not kind or not subtype:
        return None
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.strip().lower().partition("=")
        if key == "q":
            weight = _weight(value)
            break
    return kind, subtype, weight


def _weight(text: str) -> float:
    """A weight of RFC 9110 section 12.4.2: a digit, a point, at most three digits."""
    if len(text) <= 5 and text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), 1.0)
    return 1.0


def _best(ranges: list[_MediaRange], wanted: tuple[tuple[str, str], ...]) -> tuple[float, int]:
    """The weight of the best of some media types, and how precisely it was named (0 by `*/*`, 2 by name)."""
    found = []
    for kind, subtype in wanted:
        matches = [
            ((its_kind == kind) + (its_subtype == subtype), weight)
            for its_kind, its_subtype, weight in ranges
            if its_kind in (kind, "*")
            and its_subtype in (subtype, "*")
            and (its_kind != "*" or its_subtype == "*")
        ]
        if matches:
            precision, weight = max(matches)
            found.append((weight, precision))
    return max(found, default=(0.0, 0))
