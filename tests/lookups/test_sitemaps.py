"""The dates of articles by the sitemaps of a real origin."""

import dataclasses
import gzip
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from gateway.lookups import sitemap_files
from gateway.lookups.robots import RobotsFiles
from gateway.lookups.sitemaps import Sitemaps
from gateway.policy.articles import Articles
from tests import sites
from tests.engines import eventually
from tests.policy.test_sitemaps import SPACES, urlset

HOST = "www.antara.example"
BASE = f"https://{HOST}"


def page(path, day):
    return f"<loc>{BASE}{path}</loc><lastmod>2026-11-{day}T00:00:00Z</lastmod>"


def index(*paths):
    named = "".join(f"<sitemap><loc>{BASE}{path}</loc></sitemap>" for path in paths)
    return f"<sitemapindex {SPACES}>{named}</sitemapindex>".encode()


async def _nobody(*_):
    pass


@asynccontextmanager
async def following(site, files):
    """Follow the sitemaps of an origin with these files by path; a number is a status."""

    def answer(request):
        found = files.get(request.path, 404)
        return web.Response(status=found) if isinstance(found, int) else web.Response(body=found)

    site.answer = answer
    policy = sites.policy()
    host = dataclasses.replace(
        policy.hosts[0], pattern=HOST, origin=site.origin, articles=Articles(None, None, sitemap=True)
    )
    found = Sitemaps(RobotsFiles({}, _nobody), every=0.05, retry=0.05)
    found.follow(dataclasses.replace(policy, hosts=(host,)))
    try:
        yield found
    finally:
        found.close()


def get(found, *readings):
    return found.get(" ".join((HOST, *readings)))


async def test_those_that_robots_names_are_read_with_an_index_and_gzip(site):
    pages = urlset(page("/berita/1", 23), page("/b?id=2", 24), "<loc>https://lain.example/3</loc>")
    files = {
        "/robots.txt": f"Sitemap: {BASE}/peta.xml\nSitemap: https://lain.example/x.xml\n".encode(),
        "/peta.xml": index("/berita.xml.gz", "/peta.xml"),
        "/berita.xml.gz": b"".join(map(gzip.compress, (pages[:200], pages[200:]))),
    }
    async with following(site, files) as found:
        assert get(found, "/berita/1") == "", "nothing is waited for"
        await eventually(lambda: get(found, "/berita/1"))
        assert get(found, "/berita/1").startswith("2026-11-23T00:00:00")
        assert get(found, "/b?id=2").startswith("2026-11-24")
        assert [get(found, path) for path in ("/b", "/b?id=3", "/3", "/robots.txt")] == [""] * 4
        assert get(found, "/berita/1", "/b?id=2").startswith("2026-11-24"), "the later of two readings"
        assert get(found, "/berita//1", "/berita/1") == "", "both readings have to be known"
        assert found.get("lain.example /berita/1") == ""


@pytest.mark.parametrize("fault", [503, b"<urlset>", gzip.compress(b"<urlset/>", mtime=0)[:-9]])
async def test_what_was_read_stays_while_the_origin_fails_and_follows_it_after(site, fault):
    files = {"/sitemap.xml": urlset(page("/berita/1", 23))}
    async with following(site, files) as found:
        await eventually(lambda: get(found, "/berita/1"))
        files["/sitemap.xml"] = fault
        since = len(site.asked)
        await eventually(lambda: len(site.asked) > since + 5)
        assert get(found, "/berita/1")
        files["/sitemap.xml"] = urlset(page("/berita/2", 24))
        await eventually(lambda: get(found, "/berita/2"))
        assert get(found, "/berita/1") == ""


async def test_no_more_is_read_than_there_is_room_for(site, monkeypatch):
    monkeypatch.setattr(sitemap_files, "MOST_OCTETS", 1000)
    files = {"/sitemap.xml": gzip.compress(urlset(page("/berita/1", 23), *[" " * 100] * 20))}
    async with following(site, files) as found:
        await eventually(lambda: len(site.asked) > 5)
        assert get(found, "/berita/1") == ""
