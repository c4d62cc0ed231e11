"""The operator's orders and legal holds in force, as a fold over the journal with a snapshot, so that a start need not read everything.

The snapshot ``orders.json`` says to which entry it reaches. It is written anew with each order, some thousand entries after the
last time, and at the end; if it is missing or damaged, the fold begins at the first entry. What it says is never more than what the journal
says.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.audit import segment
from gateway.audit.folder import put
from gateway.audit.holds import NO_HOLDS, Holds
from gateway.audit.segment import UNSOUND, Sound
from gateway.orders import NO_ORDERS, Orders

NAME: Final = "orders.json"


class Snapshot(msgspec.Struct, frozen=True):
    """The orders and holds after the entry with number ``seq``."""

    seq: int
    orders: Orders
    holds: Holds = NO_HOLDS

    def after(self, seq: int, event: Mapping[str, Any]) -> "Snapshot":
        """What is in force after one event of the journal."""
        return Snapshot(seq, self.orders.after(event), self.holds.after(event))

    def upto(self, seq: int) -> "Snapshot":
        """The same, where nothing up to that entry has changed it."""
        return Snapshot(max(seq, self.seq), self.orders, self.holds)


def load(folder: Path, sound: Sound = UNSOUND) -> Snapshot:
    """What is in force after the last entry that can be read; ``sound`` is the segment that a start has found whole."""
    try:
        snapshot = msgspec.json.decode((folder / NAME).read_bytes(), type=Snapshot)
    except (OSError, msgspec.MsgspecError):
        snapshot = Snapshot(0, NO_ORDERS)
    found, last = _folded(folder, snapshot, sound)
    if (
        last < snapshot.seq
    ):  # the journal has lost its end, and counts on from there: its entries are not those known
        found, _ = _folded(folder, Snapshot(0, snapshot.orders, snapshot.holds), sound)
    return found


def _folded(folder: Path, snapshot: Snapshot, sound: Sound) -> tuple[Snapshot, int]:
    """What is in force after the entries behind a snapshot, and the number of the journal's last one."""
    since, last, reached = snapshot.seq, 0, 0
    names = segment.segments(path.name for path in folder.iterdir())
    for number, name in enumerate(names):
        last = max(last, segment.first_of(name) - 1)
        if number + 1 < len(names) and segment.first_of(names[number + 1]) <= since + 1:
            continue
        with contextlib.suppress(segment.NotASegment):
            known, seen = sound.upto(name), min(since, sound.upto(name) - 1)
            for frame in segment.behind((folder / name).read_bytes(), seen, known):
                last = reached = frame.seq
                if frame.seq <= since or (event := segment.event_of(frame.payload)) is None:
                    continue
                # An order that cannot be read is one that was never given by us; the fold goes on.
                with contextlib.suppress(KeyError, TypeError, ValueError):
                    snapshot = snapshot.after(frame.seq, event)
    return snapshot.upto(reached), last


def save(folder: Path, snapshot: Snapshot) -> None:
    """Keep a snapshot. An OSError is no harm: the next start reads more of the journal."""
    with contextlib.suppress(OSError):
        put(folder / NAME, msgspec.json.encode(snapshot) + b"\n", sync=False)
