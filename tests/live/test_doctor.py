"""`izin doctor` on the wire: a real gateway in front of the stub site is clean, and every real fault is named."""

import json
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.told.doctor.tour import MOST_REQUESTS
from tests.engines import need
from tests.live import rig
from tests.live.cdn import Asked, Reply, cdn

BARE = rig.HOST.removeprefix("www.")
MANAGED = b"# BEGIN Cloudflare Managed content\n\nUser-agent: *\nContent-Signal: search=yes,ai-train=no\nAllow: /\n\n"


def doctor(port: int | str, policy: Path, *words: object) -> Result:
    url = port if isinstance(port, str) else f"http://127.0.0.1:{port}"
    argv = ["doctor", url, "--policy", str(policy), *map(str, words)]
    return CliRunner().invoke(main, argv, catch_exceptions=False)


def differing(port: int | str, policy: Path, *words: object) -> dict[str, list[str]]:
    """What differs by check, in English; the exit code goes with it."""
    result = doctor(port, policy, "--json", *words)
    found = json.loads(result.stdout)
    wrong: dict[str, list[str]] = {}
    for one in found:
        if one["outcome"] == "differs":
            wrong.setdefault(one["check"], []).append(one["seen"]["en"])
    assert result.exit_code == (1 if wrong else 0), result.stdout
    return wrong


def article(asked: Asked) -> bool:
    return asked.path.startswith("/berita/")


def test_a_gateway_in_front_of_the_stub_site_is_clean(antara):
    result = doctor(antara.port, antara.policy)
    assert result.exit_code == 0, result.stdout
    said = " ".join(result.stdout.split())
    assert "persis seperti dinyatakan" in said
    assert "GPTBot: ditolak 403 (uses.ai-train)" in said
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "berbeda: 0," in said
    assert "differing: 0," in doctor(antara.port, antara.policy, "--lang", "en").stdout
    told = json.loads(
        doctor(antara.port, antara.policy, "--json", "--admin", f"127.0.0.1:{antara.admin}").stdout
    )
    warned = antara.ready()[1]["warnings"]  # on a busy machine, of a slow disk
    assert [one["outcome"] for one in told if one["check"] == "gateway"] == (
        ["unclear"] * len(warned) or ["ok"]
    )
    photo, english = (
        "/foto/5201/pasar-terapung-sungai-arum-sebelum-fajar",
        "/en/7301/floating-library-begins-weekly-rounds",
    )
    assert differing(antara.port, antara.policy, "--article", photo, "--article", english) == {}
    assert differing(antara.port, antara.policy, "--article", "/berita/0/none") == {
        "clients": ["answered 404"]
    }
    asked = [
        one for one in antara.entries("decision") if "izin-doctor/" in (one["request"]["user_agent"] or "")
    ]
    assert asked, "the journal knows who asked"


def test_it_finds_an_article_and_asks_gently(antara):
    with cdn(antara.port) as edge:
        assert differing(edge.port, antara.policy) == {}
        assert len(edge.asked) <= MOST_REQUESTS
        assert {one.host for one in edge.asked} == {rig.HOST}
        assert sum(article(one) for one in edge.asked) == 8
        assert all("izin-doctor/" in one.agent for one in edge.asked)


def test_an_origin_that_stays_open_is_named(antara, stub):
    found = differing(antara.port, antara.policy, "--origin-address", f"127.0.0.1:{stub}")
    assert found == {"origin": ["the origin serves GPTBot directly (200)"]}
    # The gateway itself is no origin, and nobody at home is as it should be.
    assert differing(antara.port, antara.policy, "--origin-address", f"127.0.0.1:{antara.port}") == {}
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert differing(antara.port, antara.policy, "--origin-address", f"127.0.0.1:{port}") == {}


def managed(asked: Asked, reply: Reply) -> Reply:
    return replace(reply, body=MANAGED + reply.body) if asked.path == "/robots.txt" else reply


def bare_fields(asked: Asked, reply: Reply) -> Reply:
    dropped = ("link", "content-usage", "tdm-reservation", "tdm-policy", "x-robots-tag")
    return reply.without(*dropped) if article(asked) and reply.status == 200 else reply


def own_license(asked: Asked, reply: Reply) -> Reply:
    if not article(asked):
        return reply
    return reply.having("Link", '<https://creativecommons.org/licenses/by/4.0/>; rel="license"')


def unnoticed(asked: Asked, reply: Reply) -> Reply:
    if not article(asked) or reply.status != 200:
        return reply
    return replace(reply, body=re.sub(rb'<aside class="notice".*?</aside>', b"", reply.body, flags=re.DOTALL))


def blocked_elsewhere(asked: Asked, reply: Reply) -> Reply:
    if reply.status != 403:
        return reply
    return Reply(403, (("Content-Type", "text/html"),), b"<h1>Sorry, you have been blocked</h1>")


