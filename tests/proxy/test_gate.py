"""The gate around a Starlette application: the same judge, record and answers as the front door."""

import asyncio
import contextlib
import shutil
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.responses import FileResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gateway.agents import catalogue
from gateway.audit.points import held_key
from gateway.audit.reader import Damage, Reader
from gateway.audit.receipt import State
from gateway.audit.site_verification import SiteVerification
from gateway.lookups.range_store import Copy, Store
from gateway.policy.place import PolicyError
from gateway.proxy.gate import Gate
from gateway.proxy.unnamed import FIRST
from gateway.seal.report import Outcome
from tests.engines import eventually
from tests.nameserver import nameserver
from tests.proxy.rig import talk

POLICY = Path(__file__).parents[2] / "policies/antara"
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
)


def get(agent, path="/berita/1", method="GET", more="", *, last=True):
    """A request, and no other on its connection if it is the ``last``."""
    more += "Connection: close\r\n" if last else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: www.antara.example\r\nUser-Agent: {agent}\r\n{more}\r\n"
    return head.encode("latin-1")


class Site:
    """A small application that remembers what it was asked."""

    def __init__(self, folder):
        self.called = []
        self.lives = []
        self.go = asyncio.Event()
        (folder / "foto.bin").write_bytes(b"x" * 5000)

        async def page(request):
            self.called.append(f"{request.method} {request.url.path}")
            return PlainTextResponse("berita", headers={"Cache-Control": "max-age=60"})

        async def photo(request):
            return FileResponse(folder / "foto.bin")

        async def stream(request):
            async def parts():
                for _ in range(3):
                    yield b"abc"
                    await self.go.wait()

            return StreamingResponse(parts())

        async def broken(request):
            raise RuntimeError("rusak")

        async def cut(request):
            async def parts():
                yield b"abc"
                raise RuntimeError("rusak")

            return StreamingResponse(parts())

        async def echo(socket):
            self.called.append("websocket")
            await socket.accept()
            await socket.send_text(await socket.receive_text())
            await socket.close()

        self.app = self._app(page, photo, stream, broken, cut, echo)

    def _app(self, page, photo, stream, broken, cut, echo):
        @asynccontextmanager
        async def life(app):
            self.lives.append("begun")
            yield
            self.lives.append("ended")

        return Starlette(
            lifespan=life,
            routes=[
                Route("/foto", photo),
                Route("/langsung", stream),
                Route("/rusak", broken),
                Route("/putus", cut),
                WebSocketRoute("/ws", echo),
                Route("/{rest:path}", page, methods=["GET", "POST"]),
            ],
        )


@asynccontextmanager
async def served(tmp_path, policy=POLICY, **how):
    """The site behind a gate behind uvicorn."""
    site = Site(tmp_path)
    gate = Gate(site.app, policy=policy, journal=tmp_path / "journal", **{"lookups": False, **how})
    server = uvicorn.Server(
        uvicorn.Config(
            gate, port=0, log_config=None, access_log=False, proxy_headers=False, ws="websockets-sansio"
        )
    )
    serving = asyncio.ensure_future(server._serve())
    await eventually(lambda: server.started)
    try:
        yield site, gate, server.servers[0].sockets[0].getsockname()[1]
    finally:
        site.go.set()
        server.should_exit = True
        await serving


def entries(folder, phase):
    """The printed entries of the first lane."""
    found = [one for one in Reader(folder / "journal/0").printed() if not isinstance(one, Damage)]
    return [entry for _, entry in found if entry["phase"] == phase]


async def written(folder, phase, count):
    await eventually(lambda: len(entries(folder, phase)) >= count)
    return entries(folder, phase)


