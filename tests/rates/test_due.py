"""Whose requests are counted together: nobody leaves a counter by a name, a spelling or a header of their own choosing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decide import decide
from gateway.policy.paths import PathTable, Pattern
from gateway.proxy.peer import Peers
from gateway.rates.due import limit_named, takes_of
from gateway.request import Client
from gateway.vocabulary import By, Kind
from tests.deciding import contradicted, question_of

RULES = """\
rules:
  - {{id: a, who: everyone, where: ["/"], verdict: allow, rate: {{limit: 30/minute, by: {by}}}}}
"""


def takes(by, address="", certain=True, **case):
    document = {"policy": {"rules.yaml": RULES.format(by=by)}}
    question = question_of({**case, "certain": certain}, document)
    names = decide(question).rates
    return takes_of(
        names, question.host, question.policy, question.identity, question.request, question.now, address
    )


def whose(by, **case):
    (one,) = takes(by, **case)
    return one.whose


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_an_address_is_an_ipv4_address_or_a_64(one, other, same):
    assert (whose("address", **{"from": one}) == whose("address", **{"from": other})) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.200", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
    ],
)
def test_a_network_is_a_24_or_a_48(one, other, same):
    assert (whose("network", **{"from": one}) == whose("network", **{"from": other})) is same


@given(st.text("abcdefgh", min_size=3, max_size=12), st.text("abcdefgh", min_size=3, max_size=12))
def test_a_made_up_name_is_no_counter_of_its_own(one, other):
    names = [f"Zq{name}Bot/1.0 (+https://{name}.example/bot)" for name in (one, other)]
    assert len({whose(by, **{"as": name}) for name in names for by in ("agent", "operator")}) == 1


def test_an_agent_and_an_operator_are_counted_wherever_they_come_from():
    assert whose("agent", **{"as": "Googlebot/2.1"}) == whose(
        "agent", **{"as": "Googlebot/2.1", "from": "::1"}
    )
    assert whose("agent", **{"as": "Googlebot/2.1"}) != whose("agent", **{"as": "bingbot/2.0"})
    google = {"as": "Googlebot/2.1"}, {"as": "AdsBot-Google (+http://www.google.com/adsbot.html)"}
    assert whose("operator", **google[0]) == whose("operator", **google[1])
    assert whose("everyone", **google[0]) == whose("everyone", **{"as": "curl/8"})


def test_a_false_name_does_not_use_up_the_true_ones_counter():
    question = question_of({"as": "Googlebot/2.1"}, {"policy": {"rules.yaml": RULES.format(by="agent")}})
    asked = question.host, question.policy
    counted = [
        takes_of(("a",), *asked, identity, question.request, question.now)[0].whose
        for identity in (question.identity, contradicted(question.identity))
    ]
    assert counted[0] != counted[1]


def test_a_header_leads_nobody_out_but_readers_behind_an_unknown_proxy_are_let_be():
    assert whose("address", **{"as": "curl/8"}, certain=False) == whose("address", **{"as": "curl/8"})
    assert takes("address", **{"as": "Firefox/131.0"}, certain=False) == ()
    assert takes("network", **{"as": "Firefox/131.0"}, certain=False) == ()
    assert len(takes("everyone", **{"as": "Firefox/131.0"}, certain=False)) == 1
    assert takes("address", "samaran", **{"as": "Firefox/131.0"}, certain=False)[0].whose == "samaran"


@pytest.mark.parametrize("by", [by for by in By if by is not By.LICENSE])
def test_only_addresses_and_networks_can_be_many(by):
    (one,) = takes(by)
    assert one.few is (by not in (By.ADDRESS, By.NETWORK))


def test_a_rate_is_found_by_its_name():
    question = question_of({}, {"policy": "antara"})
    assert limit_named("alat-pelan", question.host, question.policy).limit == "30/minute"
    assert limit_named("license.contoh-ai-2026", question.host, question.policy).by is By.LICENSE
    assert limit_named("license.lain", question.host, question.policy) is None
    assert limit_named("foto-tidak-untuk-seo", question.host, question.policy) is None


PATTERNS = st.sampled_from(["/", "/a", "/a/", "/a$", "/a/$", "/*b", "/a*b$", "*b", "/a/*/c", "/ab"])


@given(st.lists(PATTERNS, max_size=8, unique=True), st.text("abc/", max_size=6).map(lambda text: f"/{text}"))
def test_every_pattern_that_matches_is_found(texts, reading):
    table = PathTable((Pattern(text), text) for text in texts)
    assert sorted(table.every(reading)) == sorted(text for text in texts if Pattern(text).matches(reading))


def test_a_reader_is_counted_without_a_claim():
    client = Peers().client("203.0.113.7")
    assert isinstance(client, Client)
    question = question_of({"as": "Firefox/131.0"}, {"policy": {"rules.yaml": RULES.format(by="agent")}})
    assert question.identity.kind is Kind.PEOPLE
    assert whose("agent", **{"as": "Firefox/131.0"}).endswith("people")
