"""What was taken from quotas, as a fold over the journal with a snapshot, so that a start need not read everything.

The snapshot ``quotas`` is a line with its format and the SHA-256 of the rest, and JSON: to which entry it reaches, what was
booked by license and day, which bookings had no outcome yet, and before when entries may be missing. It is written anew
every few seconds while something is booked, after some thousand entries, and at the end. If it is missing, damaged, or ahead of the journal, the fold
begins at the first entry: no count is lost, the start takes longer. Where entries are missing too, what can be read is too
little, so that periods that began before are closed to licensees (`gateway.rates.ledger`). So it is where licensees' entries
were removed, as their time was over: the removal is an event, and says up to when. An operator's count opens them again.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.audit import segment
from gateway.audit.folder import put
from gateway.audit.rewriting import EVENT
from gateway.audit.segment import UNSOUND, Sound
from gateway.instants import moment, rfc3339
from gateway.rates.ledger import Booked, Books, Days, Recounts, Settled, delivered, recounted
from gateway.record import EntryError, read
from gateway.seal.erasable import entry_of
from gateway.vocabulary import Audience

NAME: Final = "quotas"
_LINE: Final = b"izin-quotas/1 "
#: A file with more octets than this is none of ours.
_MOST: Final = 64 << 20
_BOOKED: Final = b'"booked":"'
#: Octets at the beginning of a decision in which `booked` stands, if it does: members are sorted, and only `at` is first.
_NEAR: Final = 48


class _Snapshot(msgspec.Struct, frozen=True):
    seq: int
    since: int
    days: Days
    open: dict[str, tuple[str, date]]
    recounts: Recounts = {}


def load(folder: Path, last: int, now: int, sound: Sound = UNSOUND) -> tuple[Books, dict[str, Any]]:
    """The books after entry ``last``, the journal's last one, and what is to be told of them; ``now`` in µs UTC, ``sound`` is
    the segment that was found whole."""
    books = Books()
    told: dict[str, Any] = {}
    found = _read(folder)
    if found is not None and found.seq <= last:
        books.seq, books.since, books.days, books.open = found.seq, found.since, found.days, found.open
        books.recounts = found.recounts
    elif (folder / NAME).exists():
        told["rebuilt"] = True
    since = books.since
    unsettled: dict[str, int] = {}
    for event in _fold(folder, books, last, now, sound):
        for license, count in event.items():
            unsettled[license] = unsettled.get(license, 0) + count
    if unsettled:
        told["unsettled"] = unsettled
    if books.since > since:
        told["unknown_before"] = rfc3339(books.since)
    return books, told if unsettled or books.days else {}


def written_down(books: Books) -> bytes:
    """What there is to keep of them."""
    rest = _Snapshot(books.seq, books.since, books.days, books.open, books.recounts)
    return msgspec.json.encode(rest) + b"\n"


def save(folder: Path, rest: bytes) -> None:
    """Keep what was `written_down`. An OSError is no harm: the next start reads more of the journal."""
    with contextlib.suppress(OSError):
        digest = hashlib.sha256(rest).hexdigest().encode("ascii")
        put(folder / NAME, _LINE + digest + b"\n" + rest, sync=False, mode=0o600)


def _read(folder: Path) -> _Snapshot | None:
    with contextlib.suppress(OSError, msgspec.MsgspecError, ValueError):
        path = folder / NAME
        if path.stat().st_size > _MOST:
            return None
        line, _, rest = path.read_bytes().partition(b"\n")
        if line == _LINE + hashlib.sha256(rest).hexdigest().encode("ascii"):
            return msgspec.json.decode(rest, type=_Snapshot)
    return None


def _fold(folder: Path, books: Books, last: int, now: int, sound: Sound) -> Iterator[dict[str, int]]:
    """Take in every entry behind ``books.seq``; gives what each start left unsettled."""
    begun = books.seq
    names = segment.segments(path.name for path in folder.iterdir())
    for number, name in enumerate(names):
        if number + 1 < len(names) and segment.first_of(names[number + 1]) <= books.seq + 1:
            continue
        try:
            entries = segment.behind((folder / name).read_bytes(), books.seq, sound.upto(name))
        except (OSError, segment.NotASegment):
            continue  # if it held entries, the next number does not follow
        for frame in entries:
            if frame.seq > books.seq + 1:
                books.since = max(books.since, _at(frame.payload, now))
            books.seq = frame.seq
            yield _take_in(books, frame.payload, begun, now)
    if books.seq < last:
        books.seq, books.since = last, now
    books.changes += 1


def _take_in(books: Books, payload: bytes, begun: int, now: int) -> dict[str, int]:
    """Take in one entry; what it left unsettled, if it is the start of a writer. One that cannot be read says nothing."""
    if payload.startswith(b'["o'):
        if books.open:
            with contextlib.suppress(EntryError):
                entry = read(payload, {})
                books.after(Settled(entry["of"], delivered(entry["status"])))
    elif payload.startswith(b"{"):
        if _BOOKED in payload[:_NEAR]:
            with contextlib.suppress(EntryError, KeyError, TypeError, ValueError):
                entry = read(payload, {})
                books.after(Booked(entry["id"], entry["license"], date.fromisoformat(entry["booked"])))
        elif (event := segment.event_of(payload)) is not None:
            if event["event"] == "start" and not event.get("resumes"):
                return books.restarted()
            with contextlib.suppress(KeyError, TypeError, ValueError):
                if (recount := recounted(event["event"], event, _at(payload, now))) is not None:
                    books.after(recount)
            if event["event"] == EVENT and _takes_bookings(event, begun):
                books.since = max(books.since, _removed_before(event, _at(payload, now)))
    return {}


def _takes_bookings(removal: dict[str, Any], begun: int) -> bool:
    """Whether entries of licensees were removed that were not counted before: those behind number ``begun``."""
    last, counts = removal.get("last"), removal.get("counts")
    if not isinstance(last, int) or not isinstance(counts, dict):
        return True
    return last > begun and Audience.AI.value in counts


def _removed_before(removal: dict[str, Any], at: int) -> int:
    """Before when the entries were written that a removal took out, ``at`` the latest: their time was over, or they were
    erased."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return min(at, moment(removal["keep"][Audience.AI.value], moment(removal["until"], at)))
    return at


def _at(payload: bytes, now: int) -> int:
    """When an entry was written; now, if it does not tell."""
    with contextlib.suppress(msgspec.MsgspecError, LookupError, TypeError, ValueError):
        entry = msgspec.json.decode(entry_of(payload))
        return int(entry["at"] if isinstance(entry, dict) else entry[2])
    return now
