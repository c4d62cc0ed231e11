"""What is asked of the stand-alone gateway and of every example in deploy/, and the policy under which it is."""

import base64
import json
import socket
import time
from dataclasses import dataclass
from http.client import parse_headers
from pathlib import Path

from gateway.agents.delivery import CLIENT_FIELDS
from tests.journals import TRACEPARENT
from tests.live import rig
from tests.live.rig import HOST, Answer
from tests.signatures.signing import Signer

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
#: Hosts of the same site where the policy is another, and where nothing is reserved.
OPEN_HOST = "arsip.antara.example"
FREE_HOST = "bebas.antara.example"
SIGNER = Signer()
#: When signatures are made.
_NOW = time.time()


@dataclass(frozen=True)
class Asked:
    """A request of the suite, and what must come of it. ``signed`` are the components that a signature covers, of a request
    for ``signed_for`` or for what is asked."""

    name: str
    status: int
    target: str = "/berita/4101"
    agent: str | None = BROWSER
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    host: str = HOST
    signed: tuple[str, ...] = ()
    signed_for: str = ""

    def of(self, port: int, token: str) -> Answer:
        """What is answered at a port; ``token`` is a license token."""
        if self.status == 101:
            return _upgraded(port, self)
        fields = {name: value.replace("TOKEN", token) for name, value in self.fields}
        if self.signed:
            url = f"http://{self.host}{self.signed_for or self.target}"
            headers = SIGNER.sign(url, '"https://penanda.example"', self.signed, method=self.method, now=_NOW)
            fields |= {name.lower().replace("-", "_"): value for name, value in headers.items()}
        return rig.ask(
            port, self.target, self.agent, method=self.method, body=self.body, host=self.host, **fields
        )


