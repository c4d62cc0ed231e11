"""What a server forgets, the gateways know: emptied, another one, full of rubbish, and with a gateway gone for good.

The server's clock is made up where a test would have to wait for it.
"""

import asyncio
import time
from contextlib import asynccontextmanager, contextmanager
from zoneinfo import ZoneInfo

import pytest

from gateway.audit.lane import Lane
from gateway.instants import DAY, SECOND
from gateway.proxy.ids import Ids
from gateway.rates.counters import Take
from gateway.rates.ledger import Booked, Draw
from gateway.rates.quota import Period, Quota
from gateway.rates.rate import Rate, Unit
from gateway.shared.address import parse_redis
from gateway.shared.counters import SharedCounters
from gateway.shared.line import Line, Why
from gateway.vocabulary import By, Reach
from tests.engines import eventually, free_port, redis_server

JAKARTA = ZoneInfo("Asia/Jakarta")
RATE = Take("laju", Rate(3, Unit.HOUR, 3, By.ADDRESS), "192.0.2.1", few=False)


def now():
    return time.time_ns() // 1000


def draw(limit=10, at=None, **more):
    at = now() if at is None else at
    return Draw("quota.contoh", "contoh", limit, Quota(limit, Period.YEAR).span(at, JAKARTA), **more)


@contextmanager
def lanes(folder, count=2):
    opened = [Lane(folder / f"lajur-{number}", site="koran", new_id=Ids()) for number in range(count)]
    try:
        yield opened
    finally:
        for lane in opened:
            lane.close()


@asynccontextmanager
async def gateway(lane, name, *ports):
    """The counters of one gateway, reached."""
    where = " ".join(f"redis://127.0.0.1:{port}?timeout=5" for port in ports)
    counters = SharedCounters(lane, name * 16, parse_redis(where), wall=now)
    counters.whys = []
    counters.link.on_lost = lambda error: counters.whys.append(error.why)
    task = asyncio.create_task(counters.link.run())
    try:
        await asyncio.wait_for(counters.link.tried.wait(), 10)
        yield counters
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def port(tmp_path):
    port = free_port()
    with redis_server(tmp_path / "redis", port):
        yield port


@asynccontextmanager
async def server(port):
    line = await Line.to(parse_redis(f"redis://127.0.0.1:{port}?timeout=5")[0], None, "")
    try:
        yield line
    finally:
        line.close()


async def take(counters, *takes):
    found = counters.take(takes, now())
    return found if isinstance(found, tuple) else await found


async def reached(*gateways):
    await eventually(lambda: all(one.link.line is not None for one in gateways))


async def lost(*gateways):
    """Wait until all of them have met a server that takes no more."""
    for one in gateways:
        one.link.wake()
    await eventually(lambda: all(one.whys for one in gateways))


async def taken(counters, count):
    """So many requests, each of which is let in."""
    for _ in range(count):
        (found,) = await take(counters, draw())
        assert (found.wait, found.reach) == (0, Reach.TOGETHER)


async def left(counters):
    (found,) = await take(counters, draw(free=True))
    return found.remaining if found.reach is Reach.TOGETHER else found.reach


async def test_of_a_gateway_that_is_gone_the_others_know_what_it_took(tmp_path, port):
    with lanes(tmp_path) as (one, two):
        async with gateway(one, "a", port) as first, server(port) as line:
            async with gateway(two, "b", port) as second:
                await taken(second, 4)
                await eventually(lambda: first.link.views.get("b" * 16))
            await taken(first, 2)
            await line.asked("FLUSHALL")
            first.link.wake()
            await eventually(lambda: Why.EMPTIED in first.whys)
            await reached(first)
            # It may yet say that it took more: until it is known to be gone, nothing is given away.
            (told,) = await take(first, draw(free=True))
            assert (told.remaining, told.reach) == (4, Reach.HERE)
            (refused,) = await take(first, draw())
            assert (refused.wait > 0, refused.reach) == (True, Reach.NOWHERE)
            await line.asked("HSET", "izin:{koran}:state", "s:" + "b" * 16, now() - 11 * SECOND)
            assert await left(first) == 4
            await taken(first, 4)
            (refused,) = await take(first, draw())
            assert (refused.wait > 0, refused.reach) == (True, Reach.TOGETHER)
        # And when it comes back, it says so itself.
        async with gateway(two, "b", port) as second:
            assert await left(second) == 0


