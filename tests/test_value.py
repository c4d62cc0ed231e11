"""Values: equal by their members, hashed by them, told of by their names, and changed into others."""

from pathlib import Path
from typing import Final

import pytest

from gateway.audit import receipt
from gateway.decision import Decision, Question
from gateway.enforce import answer, refusal
from gateway.identify.identity import Identity
from gateway.judgement import Judgement
from gateway.proxy import heads
from gateway.record import entry
from gateway.request import Client, Request
from gateway.value import changed
from gateway.vocabulary import Audience, Level, Reason, Verdict
from tests import journals

ROOT: Final = Path(__file__).parent.parent

EVERY: Final = (
    *(Client, Request, Identity, Decision, Question, Judgement, heads.RequestHead, heads.ResponseHead),
    *(answer.Reply, answer.Embargo, answer.Obligations, answer.Forward, receipt.Item, receipt.Receipt),
    *(entry.Compact, entry._Form, refusal._Standing),
)


def test_values_are_equal_by_their_members():
    assert Client("a", "n") == Client("a", "n", certain=True) != Client("b", "n") != Client("a", "m")
    assert Client("a", "n") != ("a", "n")
    assert receipt.Receipt(1, Level.DURABLE) != receipt.Item(1, Level.DURABLE)
    assert len({Client("a", "n"), Client("a", "n", certain=True), Client("b", "n")}) == 2


def test_a_value_is_changed_into_another_and_stays_itself():
    one = Client("a", "n")
    assert changed(one, network="m") == Client("a", "m")
    assert changed(one) == one == Client("a", "n")
    with pytest.raises(TypeError):
        changed(one, third=3)


def test_a_value_tells_its_members_by_name():
    assert repr(receipt.Receipt(1, Level.DURABLE)) == f"Receipt(level={Level.DURABLE!r}, seq=1)"


def test_one_that_is_often_looked_up_keeps_its_hash_and_not_for_another():
    decision = Decision(Verdict.DENY, 403, "satu", (Reason.USE_DENIED,), Audience.AI)
    alike = Decision(Verdict.DENY, 403, "satu", (Reason.USE_DENIED,), Audience.AI)
    assert hash(decision) == hash(alike) == hash(decision)
    assert {decision: 1}[alike] == 1
    assert hash(changed(decision, rule="dua")) != hash(decision)
    assert changed(decision, rule="satu") == decision


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_class_names_all_that_it_is_made_of(kind):
    """Compiled classes have no signature to look at: their sources do."""
    source = (ROOT / f"{kind.__module__.replace('.', '/')}.py").read_text("utf-8")
    lines = source[source.index(f"class {kind.__name__}(") :]
    head = lines[lines.index("def __init__(") : lines.index(") -> None:")]
    named = {
        line.split(":")[0].strip() for line in head.replace("(self", "(\nself").splitlines() if ":" in line
    }
    assert named == set(kind.__slots__)


def test_one_that_is_made_of_all_its_members_is_the_same():
    judged = journals.judged(1)
    for value in (judged, judged.request, judged.request.client, judged.identity, judged.decision):
        assert type(value)(**value.members()) == value
