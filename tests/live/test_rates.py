"""Rates through real sockets: a burst, then 429, then the next; and no way round, be it a name, a spelling or a restart."""

import http.client
import http.server
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.engines import until
from tests.live import rig

READER, TOOL, UNKNOWN = "Mozilla/5.0 Firefox/142.0", "curl/8.5.0", "PerayapBaru/0.1 (+https://p.example/bot)"
PROXY = ("--trusted-proxies", "127.0.0.9")
RULES = """\
rules:
  - {id: lambat, who: [tools, unknown], where: ["/"], verdict: allow, rate: {limit: 4/hour, burst: 4}}
  - {id: segera, who: tools, where: [/cepat/], verdict: allow, rate: {limit: 2/second, burst: 1, by: network}}
  - {id: bersama, who: {agent: Googlebot}, where: [/arsip/], verdict: allow, rate: {limit: 3/hour, burst: 3, by: agent}}
"""


@pytest.fixture
def policy(tmp_path):
    folder = rig.write_policy(tmp_path / "policy", rules=RULES)
    rig.write_license(folder, more="rate: 3/hour")
    return folder


@pytest.fixture
def origin():
    """An origin that counts what reaches it."""
    seen = Counter()

    class Site(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            seen[self.path] += 1
            self.send_response(200)
            self.send_header("Content-Length", "6")
            if self.path.startswith("/umum"):
                self.send_header("Cache-Control", "public, max-age=60")
            self.end_headers()
            self.wfile.write(b"berita")

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def statuses(gateway, count, target="/a", user_agent=TOOL, **how):
    return [gateway.ask(target, user_agent, **how).status for _ in range(count)]


def test_a_burst_then_429_and_the_origin_never_hears_of_it(serve, origin):
    port, seen = origin
    gateway = serve(origin=port)
    answers = [gateway.ask("/a", TOOL) for _ in range(6)]
    assert [one.status for one in answers] == [200] * 4 + [429] * 2
    assert [one["ratelimit"] for one in answers[:2]] == ['"lambat";r=3;t=900', '"lambat";r=2;t=1800']
    assert answers[0]["ratelimit-policy"] == '"lambat";q=4;w=3600'
    limited = answers[-1]
    assert 800 <= int(limited["retry-after"]) <= 900
    assert limited["ratelimit"].startswith('"lambat";r=0;t=')
    assert limited["cache-control"] == "no-store"
    problem = json.loads(limited.body)
    assert (problem["status"], problem["rule"]) == (429, "lambat")
    assert problem["reasons"][0]["code"] == "rate-exceeded"
    page = gateway.ask("/a", TOOL, accept="text/html")
    assert page.status == 429
    assert "Permintaan datang terlalu cepat" in page.body.decode()
    assert statuses(gateway, 1, method="POST", body=b"x") == [429]
    assert seen["/a"] == 4
    # What is always open stays open, and costs nothing.
    assert statuses(gateway, 3, "/robots.txt") == [200] * 3
    assert statuses(gateway, 3, "/.well-known/security.txt") == [200] * 3
    assert "ratelimit" not in dict(gateway.ask("/robots.txt", TOOL).fields)
    # Neither does another client: readers, or the same tool from elsewhere.
    assert statuses(gateway, 8, user_agent=READER) == [200] * 8
    assert statuses(gateway, 1, source="127.0.0.3") == [200]
    assert "ratelimit" not in dict(gateway.ask("/a", READER).fields)

    entry = gateway.decision(limited)
    assert (entry["verdict"], entry["status"], entry["rule"]) == ("deny", 429, "lambat")
    assert entry["reasons"][:2] == ["rate-exceeded", "rule-allows"]
    assert entry["rates"][0]["rule"] == "lambat"
    assert 0 < entry["rates"][0]["wait"] <= 900_000_000
    first = gateway.decision(answers[0])
    assert first["rates"] == [{"rule": "lambat", "remaining": 3, "wait": 0, "reset": 900_000_000}]
    assert "429" in gateway.izin("audit", "show", limited["izin-decision"])


def test_no_name_spelling_or_header_leads_out(serve, origin):
    gateway = serve(origin=origin[0])
    assert statuses(gateway, 4) == [200] * 4
    for target in ("/b", "//a", "/x/../a", "/%61", "/a;v=1", "/a?x=1"):
        assert statuses(gateway, 1, target) == [429], target
    for user_agent in ("wget/1.21", UNKNOWN, "LainBot/9 (+https://lain.example)", "python-requests/2.32"):
        assert statuses(gateway, 1, user_agent=user_agent) == [429], user_agent
    for fields in ({"x_forwarded_for": "203.0.113.9"}, {"forwarded": "for=203.0.113.9"}):
        assert statuses(gateway, 1, **fields) == [429]
    assert statuses(gateway, 1, host=f"{rig.HOST}:80") == [429]


def test_it_recovers_by_itself(serve, origin):
    gateway = serve(origin=origin[0])
    until(lambda: gateway.ask("/cepat/", READER).status == 200, 5)
    assert statuses(gateway, 4, "/cepat/1", source="127.0.1.1")[1:].count(429) >= 2
    until(
        lambda: gateway.ask("/cepat/1", TOOL, source="127.0.1.2").status == 200,
        5,
        "the next one of the network",
    )


def test_pipelined_and_on_many_connections_at_once(serve, origin):
    gateway = serve(origin=origin[0])
    one = f"GET /a HTTP/1.1\r\nHost: {rig.HOST}\r\nUser-Agent: {TOOL}\r\n"
    got = rig.raw(gateway.port, (f"{one}\r\n" * 5 + f"{one}Connection: close\r\n\r\n").encode())
    assert got.count(b"HTTP/1.1 200 ") == 4
    assert got.count(b"HTTP/1.1 429 ") == 2
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: gateway.ask("/a", TOOL, source="127.0.0.4").status, range(24)))
    assert Counter(found) == {200: 4, 429: 20}
    line = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10, source_address=("127.0.0.5", 0))
    kept = []
    for _ in range(6):
        line.request("GET", "/a", headers={"Host": rig.HOST, "User-Agent": TOOL})
        kept.append((answer := line.getresponse()).status)
        answer.read()
    line.close()
    assert kept == [200] * 4 + [429] * 2


