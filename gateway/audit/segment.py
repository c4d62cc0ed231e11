"""Segments: the files of a journal. Names, headers, and reading one that is whole or not.

A segment is a magic line, then frames (`gateway.audit.frames`). The first frame has the number 0 and holds the header, a
JSON object; the entries follow with the numbers of the lane, which begin at 1. A segment is named by the number of its
first entry, twenty digits, so that names sort as entries do.

The first entry of a segment is an event of the writer's, and names the SHA-256 of all that stands before it (`OPENING`).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec

from gateway.audit import frames
from gateway.audit.frames import Frame, Tail
from gateway.record.printed import EntryError, values_of
from gateway.seal.erasable import entry_of

MAGIC: Final = b"izin-journal/1\n"
SUFFIX: Final = ".izj"
#: The event that a segment begins with where there is nothing else to say, and the member of the first one's details.
BEGUN: Final = "segment"
OPENING: Final = "header"
_NAME = re.compile(r"[0-9]{20}\.izj")


class NotASegment(ValueError):  # noqa: N818 -- as it is said
    """A file that does not begin as a segment does."""


class Header(msgspec.Struct, frozen=True, omit_defaults=False):
    """What a segment says of itself.

    ``created`` and ``day`` are UTC; ``previous`` is the name of the segment before it, with the octets that its writer
    had put there, or None; ``levels`` says what was promised to each audience.
    """

    v: int
    site: str
    lane: str
    first: int
    created: str
    previous: str | None
    previous_length: int
    levels: dict[str, str]
    software: str
    #: The newest form of entries that may stand in it; 0 in journals from before it was said.
    form: int = 0


class Sound(NamedTuple):
    """A segment whose entries were all found whole, up to the one before number ``following``."""

    name: str
    following: int

    def upto(self, name: str) -> int:
        """The number up to which a segment is known to be whole; 0 if nothing is known of it."""
        return self.following if name == self.name else 0


#: Nothing is known.
UNSOUND: Final[Sound] = Sound("", 0)


class Whole(NamedTuple):
    """A segment that was read: its header, its good entries, where they end, and what stands behind them."""

    header: Header
    entries: tuple[Frame, ...]
    end: int
    tail: Tail


def name_of(first: int) -> str:
    """The name of the segment whose first entry has that number."""
    return f"{first:020}{SUFFIX}"


def first_of(name: str) -> int:
    """The number of the first entry of the segment with that name."""
    return int(name.removesuffix(SUFFIX))


def segments(names: Iterable[str]) -> list[str]:
    """Those of the names that are segments', in the order of their entries."""
    return sorted(name for name in names if _NAME.fullmatch(name))


def begin(header: Header) -> bytes:
    """The octets that a new segment begins with."""
    return MAGIC + frames.encode(0, msgspec.json.encode(header))


def digest_of_opening(octets: bytes) -> str:
    """What the first entry of a segment says of all that stands before it, in hex: so the header is under the seal too."""
    return hashlib.sha256(octets).hexdigest()


def read_header(data: bytes) -> tuple[Header, int]:
    """The header, and where the first entry begins; `NotASegment` if it is not whole."""
    if not data.startswith(MAGIC):
        raise NotASegment("the magic line is missing")
    frame = frames.read(data, len(MAGIC), 0)
    if frame is None:
        raise NotASegment("the header is damaged")
    try:
        header = msgspec.json.decode(frame.payload, type=Header)
    except msgspec.MsgspecError as error:
        raise NotASegment(f"the header cannot be read: {error}") from None
    if header.v != 1:
        raise NotASegment(f"version {header.v} of the journal is not known here")
    return header, frame.end


def read_segment(data: bytes, first: int | None = None) -> Whole:
    """Read a segment's octets up to the first that are no frame.

    `NotASegment` if the header is not whole, or does not begin with the number ``first`` that the name gives.
    """
    header, start = read_header(data)
    if first is not None and header.first != first:
        raise NotASegment("the name does not fit the header")
    entries = tuple(frames.scan(data, start, header.first))
    end = entries[-1].end if entries else start
    return Whole(header, entries, end, frames.tail(data, end))


def behind(data: bytes, after: int, sound: int = 0) -> Iterator[Frame]:
    """The good entries of a segment behind number ``after``; of those that are known to be whole, which end before number
    ``sound``, the others are only passed over. `NotASegment` if the header is not whole."""
    header, offset = read_header(data)
    offset, seq = frames.skip(data, offset, header.first, min(after + 1, sound))
    return (frame for frame in frames.scan(data, offset, seq) if frame.seq > after)


def event_of(payload: bytes) -> dict[str, Any] | None:
    """An entry's event with its details laid flat, also those that it commits to, or None if the entry is no event."""
    if not payload.startswith(b"{") or b'"phase":"event"' not in payload:
        return None
    entry = msgspec.json.decode(entry_of(payload))
    if entry.get("phase") != "event" or not isinstance(entry.get("details"), dict):
        return None
    values: dict[str, Any] = {}
    with suppress(EntryError):  # a verification says that they do not fit
        values = values_of(payload)
    return {**entry["details"], **values, "event": entry["event"]}
