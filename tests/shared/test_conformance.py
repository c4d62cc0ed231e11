"""One table and one model for whoever counts: a lane by itself, and gateways together over a real Redis, and a real Valkey.

The server's clock is the only thing that is made up: the scripts take it from a key, so that both count at the same instants.
"""

import asyncio
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit.lane import Lane
from gateway.instants import DAY, SECOND
from gateway.proxy.ids import Ids
from gateway.rates.counters import Counters, Take
from gateway.rates.ledger import Booked, Draw
from gateway.rates.quota import Period, Quota
from gateway.rates.rate import Rate, Unit
from gateway.shared.address import parse_redis
from gateway.shared.counters import SharedCounters
from gateway.shared.line import Line, Script
from gateway.vocabulary import By
from tests.engines import free_port, redis_server

NOW = 1_795_000_000 * SECOND
HOUR = 3600 * SECOND
JAKARTA = ZoneInfo("Asia/Jakarta")
CLOCK = b"(function() local at = redis.call('GET', 'clock') return {string.sub(at, 1, -7), string.sub(at, -6)} end)()"
#: So slow that nothing expires while a test runs.
SLOW = Rate(3, Unit.HOUR, 3, By.ADDRESS)
WHOLE = Rate(1, Unit.DAY, 5, By.LICENSE)


def rate(rate=SLOW, whose="a", name="laju"):
    return Take(name, rate, whose, few=False)


def draw(now=NOW, limit=3, period=Period.MONTH, license="contoh", free=False):
    return Draw(f"quota.{license}", license, limit, Quota(limit, period).span(now, JAKARTA), 0, free)


class Alone:
    """A lane's own counters."""

    def __init__(self):
        self._counters = Counters(b"")

    def take(self, takes, now):
        return self._counters.take(takes, now)

    def release(self, take):
        self._counters.ledger.release(take.license, take.span.day)


class Together:
    """Two gateways over one server, asked in turn; what one let in it gives back itself."""

    def __init__(self, runner, gateways, line):
        self.runner, self.gateways, self.line = runner, gateways, line
        self._turn = 0
        self._let_in = {}

    def take(self, takes, now):
        self._turn += 1
        gateway = self.gateways[self._turn % len(self.gateways)]

        async def take():
            await self.line.asked("SET", "clock", now)
            return await gateway.take(takes, now)

        found = self.runner.run(take())
        if not any(one.wait for one in found):
            for one in takes:
                self._let_in.setdefault(one, []).append(gateway)
        return found

    def release(self, take):
        async def release():
            self._let_in[take].pop().release(Booked("", take.license, take.span.day))
            await self.line.asked("PING")

        self.runner.run(release())


@pytest.fixture(scope="module", params=["redis", "valkey"])
def together(tmp_path_factory, request):
    folder, port = tmp_path_factory.mktemp("redis"), free_port()
    named = Script.named

    def clocked(name):
        return Script(named(name).text.replace(b"redis.call('TIME')", CLOCK), "0" * 40)

    with (
        redis_server(folder, port, valkey=request.param == "valkey"),
        pytest.MonkeyPatch.context() as patch,
        asyncio.Runner() as runner,
    ):
        patch.setattr(Script, "named", clocked)
        lanes = [Lane(folder / str(number), site="koran", new_id=Ids()) for number in range(2)]
        address = parse_redis(f"redis://127.0.0.1:{port}?timeout=5")

        async def begin():
            line = await Line.to(address[0], None, "")
            await line.asked("SET", "clock", NOW)
            counters = [
                SharedCounters(lane, str(number) * 16, address, wall=lambda: NOW)
                for number, lane in enumerate(lanes)
            ]
            tasks = [asyncio.create_task(one.link.run()) for one in counters]
            for one in counters:
                await one.link.tried.wait()
                assert one.link.line is not None
            return Together(runner, counters, line), tasks

        both, tasks = runner.run(begin())
        yield both
        for task in tasks:
            task.cancel()
        both.line.close()
        for lane in lanes:
            lane.close()


def without_rates(both):
    """The same, with no rate counted."""

    async def empty():
        for key in await both.line.asked("KEYS", "izin:*:r:*"):
            await both.line.asked("DEL", key)

    both.runner.run(empty())
    return both


_names = count()


