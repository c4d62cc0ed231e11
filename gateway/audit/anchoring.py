"""Anchoring: checkpoints go to where others keep them, beside the gateway's work.

A file elsewhere gets each newest checkpoint at most once a minute, appended, and the last one when the gateway stops; an
authority stamps the newest at most once an hour. What does not work is said, recorded once, and tried again; nothing
waits for it, for a seal is a seal without it.
"""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.audit.journal import Journal
from gateway.audit.stamps import EVENT, StampError, check_stamp, keep_stamp, query_for
from gateway.identify.identity import Unavailable
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


class Anchoring:
    """Takes the checkpoints of one journal to its anchors."""

    def __init__(
        self,
        journal: Journal,
        anchors: Callable[[], tuple[Anchor, ...]],
        ask: Ask,
        *,
        every: dict[str, float] | None = None,
    ) -> None:
        self._journal, self._anchors, self._ask, self._every = journal, anchors, ask, every or EVERY
        self._due: dict[Anchor, float] = {}
        self._has: dict[Anchor, str] = {}
        #: Anchors that do not work, and why.
        self.failing: dict[Anchor, str] = {}
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Take the newest checkpoint to every anchor whose time it is."""
        note, now = self._journal.recorder.lane.checkpoint, asyncio.get_running_loop().time()
        for anchor in self._anchors():
            if note and self._has.get(anchor) != note and self._due.get(anchor, now) <= now:
                await self._take(anchor, note)
                wait = AGAIN if anchor in self.failing else self._every[anchor.kind]
                self._due[anchor] = asyncio.get_running_loop().time() + wait

    async def last(self) -> None:
        """Take the last checkpoint to the files, once the journal is closed."""
        note = self._journal.recorder.lane.checkpoint
        for anchor in self._anchors():
            if anchor.kind == "file" and note and self._has.get(anchor) != note:
                try:
                    await asyncio.to_thread(append, Path(anchor.where), note)
                except OSError as error:
                    self._log.warning("not anchored", anchor=anchor.where, error=_said(error))

    async def _take(self, anchor: Anchor, note: str) -> None:
        try:
            if anchor.kind == "file":
                await asyncio.to_thread(append, Path(anchor.where), note)
            else:
                await self._stamp(anchor.where, note)
        except (OSError, StampError) as error:
            await self._failed(anchor, _said(error))
            return
        self._has[anchor] = note
        if self.failing.pop(anchor, None) is not None:
            self._log.info("anchored again", anchor=anchor.where)

    async def _stamp(self, authority: str, note: str) -> None:
        query, nonce = query_for(note)
        reply = await self._ask(authority, query)
        if isinstance(reply, Unavailable):
            raise StampError(reply.why)
        stamp, size = check_stamp(reply, note, nonce), read_checkpoint(split_note(note)[0]).size
        name = await asyncio.to_thread(keep_stamp, self._journal.folder, size, authority, reply)
        details = {
            "tsa": authority,
            "file": name,
            "size": size,
            "time": stamp.time,
            "sha256": hashlib.sha256(reply).hexdigest(),
        }
        await self._journal.event(EVENT, details)

    async def _failed(self, anchor: Anchor, why: str) -> None:
        self._log.warning("not anchored", anchor=anchor.where, error=why)
        if self.failing.get(anchor) != why:
            self.failing[anchor] = why
            details: dict[str, Any] = {anchor.kind: anchor.where, "why": why}
            await self._journal.event("anchor-fault", details)


def append(path: Path, note: str) -> None:
    """Append a checkpoint to a file, and return once it is on the medium; OSError where that cannot be."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "ab") as file:
        file.write(note.encode())
        file.flush()
        os.fsync(handle)


def _said(error: OSError | StampError) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "unknown error").lower()
    return str(error)
