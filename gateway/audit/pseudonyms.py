"""Pseudonyms of readers: a keyed digest of the address, under a key that lives one UTC day and is then destroyed.

A plain digest of an IPv4 address is undone by trying all 2^32; under a key that no longer exists it is not. Within a day
the same address has the same pseudonym, also after a restart; from one day to the next nothing can be linked.
"""

import fcntl
import hmac
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from gateway.instants import DAY

NAME: Final = "pseudonym.key"
_KEY: Final = 32
_REMEMBERED: Final = 8_192


class Pseudonyms:
    """The pseudonyms of one journal. The file holds the day, as a number of ten digits, and 32 octets of key."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._day = -1
        #: Whether the key in use is on disk; if not, a restart gives everybody new pseudonyms.
        self.kept = False

    def of(self, address: str, at: int) -> str:
        """Sixteen characters for an address at a time (µs since 1970, UTC): 96 bits of HMAC-SHA-256."""
        day = at // DAY
        # A request just before midnight may come after one just behind it; a clock set right may go back for years.
        if day > self._day or day < self._day - 1:
            self._change(day)
        return self._of(address)

    def turn(self, at: int) -> None:
        """Destroy the key of a day that is over at that time, although nobody came since; also one that was left here."""
        day = at // DAY
        if self._day < day and (self._day >= 0 or self._path.exists()):
            self._change(day)

    def _change(self, day: int) -> None:
        with self._alone():
            key = self._saved(day)
            if key is None:
                key = os.urandom(_KEY)
                self._replace(day, key)
        self._day = day

        def of(address: str) -> str:
            return urlsafe_b64encode(hmac.digest(key, address.encode(), "sha256")[:12]).decode()

        self._of = lru_cache(_REMEMBERED)(of)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of several processes one makes the day's key, and all have it."""
        try:
            handle = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _saved(self, day: int) -> bytes | None:
        try:
            octets = self._path.read_bytes()
        except OSError:
            return None
        if len(octets) != 10 + _KEY or octets[:10] != b"%010d" % day:
            return None
        self.kept = True
        return octets[10:]

    def _replace(self, day: int, key: bytes) -> None:
        """Destroy the old key, then put the new one in its place. A full disk keeps us from neither for long: the key
        is then known to this process alone."""
        with suppress(OSError):
            handle = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                os.write(handle, bytes(10 + _KEY))
                os.fdatasync(handle)
            finally:
                os.close(handle)
        new = self._path.with_suffix(".new")
        try:
            new.unlink(missing_ok=True)
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                self.kept = os.write(handle, b"%010d%b" % (day, key)) == 10 + _KEY
                os.fsync(handle)
            finally:
                os.close(handle)
            new.replace(self._path)
        except OSError:
            self.kept = False
