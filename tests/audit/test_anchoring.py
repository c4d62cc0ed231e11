"""Authorities that lie, garble or fail: no stamp counts that is not over the checkpoint that was sent, in answer to this query."""

import urllib.request
from contextlib import asynccontextmanager

import pytest
from rfc3161_client import TimestampRequestBuilder

from gateway.audit.anchoring import Anchoring
from gateway.audit.journal import Journal
from gateway.audit.other_clocks import OtherClocks
from gateway.audit.reader import Reader
from gateway.audit.site_sealing import SiteSealing
from gateway.audit.stamps import stamps_of
from gateway.identify.identity import Unavailable
from gateway.policy.model import Anchor
from gateway.proxy.ids import Ids
from tests.authority import authority
from tests.clocks import Ahead
from tests.engines import eventually, need


@pytest.fixture(scope="module")
def stamp(tmp_path_factory):
    """Gives an honest authority's reply to a query."""
    need("openssl", "openssl")
    with authority(tmp_path_factory.mktemp("tsa") / "tsa") as (url, _):

        def ask(query):
            request = urllib.request.Request(url, query, {"Content-Type": "application/timestamp-query"})
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.read()

        yield ask


@asynccontextmanager
async def anchoring(folder, ask, authorities=("https://tsa.example/",), **how):
    journal = Journal.opened(folder, site="antara", new_id=Ids())
    anchors = tuple(Anchor("tsa", one) for one in authorities)
    taken = Anchoring(journal, lambda: anchors, ask, **how)
    try:
        await eventually(lambda: journal.recorder.lane.checkpoint)
        yield taken
    finally:
        await journal.close()


def events(folder, name):
    found = [entry for _, entry in Reader(folder).printed() if entry.get("event") == name]
    return [entry["details"] for entry in found]


def other(query):
    """A query for something else than what was asked."""
    return TimestampRequestBuilder().data(b"other").build().as_bytes()


LIES = {
    "over something else": lambda stamp, query: stamp(other(query)),
    "no time stamp": lambda _stamp, _query: b"<html>200</html>",
    "cut short": lambda stamp, query: stamp(query)[:-100],
    "none": lambda _stamp, _query: b"",
    "dead": lambda _stamp, _query: Unavailable("no answer in time"),
}


async def test_authorities_that_lie_or_fail_give_no_stamp_and_are_on_record(tmp_path, stamp):
    async def ask(url, query):
        return LIES[url](stamp, query)

    async with anchoring(tmp_path / "j", ask, LIES) as taken:
        for _ in range(2):
            await taken.look()
        assert {anchor.where for anchor in taken.failing} == set(LIES)
    assert stamps_of(tmp_path / "j") == {}
    faults = events(tmp_path / "j", "anchor-fault")
    assert [fault["tsa"] for fault in faults] == list(LIES)
    assert all(fault["why"] for fault in faults)


async def test_a_stamp_that_answers_an_earlier_query_is_refused(tmp_path, stamp):
    kept = []

    async def ask(_url, query):
        kept.append(stamp(query))
        return kept[0]

    async with anchoring(tmp_path / "j", ask, every={"tsa": 0.0}) as taken:
        await taken.look()
        assert not taken.failing
        taken._has.clear()
        await taken.look()
        assert set(taken.failing.values()) == {"the stamp answers another query"}


async def test_the_site_s_checkpoint_is_stamped_too_and_a_wrong_clock_is_said(tmp_path, stamp):
    async def ask(_url, query):
        return stamp(query)

    site = SiteSealing(tmp_path / "j", "antara")
    async with anchoring(tmp_path / "j", ask, site=site, clocks=OtherClocks(Ahead(3600))) as taken:
        await site.look()
        await taken.look()
        assert list(taken.clocks.apart) == ["https://tsa.example/"]
    found = events(tmp_path / "j", "anchor")
    assert [one.get("log") for one in found] == ["izin/antara", None]
    assert all(3500e6 < one["ahead_us"] < 3700e6 for one in found)
    assert len(stamps_of(site.folder)) == 1
