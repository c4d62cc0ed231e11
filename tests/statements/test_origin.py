"""robots.txt of policy and origin together: what two readers make of it, against the gate and against both files alone."""

import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from protego import Protego

from gateway.agents import Agent, agent_from, catalogue
from gateway.decide import ROBOTS_BINDS, decide
from gateway.decision import Question
from gateway.identify import identify
from gateway.identify.claim import Claim
from gateway.lookups.folder import load
from gateway.policy.model import OWN_PATHS, Policy, Subject
from gateway.policy.robots import RobotsFile
from gateway.request import Request, read_target
from gateway.statements import publish
from gateway.statements.merge import Leeway
from gateway.statements.origin import MOST_WORK, unnamed
from gateway.statements.robots import MERGED, MOST_OCTETS, NOT_MERGED, groups, omits
from gateway.statements.statement import Statement
from gateway.vocabulary import Kind, Purpose, Reason, Verdict
from tests.goldens import assert_golden
from tests.rfc9309 import Robots
from tests.sites import NOON, host, policy, rule
from tests.statements.test_agreement import (
    LICENSED,
    LICENSES,
    NAMES,
    PATHS,
    PLAIN,
    RULES,
    STARRED,
    USES,
    ambiguous,
    made,
    published,
)

HOST = "www.antara.example"
TOKENS = ["*", "*", *NAMES, "Google", "Somebody", "SomebodyElse", "ChatGPT", "KoranBot"]
LINES = st.tuples(
    st.sampled_from(["Allow", "Disallow", "Disallow"]),
    st.sampled_from([*PLAIN, *STARRED, "*", "/*", "/*.jpg", "/foto/index.html", "/*x*", "", "/berita"]),
).map(": ".join)
OTHERS = st.sampled_from(["Crawl-delay: 3", "Sitemap: https://www.antara.example/s.xml", "Noise: 1", ""])
GROUPS = st.tuples(
    st.lists(st.sampled_from(TOKENS), min_size=1, max_size=2),
    st.lists(st.one_of(LINES, LINES, OTHERS), max_size=6),
).map(lambda group: "\n".join([*(f"User-agent: {token}" for token in group[0]), *group[1]]))
ORIGINS = st.lists(GROUPS, max_size=4).map("\n".join)
CLEAR = [path for path in PATHS if not ambiguous(path)]
SOME = st.lists(st.sampled_from(CLEAR), min_size=6, max_size=8, unique=True)


def merged(its: Policy, origin: str) -> str:
    """The robots.txt of policy and origin; the policy alone must be one that can be stated."""
    published(its)
    said = publish(its, NOON, {HOST: RobotsFile(origin.encode())})
    return said.hosts[HOST].documents["/robots.txt"].body.decode()


def gate(its: Policy, agent: Agent | None, path: str, robots: RobotsFile | None, token: str = "Somebody"):
    claim = (
        Claim(Kind.AGENTS, unknown=True, name=token)
        if agent is None
        else Claim(agent.kind, agent.name, agent.operator, agent.purpose, agent.also)
    )
    request = Request("GET", "https", HOST, HOST, read_target(path.encode()), LICENSED, {})
    identity = identify(request, claim, its, {})
    now = int(NOON.timestamp()) * 1_000_000
    return decide(Question(request, identity, its, its.host(HOST), now, robots))


def wanted(its: Policy, agent: Agent | None, token: str, path: str, origin: RobotsFile) -> bool:
    """What robots.txt should say: the gate's verdict where the gate enforces the origin's file, else the stricter."""
    decision = gate(its, agent, path, origin, token)
    if agent is None or (agent.kind is Kind.AGENTS and agent.purpose in ROBOTS_BINDS):
        return decision.verdict is Verdict.ALLOW
    alone = gate(its, agent, path, None, token)
    assert decision.verdict is alone.verdict, "a welcome client is refused nothing by the origin's file"
    free = {Reason.OWN_DOCUMENT, Reason.PASSED_PATH, Reason.LICENSE_COVERS} & set(decision.reasons)
    return decision.verdict is Verdict.ALLOW and bool(
        free or origin.allows(token, read_target(path.encode()).canonical)
    )


def differences(its: Policy, origin: str, paths: list[str]) -> tuple[list[str], list[str]]:
    """Where robots.txt opens more than it should, and where less; by either reader."""
    file, text = RobotsFile(origin.encode()), merged(its, origin)
    robots = Robots(text)
    laxer, stricter = [], []
    for agent, token in [*((one, one.robots) for one in its.agents), (None, "Somebody"), (None, "KoranBot")]:
        if token is None:
            continue
        lines = [f"{'Allow' if allow else 'Disallow'}: {pattern}" for allow, pattern in robots.rules(token)]
        protego = Protego.parse("\n".join(["User-agent: *", *lines]))
        for path in paths:
            right = wanted(its, agent, token, path, file)
            read = {robots.allows(token, path)}
            if "?" not in path and not any(
                "?" in line for line in lines
            ):  # which Protego counts as three octets
                read.add(protego.can_fetch(f"https://{HOST}{path}", "x"))
            if True in read and not right:
                laxer.append(f"{token} {path}")
            if False in read and right:
                stricter.append(f"{token} {path}")
    return laxer, stricter


