"""Entries that a sink will never take, set aside so that those behind them arrive.

Their numbers are kept beside what the sink has, not the entries themselves: these stay in the journal and nowhere else, so
whatever is removed or erased there is not left here. There is room for `MOST` of them; when that is used up nothing more is
set aside, and a follower waits as for a sink that is dead.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from gateway.audit.folder import put

#: How many entries may be set aside for one sink.
MOST: Final = 1000
SUFFIX: Final = ".set-aside.json"


class _Kept(Struct):
    """By lane and number, why an entry was not taken."""

    lanes: dict[str, dict[int, str]] = {}


class SetAside:
    """What is set aside for one sink. A change is on the medium when it returns; several processes may make some."""

    def __init__(self, memory: Path) -> None:
        """``memory`` is the file that says how far the sink got (`gateway.audit.sinks.memory.path_of`)."""
        self._path = memory.with_suffix(SUFFIX)

    def of(self, lane: str) -> Mapping[int, str]:
        """The numbers of a lane's entries, each with why; none where that cannot be read, so that they are offered again."""
        return self._load().lanes.get(lane, {})

    @property
    def whys(self) -> list[str]:
        """Why each of them was not taken, of all lanes, the last one set aside last."""
        return [why for numbers in self._load().lanes.values() for why in numbers.values()]

    def add(self, lane: str, number: int, why: str) -> bool:
        """Set one aside; False if there is no room. OSError where it cannot be kept."""
        with self._changed() as kept:
            numbers = kept.lanes.setdefault(lane, {})
            if number not in numbers and sum(map(len, kept.lanes.values())) >= MOST:
                return False
            numbers[number] = why
        return True

    def drop(self, lane: str, number: int) -> None:
        """It was taken after all, or is gone from the journal. OSError where that cannot be kept."""
        with self._changed() as kept:
            kept.lanes.get(lane, {}).pop(number, None)

    @contextlib.contextmanager
    def _changed(self) -> Iterator[_Kept]:
        self._path.parent.mkdir(mode=0o750, exist_ok=True)
        handle = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            kept = self._load()
            yield kept
            put(self._path, msgspec.json.encode(kept) + b"\n")
        finally:
            os.close(handle)

    def _load(self) -> _Kept:
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        return _Kept()