def test_an_ipv6_client_is_its_64(serve, origin):
    gateway = serve(*PROXY, origin=origin[0])

    def at(address):
        return statuses(gateway, 1, source="127.0.0.9", x_forwarded_for=address)[0]

    assert [at(f"2001:db8:1:2::{n:x}") for n in range(1, 7)] == [200] * 4 + [429] * 2
    assert at("2001:db8:1:3::1") == 200
    assert at("::ffff:203.0.113.7") == at("203.0.113.7") == 200


def test_a_licensee_and_an_agent_wherever_they_come_from(serve, origin):
    port, seen = origin
    gateway = serve(origin=port)
    held = [gateway.ask("/a", "GPTBot/1.3", source="127.0.0.2") for _ in range(4)]
    assert [one.status for one in held] == [200] * 3 + [429]
    assert held[0]["ratelimit"] == '"license.contoh-2026";r=2;t=1200'
    assert held[0]["cache-control"] == "private, no-store"
    entry = gateway.decision(held[-1])
    assert (entry["rule"], entry["license"], entry["grants"]) == ("license.contoh-2026", "contoh-2026", [])
    assert (entry["audience"], entry["durability"]) == ("ai", "durable")
    assert statuses(gateway, 1, user_agent="GPTBot/1.3") == [403], "the ban costs no one a rate"
    google = [gateway.ask("/arsip/1", "Googlebot/2.1", source=f"127.0.0.{n}").status for n in range(20, 25)]
    assert google == [200] * 3 + [429] * 2
    assert gateway.ask("/", "Googlebot/2.1").status == 200
    assert seen["/arsip/1"] == 3


def test_what_a_shared_cache_may_store_says_nothing_of_one_client(serve, origin):
    gateway = serve(origin=origin[0])
    answer = gateway.ask("/umum/1", TOOL)
    assert answer["cache-control"] == "public, max-age=60"
    assert (answer["ratelimit"], answer["izin-decision"]) == ("", "")


def test_observe_lets_pass_and_records(serve, origin):
    port, seen = origin
    gateway = serve("--mode", "observe", origin=port)
    answers = [gateway.ask("/a", TOOL) for _ in range(6)]
    assert [one.status for one in answers] == [200] * 6
    assert seen["/a"] == 6
    entry = gateway.decision(answers[-1])
    assert (entry["verdict"], entry["status"], entry["enforced"]) == ("deny", 429, False)
    assert (entry["rule"], entry["reasons"][-1]) == ("lambat", "observed-only")


def test_a_restart_gives_no_fresh_burst_and_a_reload_neither(serve, origin, tmp_path, policy):
    with rig.serving(tmp_path, policy, origin[0]) as gateway:
        journal = gateway.journal
        assert statuses(gateway, 5)[-1] == 429
        rig.write_policy(
            policy, rules=RULES + "  - {id: baru, who: {purpose: seo}, where: [/b/], verdict: deny}\n"
        )
        gateway.reread(2)
        assert statuses(gateway, 1) == [429]
        assert statuses(gateway, 3, source="127.0.0.6") == [200] * 3
    assert b"127.0.0" not in (journal / "rates").read_bytes()
    with rig.serving(tmp_path, policy, origin[0], journal=journal) as gateway:
        assert statuses(gateway, 1) == [429]
        assert statuses(gateway, 2, source="127.0.0.6") == [200, 429]
        kept = (journal / "rates").stat().st_mtime_ns
        assert statuses(gateway, 5, source="127.0.0.7")[-1] == 429
        until(lambda: (journal / "rates").stat().st_mtime_ns != kept, 10, "it is kept meanwhile")
        gateway.program.process.kill()
        gateway.program.wait()
    with rig.serving(tmp_path, policy, origin[0], journal=journal) as gateway:
        assert statuses(gateway, 1, source="127.0.0.7") == [429]


def test_the_journal_replays_exactly_and_another_policy_is_counted_anew(serve, origin, tmp_path, policy):
    gateway = serve(origin=origin[0])
    statuses(gateway, 6)
    statuses(gateway, 2, user_agent=READER)
    until(lambda: len(gateway.entries("outcome")) == 8, 10)
    same = json.loads(rig.izin("replay", str(policy), str(gateway.journal), "--json"))
    assert (same["requests"], same["unreplayable"], same["changed"]) == (8, 0, 0)
    assert [row["rule"] for row in same["refused"]] == ["lambat"]
    loose = rig.write_policy(tmp_path / "lain", rules=RULES.replace("burst: 4", "burst: 5"))
    found = json.loads(
        rig.izin("replay", str(policy), str(gateway.journal), "--json", "--against", str(loose))
    )
    assert found["changes"] == [
        {"before": "deny", "after": "allow", "agent": "curl", "operator": "open source", "requests": 1}
    ]
