"""The origin's robots.txt by RFC 9309 section 2.3.1, read from a real origin, and never waited for."""

import asyncio
import dataclasses
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from gateway.lookups import robots
from gateway.lookups.robots import MOST_NAMES, RobotsFiles
from gateway.policy.model import Origin
from gateway.policy.robots import MOST_OCTETS, RobotsFile
from gateway.vocabulary import RobotsFrom
from tests import sites
from tests.engines import eventually

CLOSED = "User-agent: *\nDisallow: /\n"
OPEN = "User-agent: *\nAllow: /\n"


@asynccontextmanager
async def following(*hosts, headers=None, **times):
    """Follow hosts; gives the files and what was told of them."""
    told = []

    async def tell(*one):
        told.append(one)

    files = RobotsFiles(headers or {}, tell, **{"every": 0.05, "retry": 0.05, **times})
    files.follow(hosts)
    try:
        yield files, told
    finally:
        files.close()


def at(site, pattern="www.antara.example"):
    return dataclasses.replace(sites.host(pattern), origin=site.origin)


def reads(files, host, name=None):
    """Whether a crawler may fetch a page, as far as is known: True, False or None."""
    file = files.get(host, name or host.pattern)
    return None if file is None else file.allows("FooBot", "/berita/1")


async def test_a_host_of_the_policy_is_followed_without_being_asked_for(site):
    host = at(site)
    async with following(host, headers={"Izin-Origin-Secret": "rahasia"}) as (files, told):
        assert reads(files, host) is None  # nothing is waited for
        await eventually(lambda: reads(files, host) is False)
        assert [(name, status) for name, _, status in told] == [("www.antara.example", 200)]
        (first, *_) = site.asked
        assert (first.path, first.host) == ("/robots.txt", "www.antara.example")
        assert first.headers["Izin-Origin-Secret"] == "rahasia"
        assert first.headers["User-Agent"].startswith("Izin/")
        site.answer = lambda request: web.Response(text=OPEN)
        await eventually(lambda: reads(files, host) is True)
        await eventually(lambda: len(site.asked) > 5)
        assert len(told) == 2, "only what differs is told of"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429])
async def test_there_is_none_where_the_origin_says_so(site, status):
    host = at(site)
    async with following(host) as (files, _):
        await eventually(lambda: reads(files, host) is False)
        site.answer = lambda request: web.Response(status=status, text=CLOSED)
        await eventually(lambda: reads(files, host) is True)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_the_last_copy_holds_while_the_origin_fails(site, status):
    host = at(site)
    async with following(host) as (files, told):
        await eventually(lambda: reads(files, host) is False)
        site.answer = lambda request: web.Response(status=status, text=OPEN)
        since = len(site.asked)
        await eventually(lambda: len(site.asked) > since + 3)
        assert reads(files, host) is False
        site.answer = lambda request: web.Response(text=OPEN)
        await eventually(lambda: reads(files, host) is True)
        assert len(told) == 2


async def test_what_was_never_read_is_not_known(site):
    site.answer = lambda request: web.Response(status=503, text=CLOSED)
    host = at(site)
    async with following(host) as (files, told):
        await eventually(lambda: len(site.asked) > 3)
        assert reads(files, host) is None
        assert told == []


async def test_an_origin_that_is_down_slow_or_speaks_no_http_is_tried_again(site, dead_port):
    async def slow(request):
        await asyncio.sleep(30)
        return web.Response(text=CLOSED)

    site.answer = slow
    host = at(site)
    async with following(host, timeout=0.1) as (files, _):
        await eventually(lambda: len(site.asked) > 2)
        assert reads(files, host) is None
        site.answer = lambda request: web.Response(text=CLOSED)
        await eventually(lambda: reads(files, host) is False)
    nobody = dataclasses.replace(host, origin=Origin("http", "127.0.0.1", dead_port))
    async with following(nobody) as (files, told):
        await asyncio.sleep(0.2)
        assert (reads(files, nobody), told) == (None, [])


async def test_redirects_are_followed_on_the_host_itself(site):
    host = at(site)

    def answer(request):
        if request.path == "/robots.txt":
            return web.Response(status=301, headers={"Location": where})
        assert request.host == host.pattern
        return web.Response(text=CLOSED if request.raw_path == "/baru/robots.txt?v=2" else OPEN)

    site.answer = answer
    for where, allowed in {
        "/baru/robots.txt?v=2": False,
        "https://www.antara.example/baru/robots.txt?v=2": False,
        "https://elsewhere.example/baru/robots.txt?v=2": True,  # taken for absent
        "//elsewhere.example/baru/robots.txt": True,
        "ftp://www.antara.example/baru/robots.txt?v=2": True,
        "http://[": None,  # a failure, to be tried again
        "/robots.txt": True,  # in a circle
        "": True,
    }.items():
        async with following(host) as (files, _):
            since = len(site.asked)
            await eventually(lambda since=since: len(site.asked) > since + robots.REDIRECTS + 2)
            assert reads(files, host) is allowed, where