def inexact(its: Policy, origin: str) -> bool:
    leeway = Leeway(MOST_WORK)
    groups(Statement(its, its.hosts[0], NOON, RobotsFile(origin.encode())), leeway)
    return bool(leeway.inexact)


@given(RULES, USES, LICENSES, ORIGINS, SOME)
def test_what_is_published_is_what_is_done(rules, uses, licenses, origin, paths):
    its = made(rules, uses, licenses)
    laxer, stricter = differences(its, origin, paths)
    assert laxer == []
    assert stricter == [] or inexact(its, origin)


PLAIN_LINES = st.tuples(st.sampled_from(["Allow", "Disallow"]), st.sampled_from([*PLAIN, "/x"])).map(
    ": ".join
)


@given(RULES, USES, st.lists(PLAIN_LINES, max_size=8), SOME)
def test_plain_lines_are_always_said_exactly(rules, uses, lines, paths):
    its = made(
        [(who, [text for text in where if text in PLAIN], *rest) for who, where, *rest in rules], uses, []
    )
    origin = "\n".join(["User-agent: *", *lines])
    assert not inexact(its, origin)
    assert differences(its, origin, paths) == ([], [])


@given(RULES, USES, ORIGINS, st.text("/abfoto.*$=~ijpg%20", max_size=12))
def test_nothing_is_promised_that_is_not_granted(rules, uses, origin, tail):
    its, path = made(rules, uses, []), f"/{tail}"
    assume(not ambiguous(path))
    assert differences(its, origin, [path])[0] == []


@given(RULES, USES, LICENSES, st.binary(max_size=300) | ORIGINS.map(str.encode))
def test_the_file_of_a_stranger_opens_nothing(rules, uses, licenses, body):
    """Whatever octets it has: nobody may fetch more by the merged file than by the policy's own."""
    its = made(rules, uses, licenses)
    alone = Robots(published(its))
    text = publish(its, NOON, {HOST: RobotsFile(body)}).hosts[HOST].documents["/robots.txt"].body.decode()
    assert all(c == "\n" or c.isprintable() for c in text)
    assert "\n" in text
    together = Robots("\n".join(text.splitlines()))
    for token in [*NAMES, "Somebody", "KoranBot"]:
        for path in CLEAR:
            assert alone.allows(token, path) or not together.allows(token, path), (token, path)


def of(origin: str | bytes, its: Policy | None = None) -> str:
    file = RobotsFile(origin if isinstance(origin, bytes) else origin.encode())
    said = publish(its or policy(), NOON, {HOST: file})
    return said.hosts[HOST].documents["/robots.txt"].body.decode()


@pytest.mark.parametrize(
    "evil",
    [
        "User-agent: GPTBot\nAllow: /",
        "User-agent: gptbot\nAllow: /\nAllow: /$\nAllow: /*",
        "Disallow: /x\rUser-agent: GPTBot\rAllow: /",
        "User-agent: *\nDisallow: /x\u2028User-agent: GPTBot\x85Allow: /\x0bUser-agent: GPTBot\x0cAllow: /",
        "User-agent: *\nDisallow: /x\x00\nUser-agent: GPTBot\nAllow: /",
        "\ufeffUser-agent: GPTBot\nAllow: /\nSitemap: https://a.example/\nAllow: /",
        "User-agent: *\nCrawl-delay: 1\r\nUser-agent: GPTBot\r\nAllow: /\r\n",
        "User-agent: GPT\nAllow: /\nUser-agent: bot\nAllow: /\nUser-agent: G\nAllow: /",
        "User-agent: GPTBot/1.1 (compatible)\nAllow: /\nUser-agent: *GPTBot*\nAllow: /",
        b"\xff\xfeU\x00s\x00e\x00r\x00-\x00a\x00g\x00e\x00n\x00t\x00:\x00 \x00G\x00P\x00T\x00B\x00o\x00t\x00",
        b"User-agent: *\nDisallow: /\xff\xc3\x28\x80\nUser-agent: GPTBot\xa0\nAllow: /",
        b"\x1f\x8b\x08\x00" + bytes(range(256)),
    ],
)
def test_no_line_of_the_origin_opens_what_the_policy_closes(evil):
    text = of(evil)
    for lines in (text.split("\n"), text.splitlines(), text.split("\r")):
        robots = Robots("\n".join(lines))
        for token in ("GPTBot", "ClaudeBot", "CCBot", "Google-Extended"):
            assert not robots.allows(token, "/berita/1"), token
    assert text.isprintable() or all(c == "\n" or c.isprintable() for c in text)
    # A reader that takes the first group whose token occurs in its own name finds ours.
    groups_ = [tokens for tokens, _, _ in Robots(text).groups]
    first = next(tokens for tokens in groups_ if any(token in "gptbot" for token in tokens))
    assert "gptbot" in first