async def test_a_replica_that_lagged_behind_loses_no_count(tmp_path, port):
    other = free_port()
    with (
        redis_server(tmp_path / "replika", other, "--replicaof", "127.0.0.1", str(port)),
        lanes(tmp_path) as both,
    ):
        one, two = both
        async with (
            server(port) as line,
            server(other) as replica,
            gateway(one, "a", port, other) as first,
            gateway(two, "b", port, other) as second,
        ):
            await taken(first, 2)
            await taken(second, 1)
            state = b"q:contoh:" + b"b" * 16
            await eventually(lambda: replica.asked("HEXISTS", "izin:{koran}:state", state))
            # From here on it hears nothing more, and is promoted with what it has.
            await replica.asked("REPLICAOF", "NO", "ONE")
            await taken(first, 3)
            await taken(second, 2)
            for one_left in (first, second):
                one_left.release(Booked("", "contoh", draw().span.day))
            await line.asked("REPLICAOF", "127.0.0.1", "1")
            await lost(first, second)
            await reached(first, second)
            assert await eventually(lambda: left(first)) == 4
            await taken(first, 2)
            await taken(second, 2)
            for each in (first, second):
                (refused,) = await take(each, draw())
                assert refused.wait > 0


GARBAGE = {
    "no number": ("SET", "x"),
    "below zero": ("SET", "-5"),
    "no whole number": ("SET", "1e15"),
    "far too large": ("SET", "9" * 16),
    "a list": ("LPUSH", "1"),
}


@pytest.mark.parametrize(("command", "value"), GARBAGE.values(), ids=GARBAGE)
async def test_rubbish_instead_of_a_rate_is_counted_alone_once(tmp_path, port, command, value):
    with lanes(tmp_path, 1) as (lane,):
        async with gateway(lane, "a", port) as counters, server(port) as line:
            await take(counters, RATE)
            (key,) = await line.asked("KEYS", "izin:{koran}:r:*")
            assert b"192.0.2" not in key
            await line.asked("DEL", key)
            await line.asked(command, key, value)
            (found,) = await take(counters, RATE)
            assert (found.wait, found.reach, counters.nonsense) == (0, Reach.HERE, 1)
            (found,) = await take(counters, RATE)
            assert (found.remaining, found.reach) == (2, Reach.TOGETHER)
            assert counters.whys == []


@pytest.mark.parametrize("words", [
    ("SET", "izin:{koran}:state", "x"),
    ("HSET", "izin:{koran}:state", "q:contoh:" + "a" * 16, "x"),
    ("HSET", "izin:{koran}:state", "q:contoh:" + "a" * 16, b"\x81\xaa2026-12-01\xff"),
    ("HSET", "izin:{koran}:state", "lanes", "x" * 16),
    ("HDEL", "izin:{koran}:state", "lanes"),
])  # fmt: skip
async def test_rubbish_instead_of_the_state_is_said_anew(tmp_path, port, words):
    with lanes(tmp_path, 1) as (lane,):
        async with gateway(lane, "a", port) as counters, server(port) as line:
            await taken(counters, 3)
            await line.asked(*words)
            (found,) = await take(counters, draw())
            assert found.reach in (Reach.NOWHERE, Reach.TOGETHER)
            counters.link.wake()

            async def again():
                return await left(counters) == 7 - (found.reach is Reach.TOGETHER)

            await eventually(again)


