"""`Resolver`: the one place where facts come from.

A fact is at hand (`cached`), or it is asked for within one deadline (`resolve`), or it is `Unavailable`: never an
exception, never a refusal of a welcome client. Answers are kept for as long as their source says, and the same question
is asked once, however many requests wait for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from gateway.identify.identity import Facts, Lookup, Unavailable
from gateway.policy.model import Host
from gateway.policy.robots import RobotsFile

#: Seconds within which every look-up of one request must have answered.
DEADLINE: Final = 0.150
#: Seconds after which a question that could not be answered is asked again.
AGAIN: Final = 60.0
_MOST: Final = 100_000


class Answer(NamedTuple):
    """What a source answers, and for how many seconds the answer holds."""

    value: object
    seconds: float


Source = Callable[[str], Awaitable[Answer]]
NOTHING_ASKED: Final[Facts] = {}


class Resolver:
    """Answers look-ups by their kind from a table of sources, and knows each host's origin robots.txt."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        robots: Callable[[Host, str], RobotsFile | None],
        clock: Callable[[], float],
    ) -> None:
        """``robots`` gives what is known of a host's origin robots.txt without waiting; ``clock`` monotonic seconds."""
        self._sources = sources
        self._clock = clock
        self.robots = robots
        self._known: dict[Lookup, tuple[float, object]] = {}
        self._asking: dict[Lookup, asyncio.Task[object]] = {}

    def cached(self, asked: tuple[Lookup, ...]) -> Facts | None:
        """The facts asked for if all are at hand, else None."""
        if not asked:
            return NOTHING_ASKED
        facts: dict[Lookup, object] = {}
        now = self._clock()
        for lookup in asked:
            known = self._known.get(lookup)
            if known is None or known[0] <= now:
                return None
            facts[lookup] = known[1]
        return facts

    async def resolve(self, asked: tuple[Lookup, ...]) -> Facts:
        """Every fact asked for, in parallel; what does not come within `DEADLINE` is `Unavailable`.

        A question that runs late goes on in the background, so that the next request may have its answer.
        """
        tasks = {lookup: self._ask(lookup) for lookup in asked}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=DEADLINE)
        return {
            lookup: task.result() if task.done() and not task.cancelled() else Unavailable("too slow")
            for lookup, task in tasks.items()
        }

    def _ask(self, lookup: Lookup) -> asyncio.Task[object]:
        task = self._asking.get(lookup)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._answer(lookup))
            self._asking[lookup] = task
            task.add_done_callback(lambda _: self._asking.pop(lookup, None))
        return task

    async def _answer(self, lookup: Lookup) -> object:
        known = self._known.get(lookup)
        if known is not None and known[0] > self._clock():
            return known[1]
        source = self._sources.get(lookup.kind)
        if source is None:
            return Unavailable(f"no source for `{lookup.kind}`")
        try:
            value, seconds = await source(lookup.key)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong out there is a fact in here
            value, seconds = Unavailable(type(error).__name__), AGAIN
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[lookup] = (self._clock() + seconds, value)
        return value
