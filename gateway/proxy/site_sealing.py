"""The log of the site in a gate: now and then one of its processes signs one checkpoint over all lanes that lie together."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.receipt import JournalError
from gateway.audit.site_log import Joined, join
from gateway.policy.model import Anchor
from gateway.seal.note import NoteError

#: Seconds between two rounds of a process.
EVERY: Final = 600.0


class SiteSealing:
    """Takes the lanes below a folder into the site's log, beside all other work. What goes wrong is said, and tried again."""

    def __init__(self, parent: Path, anchors: Callable[[], tuple[Anchor, ...]], every: float = EVERY) -> None:
        self._parent, self._anchors, self._every = parent, anchors, every
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await asyncio.sleep(self._every)
            await self.look()

    async def look(self) -> None:
        """One round; another process may be at it, which then does the work of this one."""
        files = [Path(anchor.where) for anchor in self._anchors() if anchor.kind == "file"]
        joined: Joined | None = None
        try:
            joined = await asyncio.to_thread(join, self._parent, files)
        except (JournalError, NoteError, OSError) as error:
            self._log.error("the site is not sealed", error=str(error))
        for lane, why in joined.left_out if joined else ():
            self._log.warning("a lane is not sealed with the site", lane=lane, why=why)
