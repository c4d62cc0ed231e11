"""What one request costs the interpreter, without a network: `python bench/path.py [CASE] [COUNT]`.

A case is `pass`, `small`, `refuse`, `licensed`, or `mixed`: readers and crawlers, most of them for a page not seen lately.

The real judge, recorder, journal, relay and pool, on a real loop; only the sockets are replaced by transports that keep
what is written. So the figure is the same whatever else the machine does, above all when instructions are counted:

    valgrind --tool=callgrind --callgrind-out-file=/dev/null python bench/path.py pass 1000

once with 1,000 and once with 3,000: the difference, divided by 2,000, is the number of instructions for one request.
`python bench/path.py count pass` does both. `python bench/path.py stages` times the steps by themselves, and
`python bench/path.py seal` runs each case with and without the seal in turn, and says what it adds. `python -m bench.parts` takes
the parts out one by one.
"""

import asyncio
import gc
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from time import process_time, thread_time
from typing import NamedTuple

import uvloop

from gateway import enforce
from gateway.audit.pseudonyms import Pseudonyms
from gateway.audit.receipt import LocalClock
from gateway.audit.recorder import Recorder
from gateway.audit.salts import new_salt
from gateway.lookups.folder import PolicyFolder
from gateway.lookups.resolver import Resolver
from gateway.proxy import oplog
from gateway.proxy.counters import Counters
from gateway.proxy.front import Front
from gateway.proxy.head import read_request, read_response
from gateway.proxy.ids import Ids
from gateway.proxy.judge import Judge
from gateway.proxy.limits import Limits
from gateway.proxy.relay import Relay
from gateway.proxy.upstream import Upstream
from gateway.proxy.versions import make_version
from gateway.record import decision_entry
from gateway.request import Client, Request, fold_host, read_target
from gateway.settings import Settings
from gateway.vocabulary import Level

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from bench.scenes import agents, make_policy  # noqa: E402 -- from wherever this program is started

BROWSER = b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GPTBOT = (
    b"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
)
#: By case: path, User-Agent, octets of the body.
CASES = {
    "pass": (b"/berita/artikel.html", BROWSER, 30_400),
    "small": (b"/berita/kecil.html", BROWSER, 1520),
    "refuse": (b"/larangan", GPTBOT, 0),
    "licensed": (b"/berita/artikel.html", b"ContohBot/1.0", 30_400),
    "mixed": (b"", b"", 30_400),
}
CONNECTIONS = 32
BLOCK = 640


class Turn:
    """One request on each connection; ``over`` when all are answered."""

    def begin(self) -> None:
        self.over = asyncio.get_running_loop().create_future()
        self._left = CONNECTIONS

    def answered(self) -> None:
        self._left -= 1
        if not self._left:
            self.over.set_result(None)


class Wire(asyncio.Transport):
    """A transport that counts what is written, to a client once for each answer."""

    def __init__(self, turn: Turn | None) -> None:
        super().__init__({"peername": ("127.0.0.1", 40_000)})
        self._turn = turn
        self.octets = 0

    def write(self, data):
        self.octets += len(data)
        if self._turn is not None:
            self._turn.answered()

    def writelines(self, pieces):
        self.octets += sum(map(len, pieces))
        if self._turn is not None:
            self._turn.answered()

    def is_closing(self):
        return False

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def close(self):
        pass

    def abort(self):
        pass


class Cost(NamedTuple):
    """CPU microseconds for one request: in the best block of many, for what disturbs a block makes it dearer; of these what the
    event loop takes; and on average."""

    best: float
    loop: float
    mean: float


