"""Parts of a host by what is refused there: told apart where they can be, joined where they cannot."""

import pytest

from gateway.policy.model import Subject
from gateway.statements.areas import areas, joined
from gateway.vocabulary import Kind, Purpose, Use, Verdict
from tests.sites import BAN, ORDER, host, rule

DENIED, OFFERED, OPEN = Verdict.DENY, Verdict.LICENSE, Verdict.ALLOW
SEARCH = Subject.purpose(Purpose.SEARCH)
TRAIN = Subject.purpose(Purpose.AI_TRAIN)


def said(*rules, uses=None):
    its = host(uses=uses or {}, rules=[rule(f"r{n}", *one) for n, one in enumerate(rules)])
    return {area.pattern: dict(area.refusals) for area in areas(its)}


def test_uses_are_refused_on_the_whole_host():
    ban = dict.fromkeys((Use.AI_TRAIN, Use.AI_INPUT, Use.AI_INDEX), DENIED)
    assert said(uses=BAN) == {"/": ban}
    assert said(uses={Use.AI_TRAIN: OFFERED}) == {"/": {Use.AI_TRAIN: OFFERED}}
    assert said() == {"/": {}}


def test_a_part_says_what_the_whole_says_and_more():
    found = said(
        (SEARCH, ["/foto/"], DENIED), (TRAIN, ["/foto/arsip/"], DENIED), uses={Use.AI_INPUT: OFFERED}
    )
    assert found == {
        "/": {Use.AI_INPUT: OFFERED},
        "/foto/": {Use.AI_INPUT: OFFERED, Use.SEARCH: DENIED},
        "/foto/arsip/": {Use.AI_TRAIN: DENIED, Use.AI_INPUT: OFFERED, Use.SEARCH: DENIED},
    }


def test_parts_that_cross_have_what_they_share_written_out():
    found = said((SEARCH, ["/foto/"], DENIED), (TRAIN, ["/*.jpg$"], DENIED))
    assert found == {
        "/": {},
        "/foto/": {Use.SEARCH: DENIED},
        "/*.jpg$": {Use.AI_TRAIN: DENIED},
        "/foto/*.jpg$": {Use.AI_TRAIN: DENIED, Use.SEARCH: DENIED},
    }


def test_what_the_whole_refuses_needs_no_part():
    assert set(said((TRAIN, ["/foto/"], DENIED), (TRAIN, ["/x/"], OFFERED), uses=BAN)) == {"/"}


def test_a_rule_about_a_purpose_holds_against_one_about_everybody():
    everyone, agents = Subject.everyone(), Subject.kind(Kind.AGENTS)
    found = said((everyone, ["/dalam/"], DENIED), (SEARCH, ["/dalam/"], OPEN))
    assert set(found["/dalam/"]) == {Use.AI_TRAIN, Use.AI_INPUT, Use.AI_INDEX}
    assert said((agents, ["/"], DENIED), (SEARCH, ["/"], OPEN))["/"].get(Use.SEARCH) is None


@pytest.mark.parametrize(
    "who", [Subject.agent("Googlebot"), Subject.operator("Google"), Subject.kind(Kind.PEOPLE)]
)
def test_who_is_named_is_no_use(who):
    assert said((who, ["/foto/"], DENIED)) == {"/": {}}


def test_what_cannot_be_told_apart_is_said_of_the_whole():
    many = [(SEARCH, [f"/*{letter}*{n}"], DENIED) for n in range(40) for letter in "abcdefgh"]
    its = host(uses={}, rules=[rule(f"r{n}", *one) for n, one in enumerate(many)])
    (whole,) = areas(its)
    assert (whole.pattern, dict(whole.refusals)) == ("/", {Use.SEARCH: DENIED})
    assert joined(its)
    assert not joined(host())


def test_hundreds_of_pages_closed_by_law_close_no_other_page():
    rules = [rule(f"r{n}", Subject.everyone(), [f"/berita/{n}/"], DENIED, order=ORDER) for n in range(300)]
    its = host(uses=BAN, rules=rules)
    found = areas(its)
    assert len(found) == 301
    assert dict(found[0].refusals) == dict.fromkeys((Use.AI_TRAIN, Use.AI_INPUT, Use.AI_INDEX), DENIED)
    assert not joined(its)
    assert areas(its) is found


def test_nothing_opens_again_what_a_legal_order_closes():
    order = rule("r", Subject.everyone(), ["/dalam/"], DENIED, order=ORDER)
    opening = rule("s", SEARCH, ["/dalam/satu/"], OPEN)
    found = {area.pattern: area for area in areas(host(uses={}, rules=[order, opening]))}
    assert found["/dalam/"].refusals[Use.SEARCH] is DENIED
    assert "/dalam/satu/" not in found
