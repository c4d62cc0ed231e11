"""Evidence weighed: the table, and what must hold of it whatever is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agents import catalogue
from gateway.decide import decide
from gateway.decision import Question
from gateway.identify import NO_FACTS, PROBES, identify, needs
from gateway.identify.address import EDGE_LISTS
from gateway.identify.claim import Claims
from gateway.identify.identity import Evidence, Unavailable
from gateway.identify.weigh import BEARINGS, Bearing, assurance_of, kind_of, methods_of
from gateway.value import changed
from gateway.vocabulary import Assurance, Kind, Reason
from tests.identify.facts import (
    AGENTS,
    CLAIMS,
    DOWN,
    FOREIGN,
    GONE,
    GOOD,
    LIAR,
    LISTED,
    NAMELESS,
    POLICY,
    STALE,
    TRUE,
    UNLISTED,
    asked,
    facts,
    listed,
    request,
    weighed,
)  # fmt: skip
from tests.sites import NOON, host, policy, rule

NOW = int(NOON.timestamp()) * 1_000_000
CONTRADICTED, CORROBORATED, CLAIMED = Assurance.CONTRADICTED, Assurance.CORROBORATED, Assurance.CLAIMED


@pytest.mark.parametrize(
    ("user_agent", "known", "assurance"),
    [
        # every method that is published fails, on fresh data
        ("BothBot", facts(GOOD, FOREIGN), CONTRADICTED),
        ("BothBot", facts(GOOD, NAMELESS), CONTRADICTED),
        ("BothBot", facts(GOOD, LIAR), CONTRADICTED),
        ("ListBot", facts(GOOD), CONTRADICTED),
        ("ListsBot", facts(GOOD, more=GOOD), CONTRADICTED),
        ("NameBot", facts(dns=FOREIGN), CONTRADICTED),
        ("NameBot", facts(dns=LIAR), CONTRADICTED),
        ("GapBot", facts(dns=FOREIGN), CONTRADICTED),
        ("FastBot", facts(), CONTRADICTED),
        # one of them proves it
        ("BothBot", facts(GOOD, TRUE), CORROBORATED),
        ("BothBot", facts(GONE, TRUE), CORROBORATED),
        ("BothBot", facts(STALE, TRUE), CORROBORATED),
        ("NameBot", facts(dns=TRUE), CORROBORATED),
        ("ListsBot", facts(GONE, more=listed("8.8.4.0/24")), CORROBORATED),
        ("SoftBot", facts(GOOD, TRUE), CORROBORATED),
        # one of them could not be tried
        ("BothBot", facts(GOOD, DOWN), CLAIMED),
        ("BothBot", facts(GOOD), CLAIMED),
        ("BothBot", facts(GONE, FOREIGN), CLAIMED),
        ("BothBot", facts(STALE, FOREIGN), CLAIMED),
        ("BothBot", facts(), CLAIMED),
        ("ListBot", facts(STALE), CLAIMED),
        ("ListsBot", facts(GOOD), CLAIMED),
        ("ListsBot", facts(GOOD, more=STALE), CLAIMED),
        ("ListBot", facts("nonsense"), CLAIMED),
        ("NameBot", facts(dns="nonsense"), CLAIMED),
        ("NameBot", facts(dns=DOWN), CLAIMED),
        # a missing forward record proves nothing where the operator's own are incomplete
        ("GapBot", facts(dns=LIAR), CLAIMED),
        # routes cannot be looked up, keys say nothing by their absence
        ("RouteBot", facts(GOOD), CLAIMED),
        ("KeyBot", facts(), CLAIMED),
        ("BareBot", facts(GOOD, FOREIGN), CLAIMED),
        # honest clients fail these checks
        ("SoftBot", facts(GOOD, FOREIGN), CLAIMED),
        ("LatihBot", facts(GOOD, FOREIGN), CLAIMED),
        # a fuse that is blown, an address that is a network's before the site
        ("BothBot", facts(GOOD, FOREIGN, suspended="2026-11-24T00:00:00Z"), CLAIMED),
        ("BothBot", facts(GOOD, FOREIGN, edge=listed("8.8.4.0/24")), CLAIMED),
        ("NameBot", facts(dns=FOREIGN, edge=listed("8.8.4.0/24")), CLAIMED),
        ("BothBot", facts(GOOD, FOREIGN, edge=listed("9.9.9.0/24")), CONTRADICTED),
        ("BothBot", facts(GOOD, TRUE, suspended="2026-11-24T00:00:00Z"), CORROBORATED),
    ],
)
def test_the_table(user_agent, known, assurance):
    identity = weighed(f"{user_agent}/1.0", known)
    assert identity.assurance is assurance
    impostor = assurance is CONTRADICTED
    assert (identity.kind is Kind.IMPOSTORS) == impostor
    assert (identity.agent, identity.operator) == (user_agent, "Dua" if user_agent == "BareBot" else "Satu")
    assert identity.subjects[0] == ("kind:impostors" if impostor else f"agent:{user_agent.lower()}")
    assert identity.claimed[:1] == ((f"agent:{user_agent.lower()}",) if impostor else ())


@pytest.mark.parametrize("address", [LISTED, "2001:4860:4801::1"])
@pytest.mark.parametrize("lists", [GOOD, STALE.__class__("old", GOOD.prefixes, "2026-11-20", fresh=False)])
@pytest.mark.parametrize("user_agent", ["BothBot", "ListBot", "RouteBot", "SoftBot", "LatihBot"])
def test_who_is_on_the_list_is_its_operators(user_agent, lists, address):
    identity = weighed(f"{user_agent}/1.0", facts(lists), address)
    assert identity.assurance is CORROBORATED
    (found,) = [one for one in identity.evidence if one.probe == "published-ranges"]
    assert found.finding is Reason.ADDRESS_PUBLISHED
    assert found.detail.endswith(f", {lists.name}, {lists.date}")


@pytest.mark.parametrize(
    ("address", "certain", "finding"),
    [
        (UNLISTED, False, "address-uncertain"),
        (LISTED, False, "address-uncertain"),
        ("127.0.0.1", True, "address-private"),
        ("10.1.2.3", True, "address-private"),
        ("192.168.1.1", True, "address-private"),
        ("100.64.0.1", True, "address-private"),
        ("169.254.1.1", True, "address-private"),
        ("fd00::1", True, "address-private"),
        ("fe80::1", True, "address-private"),
        ("::1", True, "address-private"),
        ("", True, "address-private"),
    ],
)
@pytest.mark.parametrize("user_agent", ["BothBot", "ListBot", "NameBot", "FastBot", "SoftBot"])
def test_an_address_of_which_nothing_can_be_said(user_agent, address, certain, finding):
    known = facts(GOOD, FOREIGN, address=address)
    identity = weighed(f"{user_agent}/1.0", known, address, certain=certain)
    assert (identity.assurance, identity.kind) == (CLAIMED, Kind.AGENTS)
    assert [one.finding for one in identity.evidence[1:]] == [finding], "said once"
    assert {one.kind for one in asked(f"{user_agent}/1.0", address, certain=certain)} <= {"suspended"}


def test_what_is_asked():
    def kinds(user_agent, address=UNLISTED, known=NO_FACTS):
        return {one.kind for one in asked(f"{user_agent}/1.0", address, known)}

    assert kinds("BothBot") == {"ranges", "dns", "suspended"}
    assert kinds("BothBot", known=facts(GOOD)) == {"ranges", "dns", "suspended"}
    assert kinds("BothBot", LISTED, facts(GOOD)) == {"ranges", "suspended"}, "the list has said it already"
    assert kinds("LatihBot") == {"ranges"}, "believed anyway, so DNS is spared"
    assert kinds("BareBot") == kinds("Mozilla") == kinds("Tak Dikenal") == set()
    (strict,) = [one for one in asked("BothBot/1.0") if one.kind == "dns"]
    (soft,) = [one for one in asked("SoftBot/1.0") if one.kind == "dns"]
    assert (strict.waits, soft.waits) == (True, False), "nobody waits where nothing follows from the answer"


@pytest.mark.parametrize("address", ["104.16.1.1", "2606:4700::1", "151.101.1.1"])
def test_who_seems_to_be_a_content_delivery_network_is_not_contradicted(address):
    """Its own list need not have been fetched for that."""
    for user_agent in ("ListBot/1.0", "BothBot/1.0", "NameBot/1.0", "FastBot/1.0"):
        identity = weighed(user_agent, facts(GOOD, FOREIGN, address=address), address)
        assert identity.assurance is CLAIMED
        assert Reason.ADDRESS_UNCERTAIN in [one.finding for one in identity.evidence]


def test_people_never_ask_for_anything():
    claims = Claims(catalogue())
    its = policy()
    for user_agent in (
        "Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0",
        "okhttp/4.12",
        "",
        "Amazon CloudFront",
    ):
        claim = claims.read(user_agent)
        assert claim.kind is Kind.PEOPLE
        assert needs(request(user_agent), claim, its) == ()


# ── laws ────────────────────────────────────────────────────────────────────────────────────────────────────────────

LISTS = st.sampled_from([None, GOOD, STALE, GONE, listed("8.8.4.0/24"), "nonsense"])
DNS = st.sampled_from([None, TRUE, FOREIGN, NAMELESS, LIAR, DOWN, 7])
FACTS = st.builds(
    facts, LISTS, DNS, st.sampled_from(["", "2026-11-24T00:00:00Z"]), edge=st.sampled_from([None, listed("8.8.4.0/24")]),
    more=LISTS,
)  # fmt: skip
NAMES_OF = st.sampled_from([one.name for one in AGENTS])
ADDRESSES = st.sampled_from([UNLISTED, LISTED, "10.0.0.1", "2001:4860::1"])
RULES = st.lists(
    st.sampled_from(
        [
            ("kind:impostors", "allow"), ("kind:impostors", "license"), ("kind:agents", "deny"), ("everyone", "deny"),
            ("agent:bothbot", "allow"), ("agent:bothbot", "deny"), ("operator:satu", "license"),
        ]
    ),
    max_size=3,
)  # fmt: skip


def question(identity, asked_for, rules):
    from gateway.policy.model import Subject
    from gateway.vocabulary import Verdict

    ranks = {"everyone": 0, "kind": 1, "operator": 3, "agent": 4}
    written = [
        rule(f"r{number}", Subject(ranks[key.partition(":")[0]], key), ["/"], Verdict(verdict))
        for number, (key, verdict) in enumerate(rules)
    ]
    its = policy(host(rules=written), agents=AGENTS)
    return Question(asked_for, identity, its, its.hosts[0], NOW)


@given(NAMES_OF, FACTS, ADDRESSES, st.booleans(), RULES)
def test_a_lookup_that_fails_never_refuses_anybody(name, known, address, certain, rules):
    """Whatever is known, to know nothing of it refuses no client that it would not have refused."""
    asked_for = request(f"{name}/1.0", address, certain=certain)
    # What is the gateway's own knowledge cannot fail.
    own = {one: value for one, value in known.items() if one in EDGE_LISTS or one.kind == "suspended"}
    blind = {lookup: Unavailable("down") for lookup in known} | own
    for less in (blind, own):
        identity = weighed(f"{name}/1.0", less, address, certain=certain)
        assert identity.kind is not Kind.IMPOSTORS or name == "FastBot", (
            "only the catalogue's own networks are left"
        )
        before = decide(question(weighed(f"{name}/1.0", known, address, certain=certain), asked_for, rules))
        after = decide(question(identity, asked_for, rules))
        assert after.verdict.strictness <= before.verdict.strictness


@given(NAMES_OF, FACTS, ADDRESSES, RULES)
def test_a_contradicted_claim_never_helps(name, known, address, rules):
    identity = weighed(f"{name}/1.0", known, address)
    if identity.assurance is not CONTRADICTED:
        return
    asked_for = request(f"{name}/1.0", address)
    false = decide(question(identity, asked_for, rules))
    honest = decide(question(weighed(f"{name}/1.0", {}, "10.0.0.1"), asked_for, rules))
    assert false.verdict.strictness >= honest.verdict.strictness


AGAINST = [reason for reason, bearing in BEARINGS.items() if bearing is Bearing.AGAINST]
EVIDENCE = st.builds(
    Evidence,
    st.sampled_from([probe.name for probe in PROBES] + ["announced-routes"]),
    st.sampled_from(sorted(BEARINGS)),
)
RANK = {Assurance.SIGNED: -1, CORROBORATED: 0, Assurance.ANONYMOUS: 1, CLAIMED: 1, CONTRADICTED: 2}


@given(
    NAMES_OF,
    st.lists(EVIDENCE, max_size=6, unique_by=lambda one: one.probe),
    st.sampled_from(PROBES),
    st.sampled_from(AGAINST),
)
def test_more_evidence_against_a_client_never_speaks_for_it(name, evidence, probe, finding):
    verify, claim = AGENTS.find(name).verify, CLAIMS.read(f"{name}/1.0")
    before = assurance_of(claim, verify, evidence)
    silent = [
        one for one in evidence if one.probe != probe.name or BEARINGS[one.finding] is not Bearing.SILENT
    ]
    if any(one.probe == probe.name for one in silent):
        return  # that probe has spoken
    after = assurance_of(claim, verify, [*silent, Evidence(probe.name, finding)])
    assert RANK[after] >= RANK[before]


@given(
    NAMES_OF,
    st.lists(EVIDENCE, max_size=6),
    st.sampled_from([r for r, b in BEARINGS.items() if b is Bearing.OPEN]),
)
def test_a_check_that_gave_no_answer_disproves_nothing(name, evidence, finding):
    verify, claim = AGENTS.find(name).verify, CLAIMS.read(f"{name}/1.0")
    found = assurance_of(claim, verify, [*evidence, Evidence("another", finding)])
    assert found is not CONTRADICTED
    assert kind_of(claim, found) is claim.kind


def test_nobody_is_disproved_without_a_strict_check():
    for agent in (*catalogue(), *AGENTS):
        if agent.verify is None or agent.verify.strict:
            continue
        claim = CLAIMS.read("BothBot/1.0")
        every = [Evidence(method, AGAINST[0]) for method in methods_of(agent.verify)]
        assert assurance_of(claim, agent.verify, every) is not CONTRADICTED


def test_every_strict_agent_of_the_catalogue_can_be_disproved_and_proved():
    """By probes that there are: a strict check that nobody can make would be an empty word."""
    names = {probe.name for probe in PROBES}
    for agent in catalogue():
        if agent.verify is not None and agent.verify.strict:
            assert set(methods_of(agent.verify)) <= names
            assert methods_of(agent.verify)


def test_recorded_evidence_weighs_as_it_did():
    for known in (facts(GOOD, FOREIGN), facts(GOOD, TRUE), facts(GOOD, DOWN), facts()):
        before = weighed("BothBot/1.0", known)
        again = identify(request("BothBot/1.0"), CLAIMS.read("BothBot/1.0"), POLICY, {}, before.evidence)
        assert again == before
    assert changed(before, proved=()) == before
