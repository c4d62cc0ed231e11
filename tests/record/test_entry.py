"""What an entry holds, and what it never holds."""

import json
import re

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.pseudonyms import Pseudonyms
from gateway.decision import Decision
from gateway.enforce import answer_to
from gateway.identify.identity import Evidence, Identity
from gateway.instants import rfc3339
from gateway.rates.counters import Finding
from gateway.record import (
    CAPS,
    MAX_ENTRY,
    Compact,
    EntryError,
    event_entry,
    forget,
    outcome_entry,
    printed,
    private,
)
from gateway.record.entry import MAX_SHARED
from gateway.record.named import named_in_entry
from gateway.request import Client
from gateway.seal.erasable import entry_of, opening_of
from gateway.value import changed
from gateway.vocabulary import Assurance, Audience, End, Kind, Level, Reason, Verdict
from tests import journals, sites
from tests.journals import GPTBOT, LET_IN, READER, REFUSED, decision_entry, judged

PSEUDONYM = "c2FtYXJhbi1wZW1i"
levels = st.sampled_from(Level)


def payload(entry, table=None):
    return entry.encode({} if table is None else table) if isinstance(entry, Compact) else entry


def shown(entry):
    return printed(payload(entry), 1, "antara", "mesin", {})


@given(journals.judgements, levels)
def test_entries_are_canonical_and_small(judgement, level):
    octets = payload(decision_entry(judgement, level, PSEUDONYM))
    assert entry_of(octets) == rfc8785.dumps(json.loads(entry_of(octets)))
    assert len(octets) <= MAX_ENTRY
    opening = opening_of(octets)
    assert (opening is None) is (octets[:1] == b"[")
    if opening is not None:
        assert opening.values == rfc8785.dumps(json.loads(opening.values))


@given(journals.judgements, levels)
def test_an_entry_without_its_values_tells_all_but_whom_it_is_about(judgement, level):
    octets = payload(decision_entry(judgement, level, PSEUDONYM))
    whole, left = shown(octets), shown(entry_of(octets))
    if octets[:1] == b"[":
        assert whole == left
        return
    assert left.pop("erased") is True
    kept = [whole["client"].pop(name, None) for name in ("address", "network", "pseudonym")]
    if len(agent := whole["request"].pop("user_agent") or "") >= 20:
        kept.append(agent)
    kept.append(whole.pop("trace", None))
    assert left["client"].pop("network") is None
    assert left["request"].pop("user_agent") is None
    for one in whole["identity"]["evidence"]:
        if one["probe"] in ("reverse-dns", "published-ranges") and whole["identity"]["kind"] != "people":
            del one["detail"]
    assert left == whole
    elsewhere = json.dumps(whole)  # where another field may say the same
    for value in map(json.dumps, filter(None, kept)):
        assert value in elsewhere or value.encode() not in entry_of(octets)


def test_values_that_do_not_fit_their_commitment_are_not_shown():
    octets = payload(decision_entry(judged(identity=GPTBOT, decision=REFUSED), Level.DURABLE))
    shown(octets)
    for other in (octets.replace(b"203.0.113.7", b"203.0.113.8"), octets[:-1], octets + b" "):
        with pytest.raises(EntryError, match="commits to"):
            shown(other)
    compact = payload(decision_entry(judged(), Level.WRITTEN, PSEUDONYM))
    with pytest.raises(EntryError):
        shown(compact + octets[octets.index(b"\0") :])


def test_what_the_checks_of_the_address_found_is_of_the_client_and_the_rest_is_evidence():
    evidence = (
        Evidence("user-agent", Reason.CLAIM_BELIEVED, "Googlebot"),
        Evidence("reverse-dns", Reason.NAME_CONFIRMS, "crawl-66-249-66-1.googlebot.com"),
        Evidence("published-ranges", Reason.ADDRESS_PUBLISHED, "66.249.66.0/27"),
        Evidence("license-token", Reason.TOKEN_PROVES_LICENSE, "contoh; 01"),
    )
    octets = decision_entry(judged(identity=changed(GPTBOT, evidence=evidence)), Level.DURABLE)
    told = [one.get("detail") for one in shown(octets)["identity"]["evidence"]]
    assert told == [one.detail for one in evidence]
    left = [one.get("detail") for one in shown(entry_of(octets))["identity"]["evidence"]]
    assert left == ["Googlebot", None, None, "contoh; 01"]


