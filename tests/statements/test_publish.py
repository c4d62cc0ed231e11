"""All statements of a policy together: tables full, manifest complete, digests true."""

import hashlib
import json
import re

import msgspec
import pytest

from gateway.policy.model import OWN_PATHS, Rights, Subject
from gateway.policy.paths import Pattern
from gateway.policy.robots import RobotsFile
from gateway.statements import FORMATS, publish, robots
from gateway.statements.statement import Statement
from gateway.statements.usage import content_usage, granted
from gateway.vocabulary import Use, Verdict
from tests.sites import BAN, NOON, NOTICE, host, license_, policy, rule

DENIED, OFFERED, OPEN = Verdict.DENY, Verdict.LICENSE, Verdict.ALLOW


def test_every_own_path_has_a_document_and_the_other_way_round():
    (said,) = publish(policy(), NOON).hosts.values()
    assert set(said.documents) == OWN_PATHS == {one.path for one in FORMATS if one.path}


def test_the_manifest_names_every_text_by_its_digest():
    published = publish(policy(host(), host("*.antara.example")), NOON)
    for digest, octets in published.texts.items():
        assert digest == f"sha256:{hashlib.sha256(octets).hexdigest()}"
    assert published.texts[published.terms] == published.manifest
    manifest = json.loads(published.manifest)
    assert msgspec.json.encode(manifest, order="sorted") == published.manifest
    assert published.texts[manifest["notice"]["id"]].decode() == NOTICE.id
    for pattern, said in published.hosts.items():
        written = manifest["hosts"][pattern]
        assert published.texts[written["documents"]["/robots.txt"]] == said.documents["/robots.txt"].body
        assert published.texts[written["fields"]["content-usage"]] == said.content_usage
        assert published.texts[written["fields"]["link"]] == said.link


def test_the_same_policy_has_the_same_terms():
    assert publish(policy(), NOON).terms == publish(policy(), NOON).terms
    other = policy(host(uses={**BAN, Use.SEARCH: DENIED}))
    assert publish(policy(), NOON).terms != publish(other, NOON).terms


@pytest.mark.parametrize(
    ("uses", "grants", "usage", "mining"),
    [
        (BAN, [], "train-ai=n, ai-use=n", b"1"),
        (BAN, [Use.SEARCH], "train-ai=n, ai-use=n, search=y", b"1"),
        ({**BAN, Use.SEARCH: DENIED}, [Use.SEARCH], "train-ai=n, ai-use=n, search=n", b"1"),
        ({Use.AI_TRAIN: OFFERED}, [], "train-ai=n", b"1"),
        ({Use.AI_INDEX: DENIED}, [Use.AI_INPUT], "ai-use=n", b"1"),
        ({Use.AI_TRAIN: OPEN}, [], "", None),
        ({}, [Use.AI_ALL], "train-ai=y, ai-use=y", b"0"),
        ({}, [Use.ALL], "train-ai=y, ai-use=y, search=y", b"0"),
        ({}, [Use.AI_INPUT], "", None),
    ],
)
def test_preferences_grant_only_what_grant_names(uses, grants, usage, mining):
    its = policy(host(uses=uses), grants=grants)
    (said,) = publish(its, NOON).hosts.values()
    assert (said.content_usage or b"").decode() == usage
    assert said.tdm_reservation == mining


@pytest.mark.parametrize(
    ("who", "kept"),
    [
        (Subject.everyone(), False),
        (Subject(1, "kind:agents"), False),
        (Subject(2, "purpose:search"), False),
        (Subject.agent("Googlebot"), False),
        (Subject(2, "purpose:seo"), True),
        (Subject(1, "kind:people"), True),
    ],
)
def test_a_use_that_a_rule_refuses_anywhere_is_not_granted(who, kept):
    its = policy(host(rules=[rule("x", who, ["/foto/"], DENIED)]), grants=[Use.SEARCH])
    assert (Use.SEARCH in granted(its, its.hosts[0])) is kept


def test_a_preference_is_a_dictionary_of_tokens():
    """The grammar of RFC 9651 for what we write: lower-case keys, `=`, a token, one comma and a space between."""
    grammar = r"(?:[a-z-]+=[yn](?:, (?=.))?)*"
    for uses in (BAN, {}, {Use.SEARCH: DENIED}):
        its = policy(host(uses=uses), grants=[Use.SEARCH])
        assert re.fullmatch(grammar, content_usage(its, its.hosts[0]))


