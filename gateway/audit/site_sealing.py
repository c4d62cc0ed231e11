"""The log of the site in a gateway: now and then a process signs one checkpoint over all lanes that lie together.

Where that is one lane it costs next to nothing, and other lanes join whenever they are laid beside it.
"""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.receipt import JournalError
from gateway.audit.site_log import FOLDER, SiteLog
from gateway.seal.note import NoteError
from gateway.seal.site import origin_of_site

#: Seconds before the first round of a process, and between two.
FIRST: Final = 3.0
EVERY: Final = 600.0


class SiteSealing:
    """Takes the lanes of a folder into the site's log, beside all other work. What goes wrong is said once, and tried again."""

    def __init__(self, parent: Path, site: str, every: float = EVERY) -> None:
        self.folder, self.origin = parent / FOLDER, origin_of_site(site)
        #: The newest checkpoint that this process signed; empty before the first.
        self.signed = ""
        self._sealed, self._every = SiteLog(parent), every
        self._told: list[tuple[str, str]] = []
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Look, for ever."""
        await asyncio.sleep(FIRST)
        while True:
            await self.look()
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """One round; another process may be at it, which then does the work of this one."""
        joined, troubles = None, list[tuple[str, str]]()
        try:
            joined = await asyncio.to_thread(self._sealed.join)
        except (JournalError, NoteError, OSError) as error:
            troubles.append(("the site is not sealed", str(error)))
        if joined is not None:
            self.signed = joined.note if joined.heads else self.signed
            troubles += [
                ("a lane is not sealed with the site", f"{lane}: {why}") for lane, why in joined.left_out
            ]
            if joined.lost_key:
                troubles.append(("the site's key was lost, and a new one made", joined.lost_key))
        for what, why in troubles:
            if (what, why) not in self._told:
                self._log.error(what, why=why)
        self._told = troubles
