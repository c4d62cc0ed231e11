"""An outcome says what the client was sent, and one client's answer is never another's."""

import asyncio

import pytest

from gateway.proxy.front import Front
from gateway.proxy.limits import Limits
from gateway.vocabulary import End, Level
from tests.engines import eventually
from tests.proxy.rig import Heard, Record, front_door, raw_origin, read_message, talk

pytestmark = pytest.mark.anyio

OK = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhallo"]
GET = b"GET /a HTTP/1.1\r\nHost: izin.test\r\n\r\n"


async def test_what_was_held_back_was_not_sent():
    """The client goes before its entry is written: of what the origin said already, it got nothing."""
    record = Record(hold=True)
    async with raw_origin(OK) as origin, front_door(origin.port, record=record) as door:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(GET)
        await eventually(lambda: door.front.pool._idle)
        writer.transport.abort()
        await eventually(lambda: record.outcomes)
        record.release(Level.DURABLE)
        assert record.outcomes == [(None, 0, End.CLIENT_GONE)]


async def test_a_body_that_follows_an_answer_to_head_reaches_nobody():
    """An origin that sends one, too late to be seen at once, must not answer the next client with it."""
    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nracun!"

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Heard) -> None:
        while await read_message(reader, heard):
            if heard.head.startswith(b"HEAD"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(poison))
                await read_message(reader, heard)
                writer.write(poison)
            else:
                writer.write(OK[0])

    async with raw_origin(script) as origin, front_door(origin.port) as door:
        await talk(door.port, GET.replace(b"GET", b"HEAD"), until_idle=0.1)
        got = await talk(door.port, GET)
        assert got.octets.endswith(b"\r\n\r\nhallo")


@pytest.mark.parametrize(
    ("addresses", "admitted"),
    [(["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1"], 2), (["192.0.2.1", "192.0.2.2", "192.0.2.3"], 3)],
    ids=["one network of IPv6", "three addresses of IPv4"],
)
async def test_an_ipv6_network_counts_as_one_client(addresses, admitted):
    """Whoever has one IPv6 address has 2^64 of them, and would take every connection there is."""
    front = Front(
        *[None] * 3,
        unrecorded=None,
        unreachable=None,
        withheld=None,
        limits=Limits(connections_per_address=2),
    )
    try:
        connections = [_Connection() for _ in addresses]
        taken = [front.admit(one, address) for one, address in zip(connections, addresses, strict=True)]
        assert taken.count(True) == admitted
        for one, address in zip(connections, addresses, strict=True):
            front.dismiss(one, address)
        assert not front.by_address
    finally:
        front.close()


class _Connection:
    deadline = float("inf")
