"""Drive one target with wrk and read what it cost its processes."""

import os
import re
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Case(NamedTuple):
    """One kind of request, and the status it must get."""

    name: str
    what: str
    path: str
    agent: str
    status: int


class Round(NamedTuple):
    """One measurement: requests a second, latency in ms, CPU ms for 1,000 requests, PSS in MiB."""

    rps: float
    p50: float
    p99: float
    cpu: float
    memory: float
    unexpected: int


Figures = Round


def drive(port: int, pids: Sequence[int], case: Case, connections: int, seconds: float) -> Round:
    """One round against one target."""
    before = sum(map(_cpu, pids))
    argv = [
        *("taskset", "-c", "0", "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency"),
        *("-H", f"User-Agent: {case.agent}", "-H", "Host: www.antara.example"),
        f"http://127.0.0.1:{port}{case.path}",
    ]
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    spent = sum(map(_cpu, pids)) - before
    count = int(_find(r"(\d+) requests in", said))
    errors = [int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", said)]
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    refused = int(other[1]) if other else 0
    unexpected = sum(errors) + (count - refused if case.status >= 400 else refused)
    return Round(
        float(_find(r"Requests/sec:\s+([\d.]+)", said)),
        _milliseconds(said, "50%"),
        _milliseconds(said, "99%"),
        spent * 1_000_000 / max(count, 1),
        sum(map(_pss, pids)),
        unexpected,
    )


def median_of(rounds: list[Round]) -> Figures:
    """The median of each figure; of what went wrong, all."""
    columns = list(zip(*rounds, strict=True))
    middle = [statistics.median(column) for column in columns[:-1]]
    return Round(*middle, unexpected=sum(columns[-1]))


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]


def _milliseconds(said: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", said)
    assert found is not None, said
    return float(found[1]) * _UNITS[found[2]]


def _cpu(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _pss(pid: int) -> float:
    """Its memory in MiB, shared pages divided by those who share them."""
    found = re.search(r"Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text())
    return int(found[1]) / 1024 if found else 0.0