#: What is asked, how long after the step before (µs), and what is found: remaining, wait, reset (None: not looked at).
TABLE = {
    "three an hour at once, then one each twenty minutes": [
        (0, [rate()], [(2, 0, HOUR // 3)]),
        (0, [rate()], [(1, 0, 2 * HOUR // 3)]),
        (0, [rate()], [(0, 0, HOUR)]),
        (0, [rate()], [(0, HOUR // 3, HOUR)]),
        (HOUR // 3 - 1, [rate()], [(0, 1, 2 * HOUR // 3 + 1)]),
        (1, [rate()], [(0, 0, HOUR)]),
    ],
    "others and other rates are counted apart": [
        (0, [rate()], [(2, 0, None)]),
        (0, [rate(whose="b")], [(2, 0, None)]),
        (0, [rate(name="lain")], [(2, 0, None)]),
        (0, [rate()], [(1, 0, None)]),
    ],
    "all rates are taken or none": [
        (0, [rate(), rate(WHOLE, name="semua")], [(2, 0, None), (4, 0, None)]),
        (0, [rate(), rate(WHOLE, name="semua")], [(1, 0, None), (3, 0, None)]),
        (0, [rate(), rate(WHOLE, name="semua")], [(0, 0, None), (2, 0, None)]),
        (0, [rate(), rate(WHOLE, name="semua")], [(0, HOUR // 3, None), (2, 0, None)]),
        (0, [rate(WHOLE, name="semua")], [(1, 0, None)]),
    ],
    "a clock set back makes nobody wait for longer than a step": [
        (0, [rate()], [(2, 0, None)]),
        (0, [rate()], [(1, 0, None)]),
        (0, [rate()], [(0, 0, None)]),
        (-10 * DAY, [rate()], [(0, HOUR // 3, HOUR)]),
        (HOUR // 3, [rate()], [(0, 0, None)]),
    ],
    "a quota is exact, and what was not delivered is given back": [
        (0, [draw(license="a")], [(2, 0, None)]),
        (0, [draw(license="a")], [(1, 0, None)]),
        (0, [draw(license="a")], [(0, 0, None)]),
        (0, [draw(license="a")], [(0, draw().span.ends - NOW, None)]),
        (0, draw(license="a"), None),
        (0, [draw(license="a", free=True)], [(1, 0, None)]),
        (0, [draw(license="a")], [(0, 0, None)]),
        (0, [draw(license="a", free=True)], [(0, 0, None)]),
    ],
    "a quota and a rate are taken together": [
        (0, [rate(name="l"), draw(license="b", limit=2)], [(2, 0, None), (1, 0, None)]),
        (0, [rate(name="l"), draw(license="b", limit=2)], [(1, 0, None), (0, 0, None)]),
        (0, [rate(name="l"), draw(license="b", limit=2)], [(1, 0, None), (0, draw().span.ends - NOW, None)]),
        (0, [rate(name="l")], [(0, 0, None)]),
        (0, [rate(name="l"), draw(license="b", limit=9)], [(0, HOUR // 3, None), (7, 0, None)]),
    ],
    "days stay counted when a quota is written otherwise": [
        (0, [draw(license="c", limit=5)], [(4, 0, None)]),
        (0, [draw(license="c", limit=5, period=Period.YEAR)], [(3, 0, None)]),
        (0, [draw(license="c", limit=3, period=Period.DAY)], [(0, 0, None)]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("steps", TABLE.values(), ids=TABLE)
def test_the_table_alone(steps):
    finds(Alone(), steps)


@pytest.mark.parametrize("steps", TABLE.values(), ids=TABLE)
def test_the_table_together(together, steps):
    finds(without_rates(together), steps)


def finds(counters, steps):
    """Whoever counts finds what the table says."""
    now = NOW
    for after, asked, wanted in steps:
        now += after
        if wanted is None:
            counters.release(asked)
            continue
        found = counters.take(asked, now)
        assert [one.name for one in found] == [one.name for one in asked]
        for one, expected in zip(found, wanted, strict=True):
            got = (one.remaining, one.wait, one.reset)
            assert got[:2] == expected[:2]
            assert expected[2] in (None, got[2])


STEPS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, SECOND, 20 * 60 * SECOND, HOUR, 3 * HOUR)),
        st.sampled_from(("rate", "both", "quota", "asks", "back")),
        st.sampled_from(("a", "b")),
    ),
    max_size=24,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_together_as_alone(together, steps):
    """Two gateways find what one lane would have found, to the microsecond."""
    alone, number, now, booked = Alone(), next(_names), NOW, []
    for after, kind, whose in steps:
        now += after
        if kind == "back":
            if booked:
                take = booked.pop()
                alone.release(take)
                together.release(take)
            continue
        its = rate(whose=f"{whose}{number}")
        taken = draw(now, 4, Period.DAY, f"{whose}{number}", kind == "asks")
        takes = {"rate": [its], "both": [its, taken]}.get(kind, [taken])
        found = together.take(takes, now)
        assert found == alone.take(takes, now)
        if kind in ("both", "quota") and not any(one.wait for one in found):
            booked.append(taken)
