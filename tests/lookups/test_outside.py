"""One fetch: what it brings, where it follows, what it gives up, and that it never reaches inside unless it is told to."""

import asyncio
import gc
import gzip
import socket
import zlib

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.identify.identity import Unavailable
from gateway.lookups.client import ERRORS, Response, ask
from gateway.lookups.outside import AGENT, Fetched, Limits, fetch, onward, unpacked
from tests.engines import eventually
from tests.lookups.publishing import site

LIMITS = Limits(seconds=5, octets=1000, redirects=2)


async def got(its, path="/a", fields=None, **how):
    return await fetch(f"{its.url}{path}", LIMITS, fields, anywhere=True, **how)


async def test_an_answer_with_its_fields_and_what_was_asked():
    async with site() as its:
        its.paths["/a"] = (404, {"ETag": '"a"', "X-One": "1"}, b"tidak ada")
        found = await got(its, fields={"If-None-Match": '"b"', "Host": "x.example"})
        assert (found.status, found.body, found.whole) == (404, b"tidak ada", True)
        assert (found.fields["etag"], found.fields["x-one"]) == ('"a"', "1")
        (head,) = its.heads
        assert {f"User-Agent: {AGENT}", 'If-None-Match: "b"', "Host: x.example"} <= set(head.split("\r\n"))
        assert head.count("Host:") == 1


PACKED = gzip.compress(b"a", mtime=0)


async def test_no_coding_is_asked_for_that_servers_understand_in_two_ways():
    """`deflate` is zlib by RFC 9110 section 8.4.1.2, and bare to some."""
    async with site() as its:
        its.paths["/a"] = (200, {}, b"")
        await got(its)
        assert "\r\nAccept-Encoding: gzip\r\n" in its.heads[0]


@pytest.mark.parametrize(
    ("coding", "body", "found"),
    [
        ("gzip", gzip.compress(b"a" * 1000, mtime=0), (b"a" * 1000, True)),
        ("deflate", zlib.compress(b"a"), (b"a", True)),
        ("gzip", gzip.compress(b"a" * 1001, mtime=0), (b"a" * 1000, False)),
        ("gzip", gzip.compress(b"a" * 500, mtime=0)[:-9], (b"a" * 500, False)),
        ("gzip", PACKED + gzip.compress(b"b", mtime=0), (b"ab", True)),
        ("gzip", PACKED * 10 + gzip.compress(b"a" * 991, mtime=0), (b"a" * 1000, False)),
        ("gzip", PACKED + PACKED[:-9], (b"aa", False)),
        ("gzip", PACKED + b"\0\0\n", (b"a", True)),
        ("", b"a" * 1001, (b"a" * 1000, False)),
        ("br", b"a", "it is in a coding that was not asked for"),
        ("gzip", b"no gzip", "its coding is broken"),
        ("br", b"", (b"", True)),
    ],
)
async def test_bodies(coding, body, found):
    async with site() as its:
        its.paths["/a"] = (200, {"Content-Encoding": coding} if coding else {}, body)
        answer = await got(its)
        if isinstance(found, str):
            assert answer == Unavailable(found)
        else:
            assert (answer.body[:1000], answer.whole) == found


def test_a_gzip_of_nothing_but_members_is_given_up():
    assert unpacked(gzip.compress(b"", mtime=0) * 100_000, 1000) == (b"", False)


async def test_redirects_are_followed_so_far():
    async with site() as its:
        for path, there in {"/a": "/b", "/b": "c", "/c": "/d"}.items():
            its.paths[path] = (302, {"Location": there}, b"")
        its.paths["/d"] = (200, {}, b"x")
        found = await got(its)
        assert (found.status, found.redirects, len(its.heads)) == (302, True, 3)
        assert (await got(its, "/b")).body == b"x"
        found = await got(its, "/b", follow=lambda url, location: None)
        assert (found.status, found.fields["location"]) == (302, "c")
        its.paths["/a"] = (302, {}, b"")
        assert isinstance(await got(its), Fetched), "an endless circle"


@pytest.mark.parametrize(
    ("url", "location", "there"),
    [
        ("https://a.example/b/c", "d", "https://a.example/b/d"),
        ("https://a.example/b", "//b.example/", "https://b.example/"),
        ("https://a.example/b", "http://a.example/b", None),
        ("http://a.example/b", "https://a.example/b", "https://a.example/b"),
        ("http://a.example/b", "file:///etc/passwd", None),
        ("https://a.example/b", "gopher://a.example/", None),
    ],
)
def test_where_a_redirect_may_lead(url, location, there):
    assert onward(url, location) == there


