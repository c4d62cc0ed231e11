"""Decisions with their outcomes, one after the other in the journal's order: what exports in pairs are made of.

Theory of operation. An outcome of whoever has a row in the index has one too. That of a reader stands a little behind its
decision, so the entries are read on from there, once for all the decisions that follow, and the outcomes met on the way
are remembered. One that is further away, as of a long download, is sought in the octets by the id of its decision.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from gateway.audit.index import Index
from gateway.audit.reader import Damage, Entry, Position
from gateway.audit.unindexed import LENGTH, OUTCOME, outcomes
from gateway.record import EntryError

#: How many entries behind a decision its outcome is looked for by reading on, and so how many are remembered at most.
_WINDOW: Final = 20_000
#: Entries between two decisions that are read through; where there are more, reading begins again at the second.
_SKIPPED: Final = 1_000


class Outcomes:
    """The outcomes of decisions that are asked for in the journal's order."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._entries: Iterator[Entry | Damage] = iter(())
        self._read = -_SKIPPED
        self._met: dict[str, Position] = {}

    def of(self, place: Position, id: str) -> dict[str, Any] | None:
        """The outcome of the decision at a place; None where none is recorded or can be read."""
        for found in self._places(place, id):
            with suppress(EntryError):
                entry = self._index.printed(found)
                if entry["of"] == id:
                    return entry
        return None

    def _places(self, place: Position, id: str) -> Iterator[Position]:
        rows = list(self._index.find("short = ?", [id[-8:]]))
        yield from (row for row in rows if row.seq > place.seq)
        if all(row.seq != place.seq for row in rows):  # a reader's
            near = self._near(place, id)
            yield from islice(outcomes(self._index.reader, id, place), 1) if near is None else [near]

    def _near(self, place: Position, id: str) -> Position | None:
        """Where it was met, or is met by reading on."""
        if place.seq > self._read + _SKIPPED:
            self._entries, self._met = self._index.reader.entries(place), {}
        while id not in self._met and self._read <= place.seq + _WINDOW:
            one = next(self._entries, None)
            if one is None:
                break
            if isinstance(one, Damage):
                continue
            self._read = one.position.seq
            if one.payload.startswith(OUTCOME):
                self._met[one.payload[len(OUTCOME) : len(OUTCOME) + LENGTH].decode("ascii", "replace")] = (
                    one.position
                )
                if len(self._met) > _WINDOW:
                    del self._met[next(iter(self._met))]
        return self._met.get(id)