@given(journals.judgements, levels)
def test_a_compact_entry_has_at_most_200_octets_besides_the_target(judgement, level):
    entry = decision_entry(judgement, level, PSEUDONYM)
    if isinstance(entry, Compact):
        table = {b"%d" % number: number for number in range(1, MAX_SHARED)}
        table |= dict.fromkeys(entry.shared, MAX_SHARED)
        octets = entry.encode(table)
        target = json.loads(octets)[4]
        assert len(octets) - len(json.dumps(target)) <= 200


def test_compact_entries_are_for_people_let_in_without_proof():
    assert isinstance(decision_entry(judged(), Level.WRITTEN, PSEUDONYM), Compact)
    licensed = Identity(Kind.PEOPLE, Assurance.CORROBORATED, proved=("contoh-ai-2026",))
    for judgement in (
        judged(identity=GPTBOT),
        judged(decision=REFUSED),
        judged(
            decision=Decision(Verdict.DENY, 403, "x", (Reason.RULE_DENIES,), Audience.PEOPLE, enforced=False)
        ),
        judged(identity=licensed),
        judged(decision=Decision(Verdict.ALLOW, None, "license.x", (), Audience.AI, license="x")),
        judged(method="BREW"),
    ):
        assert isinstance(decision_entry(judgement, Level.DURABLE, PSEUDONYM), bytes)


@given(journals.judgements, levels)
def test_what_was_judged_is_what_is_printed(judgement, level):
    entry = shown(decision_entry(judgement, level, PSEUDONYM))
    identity, decision, request = judgement.identity, judgement.decision, judgement.request
    assert list(entry)[:7] == ["v", "id", "time", "site", "lane", "seq", "phase"]
    assert entry["id"] == judgement.id
    assert entry["time"] == rfc3339(judgement.at)
    assert entry["phase"] == "decision"
    assert entry["verdict"] == decision.verdict
    assert entry["status"] == decision.status
    assert entry["enforced"] == decision.enforced
    assert entry["reasons"] == list(decision.reasons)
    assert entry["license"] == decision.license
    assert entry["grants"] == list(decision.grants)
    assert entry["audience"] == decision.audience
    assert entry["durability"] == level
    assert entry["policy"] == judgement.version.policy.digest
    assert entry["terms"] == judgement.version.published.terms
    assert entry["identity"]["kind"] == identity.kind
    assert entry["identity"]["purpose"] == identity.purpose
    assert entry["identity"]["assurance"] == identity.assurance
    assert entry["client"]["network"] == request.client.network
    cut = entry.get("cut", [])
    for name, given_text, kept in (
        ("user_agent", request.fields.get("user-agent"), entry["request"]["user_agent"]),
        ("agent", identity.agent, entry["identity"]["agent"]),
        ("operator", identity.operator, entry["identity"]["operator"]),
        ("rule", decision.rule, entry["rule"]),
    ):
        if name in cut:
            assert kept.endswith("…")
            assert given_text.startswith(kept[:10]) or not given_text.isascii()
        elif given_text is not None and given_text.isascii():
            assert kept == given_text
    if kept := entry["request"]["user_agent"]:
        assert len(kept.encode()) <= CAPS["user_agent"]
    if target := entry["request"]["target"]:
        assert len(target.encode()) <= CAPS["target"]


@given(
    st.sampled_from([READER, GPTBOT]),
    st.sampled_from([LET_IN, REFUSED]),
    st.lists(
        st.tuples(st.sampled_from(["id", "p", "%69d", "utm_source", "token", "ID"]), st.booleans()),
        max_size=5,
    ),
)
def test_no_secret_is_ever_in_an_entry(identity, decision, parameters):
    secret, named = "rahasia7731", "bernama42"
    pieces = [f"{name}={named if name in {'id', 'p', '%69d'} else secret}" for name, _ in parameters]
    fields = dict.fromkeys(("authorization", "cookie", "from", "accept", "if-none-match"), secret)
    judgement = judged(
        target=f"/a?{'&'.join(pieces)}".encode(),
        identity=identity,
        decision=decision,
        fields=fields,
        address="198.51.100.77",
        network="198.51.100.0/24",
    )
    octets = payload(decision_entry(judgement, Level.WRITTEN, PSEUDONYM))
    assert secret.encode() not in octets
    assert octets.count(named.encode()) == sum(named in piece for piece in pieces)
    assert (b"198.51.100.77" in octets) == (identity is GPTBOT)
    assert b"198.51.100.77" not in entry_of(octets)


