"""Legal holds: entries that stay although their time is over, or somebody asks for their erasure.

A hold is an event and ends with another one. What it covers is said by time and, if at all, by who the entries are about:
an operator, an address, a reader's pseudonym.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct


class Hold(Struct, frozen=True):
    """``id`` names it; ``why`` says the case, ``by`` whose order it is. ``since`` is included, ``until`` is not (µs UTC; None:
    open). Of ``operators`` and ``addresses`` (pseudonyms too) one must be named by an entry, where there are any."""

    id: str
    why: str
    by: str
    since: int | None = None
    until: int | None = None
    operators: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def covers(self, at: int, payload: bytes) -> bool:
        """Whether an entry made ``at`` (µs UTC), given by its octets, is held."""
        if (self.since is not None and at < self.since) or (self.until is not None and at >= self.until):
            return False
        named = (*self.operators, *self.addresses)
        return not named or any(msgspec.json.encode(one) in payload for one in named)


class Holds(Struct, frozen=True):
    """The holds in force: a fold over the journal's events."""

    every: tuple[Hold, ...] = ()

    def after(self, event: Mapping[str, Any]) -> "Holds":
        """The holds after one event; events that are about none change nothing.

        ``{"event": "hold", "hold": …, "why": …, …}`` holds, ``{"event": "release", "hold": …}`` lets go.
        """
        if event.get("event") == "hold":
            kept = tuple(one for one in self.every if one.id != event["hold"])
            made = Hold(
                event["hold"],
                event["why"],
                str(event.get("by", "")),
                event["since"],
                event["until"],
                tuple(event["operators"]),
                tuple(event["addresses"]),
            )
            return Holds((*kept, made))
        if event.get("event") == "release":
            return Holds(tuple(one for one in self.every if one.id != event["hold"]))
        return self


NO_HOLDS = Holds()
