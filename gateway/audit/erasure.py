"""Erasure: what the journal tells of one client goes on request, wherever it lies, unless it is held.

An entry that commits to whom it is about (`gateway.seal.erasable`) loses these values and stays: that there was such a
decision, by which rule and under which terms. Every other one goes as a whole, with its outcome, and so do all where that is
asked for.

What is asked for is found in the octets of entries, not by an index, so that nothing is overlooked that an index does not
know. Entries of the segment that is being written are only counted: it is closed at midnight UTC at the latest.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from gateway.audit import segment, torn_files
from gateway.audit.holds import Hold
from gateway.audit.rewriting import CLEARED, Record, alone, closed, going, remove
from gateway.record.aged import aged, committed_event
from gateway.seal.erasable import committed_by, is_opened


class Whose(Struct, frozen=True):
    """What is to be erased: entries that name one of ``named`` (an address, a pseudonym, a decision's id), all where that is
    empty, from ``since`` on and before ``until`` (µs UTC; None: open); as a ``whole``, or no more of them than must go."""

    named: tuple[str, ...]
    since: int | None = None
    until: int | None = None
    whole: bool = False

    def is_about(self, at: int, payload: bytes) -> bool:
        """Whether an entry that was made ``at`` (µs UTC) is among them."""
        if (self.since is not None and at < self.since) or (self.until is not None and at >= self.until):
            return False
        return not self.named or any(msgspec.json.encode(one) in payload for one in self.named)


class Erased(NamedTuple):
    """How many entries went, are held, and wait for their segment to be closed; how many stay, cleared of whom they are about;
    and files of octets that a crash left."""

    entries: int
    held: int
    waiting: int
    cleared: int = 0
    torn: int = 0


class _Search:
    """Looks through one segment."""

    def __init__(self, whose: Whose, holds: tuple[Hold, ...]) -> None:
        self._whose, self._holds = whose, holds
        self._found: dict[bytes, tuple[str, bool]] = {}
        self.held = 0

    def __call__(self, payload: bytes) -> str | None:
        entry = aged(payload)
        if entry is None:
            return self._event(payload)
        if entry.audience is None:
            name, held = self._found.pop(entry.id, ("", False))
        else:
            name = entry.audience.value if self._whose.is_about(entry.at, payload) else ""
            held = bool(name) and self._is_held(entry.at, payload)
            if name and not self._whose.whole and committed_by(payload) is not None:
                name = CLEARED if is_opened(payload) else ""
            elif name:
                self._found[entry.id] = name, held
        self.held += held
        return None if held or not name else name

    def _event(self, payload: bytes) -> str | None:
        """Events stay, and are cleared of whom they are about; but a hold tells whom it holds while it is in force."""
        event = committed_event(payload)
        if event is None or not self._whose.is_about(event[0], payload):
            return None
        held = self._is_held(event[0], payload) or any(
            b'"hold":%b' % msgspec.json.encode(hold.id) in payload for hold in self._holds
        )
        self.held += held
        return None if held else CLEARED

    def _is_held(self, at: int, payload: bytes) -> bool:
        return any(hold.covers(at, payload) for hold in self._holds)


def erase(
    folder: Path,
    whose: Whose,
    holds: tuple[Hold, ...],
    why: str,
    record: Record | None,
    progress: Callable[[int, int], object] = lambda *_: None,
) -> Erased:
    """Erase; with ``record`` None only say what would be. ``progress`` gets segments done and entries found.

    OSError and JournalError where it cannot be done; segments that were done stay so.
    """
    entries = held = waiting = cleared = 0
    with alone(folder):
        done = set(closed(folder))
        firsts = [segment.first_of(name) for name in segment.segments(path.name for path in folder.iterdir())]
        for count, first in enumerate(firsts):
            progress(count, entries + cleared)
            search = _Search(whose, holds)
            what = going(folder, first, search)
            held += search.held
            if first not in done:
                waiting += len(what.every)
                continue
            if record is not None:
                remove(folder, what, {"why": f"erasure: {why}", "held": search.held}, record)
            entries, cleared = entries + len(what.numbers), cleared + len(what.cleared)
        torn = torn_files.forget(folder, _names(whose, holds), {"why": f"erasure: {why}"}, record)
    return Erased(entries, held, waiting, cleared, torn)


def _names(whose: Whose, holds: tuple[Hold, ...]) -> torn_files.Goes:
    """Octets that name whom it is about, whenever they were saved."""
    return lambda at, octets: (
        any(msgspec.json.encode(one) in octets for one in whose.named)
        and not any(hold.covers(at, octets) for hold in holds)
    )
