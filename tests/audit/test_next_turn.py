"""Entries that wait for the medium, no more than were just synced: they are with those that the event loop reads next."""

import queue

import pytest

from gateway.audit import next_turn
from gateway.audit.committed import read_committed
from gateway.audit.receipt import Item
from gateway.vocabulary import Level
from tests.audit.test_lane import Slow, opened
from tests.engines import until


class Loop:
    """An event loop that comes round when it is told."""

    def __init__(self):
        self.calls = queue.SimpleQueue()

    def turn(self, read=lambda: None):
        """What was called by now, then what is read on the next turn."""
        for _ in range(self.calls.qsize()):
            self.calls.get()()
        read()

    def until(self, ready, what):
        def look():
            self.turn()
            return ready()

        until(look, 10, what)


@pytest.fixture
def taking_turns(tmp_path):
    """A lane on a slow disk whose receipts come when the loop comes round; where 3 entries are synced, and 3 came meanwhile."""
    disk, loop, got = Slow(), Loop(), []
    disk.gone = {"clear"}  # which would be synced too
    lane = opened(tmp_path, disk=disk, deliver=loop.calls.put)

    def put(count):
        assert lane.extend([Item(b'["a"]', Level.DURABLE)] * count, got.extend) == count

    disk.hang()
    put(3)
    assert disk.syncing.wait(10)
    put(3)
    loop.turn()
    yield lane, disk, loop, put, got
    disk.free_.set()
    lane.close()


def test_no_more_than_were_given_are_synced_with_those_of_the_next_turn(taking_turns, monkeypatch):
    monkeypatch.setattr(next_turn, "LONGEST", 60.0)
    _, disk, loop, put, got = taking_turns
    disk.pass_one()
    until(lambda: loop.calls.qsize() >= 2, 10, "the receipts, and a call to wait for")
    loop.turn(lambda: put(3))
    assert (len(got), disk.syncing.is_set()) == (3, False), "these would have the medium to themselves"
    before = disk.syncs
    disk.free_.set()
    loop.until(lambda: len(got) == 9, "all")
    assert disk.syncs == before + 1


def test_a_loop_that_has_nothing_to_do_holds_nobody_up(taking_turns, monkeypatch):
    monkeypatch.setattr(next_turn, "LONGEST", 60.0)
    _, disk, loop, _, got = taking_turns
    disk.free_.set()
    loop.until(lambda: len(got) == 6, "nothing new came")


def test_a_loop_that_does_not_come_round_keeps_nothing_from_the_medium(taking_turns):
    lane, disk, _, _, _ = taking_turns
    disk.free_.set()
    until(lambda: read_committed(lane.folder).following > lane.last, 10, "synced all the same")


def test_a_lane_ends_while_some_wait(taking_turns, monkeypatch):
    monkeypatch.setattr(next_turn, "LONGEST", 60.0)
    lane, disk, loop, _, got = taking_turns
    disk.pass_one()
    until(lambda: loop.calls.qsize() >= 2, 10)
    disk.free_.set()
    lane.close()
    loop.turn()
    assert len(got) == 6
