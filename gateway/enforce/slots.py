"""Texts rendered once, with slots for what differs from one refusal to the next.

Refusals are the hottest page of a site under a ban: hundreds a second, alike but for an id and a time. A page is rendered
by Jinja once for each kind of refusal, with marks in place of the id, and cut at the marks; a refusal then is a join.
Marks are made of two characters from the private use area, which `plain` takes out of every other text.
"""

import re
from collections.abc import Mapping
from typing import Final

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK: Final = re.compile(f"{_OPEN}([a-z]+){_CLOSE}")


def slot(name: str) -> str:
    """The mark of a slot."""
    return f"{_OPEN}{name}{_CLOSE}"


def plain(text: str) -> str:
    """Text without control characters and without anything that could be taken for a mark."""
    return "".join(c if c.isprintable() else " " for c in text)


class Slotted:
    """A text with slots; calling it fills them with values that the caller has escaped."""

    __slots__ = ("_names", "_parts")

    def __init__(self, text: str) -> None:
        self._parts = _MARK.split(text)
        self._names = tuple((at, self._parts[at]) for at in range(1, len(self._parts), 2))

    def __call__(self, values: Mapping[str, str]) -> bytes:
        """The text, filled; a slot without a value raises KeyError."""
        parts = self._parts.copy()
        for at, name in self._names:
            parts[at] = values[name]
        return "".join(parts).encode()
