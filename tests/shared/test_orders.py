"""Orders of one gateway hold at all, in their journals too; the later one holds, and nobody else gives any."""

from contextlib import asynccontextmanager

from gateway.audit.journal import Journal
from gateway.audit.reader import Reader
from gateway.proxy.ids import Ids
from gateway.shared.address import parse_redis
from gateway.shared.line import Line
from gateway.shared.orders import about
from gateway.shared.state import SharedState
from tests.clocks import Ahead
from tests.engines import eventually, free_port, redis_server

KEY = "izin:{koran}:orders"


@asynccontextmanager
async def gateway(folder, port, password="", ahead=0):
    """A journal whose orders are shared."""
    journal = Journal.opened(folder, site="koran", new_id=Ids(), clock=Ahead(ahead))
    state = SharedState(journal, parse_redis(f"redis://127.0.0.1:{port}?timeout=5"), password, None)
    await state.open()
    try:
        yield journal, state
    finally:
        await state.close()
        await journal.close()


@asynccontextmanager
async def server(port):
    line = await Line.to(parse_redis(f"redis://127.0.0.1:{port}?timeout=5")[0], None, "")
    try:
        yield line
    finally:
        line.close()


def blocked(journal):
    return {one.agent for one in journal.recorder.orders.blocks}


async def block(journal, agent, until=None):
    assert await journal.event("block", {"agent": agent, "until": until}) is not None


async def test_what_was_given_while_the_server_was_away_is_told_and_the_later_holds(tmp_path):
    port = free_port()
    revoked = {"license": "contoh", "token": None, "at": 1_795_000_000_000_000, "until": None}
    async with gateway(tmp_path / "a", port) as (one, state), gateway(tmp_path / "b", port) as (two, other):
        await block(one, "SatuBot")
        await block(two, "DuaBot")
        await one.event("revoke", revoked)
        assert state.failing.why == "unreachable"
        with redis_server(tmp_path / "redis", port):
            for journal in (one, two):
                await eventually(lambda j=journal: blocked(j) == {"satubot", "duabot"})
            await eventually(lambda: len(two.recorder.orders.revocations) == 1)
            await block(two, "SatuBot", 0)
            await eventually(lambda: blocked(one) == {"duabot"})
            await eventually(lambda: not state.failing and not other.failing)
            assert len(one.recorder.orders.revocations) == 1
    # A gateway that was away meanwhile hears of the withdrawal, and does not bring back what it knew before.
    with redis_server(tmp_path / "lagi", port):
        async with gateway(tmp_path / "a", port) as (one, _):
            await block(one, "TigaBot")
        async with gateway(tmp_path / "b", port) as (two, _):
            await eventually(lambda: blocked(two) == {"duabot", "tigabot"})
            await block(two, "DuaBot", 0)
        async with gateway(tmp_path / "a", port) as (one, _):
            await eventually(lambda: blocked(one) == {"tigabot"})
    events = [e for _, e in Reader(tmp_path / "a").printed() if e.get("event") in ("block", "revoke")]
    assert [(e["details"].get("agent"), "from" in e["details"]) for e in events] == [
        *[("SatuBot", False), (None, False), ("duabot", True), ("satubot", True)],
        *[("TigaBot", False), ("duabot", True)],
    ]


async def test_the_later_order_holds_whatever_the_clocks_say(tmp_path):
    port = free_port()
    with redis_server(tmp_path / "redis", port):
        async with (
            gateway(tmp_path / "a", port, ahead=90) as (one, early),
            gateway(tmp_path / "b", port, ahead=-90) as (two, late),
        ):
            await block(one, "SatuBot")
            await eventually(lambda: blocked(two) == {"satubot"})
            await block(two, "SatuBot", 0)
            await block(two, "DuaBot")
            await eventually(lambda: blocked(one) == {"duabot"})
            await one.event("block", {"agent": "DuaBot", "until": 0})
            await eventually(lambda: blocked(two) == set())
            await block(two, "DuaBot")
            await eventually(lambda: blocked(one) == {"duabot"} == blocked(two))
            for state in (early, late):
                assert [one.code for one in state.warnings] == ["shared-state-clocks"]


ORDERS = {
    "unsigned": lambda good: (good[0], good[1][:17] + good[1][82:]),
    "about another thing": lambda good: ("block:lain", good[1]),
    "given at another time": lambda good: (good[0], b"%d%b" % (int(good[1][:16]) + 1, good[1][16:])),
    "no text at all": lambda good: (good[0], b"\xff\xfe"),
    "from a day that never comes": lambda good: (good[0], b"9" * 16 + good[1][16:]),
    "of another shape": lambda good: ("mode:*", b'1795000000000000 00 {"event":"mode"}'),
    "nested beyond reading": lambda good: (good[0], good[1][:82] + b'{"a":' + b"[" * 100_000),
}


async def test_who_knows_not_the_password_gives_no_orders(tmp_path):
    port = free_port()
    with redis_server(tmp_path / "redis", port):
        async with gateway(tmp_path / "a", port) as (one, _), server(port) as line:
            await block(one, "SatuBot")
            key = about("block", {"agent": "SatuBot"})
            await eventually(lambda: line.asked("HEXISTS", KEY, key))
            good = (key, await line.asked("HGET", KEY, key))
            assert b"satubot" in good[1]
        for number, (name, bent) in enumerate(ORDERS.items()):
            await line_set(port, bent(good))
            async with gateway(tmp_path / f"b{number}", port) as (two, state):
                await eventually(lambda s=state: s.orders.refused or s.failing)
                assert not blocked(two)
                assert not two.recorder.orders.modes
                what = "lost" if name == "no text at all" else "foreign-orders"
                assert {one.code for one in state.warnings} == {f"shared-state-{what}"}, name


async def line_set(port, order):
    """An order as somebody else writes it."""
    async with server(port) as line:
        await line.asked("DEL", KEY)
        await line.asked("HSET", KEY, order[0], order[1], "#", 7)


async def test_gateways_under_one_name_are_told(tmp_path):
    port = free_port()
    with redis_server(tmp_path / "redis", port):
        async with gateway(tmp_path / "a", port) as (_, state):
            (tmp_path / "b").mkdir()
            (tmp_path / "b" / "shared.json").write_bytes((tmp_path / "a" / "shared.json").read_bytes())
            async with gateway(tmp_path / "b", port) as (_, other):
                await eventually(
                    lambda: (
                        {one.code for s in (state, other) for one in s.warnings} >= {"shared-state-contested"}
                    ),
                    30,
                )
