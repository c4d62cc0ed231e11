"""What a connection lives through: slow and lost clients, slow and lost origins, upgrades, streams, limits."""

import asyncio
import contextlib
import socket
import time
from dataclasses import replace

import pytest

from gateway.policy.model import TOKENS
from gateway.proxy.limits import Limits
from gateway.value import changed
from gateway.vocabulary import End
from tests.engines import eventually
from tests.proxy.rig import front_door, judge, raw_origin, read_message, talk

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
GET = b"GET /berita HTTP/1.1\r\nHost: www.izin.test\r\n\r\n"
BAD = b"GET /berita HTTP/1.1\r\nHost: a\r\nUser-Agent: GPTBot\r\n\r\n"
QUICK = Limits(
    head_time=0.1,
    body_time=0.1,
    idle_time=0.2,
    origin_head_time=0.1,
    origin_body_time=0.3,
    connect_time=1,
    stall_time=0.3,
    linger_time=0.2,
    tick=0.05,
)


async def silent(reader, writer, heard):
    """An origin that reads and never answers."""
    while data := await reader.read(65_536):
        heard.octets += data


# -- deadlines


async def test_a_head_that_does_not_come_in_time_is_408():
    async with raw_origin([OK]) as origin, front_door(origin.port, limits=QUICK) as rig:
        got = await talk(rig.port, b"GET / HTTP/1.1\r\nHost: a\r\n", until_idle=3)
        assert (got.status, got.closed) == (408, True)
        assert rig.record.log == ["decision 408", "outcome 408 complete"]


async def test_nobody_pays_for_time_in_which_the_gateway_itself_was_held_up():
    """Who is refused in the middle of what he sends has time to read why, from when it was said."""
    post = BAD.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\nhal")
    async with raw_origin([OK]) as origin, front_door(origin.port, limits=QUICK) as rig:
        with socket.create_connection(("127.0.0.1", rig.port), timeout=5) as line:
            await eventually(lambda: rig.front.connections)
            line.sendall(post)
            time.sleep(4 * QUICK.linger_time)  # noqa: ASYNC251 -- as a machine does that stands still, or has other work
            await eventually(lambda: rig.record.log)
            await asyncio.sleep(0)
            assert rig.front.connections, "it is not cut off"
            assert (await asyncio.to_thread(line.recv, 65_536)).startswith(b"HTTP/1.1 403 ")


async def test_what_goes_wrong_about_one_connection_stops_no_clock(monkeypatch):
    """There is one clock for all; here it is the judge that fails on who is too slow."""
    said = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context["exception"]))

    def fails(request):
        raise RuntimeError(request.fault)

    async with raw_origin([OK]) as origin, front_door(origin.port, limits=QUICK) as rig:
        monkeypatch.setattr(rig.front, "judge", fails)
        for _ in range(2):
            got = await talk(rig.port, b"GET / HTTP/1.1\r\nHost: a\r\n", until_idle=3)
            assert (got.octets, got.closed) == (b"", True)
    assert [str(error) for error in said] == ["head-too-slow"] * 2


