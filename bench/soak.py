"""Run a gateway of several workers for long, and let everything happen to it: `python -m bench.soak --requests 1000000`.

Clients ask on and on, over connections that they keep: readers, crawlers for AI, search, scripts, and a licensee with a quota
that no run uses up. Meanwhile the policy is reloaded, workers and the writer are killed, and the origin fails, in a random
order of a known seed. In the end it must hold that

- whoever was answered, but for 503, has a decision in the journal, and numbers are without gaps;
- each decision has one outcome, and nothing is written twice;
- every seal holds (`izin audit verify`);
- no process needs more memory or descriptors in the end than after its first two minutes, but for a small part.

The figures are printed as lines of `docs/performance.md`; the exit code is 1 where something does not hold.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from bench.soak_load import Load, Origin
from gateway.audit.reader import Damage, Reader
from gateway.settings import MOST_WORKERS
from tests.live import rig

#: Seconds between two disturbances, and between two looks at memory.
EVERY, LOOK = 8.0, 5.0
#: A process is old enough to be compared with itself after so many seconds, and may grow by this share and so many octets.
SETTLED, GROWTH, SLACK = 120.0, 0.10, 16 << 20
#: Entries that may wait in workers when the next of them is killed: those that one takes along are lost.
WAITING = 1000


class Process(NamedTuple):
    """One process of the gateway as it was seen: seconds since the start, octets of memory (PSS, proportional
    to who shares them), open descriptors."""

    at: float
    octets: int
    descriptors: int


class Watch:
    """What each process needed over its life, by name and number."""

    def __init__(self, supervisor: int) -> None:
        self._supervisor, self._began = supervisor, time.monotonic()
        self.seen: dict[tuple[str, int], list[Process]] = {}

    def children(self) -> dict[str, int]:
        """The processes of the gateway by name."""
        found = {"supervisor": self._supervisor}
        for one in (
            Path(f"/proc/{self._supervisor}/task/{self._supervisor}/children").read_text("ascii").split()
        ):
            words = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
            if b"gateway.child" in words:
                found[words[-2].decode()] = int(one)
        return found

    def look(self) -> None:
        """Note what each process needs now."""
        for name, pid in self.children().items():
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
                descriptors = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 -- how many is all that is wanted
            except (OSError, IndexError):
                continue  # it has just ended
            at = time.monotonic() - self._began
            shared = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
            process = Process(at, int(shared.split()[1]) << 10, descriptors)
            self.seen.setdefault((name, pid), []).append(process)

    def growing(self) -> list[str]:
        """The processes that need more and more."""
        found = []
        for (name, pid), life in self.seen.items():
            old = [one for one in life if one.at - life[0].at > SETTLED]
            if not old:
                continue
            if old[-1].octets > old[0].octets * (1 + GROWTH) + SLACK:
                found.append(f"{name} ({pid}) grew from {old[0].octets} to {old[-1].octets} octets")
            if old[-1].descriptors > old[0].descriptors + 64:
                found.append(
                    f"{name} ({pid}) holds {old[-1].descriptors} descriptors, {old[0].descriptors} before"
                )
        return found

    def needed(self, role: str) -> list[int]:
        """What processes of a role needed, in MiB: the median of all looks, and the most."""
        mine = (life for (name, _), life in self.seen.items() if name.startswith(role))
        looks = sorted(one.octets >> 20 for life in mine for one in life)
        return [looks[len(looks) // 2], looks[-1]] if looks else []


async def disturb(
    gateway: rig.Gateway,
    watch: Watch,
    origin: Origin,
    done: Counter[str],
    chance: random.Random,
    workers: int,
) -> None:
    """Let something happen, again and again."""
    number = 0
    while True:
        await asyncio.sleep(EVERY)
        while not await asyncio.to_thread(_whole, gateway, workers):  # noqa: ASYNC110 -- there is no event of it
            await asyncio.sleep(EVERY / 8)  # else a busy machine would see nothing but starts
        what = chance.choice(("reload", "worker", "writer", "origin"))
        done[what] += 1
        number += 1
        if what == "reload":
            rules = rig.DENY_GOOGLE.replace("tanpa", f"tanpa-{number}")
            rig.write_policy(gateway.policy, rules=rules)
            gateway.program.send(signal.SIGHUP)
        elif what == "origin":
            origin.fails = True
            await asyncio.sleep(EVERY / 4)
            origin.fails = False
        else:
            children = watch.children()
            names = sorted(name for name in children if name.startswith(what))
            if names:
                os.kill(children[chance.choice(names)], signal.SIGKILL)


async def drive(
    gateway: rig.Gateway, origin: Origin, told: argparse.Namespace
) -> tuple[Load, Watch, Counter[str]]:
    """The load, until so many requests were answered."""
    watch, happened = Watch(gateway.program.process.pid), Counter[str]()
    load = Load(gateway.port, told.requests, told.connections)
    beside = [
        asyncio.create_task(
            disturb(gateway, watch, origin, happened, random.Random(told.seed), told.workers)
        ),
        asyncio.create_task(_looking(watch, load)),
    ]
    await load.run()
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    return load, watch, happened


def _whole(gateway: rig.Gateway, workers: int) -> bool:
    """Whether every process does its work, and nothing is left to do of what was before."""
    return (
        gateway.metric("izin_workers") == workers
        and gateway.ready()[1]["journal"] != "down"
        and gateway.metric("izin_journal_waiting") < WAITING
    )


async def _looking(watch: Watch, load: Load) -> None:
    while True:
        watch.look()
        sys.stderr.write(f"\r{load.answered:,} answers, {load.broken:,} broken connections ")
        sys.stderr.flush()
        await asyncio.sleep(LOOK)


def wrong(journal: Path, load: Load) -> tuple[list[str], Counter[str]]:
    """What does not hold of the journal, and how many entries there are, by phase, end and event."""
    found: dict[str, list[str]] = {}
    count, last, dropped = Counter[str](), 0, 0
    decided: set[str] = set()
    ended: set[str] = set()
    for one in Reader(journal).printed():
        if isinstance(one, Damage):
            found.setdefault("damaged", []).append(str(one))
            continue
        entry: dict[str, Any] = one[1]
        if entry["seq"] != last + 1:
            found.setdefault("out of order", []).append(str(entry["seq"]))
        last = entry["seq"]
        count[entry["phase"]] += 1
        if entry["phase"] == "decision":
            _once(entry["id"], decided, found.setdefault("decisions written twice", []))
            count[f"durability {entry['durability']}"] += 1
        elif entry["phase"] == "outcome":
            _once(entry["of"], ended, found.setdefault("outcomes written twice", []))
            count[f"end {entry['end']}"] += 1
        else:
            count[f"event {entry['event']}"] += 1
            dropped += entry["details"].get("dropped", 0) if entry["event"] == "gap" else 0
    count["dropped"] = dropped
    for what, which in (("lost", load.acknowledged - decided), ("without an outcome", decided - ended)):
        if len(which) > dropped:  # what did not fit into the workers is counted
            found[what] = sorted(which)
    return [f"{len(which)} {what}, such as {which[0]}" for what, which in found.items() if which], count


def _once(id: str, known: set[str], twice: list[str]) -> None:
    if id in known:
        twice.append(id)
    known.add(id)


def main() -> int:
    """Run, print the figures, and say what does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2, choices=range(2, MOST_WORKERS + 1), metavar="N")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seed", type=int, default=20261201)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="izin-soak-") as name, ExitStack() as stack:
        folder = Path(name)
        policy = rig.write_policy(folder / "policy", rules=rig.DENY_GOOGLE)
        rig.write_license(policy, more="quota: 100000000/month")
        origin = stack.enter_context(Origin())
        began = time.monotonic()
        with rig.serving(folder, policy, origin.port, "--workers", str(told.workers)) as gateway:
            load, watch, happened = uvloop.run(drive(gateway, origin, told))
            seconds = time.monotonic() - began
            gateway.program.send(signal.SIGTERM)
            problems = [] if gateway.program.wait(30) == 0 else ["the gateway did not end as it should"]
        found, count = wrong(gateway.journal, load)
        words = [sys.executable, "-m", "gateway", "audit", "verify", "--journal", str(gateway.journal)]
        verified = subprocess.run(words, capture_output=True, text=True, check=False)
        problems += found + watch.growing()
        if verified.returncode:
            problems.append(f"izin audit verify: {verified.stdout}{verified.stderr}")
    figures = {
        "requests": load.answered,
        "seconds": round(seconds),
        "workers": told.workers,
        "statuses": dict(sorted(load.statuses.items())),
        "broken connections": load.broken,
        "happened": dict(sorted(happened.items())),
        "entries": dict(sorted(count.items())),
        "MiB usually and at most": {role: watch.needed(role) for role in ("supervisor", "writer", "worker")},
        "problems": problems[:20],
    }
    print(json.dumps(figures, indent=2))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