async def test_people_are_served_and_ai_is_refused(tmp_path):
    async with served(tmp_path) as (site, _, port):
        got = await talk(port, get(PERSON, more="Referer: https://chatgpt.com/c/rahasia\r\n"))
        assert got.status == 200
        assert got.octets.endswith(b"berita")
        assert b'rel="license"' in got.octets
        assert b"izin-decision: " in got.octets
        refused = await talk(port, get(GPTBOT))
        assert refused.status == 403
        assert site.called == ["GET /berita/1"]
        decisions = await written(tmp_path, "decision", 2)
        outcomes = await written(tmp_path, "outcome", 2)
    assert [entry["verdict"] for entry in decisions] == ["allow", "deny"]
    # Readers wait 20 ms for their entry at most, which a busy machine may need.
    assert decisions[0]["durability"] in ("written", "queued")
    assert decisions[1]["durability"] == "durable"
    assert decisions[0]["lane"].endswith("/0")
    assert [(entry["status"], entry["end"]) for entry in outcomes] == [(200, "complete"), (403, "complete")]
    assert outcomes[0]["bytes"] == 6
    assert site.lives == ["begun", "ended"]
    events = [entry for entry in entries(tmp_path, "event") if entry["event"] != "gap"]
    assert [entry["event"] for entry in events] == ["start", "policy", "referrals", "stop"]
    assert events[2]["details"]["readers"] == {"ChatGPT": 1}
    octets = b"".join(path.read_bytes() for path in tmp_path.glob("journal/0/*.izj"))
    assert b"rahasia" not in octets


async def test_own_documents_come_from_memory(tmp_path):
    async with served(tmp_path) as (site, _, port):
        got = await talk(port, get(GPTBOT, "/robots.txt"))
        assert got.status == 200
        assert b"User-agent: " in got.octets
        head = await talk(port, get(GPTBOT, "/robots.txt", "HEAD"))
        assert head.octets.endswith(b"\r\n\r\n")
        told = await talk(port, get(GPTBOT, "/_izin/whoami?path=/berita/1"))
        assert told.status == 200
        assert b'"verdict":"deny"' in told.octets
        assert site.called == []


async def test_the_target_is_judged_as_it_was_sent(tmp_path):
    async with served(tmp_path) as (_, _, port):
        assert (await talk(port, get(PERSON, "/a%2fb?id=1"))).status == 200
        assert (await talk(port, get(PERSON, "/a%zz"))).status == 400
        (good, bad) = await written(tmp_path, "decision", 2)
        assert good["request"]["target"] == "/a%2fb?id=1"
        assert bad["rule"] == "malformed"


async def test_files_are_counted(tmp_path):
    async with served(tmp_path) as (_, _, port):
        assert (await talk(port, get(PERSON, "/foto"))).octets.endswith(b"x" * 5000)
        (outcome,) = await written(tmp_path, "outcome", 1)
        assert (outcome["bytes"], outcome["end"]) == (5000, "complete")


@pytest.mark.parametrize(("path", "status", "octets"), [("/rusak", 500, None), ("/putus", 200, 3)])
async def test_an_application_that_fails_is_recorded_as_that(tmp_path, path, status, octets):
    async with served(tmp_path) as (_, _, port):
        await talk(port, get(PERSON, path))
        (outcome,) = await written(tmp_path, "outcome", 1)
        assert (outcome["status"], outcome["end"]) == (status, "app-error")
        if octets is not None:
            assert outcome["bytes"] == octets


async def test_a_client_that_leaves_is_recorded_as_that(tmp_path):
    async with served(tmp_path) as (site, _, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get(PERSON, "/langsung"))
        await reader.readuntil(b"abc")
        writer.close()
        (outcome,) = await written(tmp_path, "outcome", 1)
        assert (outcome["status"], outcome["bytes"], outcome["end"]) == (200, 3, "client-gone")
        site.go.set()


async def test_a_websocket_goes_through_and_a_refused_one_does_not(tmp_path):
    async with served(tmp_path) as (site, _, port):
        where = f"ws://127.0.0.1:{port}/ws"
        async with connect(where, proxy=None, user_agent_header=PERSON) as socket:
            await socket.send("halo")
            assert await socket.recv() == "halo"
        with pytest.raises(InvalidStatus) as refused:
            await connect(where, proxy=None, user_agent_header=GPTBOT)
        assert refused.value.response.status_code == 403
        assert site.called == ["websocket"]
        outcomes = await written(tmp_path, "outcome", 2)
        assert [(one["status"], one["end"]) for one in outcomes] == [(101, "complete"), (403, "complete")]
        assert outcomes[0]["bytes"] == 4


