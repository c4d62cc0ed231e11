"""Reading a segment for verification: every frame, its leaf, and what entries say that has to be checked elsewhere.

Nothing is taken on trust here: neither the index, nor lengths that were published, nor what a header says.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from gateway.audit import frames, segment
from gateway.audit.frames import Tail
from gateway.audit.recovery import TOLD
from gateway.audit.rewriting import CLEARED
from gateway.audit.segment import Header
from gateway.record.named import named_in_entry
from gateway.seal.erasable import NotOpened, entry_of, is_erased, opening_of
from gateway.seal.leaf import is_removed, leaf_of

#: Numbers of entries from the first to the last, both included.
Run = tuple[int, int]


class Seen(Struct):
    """What the entries read so far say: counts of events, texts by digest with the entry that first names each, and more."""

    events: dict[str, int] = {}
    digests: dict[str, int] = {}
    #: Entries in whose place a leaf stands; and of each recorded removal the first, the last, and how many went.
    removed: list[Run] = []
    removals: list[tuple[int, int, int]] = []
    #: The digests of the values that removals left aside, by the file that they went from.
    values: dict[str, list[str]] = {}
    #: Entries with values beside them; those that commit to some which are not there; of each recorded erasure the first, the
    #: last, and how many; and those beside which other values lie than they commit to.
    opened: int = 0
    erased: list[Run] = []
    erasures: list[tuple[int, int, int]] = []
    misfits: list[Run] = []
    #: Entries of which an event says that they are lost or in doubt.
    doubts: list[Run] = []
    #: Octets saved by a recovery: the file's name and its SHA-256 in hex.
    torn: list[tuple[str, str]] = []
    #: Files of such octets that were deleted on record.
    gone: list[str] = []
    #: Time stamps: the file, its SHA-256 in hex, the authority, and the size of the checkpoint.
    stamps: list[tuple[str, str, str, int]] = []
    #: And those of checkpoints of the site's log.
    site_stamps: list[tuple[str, str, str, int]] = []
    dropped: int = 0
    #: Segments whose header no entry commits to: written before headers were sealed, or their first entry is not there.
    bare_headers: int = 0
    #: Starts that no stop came before.
    unclean: int = 0
    stopped: bool = True
    since: int | None = None
    until: int | None = None


class Piece(NamedTuple):
    """A segment as it was read: its header, the leaves of its entries, where the last of them ends, what stands behind.

    ``as_sealed`` says whether the header is the one that the first entry names; None where that names none.
    """

    header: Header
    as_sealed: bool | None
    leaves: list[bytes]
    end: int
    tail: Tail


def scan(data: bytes, first: int, seen: Seen, until: int) -> Piece:
    """Read a segment up to entry ``until``, not included, into ``seen``. `segment.NotASegment` if its header is damaged."""
    header, start = segment.read_header(data)
    if header.first != first:
        raise segment.NotASegment("the name does not fit the header")
    leaves: list[bytes] = []
    as_sealed: bool | None = None
    end, last = start, b""
    for _, end_of_frame, seq, payload in frames.scan(data, start, first):
        if seq >= until:
            break
        end, last = end_of_frame, payload
        if seq == first:
            as_sealed = _as_sealed(payload, data[:start])
            seen.bare_headers += as_sealed is None
        leaves.append(leaf_of(payload))
        if seen.since is None:
            seen.since = time_of(payload)
        if is_removed(payload):
            _extend(seen.removed, seq)
            continue
        _opens(seen, seq, payload)
        for digest in named_in_entry(payload):
            seen.digests.setdefault(digest, seq)
        if payload[0] == 0x7B:
            _event(seen, payload)
    seen.until = time_of(last) or seen.until
    behind = Tail.CLEAN if first + len(leaves) >= until else frames.tail(data, end)
    return Piece(header, as_sealed, leaves, end, behind)


def _as_sealed(first: bytes, opening: bytes) -> bool | None:
    event = _event_of(first)
    named = event.get(segment.OPENING) if event else None
    return None if named is None else named == segment.digest_of_opening(opening)


def _extend(runs: list[Run], seq: int) -> None:
    if runs and runs[-1][1] == seq - 1:
        runs[-1] = (runs[-1][0], seq)
    else:
        runs.append((seq, seq))


def _opens(seen: Seen, seq: int, payload: bytes) -> None:
    try:
        opening = opening_of(payload)
    except NotOpened:
        _extend(seen.misfits, seq)
        return
    if opening is not None:
        seen.opened += 1
    elif is_erased(payload):
        _extend(seen.erased, seq)


def time_of(payload: bytes) -> int | None:
    """When an entry was written, in µs since 1970, UTC; None if it does not say."""
    try:
        entry = msgspec.json.decode(entry_of(payload))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    at = entry[2] if isinstance(entry, list) and len(entry) > 2 else None
    at = entry.get("at") if isinstance(entry, dict) else at
    return at if isinstance(at, int) else None


def _event(seen: Seen, payload: bytes) -> None:
    event = _event_of(payload)
    if event is not None:
        seen.events[event["event"]] = seen.events.get(event["event"], 0) + 1
        _tells(seen, event)


def _event_of(payload: bytes) -> Mapping[str, Any] | None:
    """The event that an entry is; None where it is none, or no entry of ours, as the tree shows where it was sealed."""
    try:
        event = segment.event_of(payload)
    except (ValueError, KeyError, RecursionError):
        return None
    return event if event is not None and isinstance(event["event"], str) else None


def _removal_tells(seen: Seen, event: Mapping[str, Any], first: int, last: int, entries: int) -> None:
    seen.removals.append((first, last, entries))
    match event:
        case {"file": str(file)} if file.endswith(TOLD):
            seen.gone.append(file)
        case {"file": str(file), "values": str(digest)}:
            seen.values.setdefault(file, []).append(digest)
    if isinstance(cleared := event.get(CLEARED), int):
        seen.erasures.append((first, last, cleared))


def _tells(seen: Seen, event: Mapping[str, Any]) -> None:
    match event:
        case {"event": "start"}:
            seen.unclean += not seen.stopped
            seen.stopped = False
        case {"event": "stop"}:
            seen.stopped = True
        case {"event": "removal", "first": int(first), "last": int(last), "entries": int(entries)}:
            _removal_tells(seen, event, first, last, entries)
        case {"event": "corruption", "first": int(first), "last": int(last)}:
            seen.doubts.append((first, last))
        case {"event": "storage-fault", "doubtful_from": int(first), "following": int(following)}:
            seen.doubts.append((first, following - 1))
        case {"event": "recovery", "saved": str(saved), "sha256": str(digest)}:
            seen.torn.append((saved, digest))
        case {
            "event": "anchor",
            "file": str(file),
            "sha256": str(digest),
            "tsa": str(authority),
            "size": int(size),
        }:
            stamps = seen.site_stamps if "log" in event else seen.stamps
            stamps.append((file, digest, authority, size))
        case {"event": "gap", "dropped": int(dropped)}:
            seen.dropped += dropped
