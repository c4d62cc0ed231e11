"""Retention: entries go when their time is over, class by class, unless they are held.

An outcome goes with its decision; one whose decision stands in another segment, and so says only how many octets somebody
was sent, stays as long as anything does. Events stay; whom a case is about goes after 30 days (`cases`), and whom a full
entry is about before the entry, where the rules say so. What comes due when is remembered in `retention.json`, so that a look
at a journal of years reads only the segments from which something goes; the file can be deleted.
"""

import contextlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from gateway.audit import torn_files
from gateway.audit.cases import EVENT as CASE
from gateway.audit.cases import KEPT
from gateway.audit.folder import put
from gateway.audit.holds import Hold
from gateway.audit.rewriting import CLEARED, Record, alone, closed, going, remove
from gateway.instants import DAY, rfc3339
from gateway.policy.model import Keep
from gateway.record.aged import aged, committed_event
from gateway.seal.erasable import is_opened
from gateway.vocabulary import Audience

NAME: Final = "retention.json"
WHY: Final = "retention"
#: No entry comes due after that.
_NEVER: Final = 1 << 62


class _Due(Struct):
    """When the next entry of each segment comes due (µs UTC), under these rules."""

    rules: str = ""
    segments: dict[int, int] = {}


class Over:
    """Which entries of one segment are over at ``now`` (µs UTC), asked in the order of the segment."""

    def __init__(self, keep: Keep, now: int, holds: tuple[Hold, ...]) -> None:
        self._ages = {audience: None if days is None else days * DAY for audience, days in keep.days.items()}
        self._clients = None if keep.clients is None else keep.clients * DAY
        self._now, self._holds = now, holds
        self._decided: dict[bytes, tuple[Audience, bool]] = {}
        #: When the next of those that stay comes due.
        self.due = _NEVER

    def __call__(self, payload: bytes) -> str | None:
        entry = aged(payload)
        if entry is None:
            return self._values(payload)
        if entry.audience is None:
            audience, held = self._decided.pop(entry.id, (Audience.AI, False))
        else:
            audience, held = entry.audience, any(hold.covers(entry.at, payload) for hold in self._holds)
            self._decided[entry.id] = audience, held
        age = self._ages[audience]
        if age is None:
            return self._client(entry.at, payload, held=held)
        if entry.at + age > self._now or held:
            # What is held is looked at again every day.
            self.due = min(self.due, max(entry.at + age, self._now + DAY) if held else entry.at + age)
            return self._client(entry.at, payload, held=held)
        return audience.value

    def _client(self, at: int, payload: bytes, *, held: bool) -> str | None:
        """An entry stays; whether whom it is about goes."""
        if self._clients is None or not is_opened(payload):
            return None
        goes = at + self._clients
        if goes <= self._now and not held:
            return CLEARED
        self.due = min(self.due, max(goes, self._now + DAY) if held else goes)
        return None

    def _values(self, payload: bytes) -> str | None:
        """Of a case the event stays, and whom it is about goes."""
        event = committed_event(payload)
        if event is None or event[1] != CASE:
            return None
        goes = event[0] + KEPT
        if goes <= self._now and not any(hold.covers(event[0], payload) for hold in self._holds):
            return CLEARED
        self.due = min(self.due, max(goes, self._now + DAY) if goes <= self._now else goes)
        return None


def retain(
    folder: Path,
    keep: Keep,
    now: int,
    holds: tuple[Hold, ...],
    record: Record | None,
    pause: float = 0.0,
) -> int:
    """Remove what is over at ``now`` (µs UTC); how many entries went or were cleared. Blocks, and reads whole segments. With
    ``record`` None only say how many these would be.

    OSError and JournalError where it cannot be done; whatever was not removed is looked at again.
    """
    rules = msgspec.json.encode([keep.said, [hold.id for hold in holds]]).decode()
    why = {"why": WHY, "until": rfc3339(now), "keep": keep.said}
    with alone(folder):
        torn_files.forget(folder, _of_readers(keep, now, holds), why, record)
        known = _load(folder, rules)
        gone = 0
        for first in closed(folder):
            if known.segments.get(first, 0) > now:
                continue
            over = Over(keep, now, holds)
            what = going(folder, first, over, pause)
            gone += len(what.every)
            if record is None:
                continue
            remove(folder, what, why, record, pause)
            known.segments[first] = over.due
            with contextlib.suppress(OSError):
                put(folder / NAME, msgspec.json.encode(known), sync=False)
    return gone


def _of_readers(keep: Keep, now: int, holds: tuple[Hold, ...]) -> torn_files.Goes:
    """What a crash left may tell of readers, and goes with their entries."""
    days = keep.days[Audience.PEOPLE]
    return lambda at, octets: (
        days is not None and at + days * DAY <= now and not any(hold.covers(at, octets) for hold in holds)
    )


def _load(folder: Path, rules: str) -> _Due:
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        known = msgspec.json.decode((folder / NAME).read_bytes(), type=_Due)
        if known.rules == rules:
            return known
    return _Due(rules)
