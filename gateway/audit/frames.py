"""Frames: entries as they lie in a segment, one after the other. Octets in, octets out.

Theory of operation. A frame is ``length u32 | CRC-32 u32 | seq u64 | payload``, big-endian; ``length`` counts the
payload, and the CRC is taken over length, seq and payload, so that no octet of a frame is without guard. A CRC finds
accidents; it is no proof against a hand that can compute one.

Zeros are never a frame: eight of them would be "length 0, CRC-32 of nothing", a valid frame in the naive format, and
zeros are what a crash leaves in room that was set aside. So a payload has at least `FLOOR` octets. A length is believed
only if the rest of the file can hold it. After the first octets that are no frame nothing more is read: what looks like
a frame behind damage proves nothing, since the chain of numbers is broken. Instead the tail is *classified*, by shape
alone: unused room, a write that was cut short, or damage.
"""

import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple
from zlib import crc32

_HEAD = struct.Struct(">IIQ")
_GUARDED = struct.Struct(">IQ")

#: Octets before the payload.
HEAD: Final = _HEAD.size
#: The shortest payload, in octets: an empty JSON array.
FLOOR: Final = 2
#: The longest payload, in octets. Entries are at most 16 KiB; the header of a segment may be longer one day.
CAP: Final = 65_536
#: What disks write whole, in octets. A write that was cut short leaves whole sectors of zeros.
_SECTOR: Final = 512


class Frame(NamedTuple):
    """One entry: where its frame begins and ends in the file, its number, and its payload."""

    offset: int
    end: int
    seq: int
    payload: bytes


class Tail(StrEnum):
    """What stands behind the last good frame."""

    CLEAN = "clean"
    TORN = "torn"
    CORRUPT = "corrupt"


def encode(seq: int, payload: bytes) -> bytes:
    """The frame of an entry; a ValueError if the payload's length is not between `FLOOR` and `CAP`."""
    length = len(payload)
    if not FLOOR <= length <= CAP:
        raise ValueError(f"a payload of {length} octets cannot be framed")
    return _HEAD.pack(length, crc32(payload, crc32(_GUARDED.pack(length, seq))), seq) + payload


def read(data: bytes, offset: int, seq: int) -> Frame | None:
    """The frame with number ``seq`` that begins at ``offset``, or None if there is none."""
    if len(data) - offset < HEAD + FLOOR:
        return None
    length, crc, number = _HEAD.unpack_from(data, offset)
    end = offset + HEAD + length
    if not FLOOR <= length <= CAP or end > len(data) or number != seq:
        return None
    payload = data[offset + HEAD : end]
    if crc32(payload, crc32(_GUARDED.pack(length, seq))) != crc:
        return None
    return Frame(offset, end, seq, payload)


def scan(data: bytes, offset: int, seq: int) -> Iterator[Frame]:
    """All good frames from ``offset`` on, the first of which has the number ``seq``."""
    while (frame := read(data, offset, seq)) is not None:
        yield frame
        offset, seq = frame.end, seq + 1


def skip(data: bytes, offset: int, seq: int, to: int) -> tuple[int, int]:
    """Where the frame with number ``to`` begins, and its number, for octets that are known to be whole: by the lengths alone.
    Where there are not so many, the end of the last frame, and the number behind it."""
    head, last = _HEAD.unpack_from, len(data) - HEAD - FLOOR
    while seq < to and offset <= last:
        length, _, number = head(data, offset)
        if number != seq:
            break
        offset += HEAD + length
        seq += 1
    return offset, seq


def tail(data: bytes, offset: int) -> Tail:
    """What stands from ``offset`` on, where no good frame begins.

    Torn is what a cut or interrupted write can leave: too few octets, or a frame in which at least one sector was never
    written. Everything else, a whole frame that does not hold together, is corrupt.
    """
    rest = len(data) - offset
    if not data[offset:].strip(b"\0"):
        return Tail.CLEAN
    if rest < HEAD + FLOOR:
        return Tail.TORN
    length = _HEAD.unpack_from(data, offset)[0]
    if FLOOR <= length <= CAP:
        if offset + HEAD + length > len(data):
            return Tail.TORN
        end = offset + HEAD + length
    else:
        end = offset + HEAD
    return Tail.TORN if _has_hole(data, offset, end) else Tail.CORRUPT


def _has_hole(data: bytes, start: int, end: int) -> bool:
    """Whether the part of some sector that belongs to ``start..end`` is all zeros."""
    while start < end:
        stop = min(end, (start // _SECTOR + 1) * _SECTOR)
        if not data[start:stop].strip(b"\0"):
            return True
        start = stop
    return False
