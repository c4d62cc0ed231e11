"""The front door's happy path."""

import asyncio

from gateway.vocabulary import End, Level
from tests.engines import eventually
from tests.proxy.rig import Record, front_door, raw_origin, talk

OK = b"HTTP/1.1 200 OK\r\nServer: asal\r\nContent-Length: 3\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nabc"
GET = b"GET /berita/1?x=%2f HTTP/1.1\r\nHost: www.izin.test\r\nUser-Agent: Firefox\r\n\r\n"


async def test_passes_a_request_on_and_dresses_the_answer():
    async with raw_origin([OK]) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, GET)
        assert origin.heard[0].lines() == [
            "GET /berita/1?x=%2f HTTP/1.1",
            "Host: www.izin.test",
            "User-Agent: Firefox",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Host: www.izin.test",
            'Forwarded: for=127.0.0.1;host="www.izin.test";proto=http',
        ]
        assert got.octets == (
            b"HTTP/1.1 200 OK\r\nServer: asal\r\nContent-Length: 3\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
            b'Link: <https://izin.test/license.xml>; rel="license"\r\nContent-Usage: train-ai=n\r\n'
            b"tdm-reservation: 1\r\nIzin-Decision: 01TESTDECISION0000000000AB\r\n\r\nabc"
        )
        assert rig.record.log == ["decision None", "outcome 200 complete"]
        assert rig.record.outcomes == [(200, 3, End.COMPLETE)]


async def test_refuses_without_asking_the_origin():
    async with raw_origin([OK]) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, GET.replace(b"Firefox", b"GPTBot/1.2"))
        assert got.status == 403
        assert got.octets.endswith(b"\r\n\r\nditolak\n")
        assert origin.heard == []
        assert rig.record.log == ["decision 403", "outcome 403 complete"]


async def test_serves_pipelined_requests_in_order_on_one_connection():
    bad = GET.replace(b"Firefox", b"GPTBot")
    slow = GET.replace(b"Firefox", b"Slow")
    async with raw_origin([OK]) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, GET + bad + slow + bad + GET)
        statuses = [part[:3] for part in got.octets.split(b"HTTP/1.1 ")[1:]]
        assert statuses == [b"200", b"403", b"200", b"403", b"200"]
        assert len(origin.heard) == 1


async def test_one_empty_line_may_come_before_each_request():
    """As old clients write one behind each body (RFC 9112 section 2.2)."""
    async with raw_origin([OK]) as origin, front_door(origin.port) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        for asked in range(3):
            writer.write(GET)
            assert (await reader.readuntil(b"\r\n\r\nabc")).startswith(b"HTTP/1.1 200 "), asked
            writer.write(b"\r\n")
            await eventually(lambda: all(one._inbox.forgiven for one in rig.front.connections))
        writer.close()


async def test_holds_the_first_octet_until_the_entry_is_written():
    record = Record(hold=True)
    async with raw_origin([OK]) as origin, front_door(origin.port, record=record) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(GET)
        await eventually(lambda: origin.heard and origin.heard[0].octets and rig.front.pool._idle)
        assert record.outcomes == []
        record.release(Level.DURABLE)
        assert (await reader.readuntil(b"\r\n")) == b"HTTP/1.1 200 OK\r\n"
        assert record.outcomes == [(200, 3, End.COMPLETE)]
        writer.close()


async def test_withholds_the_answer_when_the_entry_cannot_be_written():
    record = Record(hold=True)
    async with raw_origin([OK]) as origin, front_door(origin.port, record=record) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(GET)
        await eventually(lambda: rig.front.pool._idle)
        record.release(None)
        assert (await reader.readuntil(b"\r\n")) == b"HTTP/1.1 503 Service Unavailable\r\n"
        assert record.outcomes == [(503, 8, End.WITHHELD)]
        writer.close()


async def test_an_unsafe_request_waits_for_its_entry():
    record = Record(hold=True)
    post = b"POST /komentar HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhalo"
    async with raw_origin([OK]) as origin, front_door(origin.port, record=record) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(post)
        await eventually(lambda: record.held)
        assert origin.heard == []
        record.release(Level.DURABLE)
        assert (await reader.readuntil(b"\r\n")) == b"HTTP/1.1 200 OK\r\n"
        assert origin.heard[0].octets.endswith(b"\r\n\r\nhalo")
        writer.close()


async def test_an_origin_that_is_not_there_is_502():
    async with raw_origin([OK]) as origin:
        port = origin.port
    async with front_door(port) as rig:
        got = await talk(rig.port, GET)
        assert got.status == 502
        assert rig.record.outcomes == [(502, 8, End.ORIGIN_ERROR)]