def test_what_a_publisher_writes_comes_out():
    text = of(
        "# ours\nUser-agent: *\nDisallow: /admin/\nDisallow: /*?print=\nAllow: /admin/logo.png\nCrawl-delay: 10\n\n"
        "User-agent: Googlebot\nDisallow: /amp/\n\nUser-agent: KoranBot\nDisallow: /\n\n"
        "Sitemap: https://www.antara.example/sitemap.xml\nSitemap: javascript:alert(1)\n"
    )
    assert MERGED in text.splitlines()
    head = text.split("\nUser-agent")[0]
    assert "\n\nSitemap: https://www.antara.example/sitemap.xml\n" in head
    assert "javascript" not in text
    robots = Robots(text)
    assert not robots.allows("bingbot", "/admin/x")
    assert robots.allows("bingbot", "/admin/logo.png")
    assert not robots.allows("bingbot", "/berita/1?print=1")
    assert robots.allows("Googlebot", "/admin/x")
    assert not robots.allows("Googlebot", "/amp/x")
    assert robots.allows("Googlebot-Image", "/amp/x"), "its own token has no group at the origin"
    assert not robots.allows("KoranBot", "/berita/1")
    assert not robots.allows("AhrefsBot", "/admin/x")
    assert not robots.allows("GPTBot", "/admin/logo.png")
    star = next(others for tokens, _, others in robots.groups if "*" in tokens)
    assert ("crawl-delay", "10") in star
    google = next(others for tokens, _, others in robots.groups if "googlebot" in tokens)
    assert "crawl-delay" not in dict(google)
    assert text.count("Disallow: /admin/\n") == sum("/admin/" in str(rules) for _, rules, _ in robots.groups)


def test_a_group_for_an_agent_by_another_name_is_held_to_the_policy():
    """An origin may well write a name that the catalogue has and that is no token of robots.txt."""
    silent = agent_from(
        {"name": "Diam Bot", "operator": "Diam", "match": ["DiamBot", "^diam*"], "purpose": "ai-train"}
    )
    its = policy(agents=catalogue().with_([silent]))
    file = RobotsFile(
        b"User-agent: diambot\nUser-agent: Diam\nUser-agent: GPTBot\nUser-agent: lain\nAllow: /\n"
    )
    named = [agent.robots for agent in its.agents if agent.robots]
    assert unnamed(its, file, named) == {"diambot": silent, "Diam": silent, "lain": None}
    robots = Robots(of(file.body, its))
    assert [robots.allows(token, "/berita/1") for token in ("DiamBot", "diam", "lain")] == [
        False,
        False,
        True,
    ]


def test_our_own_documents_and_those_of_machines_stay_open():
    text = of("User-agent: *\nDisallow: /\nDisallow: /license.xml\nDisallow: /.well-known/security.txt\n")
    robots = Robots(text)
    for path in [*OWN_PATHS, "/.well-known/security.txt", "/ads.txt"]:
        for token in ("GPTBot", "Googlebot", "AhrefsBot", "somebody"):
            assert robots.allows(token, path), (token, path)
    assert not robots.allows("Googlebot", "/berita/1")


def test_to_welcome_crawlers_the_origin_may_close_what_the_policy_passes_on():
    its = policy(host(passed=["/umpan/"]))
    robots = Robots(of("User-agent: *\nDisallow: /umpan/\n", its))
    assert not robots.allows("Googlebot", "/umpan/1")
    assert robots.allows("AhrefsBot", "/umpan/1"), "the gate passes it on, whatever the origin says"


def test_a_comment_more_or_less_is_nothing_new():
    assert of("# a\nUser-agent: *\nDisallow: /x") == of("User-agent: *\nDisallow: /x #b\n\n")


def test_a_large_file_and_a_large_policy_are_merged_in_seconds():
    rules = [rule(f"r{n}", Subject.everyone(), [f"/p{n % 10}/d{n}/"], Verdict.DENY) for n in range(1000)]
    origin = (
        "User-agent: *\n"
        + "".join(
            f"{'Allow' if n % 5 == 0 else 'Disallow'}: /p{n % 10}/{'*/' if n % 50 == 0 else ''}d{n}/x{n}/\n"
            for n in range(500)
        )
        + "Disallow: /*.pdf$\nDisallow: /*?print=\n"
    )
    began = time.process_time()
    text = of(origin, policy(host(rules=rules)))
    assert time.process_time() - began < 30
    assert MERGED in text.splitlines()
    assert not Robots(text).allows("bingbot", "/p1/d1/x")
    assert not Robots(text).allows("bingbot", "/a.pdf")


