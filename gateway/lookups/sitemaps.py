"""Keeps the dates of articles at hand, by each host's sitemaps, without making any request wait.

The sitemaps are those that the origin's robots.txt names (else `/sitemap.xml`) on the same host, and those that an index
names, one level deep. A reading counts only whole: where one file fails, the dates read before stay until all can be read
again, and what is new has no date until then.
"""

import asyncio
import zlib
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog

from gateway.instants import rfc3339
from gateway.lookups.robots import RobotsFiles, path_here
from gateway.policy.model import Origin, Policy
from gateway.policy.robots import RobotsFile
from gateway.policy.sitemaps import Dated, Sitemap, SitemapError, read_sitemap
from gateway.request import Target, read_target

#: Seconds between two readings, after a success and after a failure; octets of one file, unpacked; files of one reading.
EVERY: Final = 300.0
RETRY: Final = 30.0
MOST_OCTETS: Final = 10_000_000
MOST_FILES: Final = 50
#: Pages of one host.
MOST_PAGES: Final = 200_000
_ANY_HEADER: Final = zlib.MAX_WBITS | 32
_GZIP: Final = b"\x1f\x8b"


class Sitemaps:
    """When the articles of each host were published whose policy says `articles: {date: sitemap}`."""

    def __init__(self, files: RobotsFiles, *, every: float = EVERY, retry: float = RETRY) -> None:
        """``files`` asks the origins; times are in seconds."""
        self._files, self._every, self._retry = files, every, retry
        self._dates: dict[str, dict[str, Dated]] = {}
        self._tasks: dict[tuple[str, Origin, str], asyncio.Task[None]] = {}
        self._log = structlog.get_logger()

    def follow(self, policy: Policy) -> None:
        """Follow the hosts of this policy from now on; those at the same origin as before go on."""
        wanted = {
            (host.pattern, host.origin, policy.zone.key): policy.zone
            for host in policy.hosts
            if host.articles.sitemap and not host.pattern.startswith("*.")
        }
        for key in self._tasks.keys() - wanted.keys():
            self._tasks.pop(key).cancel()
            self._dates.pop(key[0], None)
        for key in wanted.keys() - self._tasks.keys():
            self._tasks[key] = asyncio.get_running_loop().create_task(self._keep(key[0], key[1], wanted[key]))

    def close(self) -> None:
        """Follow nothing any more."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def get(self, key: str) -> str:
        """When the page was published (RFC 3339) that a look-up names by `host reading reading…`; the latest of its readings,
        empty if it is not known of one of them."""
        host, *readings = key.split(" ")
        dates = self._dates.get(host, {})
        found = [dates.get(reading) for reading in readings]
        known = [one for one in found if one is not None]
        return rfc3339(max(one.at for one in known)) if known and len(known) == len(found) else ""

    async def _keep(self, name: str, origin: Origin, zone: ZoneInfo) -> None:
        while True:
            try:
                self._dates[name] = await self._read(name, origin, zone)
            except SitemapError as error:
                self._log.warning("sitemaps not read", host=name, error=str(error))
                await asyncio.sleep(self._retry)
            else:
                await asyncio.sleep(self._every)

    async def _read(self, name: str, origin: Origin, zone: ZoneInfo) -> dict[str, Dated]:
        status, body, failure = await self._files.look(name, origin)
        if failure:
            raise SitemapError(f"robots.txt: {failure}")
        named = (await asyncio.to_thread(RobotsFile, body if status < 300 else b"")).sitemaps
        waiting = (_paths(named, name) or ["/sitemap.xml"])[:MOST_FILES]
        dates: dict[str, Dated] = {}
        further: list[str] = []
        for path in waiting:
            further += await self._taken(name, origin, path, zone, dates)
        rest = [path for path in _paths(further, name) if path not in waiting]
        if len(waiting) + len(rest) > MOST_FILES:
            raise SitemapError(f"there are more than {MOST_FILES}")
        for path in rest:
            await self._taken(name, origin, path, zone, dates)
        return dates

    async def _taken(
        self, name: str, origin: Origin, path: str, zone: ZoneInfo, dates: dict[str, Dated]
    ) -> tuple[str, ...]:
        """The further sitemaps that one names, whose dates are added to ``dates``."""
        body = await self._asked(name, origin, path)
        further = await asyncio.to_thread(_take, body, name, zone, dates)
        if len(dates) > MOST_PAGES:
            raise SitemapError(f"there are more than {MOST_PAGES} pages")
        return further

    async def _asked(self, name: str, origin: Origin, path: str) -> bytes:
        """The body at a path, empty if there is none."""
        status, body, failure = await self._files.look(name, origin, path, MOST_OCTETS + 1)
        if failure or len(body) > MOST_OCTETS:
            raise SitemapError(failure or "one is too long")
        return body if status < 300 else b""


def _take(body: bytes, name: str, zone: ZoneInfo, dates: dict[str, Dated]) -> tuple[str, ...]:
    found = _parsed(body, zone)
    for address, dated in found.pages.items():
        for target in _targets([address], name):
            for reading in (target.canonical, target.lenient):
                dates[reading] = max(dated, dates.get(reading, dated))
    return found.further


def _parsed(body: bytes, zone: ZoneInfo) -> Sitemap:
    if body.startswith(_GZIP):
        unpacking = zlib.decompressobj(_ANY_HEADER)
        try:
            body = unpacking.decompress(body, MOST_OCTETS)
        except zlib.error:
            raise SitemapError("its gzip is broken") from None
        if not unpacking.eof:
            raise SitemapError("it is too long, or broke off")
    return read_sitemap(body, zone) if body else Sitemap({}, (), {})


def _paths(addresses: Iterable[str], name: str) -> list[str]:
    """The paths of the addresses on this host, each once."""
    return list(dict.fromkeys(target.raw.decode("ascii") for target in _targets(addresses, name)))


def _targets(addresses: Iterable[str], name: str) -> Iterator[Target]:
    """What the addresses on this host ask for; those elsewhere, and what is none, are left out."""
    for address in addresses:
        try:
            path = path_here(address, name) if urlsplit(address).hostname else ""
        except ValueError:
            continue
        target = read_target(path.encode("ascii")) if path.isascii() else None
        if target is not None:
            yield target
