"""Copies of published address lists on disk: one file a list, as it came, with what is known of it on the first line.

A folder of such files is also the form in which lists are carried to a machine that cannot fetch them, and in which a few are
part of Izin itself (`SHIPPED`), as they were on a day. Nothing in such a folder is trusted: what is damaged, foreign or of
another list counts as absent.
"""

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from gateway.identify.range_files import MOST_OCTETS

SUFFIX: Final = ".list"
_VERSION: Final = 1
_MOST_HEAD: Final = 4096


@dataclass(frozen=True, slots=True)
class Copy:
    """A list as its operator published it. ``got`` is when this body was first had, ``checked`` when the operator was
    last seen to publish it: seconds since 1970. ``etag`` and ``modified`` are for the next conditional request.
    ``offered`` is the digest of a newer body that was too different to be taken at once, empty if there is none. ``source``
    says who had seen the list, where that was not this gateway."""

    url: str
    body: bytes
    got: int
    checked: int
    etag: str = ""
    modified: str = ""
    offered: str = ""
    source: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the body, in hex."""
        return hashlib.sha256(self.body).hexdigest()


class _Head(msgspec.Struct):
    v: int
    url: str
    got: int
    checked: int
    sha256: str
    etag: str = ""
    modified: str = ""
    offered: str = ""
    source: str = ""


class Store:
    """The copies in one folder. Every method blocks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, url: str) -> Copy | None:
        """The copy of a list, None if there is no sound one."""
        try:
            with (self.folder / file_name(url)).open("rb") as file:
                first = file.readline(_MOST_HEAD)
                body = file.read(MOST_OCTETS + 1)
            head = msgspec.json.decode(first, type=_Head)
        except (OSError, msgspec.DecodeError, UnicodeError):
            return None
        if head.v != _VERSION or head.url != url or len(body) > MOST_OCTETS:
            return None
        if hashlib.sha256(body).hexdigest() != head.sha256:
            return None
        return Copy(
            url, body, head.got, head.checked, head.etag, head.modified, head.offered, head.source[:200]
        )

    def write(self, copy: Copy) -> None:
        """Put a copy in the place of the one before, all of it or nothing. OSError where that cannot be."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        head = _Head(
            _VERSION,
            copy.url,
            copy.got,
            copy.checked,
            copy.digest,
            copy.etag,
            copy.modified,
            copy.offered,
            copy.source,
        )
        handle, made = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(head) + b"\n" + copy.body)
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(self.folder / file_name(copy.url))
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process brings this folder up to date while this block lasts. OSError of the disk."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(
            self.folder / ".refreshing", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                alone = True
            except BlockingIOError:
                alone = False
            yield alone
        finally:
            os.close(handle)

    def fingerprint(self) -> frozenset[tuple[str, int, int]]:
        """What changes whenever a copy does."""
        try:
            with os.scandir(self.folder) as found:
                files = [entry for entry in found if entry.name.endswith(SUFFIX)]
            stats = [(entry.name, entry.stat()) for entry in files[:10_000]]
        except OSError:
            return frozenset()
        return frozenset((name, stat.st_mtime_ns, stat.st_ino) for name, stat in stats)


#: The lists that are part of Izin.
SHIPPED: Final = Store(Path(__file__).parent.parent / "agents" / "lists")


def newest(stores: Iterable[Store], url: str) -> Copy | None:
    """The copy of a list that was checked last; None if there is no sound one."""
    found = [copy for store in stores if (copy := store.read(url)) is not None]
    return max(found, key=lambda copy: copy.checked, default=None)


def file_name(url: str) -> str:
    """The name of a list's file: readable, and told apart by a digest of the address."""
    plain = re.sub(r"[^a-z0-9.]+", "-", url.lower().partition("://")[2]).strip("-.")[:80]
    return f"{plain}-{hashlib.sha256(url.encode()).hexdigest()[:12]}{SUFFIX}"
