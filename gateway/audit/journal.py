"""The journal as a process that runs has it: the recorder, the desk for orders, the texts, and the time they go by.

`Journal.opened` opens the folder and recovers it; `open` begins to take orders, once whoever must hear of them listens.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from gateway.audit.desk import Desk
from gateway.audit.far_lane import FarLane
from gateway.audit.open_lane import OpenCounters
from gateway.audit.pseudonyms import Pseudonyms
from gateway.audit.receipt import Clock, LocalClock, Receipt
from gateway.audit.recorder import Recorder
from gateway.audit.texts import Texts
from gateway.signatures.replays import Ask
from gateway.vocabulary import Level


class Journal:
    """One journal, from its recovery to its `stop`. Everything but `keep` is for the event loop that it was opened on."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        new_id: Callable[[int], str],
        clock: Clock,
        pseudonyms: Pseudonyms,
        desk: Desk | None = None,
    ) -> None:
        """``new_id`` makes a ULID for microseconds since 1970; ``desk`` is None where another process has it."""
        self.folder = recorder.lane.folder
        self.recorder, self.new_id, self.clock = recorder, new_id, clock
        self.pseudonyms, self.desk = pseudonyms, desk
        #: Who counts requests, and who knows which signatures were used; None where this process alone does.
        self.counters: OpenCounters = recorder.lane
        self.use: Ask | None = None
        self._texts = Texts(self.folder)

    @classmethod
    def opened(
        cls,
        folder: Path,
        *,
        site: str,
        new_id: Callable[[int], str],
        name: str | None = None,
        clock: Clock | None = None,
        **how: Any,
    ) -> Self:
        """Recover a journal and write it from this process, by this machine's ``clock``; ``name`` and ``how`` are passed on to
        `Recorder.open`.

        JournalError where the folder cannot be used.
        """
        clock, pseudonyms = clock or LocalClock(), Pseudonyms(folder)
        recorder = Recorder.open(
            folder, site=site, new_id=new_id, pseudonym=pseudonyms.of, name=name, clock=clock, **how
        )
        return cls(recorder, new_id=new_id, clock=clock, pseudonyms=pseudonyms, desk=Desk(recorder))

    @classmethod
    async def linked(cls, folder: Path, new_id: Callable[[int], str]) -> Self:
        """A journal that another process writes. JournalError where that does not answer."""
        clock, pseudonyms = LocalClock(), Pseudonyms(folder)
        lane = FarLane(folder, lambda: new_id(clock.wall()))
        recorder = Recorder(
            lane,
            await lane.open(),
            loop=asyncio.get_running_loop(),
            new_id=new_id,
            clock=clock,
            pseudonym=pseudonyms.of,
            keep=lambda _: None,  # the writer's process does
            watch=lane.watch,
        )
        lane.on_orders = recorder.obey
        journal = cls(recorder, new_id=new_id, clock=clock, pseudonyms=pseudonyms)
        journal.use = lane.use
        return journal

    def count_by(self, counters: OpenCounters, use: Ask) -> None:
        """Have requests counted, and signatures known, by these from now on."""
        self.counters, self.use = counters, use
        self.recorder.release = counters.release

    async def open(self) -> None:
        """Begin to take orders at the desk. JournalError where its socket cannot be made."""
        if self.desk is not None:
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
        if self.desk is not None:
            await self.desk.close()
        await self.recorder.close()
