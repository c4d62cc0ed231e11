"""Answers that a proxy is to fetch are held for a while, and no more of them than there is room for."""

import pytest

from gateway.enforce.answer import Reply
from gateway.proxy import check
from gateway.proxy.check import Refusals
from gateway.request import Client, Request, read_target
from gateway.value import changed
from gateway.vocabulary import End
from tests.proxy import rig

REPLY = Reply(402, ((b"izin-decision", b"x"),), b"no")


class Held:
    """Refusals, a clock that is set, and what was told of each."""

    def __init__(self):
        self.now, self.told = 100.0, []
        self.refusals = Refusals(
            lambda: self.now, lambda judgement, *how: self.told.append((judgement.id, *how))
        )

    def hold(self, id, reply=REPLY, method="GET", end=End.COMPLETE):
        request = Request(
            method,
            "http",
            "a",
            "a",
            read_target(b"/"),
            Client("192.0.2.1", "192.0.2.0/24"),
            {"user-agent": "GPTBot"},
        )
        judgement = changed(rig.judge(request), id=id)
        self.refusals.hold(judgement, reply, end)


@pytest.fixture
def held():
    return Held()


def test_its_outcome_is_told_once_when_it_is_fetched(held):
    held.hold("a")
    held.hold("b", method="HEAD", end=End.WITHHELD)
    assert held.told == []
    assert [held.refusals.fetch(id) for id in ("a", "a", "b", "c")] == [REPLY, REPLY, REPLY, None]
    assert held.told == [("a", 402, 2, End.COMPLETE), ("b", 402, 0, End.WITHHELD)]


def test_what_nobody_fetches_ends_as_unknown(held):
    held.hold("a")
    held.hold("b")
    held.refusals.fetch("a")
    held.now += check.LIFE + 1
    held.hold("c")
    assert held.told[1:] == [("b", None, 0, End.UNKNOWN)]
    assert [held.refusals.fetch(id) for id in ("a", "b")] == [None, None]
    assert len(held.refusals) == 1


def test_there_is_room_for_so_many_and_so_much(held):
    for number in range(check.MOST_HELD + 5):
        held.hold(str(number))
    assert len(held.refusals) == check.MOST_HELD
    assert [one[0] for one in held.told] == ["0", "1", "2", "3", "4"]
    held.hold("large", Reply(403, (), b"a" * (check.MOST_OCTETS - 100)))
    assert len(held.refusals) < 60
    assert held.refusals.fetch("large") is not None
