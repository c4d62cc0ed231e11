"""Headlines that are read from a real origin and kept in the journal's folder."""

import dataclasses
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from gateway.lookups import kept_headlines
from gateway.lookups.headlines import HeadlineReading
from gateway.lookups.kept_headlines import NAME, KeptHeadlines
from gateway.lookups.robots import RobotsFiles
from tests import sites
from tests.engines import eventually
from tests.policy.test_sitemaps import urlset

HOST = "www.antara.example"
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset>&b;</urlset>'


def news(**titles):
    return urlset(
        *(
            f"<loc>https://{HOST}{path}</loc><news:news><news:title>{title}</news:title></news:news>"
            for path, title in titles.items()
        )
    )


def policy_of(*hosts):
    return dataclasses.replace(sites.policy(), hosts=hosts)


@asynccontextmanager
async def reading(site, folder, body):
    """Read the headlines of an origin with this sitemap; what is put into ``body`` is answered next."""
    site.answer = lambda request: (
        web.Response(body=body[-1]) if request.path == "/sitemap.xml" else web.Response(status=404)
    )
    host = dataclasses.replace(sites.policy().hosts[0], pattern=HOST, origin=site.origin, headlines=True)
    kept = KeptHeadlines(folder)
    reads = HeadlineReading(RobotsFiles({}, _nobody), kept, every=0.05, retry=0.05)
    reads.follow(policy_of(host))
    try:
        yield host, KeptHeadlines(folder)
    finally:
        reads.close()


async def _nobody(*_):
    pass


async def test_what_was_read_stays_when_the_sitemap_forgets_it(site, tmp_path):
    body = [news(**{"/berita/1": "Banjir surut", "/berita/2": "Harga beras"})]
    async with reading(site, tmp_path, body) as (host, kept):
        await eventually(lambda: kept.of(policy_of(host)).of(HOST, "/berita/1") == "Banjir surut")
        body.append(news(**{"/berita/2": "Harga beras turun", "/berita/3": "\u202eTiga\u009b"}))
        await eventually(lambda: kept.of(policy_of(host)).of(HOST, "/berita/3"))
        body.append(BOMB)
        since = len(site.asked)
        await eventually(lambda: len(site.asked) > since + 3)
        found = kept.of(policy_of(host))
        assert [found.of(HOST, f"/berita/{n}") for n in (1, 2)] == ["Banjir surut", "Harga beras turun"]
        assert kept.of(policy_of(dataclasses.replace(host, headlines=False))).known == {}, "it may withdraw"
        assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b'{"v":2,"headlines":{}}', b'{"v":1,"headlines":{"a":1}}', b"\xff"]
)
def test_a_file_that_is_none_is_none_and_is_made_anew(tmp_path, octets):
    (tmp_path / NAME).write_bytes(octets)
    kept = KeptHeadlines(tmp_path)
    assert kept.read() == {}
    kept.keep({HOST: {"/1": "Satu"}})
    assert json.loads((tmp_path / NAME).read_bytes()) == {"v": 1, "headlines": {HOST: {"/1": "Satu"}}}
    before = (tmp_path / NAME).stat().st_ino
    kept.keep({HOST: {"/1": "Satu"}})
    assert (tmp_path / NAME).stat().st_ino == before, "it is not written where nothing is new"


def test_the_oldest_go_where_there_is_no_room(tmp_path, monkeypatch):
    kept = KeptHeadlines(tmp_path)
    kept.keep({HOST: {f"/{n}": "x" * 100 for n in range(40)}})
    monkeypatch.setattr(kept_headlines, "MOST", 20)
    kept.keep({"b.example": {"/neu": "y"}, HOST: {"/0": "baru"}})
    found = kept.read()
    assert found["b.example"] == {"/neu": "y"}
    assert found[HOST]["/0"] == "baru"
    assert [len(found[HOST]), "/39" in found[HOST], "/20" in found[HOST]] == [19, True, False]
    monkeypatch.setattr(kept_headlines, "MOST_OCTETS", 2000)
    kept.keep({HOST: {"/40": "x" * 100}})
    assert (tmp_path / NAME).stat().st_size <= 2000
    assert "/40" in KeptHeadlines(tmp_path).read()[HOST]
