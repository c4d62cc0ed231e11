"""A journal made up: entries written segment by segment, as a lane's writer would, without waiting for a disk."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.audit import frames, segment
from gateway.audit.writer import SEGMENT
from gateway.instants import rfc3339
from gateway.record import Compact

#: Seconds between two words about how far it is.
_EVERY: Final = 5.0


def write(folder: Path, entries: Iterable[tuple[int, bytes | Compact]], expected: int) -> None:
    """A journal of these entries, each with its time (µs UTC); how far it is of so many is said while it takes long."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lane.json").write_text('{"lane":"bench","site":"antara","v":1}', "utf-8")
    out, table, size = None, {}, SEGMENT
    began = said = time.monotonic()
    for number, (at, entry) in enumerate(entries, 1):
        if size >= SEGMENT:
            if out is not None:
                out.close()
            header = segment.Header(1, "antara", "bench", number, rfc3339(at), None, 0, {}, "izin")
            out, table, size = (folder / segment.name_of(number)).open("wb"), {}, 0
            out.write(segment.begin(header))
        framed = frames.encode(number, entry.encode(table) if isinstance(entry, Compact) else entry)
        out.write(framed)
        size += len(framed)
        if number % 10_000 == 0 and (now := time.monotonic()) - said > _EVERY:
            said = now
            left = (now - began) / number * max(0, expected - number)
            print(f"journal: {number:,} of {expected:,} entries, {left:.0f} s left", file=sys.stderr)
    if out is not None:
        out.close()
