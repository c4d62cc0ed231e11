"""Proxies beside us ask at a door of their own: what they are told, and that no client can ask in their place."""

import socket
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.proxy.ids import number_of
from tests.engines import until
from tests.live.rig import HOST, ask, raw, serving, write_policy

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


class Door:
    """The listener for questions of a running gateway, asked as nginx asks unless told otherwise."""

    def __init__(self, gateway):
        self.gateway = gateway
        said = until(lambda: gateway.said("answering proxies"), 10, "questions are answered")
        self.port = int(said[0]["check"].rpartition(":")[2])

    def nginx(self, user_agent, target="/", method="GET", peer="203.0.113.9", path="/_izin/check", **fields):
        named = {"x_original_method": method, "x_original_uri": target, "x_forwarded_for": peer}
        return ask(
            self.port,
            path,
            user_agent,
            **{**named, **{name: value for name, value in fields.items() if value}},
        )

    def caddy(self, user_agent, target="/", method="GET", peer="203.0.113.9", **fields):
        named = {"x_forwarded_method": method, "x_forwarded_uri": target, "x_forwarded_host": HOST}
        path = fields.pop("path", "/_izin/check/forwarded")
        return ask(self.port, path, user_agent, **{"x_forwarded_for": peer, **named, **fields})

    def envoy(self, user_agent, target="/", method="GET", peer="203.0.113.9", **fields):
        return ask(
            self.port, "/_izin/check/path" + target, user_agent, method=method, x_forwarded_for=peer, **fields
        )

    def entry(self, answer):
        return self.gateway.decision(answer)

    def outcome(self, answer):
        """How the decision that an answer names ended, once that is recorded."""
        of = answer["izin-decision"]
        return until(lambda: [one for one in self.gateway.entries("outcome") if one["of"] == of], 10)[0]


@pytest.fixture(scope="module")
def door(tmp_path_factory, stub):
    folder = tmp_path_factory.mktemp("check")
    rates = """\
rules:
  - {id: pelan, who: {agent: Googlebot}, where: ["/"], verdict: allow, rate: {limit: 1/hour, burst: 1, by: address}}
  - {id: berbayar, who: {agent: CCBot}, where: ["/arsip/"], verdict: license, because: {id: Ada lisensi, en: Licensed}}
  - {id: tutup, who: people, where: ["/tutup/"], verdict: deny, because: {id: Ditutup, en: Closed}}
"""
    policy = write_policy(folder / "policy", rules=rates)
    with serving(folder, policy, stub, "--check", "127.0.0.1:0") as gateway:
        yield Door(gateway)


def test_nginx_is_told_yes_or_no_and_fetches_the_answer(door):
    yes = door.nginx(BROWSER, "/berita/a%2Fb?x=1")
    assert (yes.status, yes.body) == (204, b"")
    assert yes["content-usage"]
    assert 'rel="license"' in yes["link"]
    entry = door.entry(yes)
    assert (entry["verdict"], entry["request"]["target"]) == ("allow", "/berita/a%2Fb")
    assert entry["client"]["network"] == "203.0.113.0/24"

    no = door.nginx("GPTBot/1.3", "/berita/", method="HEAD")
    assert (no.status, no.body) == (403, b"")
    answer = ask(door.port, f"/_izin/refusal/{no['izin-decision']}?a=b")
    assert answer.status == 403
    assert answer["izin-decision"] == no["izin-decision"]
    assert answer["content-type"] == "application/problem+json"
    assert b"uses.ai-train" in answer.body
    assert door.entry(no)["request"]["method"] == "HEAD"
    outcome = door.outcome(no)
    assert (outcome["status"], outcome["bytes"], outcome["end"]) == (403, 0, "complete")
    again = ask(door.port, f"/_izin/refusal/{no['izin-decision']}")
    assert again.body == answer.body, "a proxy that lost it may ask again"
    assert len([one for one in door.gateway.entries("outcome") if one["of"] == no["izin-decision"]]) == 1


