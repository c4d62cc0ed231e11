"""Reads the sitemaps of a host: those that the origin's robots.txt names (else `/sitemap.xml`) on the same host, and those
that an index names, one level deep. What cannot be read whole is no reading.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from gateway.lookups.outside import unpacked
from gateway.lookups.robots import RobotsFiles, path_here
from gateway.policy.model import Origin
from gateway.policy.robots import RobotsFile
from gateway.policy.sitemaps import Sitemap, SitemapError, read_sitemap
from gateway.request import Target, read_target

#: Octets of one file, unpacked; files of one reading.
MOST_OCTETS: Final = 10_000_000
MOST_FILES: Final = 50
_GZIP: Final = b"\x1f\x8b"


async def sitemaps_of(
    files: RobotsFiles, name: str, origin: Origin, zone: ZoneInfo
) -> AsyncIterator[Sitemap]:
    """Each sitemap of host ``name`` at its origin, which ``files`` ask. SitemapError where one cannot be read."""
    status, body, failure = await files.look(name, origin)
    if failure:
        raise SitemapError(f"robots.txt: {failure}")
    named = (await asyncio.to_thread(RobotsFile, body if status < 300 else b"")).sitemaps
    waiting = (_paths(named, name) or ["/sitemap.xml"])[:MOST_FILES]
    further: list[str] = []
    for path in waiting:
        found = await _read(files, name, origin, path, zone)
        further += found.further
        yield found
    rest = [path for path in _paths(further, name) if path not in waiting]
    if len(waiting) + len(rest) > MOST_FILES:
        raise SitemapError(f"there are more than {MOST_FILES}")
    for path in rest:
        yield await _read(files, name, origin, path, zone)


async def _read(files: RobotsFiles, name: str, origin: Origin, path: str, zone: ZoneInfo) -> Sitemap:
    """The sitemap at a path, an empty one if there is none."""
    status, body, failure = await files.look(name, origin, path, MOST_OCTETS + 1)
    if failure or len(body) > MOST_OCTETS:
        raise SitemapError(failure or "one is too long")
    return await asyncio.to_thread(_parsed, body if status < 300 else b"", zone)


def _parsed(body: bytes, zone: ZoneInfo) -> Sitemap:
    if body.startswith(_GZIP):
        try:
            body, whole = unpacked(body, MOST_OCTETS)
        except zlib.error:
            raise SitemapError("its gzip is broken") from None
        if not whole:
            raise SitemapError("it is too long, or broke off")
    return read_sitemap(body, zone) if body else Sitemap({}, (), {})


def _paths(addresses: Iterable[str], name: str) -> list[str]:
    """The paths of the addresses on this host, each once."""
    return list(dict.fromkeys(target.raw.decode("ascii") for target in targets_here(addresses, name)))


def targets_here(addresses: Iterable[str], name: str) -> Iterator[Target]:
    """What the addresses on this host ask for; those elsewhere, and what is none, are left out."""
    for address in addresses:
        try:
            path = path_here(address, name) if urlsplit(address).hostname else ""
        except ValueError:
            continue
        target = read_target(path.encode("ascii")) if path.isascii() else None
        if target is not None:
            yield target
