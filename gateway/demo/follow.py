"""Follows the journal of the gateway under demonstration, and finds the decision about a request that was sent."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.audit.reader import Damage, NoJournal, Position, Reader
from gateway.demo.wire import Answer, Ask
from gateway.record.printed import Shared

#: An entry is in the journal before the answer is on its way, or a moment later where the gateway fails open.
ENTRY_SECONDS = 5.0
_PAUSE = 0.02


class Follower:
    """The decisions in a journal's folder, each given once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self._position: Position | None = None
        self._segment = -1
        self._shared: Shared = {}
        self._unclaimed: dict[str, dict[str, Any]] = {}

    async def decision(self, ask: Ask, answer: Answer | None) -> dict[str, Any] | None:
        """The decision about ``ask``; None if the journal has none in time.

        The answer names its decision in `Izin-Decision`, unless a shared cache may store it or it never came; then
        the oldest decision that nobody claimed about such a request is the one.
        """
        named = answer.header("izin-decision") if answer else None
        deadline = time.monotonic() + ENTRY_SECONDS
        while True:
            for entry in self._new():
                self._unclaimed[entry["id"]] = entry
            if named is not None:
                found = self._unclaimed.pop(named, None)
            else:
                alike = (id for id, entry in self._unclaimed.items() if _alike(entry, ask))
                found = self._unclaimed.pop(next(alike, ""), None)
            if found is not None or time.monotonic() > deadline:
                return found
            await asyncio.sleep(_PAUSE)

    def forget(self) -> None:
        """Lets go of decisions about requests of others, such as a visitor's browser."""
        self._unclaimed.clear()

    def _new(self) -> Iterator[dict[str, Any]]:
        try:
            entries = list(Reader(self.folder).entries(self._position))
        except NoJournal:
            return
        for entry in entries:
            if isinstance(entry, Damage):
                continue
            if entry.position.segment != self._segment:
                self._segment, self._shared = entry.position.segment, {}
            self._position = entry.after
            printed = entry.printed(self._shared)
            if printed["phase"] == "decision":
                self.count += 1
                yield printed


def _alike(entry: dict[str, Any], ask: Ask) -> bool:
    request = entry["request"]
    return bool(
        request["method"] == ask.method and request.get("user_agent") == dict(ask.headers).get("User-Agent")
    )
