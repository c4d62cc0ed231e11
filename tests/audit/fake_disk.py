"""A disk in memory that fails on demand and crashes like a real one, for the journal's writer."""

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512


@dataclass
class File:
    """One file: what every process sees, and what the medium holds."""

    cache: bytearray = field(default_factory=bytearray)
    medium: bytearray = field(default_factory=bytearray)
    #: Contents since the last sync, oldest first: a loss of power may leave any sector of any of them.
    mode: int = 0


class FakeDisk:
    """See `gateway.audit.disk.Disk`. ``capacity`` is in octets; ``failures`` maps a method to errors by number of call.

    An error is an errno, or "short" for a write that takes half of what it is given.
    """

    def __init__(self, capacity: int = 1 << 30) -> None:
        self.capacity = capacity
        self.files: dict[str, File] = {}
        self.durable_names: dict[str, File] = {}
        self.handles: dict[int, File] = {}
        self.places: dict[int, int] = {}
        self.calls: dict[str, int] = {}
        self.failures: dict[str, dict[int, int | str]] = {}
        #: Called once, while a sync is under way.
        self.meanwhile: Callable[[], object] | None = None
        self._next = 3

    # ── what tests do ───────────────────────────────────────────────────────────────────────────────────────────────

    def fail_next(self, method: str, error: int | str, after: int = 0) -> None:
        """Let the next call of a method fail, or one later."""
        self.failures.setdefault(method, {})[self.calls.get(method, 0) + 1 + after] = error

    def kill(self) -> None:
        """End the process: handles go, files stay."""
        self.handles.clear()
        self.places.clear()
        self.failures.clear()

    def lose_power(self, chance: random.Random) -> None:
        """As `kill`; of what was not synced, each sector is kept or lost by chance, and so is each name."""
        self.kill()
        names = {name: file for name, file in self.files.items() if self.durable_names.get(name) is file}
        for name, file in self.files.items():
            if name not in names and chance.random() < 0.5:
                names[name] = file
        for name, file in self.durable_names.items():
            if name not in names:
                names[name] = file
        for file in names.values():
            length = chance.choice([len(file.medium), len(file.cache)])
            kept = bytearray(length)
            for start in range(0, length, SECTOR):
                source = file.cache if chance.random() < 0.5 else file.medium
                piece = source[start : start + SECTOR]
                kept[start : start + len(piece)] = piece[: length - start]
            file.cache, file.medium = kept, bytearray(kept)
        self.files = dict(names)
        self.durable_names = dict(names)

    def used(self) -> int:
        return sum(len(file.cache) for file in self.files.values())

    def content(self, name: str) -> bytes:
        return bytes(self.files[name].cache)

    # ── what the writer calls ───────────────────────────────────────────────────────────────────────────────────────

    def _call(self, method: str) -> str | None:
        number = self.calls[method] = self.calls.get(method, 0) + 1
        error = self.failures.get(method, {}).pop(number, None)
        if isinstance(error, int):
            raise OSError(error, f"{method} fails")
        return error

    def _handle(self, file: File, place: int) -> int:
        self._next += 1
        self.handles[self._next], self.places[self._next] = file, place
        return self._next

    def create(self, path: Path, mode: int) -> int:
        self._call("create")
        file = self.files.get(path.name)
        if file is None:
            file = self.files[path.name] = File(mode=mode)
        del file.cache[:]
        return self._handle(file, 0)

    def open(self, path: Path) -> int:
        self._call("open")
        file = self.files[path.name]
        return self._handle(file, len(file.cache))

    def write(self, handle: int, data: bytes) -> int:
        short = self._call("write") == "short"
        file, place = self.handles[handle], self.places[handle]
        grows = max(0, place + len(data) - len(file.cache))
        room = self.capacity - self.used()
        taken = len(data) // 2 if short else len(data) - max(0, grows - max(0, room))
        if taken <= 0 < len(data):
            raise OSError(errno.ENOSPC, "full")
        if place > len(file.cache):
            file.cache.extend(bytes(place - len(file.cache)))
        file.cache[place : place + taken] = data[:taken]
        self.places[handle] = place + taken
        return taken

    def overwrite(self, handle: int, data: bytes) -> None:
        self._call("overwrite")
        self.handles[handle].cache[: len(data)] = data

    def sync(self, handle: int) -> None:
        file = self.handles[handle]
        synced = bytearray(file.cache)  # and nothing that is written while it is under way
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        self._call("sync")
        file.medium = synced

    def allocate(self, handle: int, offset: int, length: int) -> None:
        self._call("allocate")
        file = self.handles[handle]
        grows = max(0, offset + length - len(file.cache))
        if grows > self.capacity - self.used():
            raise OSError(errno.ENOSPC, "full")
        file.cache.extend(bytes(grows))

    def clear(self, handle: int, offset: int, length: int) -> None:
        self._call("clear")
        file = self.handles[handle]
        assert file.cache[offset : offset + length] == bytes(length), "room, and nothing else"

    def truncate(self, handle: int, length: int) -> None:
        self._call("truncate")
        del self.handles[handle].cache[length:]
        self.places[handle] = length

    def protect(self, handle: int, mode: int) -> None:
        self._call("protect")
        self.handles[handle].mode = mode

    def close(self, handle: int) -> None:
        del self.handles[handle], self.places[handle]
        self._call("close")

    def read(self, path: Path, *, medium: bool = False) -> bytes:
        self._call("read")
        if path.name not in self.files:
            raise FileNotFoundError(errno.ENOENT, "absent")
        file = self.files[path.name]
        return bytes(file.medium if medium else file.cache)

    def rename(self, old: Path, new: Path) -> None:
        self._call("rename")
        self.files[new.name] = self.files.pop(old.name)

    def remove(self, path: Path) -> None:
        self._call("remove")
        self.files.pop(path.name, None)

    def sync_folder(self, folder: Path) -> None:
        self._call("sync_folder")
        self.durable_names = dict(self.files)

    def names(self, folder: Path) -> list[str]:
        return sorted(self.files)

    def free(self, folder: Path) -> int:
        return self.capacity - self.used()


class FakeClock:
    """Time that passes when a test says so."""

    def __init__(self, wall: int = 1_790_000_000_000_000) -> None:
        self.now = wall
        self.ran = 0
        self.boot = b"boot-0000000000a"

    def wall(self) -> int:
        return self.now

    def steady(self) -> int:
        return self.ran

    def pass_(self, seconds: float) -> None:
        self.now += int(seconds * 1e6)
        self.ran += int(seconds * 1e6)

    def reboot(self) -> None:
        self.boot = (int.from_bytes(self.boot, "big") + 1).to_bytes(16, "big")
