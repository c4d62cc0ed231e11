"""Declared = enforced: two readers of our robots.txt, and the gate, say the same of every agent and path.

The gate is asked through `identify` and `decide`, as a door asks; the readers see the published text alone. One reader is
written from RFC 9309, the other is Protego. Agents are asked by their own User-Agent where they have one, with the proofs
their license asks for.
"""

from collections.abc import Iterable
from ipaddress import ip_network

from hypothesis import assume, given
from hypothesis import strategies as st
from protego import Protego

from gateway.agents import Agent, Registry, catalogue
from gateway.decide import decide
from gateway.decision import Question
from gateway.identify import identify
from gateway.identify.claim import Claim
from gateway.instants import instant
from gateway.policy.model import Policy, Rule, Subject
from gateway.policy.paths import Pattern
from gateway.policy.place import PolicyError
from gateway.policy.term import ALWAYS, Term
from gateway.request import Client, Request, read_target
from gateway.statements import publish
from gateway.vocabulary import USE_OF, Kind, Purpose, Use, Verdict
from tests.rfc9309 import Robots
from tests.sites import NOON, ORDER, host, license_, policy, rule

NAMES = [
    "GPTBot",
    "ChatGPT-User",
    "CCBot",
    "Googlebot",
    "Google-Extended",
    "AhrefsBot",
    "AI2Bot",
    "Scrapy",
    "bingbot",
]
AGENTS = Registry(agent for name in NAMES if (agent := catalogue().find(name)) is not None)
PURPOSES = [Purpose.AI_TRAIN, Purpose.AI_INPUT, Purpose.DATASET, Purpose.SEARCH, Purpose.SEO]
LICENSED = Client("192.0.2.7", "192.0.2.0")

SUBJECTS = st.one_of(
    st.just(Subject.everyone()),
    st.sampled_from([Kind.AGENTS, Kind.TOOLS, Kind.PEOPLE]).map(Subject.kind),
    st.sampled_from(PURPOSES).map(Subject.purpose),
    st.sampled_from(["OpenAI", "Google"]).map(Subject.operator),
    st.sampled_from(NAMES).map(Subject.agent),
    st.sampled_from(["l0", "l1"]).map(Subject.license),
)
NOW = instant(NOON)
#: In force at noon, over, not begun, and without an end.
TERMS = st.sampled_from(
    [ALWAYS, ALWAYS, Term(NOW), Term(None, NOW), Term(NOW + 1, None), Term(NOW - 1, NOW + 1)]
)
PLAIN = [
    "/",
    "/foto/",
    "/foto/arsip/",
    "/foto",
    "/berita/",
    "/berita/%20a",
    "/~x/",
    "/ads.txt",
    "/.well-known/x",
]
STARRED = ["/*.jpg$", "/foto/*/x", "/berita/$", "*/arsip/", "/*?p=", "/*.txt$", "*.html", "/foto/*"]
PATTERNS = st.one_of(st.sampled_from(PLAIN), st.sampled_from(PLAIN), st.sampled_from(STARRED))
VERDICTS = st.sampled_from(list(Verdict))
WHERE = st.lists(PATTERNS, min_size=1, max_size=2)
RULES = st.lists(
    st.one_of(
        st.tuples(SUBJECTS, WHERE, VERDICTS),
        st.tuples(SUBJECTS, WHERE, VERDICTS, TERMS),
        st.tuples(SUBJECTS, WHERE, st.just(Verdict.DENY), TERMS, st.just(ORDER)),
        # what a section says to a use
        st.tuples(st.sampled_from([use for use in Use if use.single == {use}]), WHERE, VERDICTS),
    ),
    max_size=7,
)
USES = st.fixed_dictionaries(dict.fromkeys((Use.AI_TRAIN, Use.AI_INPUT, Use.AI_INDEX, Use.SEARCH), VERDICTS))
LICENSES = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.lists(PATTERNS, max_size=2),
        st.lists(PATTERNS, max_size=2),
        st.sampled_from(list(Use)),
    ),
    max_size=2,
)
PATHS = [
    *(
        "/",
        "/x",
        "/foto/",
        "/foto/a.jpg",
        "/foto/arsip/x",
        "/foto/arsip/b.jpg",
        "/fotografi",
        "/berita/",
        "/berita/1",
    ),
    *(
        "/berita/%20a/b.html",
        "/~x/y",
        "/%7Ex/y",
        "/berita/1?p=2",
        "/a/arsip/c.html",
        "/ads.txt",
        "/x.txt",
        "/foto/b/x",
    ),
    *(
        "/.well-known/x",
        "/.well-known/security.txt",
        "/robots.txt",
        "/license.xml",
        "/license.xml/x",
        "/tdm-policy.json",
        "/berita/arsip/x?q=*$",
    ),
]