async def test_a_token_request_that_fails_is_500_and_reported(monkeypatch):
    said = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context["exception"]))

    class Desk:
        async def answer(self, *_):
            raise RuntimeError("a mistake of ours")

    def asked(request):
        judged = judge(request)
        return changed(judged, decision=changed(judged.decision, document=TOKENS))

    async with front_door(1) as rig:
        monkeypatch.setattr(rig.front, "judge", asked)
        monkeypatch.setattr(rig.front, "tokens", Desk())
        got = await talk(rig.port, b"POST /_izin/token HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
        assert (got.status, rig.record.outcomes) == (500, [(500, 0, End.COMPLETE)])
    assert [str(error) for error in said] == ["a mistake of ours"]


async def test_an_idle_connection_is_closed_without_a_word():
    async with raw_origin([OK]) as origin, front_door(origin.port, limits=QUICK) as rig:
        got = await talk(rig.port, wait=3)
        assert (got.octets, got.closed) == (b"", True)
        assert rig.record.log == []


async def test_a_body_that_does_not_come_in_time_is_408_and_never_a_whole_message():
    post = b"POST /k HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhal"
    async with raw_origin(silent) as origin, front_door(origin.port, limits=QUICK) as rig:
        got = await talk(rig.port, post, until_idle=3)
        assert (got.status, got.closed) == (408, True)
        await eventually(lambda: origin.heard[0].closed)
        assert origin.heard[0].octets.endswith(b"\r\n\r\nhal")
        assert rig.record.outcomes == [(408, 0, End.CLIENT_GONE)]


async def test_a_body_that_trickles_is_408_however_often_an_octet_comes():
    async with raw_origin(silent) as origin, front_door(origin.port, limits=QUICK) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(b"POST /k HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n")
        answer = asyncio.ensure_future(reader.read(12))
        sent = 0
        while not answer.done():
            writer.write(b"x")
            sent += 1
            await asyncio.sleep(0.02)
        assert await answer == b"HTTP/1.1 408"
        assert sent < 1000
        writer.close()


async def test_a_client_that_is_held_up_by_the_origin_is_not_the_slow_one():
    async def reads_late(reader, writer, heard):
        await asyncio.sleep(3 * QUICK.body_time)
        await read_message(reader, heard)
        writer.write(OK)

    size = 3_000_000
    post = b"POST /k HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size
    limits = replace(QUICK, origin_head_time=5)
    async with raw_origin(reads_late) as origin, front_door(origin.port, limits=limits) as rig:
        assert (await talk(rig.port, post + bytes(size))).status == 200
        assert len(origin.heard[0].octets.partition(b"\r\n\r\n")[2]) == size


@pytest.mark.parametrize(("lasts", "status"), [(1.0, 504), (0.0, 502)])
async def test_an_interim_answer_is_none(lasts, status):
    """Who has been told to go on is told, too, what became of it."""

    async def early(reader, writer, heard):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readexactly(4)
        await asyncio.sleep(lasts)

    post = b"POST /k HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    async with raw_origin(early) as origin, front_door(origin.port, limits=QUICK) as rig:
        got = await talk(rig.port, post, b"ayam", until_idle=3)
        interim, _, rest = got.octets.partition(b"\r\n\r\n")
        assert (interim, int(rest[9:12])) == (b"HTTP/1.1 100 Continue", status)
        assert rig.record.outcomes == [(status, 8, End.ORIGIN_ERROR)]


async def test_a_body_that_does_not_come_after_100_is_408():
    async def goes_on(reader, writer, heard):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.read()

    post = b"POST /k HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    async with raw_origin(goes_on) as origin, front_door(origin.port, limits=QUICK) as rig:
        got = await talk(rig.port, post, until_idle=3)
        assert got.octets.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 ")
        assert rig.record.outcomes == [(408, 0, End.CLIENT_GONE)]


async def test_an_origin_that_does_not_answer_in_time_is_504():
    async with raw_origin(silent) as origin, front_door(origin.port, limits=QUICK) as rig:
        got = await talk(rig.port, GET, until_idle=3)
        assert got.status == 504
        assert rig.record.outcomes == [(504, 8, End.ORIGIN_ERROR)]
        await eventually(lambda: origin.heard[0].closed)


async def test_an_origin_that_stops_in_the_middle_breaks_the_message():
    async with (
        raw_origin([OK.replace(b": 3", b": 9")]) as origin,
        front_door(origin.port, limits=QUICK) as rig,
    ):
        got = await talk(rig.port, GET, until_idle=3)
        assert got.octets.endswith(b"abc")
        assert got.closed
        assert rig.record.outcomes == [(200, 3, End.ORIGIN_ERROR)]


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\nX: y\n\n"]
)
async def test_an_origin_without_a_head_is_502(answer):
    async with raw_origin([answer], close=True) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, GET)
        assert got.status == 502
        assert rig.record.outcomes == [(502, 8, End.ORIGIN_ERROR)]


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: x",
        "Content-Length: -1",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "X : y\r\nContent-Length: 3",
        "X: y\r\n folded\r\nContent-Length: 3",
        "X: a\0b\r\nContent-Length: 3",
        "X: a\rSet-Cookie: b\r\nContent-Length: 3",
    ],
)
async def test_an_origin_whose_framing_is_in_doubt_is_502(head):
    answer = f"HTTP/1.1 200 OK\r\n{head}\r\n\r\nabc".encode()
    async with raw_origin([answer]) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, GET)
        assert got.status == 502
        await eventually(lambda: origin.heard[0].closed)


async def test_an_upgrade_that_nobody_asked_for_is_502():
    switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with raw_origin([switch]) as origin, front_door(origin.port) as rig:
        assert (await talk(rig.port, GET)).status == 502


# -- clients that leave, origins that leave


async def test_a_client_that_leaves_closes_the_origins_connection():
    async with raw_origin(silent) as origin, front_door(origin.port) as rig:
        _, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(GET)
        await eventually(lambda: origin.heard and origin.heard[0].octets)
        writer.close()
        await eventually(lambda: origin.heard[0].closed)
        assert rig.record.outcomes == [(None, 0, End.CLIENT_GONE)]