@pytest.mark.parametrize(
    "url",
    ["http://[", "ftp://8.8.8.8/", "", "http://", "http://a b/", "http://127.0.0.1:0/", "http://127.0.0.1:70000/"],
)  # fmt: skip
async def test_what_is_no_address_is_a_fact(url):
    assert isinstance(await fetch(url, LIMITS, anywhere=True), Unavailable)


@pytest.mark.parametrize("begun", [b"0\r\nX: ", b"1;x="])
async def test_an_answer_that_never_ends_behind_its_head_is_not_kept(begun):
    sent = 0

    async def endless(writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n" + begun)
        while sent < 64 << 20:
            writer.write(b"a" * 65_536)
            await writer.drain()
            sent += 65_536

    async with site() as its:
        its.paths["/a"] = endless
        assert await got(its) == Unavailable("its fields are too long")
        assert sent < 16 << 20, "what the system's buffers take"


async def test_an_address_for_which_the_system_has_no_socket_is_passed_over(monkeypatch):
    """As on a system without IPv6, where names have such addresses all the same."""
    loop, real = asyncio.get_running_loop(), asyncio.get_running_loop().getaddrinfo

    async def both(host, *args, **how):
        more = [(socket.AF_INET6, 1, 12345, "", ("::1", 1, 0, 0))] if isinstance(host, bytes) else []
        return [*more, *await real(host, *args, **how)]

    monkeypatch.setattr(loop, "getaddrinfo", both)
    async with site() as its:
        its.paths["/a"] = (200, {}, b"x")
        assert (await got(its)).body == b"x"


PIECES = [
    b"HTTP/1.1 ", b"HTTP/1.0 ", b"200 OK", b"100 X", b"103 X", b"101 X", b"204 X", b"304 X", b"99999", b"\r\n", b"\r\n\r\n", b"\n",
    b"Content-Length: ", b"Transfer-Encoding: ", b"chunked", b"gzip, ", b"Connection: upgrade", b"Upgrade: h2c", b"X: ",
    b"0", b"1", b"5", b"ffffffffffffffff1", b"-1", b"0\r\n\r\n", b"1\r\na\r\n", b";x=", b"\0", b"\xff", b"a" * 3000, b"X: y\r\n" * 400,
]  # fmt: skip


def test_whatever_comes_is_an_answer_or_a_reason():
    """Nothing else is raised, nothing is told to the loop, and each connection is closed."""
    octets, told, open_ = [b""], [], set()

    async def answer(reader, writer):
        open_.add(writer)
        try:
            await reader.readuntil(b"\r\n\r\n")
            for piece in octets:
                writer.write(piece)
                await writer.drain()
            writer.write_eof()
            await reader.read()
        except OSError:
            pass
        finally:
            open_.discard(writer)
            writer.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.get_loop().set_exception_handler(lambda loop, context: told.append(context))
        server = runner.run(asyncio.start_server(answer, "127.0.0.1", 0))
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

        @settings(max_examples=80)
        @given(st.booleans(), st.lists(st.sampled_from(PIECES), max_size=12))
        def asked(begun, pieces):
            octets[:] = [b"HTTP/1.1 200 OK\r\n", *pieces] if begun else pieces
            found = runner.run(_asked(url))
            assert isinstance(found, (Response, *ERRORS)), found
            assert not isinstance(found, Response) or (200 <= found.status <= 999 and len(found.body) <= 1000)

        asked()
        runner.run(eventually(lambda: not open_))
        gc.collect()
        server.close()
    assert told == []


async def _asked(url):
    try:
        async with asyncio.timeout(10):
            return await ask(url, {}, 1000, anywhere=True)
    except Exception as error:  # noqa: BLE001 -- whether it is one of those is asked
        return error


async def test_a_reason_says_nothing_that_the_server_said():
    async def answer(writer):
        writer.write(b"HTTP/1.1 \x1b[31m rahasia\r\n\r\n")

    async def short(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")

    async def nothing(writer):
        pass

    async with site() as its:
        its.paths["/a"] = answer
        found = await got(its)
        assert found == Unavailable("what answers does not speak HTTP")
        its.paths["/a"] = (200, {}, b"")
        its.paths["/cut"] = short
        assert await got(its, "/cut") == Unavailable("the answer broke off")
        its.paths["/none"] = nothing
        assert await got(its, "/none") == Unavailable("the connection was closed before an answer")
        assert await fetch(f"{its.url}/a", LIMITS) == Unavailable("`127.0.0.1` is no public address")
