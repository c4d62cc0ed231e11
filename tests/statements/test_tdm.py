"""TDMRep: the file as its readers read it, the policy as the profile asks, and fields that say the same."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from gateway.instants import instant
from gateway.lookups.folder import load
from gateway.policy.model import Rights, Subject
from gateway.statements import publish
from gateway.statements.statement import Statement
from gateway.statements.tdm import MINING, file_omits, render_file, reservation, reservation_omits
from gateway.vocabulary import USE_OF, Purpose, Use, Verdict
from tests.goldens import assert_golden
from tests.rfc9309 import matches, normal
from tests.sites import NOON, NOTICE, host, policy, rule
from tests.statements.test_agreement import PATHS, RULES, USES, ambiguous, made
from tests.statements.test_rsl import gate

POLICIES = Path(__file__).parents[2] / "policies"
FILE, OFFER = "/.well-known/tdmrep.json", "/tdm-policy.json"
DENIED, OPEN = Verdict.DENY, Verdict.ALLOW
TRAIN = Subject.purpose(Purpose.AI_TRAIN)


def said(its, pattern="www.antara.example"):
    return publish(its, NOON).hosts[pattern]


def entries(its, pattern="www.antara.example"):
    return json.loads(said(its, pattern).documents[FILE].body)


def reserved(rows, path: str) -> int | None:
    """The first entry that matches counts; without one nothing is said."""
    return next(
        (row["tdm-reservation"] for row in rows if matches(normal(row["location"]), normal(path))), None
    )


@pytest.mark.parametrize("site", ["antara", "jawaban"])
def test_the_shipped_policies_are_stated(site):
    for its_host, found in publish(load(POLICIES / site), NOON).hosts.items():
        for path in (FILE, OFFER):
            assert found.documents[path].media_type == "application/json"
            name = f"tdm/{its_host.replace('*', '_')}{path.replace('/.well-known', '')}"
            assert_golden(name, found.documents[path].body)


def test_a_ban_reserves_the_whole_host_and_points_to_the_policy():
    address = "https://www.antara.example/tdm-policy.json"
    assert entries(policy()) == [{"location": "/", "tdm-reservation": 1, "tdm-policy": address}]
    assert (said(policy()).tdm_reservation, said(policy()).tdm_policy) == (b"1", address.encode())


def test_specific_entries_stand_before_general_ones():
    rules = [rule("a", TRAIN, ["/foto/"], DENIED), rule("b", TRAIN, ["/foto/arsip/", "/*.jpg$"], DENIED)]
    rows = entries(policy(host(uses={}, rules=rules)))
    assert [row["location"] for row in rows] == ["/*.jpg$", "/foto/"]
    assert reserved(rows, "/foto/1") == 1
    assert reserved(rows, "/berita/1") is None
    found = said(policy(host(uses={}, rules=rules)))
    assert (found.tdm_reservation, found.tdm_policy) == (None, None)


@pytest.mark.parametrize(
    ("grants", "rows", "field"),
    [
        ([Use.AI_ALL], [{"location": "/", "tdm-reservation": 0}], b"0"),
        ([Use.AI_TRAIN], [], None),
        ([], [], None),
    ],
)
def test_a_reservation_is_waived_only_by_a_grant_of_every_use(grants, rows, field):
    its = policy(host(uses={}), grants=grants)
    assert entries(its) == rows
    assert (said(its).tdm_reservation, said(its).tdm_policy) == (field, None)


def test_a_pattern_of_hosts_points_to_the_policy_of_the_first_host_with_an_address():
    its = policy(host("*.antara.example"), host())
    assert said(its, "*.antara.example").tdm_policy == b"https://www.antara.example/tdm-policy.json"
    bodies = {one.documents[OFFER].body for one in publish(its, NOON).hosts.values()}
    assert len(bodies) == 1


def test_hosts_without_an_address_have_no_policy_to_point_to():
    its = policy(host("*.antara.example"))
    assert entries(its, "*.antara.example") == [{"location": "/", "tdm-reservation": 1}]
    assert said(its, "*.antara.example").tdm_policy is None
    assert any("address" in line for line in file_omits(Statement(its, its.hosts[0], NOON)))


def test_the_policy_is_an_offer_of_the_profile():
    offer = json.loads(said(policy()).documents[OFFER].body)
    assert offer["@context"] == ["http://www.w3.org/ns/odrl.jsonld", "http://www.w3.org/ns/tdmrep.jsonld"]
    assert (offer["@type"], offer["profile"]) == ("Offer", "http://www.w3.org/ns/tdmrep")
    assert set(offer["assigner"]) == {"uid", "vcard:fn", "vcard:hasEmail", "vcard:hasURL"}
    assert offer["permission"] == [{"action": "tdm:mine", "duty": [{"action": "obtainConsent"}]}]
    its = policy(rights=Rights("A", NOTICE, "https://a.example/minta"))
    assigner = json.loads(said(its).documents[OFFER].body)["assigner"]
    assert assigner["vcard:hasURL"] == "https://a.example/minta"
    assert "vcard:hasEmail" not in assigner


def test_it_says_what_it_cannot_say():
    its = policy(host(uses={}, rules=[rule("a", TRAIN, ["/foto/"], DENIED)]))
    assert any("`/foto/`" in line for line in reservation_omits(Statement(its, its.hosts[0], NOON)))
    assert any("`ai-train`" in line for line in file_omits(Statement(its, its.hosts[0], NOON)))
    assert "use" not in "".join(file_omits(Statement(policy(host(uses={})), host(uses={}), NOON)))


def closed_by_law(its, path: str) -> bool:
    tables = its.hosts[0].at(instant(NOON)).legal.values()
    return any(table.best(normal(path)) is not None for table in tables)


@given(RULES, USES, USES)
def test_mining_is_reserved_wherever_the_gate_refuses_a_use_for_ai(rules, uses, wished):
    its = made(rules, uses, [], [use for use, verdict in wished.items() if verdict is OPEN])
    statement = Statement(its, its.hosts[0], NOON)
    rows, field = json.loads(render_file(statement)), reservation(statement)
    for path in (path for path in PATHS if not ambiguous(path)):
        refused = any(gate(its, purpose, path) is not OPEN for purpose in USE_OF if USE_OF[purpose] in MINING)
        assert not refused or reserved(rows, path) == 1
        if field and not closed_by_law(its, path):  # no page there has any field
            assert reserved(rows, path) == int(field)
    assert field != "0" or its.grants >= MINING
