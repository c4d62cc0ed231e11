"""The journal as a process that runs has it: the recorder, the desk for orders, the texts, and the time they go by.

Making one opens the folder and recovers it; `open` begins to take orders, once whoever must hear of them listens.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gateway.audit.desk import Desk
from gateway.audit.pseudonyms import Pseudonyms
from gateway.audit.receipt import LocalClock, Receipt
from gateway.audit.recorder import Recorder
from gateway.audit.texts import Texts
from gateway.vocabulary import Level


class Journal:
    """One journal, from its recovery to its `stop`. Everything but `keep` is for the event loop that made it."""

    def __init__(
        self,
        folder: Path,
        *,
        site: str,
        new_id: Callable[[int], str],
        name: str | None = None,
        **how: Any,
    ) -> None:
        """``new_id`` makes a ULID for microseconds since 1970; ``name`` and ``how`` are passed on to `Recorder.open`.

        JournalError where the folder cannot be used.
        """
        self.folder, self.new_id = folder, new_id
        self.clock = LocalClock()
        self.pseudonyms = Pseudonyms(folder)
        self.recorder = Recorder.open(
            folder,
            site=site,
            new_id=new_id,
            pseudonym=self.pseudonyms.of,
            name=name,
            clock=self.clock,
            **how,
        )
        self.desk = Desk(self.recorder)
        self._texts = Texts(folder)

    async def open(self) -> None:
        """Begin to take orders at the desk. JournalError where its socket cannot be made."""
        await self.desk.open()

    async def event(self, name: str, details: dict[str, Any]) -> Level | None:
        """Record something that happened; the level that was reached, or None where it could not be written."""
        done: asyncio.Future[Level | None] = asyncio.get_running_loop().create_future()

        def then(_: str, receipt: Receipt | None) -> None:
            if not done.done():
                done.set_result(None if receipt is None else receipt.level)

        self.recorder.event(name, details, then)
        return await done

    def keep(self, texts: Mapping[str, bytes]) -> None:
        """Keep texts by their digests, before an entry names them. Blocks; OSError if the disk will not take them."""
        self._texts.keep(texts)

    async def close(self) -> None:
        """Take no more orders, write what waits, say `stop`, let go of the folder."""
        await self.desk.close()
        await self.recorder.close()
