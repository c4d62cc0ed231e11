"""Judgements of all sorts, and journals made of their entries, for tests of what is recorded and how it is read."""

import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path

from hypothesis import strategies as st

from gateway import record
from gateway.audit import frames, segment
from gateway.decision import Decision
from gateway.identify.identity import Evidence, Identity
from gateway.judgement import Judgement, Version
from gateway.rates.counters import Finding, Findings
from gateway.record import Compact, outcome_entry
from gateway.request import Client, Request, read_target
from gateway.seal.erasable import SALT
from gateway.statements.statement import Published
from gateway.value import changed
from gateway.vocabulary import Assurance, Audience, End, Kind, Level, Purpose, Reason, Use, Verdict
from tests import sites

QUERY = frozenset({"id", "p"})
SITE = dataclasses.replace(
    sites.host(rules=[sites.rule("cetak", sites.Subject.everyone(), ["/*print=", "/a?x=1"], Verdict.ALLOW)]),
    query=QUERY,
)
MANIFEST = b'{"ketentuan":"contoh"}'
TERMS = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
VERSION = Version(1, sites.policy(SITE), Published({}, TERMS, MANIFEST, {TERMS: MANIFEST}))
READER = Identity(Kind.PEOPLE, Assurance.ANONYMOUS, evidence=(Evidence("claim", Reason.NO_CLAIM),))
LET_IN = Decision(Verdict.ALLOW, None, None, (Reason.NOTHING_FORBIDS,), Audience.PEOPLE)
GPTBOT = Identity(
    Kind.AGENTS,
    Assurance.CLAIMED,
    "GPTBot",
    "OpenAI",
    Purpose.AI_TRAIN,
    evidence=(Evidence("claim", Reason.CLAIM_BELIEVED, "GPTBot"),),
    subjects=("agent:gptbot", "operator:openai", "purpose:ai-train", "kind:agents", "everyone"),
)
REFUSED = Decision(Verdict.DENY, 403, "uses.ai-train", (Reason.USE_DENIED,), Audience.AI)
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
START = 1_795_000_000_000_000
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def judged(
    number: int = 1,
    target: bytes = b"/berita/1",
    *,
    identity: Identity = READER,
    decision: Decision = LET_IN,
    user_agent: str | None = CHROME,
    address: str = "203.0.113.7",
    network: str = "203.0.113.0/24",
    fields: dict[str, str] | None = None,
    rates: Findings = (),
    **more,
) -> Judgement:
    """A judgement made by hand; ``number`` tells it from others and is its time in milliseconds from `START`."""
    its_fields = dict(fields or {}) | ({} if user_agent is None else {"user-agent": user_agent})
    given = {
        "method": "GET",
        "host": "www.antara.example",
        "fault": None,
        "client": Client(address, network),
        **more,
    }
    request = Request(
        given["method"],
        "https",
        given["host"],
        given["host"],
        None if given["fault"] else read_target(target),
        given["client"],
        its_fields,
        given["fault"],
    )
    site = SITE if given["host"] == SITE.pattern else None
    return Judgement(
        f"01KBBFZ9M0{number:016d}",
        START + number * 1000,
        request,
        identity,
        decision,
        VERSION,
        site,
        rates=rates,
    )


