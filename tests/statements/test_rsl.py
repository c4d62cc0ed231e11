"""license.xml: read back as XML, by a reader that knows what RSL 1.0 has words for, and the law on what it promises."""

import dataclasses
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given

from gateway.identify import subjects_of
from gateway.identify.claim import Claim
from gateway.instants import instant
from gateway.lookups.folder import load
from gateway.policy.model import Rights, Subject
from gateway.policy.price import Per, Price
from gateway.policy.winner import rule_for
from gateway.statements import publish
from gateway.statements.rsl import NAMESPACE, omits, render
from gateway.statements.statement import Statement
from gateway.statements.usage import granted
from gateway.vocabulary import USE_OF, Kind, Purpose, Sentence, Use, Verdict
from tests.goldens import assert_golden
from tests.rfc9309 import matches, normal
from tests.sites import BAN, NOON, NOTICE, RIGHTS, host, policy, rule
from tests.statements.readers import rsl
from tests.statements.test_agreement import PATHS, RULES, USES, ambiguous, made

POLICIES = Path(__file__).parents[2] / "policies"
DENIED, OFFERED, OPEN = Verdict.DENY, Verdict.LICENSE, Verdict.ALLOW

#: Elements and attributes of RSL 1.0 that we write, by parent.
GRAMMAR = {
    "rsl": ({"max-age"}, {"content"}),
    "content": ({"url", "server"}, {"license", "copyright", "terms"}),
    "license": (set(), {"permits", "prohibits", "payment", "legal"}),
    "permits": ({"type"}, set()),
    "prohibits": ({"type"}, set()),
    "payment": ({"type"}, {"custom", "amount"}),
    "amount": ({"currency"}, set()),
    "custom": (set(), set()),
    "legal": ({"type"}, set()),
    "copyright": ({"type", "contactEmail", "contactUrl"}, set()),
    "terms": (set(), set()),
}


class License(NamedTuple):
    permits: frozenset[Use] | None
    prohibits: frozenset[Use]
    custom: str | None

    def gives(self, use: Use, lax: bool) -> bool:
        """Whether a reader finds a use permitted; a lax one takes the absence of `permits` for all."""
        listed = lax if self.permits is None else use in self.permits
        return listed and use not in self.prohibits


def read(text: str) -> list[tuple[str, list[License]]]:
    """The contents, each with its licenses. Fails on whatever is not of RSL 1.0."""
    root = ET.fromstring(text)
    _conforms(root)
    return [
        (content.get("url") or "", [_license(one) for one in content if _name(one) == "license"])
        for content in root
    ]


def _conforms(element) -> None:
    attributes, children = GRAMMAR[_name(element)]
    assert set(element.keys()) <= attributes
    assert {_name(child) for child in element} <= children
    for child in element:
        _conforms(child)


def _name(element) -> str:
    space, _, name = element.tag[1:].partition("}")
    assert space == NAMESPACE
    return name


def _license(element) -> License:
    found = {_name(child): child for child in element}
    assert len(found) == len(element), "each child stands once"
    permits = _uses(found["permits"].text) if "permits" in found else None
    prohibits = _uses(found["prohibits"].text) if "prohibits" in found else frozenset()
    payment = found.get("payment")
    return License(permits, prohibits, None if payment is None else payment[0].text)


def _uses(text: str) -> frozenset[Use]:
    return frozenset(single for token in text.split(" ") for single in Use(token).single)


def text_of(its, pattern="www.antara.example") -> str:
    return publish(its, NOON).hosts[pattern].documents["/license.xml"].body.decode()


@pytest.mark.parametrize("site", ["antara", "jawaban"])
def test_the_shipped_policies_are_stated(site):
    its = load(POLICIES / site)
    for its_host, said in publish(its, NOON).hosts.items():
        document = said.documents["/license.xml"]
        assert document.media_type == "application/rsl+xml"
        assert_golden(f"rsl/{its_host.replace('*', '_')}.xml", document.body)
        assert read(document.body.decode())


@pytest.mark.parametrize(
    ("uses", "grants", "expected"),
    [
        (BAN, [], [(None, "ai-train ai-input ai-index", None)]),
        (BAN, [Use.SEARCH], [("search", "ai-train ai-input ai-index", None)]),
        ({**BAN, Use.SEARCH: DENIED}, [], [(None, "ai-train ai-input ai-index search", None)]),
        (
            {Use.AI_TRAIN: DENIED, Use.AI_INPUT: OFFERED},
            [],
            [("ai-input", "ai-train ai-index", RIGHTS.terms)],
        ),
        ({}, [Use.AI_INPUT], [("ai-input", "ai-train ai-index", None)]),
        ({}, [], [(None, "ai-train ai-input ai-index", None)]),
        ({}, [Use.ALL], [("ai-train ai-input ai-index search", "", None)]),
        (
            {Use.AI_TRAIN: OFFERED, Use.AI_INPUT: DENIED, Use.AI_INDEX: DENIED},
            [Use.SEARCH],
            [("search", "ai-input ai-index", None), ("ai-train", "ai-input ai-index", RIGHTS.terms)],
        ),
    ],
)
def test_it_permits_what_is_granted_and_offers_what_is_on_offer(uses, grants, expected):
    ((url, licenses),) = read(text_of(policy(host(uses=uses), grants=grants)))
    assert url == "/"
    assert licenses == [
        License(
            None if permits is None else _uses(permits), _uses(prohibits) if prohibits else frozenset(), desk
        )
        for permits, prohibits, desk in expected
    ]


