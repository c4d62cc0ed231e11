"""Compare Izin with other proxies on this machine: `python -m bench [--rounds N] [--seconds S] [--scene NAME]… [--write]`.

Method. The origin (nginx) and the load (wrk, one thread, keep-alive, HTTP/1.1, no TLS) share core 0; the proxy under
test has core 1 for itself. All targets are up during the whole run and are measured in turn, round after round, each
round in another order, so that a noisy neighbour troubles all alike. Figures are medians of the rounds. Ratios to nginx
travel between machines, absolute figures do not; a difference of less than a tenth is noise. CPU is user and system time
of the proxy's processes for 1,000 requests, and is steadier than requests a second. Latency is taken apart from that, where
requests come by chance (`bench.arrivals`), at half of what Izin can do and at a rate at which nearly each is alone.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import decide, report
from bench.measure import Pace, Round, drive, median_of, median_pace, paced
from bench.processes import Running
from bench.scenes import ALONE, SCENES, UNHURRIED, Scene, make_script
from bench.targets import start_all


class Run(NamedTuple):
    """How the comparison is made, and where."""

    rounds: int
    seconds: float
    connections: int
    folder: Path
    running: Mapping[str, Running]


def main() -> None:
    told = _told()
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("two cores are needed: one for the load, one for the proxy")
    scenes = [one for one in SCENES if not told.scene or one.name in told.scene]
    wanted = {name for scene in scenes for name in scene.targets}
    if told.target:
        wanted &= {"direct", "nginx", *told.target}
    results: dict[Scene, dict[str, Round]] = {}
    tables: list[str] = []
    with _started(told, wanted) as run:
        for scene in scenes:
            results[scene] = _full(run, scene)
            _show(tables, report.table(scene, results[scene]))
            if scene.name in UNHURRIED and "izin" in results[scene]:
                half = results[scene]["izin"].rps / 2
                for how, rate in (("half of what Izin can do", half), ("nearly every one alone", ALONE)):
                    _show(tables, report.pace_table(scene, how, rate, _unhurried(run, scene, rate)))
    if not told.scene:
        _show(tables, decide.table())
    if told.write:
        how = f"{told.rounds} rounds of {told.seconds:g} s, {told.connections} connections."
        report.write(how, tables, report.plot(results))
    if told.json:
        figures = {
            scene.name: {name: one._asdict() for name, one in its.items()} for scene, its in results.items()
        }
        told.json.write_text(json.dumps(figures, indent=1))


def _told() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--scene", choices=[scene.name for scene in SCENES], action="append")
    parser.add_argument("--target", action="append", help="only these, and nginx")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--write", action="store_true", help="put the tables and the plot into docs/")
    return parser.parse_args()


@contextmanager
def _started(told: argparse.Namespace, wanted: set[str]) -> Iterator[Run]:
    with tempfile.TemporaryDirectory(prefix="izin-bench-") as folder, ExitStack() as stack:
        running = start_all(Path(folder), stack, wanted)
        yield Run(told.rounds, told.seconds, told.connections, Path(folder), running)


def _full(run: Run, scene: Scene) -> dict[str, Round]:
    """Every target of a scene at full speed."""
    script = make_script(run.folder)
    mine = [name for name in scene.targets if name in run.running]
    rounds: dict[str, list[Round]] = {name: [] for name in mine}
    for number in range(run.rounds + 1):
        for name in random.sample(mine, len(mine)):
            one = drive(run.running[name], scene, script, run.connections, run.seconds if number else 1)
            if number:  # the first round only warms up
                rounds[name].append(one)
        print(f"{scene.name}: round {number} of {run.rounds}", file=sys.stderr)
    return {name: median_of(several) for name, several in rounds.items()}


def _unhurried(run: Run, scene: Scene, rate: float) -> dict[str, Pace]:
    """Every target at this rate, but for those that cannot keep up with it."""
    mine = [name for name in scene.targets if name in run.running]
    rounds: dict[str, list[Pace | None]] = {name: [] for name in mine}
    for _ in range(run.rounds):
        for name in random.sample(mine, len(mine)):
            rounds[name].append(paced(run.running[name], scene, rate, max(2, run.seconds)))
    kept = {name: [one for one in several if one is not None] for name, several in rounds.items()}
    return {name: median_pace(some) for name, some in kept.items() if len(some) == run.rounds}


def _show(tables: list[str], text: str) -> None:
    tables.append(text)
    print(f"\n{text}", flush=True)


main()
