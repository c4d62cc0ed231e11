"""One fetch: what it brings, where it follows, what it gives up, and that it never reaches inside unless it is told to."""

import gzip
import zlib

import pytest

from gateway.identify.identity import Unavailable
from gateway.lookups.outside import AGENT, Fetched, Limits, fetch, onward
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


@pytest.mark.parametrize(
    ("coding", "body", "found"),
    [
        ("gzip", gzip.compress(b"a" * 1000, mtime=0), (b"a" * 1000, True)),
        ("deflate", zlib.compress(b"a"), (b"a", True)),
        ("gzip", gzip.compress(b"a" * 1001, mtime=0), (b"a" * 1000, False)),
        ("gzip", gzip.compress(b"a" * 500, mtime=0)[:-9], (b"a" * 500, False)),
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
