"""The prefilter for nginx, put to a real nginx: whatever passes it, the gate allows."""

import http.client
import os
import re
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.agents import catalogue
from gateway.compiled import nginx
from gateway.compiled.browsers import SHAPES, shapes_for
from gateway.compiled.refused import Token, alternations, refused_tokens
from gateway.decide import decide
from gateway.decision import Question
from gateway.identify import NO_FACTS, identify
from gateway.identify.claim import Claims
from gateway.instants import instant, utc
from gateway.policy.compile import compile_policy
from gateway.request import Client, Request, fold_host, read_target
from gateway.statements import publish
from gateway.vocabulary import Kind, Reason, Verdict
from tests.deciding import LEAST, claims_of, policy_of
from tests.engines import free_port, listening, need, running
from tests.identify.test_claim import table

NOW = instant(datetime(2026, 11, 23, tzinfo=UTC))
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
RULES = b"""\
rules:
  - {id: tutup, who: people, where: [/tutup/, "/*.pdf$"], verdict: deny, because: {id: Ditutup, en: Closed}}
  - {id: terbuka, who: people, where: [/tutup/buka/], verdict: allow}
  - {id: semua, who: everyone, where: [/lelang/, "/*?cetak="], verdict: license, because: {id: Ada, en: Licensed}}
  - {id: pelan, who: people, where: [/cari], verdict: allow, rate: {limit: 2/minute, by: address}}
  - {id: nanti, who: people, where: [/nanti/], verdict: deny, because: {id: Nanti, en: Later}, from: 2027-01-01}
  - {id: mesin, who: agents, where: [/mesin/], verdict: deny, because: {id: Bukan mesin, en: No machines}}
  - id: perintah
    who: everyone
    where: [/hakim/]
    verdict: deny
    legal-order: {by: Pengadilan Contoh, number: 1/2026, date: 2026-01-05}
    because: {id: Ditutup oleh pengadilan, en: Closed by a court}
"""
OWN = b"""\
operator: Contoh
agents: [{name: Penjelajah, purpose: ai-train, match: [Firefox]}]
"""


#: A page of terms with what nginx would interpret in its address.
TERMS = b"\n  terms: https://www.antara.example/keten'tuan$host;a"


@lru_cache(maxsize=8)
def policy_named(name):
    if name != "rules":
        return policy_of({"policy": name})
    site = LEAST["site.yaml"].replace(b"\nuses", TERMS + b"\nuses")
    return compile_policy({**LEAST, "site.yaml": site, "rules.yaml": RULES}, catalogue())


POLICIES = ("rules", "antara", "jawaban", "nusantara")

CONF = """\
{user}
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include prefilter.conf;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            add_header Unasked "$izin_unasked";
            add_header Refused $izin_refused;
            add_header Stated $izin_page_link;
            return 204;
        }}
    }}
}}
"""


class Filter:
    """An nginx with the prefilter of one policy, asked on one connection."""

    def __init__(self, port):
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def passes(self, request):
        """Whether it lets a request pass unasked; also None where nginx refuses it by itself."""
        method, target, host, fields = request
        self.line.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        self.line.putheader("Host", host)
        for name, value in fields:
            self.line.putheader(name, value)
        self.line.endheaders()
        got = self.line.getresponse()
        got.read()
        self.refused, self.link = got.getheader("Refused"), got.getheader("Stated")
        return None if got.status != 204 else got.getheader("Unasked") == "prefilter"


@pytest.fixture(scope="module")
def filters(tmp_path_factory):
    """A prefilter for each policy."""
    binary = need("nginx", "nginx-light")
    found = {}
    with ExitStack() as stack:
        for name in POLICIES:
            folder, port = tmp_path_factory.mktemp(name), free_port()
            (folder / "prefilter.conf").write_text(nginx.render(policy_named(name), NOW))
            conf = folder / "nginx.conf"
            conf.write_text(CONF.format(port=port, user="user root;" if os.geteuid() == 0 else ""))
            argv = [binary, "-p", folder, "-e", "stderr", "-c", conf, "-g", "daemon off;"]
            stack.enter_context(running(argv, folder, ready=lambda _, port=port: listening(port)))
            found[name] = Filter(port)
            stack.callback(found[name].line.close)
        yield found


def verdict(policy, request):
    """What the gate says, without the world: as a door reads the request."""
    method, raw, authority, fields = request
    folded: dict[str, str] = {}
    for name, value in fields:
        folded[name.lower()] = f"{folded[name.lower()]}, {value}" if name.lower() in folded else value
    host, target = fold_host(authority), read_target(raw.encode("latin-1"))
    fault = Reason.MALFORMED_HOST if host is None else Reason.MALFORMED_TARGET if target is None else None
    asked = Request(
        method,
        "http",
        authority.lower(),
        host or "",
        target,
        Client("203.0.113.9", "203.0.113.0/24"),
        folded,
        fault,
    )
    claim = claims_of(policy).read(folded.get("user-agent"), "from" in folded)
    identity = identify(asked, claim, policy, NO_FACTS)
    found = policy.host(asked.host, near=False)
    return identity, decide(Question(asked, identity, policy, found, NOW))


