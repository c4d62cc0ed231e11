"""Follows the journal of the gateway under demonstration, and finds the decision about a request that was sent."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.audit.reader import Damage, NoJournal, Position, Reader
from gateway.demo.wire import Answer, Ask
from gateway.record.printed import Shared
from gateway.vocabulary import Phase

#: An entry is in the journal before the answer is on its way, or a moment later where the gateway fails open.
ENTRY_SECONDS = 5.0
_PAUSE = 0.02


class Follower:
    """The decisions in a journal's folder, each given once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._position: Position | None = None
        self._segment = -1
        self._shared: Shared = {}
        self._unclaimed: dict[str, dict[str, Any]] = {}
        self._outcomes: dict[str, int | None] = {}

    async def decision(self, ask: Ask, answer: Answer | None) -> dict[str, Any] | None:
        """The decision about ``ask``; None if the journal has none in time.

        The answer names its decision in `Izin-Decision`, unless a shared cache may store it or it never came; then
        the oldest decision that nobody claimed about such a request is the one.
        """
        named = answer.header("izin-decision") if answer else None
        deadline = time.monotonic() + ENTRY_SECONDS
        while True:
            self._catch_up()
            if named is None:
                named = next((id for id, entry in self._unclaimed.items() if _alike(entry, ask)), None)
            if named in self._unclaimed:
                self._outcomes.pop(named, None)
                return self._unclaimed.pop(named)
            if time.monotonic() > deadline:
                return None
            await asyncio.sleep(_PAUSE)

    def visitors(self) -> Iterator[tuple[dict[str, Any], int | None]]:
        """Decisions about requests that nobody here sent, such as a browser's, with the status they ended in."""
        self._catch_up()
        for id in list(self._outcomes):
            yield self._unclaimed.pop(id), self._outcomes.pop(id)

    def _catch_up(self) -> None:
        try:
            entries = list(Reader(self.folder).entries(self._position))
        except NoJournal:  # the gateway makes it a moment after it has started
            return
        for entry in entries:
            if isinstance(entry, Damage):
                continue
            if entry.position.segment != self._segment:
                self._segment, self._shared = entry.position.segment, {}
            self._position = entry.after
            self._note(entry.printed(self._shared))

    def _note(self, printed: dict[str, Any]) -> None:
        match printed["phase"]:
            case Phase.DECISION:
                self._unclaimed[printed["id"]] = printed
            case Phase.OUTCOME if printed["of"] in self._unclaimed:
                self._outcomes[printed["of"]] = printed["status"]


def _alike(entry: dict[str, Any], ask: Ask) -> bool:
    request = entry["request"]
    return bool(
        request["method"] == ask.method and request.get("user_agent") == dict(ask.headers).get("User-Agent")
    )