def write(folder: Path, entries: Iterable[bytes | Compact], first: int = 1) -> Path:
    """A segment of a journal, written without the lane; the next one begins at ``first`` plus the entries."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lane.json").write_text('{"lane":"mesin","site":"antara","v":1}', "utf-8")
    header = segment.Header(1, "antara", "mesin", first, "2026-11-23T05:00:00Z", None, 0, {}, "izin")
    table: dict[bytes, int] = {}
    out = [segment.begin(header)]
    for number, entry in enumerate(entries, first):
        out.append(frames.encode(number, entry.encode(table) if isinstance(entry, Compact) else entry))
    (folder / segment.name_of(first)).write_bytes(b"".join(out))
    return folder


def salt() -> bytes:
    """The salt of every entry that a test makes."""
    return bytes(range(SALT))


def decision_entry(judgement: Judgement, level: Level, pseudonym: str = "") -> bytes | Compact:
    """The payload of a decision."""
    return record.decision_entry(judgement, level, pseudonym, salt)


def exchange(judgement: Judgement, octets: int = 1000) -> list[bytes | Compact]:
    """The two entries of one request."""
    people = judgement.identity.kind is Kind.PEOPLE
    level = Level.WRITTEN if people else Level.DURABLE
    status = judgement.decision.status or 200
    return [
        decision_entry(judgement, level, "c2FtYXJhbi1wZW1i" if people else ""),
        outcome_entry(judgement.id, judgement.at + 900, status, octets, End.COMPLETE),
    ]


def as_written(entry: dict) -> dict:
    """An entry that `query` found, without what it adds of its own."""
    return {name: value for name, value in entry.items() if name not in ("violation", "standing")}


# ── strategies ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: Any text at all, as hostile headers may hold it: control characters, both directions, lone surrogates.
wild = st.text(st.characters(), max_size=700)
words = st.sampled_from(["GPTBot", "ClaudeBot", "Googlebot", "x" * 80, "kué\u202e", "bot\ud800"])
targets = st.one_of(
    st.sampled_from(
        [b"/", b"/berita/1", b"/foto/a.jpg", b"/x/../foto/a", b"/a?x=1", b"/a?id=3&x=1", b"/a;v=1/b"]
    ),
    st.from_regex(rb"\A(/[a-z0-9._~!$&'()*+,;=:@-]{0,20}){1,4}(\?[a-z0-9=&%20]{0,40})?\Z").map(
        lambda text: text.replace(b"%", b"%2")
    ),
    st.integers(2000, 3000).map(lambda n: b"/" + b"p" * n + b"?id=1"),
)
probes = st.sampled_from(["claim", "reverse-dns", "published-ranges"])
evidence = st.lists(st.builds(Evidence, probes, st.sampled_from(Reason), wild), max_size=10).map(tuple)
identities = st.one_of(
    st.just(READER),
    st.just(GPTBOT),
    st.builds(
        Identity,
        kind=st.sampled_from(Kind),
        assurance=st.sampled_from(Assurance),
        agent=st.none() | words,
        operator=st.none() | words,
        purpose=st.none() | st.sampled_from(Purpose),
        also=st.lists(st.sampled_from(Purpose), max_size=3).map(tuple),
        name=st.none() | wild,
        unknown=st.booleans(),
        evidence=evidence,
        proved=st.sampled_from([(), ("contoh-ai-2026",)]),
        subjects=st.lists(words, max_size=20).map(tuple),
        claimed=st.sampled_from([(), ("agent:googlebot",)]),
        robots=st.none() | words,
    ),
)
#: Rates by their names: those of rules, and of a license.
rate_names = st.sampled_from([*(f"laju-{n}-{'x' * 55}" for n in range(32)), "license.contoh-ai-2026"])
_most = 2**53 - 1
findings = st.lists(
    st.builds(Finding, rate_names, st.integers(0, 10**6), st.integers(0, _most), st.integers(0, _most)),
    max_size=33,
).map(tuple)
decisions = st.one_of(
    st.just(LET_IN),
    st.just(REFUSED),
    st.builds(
        Decision,
        verdict=st.sampled_from(Verdict),
        status=st.none() | st.integers(100, 599),
        rule=st.none() | words,
        reasons=st.lists(st.sampled_from(Reason), min_size=1, max_size=5).map(tuple),
        audience=st.sampled_from(Audience),
        enforced=st.booleans(),
        license=st.none() | st.just("contoh-ai-2026"),
        grants=st.lists(st.sampled_from(Use), max_size=3).map(tuple),
        rates=st.lists(rate_names, max_size=33, unique=True).map(tuple),
    ),
    st.lists(rate_names, max_size=3, unique=True).map(lambda names: changed(LET_IN, rates=tuple(names))),
)
clients = st.one_of(
    st.builds(
        lambda a, b, certain, private: Client(f"203.0.{a}.{b}", f"203.0.{a}.0/24", certain, private),
        st.integers(0, 255),
        st.integers(0, 255),
        st.booleans(),
        st.booleans(),
    ),
    st.integers(0, 0xFFFF).map(lambda n: Client(f"2001:db8:{n:x}::1", f"2001:db8:{n:x}::/48")),
)
judgements = st.builds(
    judged,
    number=st.integers(0, 10**6),
    target=targets,
    identity=identities,
    decision=decisions,
    user_agent=st.none() | wild | words,
    client=clients,
    method=st.sampled_from(["GET", "HEAD", "POST", "PROPFIND", "G" * 60]) | wild,
    host=st.sampled_from(["www.antara.example", "lain.example"]) | wild,
    fault=st.none() | st.sampled_from([Reason.MALFORMED_TARGET]),
    fields=st.none() | st.builds(dict, traceparent=st.sampled_from([TRACEPARENT, f"{TRACEPARENT}, "]) | wild),
    rates=findings,
)
