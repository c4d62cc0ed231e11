"""What would be decided about another page, for the client that asks: `/_izin/whoami?path=/berita/1`.

It is the same question, asked about another target: the same client, host, instant, robots.txt and orders. Rates have not
counted it, so they refuse nobody here; those that would count it are named in the decision.
"""

from typing import Final
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from gateway.decide import decide
from gateway.decision import Decision, Question
from gateway.request import Target, read_target
from gateway.value import changed

#: The query parameter that names the page.
PARAMETER: Final = "path"
#: Longest target that may be asked about, in octets.
LONGEST: Final = 1_024


class Supposed(Struct, frozen=True):
    """A target and what would be decided about a GET for it; both None if what was asked about is no target."""

    target: Target | None = None
    decision: Decision | None = None


def suppose(question: Question) -> Supposed | None:
    """What would be decided about the page that the request's query names, None if it names none."""
    target = question.request.target
    values = _values(target.query if target is not None and target.query is not None else "")
    if not values:
        return None
    raw = unquote_to_bytes(values[0]) if len(values) == 1 else b""
    asked = read_target(raw) if len(raw) <= LONGEST else None
    if asked is None:
        return Supposed()
    request = changed(question.request, method="GET", target=asked)
    return Supposed(asked, decide(changed(question, request=request)))


def _values(query: str) -> list[str]:
    pairs = (part.partition("=") for part in query.split("&"))
    return [value for name, _, value in pairs if name == PARAMETER]
