"""What the writer finds when it starts: where to go on, what to set right, and what to say aloud.

Theory of operation. Only the last segment can have been cut short by a crash, and only behind the *floor* that the
`committed` record gives. What stands there was promised to nobody: it is saved as ``*.torn`` and cut off. Damage below
the floor, or damage that no interrupted write explains where there is no floor, is never cut: the segment stays as it
is, and a `corruption` event says which entries are in doubt. In either case the lane goes on in a new segment.

The order keeps a crash of the recovery itself harmless: the torn octets are saved under a name that says "not yet
told", the file is cut, the event is written, and only then does the saved file get its final name.
"""

import hashlib
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.audit import committed, frames, segment
from gateway.audit.committed import Committed
from gateway.audit.disk import Disk
from gateway.audit.frames import FLOOR, HEAD, Tail
from gateway.audit.segment import UNSOUND, Header, NotASegment, Sound

#: Torn octets whose event is not written yet.
UNTOLD: Final = ".torn-untold"
TOLD: Final = ".torn"
#: A segment whose header is not written yet.
NEW: Final = "segment.new"


class Found(NamedTuple):
    """Where the lane goes on: the number of its next entry, and the segment before; events to write first, as name and
    details; and the last segment as far as it is whole."""

    following: int
    previous: str | None
    previous_length: int
    events: tuple[tuple[str, dict[str, Any]], ...]
    sound: Sound = UNSOUND


def recover(folder: Path, disk: Disk, boot: bytes, sealed: int = 0) -> Found:
    """Make a folder that some writer left, in whatever way, ready for the next one; ``sealed`` entries are under a seal."""
    disk.remove(folder / NEW)
    names = disk.names(folder)
    known = committed.decode(disk.read(folder / committed.NAME)) if committed.NAME in names else None
    segments = segment.segments(names)
    found = _from_last(folder, disk, boot, segments, known)
    if found.following <= sealed:
        lost = _doubt(found.previous or "", "sealed entries are missing", found.following, sealed + 1)
        found = found._replace(following=sealed + 1, events=(*found.events, lost))
    # Torn octets that an earlier start saved but did not live to tell of are told of now.
    here = {details.get("saved") for _, details in found.events}
    untold = [name for name in disk.names(folder) if name.endswith(UNTOLD)]
    retold = tuple(
        ("recovery", {"file": name.partition("-")[0] + segment.SUFFIX, "saved": _told(name), "retold": 1})
        for name in untold
        if _told(name) not in here
    )
    return found._replace(events=(*retold, *found.events))


def told(folder: Path, disk: Disk) -> None:
    """Give saved octets their final name: the events that tell of them are on the medium."""
    for name in disk.names(folder):
        if name.endswith(UNTOLD):
            disk.rename(folder / name, folder / _told(name))
    disk.sync_folder(folder)


def _told(name: str) -> str:
    return name.removesuffix(UNTOLD) + TOLD


def _from_last(folder: Path, disk: Disk, boot: bytes, segments: list[str], known: Committed | None) -> Found:
    last = segment.first_of(segments[-1]) if segments else 0
    if known is not None and known.first > last and known.following > known.first:
        missing = segment.name_of(known.first)
        lost = _doubt(missing, "the segment is missing", known.first, known.following)
        return Found(known.following, missing, known.written, (lost,))
    if not segments:
        return Found(1, None, 0, ())
    name, first = segments[-1], last
    data = disk.read(folder / name)
    floor, following = None, None
    if known is not None and known.first == first:
        floor, following = known.floor(boot), known.following
    elif known is not None and known.first < first:  # newer than the record: nothing in it was promised
        floor, following = 0, first
    try:
        whole = _read(data, first, known)
    except NotASegment as error:
        after = following if following is not None else first + len(data) // (HEAD + FLOOR) + 1
        return Found(after, name, len(data), (_doubt(name, str(error), first, after),))
    found = _go_on(folder, disk, name, data, whole, floor, following)
    return found._replace(sound=Sound(name, whole.following))


class _Last(NamedTuple):
    """The last segment: its header, the number behind its last good entry, where that ends, and what stands behind it."""

    header: Header
    following: int
    end: int
    tail: Tail


def _read(data: bytes, first: int, known: Committed | None) -> _Last:
    """Read it, from where its writer vouched for it."""
    header, end = segment.read_header(data)
    if header.first != first:
        raise NotASegment("the name does not fit the header")
    following = first
    if known is not None and known.first == first and known.vouches_for(data):
        end, following = known.written, known.following
    for frame in frames.scan(data, end, following):
        end, following = frame.end, frame.seq + 1
    return _Last(header, following, end, frames.tail(data, end))


def _go_on(
    folder: Path, disk: Disk, name: str, data: bytes, whole: _Last, floor: int | None, following: int | None
) -> Found:
    after = whole.following
    vanished = floor is not None and whole.end < floor
    unexplained = floor is None and whole.tail is Tail.CORRUPT
    if vanished or unexplained:
        resumes = (
            following if following is not None else after + (len(data) - whole.end) // (HEAD + FLOOR) + 1
        )
        resumes = max(resumes, after)
        why = (
            f"octets from {whole.end} on are damaged"
            if whole.tail is not Tail.CLEAN
            else "the end is missing"
        )
        return Found(resumes, name, len(data), (_doubt(name, why, after, resumes),))
    events: list[tuple[str, dict[str, Any]]] = []
    if whole.tail is not Tail.CLEAN:
        torn = data[whole.end :].rstrip(b"\0")
        stem = f"{name.removesuffix(segment.SUFFIX)}-{whole.end}"
        _save(folder, disk, stem + UNTOLD, torn)
        details = {
            "file": name,
            "offset": whole.end,
            "cut": len(torn),
            "saved": stem + TOLD,
            "sha256": hashlib.sha256(torn).hexdigest(),
        }
        events.append(("recovery", details))
    if after > whole.header.first:
        _close(folder, disk, name, whole.end, len(data))
        return Found(after, name, whole.end, tuple(events))
    # A segment without entries stays until the next one, which has the same name, takes its place.
    return Found(after, whole.header.previous, whole.header.previous_length, tuple(events))


def _close(folder: Path, disk: Disk, name: str, end: int, size: int) -> None:
    """Cut what is no entry, and make the segment read-only."""
    handle = disk.open(folder / name)
    try:
        if size != end:
            disk.truncate(handle, end)
        disk.sync(handle)
        disk.protect(handle, 0o440)
    finally:
        disk.close(handle)
    disk.sync_folder(folder)


def _save(folder: Path, disk: Disk, name: str, octets: bytes) -> None:
    handle = disk.create(folder / name, 0o640)
    try:
        taken = 0
        while taken < len(octets):
            taken += disk.write(handle, octets[taken:])
        disk.sync(handle)
    finally:
        disk.close(handle)
    disk.sync_folder(folder)


def _doubt(name: str, why: str, first: int, resumes: int) -> tuple[str, dict[str, Any]]:
    """The loud event: entries ``first`` to ``last`` of a segment cannot be read, and no crash explains it."""
    return "corruption", {"file": name, "why": why, "first": first, "last": resumes - 1, "resumes": resumes}
