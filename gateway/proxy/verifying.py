"""What a gateway asks the world about its clients, as one part: published lists, reverse DNS, the fuse of both, and the
keys of license tokens and of signers."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from gateway import warned
from gateway.audit.journal import Journal
from gateway.identify import article_date, client_certificate
from gateway.identify.web_bot_auth import directories_of
from gateway.judgement import Judgement, Version
from gateway.lookups.certificates import certificates_now
from gateway.lookups.checks import Checks
from gateway.lookups.directories import Directories, directories_folder
from gateway.lookups.dns import Dns
from gateway.lookups.license_tokens import LicenseTokens
from gateway.lookups.range_store import Store
from gateway.lookups.ranges import Lists, lists_folder
from gateway.lookups.resolver import Resolver, Standing
from gateway.proxy.peer import Peers
from gateway.warned import Warned


class Verifying:
    """The sources of facts about clients of one gateway, from `open` to `close`."""

    def __init__(
        self,
        journal: Journal,
        peers: Peers,
        tokens: LicenseTokens | None,
        *,
        fetch: bool = True,
        dns: Sequence[str] = (),
        lists: Path | None = None,
        inside: bool = False,
    ) -> None:
        """``peers`` are told when the lists have changed; ``tokens`` tell what license tokens say. ``fetch``: lists and keys
        are fetched from their operators; else only what is put into the folders is used, for lists ``lists`` or the journal's. ``dns`` are name servers, the system's if
        there are none. ``inside``: key directories may lie on private addresses."""
        self._journal, self._peers, self._fetch = journal, peers, fetch
        self._dns = Dns(dns)
        #: Who passes and who fails, by operator.
        self.checks = Checks(self._told)
        self._lists = Lists(
            Store(lists or lists_folder(journal.folder)), announce=self._announce, changed=self._lists_changed
        )
        self._tokens = tokens
        #: The keys of signers.
        self.directories = Directories(
            Store(directories_folder(journal.folder)),
            announce=self._announce_keys,
            fetching=fetch or inside,
            inside=inside,
        )
        self._resolver: Resolver | None = None
        self._events: set[asyncio.Task[Any]] = set()
        self._log = structlog.get_logger()

    def resolver(
        self, robots: Any, clock: Callable[[], float], sitemaps: Standing = lambda _: None
    ) -> Resolver:
        """The resolver of these sources; ``sitemaps`` tells the dates of articles, the other arguments are as its own."""
        standing: dict[str, Standing] = {
            "ranges": self._lists.get,
            "suspended": self.checks.suspended,
            article_date.KIND: sitemaps,
            client_certificate.NAME: certificates_now(self._journal.clock.wall),
        }
        if self._tokens is not None:
            standing |= self._tokens.standing
        self._resolver = Resolver({"dns": self._dns}, robots, clock, standing)
        return self._resolver

    def use(self, version: Version) -> None:
        """Have what this version's agents are checked by."""
        self._lists.follow(version.policy.agents)
        self.directories.follow(directories_of(version.policy))

    async def open(self) -> None:
        """Use the lists and keys on disk, if they can be recorded; else `run` tries again, and the first who signs."""
        with suppress(OSError):
            await self._lists.take_up()
            await self.directories.open()

    async def run(self) -> None:
        """Keep lists and keys up to date, for ever."""
        await asyncio.gather(self._lists.run(fetch=self._fetch), self.directories.run())

    async def close(self) -> None:
        """Ask nothing any more."""
        await self._dns.close()
        await self.directories.close()
        await asyncio.gather(*self._events, return_exceptions=True)

    def judged(self, judgement: Judgement) -> None:
        """Count who passed a check and who failed it."""
        self.checks.saw(judgement.identity, judgement.request.client, judgement.at)

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What an operator of the gateway should know."""
        found = [warned.CHECK_SUSPENDED.of(operator=operator) for operator in self.checks.all_suspended]
        if self._lists.failures and self._fetch:
            found.append(
                warned.LISTS_NOT_FETCHED.of(failed=len(self._lists.failures), wanted=self._lists.wanted)
            )
        if self.directories.failures:
            names = ", ".join(sorted(self.directories.failures))
            found.append(warned.DIRECTORIES_NOT_FETCHED.of(names=names))
        found += [
            warned.PROXY_LIST_OLD.of(network=network.title, day=network.checked)
            for network in self._peers.built_in
        ]
        return (*found, *(self._tokens.warnings if self._tokens is not None else ()))

    @property
    def gauges(self) -> dict[str, float]:
        """Figures for the metrics."""
        return {
            "izin_lists_wanted": self._lists.wanted,
            "izin_lists_at_hand": self._lists.at_hand,
            "izin_directories_wanted": self.directories.wanted,
            "izin_directories_at_hand": self.directories.at_hand,
            "izin_checks_suspended": len(self.checks.all_suspended),
        }

    async def _announce(
        self, texts: dict[str, bytes], details: dict[str, Any], name: str = "address-lists"
    ) -> None:
        await asyncio.to_thread(self._journal.keep, texts)
        if await self._journal.event(name, details) is None:
            raise OSError(0, "the journal cannot be written")

    async def _announce_keys(self, texts: dict[str, bytes], details: dict[str, Any]) -> None:
        await self._announce(texts, details, "key-directory")

    def _lists_changed(self) -> None:
        self._peers.take_up(self._lists.get)
        self._changed()

    def _changed(self) -> None:
        if self._resolver is not None:
            self._resolver.epoch += 1

    def _told(self, name: str, details: dict[str, Any]) -> None:
        self._changed()
        say = self._log.error if name == "check-suspended" else self._log.warning
        say(name, **details)
        task = asyncio.get_running_loop().create_task(self._journal.event(name, details))
        self._events.add(task)
        task.add_done_callback(self._events.discard)
