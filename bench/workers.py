"""What it costs to serve with several processes: `python -m bench.workers [--rounds N] [--seconds S] [WORKERS]…`.

Gateways of so many workers (1 and 2, if nothing is said) stand before one nginx and are asked by wrk in turn, round after
round, each round in another order. What is compared is the processor time of all their processes for 1,000 requests: no
process has a core of its own here, so that requests a second and times say little.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.measure import cpu, find
from bench.scenes import HOST, SCENES, Scene
from bench.targets import start_gateway, start_origin

#: The scenes that are asked: one that is only written, one that is synced.
_SCENES: Final = ("small", "refuse")


def processes(pid: int) -> Mapping[str, int]:
    """The processes of a gateway, by what they do."""
    found = {"supervisor": pid}
    for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
        if b"gateway.child" in words:
            found[words[-2].decode()] = int(one)
    return found


def drive(pid: int, port: int, scene: Scene, seconds: float) -> Mapping[str, float]:
    """Milliseconds of each process for 1,000 requests."""
    pids = processes(pid)
    before = {name: cpu(one) for name, one in pids.items()}
    argv = [
        "wrk",
        "-t1",
        "-c32",
        f"-d{seconds:g}s",
        "-H",
        f"User-Agent: {scene.agent}",
        "-H",
        f"Host: {HOST}",
    ]
    said = subprocess.run(
        [*argv, f"http://127.0.0.1:{port}{scene.path}"], check=True, capture_output=True, text=True
    ).stdout
    count = int(find(r"(\d+) requests in", said))
    return {name: (cpu(one) - before[name]) * 1e6 / count for name, one in pids.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.workers", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("workers", type=int, nargs="*")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="izin-bench-") as made, ExitStack() as stack:
        folder = Path(made)
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        behind = start_origin(folder, stack, cores)
        running = {
            workers: start_gateway(
                folder / str(workers), behind.port, stack, "--workers", str(workers), core=cores
            )
            for workers in told.workers or (1, 2)
        }
        for name in _SCENES:
            (scene,) = [one for one in SCENES if one.name == name]
            figures: dict[int, list[Mapping[str, float]]] = {workers: [] for workers in running}
            for number in range(told.rounds + 1):
                for workers in random.sample(list(running), len(running)):
                    one = running[workers]
                    spent = drive(one.process.pid, one.port, scene, told.seconds)
                    if number:  # the first round only warms up
                        figures[workers].append(spent)
                print(f"{name}: round {number} of {told.rounds}", file=sys.stderr)
            print(f"\n{scene.what}, CPU ms for 1,000 requests:")
            for workers, several in figures.items():
                total = statistics.median(sum(one.values()) for one in several)
                parts = {part: statistics.median(one[part] for one in several) for part in several[0]}
                shown = ", ".join(f"{part} {spent:.1f}" for part, spent in parts.items())
                print(f"  workers {workers}: {total:5.1f} ({shown})")


if __name__ == "__main__":
    main()