def test_every_status_of_a_refusal_arrives(door):
    limited = [door.nginx("Googlebot/2.1 (+http://www.google.com/bot.html)") for _ in range(2)]
    assert [one.status for one in limited] == [204, 403]
    assert limited[0]["ratelimit"]
    answer = ask(door.port, f"/_izin/refusal/{limited[1]['izin-decision']}")
    assert (answer.status, answer["retry-after"] != "") == (429, True)
    for asked in (door.caddy, door.envoy):
        priced = asked("CCBot/2.0", "/arsip/1990")
        assert priced.status == 402
        assert priced["www-authenticate"].startswith("License")
        assert priced["cache-control"] == "no-store"
        assert door.entry(priced)["rule"] == "berbayar"
        assert door.outcome(priced)["status"] == 402
        yes = asked(BROWSER, "/berita/")
        assert (yes.status, yes.body) == (200, b"")
        assert door.outcome(yes)["end"] == "unknown", "nobody reads the proxy's log"


def test_a_document_of_ours_is_fetched_and_never_a_yes(door):
    robots = door.nginx(BROWSER, "/robots.txt")
    assert robots.status == 403
    answer = ask(door.port, f"/_izin/refusal/{robots['izin-decision']}")
    assert (answer.status, answer["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.body == door.gateway.ask("/robots.txt").body
    for asked in (door.caddy, door.envoy):
        assert asked(BROWSER, "/robots.txt").status == 404


def test_no_client_chooses_what_is_judged(door):
    def refused(answer):
        return answer.status >= 400 and door.entry(answer)["verdict"] != "allow"

    # What another way reads, or what is added by a client, changes nothing.
    for spoof in (
        {"x_forwarded_uri": "/tutup/"},
        {"x_rewrite_url": "/tutup/"},
        {"forwarded": "for=192.0.2.1"},
    ):
        assert door.nginx(BROWSER, "/berita/", **spoof).status == 204
    assert door.caddy(BROWSER, "/berita/", x_original_uri="/tutup/", x_original_method="POST").status == 200
    assert door.envoy(BROWSER, "/berita/", x_original_uri="/tutup/", x_forwarded_uri="/tutup/").status == 200
    assert door.caddy(BROWSER, "/berita/", path="/_izin/check/forwarded?x=/tutup/").status == 200
    for asked in (door.nginx, door.caddy, door.envoy):
        assert refused(asked(BROWSER, "/tutup/x"))
        assert refused(asked("GPTBot/1.3", "/berita/%2e%2e/tutup/"))
        for target in ("/a%zz", "/a#b", "/" + "a" * 17_000):
            assert refused(asked(BROWSER, target))
    # A field that stands there twice, or not at all, names nothing.
    twice = (
        f"GET /_izin/check HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {BROWSER}\r\nX-Original-Method: GET\r\n"
        "X-Original-URI: /berita/\r\n{}X-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n"
    )
    assert raw(door.port, twice.format("").encode()).startswith(b"HTTP/1.1 204")
    assert raw(door.port, twice.format("X-Original-URI: /tutup/\r\n").encode()).startswith(b"HTTP/1.1 403")
    assert raw(door.port, twice.format("X-A: \x01\r\n").encode()).startswith(b"HTTP/1.1 403")
    assert ask(door.port, "/_izin/check", BROWSER).status == 403
    assert ask(door.port, "/_izin/check/forwarded", BROWSER).status == 400
    assert ask(door.port, "/", BROWSER).status == 404


def test_who_the_client_is(door):
    def client(asked, **how):
        return door.entry(asked("GPTBot/1.3", **how))["client"]["address"]

    assert client(door.nginx, peer="198.51.100.7") == "198.51.100.7"
    assert client(door.nginx, peer="2001:db8::7") == "2001:db8::7"
    assert client(door.envoy, peer="192.0.2.1, 198.51.100.7") == "198.51.100.7", (
        "the last is what the proxy saw"
    )


def test_nothing_is_fetched_that_was_not_decided(door):
    for id in ("", "x", "01M8Q8Z6N2ZZZZZZZZZZZZZZZZ", "../../_izin/check", "%2e%2e"):
        answer = ask(door.port, f"/_izin/refusal/{id}")
        assert answer.status == 403
        assert "izin-decision" not in dict(answer.fields)


def test_the_front_door_answers_no_questions(door):
    gateway = door.gateway
    fields = {"x_original_method": "GET", "x_original_uri": "/", "x_forwarded_for": "192.0.2.1"}
    for path in ("/_izin/check", "/_izin/check/forwarded", "/_izin/refusal/01M8Q8Z6N2ZZZZZZZZZZZZZZZZ"):
        answer = gateway.ask(path, "GPTBot/1.3", **fields)
        assert answer.status == 403
        assert gateway.decision(answer)["request"]["target"] == path


def test_a_body_is_read_over(door):
    line = socket.create_connection(("127.0.0.1", door.port), timeout=10)
    with line:
        question = (
            f"POST /_izin/check/path/berita/ HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {BROWSER}\r\n"
            "X-Forwarded-For: 203.0.113.9\r\nContent-Length: 5\r\n\r\nhello"
        )
        for _ in range(2):
            line.sendall(question.encode())
            assert line.recv(65_536).startswith(b"HTTP/1.1 200")


def test_any_of_several_workers_is_asked_and_any_gives_what_is_fetched(tmp_path, stub):
    policy, log = write_policy(tmp_path / "policy"), tmp_path / "access.json"
    log.touch()
    flags = ("--workers", "2", "--check", "127.0.0.1:0", "--access-log", str(log))
    with serving(tmp_path, policy, stub, *flags) as gateway:
        door = Door(gateway)

        def asked(agent):
            """Decisions of both workers: the ids of so many answers."""
            found = [door.nginx(agent)["izin-decision"] for _ in range(12)]
            until(lambda: found.append(door.nginx(agent)["izin-decision"]) or _workers(found) == {0, 1}, 20)
            return found

        refused, passed = asked("GPTBot/1.3"), asked(BROWSER)
        with ThreadPoolExecutor(4) as pool:
            fetched = [*pool.map(lambda id: ask(door.port, f"/_izin/refusal/{id}"), refused * 3)]
        assert [one["izin-decision"] for one in fetched] == refused * 3
        assert gateway.metric("izin_passed_on_open") == len(passed)
        assert not gateway.warned("access-log")
        log.write_text(
            "".join(f'{{"decision":"{id}","status":200,"octets":7,"end":"OK"}}\n' for id in passed + refused)
        )
        until(lambda: gateway.metric("izin_passed_on_open") == 0, 15)
        until(lambda: len(gateway.entries("outcome")) == len(refused) + len(passed), 15)
        ends = {one["of"]: (one["status"], one["end"]) for one in gateway.entries("outcome")}
        assert {ends[id] for id in passed} == {(200, "complete")}
        assert {ends[id] for id in refused} == {(403, "complete")}

        # A head that follows on the same connection waits for the answer that another worker gives.
        octets = b"".join(
            b"GET /_izin/refusal/%b HTTP/1.1\r\nHost: a\r\n%b\r\n"
            % (id.encode(), b"Connection: close\r\n" if id == refused[-1] else b"")
            for id in refused
        )
        assert raw(door.port, octets).count(b"HTTP/1.1 403") == len(refused)
        gone = refused[0][:10] + ("00" if number_of(refused[0]) else "01") + refused[0][12:]
        assert ask(door.port, f"/_izin/refusal/{gone}")["izin-decision"] == "", "that worker never decided it"


def _workers(ids):
    return {number_of(id) for id in ids}


def test_a_unix_socket_is_for_its_group_and_outlives_nobody(tmp_path, stub):
    policy, path = write_policy(tmp_path / "policy"), tmp_path / "check.sock"
    leftover = socket.socket(socket.AF_UNIX)
    leftover.bind(str(path))
    leftover.close()
    with serving(tmp_path, policy, stub, "--check", str(path)) as gateway:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(path))
            line.sendall(b"GET /_izin/refusal/x HTTP/1.1\r\nHost: izin\r\n\r\n")
            assert line.recv(65_536).startswith(b"HTTP/1.1 403")
        assert gateway.program.stop() == 0
    assert not path.exists()
