"""The texts that entries name by digest: policy files, statements, the notice. Kept once each, under the digest.

A digest without its text proves nothing, so a text is on the medium before an entry names it.
"""

import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.digest import digest_of

FOLDER: Final = "texts"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class Texts:
    """The folder `texts` of one journal: a file a text, named by the hexadecimal SHA-256 of its octets."""

    def __init__(self, journal: Path) -> None:
        self.folder = journal / FOLDER

    def keep(self, texts: Mapping[str, bytes]) -> int:
        """Keep texts by their digests (``sha256:<hex>``) and return how many were new, once all are on the medium.

        ValueError if a digest is not that of its text; OSError if the disk will not take them.
        """
        for digest, octets in texts.items():
            if digest != digest_of(octets):
                raise ValueError(f"`{digest}` is not the digest of its text")
        self.folder.mkdir(mode=0o750, exist_ok=True)
        new = [
            (self._path(digest), octets) for digest, octets in texts.items() if not self._has(digest, octets)
        ]
        for path, octets in new:
            _write(path, octets)
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return len(new)

    def read(self, digest: str) -> bytes | None:
        """A text, or None if it is not here, may not be read, or is no longer what its digest says."""
        if not _DIGEST.fullmatch(digest):
            return None
        try:
            octets = self._path(digest).read_bytes()
        except (FileNotFoundError, PermissionError):
            return None
        return octets if digest == digest_of(octets) else None

    def named(self, begins: str) -> list[str]:
        """The digests of the texts whose hexadecimal name begins so, sorted."""
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 -- names are all that is wanted
        except FileNotFoundError:
            return []
        found = (f"sha256:{name}" for name in names if name.startswith(begins))
        return sorted(digest for digest in found if _DIGEST.fullmatch(digest))

    def _path(self, digest: str) -> Path:
        return self.folder / digest.removeprefix("sha256:")

    def _has(self, digest: str, octets: bytes) -> bool:
        return self.read(digest) == octets


def _write(path: Path, octets: bytes) -> None:
    # Two threads may keep the same text at once: each writes a file of its own, and either may take the place.
    new = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with new.open("wb") as file:
            file.write(octets)
            file.flush()
            os.fchmod(file.fileno(), 0o440)
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
