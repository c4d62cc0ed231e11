"""The client sends what is written and takes answers as they come."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from gateway.demo import wire
from gateway.demo.wire import AnswerError, Ask, send


@asynccontextmanager
async def answering(octets: bytes, *, stay: bool = False, held: float = 0):
    """A server that keeps what it receives, writes ``octets``, and closes unless it is to ``stay``; then its process, which is the
    client's too, is held up for so many seconds."""
    received: list[bytes] = []
    peers: list[str] = []
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(octets)
        await writer.drain()
        time.sleep(held)  # noqa: ASYNC251 -- as a machine does that has other work
        if stay:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], received, peers
    finally:
        over.set()
        server.close()
        await server.wait_closed()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_target_and_fields_go_out_as_written_from_the_address_asked_for():
    ask = Ask(
        "/foto/..%2fberita?a=[1]",
        headers=(("Host", "a.example"), ("X-a", "1"), ("X-a", "2")),
        source="127.0.0.2",
    )
    async with answering(OK) as (port, received, peers):
        answer = await send(ask, "127.0.0.1", port)
    assert received == [
        b"GET /foto/..%2fberita?a=[1] HTTP/1.1\r\nHost: a.example\r\nX-a: 1\r\nX-a: 2\r\nConnection: close\r\n\r\n"
    ]
    assert peers == ["127.0.0.2"]
    assert (answer.status, answer.body) == (200, b"ok")


def test_a_body_has_its_length():
    assert Ask("/", "POST", body=b"abc").encode().endswith(b"Content-Length: 3\r\n\r\nabc")


@pytest.mark.parametrize(
    ("octets", "status", "body"),
    [
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + OK, 200, b"ok", id="after an interim answer"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            200,
            b"ok",
            id="chunked",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, b"until the end", id="ended by the connection"
        ),
        pytest.param(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', 304, b"", id="without a body"),
    ],
)
async def test_answers(octets, status, body):
    async with answering(octets) as (port, _, _):
        answer = await send(Ask("/"), "127.0.0.1", port)
    assert (answer.status, answer.body) == (status, body)
    assert answer.header("link") is None, "an interim answer's fields are not the answer's"


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "ended too early", id="cut short"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", "ended too early", id="cut short in the head"),
        pytest.param(b"", "ended too early", id="nothing"),
        pytest.param(b"hello\r\n\r\n", "not HTTP", id="no HTTP"),
    ],
)
async def test_answers_that_are_none(octets, why):
    async with answering(octets) as (port, _, _):
        with pytest.raises(AnswerError, match=why):
            await send(Ask("/"), "127.0.0.1", port)


async def test_an_event_stream_is_left_after_its_first_event():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"
    async with answering(head + b"data: 1\n\n", stay=True) as (port, _, _):
        answer = await send(Ask("/"), "127.0.0.1", port)
    assert answer.body == b"data: 1\n\n"


async def test_a_head_request_does_not_wait_for_a_body():
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", stay=True) as (port, _, _):
        answer = await send(Ask("/", "HEAD"), "127.0.0.1", port)
    assert (answer.status, answer.header("content-length"), answer.body) == (200, "9", b"")


async def test_silence_has_an_end(monkeypatch):
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.05)
    async with answering(b"", stay=True) as (port, _, _):
        with pytest.raises(AnswerError, match="no answer"):
            await send(Ask("/"), "127.0.0.1", port)


async def test_an_answer_that_came_while_nobody_looked_is_one(monkeypatch):
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.05)
    async with answering(OK, held=0.2) as (port, _, _):
        assert (await send(Ask("/"), "127.0.0.1", port)).body == b"ok"


async def test_nobody_listens(port):
    with pytest.raises(AnswerError, match="refused"):
        await send(Ask("/"), "127.0.0.1", port)
