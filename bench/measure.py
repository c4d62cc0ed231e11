"""Drive one target, at full speed with wrk or at a fixed rate, and read what it cost its processes."""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.processes import LOAD_CORE, Running
from bench.scenes import HOST, ROOT, Scene

#: The first line of a mapping in smaps(5): where in a file it begins, and which.
_MAPPED = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ ([0-9a-f]+) \S+ \d+\s*(.*)")
_TICKS = os.sysconf("SC_CLK_TCK")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Round(NamedTuple):
    """One measurement: requests a second, latency in ms, CPU ms for 1,000 requests, memory in MiB, the share of answers that are
    refusals, and the number of those that are not as expected."""

    rps: float
    p50: float
    p99: float
    cpu: float
    memory: float
    refused: float
    unexpected: int


class Pace(NamedTuple):
    """Latency in ms where requests come by chance, so many a second."""

    p50: float
    p99: float


def drive(target: Running, scene: Scene, script: Path, connections: int, seconds: float) -> Round:
    """One round at full speed."""
    pids = target.pids()
    before = sum(map(cpu, pids))
    asked = (
        ["-s", str(script), f"http://127.0.0.1:{target.port}/"]
        if scene.script
        else [*_fields(scene), f"http://127.0.0.1:{target.port}{scene.path}"]
    )
    argv = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency"]
    said = subprocess.run([*argv, *asked], check=True, capture_output=True, text=True).stdout
    spent = sum(map(cpu, pids)) - before
    count = max(1, int(find(r"(\d+) requests in", said)))
    errors = sum(int(number) for number in re.findall(r"(?:connect|read|write|timeout) (\d+)", said))
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    refused = int(other[1]) if other else 0
    if scene.status is not None:
        errors += refused if scene.status < 400 else count - refused
    return Round(
        float(find(r"Requests/sec:\s+([\d.]+)", said)),
        _milliseconds(said, "50%"),
        _milliseconds(said, "99%"),
        spent * 1_000_000 / count,
        memory_of(pids),
        refused / count,
        errors,
    )


def paced(target: Running, scene: Scene, rate: float, seconds: float) -> Pace | None:
    """One round at so many requests a second (`bench.arrivals`); None where the target cannot keep up."""
    argv = ["taskset", "-c", LOAD_CORE, sys.executable, "-m", "bench.arrivals", str(target.port), scene.path]
    asked = [scene.agent, f"{rate:g}", f"{seconds:g}"]
    ran = subprocess.run([*argv, *asked], check=False, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        print(ran.stderr.strip(), file=sys.stderr)
        return None
    times = sorted(float(line) * 1000 for line in ran.stdout.split())
    return Pace(times[len(times) // 2], times[len(times) * 99 // 100])


def median_of(rounds: Sequence[Round]) -> Round:
    """The median of each figure; of what went wrong, all."""
    columns = list(zip(*rounds, strict=True))
    return Round(*map(statistics.median, columns[:-1]), unexpected=sum(columns[-1]))


def median_pace(rounds: Sequence[Pace]) -> Pace:
    """The median of each figure."""
    return Pace(*map(statistics.median, zip(*rounds, strict=True)))


def _fields(scene: Scene) -> list[str]:
    return ["-H", f"User-Agent: {scene.agent}", "-H", f"Host: {HOST}"]


def find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]


def _milliseconds(said: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", said)
    assert found is not None, said
    return float(found[1]) * _UNITS[found[2]]


def cpu(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_of(pids: Sequence[int]) -> float:
    """What processes take of the memory in MiB as if nobody else ran: what is theirs, and the pages of files once, however many other
    targets have the same files in use."""
    own, files = 0, dict[str, int]()
    for pid in pids:
        where = ""
        for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
            if (mapped := _MAPPED.match(line)) is not None:
                where = "" if mapped[2].startswith("[") else f"{mapped[2]} {mapped[1]}"
                rss = 0
            elif line.startswith("Rss:"):
                rss = int(line.split()[1])
            elif line.startswith("Anonymous:"):
                anonymous = int(line.split()[1])
                own += anonymous if where.strip() else rss
                if where.strip():
                    files[where] = max(files.get(where, 0), rss - anonymous)
    return (own + sum(files.values())) / 1024