@pytest.mark.parametrize(
    ("terms", "link"),
    [
        (None, b""),
        ("https://a.example/t?x=1", b', <https://a.example/t?x=1>; rel="terms-of-service"'),
        (
            "https://a.example/>;\r\nSet-Cookie: x",
            b', <https://a.example/%3E;%0D%0ASet-Cookie:%20x>; rel="terms-of-service"',
        ),
    ],
)
def test_a_link_is_one_field_whatever_the_policy_says(terms, link):
    rights = Rights("A", NOTICE, "mailto:a@b.example", terms)
    (said,) = publish(policy(rights=rights), NOON).hosts.values()
    ours = b'<https://www.antara.example/license.xml>; rel="license"; type="application/rsl+xml"'
    assert said.link == ours + link


def test_on_a_pattern_of_hosts_the_link_is_relative_to_the_page():
    (said,) = publish(policy(host("*.antara.example")), NOON).hosts.values()
    assert said.link is not None
    assert said.link.startswith(b'</license.xml>; rel="license"; type="application/rsl+xml"')


def test_no_format_has_the_spelling_of_another():
    """`train-ai` is the IETF's, `ai-train` that of RSL and of Content Signals; mixed up, they are ignored in silence."""
    its = policy(host(uses=dict.fromkeys(BAN, DENIED)), grants=[Use.SEARCH])
    for format_ in FORMATS:
        text = format_.render(Statement(its, its.hosts[0], NOON))
        for line in text.splitlines():
            ietf = format_.name == "Content-Usage" or line.startswith("Content-Usage:")
            wrong = r"\bai-(train|input|index|all)\b" if ietf else r"\b(train-ai|ai-use)\b"
            assert not re.search(wrong, line), (format_.name, line)


def test_what_is_not_served_is_not_in_the_manifest():
    """What the site must put in place itself was not published by us."""
    published = publish(policy(), NOON)
    manifest = json.loads(published.manifest)
    (said,) = manifest["hosts"].values()
    assert set(said["documents"]) == OWN_PATHS
    assert set(said["fields"]) == {
        *("link", "content-usage", "tdm-reservation", "tdm-policy", "x-robots-tag")
    }
    assert [one.name for one in FORMATS if one.place] == ["trust.txt", "HTML"]


def test_a_license_that_is_not_published_is_told_to_its_holder_alone():
    secret = license_(
        "rahasia",
        ["GPTBot"],
        on=(Pattern("/arsip/"),),
        publish=False,
        withdrawn=(Pattern("/arsip/1$"),),
        uses=frozenset({Use.AI_ALL}),
    )
    public = license_("umum", ["CCBot"], on=(Pattern("/siaran/"),), uses=frozenset({Use.AI_ALL}))
    rules = [rule("khusus", [Subject.license("rahasia")], ["/pers/"], OPEN)]
    held = policy(host(rules=rules), licenses=[secret, public])
    published = publish(held, NOON)
    (said,) = published.hosts.values()
    everybody = said.document("/robots.txt")
    its = said.document("/robots.txt", ["rahasia"])
    assert everybody == said.document("/robots.txt", ["umum", "entah"])
    assert (b"/arsip/" in everybody.body, b"/pers/" in everybody.body) == (False, False)
    assert all(path in its.body for path in (b"Allow: /arsip/\n", b"Allow: /pers/\n", b"Allow: /siaran/\n"))
    assert b"Disallow: /arsip/1$" in its.body, "a withdrawn article is closed again"
    assert (everybody.max_age > 0, its.max_age) == (True, 0)
    assert said.document("/license.xml", ["rahasia"]) == said.document("/license.xml")
    manifest = json.loads(published.manifest)["hosts"]["www.antara.example"]
    assert published.texts[manifest["licenses"]["rahasia"]] == its.body
    later = publish(held, secret.ends).hosts.values()
    assert all(not one.apart for one in later), "it ends by itself"


def test_what_each_holder_alone_is_told_is_what_it_would_be_by_itself():
    secret = [
        license_(name, [agent], on=(Pattern(f"/{name}/"),), publish=False, uses=frozenset({Use.AI_ALL}))
        for name, agent in (("satu", "GPTBot"), ("dua", "CCBot"), ("tiga", "GPTBot"))
    ]
    rules = [rule("khusus", [Subject.license("dua")], ["/pers/"], OPEN)]
    held = policy(host(rules=rules), licenses=secret)
    file = RobotsFile(b"User-agent: GPTBot\nDisallow: /satu/a/\n\nUser-agent: *\nDisallow: /cari\n")
    (said,) = publish(held, NOON, {"www.antara.example": file}).hosts.values()
    (one,) = held.hosts
    texts = {name: robots.render(Statement(held, one, NOON, file, name)).encode() for name in said.apart}
    assert {name: document.body for name, document in said.apart.items()} == texts
    assert len({*texts.values()}) == len(texts) == 3
