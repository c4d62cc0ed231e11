"""Facts: at hand, asked for once, in time or unavailable; never an exception."""

import asyncio
import time

import pytest

from gateway.identify.identity import Lookup, Unavailable
from gateway.lookups import resolver as module
from gateway.lookups.resolver import AGAIN, DEADLINE, LASTING, Answer, Resolver
from tests.engines import eventually

ADDRESS, NAME = Lookup("dns", "203.0.113.7"), Lookup("dns", "crawler.example")


class Source:
    """Answers with the key, upper-cased, once it is let go; counts how often it was asked."""

    def __init__(self, seconds=10.0, error=None):
        self.asked, self.go, self.seconds, self.error = [], asyncio.Event(), seconds, error
        self.go.set()

    async def __call__(self, key):
        self.asked.append(key)
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return Answer(key.upper(), self.seconds)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def resolver(source, clock=None):
    return Resolver({"dns": source}, lambda host, name: None, clock or Clock())


async def test_what_was_answered_is_at_hand_for_as_long_as_it_holds():
    source, clock = Source(seconds=10), Clock()
    facts = resolver(source, clock)
    assert facts.cached(()) == {}
    assert facts.cached((NAME,)) is None
    assert await facts.resolve((NAME, ADDRESS)) == {NAME: "CRAWLER.EXAMPLE", ADDRESS: "203.0.113.7"}
    assert facts.cached((NAME, ADDRESS)) == {NAME: "CRAWLER.EXAMPLE", ADDRESS: "203.0.113.7"}
    assert sorted(source.asked) == sorted([NAME.key, ADDRESS.key])
    clock.now = 9.9
    assert facts.cached((NAME,)) is not None
    assert await facts.resolve((NAME,)) == {NAME: "CRAWLER.EXAMPLE"}
    assert len(source.asked) == 2
    clock.now = 10.0
    assert facts.cached((NAME,)) is None
    await facts.resolve((NAME,))
    assert len(source.asked) == 3


async def test_the_same_question_is_asked_once_however_many_wait():
    source = Source()
    source.go.clear()
    facts = resolver(source)
    waiting = [asyncio.create_task(facts.resolve((NAME,))) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    source.go.set()
    assert await asyncio.gather(*waiting) == [{NAME: "CRAWLER.EXAMPLE"}] * 20
    assert source.asked == [NAME.key]


async def test_what_comes_too_late_is_unavailable_and_there_for_the_next():
    source = Source()
    source.go.clear()
    facts = resolver(source)
    since = time.monotonic()
    found = await facts.resolve((NAME, Lookup("other", "x")))
    assert 0.9 * DEADLINE < time.monotonic() - since < DEADLINE + 10
    assert found[NAME] == Unavailable("too slow")
    assert found[Lookup("other", "x")] == Unavailable("no source for `other`")
    source.go.set()
    await eventually(lambda: facts.cached((NAME,)))
    assert facts.cached((NAME,)) == {NAME: "CRAWLER.EXAMPLE"}
    assert source.asked == [NAME.key]


@pytest.mark.parametrize(
    "error", [OSError("down"), ValueError(), RuntimeError(), KeyError("x"), TimeoutError()]
)
async def test_a_failure_is_a_fact_and_not_asked_again_at_once(error):
    source, clock = Source(error=error), Clock()
    facts = resolver(source, clock)
    assert await facts.resolve((NAME,)) == {NAME: Unavailable(type(error).__name__)}
    assert facts.cached((NAME,)) == {NAME: Unavailable(type(error).__name__)}
    clock.now, source.error = AGAIN, None
    assert await facts.resolve((NAME,)) == {NAME: "CRAWLER.EXAMPLE"}
    assert len(source.asked) == 2


async def test_one_who_gives_up_waiting_takes_nothing_from_the_others():
    source = Source()
    source.go.clear()
    facts = resolver(source)
    impatient, patient = (asyncio.create_task(facts.resolve((NAME,))) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    source.go.set()
    assert await patient == {NAME: "CRAWLER.EXAMPLE"}


async def test_a_flood_of_failures_pushes_out_nothing_that_lasts(monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 10)
    source = Source(seconds=LASTING + 1)
    facts = resolver(source)
    await facts.resolve((NAME,))
    source.seconds = LASTING
    flood = [Lookup("dns", f"192.0.2.{number}") for number in range(25)]
    for lookup in flood:
        await facts.resolve((lookup,))
    assert facts.cached((NAME,)) is not None
    assert [facts.cached((lookup,)) is not None for lookup in flood] == [False] * 15 + [True] * 10
