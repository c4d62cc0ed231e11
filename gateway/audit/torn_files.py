"""Octets that a crash left half-written, and a recovery saved (`gateway.audit.recovery`).

They are no entries, but may tell of anybody; so they go when readers' entries go, or where somebody is erased whom they name,
and a `removal` event says so first.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.audit.recovery import TOLD
from gateway.audit.rewriting import Record

#: Whether saved octets go, by when they were saved (µs UTC).
Goes = Callable[[int, bytes], bool]


def forget(folder: Path, goes: Goes, why: dict[str, Any], record: Record | None) -> int:
    """Delete the files of octets that go; how many. With ``record`` None only say how many these would be.

    OSError and JournalError where it cannot be done.
    """
    gone = 0
    for path in sorted(folder.glob(f"*{TOLD}")):
        if not goes(path.stat().st_mtime_ns // 1000, path.read_bytes()):
            continue
        gone += 1
        if record is not None:
            record({"file": path.name, "first": 0, "last": 0, "entries": 0, "counts": {}, **why})
            path.unlink()
    return gone