@pytest.mark.parametrize(
    ("change", "keeps", "checks", "words"),
    [
        (managed, (), {"documents"}, "Cloudflare puts its managed block"),
        (bare_fields, (), {"fields"}, "without `tdm-reservation`"),
        (own_license, (), {"fields"}, "creativecommons.org"),
        (unnoticed, (), {"notice"}, "the notice is not in the HTML"),
        (blocked_elsewhere, (), {"clients"}, "answered 403, but not by Izin"),
        (None, (200,), {"clients", "copies", "decisions"}, "a copy that a cache had kept (Age: 3)"),
        (None, (403,), {"clients", "kept-refusals", "decisions"}, "after GPTBot, a reader is answered 403"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_what_a_cdn_does_is_named(antara, change, keeps, checks, words):
    with cdn(antara.port, change, keeps) as edge:
        found = differing(edge.port, antara.policy)
    assert found.keys() == checks
    assert words in str(found)


def test_another_name_that_goes_round_is_named(serve, policy, stub):
    rig.write_policy(policy, hosts=f"[{rig.HOST}, {BARE}]")
    gateway = serve()

    def round_it(asked: Asked, reply: Reply) -> Reply:
        if asked.host != BARE:
            return reply
        return Reply(200, (("Content-Type", "text/html"),), rig.ask(stub, asked.path).body)

    with cdn(gateway.port, round_it) as edge:
        found = differing(edge.port, policy)
    assert found["other-name"][0] == "answered 200"
    assert found.keys() == {"other-name", "notice"}, "the stub's articles bear another publisher's notice"
    assert differing(gateway.port, policy).keys() == {"notice"}


NGINX = """
    location / {{
        proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $host;
        proxy_cache edge; proxy_cache_key $uri; proxy_cache_valid 200 403 1m; proxy_ignore_headers Cache-Control Vary;
        {more}
    }}
"""
ZONE = "proxy_cache_path edge keys_zone=edge:1m;"
PAST = "proxy_cache_bypass $robot; proxy_no_cache $robot;"
MAP = 'map $http_user_agent $robot { default 0; "~*bot|GPT" 1; }'


def test_a_real_nginx_that_keeps_what_it_should_not(antara, nginx):
    edge = nginx(
        NGINX.format(port=antara.port, more="add_header X-Cache-Status $upstream_cache_status;"), ZONE
    )
    found = differing(edge.port, antara.policy)
    assert found.keys() >= {"clients", "copies", "decisions"}
    assert "X-Cache-Status: HIT" in str(found["copies"])
    silent = nginx(NGINX.format(port=antara.port, more=""), ZONE)
    assert differing(silent.port, antara.policy).keys() >= {"clients", "copies", "decisions"}, (
        "by the decision's id"
    )


def test_a_real_nginx_that_sends_crawlers_past_its_cache(antara, nginx):
    """A page with leave to be stored may be kept for readers: the stub's own has none, so its decision id is told twice."""
    edge = nginx(NGINX.format(port=antara.port, more=PAST), ZONE + MAP)
    assert differing(edge.port, antara.policy).keys() == {"decisions"}
    careful = nginx(
        NGINX.format(port=antara.port, more=PAST + "proxy_hide_header Izin-Decision;"), ZONE + MAP
    )
    assert differing(careful.port, antara.policy).keys() == {"decisions", "refusals"}


def test_pages_with_leave_to_be_kept_are_kept_for_readers_alone(antara, serve, stub, nginx):
    """What the guides ask for: a shared cache that keeps what the origin says it may, and lets crawlers past."""

    def may_be_kept(asked: Asked, reply: Reply) -> Reply:
        return reply.without("cache-control").having("Cache-Control", "public, s-maxage=60")

    with cdn(stub, may_be_kept) as origin:
        gateway = serve(origin=origin.port, policy=antara.policy)
        heed = NGINX.replace("proxy_ignore_headers Cache-Control Vary;", "").replace("200 403 1m", "200 1m")
        edge = nginx(heed.format(port=gateway.port, more=PAST), ZONE + MAP)
        assert differing(edge.port, antara.policy) == {}
        before = len(origin.asked)
        assert rig.ask(edge.port, "/", accept_encoding="gzip, deflate").status == 200
        assert len(origin.asked) == before, "the page was kept"


@contextmanager
def saying(*pieces: bytes, endless: bytes = b"") -> Iterator[int]:
    """A server that says the same whatever it is asked, and if wished goes on for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def talk(line: socket.socket) -> None:
        with line:
            try:
                line.settimeout(5)
                line.recv(65_536)
                for piece in pieces:
                    line.sendall(piece)
                while endless and not stop.is_set():
                    line.sendall(endless)
            except OSError:
                pass

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(line,), daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        stop.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


OK = b"HTTP/1.1 200 OK\r\n"
BOMB = bytes.fromhex("1f8b0800000000000203")


@pytest.mark.parametrize(
    ("pieces", "endless", "words"),
    [
        ([OK + b"Content-Type: text/html\r\n\r\n"], b"x" * 65_536, "differs"),
        ([OK], b"X: " + b"y" * 8_000 + b"\r\n", "no whole HTTP"),
        ([OK + b"X: "], b"y" * 65_536, "no whole HTTP"),
        ([OK + b"X-A: 1\r\n" * 5000 + b"\r\n"], b"", "no whole HTTP"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], b"", "no whole HTTP"),
        ([], b"", "no whole HTTP"),
        ([OK + b"Content-Length: 100\r\n\r\nshort"], b"", "no whole HTTP"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], b"", "no whole HTTP"),
        ([b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"], b"", "circles"),
        ([b"HTTP/1.1 302 Found\r\nLocation: \x1b]0;owned\x07\r\nContent-Length: 0\r\n\r\n"], b"", "differs"),
        ([OK + b"Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n" + BOMB], b"", "differs"),
        ([OK + "X-Robots-Tag: \u202egnp\x9b31m".encode() + b"\r\nContent-Length: 0\r\n\r\n"], b"", "differs"),
        ([OK + b"Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"], b"", "differs"),
    ],
    ids=range(13),
)
def test_a_hostile_site_gets_clear_lines(antara, pieces, endless, words):
    with saying(*pieces, endless=endless) as port:
        result = doctor(port, antara.policy, "--lang", "en", "--timeout", "2")
    assert result.exit_code == 1, result.stdout
    assert words in " ".join(result.stdout.split())
    assert result.stdout.replace("\n", "").isprintable()


def test_a_site_that_never_answers_is_left_alone(antara):
    with socket.create_server(("127.0.0.1", 0)) as server:
        result = doctor(server.getsockname()[1], antara.policy, "--lang", "en", "--timeout", "0.3")
    assert result.exit_code == 1
    assert "not answered in time (0.3 s)" in " ".join(result.stdout.split())
    assert "Requests: 1." in result.stdout


@pytest.fixture(scope="module")
def tls(tmp_path_factory) -> tuple[ssl.SSLContext, Path]:
    """A certificate for the site that only its own file vouches for."""
    openssl, folder = need("openssl", "openssl"), tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key", folder / "certificate"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1"
    named = ["-subj", f"/CN={rig.HOST}", "-addext", f"subjectAltName=DNS:{rig.HOST}"]
    argv = [openssl, *words.split(), *named, "-keyout", key, "-out", certificate]
    subprocess.run(argv, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def test_a_site_is_reached_at_another_address_by_its_own_name_and_certificate(antara, tls):
    context, certificate = tls
    with cdn(antara.port, context=context) as edge:
        words = ("doctor", f"https://{rig.HOST}", "--policy", str(antara.policy), "--lang", "en")
        words += ("--connect", f"127.0.0.1:{edge.port}")
        said = rig.izin(*words, SSL_CERT_FILE=str(certificate))
        assert "differing: 0," in said
        assert f"https://{rig.HOST}/ · antara ·" in said
        assert {one.host for one in edge.asked} == {rig.HOST}
        untrusted = " ".join(rig.izin(*words, code=1).split())
    assert "the TLS connection is not valid (self-signed certificate)" in untrusted


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["https://lain.example"], "the policy does not name `lain.example`"),
        (["lain.example"], "is not the address of a site"),
        (["https://www.antara.example/berita"], "is not the address of a site"),
        (["ftp://www.antara.example"], "is not the address of a site"),
        (["http://127.0.0.1:1", "--article", "berita"], "is not the path of an article"),
        (["http://127.0.0.1:1", "--article", "//lain.example/"], "is not the path of an article"),
        (["http://127.0.0.1:1", *["--article", "/a"] * 4], "4 articles are named"),
        (["http://127.0.0.1:1", "--origin-address", "x"], "is not HOST:PORT"),
    ],
)
def test_wrong_usage(antara, words, says):
    result = CliRunner().invoke(main, ["doctor", *words, "--policy", str(antara.policy)])
    assert (result.exit_code, says in result.stderr) == (2, True), result.stderr


def test_the_policy_is_found_by_variable_or_in_this_folder(antara, monkeypatch, tmp_path):
    url = f"http://127.0.0.1:{antara.port}"
    monkeypatch.chdir(tmp_path)
    lost = CliRunner().invoke(main, ["doctor", url])
    assert (lost.exit_code, "name its folder with --policy" in lost.stderr) == (2, True)
    monkeypatch.setenv("IZIN_POLICY", str(antara.policy))
    assert CliRunner().invoke(main, ["doctor", url]).exit_code == 0
    monkeypatch.delenv("IZIN_POLICY")
    monkeypatch.chdir(antara.policy)
    assert CliRunner().invoke(main, ["doctor", url]).exit_code == 0
