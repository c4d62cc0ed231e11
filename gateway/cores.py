"""How many cores this process may use: those that it may run on, or fewer where the time on them is bounded."""

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.settings import MOST_WORKERS

#: What gives as many workers as there are cores for.
AUTO: Final = "auto"


def parse_workers(text: str) -> int:
    """A number of workers, or ``auto``: one for each core but that of the journal's writer, one at least. Raises ValueError in the
    writer's words."""
    if text == AUTO:
        return min(MOST_WORKERS, max(1, cores() - 1))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_WORKERS:
        raise ValueError(f"`{text}` is neither a number from 1 to {MOST_WORKERS} nor `{AUTO}`")
    return int(text)


def cores(proc: Path = Path("/proc/self/cgroup"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Cores of this process: sched_setaffinity(2), and `cpu.max` of its control group and of those above it (cgroups(7),
    version 2), as a container or systemd's `CPUQuota=` sets it; part of a core counts as one."""
    most = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    with suppress(OSError, ValueError):
        (mine,) = [line for line in proc.read_text("utf-8").splitlines() if line.startswith("0::/")]
        place = groups / mine.removeprefix("0::/")
        for group in (place, *place.parents[: len(place.parts) - len(groups.parts)]):
            with suppress(OSError, ValueError):
                quota, period = (group / "cpu.max").read_text("ascii").split()
                most = min(most, int(quota) / int(period))
    return max(1, math.ceil(most))
