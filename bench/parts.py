"""Where the time of one request goes: `python -m bench.parts [CASE]…` takes the parts out of the whole path and puts them back.

The harness is that of `bench.path`, without a network. Each row adds one part to those before it, so the difference is what it
costs: what is decided, and what is answered, is the same from memory until its row; nothing is entered until the rows of the
journal. The writer's thread stands by itself, and what the event loop takes more beside it: both need the interpreter.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any, Final

import uvloop

from bench.path import CASES, Cost, drive
from gateway.audit.receipt import Receipt
from gateway.proxy.front import Front
from gateway.vocabulary import Level

COUNT: Final = 9600
ROUNDS: Final = 3


class _Nowhere:
    """Enters nothing, and answers on the next turn of the loop."""

    def decision(self, judgement: object, then: Callable[[Level], object]) -> None:
        asyncio.get_running_loop().call_soon(then, Level.DURABLE)

    def outcome(self, *ended: object) -> None:
        """Nothing."""


def _same(asked: Callable[[Any], Any], key: Callable[[Any], object]) -> Callable[[Any], Any]:
    """From memory whatever was asked before."""
    kept: dict[object, Any] = {}

    def again(one: Any) -> Any:
        if key(one) not in kept:
            kept[key(one)] = one, asked(one)
        return kept[key(one)][1]

    return again


def _unwritten(front: Front) -> None:
    lane: Any = front.recorder.lane  # type: ignore[attr-defined]

    def extend(items: list[object], done: Callable[[list[Receipt]], object]) -> int:
        asyncio.get_running_loop().call_soon(done, [Receipt(1, Level.DURABLE)] * len(items))
        return len(items)

    lane.extend = extend


def _unrecorded(front: Front) -> None:
    front.recorder = _Nowhere()  # type: ignore[assignment]


def _unlogged(front: Front) -> None:
    _unrecorded(front)
    front.log_request = None


def _undecided(front: Front) -> None:
    _unlogged(front)
    front.judge = _same(front.judge, lambda request: request.target.raw)


def _unanswered(front: Front) -> None:
    _undecided(front)
    front.answer = _same(front.answer, id)


#: The parts, and what leaves out all that follow.
PARTS: Final = (
    ("heads, connections, forwarding", _unanswered),
    ("what is answered", _undecided),
    ("who it is, the decision, counters", _unlogged),
    ("the log", _unrecorded),
    ("entries, receipts", _unwritten),
    ("the same beside another thread", lambda _front: None),
)


def main() -> None:
    for case in sys.argv[1:] or [name for name in CASES if name != "mixed"]:
        before = 0.0
        for name, change in PARTS:
            cost = min((_cost(case, change) for _ in range(ROUNDS)), key=lambda cost: cost.loop)
            print(f"{case}: {name:36}{cost.loop - before:6.1f} µs")
            before = cost.loop
        print(f"{case}: {'the journal’s writer':36}{cost.best - cost.loop:6.1f} µs", flush=True)


def _cost(case: str, change: Callable[[Front], object]) -> Cost:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(drive(case, COUNT, change=change))


if __name__ == "__main__":
    main()
