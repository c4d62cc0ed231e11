"""The file that says how far a verification is (`izin audit verify --state`)."""

import time
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec

from gateway.audit.folder import put
from gateway.cli.options import fail

#: Seconds between two times that it is written.
_EVERY: Final = 5.0


class _Progress(Protocol):
    """How far it is, of the log with this name, by this key."""

    origin: str
    key: str


P = TypeVar("P", bound=_Progress)


class StateFile:
    """Reads and writes one; without a path it does neither."""

    def __init__(self, path: Path | None) -> None:
        self._path, self._written, self._newest = path, time.monotonic(), b""

    def load(self, kind: type[P], origin: str, key: str) -> P | None:
        """What it says of the log with this name and key; None where it is not there. Ends the command if it is of another."""
        try:
            found = None if self._path is None else msgspec.json.decode(self._path.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            fail(
                f"`{self._path}` cannot be gone on with: {error}",
                "remove it, and everything is checked from the beginning",
                2,
            )
        if found is not None and (found.origin, found.key) != (origin, key):
            fail(f"`{self._path}` is of another journal or key", "name another file", 2)
        return found

    def keep(self, progress: _Progress) -> None:
        """Write down how far it is, if that was not just done."""
        if self._path is None:
            return
        self._newest = msgspec.json.encode(progress)
        if time.monotonic() - self._written > _EVERY:
            self.done()

    def done(self) -> None:
        """Write down how far it came."""
        if self._path is not None and self._newest:
            put(self._path, self._newest, mode=0o600)
            self._written = time.monotonic()
