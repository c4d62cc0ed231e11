"""The headlines that a gateway has read, in a file of the journal's folder: no part of the audit log, and made again if lost.

Theory of operation. A news sitemap has the articles of two days alone, while a letter speaks of a month: so what was read
stays, the oldest going first where there is too much. The file is JSON, put in place whole. What is no such file, or too long
for one, is none.
"""

from pathlib import Path
from typing import Final

import msgspec

from gateway.files import put
from gateway.policy.headlines import NONE, Headlines
from gateway.policy.model import Policy

NAME: Final = "headlines.json"
_VERSION: Final = 1
#: Headlines that are kept, and octets of the file, at most.
MOST: Final = 50_000
MOST_OCTETS: Final = 16_000_000
#: Octets that one takes in the file besides its texts, at most.
_AROUND: Final = 8

#: Headlines by the canonical target of their page, by host, the oldest first.
Kept = dict[str, dict[str, str]]


class _File(msgspec.Struct):
    v: int
    headlines: Kept


class KeptHeadlines:
    """The file of one journal. Every method blocks."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._seen: tuple[int, int, int] | None = None
        self._kept: Kept = {}

    def of(self, policy: Policy) -> Headlines:
        """The headlines that may be shown: of hosts whose policy says `headlines: sitemap`."""
        allowed = {host.pattern for host in policy.hosts if host.headlines}
        if not allowed:
            return NONE
        return Headlines({host: pages for host, pages in self.read().items() if host in allowed})

    def read(self) -> Kept:
        """All that is kept, as the file has it now."""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                self._kept, self._seen = _read(self._path), seen
        except OSError:
            self._kept, self._seen = {}, None
        return self._kept

    def keep(self, found: Kept) -> None:
        """Add headlines, in place of what was known of those pages. OSError where that cannot be."""
        known = self.read()
        kept = _bounded(known, found)
        if kept != known:
            octets = msgspec.json.encode(_File(_VERSION, kept))
            put(self._path, octets, sync=False, mode=0o600)


def _read(path: Path) -> Kept:
    with path.open("rb") as file:
        octets = file.read(MOST_OCTETS + 1)
    try:
        found = msgspec.json.decode(octets, type=_File) if len(octets) <= MOST_OCTETS else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {} if found is None or found.v != _VERSION else found.headlines


def _bounded(known: Kept, found: Kept) -> Kept:
    """Both together, as many of the newest as there is room for; of one page what was found."""
    every = [
        (host, page, title)
        for host, pages in known.items()
        for page, title in pages.items()
        if page not in found.get(host, {})
    ]
    every += [(host, page, title) for host, pages in found.items() for page, title in pages.items()]
    room, first = MOST_OCTETS - 1000, max(0, len(every) - MOST)
    for place in range(len(every) - 1, first - 1, -1):
        room -= len(msgspec.json.encode(every[place])) + _AROUND
        if room < 0:
            first = place + 1
            break
    kept: Kept = {}
    for host, page, title in every[first:]:
        kept.setdefault(host, {})[page] = title
    return kept
