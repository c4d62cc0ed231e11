"""Keeps the dates of articles at hand, by each host's sitemaps, without making any request wait.

A reading counts only whole: where one file fails, the dates read before stay until all can be read again, and what is new
has no date until then.
"""

import asyncio
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from gateway.instants import rfc3339
from gateway.lookups.robots import RobotsFiles
from gateway.lookups.sitemap_files import sitemaps_of, targets_here
from gateway.policy.model import Origin, Policy
from gateway.policy.sitemaps import Dated, Sitemap, SitemapError

#: Seconds between two readings, after a success and after a failure.
EVERY: Final = 300.0
RETRY: Final = 30.0
#: Pages of one host.
MOST_PAGES: Final = 200_000


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
        dates: dict[str, Dated] = {}
        async for found in sitemaps_of(self._files, name, origin, zone):
            await asyncio.to_thread(_take, found, name, dates)
            if len(dates) > MOST_PAGES:
                raise SitemapError(f"there are more than {MOST_PAGES} pages")
        return dates


def _take(found: Sitemap, name: str, dates: dict[str, Dated]) -> None:
    for address, dated in found.pages.items():
        for target in targets_here([address], name):
            for reading in (target.canonical, target.lenient):
                dates[reading] = max(dated, dates.get(reading, dated))
