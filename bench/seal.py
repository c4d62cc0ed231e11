"""What the seal costs, and how fast a journal is verified: `python -m bench.seal [FOLDER]`.

Sealed and unsealed journals take the same entries in turn, a decision and an outcome for each of many requests that wait
at the same time; what is compared is the processor time of the whole process for each request, median of the rounds. This
is the journal alone: of a gateway's whole work for a request it is a part.
"""

import asyncio
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


def verified(folder: Path) -> float:
    """Entries a second of one core."""
    began = time.process_time()
    report = Verification(folder, ("bench", "bench"), held_key(folder, None)).run()
    return report.last / (time.process_time() - began)


def main() -> None:
    """Measure in a folder of its own, which is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        for people in (True, False):
            took: dict[bool, list[float]] = {True: [], False: []}
            rates = []
            for number in range(ROUNDS):
                for sealed in (False, True):
                    folder = Path(place) / f"{people}-{number}-{sealed}"
                    took[sealed].append(uvloop.run(cost(folder, sealed=sealed, people=people)))
                    if sealed:
                        rates.append(verified(folder))
            without, with_ = statistics.median(took[False]), statistics.median(took[True])
            print(
                f"{'people' if people else 'ai':8} {without:6.1f} us a request unsealed, {with_:6.1f} us sealed"
                f" ({100 * (with_ / without - 1):+.0f} %); verify {statistics.median(rates):,.0f} entries/s a core"
            )


if __name__ == "__main__":
    main()