def test_a_token_endpoint_is_named_but_not_where_something_is_granted():
    offered = {**BAN, Use.AI_INPUT: OFFERED}
    for uses in (BAN, offered):
        its = dataclasses.replace(policy(host(uses=uses)), tokens=3600)
        assert 'server="https://www.antara.example/_izin/olp"' in text_of(its)
    granting = dataclasses.replace(policy(host(uses=offered), grants=[Use.SEARCH]), tokens=3600)
    assert "server" not in text_of(granting)


def test_the_spelling_is_that_of_rsl_and_there_is_no_server():
    text = text_of(policy())
    assert '<prohibits type="usage">ai-all</prohibits>' in text
    assert "train-ai" not in text
    assert "server" not in text


@pytest.mark.parametrize(
    ("contact", "terms", "desk"),
    [
        ("mailto:a@b.example", "https://b.example/t", "https://b.example/t"),
        ("https://b.example/minta", "https://b.example/t", "https://b.example/minta"),
        ("mailto:a@b.example", None, "mailto:a@b.example"),
    ],
)
def test_an_offer_says_where_to_ask(contact, terms, desk):
    its = policy(host(uses={Use.AI_INPUT: OFFERED}), rights=Rights("A", NOTICE, contact, terms))
    ((_, (offer,)),) = read(text_of(its))
    assert offer.custom == desk


def test_hostile_names_stay_text():
    evil = "</rsl>\"'&<x>\x00\x1b\u2028 -->]]>"
    its = policy(
        rights=Rights(evil, Sentence(evil, evil), 'mailto:a"b<@c.example', f"https://a.example/{evil}")
    )
    assert len(read(text_of(its))) == 1


def test_it_says_what_it_cannot_say():
    rules = [
        rule("seo", Subject.purpose(Purpose.SEO), ["/foto/"], DENIED),
        rule("buka", Subject.purpose(Purpose.AI_TRAIN), ["/pers/"], OPEN),
    ]
    its = policy(host(uses={Use.AI_TRAIN: DENIED}, rules=rules))
    said = "\n".join(omits(Statement(its, its.hosts[0], NOON)))
    assert "`seo`, `buka`" in said
    assert "`ai-input`, `ai-index`, not granted, is published as prohibited" in said
    assert "`search` is merely let be" in said


def gate(its, purpose: Purpose, path: str) -> Verdict:
    """What the gate says to an agent of whom nothing but its purpose is known."""
    keys = subjects_of(Claim(Kind.AGENTS, purpose=purpose))
    standing = its.hosts[0].at(instant(NOON))
    if standing.passed.best(path.partition("?")[0]) is not None:
        return OPEN
    if any(standing.legal[key].best(normal(path)) for key in keys if key in standing.legal):
        return DENIED
    found = rule_for(standing, keys, normal(path))
    return OPEN if found is None else found.verdict


@given(RULES, USES, USES)
def test_no_reader_finds_more_than_the_gate_gives(rules, uses, wished):
    """However a reader takes overlaps: by the longest content alone, or by all of them; strictly or laxly."""
    grants = [use for use, verdict in wished.items() if verdict is OPEN]
    its = made(rules, uses, [], grants)
    contents = read(render(Statement(its, its.hosts[0], NOON)))
    yes = granted(its, its.hosts[0].at(instant(NOON)))
    for path in (path for path in PATHS if not ambiguous(path)):
        matching = [one for one in contents if matches(normal(one[0]), normal(path))]
        assert matching, "the first content is the whole host"
        longest = max(matching, key=lambda one: len(one[0]))
        for purpose, use in USE_OF.items():
            verdict = gate(its, purpose, path)
            for _, licenses in matching:
                assert all(use in yes for one in licenses if one.custom is None and one.gives(use, lax=False))
            for one in longest[1]:
                if one.gives(use, lax=True):
                    assert verdict is OPEN or (verdict is OFFERED and one.custom is not None)
            forbidden = all(use in one.prohibits for _, licenses in matching for one in licenses)
            assert verdict is not DENIED or forbidden or not any(one.gives(use, True) for one in longest[1])


def test_each_price_stands_with_the_uses_that_it_is_for():
    words = Sentence("lima ratus rupiah", "five hundred rupiah")
    price = Price("500", "IDR", Per.USE, words)
    offered = {Use.AI_TRAIN: OFFERED, Use.AI_INPUT: OFFERED, Use.AI_INDEX: OFFERED}
    its = dataclasses.replace(policy(host(uses=offered)), prices={Use.AI_INPUT: price})
    text = text_of(its)
    ((_, licenses),) = read(text)
    assert [one.permits for one in licenses] == [{Use.AI_TRAIN, Use.AI_INDEX}, {Use.AI_INPUT}]
    assert '<payment type="use"><custom>' in text
    assert '<amount currency="IDR">500</amount>' in text
    assert text.count("<payment>") == 1, "the others are asked for"
    assert rsl(text)