#: A request that goes by HTTP/2 too, with its cookies apart.
COOKIES = "a reader with cookies"
COVERED = ("@method", "@authority", "@scheme", "@path", "@query", "@target-uri", "signature-agent")
SUITE = (
    Asked("a reader", 200),
    Asked("a reader with a query", 200, "/berita/4101?utm_source=a%20b&x=1"),
    Asked("a reader with a long address", 200, "/berita/4101?ke=" + "a" * 3000),
    Asked("an encoded path", 200, "/berita/a%2Fb%20c//d;e=1"),
    Asked("a reader's HEAD", 200, method="HEAD"),
    Asked("a reader's POST", 200, "/komentar", method="POST", body=b"isi=halo"),
    Asked(COOKIES, 200, fields=(("cookie", "a=1; b=2"), ("accept", "*/*"))),
    Asked("a reader who gives a name", 200, fields=(("authorization", "Basic cmVkYWtzaTpr"),)),
    Asked("a reader's websocket", 101, "/langsung"),
    Asked("GPTBot's websocket", 403, "/langsung", agent="GPTBot/1.3", fields=(
        ("connection", "Upgrade"), ("upgrade", "websocket"), ("sec_websocket_version", "13"), ("sec_websocket_key", "dGhlIHNhbXBsZSBub25jZQ=="))),
    Asked("who says nothing of himself", 200, agent=None),
    Asked("GPTBot", 403, agent="GPTBot/1.3"),
    Asked("GPTBot's HEAD", 403, agent="GPTBot/1.3", method="HEAD"),
    Asked("GPTBot's POST", 403, agent="GPTBot/1.3", method="POST", body=b"x" * 5000),
    Asked("GPTBot in a browser", 403, agent="GPTBot/1.3", fields=(("accept", "text/html"),)),
    Asked("GPTBot with a trace", 403, agent="GPTBot/1.3", fields=(("traceparent", TRACEPARENT), ("tracestate", "a=1"))),
    Asked("a reader with a trace", 200, fields=(("traceparent", TRACEPARENT), ("tracestate", "a=1"))),
    Asked("GPTBot with a query", 403, "/berita/4101?a=1&b=%2F", agent="GPTBot/1.3"),
    Asked("GPTBot where it is welcome", 200, agent="GPTBot/1.3", host=OPEN_HOST),
    Asked("a reader there", 200, host=OPEN_HOST),
    Asked("another who is not welcome there", 403, agent="PerplexityBot/1.0", host=OPEN_HOST),
    Asked("a host that no policy names", 421, host="lain.example"),
    Asked("an address that cannot be read", 400, "/berita/4101?a=%zz"),
    Asked("who may buy permission", 402, "/arsip/1961", agent="CCBot/2.0"),
    Asked("a search engine", 200, agent="Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    Asked("a script for a full-size photo", 403, "/unduhan/1.jpg", agent="curl/8.5.0"),
    Asked("robots.txt", 200, "/robots.txt"),
    Asked("robots.txt that did not change", 304, "/robots.txt", fields=(("if_none_match", "*"),)),
    Asked("the license", 200, "/license.xml", agent="GPTBot/1.3"),
    Asked("ads.txt", 200, "/ads.txt", agent="GPTBot/1.3"),
    Asked("a page closed by a court", 451, "/ditutup/1"),
    Asked("a search engine again", 200, agent="bingbot/2.0"),
    Asked("a search engine and a page for every cache", 200, "/bersama/1", agent="bingbot/2.0"),
    Asked("a search engine too often", 429, agent="bingbot/2.0"),
    Asked("a licensee", 200, agent="GPTBot/1.3", fields=(("authorization", "License TOKEN"),)),
    Asked("a licensee elsewhere", 403, "/unduhan/1.jpg", agent="GPTBot/1.3", fields=(("authorization", "License TOKEN"),)),
    Asked("a licensee's part of a page for every cache", 200, "/berita/bersama/1", agent="GPTBot/1.3",
        fields=(("authorization", "license TOKEN"),)),
    Asked("a false token", 401, agent="GPTBot/1.3", fields=(("authorization", "License abc.def.ghi"),)),
    Asked("who signs", 200, "/berita/a%2Fb?x=1&y=%2f", agent="CCBot/2.0", signed=COVERED),
    Asked("who signs a HEAD", 200, agent="CCBot/2.0", method="HEAD", signed=COVERED),
    Asked("who signs a POST", 200, agent="CCBot/2.0", method="POST", body=b"cari=a", signed=COVERED),
    Asked("who signed another page", 403, "/berita/2", agent="CCBot/2.0", signed=COVERED, signed_for="/berita/1"),
    Asked("who signs for a host without a license", 403, "/foto/1", agent="CCBot/2.0", signed=COVERED),
    Asked("who names another target", 403, agent="GPTBot/1.3", fields=(
        ("x_original_uri", "/robots.txt"), ("x_forwarded_uri", "/robots.txt"), ("x_original_url", "/robots.txt"),
        ("x_forwarded_method", "OPTIONS"), ("x_original_method", "OPTIONS"),
        ("izin_status", "101"), ("izin_says_cache_control", "public"))),
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
    Asked("a page for a cache of the site's", 200, "/cdn/1", agent=None),
    Asked("a site that speaks as Izin", 200, "/palsu/1", agent=None),
    Asked("a site that is stricter", 200, "/ketat/1", agent=None),
    Asked("a site that is stricter with a reader", 200, "/ketat/1"),
    Asked("a site that reserves what the policy does not", 200, "/ketat/1", host=FREE_HOST),
    Asked("a site that does not either", 200, "/longgar/1", host=FREE_HOST),
    Asked("a site that is laxer", 200, "/longgar/1", agent=None),
    Asked("a site that is laxer with a reader", 200, "/longgar/1"),
)  # fmt: skip
_TOKEN_REQUEST = (("authorization", "Basic " + base64.b64encode(b"contoh-2026:bukan").decode()),
    ("content_type", "application/x-www-form-urlencoded"))  # fmt: skip
#: Asked once the site runs a token endpoint.
LATER = (
    Asked("who may fetch permission", 401, "/arsip/1961", agent="CCBot/2.0"),
    Asked("who fetches a token", 401, "/_izin/olp/token", agent=None, method="POST", body=b"grant_type=client_credentials",
        fields=_TOKEN_REQUEST),
)  # fmt: skip
RULES = """\
rules:
  - {id: arsip, who: {agent: CCBot}, where: [/arsip/], verdict: license, because: {id: Ada lisensi, en: Licensed}}
  - {id: pelan, who: {agent: bingbot}, where: ["/"], verdict: allow, rate: {limit: 1/hour, burst: 3, by: agent}}
  - {id: unduhan, who: tools, where: [/unduhan/], verdict: deny, because: {id: Bukan untuk skrip, en: No scripts}}
  - id: perintah
    who: everyone
    where: [/ditutup/]
    verdict: deny
    legal-order: {by: Pengadilan Contoh, date: 2026-01-05, number: 1/2026}
    because: {id: Ditutup oleh pengadilan, en: Closed by a court}
"""
LICENSE = """\
license: {id}
licensee: PT Contoh AI
contract: {{number: KK/2026/014, signed: 2026-01-05}}
agents: [{agent}]
proof: {proof}
uses: [ai-train]
on: [/berita/]
from: 2026-01-05
until: 2040-01-04
"""
HOSTS = f"{{{HOST}: {{}}, {OPEN_HOST}: {{uses: {{ai-train: allow}}}}, {FREE_HOST}: {{uses: {{ai-all: allow, ai-train: allow, ai-input: allow, ai-index: allow}}}}}}"


def write_policy(folder: Path) -> Path:
    """The policy of the suite."""
    rig.write_policy(folder, rules=RULES, hosts=HOSTS)
    (folder / "licenses").mkdir()
    signed = f"{{web-bot-auth: {{keys: [{json.dumps(SIGNER.jwk)}]}}}}"
    for id, agent, proof in (("contoh-2026", "GPTBot", "{token: true}"), ("kunci", "CCBot", signed)):
        (folder / f"licenses/{id}.yaml").write_text(LICENSE.format(id=id, agent=agent, proof=proof))
    return folder


def run_token_endpoint(folder: Path) -> None:
    """The same policy, and a token endpoint."""
    rig.write_policy(folder, rules=RULES, hosts=HOSTS, more="tokens: {endpoint: yes}")


def _upgraded(port: int, asked: Asked) -> Answer:
    """Change to another protocol, in which a word comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line, line.makefile("rb") as answer:
        line.sendall(
            f"GET {asked.target} HTTP/1.1\r\nHost: {asked.host}\r\nUser-Agent: {asked.agent}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        status = int(answer.readline().split()[1])
        fields = parse_headers(answer)
        line.sendall(b"halo")
        body = answer.read(4) if status == 101 else b""
    return Answer(status, tuple((name.lower(), value) for name, value in fields.items()), body)
