"""Entries as JSON Lines in a file elsewhere: on another disk, or where another program picks them up.

Each batch is synced. A line that a crash cut short is cut off at the next start, and the file itself says how far it got;
where it was moved away (logrotate), what was remembered says it. One follower at a time writes a file.
"""

import asyncio
import fcntl
import json
import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from gateway.audit.sinks.batch import Batch, SinkError
from gateway.audit.sinks.memory import Remembered
from gateway.files import append

#: Octets at a file's end in which its last whole line is looked for; entries are at most 16 KiB, printed perhaps twice that.
_TAIL: Final = 1 << 20


class FileSink:
    """One file."""

    copy = source = None
    gathers = 0.0

    def __init__(self, url: str, folder: Path, _token: str | None = None) -> None:
        self._path = Path(unquote(urlsplit(url).path))
        self._remembered = Remembered(folder, url)
        self._handle = -1

    async def position(self, _site: str, lane: str) -> int:
        """By the file's last whole line, else by what is remembered."""
        try:
            last = await asyncio.to_thread(self._last)
        except OSError as error:
            raise SinkError((error.strerror or "unknown error").lower()) from error
        if last.get("lane") == lane and isinstance(last.get("seq"), int):
            return int(last["seq"])
        return self._remembered.last(lane)

    async def append(self, batch: Batch) -> None:
        """Write and sync; a batch that was not written whole is cut off again."""
        try:
            await asyncio.to_thread(self._append, batch)
        except OSError as error:
            raise SinkError((error.strerror or "unknown error").lower()) from error

    async def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            os.close(handle)

    def _append(self, batch: Batch) -> None:
        append(self._open(), batch.octets)
        self._remembered.took(batch.lane, batch.last, sync=False)

    def _open(self) -> int:
        """The file, opened anew where it was moved away."""
        if self._handle >= 0:
            try:
                here = self._path.stat()
            except FileNotFoundError:
                here = None
            if here is not None and os.path.samestat(here, os.fstat(self._handle)):
                return self._handle
            os.close(self._handle)
            self._handle = -1
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise OSError(11, "another follower writes this file") from None
        self._handle = handle
        return handle

    def _last(self) -> dict[str, Any]:
        """The last whole line, after whatever stands behind it is cut off; nothing if there is none."""
        handle = self._open()
        size = os.lseek(handle, 0, os.SEEK_END)
        start = max(0, size - _TAIL)
        tail = os.pread(handle, size - start, start)
        end = tail.rfind(b"\n") + 1
        if end < len(tail):
            os.ftruncate(handle, start + end)
        try:
            found = json.loads(tail[:end].rstrip(b"\n").rpartition(b"\n")[2])
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