@pytest.mark.parametrize(
    "origin",
    [
        "User-agent: *\n" + "".join(f"Disallow: /*a{n}*b{n}*c\nAllow: /{n}*d\n" for n in range(4000)),
        "User-agent: *\n" + "".join(f"Disallow: /{'a*' * 20}{n}\nAllow: /*{n}*a\n" for n in range(2000)),
        "".join(f"User-agent: bot{n}\nDisallow: /{n}\n" for n in range(15_000)),
        "User-agent: *\n" + "".join(f"Disallow: /{n:040}\n" for n in range(9_000)),
    ],
    ids=["stars", "many stars", "groups", "lines"],
)
def test_a_file_that_cannot_be_merged_leaves_the_policy_alone(origin):
    began = time.process_time()
    file = RobotsFile(origin.encode())
    its = policy(host(rules=[rule("seo", Subject.purpose(Purpose.SEO), ["/foto/"], Verdict.DENY)]))
    said = publish(its, NOON, {HOST: file})
    assert time.process_time() - began < 60
    text = said.hosts[HOST].documents["/robots.txt"].body.decode()
    assert NOT_MERGED in text.splitlines()
    assert not Robots(text).allows("GPTBot", "/berita/1")
    (warning,) = said.warnings
    assert HOST in warning.id
    assert HOST in warning.en


def test_a_file_with_which_ours_is_too_long_by_an_octet_is_left_out():
    """A letter of the notice may be several octets, and no file may keep the policy from being stated."""
    its = policy(host(uses={}))

    def stated(last: int) -> str:
        lines = b"".join(b"Disallow: /%05d%b\n" % (n, b"x" * 100) for n in range(4240))
        file = RobotsFile(b"User-agent: *\n" + lines + b"Disallow: /y" + b"y" * last)
        return publish(its, NOON, {HOST: file}).hosts[HOST].documents["/robots.txt"].body.decode()

    text = stated(0)
    room = MOST_OCTETS - len(text.encode())
    assert MERGED in stated(room).splitlines()
    for more in range(1, 1 + len(text.encode()) - len(text)):
        assert NOT_MERGED in stated(room + more).splitlines()


def test_that_a_file_cannot_be_merged_is_said():
    long = "User-agent: *\n" + "".join(f"Disallow: /{n:0400}\n" for n in range(1300))
    its, file = policy(), RobotsFile(long.encode())
    assert any("too many lines" in line for line in omits(Statement(its, its.hosts[0], NOON, file)))


def test_what_is_left_out_is_said():
    its = policy()
    body = b"Host: a\nUser-agent: *\nClean-param: x\nDisallow: /ab\nAllow: /*a*b\nUser-agent: z\nDisallow: /"
    body += b"".join(b"\nSitemap: https://a.example/%d%b" % (n, b"x" * 1000) for n in range(100))
    said = "\n".join(omits(Statement(its, its.hosts[0], NOON, RobotsFile(body))))
    assert "`host`, `clean-param`" in said
    assert "of the origin's 100 sitemaps" in said
    assert "was not read" not in said
    assert "was not read" in "\n".join(omits(Statement(its, its.hosts[0], NOON)))


def test_a_name_under_a_wildcard_has_its_own_document():
    its = policy(host("*.antara.example"))
    closed, empty = RobotsFile(b"User-agent: *\nDisallow: /uji/\n"), RobotsFile(b"")
    said = publish(its, NOON, {"uji.antara.example": closed, "a.antara.example": empty, "x.example": closed})
    assert set(said.hosts) == {"*.antara.example", "uji.antara.example"}
    (its_host,) = its.hosts
    uji = said.said(its_host, "uji.antara.example").documents["/robots.txt"]
    other = said.said(its_host, "lain.antara.example").documents["/robots.txt"]
    assert "Disallow: /uji/" in uji.body.decode()
    assert "Disallow: /uji/" not in other.body.decode()
    assert uji.etag != other.etag
    assert b'"uji.antara.example"' in said.manifest
    assert said.terms != publish(its, NOON).terms


def test_the_reference_policy_with_the_file_of_a_news_site():
    here = Path(__file__).parent
    file = RobotsFile((here.parent / "corpus" / "robots" / "berita.txt").read_bytes())
    its = load(here.parents[1] / "policies" / "antara")
    said = publish(its, NOON, {HOST: file})
    assert_golden("robots/www.antara.example-merged.txt", said.hosts[HOST].documents["/robots.txt"].body)