def allowed(policy, request):
    """Whether a request can only be let pass, uncounted, with nothing of ours to answer."""
    identity, decision = verdict(policy, request)
    return (
        decision.verdict is Verdict.ALLOW
        and decision.document is None
        and not decision.rates
        and (identity.kind is Kind.PEOPLE)
    )


def host_of(policy):
    return policy.hosts[0].pattern.replace("*.", "x.")


#: Made of what matters: the words of rules, of shapes and of crawlers, and what servers read differently.
_PIECES = st.sampled_from(
    ["/", "berita", "tutup", "tutup/buka", "nanti", "cari", "lelang", "hakim", "a.pdf", "robots.txt", "_izin", "whoami", ".well-known",
     "%2F", "%74utup", "%2e%2e", "..", ".", ";x", "\\", "//", "?", "cetak=", "&", "%63etak=", "%zz", "~", "A", "*", "$", ":", "@", "'"]
)  # fmt: skip
TARGETS = st.lists(_PIECES, max_size=6).map(lambda pieces: "/" + "".join(pieces))
PLAIN = st.lists(
    st.sampled_from(
        ["berita", "tutup", "buka", "nanti", "cari", "lelang", "hakim", "mesin", "a.pdf", "ads.txt"]
    ),
    max_size=3,
).map(lambda words: "/" + "/".join(words))
_SAMPLES = [sample for shape in SHAPES for sample in shape.samples]
_NAMES = [
    "GPTBot/1.3",
    "compatible; ClaudeBot/1.0",
    "bot",
    " Googlebot/2.1",
    "+http://a.example",
    "SM-A515F",
    "K",
    "Bytespider",
    "",
    "curl/8",
    "like",
]
AGENTS = (
    st.sampled_from([*_SAMPLES, *(row["user-agent"] for row in table("people"))])
    | st.builds(lambda sample, name, at: sample[:at] + name + sample[at:],
                st.sampled_from(_SAMPLES), st.sampled_from(_NAMES), st.integers(0, 120))
    | st.sampled_from(_NAMES)
)  # fmt: skip
FIELDS = st.lists(
    st.sampled_from(
        [("Authorization", "License abc"), ("Authorization", "basic x"), ("Authorization", "|basic x"), ("From", "a@example.com"), ("From", "|"),
         ("From", "|Mozilla"), ("Signature", "|x|"), ("Upgrade", "websocket"), ("Signature-Input", "s=()"),
         ("Signature", "s=:AA==:"), ("Signature-Agent", '"https://chatgpt.com"'), ("Referer", "https://x.example/GPTBot"), ("Cookie", "GPTBot=1"),
         ("X-Original-URI", "/tutup/"), ("Accept", "text/html")]
    ),
    max_size=2,
    unique_by=lambda field: field[0],
)  # fmt: skip
METHODS = st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "get"])


@given(data=st.data())
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("name", ["rules", "antara"])
def test_what_passes_is_allowed(filters, name, data):
    policy = policy_named(name)
    # A reader, of whom one or two things are drawn from all that matters: near what passes is where it could pass wrongly.
    odd = data.draw(st.sets(st.sampled_from(["method", "target", "host", "fields", "agent"]), max_size=2))
    host = host_of(policy)
    hosts = [host, f"a.b.{host}", host.upper(), "127.0.0.1", "other.example", f"{host}:80"]
    agent = data.draw(AGENTS if "agent" in odd else st.sampled_from(_SAMPLES))
    fields = [*(data.draw(FIELDS) if "fields" in odd else []), *([("User-Agent", agent)] if agent else [])]
    request = (
        data.draw(METHODS) if "method" in odd else "GET",
        data.draw(TARGETS if "target" in odd else PLAIN),
        data.draw(st.sampled_from(hosts)) if "host" in odd else host,
        fields,
    )
    if filters[name].passes(request):
        assert allowed(policy, request), verdict(policy, request)


@pytest.mark.parametrize("name", POLICIES)
def test_no_crawler_passes_and_most_browsers_do(filters, name):
    """The readers-first suite, and everybody else of the tables of User-Agents and of the catalogue."""
    policy, passed = policy_named(name), 0
    readers = [row for row in table("people") if row.get("category") == "browser"]
    for row in (*table("people"), *table("welcome")):
        request = (
            "GET",
            "/berita/1",
            host_of(policy),
            [("User-Agent", row["user-agent"])] if row["user-agent"] else [],
        )
        if filters[name].passes(request):
            assert allowed(policy, request), row
            passed += row in readers
    for agent in catalogue() if name == "antara" else ():
        for token in agent.match if agent.kind is not Kind.PEOPLE else ():
            word = token.removeprefix("^").removesuffix("*")
            for said in (f"{word}/1.0", f"Mozilla/5.0 (compatible; {word}/1.0)", f"{BROWSER} {word}/1.0"):
                assert not filters[name].passes(("GET", "/", host_of(policy), [("User-Agent", said)]))
    assert passed >= 30, "modern browsers pass"