def made(rules, uses, licenses, grants=()) -> Policy:
    written: list[Rule] = []
    for number, (who, where, verdict, *more) in enumerate(rules):
        term, order = (*more, None, None)[:2]
        use = who if isinstance(who, Use) else None
        subjects = [who] if use is None else [Subject.purpose(p) for p, its in USE_OF.items() if its is use]
        # The policy reader refuses the same subject and path with different verdicts.
        taken = {(s, p) for one in written for s in one.subjects for p in one.patterns}
        if use is not None:
            taken |= {(s, Pattern("/")) for s in subjects}
        patterns = [t for t in where if order or taken.isdisjoint((s, Pattern(t)) for s in subjects)]
        if patterns:
            section = None if use is None else f"s{number}"
            named = {"use": use, "section": section, "term": term or ALWAYS, "order": order}
            written.append(rule(f"r{number}", subjects, patterns, verdict, **named))
    held = [
        license_(
            f"l{number}",
            [name],
            on=tuple(map(Pattern, on)),
            excepted=tuple(map(Pattern, excepted)),
            uses=frozenset({use}),
            addresses=(ip_network("192.0.2.0/24"),),
        )
        for number, (name, on, excepted, use) in enumerate(licenses)
    ]
    return policy(host(rules=written, uses=uses), licenses=held, grants=grants, agents=AGENTS)


def gate_allows(its: Policy, agent: Agent | None, path: str) -> bool:
    claim = (
        Claim(Kind.AGENTS, unknown=True, name="Somebody")
        if agent is None
        else Claim(agent.kind, agent.name, agent.operator, agent.purpose, agent.also)
    )
    target = read_target(path.encode())
    request = Request("GET", "https", "www.antara.example", "www.antara.example", target, LICENSED, {})
    identity = identify(request, claim, its, {})
    decision = decide(Question(request, identity, its, its.host("www.antara.example"), NOW))
    return decision.verdict is Verdict.ALLOW


def published(its: Policy) -> str:
    try:
        return publish(its, NOON).hosts["www.antara.example"].documents["/robots.txt"].body.decode()
    except PolicyError:
        assume(False)
        raise


def ambiguous(path: str) -> bool:
    """Paths whose two readings differ are judged by the stricter one, of which robots.txt knows nothing."""
    target = read_target(path.encode())
    return target is None or target.folded != target.path


def disagreements(its: Policy, paths: Iterable[str]) -> list[tuple[str, str, str]]:
    text = published(its)
    robots, found = Robots(text), []
    for agent in [None, *its.agents]:
        token = "Somebody" if agent is None else agent.robots
        if token is None:
            continue
        # Protego takes beginnings of tokens for tokens; which group is read is the business of the other reader.
        lines = [f"{'Allow' if allow else 'Disallow'}: {pattern}" for allow, pattern in robots.rules(token)]
        protego = Protego.parse("\n".join(["User-agent: *", *lines]))
        for path in paths:
            gate = gate_allows(its, agent, path)
            if robots.allows(token, path) is not gate:
                found.append(("rfc9309", token, path))
            if protego.can_fetch(f"https://www.antara.example{path}", "x") is not gate:
                found.append(("protego", token, path))
    return found


@given(RULES, USES, LICENSES)
def test_what_is_published_is_what_is_done(rules, uses, licenses):
    its = made(rules, uses, licenses)
    assert disagreements(its, [path for path in PATHS if not ambiguous(path)]) == []


@given(RULES, USES, LICENSES, st.text("/abfoto.*$?=~ijpg%20", max_size=12))
def test_nothing_is_promised_that_is_not_granted(rules, uses, licenses, tail):
    """On paths of any spelling, whoever may fetch a page by robots.txt is let through by the gate."""
    its = made(rules, uses, licenses)
    path = f"/{tail}"
    assume(not ambiguous(path))
    robots = Robots(published(its))
    for agent in [None, *its.agents]:
        token = "Somebody" if agent is None else agent.robots
        if token is not None and robots.allows(token, path):
            assert gate_allows(its, agent, path)
