"""Reads the headlines of the hosts whose policy says `headlines: sitemap`, and keeps them for who reviews.

One process of a gateway does, one host after the other, without haste: a news sitemap holds what was published in the last
two days. Nothing that is decided depends on it.
"""

import asyncio
from typing import Final

import structlog

from gateway.lookups.kept_headlines import MOST, KeptHeadlines
from gateway.lookups.robots import RobotsFiles
from gateway.lookups.sitemap_files import sitemaps_of
from gateway.policy.headlines import placed
from gateway.policy.model import Host, Policy
from gateway.policy.sitemaps import SitemapError

#: Seconds between two readings, after a success and after a failure.
EVERY: Final = 600.0
RETRY: Final = 60.0


class HeadlineReading:
    """Keeps reading, from `follow` to `close`."""

    def __init__(
        self, files: RobotsFiles, kept: KeptHeadlines, *, every: float = EVERY, retry: float = RETRY
    ) -> None:
        """``files`` asks the origins, ``kept`` is where headlines go; times are in seconds."""
        self._files, self._kept, self._every, self._retry = files, kept, every, retry
        self._wanted: object = None
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger()

    def follow(self, policy: Policy) -> None:
        """Read by this policy from now on."""
        hosts = [host for host in policy.hosts if host.headlines and not host.pattern.startswith("*.")]
        wanted = ([(host.pattern, host.origin, host.query) for host in hosts], policy.zone.key)
        if wanted != self._wanted:
            self.close()
            self._wanted = wanted
            self._task = asyncio.get_running_loop().create_task(self._keep(policy, hosts))

    def close(self) -> None:
        """Read nothing any more."""
        self._wanted = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _keep(self, policy: Policy, hosts: list[Host]) -> None:
        while hosts:
            read = [await self._read(policy, host) for host in hosts]
            await asyncio.sleep(self._every if all(read) else self._retry)

    async def _read(self, policy: Policy, host: Host) -> bool:
        """Whether everything of one host could be read and kept; what was read before a failure is kept all the same."""
        titles: dict[str, str] = {}
        failure = ""
        try:
            async for found in sitemaps_of(self._files, host.pattern, host.origin, policy.zone):
                titles |= found.titles
                if len(titles) > MOST:
                    failure = f"there are more than {MOST}"
                    break
        except SitemapError as error:
            failure = str(error)
        try:
            await asyncio.to_thread(self._put, policy, host.pattern, titles)
        except OSError as error:
            failure = f"they cannot be kept: {error.strerror}"
        if failure:
            self._log.warning("headlines not read", host=host.pattern, error=failure)
        return not failure

    def _put(self, policy: Policy, name: str, titles: dict[str, str]) -> None:
        self._kept.keep({name: placed(titles, policy).get(name, {})})
