"""How fast the audit log answers: `python -m bench.query [REQUESTS] [--folder DIR]`.

A journal of ten made-up days is written (nine readers to one machine, a decision and an outcome each), indexed, and asked.
What is measured: entries taken in per second of one core, octets of the index, the memory of all that, and how long
questions take, by the wall's clock and by the processor's. A folder that is named is kept, and asked again without being
written anew. How fast a journal is verified is measured by `bench.seal`.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench.made import write
from gateway.audit.index import Index
from gateway.audit.index_volume import elsewhere
from gateway.audit.query import Query, ask, by_code
from gateway.audit.reader import Reader
from gateway.audit.stats import stats
from gateway.audit.volume import LIGHT, SHARES, entries_of, groups
from gateway.instants import DAY
from gateway.lookups.folder import load
from gateway.policy.paths import Pattern
from gateway.proxy.ids import Ids
from gateway.record import Compact
from gateway.statements import publish

DAYS = 10
START = 1_795_485_600_000_000
POLICY = Path(__file__).parents[1] / "policies" / "antara"


def entries(requests: int) -> Iterator[tuple[int, bytes | Compact]]:
    """The entries of so many requests, as a gateway would make them, each with its time (µs UTC)."""
    policy = load(POLICY)
    made = groups(policy, publish(policy, datetime.now(UTC)), LIGHT)
    chance, new_id = random.Random(1), Ids()
    audiences, shares = list(SHARES), list(SHARES.values())
    for number in range(requests):
        judgements = made[chance.choices(audiences, shares)[0]]
        # Few pages are read by most, and most of the archive by few.
        page = int(chance.paretovariate(0.5)) % 100_000
        same = 2 * LIGHT.pages
        judgement = elsewhere(chance.choice(judgements), page * same + chance.randrange(same), LIGHT)
        at = START + number * DAYS * DAY // requests
        for entry in entries_of(msgspec.structs.replace(judgement, id=new_id(at), at=at)):
            yield at, entry


def timed(name: str, call: Callable[[], int]) -> None:
    """Run it once and say how long that took, and what it found."""
    began, spent = time.perf_counter(), time.process_time()
    found = call()
    took, spent = time.perf_counter() - began, time.process_time() - spent
    print(f"{name:42} {1000 * took:9.1f} ms  {1000 * spent:9.1f} ms CPU   {found:,}")


def questions(index: Index) -> dict[str, Callable[[], int]]:
    """What is asked, by its name: how many were found."""

    def found(**asked: Any) -> Callable[[], int]:
        return lambda: sum(1 for _ in ask(index, Query(**asked)))

    def counted(**asked: Any) -> Callable[[], int]:
        return lambda: stats(index, Query(**asked)).decisions

    agent = stats(index, Query(kinds=("agents",), purposes=("ai-train",))).by["agent"][0][0]
    page = Pattern(stats(index, Query(), 1).paths[0][0])
    middle = START + DAYS * DAY // 2
    day = {"since": middle - middle % DAY, "until": middle - middle % DAY + DAY}
    ids = [entry["id"] for entry in ask(index, Query(limit=1, kinds=("people",), until=middle))]
    return {
        "query, one agent and day": found(agents=(agent,), **day),
        "query, the newest 100 refusals": found(verdicts=("deny",), limit=100),
        "query, the newest 100 of everything": found(limit=100),
        "query, the newest 100 about a page": found(paths=(page,), limit=100),
        "query, a network of readers, one day": found(addresses=("203.0.2.0/24",), **day),
        "query, an address that never came": found(addresses=("198.51.100.7",)),
        "show, a reader's request": lambda: sum(len(by_code(index, id)) for id in ids),
        "stats, one agent and day": counted(agents=(agent,), **day),
        "stats, one agent, all days": counted(agents=(agent,)),
        "stats, refusals, all days": counted(verdicts=("deny",)),
        "stats, a page, all days": counted(paths=(page,)),
        "stats, the last 7 days": counted(since=START + (DAYS - 7) * DAY + 12_345_678),
        "stats, everything": counted(),
    }


def measure(folder: Path) -> None:
    """Index and ask the journal in a folder."""
    began = time.process_time()
    with closing(Index(Reader(folder), rebuild=True)) as index:
        took = time.process_time() - began
        index.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        journal = sum(path.stat().st_size for path in folder.glob("*.izj"))
        size = index.path.stat().st_size
        print(f"{'taken into the index, a core':42} {index.last / took:9,.0f} entries/s")
        print(f"{index.last:,} entries, journal {journal / 1e6:,.0f} MB, index {size / 1e6:,.0f} MB")
        for name, call in questions(index).items():
            timed(name, call)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{'memory at most':42} {peak:9,} MB")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.query", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("requests", type=int, nargs="?", default=100_000)
    parser.add_argument("--folder", type=Path, help="keep the journal there; ask it again if it is there")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="izin-bench-") as made:
        folder = told.folder or Path(made)
        if not (folder / "lane.json").exists():
            write(folder, entries(told.requests), 2 * told.requests)
        measure(folder)


if __name__ == "__main__":
    main()
