"""What the seal costs, how long a durable receipt takes, and how fast a journal is verified: `python -m bench.seal [FOLDER]`.

Sealed and unsealed journals take the same entries in turn, a decision and an outcome for each of many requests that wait
at the same time; what is compared is the processor time of the whole process for each request, median of the rounds. This
is the journal alone: of a gateway's whole work for a request it is a part.

Receipts are timed by themselves, where requests come at random and at a steady rate, whoever waits: `RATE` refusals a
second are half of what one core of the gateway refuses. What a request waits without any journal, which is the event loop's
and the machine's doing, is measured in the same way in each round, and so is what a sync takes by itself.
"""

import asyncio
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from gateway.audit.points import held_key
from gateway.audit.recorder import Recorder
from gateway.audit.verification import Verification
from gateway.proxy.ids import Ids
from gateway.vocabulary import End
from tests.journals import GPTBOT, REFUSED, judged

ROUNDS, REQUESTS, WAITING = 7, 20_000, 256
#: Requests a second whose receipts are timed, and for how many seconds in each round.
RATE, SECONDS = 3_300, 4.0


async def cost(folder: Path, *, sealed: bool, people: bool) -> float:
    """Microseconds of processor time for each request."""
    recorder = Recorder.open(
        folder, site="bench", new_id=Ids(), pseudonym=lambda _address, _at: "p" * 16, sealed=sealed
    )
    more = {} if people else {"identity": GPTBOT, "decision": REFUSED}
    judgements = [judged(n, **more) for n in range(64)]
    loop, left = asyncio.get_running_loop(), REQUESTS

    async def client() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            judgement, done = judgements[left % 64], loop.create_future()
            recorder.decision(judgement, done.set_result)
            await done
            recorder.outcome(judgement, 200, 30_000, End.COMPLETE)

    began = time.process_time()
    await asyncio.gather(*(client() for _ in range(WAITING)))
    while recorder.lane.waiting:  # noqa: ASYNC110 -- another thread empties it
        await asyncio.sleep(0.001)
    await recorder.close()
    return (time.process_time() - began) / REQUESTS * 1e6


async def waits(folder: Path, *, journal: bool, sealed: bool) -> float:
    """How long the slowest hundredth of refused AI crawlers waits at least for a durable receipt, in milliseconds."""
    recorder = Recorder.open(
        folder, site="bench", new_id=Ids(), pseudonym=lambda _address, _at: "p" * 16, sealed=sealed
    )
    judgements = [judged(n, identity=GPTBOT, decision=REFUSED) for n in range(64)]
    loop, chance, took = asyncio.get_running_loop(), random.Random(1), list[float]()
    every = int(RATE * SECONDS)

    def ask(number: int, due: float) -> None:
        def answered(_: object) -> None:
            took.append(loop.time() - due)

        if journal:
            recorder.decision(judgements[number % 64], answered)
        else:
            answered(None)

    gc.collect()
    gc.disable()  # as a gateway has it, nearly
    number, due = 0, loop.time()
    while number < every:
        while due <= loop.time() and number < every:
            ask(number, due)
            number, due = number + 1, due + chance.expovariate(RATE)
        await asyncio.sleep(due - loop.time())
    while len(took) < every:  # noqa: ASYNC110 -- nobody else says when the last has come
        await asyncio.sleep(0.01)
    gc.enable()
    await recorder.close()
    return slowest_hundredth(took)


def sync(folder: Path) -> float:
    """How long the slowest hundredth of syncs takes at least, in milliseconds, spread over as long a time."""
    took, many = [], 1000
    with (folder / "sync").open("wb", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, many * 4096)
        for _ in range(many):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
            time.sleep(max(0.0, SECONDS / many - took[-1]))
    return slowest_hundredth(took)


def slowest_hundredth(took: list[float]) -> float:
    """The 99th percentile of times in seconds, in milliseconds."""
    return sorted(took)[len(took) * 99 // 100] * 1e3


def octets(folder: Path) -> tuple[int, int]:
    """Of a journal: octets of the entries, and of what seals them."""
    tiles = sum(path.stat().st_size for path in (folder / "seal").rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in folder.glob("*.izj")), tiles


def verified(folder: Path) -> float:
    """Entries a second of one core."""
    began = time.process_time()
    report = Verification(folder, ("bench", "bench"), held_key(folder, None)).run()
    return report.last / (time.process_time() - began)


def costs(place: Path) -> None:
    """What the seal costs, how fast it is verified, how much room it takes."""
    for people in (True, False):
        took: dict[bool, list[float]] = {True: [], False: []}
        rates, sizes = [], (0, 0)
        for number in range(ROUNDS):
            for sealed in (False, True):
                folder = place / f"{people}-{number}-{sealed}"
                took[sealed].append(uvloop.run(cost(folder, sealed=sealed, people=people)))
                if sealed:
                    rates.append(verified(folder))
                    sizes = octets(folder)
        without, with_ = statistics.median(took[False]), statistics.median(took[True])
        print(
            f"{'people' if people else 'ai':8} {without:6.1f} us a request unsealed, {with_:6.1f} us sealed"
            f" ({100 * (with_ / without - 1):+.0f} %); verify {statistics.median(rates):,.0f} entries/s a core"
        )
        entries, tiles = (size / REQUESTS / 1e3 for size in sizes)
        print(f"{'':8} {entries:.2f} GB a million requests, and {tiles:.2f} GB of hashes")


def receipts(place: Path) -> None:
    """What the slowest hundredth waits, and what of that the journal adds, in pairs."""
    found: dict[str, list[float]] = {"no journal": [], "unsealed": [], "sealed": [], "a sync alone": []}
    for number in range(ROUNDS):
        for name in ("no journal", "unsealed", "sealed"):
            how = {"journal": name != "no journal", "sealed": name == "sealed"}
            found[name].append(uvloop.run(waits(place / f"{name}-{number}", **how)))
        found["a sync alone"].append(sync(place))
    print(f"p99 of the wait for a durable receipt, {RATE:,} a second, median and best of {ROUNDS} rounds:")
    for name, times in found.items():
        print(f"  {name:14} {statistics.median(times):7.2f} ms {min(times):7.2f} ms")
    for name in ("unsealed", "sealed"):
        added = [one - without for one, without in zip(found[name], found["no journal"], strict=True)]
        print(f"  {name} adds     {statistics.median(added):7.2f} ms {min(added):7.2f} ms")


def main() -> None:
    """Measure in a folder of its own, which is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        costs(Path(place))
        receipts(Path(place))


if __name__ == "__main__":
    main()
