"""Which catalogue of agents is in force: the release's own, or a signed one that was taken up since (`izin agents update`).

The signed one lies in the journal's folder, in `catalogue/current`, behind a line that says when it was taken and in place
of which catalogue of the release; the one before it stays in `catalogue/previous`. Nothing there is trusted: a gateway checks
the signature by its own keys whenever it reads the file, and what is damaged or foreign leaves the one before it, else the
release's, in force. A newer release brings a newer catalogue: then that one holds again.
"""

import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from gateway.agents import Registry, catalogue
from gateway.agents.age import age_of
from gateway.files import put
from gateway.seal.note import Verifier
from gateway.signed_catalogue import MOST_OCTETS, CatalogueError, SignedCatalogue, open_catalogue

CURRENT: Final = "current"
PREVIOUS: Final = "previous"
_VERSION: Final = 1
_MOST_LINE: Final = 4096


class _Taken(msgspec.Struct):
    v: int
    taken: int  # seconds since 1970
    built_in: str  # the digest of the release's own catalogue at that time
    sha256: str


class InForce(NamedTuple):
    """The catalogue in force: its agents, when it was made, and the keys that signed it, none for the release's own.
    ``problem`` says why a signed one that lies in the folder is not."""

    registry: Registry
    made: datetime
    signed_by: tuple[str, ...] = ()
    problem: str = ""

    @property
    def signed(self) -> bool:
        """Whether it came apart from the release."""
        return bool(self.signed_by)


class Catalogues:
    """The catalogues of one journal. Every method blocks."""

    def __init__(self, journal: Path, keys: Iterable[Verifier]) -> None:
        self.folder = journal / "catalogue"
        self._keys = tuple(keys)
        self._known: tuple[object, InForce] | None = None

    def in_force(self) -> InForce:
        """The catalogue by which agents are known now."""
        seen = self.fingerprint()
        if self._known is None or self._known[0] != seen:
            self._known = (seen, self._in_force())
        return self._known[1]

    def registry(self) -> Registry:
        """Its agents."""
        return self.in_force().registry

    def take(self, octets: bytes, now: int) -> None:
        """Lay a file down as the current one, all of it or nothing, and keep the one before. OSError where that cannot be."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        head = _Taken(_VERSION, now, catalogue().digest, hashlib.sha256(octets).hexdigest())
        current, kept = self.folder / CURRENT, self.folder / f"{PREVIOUS}.new"
        if self._read(CURRENT) is not None:
            kept.unlink(missing_ok=True)
            os.link(current, kept)
            kept.replace(self.folder / PREVIOUS)
        put(current, msgspec.json.encode(head) + b"\n" + octets)

    def fingerprint(self) -> object:
        """What changes whenever another file is laid down."""
        try:
            found = (self.folder / CURRENT).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _in_force(self) -> InForce:
        own = built_in()
        if self.fingerprint() is None:
            return own
        problem = "it is damaged"
        for name in (CURRENT, PREVIOUS):
            read = self._read(name)
            if read is None:
                continue
            head, octets = read
            try:
                found = open_catalogue(octets, self._keys)
            except CatalogueError as error:
                problem = problem if name == PREVIOUS else error.problems[0]
                continue
            if head.built_in != own.registry.digest and own.made >= found.made:
                return own  # the release is newer than what was taken up under the one before
            return _signed(found, "" if name == CURRENT else problem)
        return own._replace(problem=problem if self._keys else "no key for catalogues is set")

    def _read(self, name: str) -> tuple[_Taken, bytes] | None:
        try:
            with (self.folder / name).open("rb") as file:
                head = msgspec.json.decode(file.readline(_MOST_LINE), type=_Taken)
                octets = file.read(MOST_OCTETS + 1)
        except (OSError, msgspec.DecodeError, UnicodeError):
            return None
        if head.v != _VERSION or hashlib.sha256(octets).hexdigest() != head.sha256:
            return None
        return head, octets


def built_in() -> InForce:
    """The catalogue that comes with this release, as old as its newest fact."""
    age = age_of(catalogue())
    assert age is not None, "each fact of the catalogue has its day"
    return InForce(catalogue(), datetime.combine(age.newest, time(), UTC))


def _signed(found: SignedCatalogue, problem: str) -> InForce:
    return InForce(found.registry, found.made, found.signed_by, problem)
