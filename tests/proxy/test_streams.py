"""Streams, pace, upgrades, and many connections at once."""

import asyncio

import pytest
import uvicorn
import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from gateway.proxy.announced import connection_class
from gateway.proxy.limits import Limits
from gateway.vocabulary import End, Level
from tests.engines import eventually
from tests.proxy.rig import Record, front_door, raw_origin, read_message, talk
from tests.proxy.test_connection import GET, OK, QUICK, silent

# -- streams and pace


async def test_server_sent_events_arrive_one_by_one():
    turn = asyncio.Event()

    async def events(reader, writer, heard):
        await read_message(reader, heard)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for number in range(3):
            writer.write(b"data: %d\n\n" % number)
            turn.clear()
            await turn.wait()

    async with raw_origin(events) as origin, front_door(origin.port) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(GET)
        for number in range(3):  # the next event is sent only when this one has arrived
            async with asyncio.timeout(5):
                await reader.readuntil(b"data: %d\n\n" % number)
            turn.set()
        assert await reader.read() == b""
        assert rig.record.outcomes == [(200, 27, End.COMPLETE)]
        writer.close()


async def test_a_slow_client_slows_the_origin_down():
    sent = 0

    async def flood(reader, writer, heard):
        nonlocal sent
        await read_message(reader, heard)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 64_000)
            await writer.drain()
            sent += 64_000

    async with raw_origin(flood) as origin, front_door(origin.port) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port, limit=1024)
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        await eventually(lambda: any(one.choked for one in rig.front.connections))
        await asyncio.sleep(0.1)
        stopped = sent
        (connection,) = rig.front.connections
        assert connection.transport.get_write_buffer_size() < 1_000_000
        assert stopped < 32_000_000
        got = 0
        while got < 64_000_000:
            data = await reader.read(1_000_000)
            assert data
            got += len(data)
        assert rig.record.outcomes == [(200, 64_000_000, End.COMPLETE)]
        writer.close()


async def test_a_slow_origin_slows_the_client_down():
    go = asyncio.Event()

    async def lazy(reader, writer, heard):
        heard.octets += await reader.readuntil(b"\r\n\r\n")
        await go.wait()
        got = 0
        while got < 32_000_000:
            got += len(await reader.read(1_000_000))
        writer.write(OK)

    async with raw_origin(lazy) as origin, front_door(origin.port) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(b"POST /k HTTP/1.1\r\nHost: a\r\nContent-Length: 32000000\r\n\r\n")
        for _ in range(500):
            writer.write(b"x" * 64_000)
        await eventually(lambda: any(one._paused for one in rig.front.connections))
        go.set()
        assert (await reader.readuntil(b"\r\n")) == b"HTTP/1.1 200 OK\r\n"
        writer.close()


async def test_a_client_that_takes_nothing_is_dropped():
    async def flood(reader, writer, heard):
        await read_message(reader, heard)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 64_000)
            await writer.drain()

    async with raw_origin(flood) as origin, front_door(origin.port, limits=QUICK) as rig:
        _, writer = await asyncio.open_connection("127.0.0.1", rig.port, limit=1024)
        writer.write(GET)
        await eventually(lambda: rig.record.outcomes)
        assert rig.record.outcomes[0][2] is End.CLIENT_GONE
        await eventually(lambda: origin.heard[0].closed)
        writer.transport.abort()


async def test_what_is_held_for_the_entry_is_bounded():
    sent = 0

    async def flood(reader, writer, heard):
        nonlocal sent
        await read_message(reader, heard)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 64_000)
            await writer.drain()
            sent += 64_000

    record = Record(hold=True)
    async with raw_origin(flood) as origin, front_door(origin.port, record=record) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(GET)
        await eventually(lambda: sent > 1_000_000)
        await asyncio.sleep(0.1)
        assert sent < 32_000_000
        record.release(Level.WRITTEN)
        got = await reader.readexactly(64_000_000)
        assert len(got) == 64_000_000
        writer.close()


# -- WebSocket


async def _echo(socket):
    async for message in socket:
        await socket.send(message)


