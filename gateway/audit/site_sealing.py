"""The log of the site in a gateway: now and then a process signs one checkpoint over all lanes that lie together.

Where that is one lane it costs next to nothing, and other lanes join whenever they are laid beside it.
"""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.receipt import JournalError
from gateway.audit.site_log import FOLDER, Joined, SiteLog
from gateway.seal.note import NoteError
from gateway.seal.site import origin_of_site

#: Seconds before the first round of a process, and between two.
FIRST: Final = 3.0
EVERY: Final = 600.0


class SiteSealing:
    """Takes the lanes of a folder into the site's log, beside all other work. What goes wrong is said, and tried again."""

    def __init__(self, parent: Path, site: str, every: float = EVERY) -> None:
        self.folder, self.origin = parent / FOLDER, origin_of_site(site)
        #: The newest checkpoint that this process signed; empty before the first.
        self.signed = ""
        self._sealed, self._every = SiteLog(parent), every
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Look, for ever."""
        await asyncio.sleep(FIRST)
        while True:
            await self.look()
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """One round; another process may be at it, which then does the work of this one."""
        joined: Joined | None = None
        try:
            joined = await asyncio.to_thread(self._sealed.join)
        except (JournalError, NoteError, OSError) as error:
            self._log.error("the site is not sealed", error=str(error))
        if joined is not None and joined.heads:
            self.signed = joined.note
        for lane, why in joined.left_out if joined else ():
            self._log.warning("a lane is not sealed with the site", lane=lane, why=why)
