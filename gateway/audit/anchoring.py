"""Anchoring: checkpoints go to where others keep them, beside the gateway's work.

A file elsewhere gets each newest checkpoint at most once a minute, appended, and the last one when the gateway stops; an
authority stamps the newest at most once an hour. What does not work is said, recorded once, and tried again; nothing
waits for it, for a seal is a seal without it. The log of the site takes the lane's checkpoints up in the same way, and its own
go to the same anchors.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog

from gateway.audit.elsewhere import append, remember
from gateway.audit.journal import Journal
from gateway.audit.other_clocks import APART, OtherClocks
from gateway.audit.site_sealing import SiteSealing
from gateway.audit.stamps import EVENT, StampError, check_stamp, keep_stamp, query_for
from gateway.identify.identity import Unavailable
from gateway.instants import SECOND, instant
from gateway.policy.model import Anchor
from gateway.seal.checkpoint import read_checkpoint
from gateway.seal.note import split_note

#: Seconds between two looks for a new checkpoint, and between two times that an anchor gets one, by its kind.
LOOK: Final = 2.0
EVERY: Final = {"file": 60.0, "tsa": 3600.0}
#: Seconds until an anchor that failed is tried again.
AGAIN: Final = 60.0

#: Asks an authority: its address, and the query.
Ask = Callable[[str, bytes], Awaitable[bytes | Unavailable]]


class _Log(NamedTuple):
    """A log whose checkpoints are taken: its newest, the folder that keeps its stamps, and its name where it is the site's."""

    newest: Callable[[], str]
    folder: Path
    name: str | None


class Anchoring:
    """Takes the checkpoints of one journal, and of the log of its site, to the anchors."""

    def __init__(
        self,
        journal: Journal,
        anchors: Callable[[], tuple[Anchor, ...]],
        ask: Ask,
        *,
        site: SiteSealing | None = None,
        clocks: OtherClocks | None = None,
        own: bool = True,
        every: dict[str, float] | None = None,
    ) -> None:
        """``site`` seals the lanes together, None where others do; ``clocks`` is told those of the authorities; without ``own`` only
        the site's checkpoints are taken."""
        self._journal, self._anchors, self._ask, self._every = journal, anchors, ask, every or EVERY
        self._site, self.clocks = site, clocks or OtherClocks(journal.clock)
        self._logs: list[_Log] = []
        if site is not None:
            self._logs.append(_Log(lambda: site.signed, site.folder, site.origin))
        if own:
            self._logs.append(_Log(lambda: journal.recorder.lane.checkpoint, journal.folder, None))
        self._due: dict[tuple[Anchor, str | None], float] = {}
        self._has: dict[tuple[Anchor, str | None], str] = {}
        #: Anchors that do not work, and why.
        self.failing: dict[Anchor, str] = {}
        self._log = structlog.get_logger()

    @property
    def not_joined(self) -> Mapping[str, str]:
        """Hosts whose lane is not sealed with the site now, and why."""
        return {} if self._site is None else self._site.failing

    async def run(self) -> None:
        """Look, for ever."""
        await asyncio.gather(self._run(), *([self._site.run()] if self._site else []))

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Take the newest checkpoints to every anchor whose time it is."""
        now = asyncio.get_running_loop().time()
        for anchor in self._anchors():
            for log in self._logs:
                note, place = log.newest(), (anchor, log.name)
                if note and self._has.get(place) != note and self._due.get(place, now) <= now:
                    taken = await self._take(anchor, log, note)
                    wait = self._every[anchor.kind] if taken else AGAIN
                    self._due[place] = asyncio.get_running_loop().time() + wait

    async def last(self) -> None:
        """Seal the site once more and take the last checkpoints to the files, once the journal is closed."""
        if self._site is not None:
            await self._site.look()
        for anchor in self._anchors():
            for log in self._logs:
                note = log.newest()
                if anchor.kind == "file" and note and self._has.get((anchor, log.name)) != note:
                    try:
                        await asyncio.to_thread(_keep, log.folder, Path(anchor.where), note)
                    except OSError as error:
                        self._log.warning("not anchored", anchor=anchor.where, error=_said(error))

    async def _take(self, anchor: Anchor, log: _Log, note: str) -> bool:
        try:
            if anchor.kind == "file":
                await asyncio.to_thread(_keep, log.folder, Path(anchor.where), note)
            else:
                await self._stamp(anchor.where, log, note)
        except (OSError, StampError) as error:
            await self._failed(anchor, _said(error))
            return False
        self._has[anchor, log.name] = note
        if self.failing.pop(anchor, None) is not None:
            self._log.info("anchored again", anchor=anchor.where)
        return True

    async def _stamp(self, authority: str, log: _Log, note: str) -> None:
        (query, nonce), asked = query_for(note), self.clocks.now()
        reply = await self._ask(authority, query)
        if isinstance(reply, Unavailable):
            raise StampError(reply.why)
        stamp, size = check_stamp(reply, note, nonce), read_checkpoint(split_note(note)[0]).size
        name = await asyncio.to_thread(keep_stamp, log.folder, size, authority, reply)
        details = {
            "tsa": authority,
            "file": name,
            "size": size,
            "time": stamp.time,
            "sha256": hashlib.sha256(reply).hexdigest(),
            **({} if log.name is None else {"log": log.name}),
        }
        said = instant(datetime.fromisoformat(stamp.time))
        ahead = self.clocks.told(authority, said, asked, grain=SECOND)
        if abs(ahead) > APART:
            details["ahead_us"] = ahead
            self._log.error("one of the clocks is wrong", authority=authority, ahead_seconds=ahead // SECOND)
        await self._journal.event(EVENT, details)

    async def _failed(self, anchor: Anchor, why: str) -> None:
        self._log.warning("not anchored", anchor=anchor.where, error=why)
        if self.failing.get(anchor) != why:
            self.failing[anchor] = why
            details: dict[str, Any] = {anchor.kind: anchor.where, "why": why}
            await self._journal.event("anchor-fault", details)


def _keep(folder: Path, path: Path, note: str) -> None:
    append(path, note)
    remember(folder, path)


def _said(error: OSError | StampError) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "unknown error").lower()
    return str(error)
