"""The script is played through a real gateway, and notices where there is none."""

import asyncio
import io
import random
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest

from gateway.demo import follow, play
from gateway.demo.follow import Follower
from gateway.demo.script import cast
from gateway.demo.site import serving, site
from gateway.demo.stage import Gateway, copy_policy, gateway
from gateway.demo.table import Table
from gateway.demo.wire import Ask, send
from tests.engines import eventually, free_port

CAST = cast()
BY_ID = {client.id: client for client in CAST}


NOW = datetime.now(UTC)


@asynccontextmanager
async def on_stage(tmp_path):
    copy_policy(tmp_path / "policy", NOW.date())
    async with (
        serving(site(NOW)) as origin,
        gateway(tmp_path / "policy", origin, free_port(), tmp_path) as stage,
    ):
        yield stage


@pytest.fixture(scope="module")
async def stage(tmp_path_factory):
    """A gateway for tests that tell their requests from those of others."""
    async with on_stage(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


async def test_a_site_that_nobody_guards_fails_the_script(tmp_path, monkeypatch, dead_port):
    """So the demonstration's exit code can be 1: the bare site serves everybody and records nobody."""
    monkeypatch.setattr(follow, "ENTRY_SECONDS", 0.0)
    out = io.StringIO()
    async with serving(site(datetime.now(UTC))) as origin:
        bare = Gateway(origin, tmp_path / "journal", None)
        tally = await play.play(CAST, bare, Follower(bare.journal), Table(out, "en", colour=False))
    assert tally.differing == [client.id for client in CAST]
    assert tally.clients == 0
    assert "≠ status: expected 403, got 200" in out.getvalue()
    assert "not in the journal" in out.getvalue()


async def test_a_gateway_that_is_gone_fails_the_script(tmp_path, monkeypatch, dead_port):
    monkeypatch.setattr(follow, "ENTRY_SECONDS", 0.0)
    out = io.StringIO()
    gone = Gateway(dead_port, tmp_path / "journal", None)
    tally = await play.play(CAST[:1], gone, Follower(gone.journal), Table(out, "en", colour=False))
    assert tally.differing == [CAST[0].id]
    assert "≠ answer: " in out.getvalue()


async def test_one_difference_is_found_among_many(tmp_path):
    """The policy that is in force differs from the script in one rule; only its client is named."""
    copy_policy(tmp_path / "policy", datetime.now(UTC).date())
    rules = tmp_path / "policy" / "rules.yaml"
    rules.write_text(rules.read_text("utf-8").replace("verdict: license", "verdict: deny"), "utf-8")
    out = io.StringIO()
    async with (
        serving(site(datetime.now(UTC))) as origin,
        gateway(tmp_path / "policy", origin, free_port(), tmp_path) as stage,
    ):
        tally = await play.play(CAST, stage, Follower(stage.journal), Table(out, "en", colour=False))
    assert tally.differing == ["penelitian"]
    assert tally.clients == len(CAST)
    assert "≠ status: expected 402, got 403" in out.getvalue()


async def test_visitors_are_shown_once_and_never_taken_for_the_cast(tmp_path, monkeypatch):
    monkeypatch.setattr(play, "PAUSE_SECONDS", 0.01)
    out = io.StringIO()
    async with on_stage(tmp_path) as stage:
        follower = Follower(stage.journal)
        going = asyncio.create_task(
            play.improvise(CAST, stage, follower, Table(out, "en", colour=False), random.Random(7))
        )
        curl = (("Host", "localhost"), ("User-Agent", "GPTBot/1.3"))
        assert (await send(Ask("/berita/", headers=curl), "127.0.0.1", stage.port)).status == 403
        await eventually(lambda: "A visitor" in out.getvalue() and out.getvalue().count("\n") > 6)
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going
    assert out.getvalue().count("A visitor") == 1
    assert "A visitor                  GPTBot: AI training       refused 403" in out.getvalue()
    assert "≠" not in out.getvalue()


async def test_a_decision_is_found_by_its_id_or_by_its_request(stage):
    follower = Follower(stage.journal)
    ask = BY_ID["claudebot"].ask
    first, second = [await send(ask, "127.0.0.1", stage.port) for _ in range(2)]
    found = await follower.decision(ask, second)
    assert found["id"] == second.header("izin-decision")
    found = await follower.decision(ask, None)
    assert found["id"] == first.header("izin-decision"), "the one that nobody claimed yet"
    assert found["request"]["target"] == ask.target


async def test_no_decision_about_what_was_never_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(follow, "ENTRY_SECONDS", 0.0)
    assert await Follower(tmp_path / "nothing").decision(BY_ID["gptbot"].ask, None) is None


@pytest.mark.parametrize("client", [BY_ID["laptop"], BY_ID["gptbot"]], ids=lambda client: client.id)
async def test_whoever_is_served_gets_the_site_and_whoever_is_refused_gets_none_of_it(client, stage):
    async with serving(site(NOW)) as bare:
        through = await send(client.ask, "127.0.0.1", stage.port)
        direct = await send(client.ask, "127.0.0.1", bare)
    if client.expect.verdict == "allow":
        kept = (
            "content-type",
            "content-length",
            "content-encoding",
            "etag",
            "last-modified",
            "cache-control",
        )
        assert [through.header(name) for name in kept] == [direct.header(name) for name in kept]
        assert through.body == direct.body
    else:
        assert b"Danau Tirtasari" not in through.body