async def test_a_client_that_leaves_in_the_middle_closes_the_origins_connection():
    async def endless(reader, writer, heard):
        await read_message(reader, heard)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"4\r\nabcd\r\n")
            await writer.drain()
            await asyncio.sleep(0.005)

    async with raw_origin(endless) as origin, front_door(origin.port) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(GET)
        await reader.readuntil(b"abcd")
        writer.close()
        await eventually(lambda: origin.heard[0].closed)
        ((status, octets, end),) = rig.record.outcomes
        assert (status, end) == (200, End.CLIENT_GONE)
        assert octets >= 4


async def test_a_kept_connection_that_the_origin_has_closed_is_replaced():
    async def once(reader, writer, heard):
        await read_message(reader, heard)
        writer.write(OK)
        await read_message(reader, heard)  # the second request finds the door closing

    async with raw_origin(once) as origin, front_door(origin.port) as rig:
        assert (await talk(rig.port, GET, until_idle=0.05)).status == 200
        assert (await talk(rig.port, GET, until_idle=0.05)).status == 200
        assert len(origin.heard) == 2  # the second request found its way by a new connection
        assert [end for _, _, end in rig.record.outcomes] == [End.COMPLETE, End.COMPLETE]


async def test_an_unsafe_request_is_never_sent_twice():
    async def never(reader, writer, heard):
        await read_message(reader, heard)

    async with raw_origin(never) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, b"POST /k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        assert got.status == 502
        assert len(origin.heard) == 1


# -- bodies that nobody wants


async def test_a_refusal_with_an_unread_body_closes_lingeringly():
    post = (
        b"POST /k HTTP/1.1\r\nHost: a\r\nUser-Agent: GPTBot\r\nContent-Length: 500000\r\n\r\n"
        + b"x" * 300_000
    )
    async with raw_origin([OK]) as origin, front_door(origin.port, limits=QUICK) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(post)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 403 ")
        assert b"\r\nConnection: close\r\n" in head
        assert await reader.read() == b"ditolak\n"  # an orderly end, no reset
        writer.write(b"x" * 1000)  # still taken
        await writer.drain()
        await eventually(lambda: not rig.front.connections)
        assert origin.heard == []
        writer.close()


async def test_a_refusal_whose_body_has_come_keeps_the_connection():
    post = b"POST /k HTTP/1.1\r\nHost: a\r\nUser-Agent: GPTBot\r\nContent-Length: 3\r\n\r\nabc"
    async with raw_origin([OK]) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, post + GET)
        assert [part[:3] for part in got.octets.split(b"HTTP/1.1 ")[1:]] == [b"403", b"200"]


async def test_lingering_is_bounded():
    limits = Limits(linger=10_000, linger_time=60)
    post = b"POST /k HTTP/1.1\r\nHost: a\r\nUser-Agent: GPTBot\r\nContent-Length: 500000\r\n\r\n"
    async with raw_origin([OK]) as origin, front_door(origin.port, limits=limits) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(post)
        await reader.readuntil(b"ditolak\n")
        with contextlib.suppress(ConnectionError):
            writer.write(b"x" * 50_000)
            await writer.drain()
        await eventually(lambda: not rig.front.connections)
        writer.close()


async def test_an_answer_before_the_body_has_come_is_passed_on_and_the_last():
    early = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"

    async def impatient(reader, writer, heard):
        heard.octets += await reader.readuntil(b"\r\n\r\n")
        writer.write(early)
        await reader.read()

    post = b"POST /k HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nabc"
    async with raw_origin(impatient) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, post, until_idle=3)
        assert (got.status, got.closed) == (413, True)
        assert rig.record.outcomes == [(413, 0, End.COMPLETE)]


# -- Expect


async def test_100_continue_comes_from_the_origin():
    async def careful(reader, writer, heard):
        heard.octets += await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        heard.octets += await reader.readexactly(4)
        writer.write(OK)

    post = b"POST /k HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    async with raw_origin(careful) as origin, front_door(origin.port) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(post)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"halo")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nExpect: 100-continue\r\n" in origin.heard[0].octets
        writer.close()


async def test_a_refusal_is_no_invitation_to_send():
    post = b"POST /k HTTP/1.1\r\nHost: a\r\nUser-Agent: GPTBot\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    async with raw_origin([OK]) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, post, until_idle=1)
        assert got.octets.startswith(b"HTTP/1.1 403 ")
        assert b"100 Continue" not in got.octets
