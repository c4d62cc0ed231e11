"""What a lane remembers of sharing over a restart: its name among all lanes, and when orders were given.

The name is one of chance, made once, for two gateways may call their lanes alike. Orders withdrawn leave nothing in what is in
force, so that only here stands that a withdrawal is newer than what others still hold.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

import msgspec

from gateway.audit.folder import put

NAME: Final = "shared.json"
#: A file with more octets than this is none of ours.
_MOST: Final = 16 << 20


class Memory(msgspec.Struct):
    """``lane`` is its name, 16 hexadecimal digits; ``orders`` says by what each is about when it was given (µs UTC; 1 where
    that is not known), and its text."""

    lane: str
    orders: dict[str, tuple[int, str]] = {}


def load(folder: Path) -> Memory:
    """What was kept; a new name where nothing can be read."""
    path = folder / NAME
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        if path.stat().st_size <= _MOST:
            return msgspec.json.decode(path.read_bytes(), type=Memory)
    memory = Memory(os.urandom(8).hex())
    save(folder, memory)
    return memory


def save(folder: Path, memory: Memory) -> None:
    """Keep it. An OSError is no harm: what was counted under the old name stays counted."""
    with contextlib.suppress(OSError):
        put(folder / NAME, msgspec.json.encode(memory) + b"\n", mode=0o600)
