"""How fast the audit log answers: `python -m bench.query [REQUESTS] [--folder DIR]`.

A journal of ten made-up days is written (nine readers to one machine, a decision and an outcome each), indexed, and asked.
What is measured: entries taken in per second, octets of the index, the memory of all that, and how long questions take.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gateway.audit import frames, segment
from gateway.audit.index import Index
from gateway.audit.index_volume import elsewhere
from gateway.audit.query import Query, ask
from gateway.audit.reader import Reader
from gateway.audit.stats import stats
from gateway.audit.volume import LIGHT, SHARES, entries_of, groups
from gateway.audit.writer import SEGMENT
from gateway.instants import DAY, utc
from gateway.lookups.folder import load
from gateway.proxy.ids import Ids
from gateway.record import Compact
from gateway.statements import publish

DAYS = 10
START = 1_795_485_600_000_000
POLICY = Path(__file__).parents[1] / "policies" / "antara"


def entries(requests: int) -> Iterator[bytes | Compact]:
    """The entries of so many requests, as a gateway would make them."""
    policy = load(POLICY)
    made = groups(policy, publish(policy, datetime.now(UTC)), LIGHT)
    chance, new_id = random.Random(1), Ids()
    audiences, shares = list(SHARES), list(SHARES.values())
    for number in range(requests):
        judgements = made[chance.choices(audiences, shares)[0]]
        judgement = elsewhere(chance.choice(judgements), chance.randrange(20_000), LIGHT)
        at = START + number * DAYS * DAY // requests
        yield from entries_of(msgspec.structs.replace(judgement, id=new_id(at), at=at))


def write(folder: Path, requests: int) -> None:
    """A journal of these entries, segment by segment."""
    (folder / "lane.json").write_text('{"lane":"bench","site":"antara","v":1}', "utf-8")
    out, table, size, seq = None, {}, SEGMENT, 1
    for entry in entries(requests):
        if size >= SEGMENT:
            if out is not None:
                out.close()
            header = segment.Header(1, "antara", "bench", seq, "2026-11-24T02:00:00Z", None, 0, {}, "izin")
            out, table, size = (folder / segment.name_of(seq)).open("wb"), {}, 0
            out.write(segment.begin(header))
        framed = frames.encode(seq, entry.encode(table) if isinstance(entry, Compact) else entry)
        out.write(framed)
        size, seq = size + len(framed), seq + 1
    if out is not None:
        out.close()


def timed(name: str, call) -> None:
    began = time.perf_counter()
    found = call()
    print(f"{name:42} {1000 * (time.perf_counter() - began):9.1f} ms   {found:,}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.query", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("requests", type=int, nargs="?", default=100_000)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="izin-bench-") as made:
        folder = Path(made)
        write(folder, told.requests)
        journal = sum(path.stat().st_size for path in folder.glob("*.izj"))
        began = time.perf_counter()
        with closing(Index(Reader(folder))) as index:
            took = time.perf_counter() - began
            index.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            size = index.path.stat().st_size
            print(
                f"{2 * told.requests:,} entries, journal {journal / 1e6:,.0f} MB, index {size / 1e6:,.0f} MB"
            )
            print(f"{'taken in':42} {2 * told.requests / took:9,.0f} entries/s")
            agent = next(iter(stats(index, Query(kinds=("agents",), purposes=("ai-train",))).by["agent"]))[0]
            day = {"since": START + 3 * DAY, "until": START + 4 * DAY}
            print(f"from {utc(START):%Y-%m-%d} for {DAYS} days; asked for {agent}")
            timed(
                "query, one agent and day", lambda: sum(1 for _ in ask(index, Query(agents=(agent,), **day)))
            )
            timed(
                "query, the newest 100 refusals",
                lambda: sum(1 for _ in ask(index, Query(verdicts=("deny",), limit=100))),
            )
            timed("stats, one agent and day", lambda: stats(index, Query(agents=(agent,), **day)).decisions)
            timed("stats, everything", lambda: stats(index, Query()).decisions)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{'memory at most':42} {peak:9,} MB", file=sys.stdout)


if __name__ == "__main__":
    main()