async def test_a_server_that_gives_more_than_there_is_gives_nothing(tmp_path, port):
    with lanes(tmp_path, 1) as (lane,):
        async with gateway(lane, "a", port) as counters, server(port) as line:
            await taken(counters, 4)
            field = "q:contoh:" + "a" * 16
            await line.asked("HSET", "izin:{koran}:state", field, b"\x81\xaa2026-01-01\x01")
            (refused,) = await take(counters, draw())
            assert (refused.wait > 0, refused.reach, counters.whys[:1]) == (True, Reach.NOWHERE, [])
            await eventually(lambda: counters.whys == [Why.NONSENSE])
            await reached(counters)
            await taken(counters, 6)
            (refused,) = await take(counters, draw())
            assert (refused.wait > 0, refused.reach) == (True, Reach.TOGETHER)


async def test_a_clock_that_is_a_year_ahead_opens_no_new_period(tmp_path, port):
    with lanes(tmp_path, 1) as (lane,):
        async with gateway(lane, "a", port) as counters:
            ahead = now() + 400 * DAY
            (found,) = await counters.take([draw(at=ahead)], ahead)
            assert (found.wait > 0, found.reach) == (True, Reach.NOWHERE)
            assert counters.whys == []


async def test_while_it_is_gone_ai_has_a_share_and_readers_the_whole(tmp_path, port):
    four = Rate(4, Unit.DAY, 4, By.ADDRESS)
    with lanes(tmp_path) as (one, two):
        async with gateway(one, "a", port) as first, gateway(two, "b", port) as second, server(port) as line:
            await eventually(lambda: first.link.lanes == second.link.lanes == 2)
            ai = Take("ai", four, "192.0.2.1", few=False, ai=True)
            reader = Take("baca", four, "192.0.2.1", few=False)
            assert (await take(first, ai))[0].remaining == 3
            await line.asked("REPLICAOF", "127.0.0.1", "1")
            await lost(first, second)
            for counters, allowed in (
                (first, 1),
                (second, 2),
            ):  # one was let in already, and is not forgotten
                found = [(await take(counters, ai))[0] for _ in range(4)]
                assert [one.wait == 0 for one in found].count(True) == allowed
                assert {one.reach for one in found} == {Reach.HERE}
                assert all(one.wait == 0 for one in [(await take(counters, reader))[0] for _ in range(4)])


async def test_a_request_takes_one_round_trip_whatever_it_is_counted_under(tmp_path, port):
    rates = [Rate(1000, Unit.DAY, 1000, by) for by in (By.ADDRESS, By.EVERYONE)]
    takes = [Take(f"baca-{number}", one, "192.0.2.1", few=False) for number, one in enumerate(rates)]
    with lanes(tmp_path, 1) as (lane,):
        async with gateway(lane, "a", port) as counters, server(port) as line:
            await line.asked("CONFIG", "RESETSTAT")
            for _ in range(50):
                found = await take(counters, *takes, draw())
                assert [one.reach for one in found] == [Reach.TOGETHER] * 3
            said = (await line.asked("INFO", "commandstats")).decode()
            calls = int(said.partition("cmdstat_evalsha:calls=")[2].partition(",")[0])
            assert 50 <= calls <= 60, "some are the gateway's own, a few seconds apart"


async def test_a_signature_counts_once_at_all(tmp_path, port):
    with lanes(tmp_path) as (one, two):
        async with gateway(one, "a", port) as first, gateway(two, "b", port) as second, server(port) as line:
            used, seconds = ("https://a.example", "kunci", "nonce"), now() // SECOND
            assert await first.use(used, seconds + 60, seconds) is False
            assert await second.use(used, seconds + 60, seconds) is True
            assert await second.use(("https://a.example", "kunci", "lain"), seconds + 60, seconds) is False
            (key, _) = await line.asked("KEYS", "izin:{koran}:n:*")
            assert 300_000 < await line.asked("PTTL", key) <= 361_000
            line.close()
        assert await first.use(used, seconds + 60, seconds) is None