@pytest.mark.parametrize(
    "target",
    ["/tutup/x", "/tutup/buka/x", "/%74utup/x", "/a/../tutup/x", "/a/..;/tutup/x", "//tutup/x", "/tutup;x", "/a.pdf", "/a?b.pdf", "/cari?q=x", "/nanti/1",
     "/lelang/1", "/a?cetak=1", "/a?%63etak=1", "/hakim/1", "/robots.txt", "/robots.txt?x", "/license.xml", "/_izin/whoami", "/.well-known/tdmrep.json", "/a%zz"],
)  # fmt: skip
def test_what_the_policy_might_refuse_is_asked_about(filters, target):
    policy = policy_named("rules")
    assert not filters["rules"].passes(("GET", target, host_of(policy), [("User-Agent", BROWSER)]))
    assert filters["rules"].passes(("GET", "/mesin/1?halaman=2", host_of(policy), [("User-Agent", BROWSER)]))


@pytest.mark.parametrize(
    "field",
    [("From", "|"), ("From", "||"), ("From", "a@example.com"), ("Signature", "|x|"), ("Signature-Input", "s=()"), ("Signature-Agent", "|"),
     ("Client-Cert", "|"), ("Upgrade", "websocket"), ("Authorization", "License abc"), ("Authorization", "|LICENSE"), ("Authorization", "||")],
)  # fmt: skip
def test_whoever_shows_a_proof_is_asked_about(filters, field):
    """Also where what he writes would end the place that his field has in the pattern."""
    reader = ("User-Agent", BROWSER)
    assert not filters["rules"].passes(("GET", "/mesin/1", host_of(policy_named("rules")), [reader, field]))
    assert filters["rules"].passes(
        ("GET", "/", host_of(policy_named("rules")), [reader, ("Authorization", "Basic x")])
    )


def test_a_page_says_what_the_gate_would_say(filters):
    policy = policy_named("rules")
    filters["rules"].passes(("GET", "/", host_of(policy), []))
    said = publish(policy, utc(NOW)).hosts[policy.hosts[0].pattern]
    assert filters["rules"].link == said.link.decode()
    assert "/keten'tuan$host;a" in filters["rules"].link


def test_whom_the_policy_refuses_is_refused_by_name_while_izin_is_down(filters):
    policy = policy_named("antara")
    claims = Claims(policy.agents)
    for row in (*table("people"), *table("welcome")):
        filters["antara"].passes(("GET", "/", host_of(policy), [("User-Agent", row["user-agent"] or "")]))
        assert filters["antara"].refused == "0", row
    for token, _ in refused_tokens(policy, NOW):
        said = f"Mozilla/5.0 (compatible; {token.strip('^*')}/1.0)"
        filters["antara"].passes(("GET", "/", host_of(policy), [("User-Agent", said)]))
        if claims.read(said).kind is Kind.AGENTS and not token.startswith("^"):
            assert filters["antara"].refused == "1", token


def test_a_shape_of_which_an_agent_of_the_site_has_a_word_is_left_out():
    policy = compile_policy(
        {**LEAST, "agents/penjelajah.yaml": OWN},
        catalogue(),
    )
    names = [shape.name for shape in shapes_for(policy.agents)]
    assert "Firefox" not in names
    assert len(names) == len(SHAPES) - 1
    assert "Left out, for an agent of this policy has a word of it: Firefox" in nginx.render(policy, NOW)


def test_shapes_have_their_samples_and_no_room_for_names():
    for shape in SHAPES:
        for sample in shape.samples:
            assert re.fullmatch(shape.pattern, sample), sample
        assert not re.fullmatch(shape.pattern, shape.samples[0] + " GPTBot/1.3")


def test_no_parameter_is_longer_than_nginx_takes():
    for name in POLICIES:
        assert max(map(len, nginx.render(policy_named(name), NOW).encode().splitlines())) < 4090
    parts = list(alternations([Token("a" * 30, False)] * 10, 100))
    assert len(parts) == 5
    assert max(map(len, parts)) <= 100


def test_where_nothing_is_reserved_the_site_may_reserve_all_the_same():
    granted = (
        LEAST["site.yaml"].replace(b"deny", b"allow") + b"grant: [ai-train, ai-input, ai-index, search]\n"
    )
    text = nginx.render(
        compile_policy({**LEAST, "site.yaml": granted}, catalogue()), instant(datetime.now(UTC))
    )
    assert "map $upstream_http_tdm_reservation $izin_stricter_reservation { 1 1; default 0; }" in text
    assert "$izin_page_tdm_reservation { default $izin_stricter_reservation; }" in text
    assert "$izin_page_tdm_policy { default $upstream_http_tdm_policy; }" in text