class Full:
    """A lane whose disk is full, as far as the recorder can see."""

    def __init__(self, lane):
        self._lane = lane
        self.state = State.FULL

    def __getattr__(self, name):
        return getattr(self._lane, name)


async def test_without_a_record_ai_gets_503_and_people_are_served(tmp_path):
    async with served(tmp_path) as (site, gate, port):
        lane = gate._lane.recorder
        lane.lane = Full(lane.lane)
        try:
            assert (await talk(port, get(GPTBOT))).status == 503
            assert (await talk(port, get(PERSON))).status == 200
            post = await talk(port, get(GPTBOT, method="POST", more="Content-Length: 0\r\n"))
            assert post.status == 503
            assert site.called == ["GET /berita/1"]
        finally:
            lane.lane = lane.lane._lane


async def test_a_proxy_that_nobody_named_is_told_of(tmp_path):
    many, last = (get(PERSON, more="X-Forwarded-For: 198.51.100.7\r\n", last=one) for one in (False, True))
    async with served(tmp_path) as (site, _, port):
        with structlog.testing.capture_logs() as told:
            await talk(port, many * FIRST + last)
        assert len(site.called) == FIRST + 1
    assert [one["hint"] for one in told if one["event"] == "proxy not trusted"] == [
        "--trusted-proxies 127.0.0.1"
    ]


async def test_two_gates_on_one_journal_have_a_lane_each(tmp_path):
    async with served(tmp_path) as (_, _, port):
        site = Site(tmp_path)
        second = Gate(site.app, policy=POLICY, journal=tmp_path / "journal", lookups=False)
        transport_messages = []

        async def send(message):
            transport_messages.append(message)

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/berita/1",
            "raw_path": b"/berita/1",
            "query_string": b"",
            "headers": [(b"host", b"www.antara.example"), (b"user-agent", GPTBOT.encode())],
            "client": ("127.0.0.1", 1),
            "scheme": "http",
        }
        await second(scope, receive, send)
        assert transport_messages[0]["status"] == 403
        await talk(port, get(GPTBOT))
        lanes = {one.name for one in (tmp_path / "journal").iterdir()}
        assert lanes == {"0", "1"}
        await second.close()
    journal = tmp_path / "journal"
    site = SiteVerification(journal, "antara", held_key(journal / "site", None)).run()
    assert (site.outcome, len(site.lanes), site.last >= 2) == (Outcome.VALID, 2, True), (
        "one checkpoint over both"
    )


def test_a_bad_policy_is_found_when_the_gate_is_made(tmp_path):
    (tmp_path / "site.yaml").write_text("site: x\n")
    with pytest.raises(PolicyError):
        Gate(PlainTextResponse("x"), policy=tmp_path, journal=tmp_path / "journal")


def test_a_journal_that_cannot_be_used_stops_the_start(tmp_path):
    (tmp_path / "journal").write_text("a file")
    gate = Gate(Site(tmp_path).app, policy=POLICY, journal=tmp_path / "journal", fetch=False)
    with pytest.raises(BaseException) as raised, TestClient(gate):
        pass
    assert "journal" in str(raised.value)


def test_starlettes_own_test_client_works(tmp_path):
    gate = Gate(Site(tmp_path).app, policy=POLICY, journal=tmp_path / "journal", fetch=False)
    with TestClient(gate, base_url="http://www.antara.example") as client:
        assert client.get("/berita/1", headers={"User-Agent": PERSON}).text == "berita"
        assert client.get("/berita/1", headers={"User-Agent": GPTBOT}).status_code == 403
        with contextlib.suppress(RuntimeError):
            assert client.get("/rusak", headers={"User-Agent": PERSON}).status_code == 500


