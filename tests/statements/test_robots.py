"""robots.txt as it is published: its shape, its groups, and what it refuses to say."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.agents import Registry, agent_from, catalogue
from gateway.instants import instant
from gateway.lookups.folder import load
from gateway.policy.model import OWN_PATHS, Rights, Subject
from gateway.policy.paths import Pattern
from gateway.policy.place import PolicyError
from gateway.policy.term import Term
from gateway.statements import next_change, publish
from gateway.statements.robots import omits
from gateway.statements.statement import Statement
from gateway.vocabulary import Purpose, Sentence, Use, Verdict
from tests.goldens import assert_golden
from tests.rfc9309 import Robots
from tests.sites import BAN, NOON, ORDER, host, license_, policy, rule

POLICIES = Path(__file__).parents[2] / "policies"


def text_of(its, at=NOON, pattern="www.antara.example") -> str:
    return publish(its, at).hosts[pattern].documents["/robots.txt"].body.decode()


@pytest.mark.parametrize("site", ["antara", "jawaban"])
def test_the_shipped_policies_are_stated(site):
    its = load(POLICIES / site)
    for its_host, said in publish(its, NOON).hosts.items():
        name = its_host.replace("*", "_")
        assert_golden(f"robots/{name}.txt", said.documents["/robots.txt"].body)


def test_ai_is_shut_out_and_search_is_not():
    robots = Robots(text_of(policy()))
    for token in [
        "GPTBot",
        "ClaudeBot",
        "CCBot",
        "Bytespider",
        "PerplexityBot",
        "Google-Extended",
        "Applebot-Extended",
    ]:
        assert not robots.allows(token, "/berita/1"), token
        assert robots.allows(token, "/.well-known/security.txt"), token
    for token in ["Googlebot", "bingbot", "Applebot", "Twitterbot", "somebody-new"]:
        assert robots.allows(token, "/berita/1"), token


def test_lines_are_in_the_order_that_every_reader_understands():
    """Agents of a group stand together, extensions after them, then at least one rule; no line is anything else."""
    text = text_of(policy())
    assert text.endswith("\n")
    assert "\r" not in text
    head, *groups = text.split("\n\nUser-agent")
    comments, license_line = head.rsplit("\n\n", 1)
    assert all(line.startswith("#") for line in comments.splitlines())
    assert license_line == "License: https://www.antara.example/license.xml"
    for group in groups:
        lines = ("User-agent" + group).strip().splitlines()
        keys = [line.partition(":")[0] for line in lines]
        shape = re.sub(
            r"(\w)\1*",
            r"\1",
            "".join(
                {"User-agent": "u", "Content-Signal": "s", "Content-Usage": "c"}.get(k, "r") for k in keys
            ),
        )
        assert shape == "uscr"
        assert set(keys) <= {"User-agent", "Content-Signal", "Content-Usage", "Allow", "Disallow"}


def test_a_license_opens_its_paths_while_it_runs():
    held = license_(
        "contoh", ["ChatGPT-User"], on=(Pattern("/berita/"),), excepted=(Pattern("/berita/foto/"),)
    )
    its = policy(licenses=[held])
    robots = Robots(text_of(its))
    assert robots.allows("ChatGPT-User", "/berita/1")
    assert not robots.allows("ChatGPT-User", "/berita/foto/1")
    assert not robots.allows("ChatGPT-User", "/foto/1")
    assert not robots.allows("GPTBot", "/berita/1")
    assert next_change(its, NOON) == held.ends
    assert not Robots(text_of(its, held.ends)).allows("ChatGPT-User", "/berita/1")
    assert next_change(its, held.ends) is None
    before = datetime(2026, 1, 1, tzinfo=UTC)
    assert next_change(its, before) == held.begins
    assert not Robots(text_of(its, before)).allows("ChatGPT-User", "/berita/1")


def test_a_license_for_another_use_or_host_opens_nothing():
    for held in [
        license_("a", ["GPTBot"], uses=frozenset({Use.AI_INPUT})),
        license_("b", ["GPTBot"], uses=frozenset({Use.AI_TRAIN}), hosts=("foto.antara.example",)),
    ]:
        assert not Robots(text_of(policy(licenses=[held]))).allows("GPTBot", "/berita/1")


def test_preferences_leave_to_the_contract_what_it_speaks_of():
    held = license_("contoh", ["ChatGPT-User"], on=(Pattern("/berita/"),))
    robots = Robots(text_of(policy(licenses=[held])))
    lines = {
        key: value for tokens, _, others in robots.groups if "chatgpt-user" in tokens for key, value in others
    }
    assert lines == {"content-usage": "train-ai=n", "content-signal": "ai-train=no"}


def test_agents_whose_token_begins_with_another_named_one_are_named_too():
    """Readers that compare beginnings would take Googlebot's group for Googlebot-Image's."""
    its = policy(host(rules=[rule("g", Subject.agent("Googlebot"), ["/x/"], Verdict.DENY)]))
    robots = Robots(text_of(its))
    assert not robots.allows("Googlebot", "/x/1")
    assert robots.allows("Googlebot-Image", "/x/1")
    named = set().union(*(tokens for tokens, _, _ in robots.groups))
    assert "googlebot-image" in named
    assert "bingbot" not in named


def test_what_no_robots_txt_can_say_names_both_rules():
    its = policy(
        host(
            uses={**BAN, Use.SEARCH: Verdict.DENY},
            rules=[
                rule("terbuka", Subject.operator("Google"), ["/*a*b"], Verdict.ALLOW),
                rule("tutup", Subject.agent("Googlebot"), ["/ab$"], Verdict.DENY),
            ],
        )
    )
    with pytest.raises(PolicyError) as caught:
        publish(its, NOON)
    (problem,) = caught.value.problems
    assert "`tutup`" in problem.message.en
    assert "`terbuka`" in problem.message.en
    assert "`/ab$`" in problem.message.en
    assert problem.hint.en


def test_a_pattern_of_hosts_has_no_address_for_a_license_line():
    its = policy(host("*.antara.example"))
    assert "License:" not in text_of(its, pattern="*.antara.example")
    assert any("license.xml" in line for line in omits(Statement(its, its.hosts[0], NOON)))


def test_whoever_is_shut_out_may_read_our_own_documents():
    robots = Robots(text_of(policy(host(passed=[]))))
    for path in OWN_PATHS:
        assert robots.allows("GPTBot", path), path
        assert not robots.allows("GPTBot", f"{path}/x"), path


def test_a_hostile_notice_stays_a_comment():
    """Line ends of every kind that some reader honours are blanks."""
    evil = "Boleh\nUser-agent: *\rAllow: /\u2028User-agent: GPTBot\x85Allow: /\x0b\x0cDisallow:\x1c"
    rights = Rights(f"ANTARA\n{evil}", Sentence(evil, evil), "mailto:a@b.example", None, evil)
    text = text_of(policy(rights=rights))
    robots = Robots("\n".join(text.splitlines()))
    assert not robots.allows("GPTBot", "/berita/1")
    assert all(line.startswith("#") for line in text.split("\n\n")[0].splitlines())


def test_a_site_may_add_an_agent_with_a_token():
    mine = agent_from({"name": "KabarBot", "operator": "Kabar", "robots": "KabarBot", "purpose": "ai-train"})
    its = policy(agents=catalogue().with_([mine]))
    assert not Robots(text_of(its)).allows("kabarbot", "/")


def test_it_says_what_it_cannot_say():
    its = policy(
        host(
            uses={**BAN, Use.AI_INPUT: Verdict.LICENSE},
            rules=[rule("orang", Subject(1, "kind:people"), ["/dalam/"], Verdict.DENY)],
            passed=["/a*b"],
        ),
        agents=Registry(),
    )
    said = "\n".join(omits(Statement(its, its.hosts[0], NOON)))
    assert "`orang`" in said
    assert "license is on offer" in said
    assert "/a*b" in said


def test_a_legal_order_is_a_disallow_in_every_group_whatever_else_opens_the_page():
    held = license_("satu", ["GPTBot"], uses=frozenset({Use.AI_TRAIN}))
    rules = [
        rule("putusan", Subject.everyone(), ["/berita/1"], Verdict.DENY, order=ORDER),
        rule("cari", Subject.agent("Googlebot"), ["/berita/1"], Verdict.ALLOW),
        rule("satu", Subject.license("satu"), ["/berita/1/foto/"], Verdict.ALLOW),
    ]
    robots = Robots(text_of(policy(host(rules=rules), licenses=[held])))
    for token in ("GPTBot", "Googlebot", "bingbot", "somebody-new", "ClaudeBot"):
        assert not robots.allows(token, "/berita/1")
        assert not robots.allows(token, "/berita/1/foto/2")
    assert robots.allows("Googlebot", "/berita/2")
    assert robots.allows("GPTBot", "/berita/2")


def test_rules_about_a_license_stand_in_its_agents_group_while_it_runs():
    held = license_("satu", ["GPTBot"], uses=frozenset({Use.AI_TRAIN}), on=(Pattern("/berita/"),))
    rules = [
        rule("kecuali", Subject.license("satu"), ["/berita/opini/"], Verdict.DENY),
        rule("pers", Subject.license("satu"), ["/pers/"], Verdict.ALLOW),
    ]
    its = policy(host(rules=rules), licenses=[held])
    robots = Robots(text_of(its))
    said = {path: robots.allows("GPTBot", path) for path in ("/berita/1", "/berita/opini/1", "/pers/1", "/x")}
    assert said == {"/berita/1": True, "/berita/opini/1": False, "/pers/1": True, "/x": False}
    assert not robots.allows("ClaudeBot", "/pers/1")
    assert not Robots(text_of(its, held.ends)).allows("GPTBot", "/pers/1")


def test_a_rule_changes_the_text_when_it_begins_and_ends():
    term = Term(instant(NOON), instant(NOON) + 1)
    its = policy(host(uses={}, rules=[rule("a", Subject.everyone(), ["/pemilu/"], Verdict.DENY, term=term)]))
    before = NOON - timedelta(microseconds=1)
    assert next_change(its, before) == NOON
    assert next_change(its, NOON) == NOON + timedelta(microseconds=1)
    assert next_change(its, NOON + timedelta(seconds=1)) is None
    texts = [text_of(its, at) for at in (before, NOON, NOON + timedelta(microseconds=1))]
    assert ["Disallow: /pemilu/" in text for text in texts] == [False, True, False]
    assert texts[0] == texts[2]


def test_the_uses_of_a_section_are_said_by_path():
    uses = {Use.AI_TRAIN: Verdict.DENY}
    part = rule("uses.foto.search", Subject.purpose(Purpose.SEARCH), ["/foto/"], Verdict.DENY)
    part = replace(part, use=Use.SEARCH, section="foto")
    text = text_of(policy(host(uses=uses, rules=[part])))
    everybody = text.partition("\n\nUser-agent: *\n")[2].partition("\n\n")[0]
    assert "Content-Usage: train-ai=n\nContent-Usage: /foto/ train-ai=n, search=n\n" in everybody
    (search,) = [group for group in text.split("\n\n") if "User-agent: Googlebot\n" in group]
    assert "Disallow: /foto/" in search
    assert "Content-Usage: /foto/" not in search, "what may not be fetched has no preference"