async def drive(
    case: str, count: int, *, sealed: bool = True, change: Callable[[Front], object] = id
) -> Cost:
    """What a request costs; ``change`` is made to the front door before."""
    with tempfile.TemporaryDirectory() as folder:
        front, origin, close = _front(Path(folder), sealed=sealed)
        change(front)
        path, agent, size = CASES[case]
        requests = _mixed() if case == "mixed" else repeat(_request(path, agent))
        response = _response(size)
        turn = Turn()
        wires = [Wire(turn) for _ in range(CONNECTIONS)]
        relays = [Relay(front) for _ in wires]
        for relay, wire in zip(relays, wires, strict=True):
            relay.connection_made(wire)
        asked = [Upstream(front.pool, origin) for _ in wires]
        for upstream in asked:
            upstream.connection_made(Wire(None))
            front.pool.give(upstream, front.now)
        best, spent = (1e9, 1e9), 0.0
        for block in range(1 + count // BLOCK):
            before, loop = process_time(), thread_time()
            for _ in range(BLOCK // CONNECTIONS):
                turn.begin()
                for relay in relays:
                    relay.data_received(next(requests))
                if size:
                    await _answer(asked, response, turn)
                await turn.over
            if block:
                taken = process_time() - before
                best = min(best, (taken, thread_time() - loop))
                spent += taken
            else:
                gc.collect()
                gc.freeze()
        assert all(wire.octets > 0 for wire in wires)
        await close()
        return Cost(*(part * 1e6 / BLOCK for part in (*best, spent / (count // BLOCK))))


async def _answer(asked: list[Upstream], response: bytes, turn: Turn) -> None:
    """Be the origin to whoever asks; some are judged a little later."""
    for _ in range(3):
        for upstream in asked:
            if upstream.asking is not None:
                upstream.data_received(response)
        if turn.over.done():
            return
        await asyncio.sleep(0)


def _front(folder: Path, *, sealed: bool):
    oplog.configure()
    clock, ids = LocalClock(), Ids()
    recorder = Recorder.open(
        folder / "journal",
        site="antara",
        new_id=ids,
        pseudonym=Pseudonyms(folder).of,
        clock=clock,
        sealed=sealed,
    )
    loop = asyncio.get_running_loop()
    judge = _judge(folder, ids, clock, loop.time, recorder)
    counters = Counters()
    front = Front(
        judge,
        enforce.answer_to,
        recorder,
        unrecorded=enforce.unrecorded,
        unreachable=enforce.unreachable,
        withheld=enforce.withheld,
        decided=counters.decided,
        log_request=_logged(counters),
        limits=Limits(connections_per_address=10_000),
    )

    async def close():
        front.close()
        await recorder.close()

    return front, judge.version.policy.hosts[0].origin, close


def _logged(counters: Counters):
    def logged(judgement, status, octets, end):
        counters.ended(octets, end)
        if judgement.decision.refuses:
            oplog.tell("refused", judgement, status, octets, end)

    return logged


def _judge(folder, ids, clock, now, recorder=None) -> Judge:
    policy = PolicyFolder(make_policy(folder)).load()
    version = make_version(policy, Settings(ROOT, "", "", ROOT), 1, datetime.now(UTC))
    take = None if recorder is None else recorder.lane.take
    return Judge(version, Resolver({}, lambda *_: None, now), clock=clock.wall, new_id=ids, take=take)


def _mixed() -> Iterator[bytes]:
    """Requests as in the comparison's mixed scene, each connection by one client, for a while."""
    chance = random.Random(2026)
    readers, crawlers = agents(chance)
    while True:
        several = [
            chance.choice(readers if chance.random() < 0.7 else crawlers).encode() for _ in range(CONNECTIONS)
        ]
        for _ in range(8):
            yield from (
                _request(b"/berita/2026/%d" % (50_000 * chance.random() ** 3), one) for one in several
            )


def _request(path: bytes, agent: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: www.antara.example\r\nUser-Agent: %b\r\n\r\n" % (path, agent)


def _response(size: int) -> bytes:
    head = (
        b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 19:16:06 GMT\r\n"
        b"Content-Type: text/html\r\nContent-Length: %d\r\nLast-Modified: Tue, 24 Nov 2026 19:00:00 GMT\r\n"
        b'Connection: keep-alive\r\nETag: "6743a1b0-76c0"\r\nAccept-Ranges: bytes\r\n\r\n' % size
    )
    return head + b"x" * size


def _time(work: Callable[[], object], times: int = 5000) -> float:
    """Microseconds for a call, the best of five."""
    best = 1e9
    for _ in range(5):
        before = process_time()
        for _ in range(times):
            work()
        best = min(best, (process_time() - before) * 1e6 / times)
    return best


def _stages() -> None:
    path, agent, size = CASES["pass"]
    request, response = _request(path, agent), _response(size)
    response = response[: response.index(b"\r\n\r\n") + 4]
    with tempfile.TemporaryDirectory() as folder:
        judge = _judge(Path(folder), Ids(), LocalClock(), lambda: 0.0)
    head = read_request(request)
    print(f"read the request's head      {_time(lambda: read_request(request)):6.2f} µs")
    print(f"read the response's head     {_time(lambda: read_response(response)):6.2f} µs")
    print(
        f"read the target and host     {_time(lambda: (read_target(path), fold_host('www.antara.example'))):6.2f} µs"
    )
    client = Client("127.0.0.1", "127.0.0.0/24", private=True)
    asked = Request(
        "GET", "http", "www.antara.example", "www.antara.example", read_target(path), client, head.fields
    )
    judged = judge(asked)
    print(f"judge                        {_time(lambda: judge(asked)):6.2f} µs")
    print(f"answer                       {_time(lambda: enforce.answer_to(judged)):6.2f} µs")
    print(
        f"entry of the decision        {_time(lambda: decision_entry(judged, Level.WRITTEN, 'x' * 16, new_salt)):6.2f} µs"
    )
    refused = judge(
        Request(
            "GET",
            "http",
            *["www.antara.example"] * 2,
            read_target(b"/larangan"),
            client,
            {"user-agent": GPTBOT.decode()},
        )
    )
    print(f"judge a crawler              {_time(lambda: judge(refused.request)):6.2f} µs")
    print(f"refuse                       {_time(lambda: enforce.answer_to(refused)):6.2f} µs")
    print(
        f"entry of the refusal         {_time(lambda: decision_entry(refused, Level.DURABLE, '', new_salt)):6.2f} µs"
    )


def _count(case: str, few: int = 640, many: int = 1920) -> None:
    counted = []
    for count in (few, many):
        argv = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, __file__]
        said = subprocess.run(
            [*argv, case, str(count)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        ).stderr
        counted.append(int(re.search(r"Collected : (\d+)", said)[1]))
    print(f"{case}: {(counted[1] - counted[0]) / (many - few):,.0f} instructions for a request")


def _seal(cases: list[str], rounds: int = 7, count: int = 12_000) -> None:
    """What the seal adds to each case: whole processor time of a request, in pairs of processes that follow each other."""
    for case in cases:
        pairs = []
        for _ in range(rounds):
            plain, sealed = (_mean(case, count, flag) for flag in ("unsealed", "sealed"))
            pairs.append((sealed / plain - 1, plain, sealed))
        ratio, plain, sealed = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"{case}: {plain:.1f} µs unsealed, {sealed:.1f} µs sealed; median of the pairs {100 * ratio:+.1f} %"
        )


def _mean(case: str, count: int, seal: str) -> float:
    said = subprocess.run(
        [sys.executable, __file__, case, str(count), seal], check=True, capture_output=True, text=True
    ).stdout
    return float(re.search(r"([0-9.]+) µs on average", said)[1])


def main() -> None:
    told = sys.argv[1:] or ["pass"]
    if told[0] == "stages":
        _stages()
    elif told[0] == "count":
        for case in told[1:] or CASES:
            _count(case)
    elif told[0] == "seal":
        _seal(told[1:] or list(CASES))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            count, sealed = int(told[1]) if told[1:] else 20_000, told[2:] != ["unsealed"]
            cost = runner.run(drive(told[0], count, sealed=sealed))
        print(f"{told[0]}: {cost.best:.1f} µs of CPU for a request, {cost.mean:.1f} µs on average")


if __name__ == "__main__":
    main()
