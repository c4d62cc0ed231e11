"""Connections that begin with a PROXY header, on real sockets."""

import asyncio

import pytest

from gateway.proxy.limits import Limits
from tests.engines import eventually
from tests.proxy.rig import front_door, raw_origin, talk
from tests.proxy.test_source import TLVS, V4, second

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n"
OK = [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"]
V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n"
V2 = second(body=V4 + TLVS)
LOCAL, UNKNOWN = second(0x20, 0), b"PROXY UNKNOWN\r\n"
SAID = GET + b"X-Forwarded-For: 198.51.100.9\r\n\r\n"


def door(origin, **how):
    return front_door(origin.port, announced=True, trusted=("127.0.0.0/8, 203.0.113.0/28",), **how)


def clients(rig):
    return [(one.request.client.address, one.request.client.certain) for one in rig.record.decisions]


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
async def test_the_header_may_come_in_any_pieces(header):
    octets = header + GET + b"\r\n"
    async with raw_origin(OK * 200) as origin, door(origin) as rig:

        async def cut(at):
            reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
            for piece in (octets[:at], octets[at:]):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            assert (await reader.readuntil(b"abc")).startswith(b"HTTP/1.1 200")
            writer.close()

        await asyncio.gather(*(cut(at) for at in range(1, len(header) + 3)))
        assert set(clients(rig)) == {("203.0.113.7", True)}
        assert "X-Forwarded-For: 203.0.113.7" in origin.heard[0].lines()


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (b"PROXY TCP4 203.0.113.77 192.0.2.1 1 2\r\n", ("203.0.113.77", True)),
        (V1, ("198.51.100.9", True)),  # 203.0.113.0/28 is trusted
        (LOCAL, ("127.0.0.1", False)),
        (UNKNOWN, ("127.0.0.1", False)),
    ],
    ids=["a stranger", "a trusted proxy", "the balancer itself", "nobody knows whom"],
)
async def test_whose_forwarding_fields_count(header, client):
    async with raw_origin(OK) as origin, door(origin) as rig:
        assert (await talk(rig.port, header + SAID)).status == 200
        assert clients(rig) == [client]


async def test_a_balancer_without_a_client_is_certain_only_of_itself():
    async with raw_origin(OK * 2) as origin, door(origin) as rig:
        for header in (LOCAL, UNKNOWN):
            await talk(rig.port, header + GET + b"\r\n")
        assert clients(rig) == [("127.0.0.1", True), ("127.0.0.1", False)]


@pytest.mark.parametrize("octets", [GET + b"\r\n", b"PROXY TCP4 x\r\n", second(0x22), b"", b"PROXY"])
async def test_without_a_header_there_is_no_answer(octets):
    async with raw_origin(OK) as origin, door(origin, limits=Limits(head_time=0.2)) as rig:
        got = await talk(rig.port, octets, until_idle=5)
        assert (got.octets, got.closed) == (b"", True)
        assert rig.record.decisions == []
        assert rig.front.counters["unannounced"] == 1
        await eventually(lambda: not rig.front.connections)


async def test_only_trusted_proxies_may_send_one():
    async with raw_origin(OK) as origin, front_door(origin.port, announced=True) as rig:
        got = await talk(rig.port, V1 + GET + b"\r\n")
        assert (got.octets, got.closed) == (b"", True)
        assert rig.record.decisions == []


async def test_connections_are_counted_by_the_client_that_is_told():
    header = b"PROXY TCP4 203.0.113.77 192.0.2.1 1 2\r\n"
    limits = Limits(connections_per_address=2)
    async with raw_origin(OK) as origin, door(origin, limits=limits) as rig:
        kept = [await asyncio.open_connection("127.0.0.1", rig.port) for _ in range(3)]
        await eventually(lambda: len(rig.front.connections) == 3)
        for _, writer in kept:
            writer.write(header)
        await eventually(lambda: len(rig.front.connections) == 2)
        assert rig.front.by_address == {"203.0.113.77": 2}
        for _, writer in kept:
            writer.close()


async def test_draining_closes_who_has_not_said_anything_yet():
    async with raw_origin(OK) as origin, door(origin) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        await eventually(lambda: rig.front.connections)
        rig.front.drain()
        assert await reader.read() == b""
        writer.close()