async def test_a_websocket_goes_through():
    async with serve(_echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with front_door(port) as rig:
            async with connect(
                f"ws://127.0.0.1:{rig.port}/langsung?x=%2f", proxy=None, compression=None
            ) as socket:
                await socket.send("halo")
                assert await socket.recv() == "halo"
                await socket.send(b"\x00" * 300_000)
                assert await socket.recv() == b"\x00" * 300_000
            await eventually(lambda: rig.record.outcomes)
            ((status, octets, end),) = rig.record.outcomes
            assert (status, end) == (101, End.COMPLETE)
            assert octets > 300_000


async def test_a_websocket_waits_for_its_entry_and_can_be_refused():
    record = Record(hold=True)
    async with serve(_echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with front_door(port, record=record) as rig:
            opening = asyncio.ensure_future(connect(f"ws://127.0.0.1:{rig.port}/", proxy=None).__aenter__())
            await eventually(lambda: record.held)
            assert not server.connections
            record.release(None)
            with pytest.raises(websockets.InvalidStatus) as refused:
                await opening
            assert refused.value.response.status_code == 503


# -- connections


async def test_connections_of_one_address_are_counted():
    limits = Limits(connections_per_address=2)
    async with raw_origin([OK]) as origin, front_door(origin.port, limits=limits) as rig:
        kept = [await asyncio.open_connection("127.0.0.1", rig.port) for _ in range(2)]
        await eventually(lambda: len(rig.front.connections) == 2)
        got = await talk(rig.port, GET)
        assert (got.octets, got.closed) == (b"", True)
        kept.pop()[1].close()
        await eventually(lambda: len(rig.front.connections) == 1)
        assert (await talk(rig.port, GET)).status == 200
        kept.pop()[1].close()


async def test_trusted_proxies_are_not_counted_by_address():
    limits = Limits(connections_per_address=1)
    async with (
        raw_origin([OK]) as origin,
        front_door(origin.port, limits=limits, trusted=("127.0.0.0/8",)) as rig,
    ):
        kept = [await asyncio.open_connection("127.0.0.1", rig.port) for _ in range(3)]
        await eventually(lambda: len(rig.front.connections) == 3)
        for _, writer in kept:
            writer.close()


async def test_idle_connections_make_room_for_new_ones_and_busy_ones_stay():
    limits = Limits(connections=4, tick=0.02)
    async with raw_origin(silent) as origin, front_door(origin.port, limits=limits) as rig:

        async def come(octets=b""):
            before = rig.front.counters["connections"]
            line = await asyncio.open_connection("127.0.0.1", rig.port)
            await eventually(lambda: rig.front.counters["connections"] > before)
            since = rig.front.now
            line[1].write(octets)
            await eventually(lambda: rig.front.now > since)
            return line

        busy = await come(GET)
        lines = [await come(), await come(b"GET / HT"), await come()]
        assert len(rig.front.connections) == 4
        late = await come()
        assert await lines[0][0].read() == b""  # it was idle for longest
        assert rig.front.counters["connections-evicted"] == 1
        for one in (*lines[1:], late):
            assert not one[0].at_eof()
        assert len(rig.record.decisions) == 1
        for _, writer in (busy, *lines, late):
            writer.close()


async def test_draining_lets_what_is_under_way_end():
    record = Record(hold=True)
    async with raw_origin([OK]) as origin, front_door(origin.port, record=record) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(GET)
        await eventually(lambda: record.held)
        rig.front.drain()
        assert await idle_reader.read() == b""
        record.release(Level.WRITTEN)
        assert (await reader.read()).endswith(b"abc")
        writer.close()
        idle_writer.close()


async def test_a_trusted_proxys_word_is_passed_on_and_ours_added():
    request = (
        b"GET /a HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.9.9.9, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
        b"X-Forwarded-Host: www.izin.test\r\nForwarded: for=203.0.113.7\r\n\r\n"
    )
    async with raw_origin([OK]) as origin, front_door(origin.port, trusted=("127.0.0.1/32",)) as rig:
        await talk(rig.port, request)
        assert origin.heard[0].lines()[2:] == [
            "X-Forwarded-For: 10.9.9.9, 203.0.113.7, 127.0.0.1",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: www.izin.test",
            'Forwarded: for=203.0.113.7, for=127.0.0.1;host="a";proto=http',
        ]
        request_seen = rig.record.decisions[0].request
        assert (request_seen.client.address, request_seen.client.certain) == ("203.0.113.7", True)
        assert request_seen.scheme == "https"


async def test_the_secret_is_ours_alone_and_via_is_said_when_asked_for():
    request = b"GET /a HTTP/1.1\r\nHost: a\r\nizin-rahasia: tebakan\r\n\r\n"
    secret = (b"Izin-Rahasia", b"s3cret")
    async with raw_origin([OK]) as origin, front_door(origin.port, secret=secret, via=True) as rig:
        await talk(rig.port, request)
        lines = origin.heard[0].lines()
        assert [line for line in lines if "rahasia" in line.lower()] == ["Izin-Rahasia: s3cret"]
        assert "Via: 1.1 izin" in lines


async def test_uvicorn_serves_it():
    async def nothing(scope, receive, send):
        raise AssertionError("the relay asks no application")

    async with raw_origin([OK]) as origin, front_door(origin.port) as rig:
        config = uvicorn.Config(
            nothing,
            port=0,
            http=connection_class(rig.front),
            lifespan="off",
            log_config=None,
            access_log=False,
        )
        server = uvicorn.Server(config)
        serving = asyncio.ensure_future(server._serve())
        await eventually(lambda: server.started)
        got = await talk(server.servers[0].sockets[0].getsockname()[1], GET)
        assert got.status == 200
        server.should_exit = True
        await serving


async def test_one_address_does_not_fill_the_origin_and_an_open_websocket_does_not_count():
    async def slow(reader, writer, heard):
        await read_message(reader, heard)
        if b"/ws" in heard.head:
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            )
        await reader.read()

    curl = GET.replace(b"\r\n\r\n", b"\r\nUser-Agent: Skrip\r\n\r\n")
    upgrade = GET.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").replace(
        b"/berita", b"/ws"
    )
    limits = Limits(origin_requests_per_address=2)
    async with raw_origin(slow) as origin, front_door(origin.port, limits=limits) as rig:
        tunnel = await asyncio.open_connection("127.0.0.1", rig.port)
        tunnel[1].write(upgrade)
        assert (await tunnel[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        assert rig.front.load.asked == 0
        lines = []
        for number in (1, 2):
            lines.append(await asyncio.open_connection("127.0.0.1", rig.port))
            lines[-1][1].write(curl)
            await eventually(lambda number=number: rig.front.load.asked == number)
        assert (await talk(rig.port, curl)).status == 429
        assert [str(one) for one in rig.record.decisions[-1].decision.reasons][:1] == ["address-busy"]
        lines.pop()[1].close()  # who leaves makes room
        await eventually(lambda: rig.front.load.asked == 1)
        lines.append(await asyncio.open_connection("127.0.0.1", rig.port))
        lines[-1][1].write(curl)
        await eventually(lambda: rig.front.load.asked == 2)
        for _, writer in (tunnel, *lines):
            writer.close()
        await eventually(lambda: rig.front.load.asked == 0)
