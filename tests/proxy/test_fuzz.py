"""Any octets at the front door: an error answer or a closed connection, never a crash, a hang or another's answer."""

import asyncio

import uvloop
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.proxy.limits import Limits
from tests.proxy.rig import front_door, raw_origin, read_message, talk
from tests.proxy.test_head import HEADS

QUICK = Limits(
    head_time=0.05, body_time=0.05, idle_time=0.05, linger_time=0.05, origin_head_time=0.2, tick=0.02
)


async def _answer(reader, writer, heard):
    while await read_message(reader, heard):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


async def _throw(octets):
    async with raw_origin(_answer) as origin, front_door(origin.port, limits=QUICK) as rig:
        problems = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        step = len(octets) // 3 + 1
        got = await talk(
            rig.port, *[octets[at : at + step] for at in range(0, len(octets), step)], until_idle=2, wait=2
        )
        for part in got.octets.split(b"HTTP/1.1 ")[1:]:
            assert part[:3] in {b"200", b"400", b"403", b"408", b"414", b"431", b"501", b"502"}
        assert got.closed
        return problems


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=400), st.lists(HEADS, max_size=3).map(b"".join)))
@example(b"")
@example(b"\r\n")
@example(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nabc")
@example(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00")
def test_any_octets(octets):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(_throw(octets)) == []
