"""How far a sink got, remembered here for those that cannot be asked, and for whoever wants to know how far that is."""

import contextlib
import hashlib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from gateway.audit.folder import put

#: The folder of these files in a journal's.
FOLDER: Final = "followers"


class Memory(Struct):
    """``lanes``: the last entry that was taken, by lane. ``trouble`` says why the last batch was not."""

    target: str
    lanes: dict[str, int] = {}
    trouble: str | None = None


def path_of(folder: Path, url: str) -> Path:
    """The file about an address, in the folder of a journal's followers."""
    return folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"


def shown(url: str) -> str:
    """The address without what may be a secret in it."""
    parts = urlsplit(url)
    return parts._replace(query="", fragment="").geturl()


def load(path: Path, url: str) -> Memory:
    """What is remembered; nothing where that cannot be read, so that everything is shipped again."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    return Memory(shown(url))


def save(path: Path, memory: Memory, *, sync: bool = True) -> None:
    """Remember it; OSError where that cannot be."""
    path.parent.mkdir(mode=0o750, exist_ok=True)
    put(path, msgspec.json.encode(memory) + b"\n", sync=sync)


class Remembered:
    """What is remembered of one address, as its sink has it: read once, and kept with each change."""

    def __init__(self, folder: Path, url: str) -> None:
        self._path = path_of(folder, url)
        self._memory = load(self._path, url)

    def last(self, lane: str) -> int:
        """The last entry of a lane that was taken, 0 if none."""
        return self._memory.lanes.get(lane, 0)

    def took(self, lane: str, last: int, *, sync: bool = True) -> None:
        """Remember that everything up to an entry was taken; what was set aside before may come later. OSError as `save`."""
        memory = self._memory
        memory.trouble = None
        if last > self.last(lane):
            memory.lanes[lane] = last
            save(self._path, memory, sync=sync)

    def stands(self, lane: str, last: int) -> None:
        """Remember what a place says that it has, which knows better itself."""
        self._memory.trouble, self._memory.lanes[lane] = None, last
        with contextlib.suppress(OSError):
            save(self._path, self._memory, sync=False)
