"""What origins send in place of a robots.txt: nothing of it is waited for, believed without end, or fatal."""

import asyncio
import dataclasses
import gzip
import tracemalloc
import zlib

import pytest
from aiohttp import web

from gateway.policy.model import Origin
from gateway.policy.robots import MOST_OCTETS
from tests import sites
from tests.engines import eventually
from tests.lookups.test_robots import CLOSED, at, following, reads


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
        ("", bytes),
    ],
)
async def test_what_is_packed_unasked_is_unpacked(site, coding, pack):
    site.answer = lambda request: web.Response(
        body=pack(CLOSED.encode()), headers={"Content-Encoding": coding} if coding else {}
    )
    host = at(site)
    async with following(host) as (files, _):
        await eventually(lambda: reads(files, host) is False)
        assert site.asked[0].headers["Accept-Encoding"] == "identity"


async def test_a_bomb_is_unpacked_no_further_than_it_is_read(site):
    bomb = gzip.compress(CLOSED.encode() + b"#" * 200_000_000, 1)
    site.answer = lambda request: web.Response(body=bomb, headers={"Content-Encoding": "gzip"})
    host = at(site)
    tracemalloc.start()
    try:
        async with following(host, every=60) as (files, _):
            await eventually(lambda: reads(files, host) is False)
            assert len(files.get(host, host.pattern).body) == MOST_OCTETS + 1
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 304},
        {"body": b"\x1f\x8bnot", "headers": {"Content-Encoding": "gzip"}},
        {"body": b"\x00\x01", "headers": {"Content-Encoding": "br"}},
        {"status": 302, "headers": {"Location": "http://["}},
    ],
    ids=["not modified", "broken", "unknown coding", "bad redirect"],
)
async def test_an_answer_that_says_nothing_keeps_the_last_copy(site, answer):
    host = at(site)
    async with following(host) as (files, told):
        await eventually(lambda: reads(files, host) is False)
        site.answer = lambda request: web.Response(**answer)
        since = len(site.asked)
        await eventually(lambda: len(site.asked) > since + 3)
        assert reads(files, host) is False
        assert len(told) == 1


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00garbage" * 20,
        b"",
    ],
    ids=["short", "bad chunk", "long head", "no http", "nothing"],
)
async def test_an_origin_that_speaks_badly_is_tried_again(octets):
    asked = []

    async def answer(reader, writer):
        asked.append(await reader.read(1000))
        writer.write(octets)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host = dataclasses.replace(
        sites.host(), origin=Origin("http", "127.0.0.1", server.sockets[0].getsockname()[1])
    )
    async with server, following(host) as (files, told):
        await eventually(lambda: len(asked) > 2)
        assert (reads(files, host), told) == (None, [])


async def test_a_body_that_drips_is_given_up(site):
    async def drip(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b"User-agent: *\nAllow: /\n")
                await asyncio.sleep(0.02)
        except ConnectionError:
            return answer

    host = at(site)
    async with following(host, timeout=0.2) as (files, told):
        await eventually(lambda: reads(files, host) is False)
        site.answer = drip
        since = len(site.asked)
        await eventually(lambda: len(site.asked) > since + 2)
        assert reads(files, host) is False, "the last copy"
        assert len(told) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Masuk</title><p>Disallow: /</p>",
        CLOSED.encode("utf-16"),
        bytes(range(256)) * 100,
        b"\xef\xbb\xbf" * 3,
    ],
    ids=["html", "utf-16", "binary", "marks"],
)
async def test_what_is_no_robots_txt_forbids_nothing(site, body):
    site.answer = lambda request: web.Response(body=body, content_type="text/html")
    host = at(site)
    async with following(host) as (files, _):
        await eventually(lambda: reads(files, host) is True)