async def test_who_comes_too_fast_is_asked_to_wait_and_the_application_is_not_called(tmp_path):
    async with served(tmp_path) as (site, _, port):
        got = (await talk(port, get("curl/8.5.0", last=False) * 11 + get("curl/8.5.0"))).octets
        assert (got.count(b"HTTP/1.1 200 "), got.count(b"HTTP/1.1 429 ")) == (10, 2)
        assert b'ratelimit: "alat-pelan";r=9;t=2' in got
        assert b'ratelimit-policy: "alat-pelan";q=30;w=60' in got
        assert b"retry-after: 2" in got
        assert len(site.called) == 10
        assert (await talk(port, get("curl/8.5.0", "/robots.txt"))).status == 200
        assert (await talk(port, get(PERSON))).status == 200
        decisions = await written(tmp_path, "decision", 14)
    assert [entry["rule"] for entry in decisions[:12]] == ["alat-pelan"] * 12
    assert [entry["rates"][0]["remaining"] for entry in decisions[:10]] == list(range(9, -1, -1))
    async with served(tmp_path) as (_, _, port):
        got = (await talk(port, get("curl/8.5.0", last=False) * 11 + get("curl/8.5.0"))).octets
        assert got.count(b"HTTP/1.1 429 ") > 2, "a restart gives no fresh burst"


# ── checks, and a policy that changes ───────────────────────────────────────────────────────────────────────────────

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


async def test_claims_are_checked_as_at_the_front_door(tmp_path):
    url = catalogue().find("Googlebot").verify.ranges[0]
    now = int(time.time())
    Store(tmp_path / "journal" / "lists").write(Copy(url, b"66.249.64.0/19\n", now, now))
    with nameserver() as names:
        names.host("66.249.90.5", "crawl-66-249-90-5.googlebot.com")
        how = {"lookups": True, "fetch": False, "dns": [names.server], "trusted_proxies": ["127.0.0.1"]}
        async with served(tmp_path, **how) as (site, _, port):

            async def status(address, agent=GOOGLEBOT):
                said = get(agent, f"/{address}", more=f"X-Forwarded-For: {address}\r\n")
                return (await talk(port, said, until_idle=0.1)).status

            assert await status("66.249.66.1") == 200
            assert names.asked == [], "the list has said it"
            assert await status("203.0.113.9") == 403
            assert await status("66.249.90.5") == 200
            for number in range(20):
                assert await status(f"8.8.{number}.1") in (200, 403)
            assert await status("8.8.99.1") == 403, "the true ones were seen a moment ago"
            *_, last = await written(tmp_path, "decision", 24)
            assert (last["identity"]["kind"], last["rule"]) == ("impostors", "impostors")
            assert await status("203.0.113.9", PERSON) == 200
            assert "GET /203.0.113.9" in site.called
        assert "GET /8.8.99.1" not in site.called
    events = [one["event"] for one in entries(tmp_path, "event")]
    assert events.index("policy") < events.index("address-lists") < events.index("stop")


async def test_a_policy_that_changes_is_taken_up_and_a_bad_one_is_not(tmp_path):
    policy = tmp_path / "policy"
    shutil.copytree(POLICY, policy)
    async with served(tmp_path, policy) as (_, gate, port):

        async def status(agent):
            return (await talk(port, get(agent), until_idle=0.1)).status

        assert (await status("AhrefsBot/7.0"), await status(PERSON)) == (200, 200)
        rules = (policy / "rules.yaml").read_text("utf-8")
        rule = "  - {id: tanpa-seo, who: {purpose: seo}, where: [/berita/], verdict: deny}\n"
        (policy / "rules.yaml").write_text(rules + rule, "utf-8")
        await eventually(lambda: gate._source.version.number == 2, 20)
        assert await status("AhrefsBot/7.0") == 403
        (policy / "rules.yaml").write_text("rules: {", "utf-8")
        await eventually(lambda: "policy-failed" in [one["event"] for one in entries(tmp_path, "event")], 20)
        assert await status("AhrefsBot/7.0") == 403
        await gate.close()
        assert await status("AhrefsBot/7.0") == 403, (
            "a lane that is opened again begins with the last good one"
        )
