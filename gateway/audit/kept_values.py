"""What stays aside when entries are taken out of a segment: the values that those defined and others still use by number.

Beside the segment `<first>.izj` then lies `<first>.aside`: how often the segment was rewritten, which is how an index knows
that places have moved, and the values. A value is no one's own: a host, a User-Agent, or what was decided.

The entries that defined the values are gone, and those that use them name only their numbers; so the `removal` event says
the digest of the values, and is sealed.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.audit.folder import put

SUFFIX: Final = ".aside"


class Aside(Struct, frozen=True):
    """How often a segment was rewritten, and the values by their numbers."""

    rewritten: int = 0
    shared: dict[int, Any] = {}


def read_aside(folder: Path, first: int) -> Aside:
    """What lies beside the segment with that first number; nothing where it was never rewritten."""
    try:
        return msgspec.json.decode((folder / f"{first:020}{SUFFIX}").read_bytes(), type=Aside)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Aside()


def put_aside(folder: Path, first: int, rewritten: int, shared: Mapping[int, Any]) -> None:
    """Keep it on the medium; OSError where that cannot be."""
    octets = msgspec.json.encode(Aside(rewritten, dict(sorted(shared.items()))))
    put(folder / f"{first:020}{SUFFIX}", octets)


def digest_of_values(shared: Mapping[int, Any]) -> str | None:
    """What an event says of these values, in hex; None where there are none."""
    if not shared:
        return None
    return hashlib.sha256(msgspec.json.encode(dict(sorted(shared.items())))).hexdigest()
