"""Decisions as an editor can read them (`tests/cases/decisions`), and what must hold of every one."""

import pytest

from gateway.decide import STEPS, decide, unrecorded
from gateway.decision import FAULT_STATUS, VERDICT_STATUS, audience_of
from gateway.identify.identity import Identity
from gateway.identify.weigh import BEARINGS
from gateway.licenses.challenge import CHALLENGES
from gateway.policy.model import RESERVED_IDS, RESERVED_PREFIXES
from gateway.vocabulary import AI_PURPOSES, Assurance, Audience, Kind, Purpose, Reason, Verdict
from tests.deciding import DECISIONS, documents, question_of

TABLES = sorted(path.stem for path in DECISIONS.glob("*.yaml"))
CASES = [
    pytest.param(document, case, id=f"{name}: {case['id']}")
    for name in TABLES
    for document in documents(name)
    for case in document["cases"]
]
#: What a case may say of who asks and of what is asked; all else is what it gets.
GIVEN = {"id", "as", "from", "certain", "host", "path", "method", "at", "headers", "impostor"}
GIVEN |= {"robots", "orders", "fault", "found", "token", "certificate"}


@pytest.mark.parametrize(("document", "case"), CASES)
def test_who_asks_gets_what_the_policy_says(document, case):
    question = question_of(case, document)
    decision, identity = decide(question), question.identity
    status = "" if decision.status is None else f" {decision.status}"
    known = {
        "gets": f"{decision.verdict}{status}",
        "rule": decision.rule,
        "reasons": list(decision.reasons),
        "kind": identity.kind,
        "agent": identity.agent or identity.name,
        "purpose": identity.purpose,
        "assurance": identity.assurance,
        "license": decision.license,
        "grants": list(decision.grants),
        "enforced": decision.enforced,
        "audience": decision.audience,
        "document": decision.document,
        "rates": list(decision.rates),
    }
    wanted = {name: value for name, value in case.items() if name not in GIVEN}
    wanted = {"rule": None, "license": None, "enforced": True, "document": None, **wanted}
    assert {name: known[name] for name in wanted} == wanted


def test_the_tables_are_as_full_as_they_should_be():
    assert len(CASES) >= 80
    assert len({case.id for case in CASES}) == len(CASES)
    met = {reason for case in CASES for reason in case.values[1]["reasons"]}
    # Reasons of the client's identity stand in its evidence; others are said in place of a decision.
    evidence = {
        *(BEARINGS.keys() - CHALLENGES.keys() - met),
        *(Reason.JOURNAL_UNAVAILABLE, Reason.ORIGIN_BUSY, Reason.ADDRESS_BUSY),
        Reason.SIGNATURE_PROVES_LICENSE,  # no case signs its request
    }
    assert set(Reason) - evidence == met


def test_every_step_decides_some_case():
    deciding = set()
    for case in CASES:
        document, fields = case.values
        question = question_of(fields, document)
        deciding.add(next(step.name for step in STEPS if step.judge(question) is not None))
    assert deciding == {step.name for step in STEPS}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("purpose", [None, *Purpose])
@pytest.mark.parametrize("proved", [(), ("contoh",)])
def test_the_audience_is_the_table_of_the_glossary(kind, purpose, proved):
    identity = Identity(kind, Assurance.CLAIMED, purpose=purpose, proved=proved)
    of_ai = kind is Kind.IMPOSTORS or bool(proved) or (kind is not Kind.PEOPLE and purpose in AI_PURPOSES)
    wanted = Audience.AI if of_ai else Audience.PEOPLE if kind is Kind.PEOPLE else Audience.WELCOME
    assert audience_of(identity) is wanted


def test_what_could_not_be_recorded_is_not_let_pass():
    decision = decide(question_of({"as": "ContohBot/1.0", "from": "127.0.0.2", "path": "/berita/1"}, ANTARA))
    assert decision.verdict is Verdict.ALLOW
    instead = unrecorded(decision)
    assert (instead.verdict, instead.status, instead.rule) == (Verdict.DENY, 503, "journal")
    assert instead.reasons == (Reason.JOURNAL_UNAVAILABLE, *decision.reasons)
    assert instead.refuses
    assert instead.license is None
    assert instead.grants == ()


ANTARA = {"policy": "antara"}


def test_reserved_rules_are_those_that_decide():
    """A rule of the gateway's own cannot be taken by a rule of the policy."""
    named = {case.values[1].get("rule") for case in CASES}
    own = {name for name in named if name and (name in RESERVED_IDS or name.startswith(RESERVED_PREFIXES))}
    assert {"malformed", "host", "impostors", "origin-robots", "block"} <= own
    assert any(name.startswith("uses.") for name in own)
    assert any(name.startswith("license.") for name in own)


def test_statuses_are_refusals():
    assert all(400 <= status <= 501 for status in FAULT_STATUS.values())
    assert VERDICT_STATUS.keys() == set(Verdict)
