"""The listener at which proxies ask: who may wait there, and what becomes of what is held when it closes."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest

from gateway.proxy.check import Checks
from gateway.proxy.sockets import bind_near
from gateway.vocabulary import End
from tests.proxy.rig import front_door

ID = "0" * 26  # of every decision here
QUESTION = (
    b"GET /_izin/check HTTP/1.1\r\nHost: a\r\nUser-Agent: GPTBot\r\nX-Original-Method: GET\r\n"
    b"X-Original-URI: /\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
)
FETCH = f"GET /_izin/refusal/{ID} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


@asynccontextmanager
async def door(folder):
    """The door at a Unix socket, the socket's path, and what is recorded."""
    async with front_door(1) as rig:
        checks, path = Checks(rig.front, None), folder / "check.sock"
        with bind_near(path, "--check") as bound:
            await checks.listen(bound)
            try:
                yield checks, path, rig.record
            finally:
                checks.close()


async def answer(reader):
    """The status and the body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    return int(head[9:12]), await reader.readexactly(length)


async def test_more_proxies_may_wait_than_an_event_loop_lets_by_itself(tmp_path):
    """A Unix socket refuses at once whoever finds no room, of which asyncio leaves 100, and nginx answers its client 500."""
    async with door(tmp_path) as (_, path, _):
        lines = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(120)]
        try:
            for line in lines:  # nobody takes one meanwhile: the loop does not run
                line.setblocking(False)
                line.connect(str(path))
        finally:
            for line in lines:
                line.close()


async def test_who_closes_the_door_leaves_the_name_of_its_socket(tmp_path):
    """Others may listen there, such as the gateway that takes over: to take the name away is the business of whoever made it."""
    async with door(tmp_path) as (checks, path, _):
        checks.close()
        await asyncio.sleep(0)
        assert path.is_socket()


@pytest.mark.parametrize("fetched", [True, False])
async def test_what_is_held_when_the_door_closes_can_be_fetched_until_the_end(tmp_path, fetched):
    """The proxy fetches it a moment later, and the gateway waits for that as for any request that is on its way."""
    async with door(tmp_path) as (checks, path, record):
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(QUESTION)
        assert (await answer(reader))[0] == 403
        checks.close()
        assert record.outcomes == []
        if fetched:
            writer.write(FETCH)
            assert await answer(reader) == (403, b"ditolak\n")
        checks.end()
        assert record.outcomes == [(403, 8, End.COMPLETE) if fetched else (None, 0, End.UNKNOWN)]
        writer.close()
