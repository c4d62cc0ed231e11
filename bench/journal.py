"""How fast the journal takes entries: `python -m bench.journal [FOLDER]`.

Two questions. What does recording cost the event loop (the part of each request that `Recorder` takes, without and with
the making of the entry)? And how long does a receipt take, by how many requests wait at the same time? The second is a
matter of the disk, so give a folder on the disk that the journal will use.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from gateway.audit.receipt import LEVELS
from gateway.audit.recorder import Recorder
from gateway.audit.salts import new_salt
from gateway.judgement import Judgement
from gateway.proxy.ids import Ids
from gateway.record import decision_entry
from gateway.vocabulary import Audience, End
from tests.journals import GPTBOT, REFUSED, judged

ROUNDS = 5


def opened(folder: Path) -> Recorder:
    return Recorder.open(folder, site="bench", new_id=Ids(), pseudonym=lambda _address, _at: "p" * 16)


def entry(_: Recorder, judgement: Judgement) -> None:
    decision_entry(judgement, LEVELS[judgement.decision.audience], "p" * 16, new_salt)


def decision(recorder: Recorder, judgement: Judgement) -> None:
    recorder.decision(judgement, lambda level: level)


def outcome(recorder: Recorder, judgement: Judgement) -> None:
    recorder.outcome(judgement, 200, 30_000, End.COMPLETE)


async def cost(folder: Path) -> None:
    """Microseconds of the event loop per call, receipts included."""
    recorder = opened(folder)
    people = [judged(n) for n in range(2000)]
    crawlers = [judged(n, identity=GPTBOT, decision=REFUSED) for n in range(2000)]
    for call in (entry, decision, outcome):
        for name, judgements in (("people", people), ("ai", crawlers)):
            figures = []
            for _ in range(ROUNDS):
                # The time of this thread alone: the writer's has the other core, or its turn.
                began = time.thread_time()
                for judgement in judgements:
                    call(recorder, judgement)
                while recorder.lane.waiting:  # noqa: ASYNC110 -- another thread empties it
                    await asyncio.sleep(0.001)
                figures.append((time.thread_time() - began) / len(judgements) * 1e6)
            print(f"{name:8} {call.__name__:10} {statistics.median(figures):6.2f} us")
    await recorder.close()


async def latency(folder: Path, audience: Audience, writers: int, seconds: float = 1.5) -> None:
    """Receipts a second, and how long one takes, where so many wait for theirs and then ask again."""
    recorder = opened(folder)
    loop, took = asyncio.get_running_loop(), []
    more = {"identity": GPTBOT, "decision": REFUSED} if audience is Audience.AI else {}
    judgement, until = judged(1, **more), time.perf_counter() + seconds

    async def writer() -> None:
        while (began := time.perf_counter()) < until:
            done = loop.create_future()
            recorder.decision(judgement, done.set_result)
            await done
            took.append(time.perf_counter() - began)

    before = (recorder.lane.last, time.process_time())
    await asyncio.gather(*(writer() for _ in range(writers)))
    entries, cpu = recorder.lane.last - before[0], time.process_time() - before[1]
    queued = recorder.counts.queued
    await recorder.close()
    length = sum(path.stat().st_size for path in folder.glob("*.izj"))  # noqa: ASYNC240 -- nothing runs any more
    took.sort()
    p50, p99 = took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3
    print(
        f"{audience:8} {writers:5} waiting {len(took) / seconds:9,.0f}/s  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms"
        f"  {cpu / len(took) * 1e6:5.1f} us CPU each  queued {queued}  {length / max(1, entries):.0f} octets each"
    )


def main() -> None:
    """Measure in a folder of its own, which is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        uvloop.run(cost(Path(place) / "cost"))
        for audience in (Audience.AI, Audience.PEOPLE):
            for writers in (1, 16, 64, 256, 1024):
                uvloop.run(latency(Path(place) / f"{audience}-{writers}", audience, writers))


if __name__ == "__main__":
    main()
