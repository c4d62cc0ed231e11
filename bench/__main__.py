"""Compare Izin with other proxies on this machine: `python -m bench [--rounds N] [--seconds S] [--json FILE]`.

Method. The origin (nginx) and the load (wrk, one thread, keep-alive, HTTP/1.1, no TLS) share core 0; the proxy under
test has core 1 for itself. All targets are up during the whole run and are measured in turn, round after round, each
round in another order, so that a noisy neighbour troubles all alike. Figures are medians of the rounds. Ratios to nginx
travel between machines, absolute figures do not; a difference of less than a tenth is noise. CPU is user and system time
of the proxy's processes for 1,000 requests, and is steadier than requests a second.
"""

import argparse
import json
import os
import platform
import random
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.measure import Figures, Round, drive, median_of
from bench.targets import CASES, ROOT, Target, start_all

PAGE = ROOT / "docs/performance.md"
_BEGIN, _END = "<!-- measured -->", "<!-- /measured -->"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--case", choices=[case.name for case in CASES], action="append")
    parser.add_argument("--target", action="append", help="only these, and nginx")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    told = parser.parse_args()
    results: dict[str, dict[str, Figures]] = {}
    tables: list[str] = []
    with tempfile.TemporaryDirectory(prefix="izin-bench-") as folder, ExitStack() as stack:
        targets = start_all(Path(folder), stack)
        if told.target:
            targets = [one for one in targets if one.name in {"direct", "nginx", *told.target}]
        for case in CASES:
            if told.case and case.name not in told.case:
                continue
            mine = [target for target in targets if case.name in target.cases]
            rounds: dict[str, list[Round]] = {target.name: [] for target in mine}
            for number in range(told.rounds + 1):
                for target in random.sample(mine, len(mine)):
                    seconds = 1 if number == 0 else told.seconds
                    found = drive(target.port, target.pids(), case, told.connections, seconds)
                    if number:  # the first round only warms up
                        rounds[target.name].append(found)
                print(f"{case.name}: round {number} of {told.rounds}", file=sys.stderr)
            results[case.name] = {name: median_of(found) for name, found in rounds.items()}
            tables.append(_table(case.what, mine, results[case.name]))
            print(f"\n{tables[-1]}")
    if told.write:
        _write(tables, f"{told.rounds} rounds of {told.seconds:g} s, {told.connections} connections.")
    if told.json:
        told.json.write_text(
            json.dumps({c: {t: f._asdict() for t, f in r.items()} for c, r in results.items()}, indent=1)
        )


def _table(what: str, targets: list[Target], figures: dict[str, Figures]) -> str:
    base = figures["nginx"]
    lines = [
        f"{what[0].upper()}{what[1:]}:\n",
        "| target | requests/s | × nginx | p50 ms | p99 ms | CPU ms/1k | × nginx | PSS MiB | not as expected |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for target in targets:
        one = figures[target.name]
        lines.append(
            f"| {target.what} | {one.rps:,.0f} | {one.rps / base.rps:.2f} | {one.p50:.2f} | {one.p99:.2f} "
            f"| {one.cpu:.1f} | {base.cpu / one.cpu if one.cpu else 0:.2f} | {one.memory:.0f} | {one.unexpected} |"
        )
    return "\n".join(lines) + "\n"


def _write(tables: list[str], how: str) -> None:
    """Put the tables into the page, between its marks."""
    before, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    kernel = ".".join(platform.release().split(".")[:2])
    machine = f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Linux {kernel}"
    said = f"{how} On {machine}, CPython {platform.python_version()}.\n"
    PAGE.write_text(f"{before}{_BEGIN}\n{said}\n" + "\n".join(tables) + f"{_END}{after}", "utf-8")


main()