@given(journals.judgements)
def test_the_address_of_people_is_never_in_an_entry(judgement):
    if not private(judgement):
        return
    client = Client("198.51.100.77", "198.51.100.0/24")
    evidence = (Evidence("license", Reason.ADDRESS_NOT_LICENSED, "198.51.100.77 is not named"),)
    request = judged(client=client, decision=judgement.decision).request
    identity = Identity(Kind.PEOPLE, Assurance.ANONYMOUS, evidence=evidence)
    octets = payload(
        decision_entry(
            judged(identity=identity, decision=judgement.decision, client=client), Level.WRITTEN, PSEUDONYM
        )
    )
    assert request.client.address.encode() not in octets


@pytest.mark.parametrize(
    ("target", "kept", "patterns"),
    [
        (b"/a", "/a", None),
        (b"/a?id=3", "/a?id=3", None),
        (b"/a?utm=1", "/a", []),
        (b"/a?utm=1&p=2&id=3", "/a?p=2&id=3", []),
        (b"/a?%69d=3&x", "/a?%69d=3", []),
        (b"/a?x=1", "/a", ["/a?x=1"]),
        (b"/a?print=1", "/a", ["/*print="]),
        (b"/b/../a?x=1", "/b/../a", []),
    ],
)
def test_of_a_query_only_named_parameters_and_the_patterns_that_matched_are_kept(target, kept, patterns):
    for identity in (READER, GPTBOT):
        entry = shown(decision_entry(judged(target=target, identity=identity), Level.WRITTEN, PSEUDONYM))
        assert entry["request"]["target"] == kept
        assert entry.get("patterns") == patterns
    if target.startswith(b"/b/.."):
        assert entry["patterns_folded"] == ["/a?x=1"]


def test_a_long_target_is_cut_and_says_so():
    entry = shown(decision_entry(judged(target=b"/" + b"a" * 5000), Level.WRITTEN, PSEUDONYM))
    assert entry["request"]["target"] == "/" + "a" * (CAPS["target"] - 4) + "…"
    assert entry["cut"] == ["target"]


def test_an_outcome_names_its_decision():
    entry = shown(outcome_entry("01KBBFZ9M00000000000000001", journals.START, None, 0, End.CLIENT_GONE))
    assert entry == {
        "v": 1,
        "id": "01KBBFZ9M00000000000000001-outcome",
        "time": "2026-11-18T11:06:40.000000Z",
        "site": "antara",
        "lane": "mesin",
        "seq": 1,
        "phase": "outcome",
        "of": "01KBBFZ9M00000000000000001",
        "status": None,
        "bytes": 0,
        "end": "client-gone",
    }


details = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | journals.wild,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(journals.wild, inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=20), details, max_size=5), journals.wild)
def test_any_event_is_canonical_and_small(given_details, name):
    octets = event_entry("01KBBFZ9M00000000000000001", journals.START, name, given_details)
    assert octets == rfc8785.dumps(json.loads(octets))
    assert len(octets) <= MAX_ENTRY
    assert shown(octets)["phase"] == "event"


def test_an_event_that_is_too_large_keeps_its_digest():
    entry = shown(event_entry("01KBBFZ9M00000000000000001", 0, "policy", {"files": ["x" * 700] * 60}))
    assert entry["cut"] == ["details"]
    assert re.fullmatch("[0-9a-f]{64}", entry["details"]["sha256"])


def test_a_value_is_defined_once_and_can_be_forgotten():
    table: dict[bytes, int] = {}
    entry = decision_entry(judged(), Level.WRITTEN, PSEUDONYM)
    first, second = entry.encode(table), entry.encode(table)
    assert len(second) < 200 < len(first)
    assert sorted(table.values()) == [1, 2, 3]
    forget(table, 1)
    assert sorted(table.values()) == [1]
    assert len(entry.encode(table)) > 200


def test_a_full_table_takes_no_more():
    table = {b"%d" % number: number for number in range(1, MAX_SHARED + 1)}
    octets = decision_entry(judged(), Level.WRITTEN, PSEUDONYM).encode(table)
    assert len(table) == MAX_SHARED
    assert printed(octets, 1, "antara", "mesin", {})["request"]["host"] == "www.antara.example"


def test_pseudonyms_fit_the_entry(tmp_path):
    pseudonym = Pseudonyms(tmp_path).of("203.0.113.7", journals.START)
    entry = shown(decision_entry(judged(), Level.WRITTEN, pseudonym))
    assert entry["client"] == {"pseudonym": pseudonym, "network": "203.0.113.0/24"}


