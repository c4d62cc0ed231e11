"""`Resolver`: the one place where facts come from.

A fact is at hand (`cached`), or it is asked for within one deadline (`resolve`), or it is `Unavailable`: never an
exception, never a refusal of a welcome client. Answers are kept for as long as their source says, and the same question
is asked once, however many requests wait for it. Of questions under way there are at most `MOST_ASKED`: in a flood of
false claims the rest is unavailable at once.

What holds for long, as that an address is a crawler's, is kept apart from what soon does not: failures are anybody's to
bring about, and a flood of them pushes out nothing but other failures.

Some facts are always at hand, such as the lists that operators publish: *standing* sources answer without waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final, NamedTuple

from gateway.identify.identity import Facts, Lookup, Unavailable
from gateway.policy.model import Host
from gateway.policy.robots import RobotsFile

#: Seconds within which every look-up of one request must have answered.
DEADLINE: Final = 0.150
#: Seconds after which a question that could not be answered is asked again.
AGAIN: Final = 60.0
#: Answers that are kept of those that hold for more than `LASTING` seconds and as many of the others, and questions that
#: may be under way.
MOST_KEPT: Final = 50_000
LASTING: Final = 3_600.0
MOST_ASKED: Final = 256
#: Longest time in seconds for which what was concluded from facts is kept; and if one of them was not available.
HOLDS: Final = 60.0
HOLDS_OPEN: Final = 1.0


class Answer(NamedTuple):
    """What a source answers, and for how many seconds the answer holds."""

    value: object
    seconds: float


Source = Callable[[str], Awaitable[Answer]]
Standing = Callable[[str], object]
BEING_ASKED: Final = Unavailable("being asked")
TOO_MANY: Final = Unavailable("too many questions at once")
NOTHING_ASKED: Final[Facts] = {}


class Resolver:
    """Answers look-ups by their kind from a table of sources, and knows each host's origin robots.txt."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        robots: Callable[[Host, str], RobotsFile | None],
        clock: Callable[[], float],
        standing: Mapping[str, Standing] | None = None,
    ) -> None:
        """``robots`` gives what is known of a host's origin robots.txt without waiting; ``clock`` monotonic seconds."""
        self._sources = sources
        self._standing = standing or {}
        self.at_hand: Facts = _AtHand(self._standing)
        self.clock = clock
        #: Grows whenever a standing source has something new to say: what was concluded before is then out of date.
        self.epoch = 0
        self.robots = robots
        self._lasting: dict[Lookup, tuple[float, object]] = {}
        self._passing: dict[Lookup, tuple[float, object]] = {}
        self._asking: dict[Lookup, asyncio.Task[object]] = {}

    def cached(self, asked: tuple[Lookup, ...]) -> Facts | None:
        """The facts asked for if all are at hand, else None. What nobody waits for is asked for in the background."""
        if not asked:
            return NOTHING_ASKED
        facts: dict[Lookup, object] = {}
        now = self.clock()
        for lookup in asked:
            standing = self._standing.get(lookup.kind)
            if standing is not None:
                facts[lookup] = standing(lookup.key)
                continue
            known = self._known(lookup)
            if known is not None and known[0] > now:
                facts[lookup] = known[1]
            elif lookup.kind not in self._sources:
                facts[lookup] = _no_source(lookup)
            elif lookup not in self._asking and len(self._asking) >= MOST_ASKED:
                facts[lookup] = TOO_MANY
            elif lookup.waits:
                return None
            else:
                self._ask(lookup)
                facts[lookup] = BEING_ASKED
        return facts

    def until(self, facts: Facts) -> float:
        """Until when (by the clock) a conclusion from these facts may be kept."""
        now = self.clock()
        if any(isinstance(value, Unavailable) for value in facts.values()):
            return now + HOLDS_OPEN
        ends = (known[0] for lookup in facts if (known := self._known(lookup)) is not None)
        return min((now + HOLDS, *ends))

    async def resolve(self, asked: tuple[Lookup, ...]) -> Facts:
        """Every fact asked for, in parallel; what does not come within `DEADLINE` is `Unavailable`.

        A question that runs late goes on in the background, so that the next request may have its answer.
        """
        facts: dict[Lookup, object] = {}
        tasks: dict[Lookup, asyncio.Task[object]] = {}
        for lookup in asked:
            standing = self._standing.get(lookup.kind)
            if standing is not None:
                facts[lookup] = standing(lookup.key)
            elif lookup not in self._asking and len(self._asking) >= MOST_ASKED:
                facts[lookup] = TOO_MANY
            else:
                tasks[lookup] = self._ask(lookup)
        waited_for = [task for lookup, task in tasks.items() if lookup.waits]
        if waited_for:
            await asyncio.wait(waited_for, timeout=DEADLINE)
        for lookup, task in tasks.items():
            done = task.done() and not task.cancelled()
            late = Unavailable("too slow") if lookup.waits else BEING_ASKED
            facts[lookup] = task.result() if done else late
        return facts

    def _ask(self, lookup: Lookup) -> asyncio.Task[object]:
        task = self._asking.get(lookup)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._answer(lookup))
            self._asking[lookup] = task
            task.add_done_callback(lambda _: self._asking.pop(lookup, None))
        return task

    async def _answer(self, lookup: Lookup) -> object:
        known = self._known(lookup)
        if known is not None and known[0] > self.clock():
            return known[1]
        source = self._sources.get(lookup.kind)
        if source is None:
            return _no_source(lookup)
        try:
            value, seconds = await source(lookup.key)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong out there is a fact in here
            value, seconds = Unavailable(type(error).__name__), AGAIN
        self._keep(lookup, value, seconds)
        return value

    def _known(self, lookup: Lookup) -> tuple[float, object] | None:
        """Until when (by the clock) which answer holds; None if there was none of late."""
        return self._lasting.get(lookup) or self._passing.get(lookup)

    def _keep(self, lookup: Lookup, value: object, seconds: float) -> None:
        for memory in (self._lasting, self._passing):
            memory.pop(lookup, None)  # what is newest stands last
        memory = self._lasting if seconds > LASTING else self._passing
        if len(memory) >= MOST_KEPT:
            del memory[next(iter(memory))]
        memory[lookup] = (self.clock() + seconds, value)


class _AtHand(Mapping[Lookup, object]):
    """The facts of standing sources, as a mapping without an end of its own."""

    def __init__(self, standing: Mapping[str, Standing]) -> None:
        self._standing = standing

    def __getitem__(self, lookup: Lookup) -> object:
        return self._standing[lookup.kind](lookup.key)

    def __iter__(self) -> Iterator[Lookup]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _no_source(lookup: Lookup) -> Unavailable:
    return Unavailable(f"no source for `{lookup.kind}`")
