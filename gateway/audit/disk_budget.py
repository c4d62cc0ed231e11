"""The room that a journal may take (`audit: {budget: …}`), and what goes before its time where it takes more.

Theory of operation. From `CLOSE` of the budget on, readers' entries of closed segments go before their time, in the steps
of `ORDER` and the oldest segment first, until the journal takes less or nothing of theirs is left. It is done as any
removal is (`rewriting`): a hash stays in the place of each entry, and an event says first what goes and why. Only compact
entries are readers' here, those of people who were let in, with their outcomes. So what is about AI crawlers and
licensees, what was refused, what a quota counts, and events are never touched, nor is what is held.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.audit.holds import Hold
from gateway.audit.rewriting import Record, alone, closed, going, remove
from gateway.record.aged import aged
from gateway.record.pages import names_static
from gateway.vocabulary import Audience

WHY: Final = "budget"
#: From this share of the budget on there is an alarm, and readers' entries go.
CLOSE: Final = 0.9
#: Octets of what ``st_blocks`` counts (POSIX leaves it open, and every system has it so).
_BLOCK: Final = 512

#: The start of a compact decision, to the path of what was asked for; text with escapes is no path of a static file.
_READER: Final = re.compile(rb'\["[dr]1","[0-9A-Z]{26}",[0-9]{1,16},"([A-Z]{1,10})",(?:"([^"\\?]*)[^"\\]*")?')


def _is_reader(payload: bytes) -> bool:
    return _READER.match(payload) is not None


def _is_static(payload: bytes) -> bool:
    found = _READER.match(payload)
    if found is None or found[1] not in (b"GET", b"HEAD") or found[2] is None:
        return False
    return names_static(found[2].decode("utf-8", "replace"))


#: What goes, step by step: the name that the event says, and whether a decision is of it.
ORDER: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("static", _is_static),
    ("readers", _is_reader),
)


class Spared:
    """Which entries of one segment go in a step, asked in the order of the segment: an outcome goes with its decision."""

    def __init__(self, takes: Callable[[bytes], bool], holds: tuple[Hold, ...]) -> None:
        self._takes, self._holds = takes, holds
        self._decided: set[bytes] = set()

    def __call__(self, payload: bytes) -> str | None:
        entry = aged(payload)
        if entry is None:
            return None
        if entry.audience is None:
            goes = entry.id in self._decided
            self._decided.discard(entry.id)
        else:
            goes = self._takes(payload) and not any(hold.covers(entry.at, payload) for hold in self._holds)
            if goes:
                self._decided.add(entry.id)
        return Audience.PEOPLE.value if goes else None


class DiskBudget:
    """Makes room in one journal. It remembers what it has looked through, so that years are not read every hour."""

    def __init__(self, folder: Path, whole: Path | None = None) -> None:
        """``whole`` is the folder that the budget is for, where other lanes lie in it too."""
        self._folder, self._whole = folder, whole or folder
        self._held: tuple[str, ...] = ()
        self._done: set[tuple[str, int]] = set()

    def make_room(self, budget: int, holds: tuple[Hold, ...], record: Record, pause: float = 0.0) -> int:
        """Let readers' entries go until the journal takes less than `CLOSE` of ``budget`` (octets); how many went. Blocks.

        OSError and JournalError where it cannot be done; what was not removed is looked at again.
        """
        held = tuple(hold.id for hold in holds)
        if held != self._held:
            self._held, self._done = held, set()
        gone, most = 0, budget * CLOSE
        with alone(self._folder):
            taken = octets_of(self._whole)
            for step, takes in ORDER:
                for first in closed(self._folder):
                    if taken < most:
                        return gone
                    if (step, first) in self._done:
                        continue
                    what = going(self._folder, first, Spared(takes, holds), pause)
                    why = {"why": WHY, "step": step, "bytes": taken, "budget": budget}
                    remove(self._folder, what, why, record, pause)
                    if what.numbers:
                        taken = octets_of(self._whole)
                        gone += len(what.numbers)
                    self._done.add((step, first))
        return gone


def octets_of(folder: Path) -> int:
    """What a journal takes, everything beside its entries too; a hole in a file takes nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                one = (Path(place) / name).lstat()
                total += min(one.st_size, one.st_blocks * _BLOCK)
    return total