def test_the_robots_file_that_was_consulted_is_named():
    digest = "sha256:" + "ab" * 32
    judgement = changed(judged(identity=GPTBOT, decision=REFUSED), robots=digest)
    assert shown(decision_entry(judgement, Level.DURABLE))["robots_file"] == digest
    assert "robots_file" not in shown(
        decision_entry(judged(identity=GPTBOT, decision=REFUSED), Level.DURABLE)
    )


@pytest.mark.parametrize("host", ["www.antara.example", "foto.antara.example"])
@pytest.mark.parametrize("agent", ["GPTBot/1.3", journals.CHROME])
def test_the_text_that_was_served_is_named(host, agent):
    version = sites.version(sites.policy(sites.host(), sites.host("*.antara.example")))
    judgement = sites.judgement(version, agent, b"/robots.txt", host=host)
    entry = printed(payload(decision_entry(judgement, Level.WRITTEN, PSEUDONYM)), 1, "antara", "mesin", {})
    answer = answer_to(judgement)
    assert version.texts[entry["served"]] == answer.body
    page = sites.judgement(version, agent, b"/berita/1", host=host)
    assert "served" not in printed(payload(decision_entry(page, Level.WRITTEN, PSEUDONYM)), 1, "a", "m", {})


RATES = (Finding("alat-pelan", 3, 0, 14_000_000), Finding("alat-sejam", 80, 0, 5))
PACED = changed(LET_IN, rates=("alat-pelan", "tak-terhitung", "alat-sejam"))


@pytest.mark.parametrize("identity", [READER, GPTBOT], ids=lambda identity: identity.kind)
def test_what_each_rate_found_is_in_the_entry(identity):
    for names in (PACED.rates, PACED.rates[:2]):
        decision = changed(PACED, rates=names)
        entry = decision_entry(
            judged(identity=identity, decision=decision, rates=RATES), Level.WRITTEN, PSEUDONYM
        )
        assert isinstance(entry, Compact) is (identity is READER and len(names) < 3)
        assert (
            shown(entry)["rates"]
            == [
                {"rule": "alat-pelan", "remaining": 3, "wait": 0, "reset": 14_000_000},
                {"rule": "tak-terhitung"},
                {"rule": "alat-sejam", "remaining": 80, "wait": 0, "reset": 5},
            ][: len(names)]
        )


def test_what_rates_found_makes_no_new_ruling():
    table = {}
    sizes = []
    for remaining in range(5, 0, -1):
        rates = (Finding("alat-pelan", remaining, 0, remaining * 1000),)
        decision = changed(LET_IN, rates=("alat-pelan",))
        entry = decision_entry(judged(decision=decision, rates=rates), Level.WRITTEN, PSEUDONYM)
        sizes.append(len(entry.encode(table)))
    assert len(table) == 3
    assert max(sizes[1:]) < 200


def test_an_entry_without_rates_is_as_it_was():
    entry = payload(decision_entry(judged(), Level.WRITTEN, PSEUDONYM))
    assert entry.startswith(b'["d1",')
    assert "rates" not in shown(decision_entry(judged(), Level.WRITTEN, PSEUDONYM))


@pytest.mark.parametrize("found", ["[]", "[[1,0]]", "[[1,0,-1]]", "{}", "[[1,0,1],[1,0,1]]", "3"])
def test_findings_of_no_known_form_are_no_entry(found):
    decision = changed(LET_IN, rates=("alat-pelan",))
    entry = decision_entry(judged(decision=decision, rates=RATES[:1]), Level.WRITTEN, PSEUDONYM)
    octets = payload(entry)
    assert b"[[3,0,14000000]]" in octets
    with pytest.raises(EntryError):
        printed(octets.replace(b"[[3,0,14000000]]", found.encode()), 1, "antara", "mesin", {})


def test_no_client_can_name_a_text_that_should_be_kept():
    false = "sha256:" + "ab" * 32
    evidence = (Evidence("client-certificate", Reason.CERTIFICATE_NOT_LICENSED, false),)
    identity = changed(GPTBOT, evidence=evidence)
    for judgement in (
        judged(user_agent=false, host=false),
        judged(user_agent=false, host=false, identity=identity, decision=REFUSED),
    ):
        octets = payload(decision_entry(judgement, Level.WRITTEN, PSEUDONYM))
        assert false.encode() in octets
        version = judgement.version
        assert named_in_entry(octets) == [version.policy.digest, version.published.terms]
    event = event_entry("0" * 26, 1, "address-lists", {"lists": [{"name": "x", "digest": false}]})
    assert named_in_entry(event) == [false]