async def test_a_file_without_end_is_read_so_far(site):
    async def endless(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(CLOSED.encode())
        try:
            while True:
                await answer.write(b"# " + b"x" * 8000 + b"\n")
        except ConnectionError:
            return answer

    site.answer = endless
    host = at(site)
    async with following(host, every=60) as (files, _):
        await eventually(lambda: reads(files, host) is False)
        assert len(files.get(host, host.pattern).body) == MOST_OCTETS + 1


async def test_a_new_policy_goes_on_where_the_origin_is_the_same(site, dead_port):
    host, other = at(site), at(site, "lain.example")
    async with following(host, every=60) as (files, _):
        await eventually(lambda: reads(files, host) is False)
        files.follow([other, host])
        assert reads(files, host) is False, "it is not forgotten"
        await eventually(lambda: reads(files, other) is False)
        moved = dataclasses.replace(host, origin=Origin("http", "127.0.0.1", dead_port))
        files.follow([moved])
        assert reads(files, moved) is None, "another origin has another file"


async def test_made_up_names_crowd_out_no_name_in_use(site):
    site.answer = lambda request: web.Response(text=CLOSED if request.host == "a.antara.example" else OPEN)
    host, wild = at(site, "antara.example"), at(site, "*.antara.example")
    async with following(host, wild, every=60) as (files, _):
        assert reads(files, wild, "a.antara.example") is None
        await eventually(lambda: reads(files, wild, "a.antara.example") is False)
        await eventually(lambda: reads(files, wild, "b.antara.example") is True)
        for number in range(2 * MOST_NAMES):
            reads(files, wild, f"n{number}.antara.example")
        assert len(files._wild) == MOST_NAMES
        assert reads(files, host) is True
        assert reads(files, wild, "a.antara.example") is False
        assert f"n{2 * MOST_NAMES - 1}.antara.example" not in files._wild, "nor is more than so much read"


async def test_a_name_nobody_asks_for_any_more_makes_room(site):
    wild = at(site, "*.antara.example")
    async with following(wild, every=0.2) as (files, _):
        for number in range(MOST_NAMES):
            reads(files, wild, f"n{number}.antara.example")
        await eventually(lambda: reads(files, wild, "new.antara.example") is False, 20)
        assert len(files._wild) == MOST_NAMES


async def test_a_loopback_name_stands_for_the_first_host(site):
    named, wild = at(site), at(site, "*.antara.example")
    async with following(named) as (files, _):
        await eventually(lambda: reads(files, named, "127.0.0.1") is False)
    async with following(wild) as (files, _):
        await eventually(lambda: reads(files, wild, "localhost") is False)
        assert {request.host for request in site.asked} == {"www.antara.example", "antara.example"}


async def test_a_version_counts_only_when_it_was_told(site):
    host, kept = at(site), asyncio.Event()

    async def tell(*_):
        await kept.wait()

    files = RobotsFiles({}, tell)
    files.follow([host])
    try:
        await eventually(lambda: site.asked)
        assert files.get(host, host.pattern) is None
        kept.set()
        await eventually(lambda: files.get(host, host.pattern) is not None)
    finally:
        files.close()


async def test_nothing_is_fetched_where_the_policy_brings_its_own_or_none_is_consulted(site):
    own = RobotsFile(CLOSED.encode())
    brings = dataclasses.replace(at(site, "a.example"), robots_from=RobotsFrom.FILE, robots_file=own)
    none = dataclasses.replace(at(site, "*.b.example"), robots_from=RobotsFrom.NONE)
    asks = at(site, "c.example")
    async with following(brings, none, asks) as (files, told):
        await eventually(lambda: reads(files, asks) is False)
        assert files.get(brings, "a.example") is own
        assert files.get(none, "x.b.example") is None
        assert {request.host for request in site.asked} == {"c.example"}
        files.follow([dataclasses.replace(asks, robots_from=RobotsFrom.NONE)])
        since = len(site.asked)
        await asyncio.sleep(0.2)
        assert len(site.asked) <= since + 1, "a reading under way may end"
        assert [name for name, _, _ in told] == ["c.example"]


async def test_changes_are_told_once_they_count(site):
    host, seen = at(site), []
    files = RobotsFiles({}, _nothing, changed=lambda: seen.append(set(files.known())), every=0.05)
    files.follow([host])
    try:
        await eventually(lambda: seen == [{host.pattern}])
        since = len(site.asked)
        await eventually(lambda: len(site.asked) > since + 3)
        assert len(seen) == 1, "the same file is no change"
    finally:
        files.close()
    assert seen == [{host.pattern}, set()], "nor is a file kept of whom nobody follows"


async def _nothing(*_):
    pass


async def test_read_once(site, dead_port):
    host, wild = at(site), at(site, "*.antara.example")
    nobody = dataclasses.replace(sites.host("mati.example"), origin=Origin("http", "127.0.0.1", dead_port))
    gone = at(site, "tanpa.example")
    site.answer = lambda request: web.Response(
        status=404 if request.host == gone.pattern else 200, text=CLOSED
    )
    found = await robots.read_now([host, wild, nobody, gone], {"Izin-Origin-Secret": "rahasia"})
    assert {name: file.allows("x", "/") for name, file in found.files.items()} == {
        host.pattern: False,
        gone.pattern: True,
    }
    assert list(found.failed) == ["mati.example"]
    assert {request.headers["Izin-Origin-Secret"] for request in site.asked} == {"rahasia"}
