"""The log of the site in a gateway: now and then a process signs one checkpoint over all lanes that lie together.

Where that is one lane it costs next to nothing, and other lanes join whenever they are laid beside it.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from gateway.audit import joined
from gateway.audit.other_clocks import OtherClocks
from gateway.audit.receipt import JournalError
from gateway.audit.site_log import FOLDER, SiteLog
from gateway.seal.note import NoteError
from gateway.seal.site import origin_of_site

#: Seconds before the first round of a process, and between two.
FIRST: Final = 3.0
EVERY: Final = 600.0


class SiteSealing:
    """Takes the lanes of a folder into the site's log, beside all other work. What goes wrong is said once, and tried again."""

    def __init__(
        self,
        parent: Path,
        site: str,
        hosts: Sequence[str] = (),
        ask: joined.Ask | None = None,
        every: float = EVERY,
        clocks: OtherClocks | None = None,
    ) -> None:
        """``hosts`` are addresses at which other hosts show the seal of their lanes, and ``ask`` fetches what is there, in a loop
        of its own; ``clocks`` is told theirs."""
        self.folder, self.origin = parent / FOLDER, origin_of_site(site)
        self._parent, self._site, self._hosts, self._ask = parent, site, hosts, ask
        #: Hosts whose lane is not joined now, and why.
        self.failing: dict[str, str] = {}
        #: The newest checkpoint that this process signed; empty before the first.
        self.signed = ""
        self._sealed, self._every = SiteLog(parent), every
        self._clocks = clocks or OtherClocks()
        self._told: list[tuple[str, str]] = []
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Look, for ever."""
        await asyncio.sleep(FIRST)
        while True:
            await self.join_hosts()
            await self.look()
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """One round; another process may be at it, which then does the work of this one."""
        troubles = [("a host is not joined", f"{url}: {why}") for url, why in self.failing.items()]
        found = None
        try:
            found = await asyncio.to_thread(self._sealed.join)
        except (JournalError, NoteError, OSError) as error:
            troubles.append(("the site is not sealed", str(error)))
        if found is not None:
            self.signed = found.note if found.heads else self.signed
            troubles += [
                ("a lane is not sealed with the site", f"{lane}: {why}") for lane, why in found.left_out
            ]
            if found.lost_key:
                troubles.append(("the site's key was lost, and a new one made", found.lost_key))
        for what, why in troubles:
            if (what, why) not in self._told:
                self._log.error(what, why=why)
        self._told = troubles

    async def join_hosts(self) -> None:
        """Ask the other hosts for the heads of their lanes. Beside all other work: proofs and files are for a thread."""
        if self._hosts:
            whys = await asyncio.gather(*(asyncio.to_thread(self._host, url) for url in self._hosts))
            self.failing = {url: why for url, why in zip(self._hosts, whys, strict=True) if why}

    def _host(self, url: str) -> str:
        """Why a host's lane is not joined now; empty where it is."""
        assert self._ask is not None
        try:
            asyncio.run(self._look(url, self._ask))
        except (joined.JoinError, JournalError) as error:
            return str(error)
        except OSError as error:
            return (error.strerror or "unknown error").lower()
        return ""

    async def _look(self, url: str, ask: joined.Ask) -> None:
        asked = self._clocks.now()
        said = await joined.time_of(url, ask)
        if said is not None:
            self._clocks.told(url, said, asked)
        await joined.look(self._parent, self._site, url, ask)
