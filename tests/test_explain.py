"""An explanation says what `decide` says, and the ways it names to another verdict do lead there."""

from dataclasses import replace as with_members

import pytest
from hypothesis import given

from gateway.decide import STEPS, decide, in_force
from gateway.explain import explain
from gateway.policy.model import Subject
from gateway.value import changed
from gateway.vocabulary import Kind, Verdict
from tests.deciding import contradicted, question_of
from tests.sites import host, rule
from tests.test_decide import CASES
from tests.test_decide_laws import questions

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0"
ANTARA = {"policy": "antara"}
BLOCK = [{"event": "block", "agent": "Googlebot"}]
BRAKE = [{"event": "mode", "mode": "observe", "host": "*"}]


def changes(document=ANTARA, **case) -> list[str]:
    return [change.en for change in explain(question_of(case, document)).changes]


@pytest.mark.parametrize(("document", "case"), CASES)
def test_every_decision_is_explained(document, case):
    question = question_of(case, document)
    found = explain(question)
    decision = found.decision
    assert decision == decide(question)
    steps = found.steps[:-1] if decision.rates else found.steps
    assert (found.steps[-1] == "rates") == bool(decision.rates)
    assert steps == tuple(step.name for step in STEPS)[: len(steps)]
    judged = STEPS[len(steps) - 1].judge(in_force(question))
    assert judged == decision or (judged is not None and judged.verdict is Verdict.ALLOW and decision.rates)
    assert found.changes, "something would change it, or it is said that nothing does"
    assert len(set(found.changes)) == len(found.changes)
    assert (found.rule is not None) == any(one.id == decision.rule for one in (question.host or host()).rules)
    assert (found.place is not None) == (found.rule is not None or decision.license is not None)


@given(questions())
def test_explaining_is_total(question):
    assert explain(question).decision == decide(question)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"as": "GPTBot", "path": "/robots.txt"}, "nothing: this path is open"),
        ({"as": "GPTBot", "path": "/ads.txt"}, "nothing: this path is open"),
        ({"path": "/a b"}, "a well-formed request"),
        ({"host": "lain.example"}, "named under `hosts`"),
        ({"as": "GPTBot"}, "a file in `licenses/` that names `GPTBot`"),
        ({"as": "GPTBot"}, "without rule `uses.ai-train` the verdict would be `allow`"),
        (
            {"as": "ContohBot", "path": "/berita/1"},
            "license `contoh-ai-2026` permits it when proved by the network addresses 127.0.0.2/32",
        ),
        ({"as": "ContohBot", "path": "/berita/1", "from": "127.0.0.2"}, "runs until 2027-01-05 00:00"),
        ({"as": FIREFOX}, "a rule with `who: people` and `verdict: deny`"),
        ({"as": "Googlebot"}, "a rule with `who: {agent: googlebot}`"),
        ({"as": "Googlebot", "host": "lain.example", "impostor": True}, "named under `hosts`"),
        ({"as": "curl/8.5.0"}, "without rule `alat-pelan` the verdict would be `allow`"),
        ({"as": "curl/8.5.0", "found": {"alat-pelan": [0, 2000000, 20000000]}}, "in 2 s"),
        ({"as": "Googlebot", "orders": BLOCK}, "`izin block` being withdrawn"),
        ({"as": "GPTBot", "orders": BRAKE}, "mode `enforce`"),
        (
            {"as": "AhrefsBot", "robots": "User-agent: *\nDisallow: /"},
            "robots.txt no longer closing this path",
        ),
        (
            {"as": "KecilBot/1 (bot)", "robots": "User-agent: *\nDisallow: /"},
            "a file in `agents/` that describes",
        ),
        ({"as": "Googlebot", "impostor": True}, "a claim that its operator's own data bear out"),
    ],
)
def test_what_would_change_it_is_named(case, said):
    assert any(said in change for change in changes(**case)), changes(**case)


@pytest.mark.parametrize(
    ("case", "not_said"),
    [
        ({"as": "Googlebot", "orders": BLOCK}, "license"),  # an order outranks it
        ({"as": "Googlebot", "impostor": True}, "license"),  # a false claim proves none
        ({"as": "ContohBot", "path": "/foto/1"}, "contoh-ai-2026"),  # it does not cover the photos
        ({"as": FIREFOX, "path": "/a b"}, "rule"),
    ],
)
def test_nothing_is_named_that_would_not_help(case, not_said):
    assert not any(not_said in change for change in changes(**case)), changes(**case)


def test_the_proof_that_is_named_does_permit_it():
    case = {"as": "ContohBot", "path": "/berita/1"}
    assert decide(question_of(case, ANTARA)).verdict is Verdict.DENY
    assert decide(question_of({**case, "from": "127.0.0.2"}, ANTARA)).verdict is Verdict.ALLOW


def test_the_rule_that_is_named_does_refuse_it():
    question = question_of({"as": FIREFOX, "path": "/berita/1"}, ANTARA)
    closed = host(rules=[rule("tutup", Subject.kind(Kind.PEOPLE), ["/berita/1"], Verdict.DENY)])
    assert decide(changed(question, host=closed)).verdict is Verdict.DENY


@given(questions())
def test_without_its_rule_another_verdict_or_another_rule_holds(question):
    found = explain(question)
    if found.rule is None or question.host is None:
        return
    said = next(change.en for change in found.changes if change.en.startswith("without rule"))
    rules = [one for one in question.host.rules if one.id != found.rule.id]
    bare = host(question.host.pattern, uses={}, rules=rules, mode=question.host.mode)
    bare = with_members(bare, robots_enforced=question.host.robots_enforced)
    other = decide(changed(question, host=bare))
    assert other.rule != found.rule.id
    assert f"the verdict would be `{other.verdict}`" in said
    assert other.rule is None or other.rule in said


def test_a_contradicted_client_is_explained_as_what_it_is():
    question = question_of({"as": "GPTBot"}, ANTARA)
    false = changed(question, identity=contradicted(question.identity))
    assert explain(false).steps[-1] == "contradicted"
    assert explain(false).decision.rule == "impostors"


def test_without_its_rule_the_next_one_on_the_same_path_holds():
    everyone = Subject.everyone()
    rules = [rule(name, everyone, ["/"], Verdict.DENY) for name in ("satu", "dua")]
    question = changed(question_of({"as": "Googlebot"}, ANTARA), host=host(rules=rules))
    assert "without rule `satu` the verdict would be `deny` (`dua`)" in [
        change.en for change in explain(question).changes
    ]
