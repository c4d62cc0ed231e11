"""What was taken from quotas comes back from the journal, whatever becomes of the snapshot."""

import random
import shutil
import threading
from datetime import date

import pytest

from gateway.audit import quotas_file
from gateway.audit.lane import Lane
from gateway.audit.receipt import Item
from gateway.audit.retention import retain
from gateway.decide import Decision
from gateway.instants import DAY
from gateway.policy.model import Keep
from gateway.proxy.ids import Ids
from gateway.rates.ledger import RECOUNT, Booked, Draw, Settled, delivered, recounted
from gateway.rates.quota import Period, Quota
from gateway.record import event_entry, outcome_entry
from gateway.value import changed
from gateway.vocabulary import Audience, End, Level, Reason, Verdict
from tests import journals, sites
from tests.engines import until
from tests.journals import decision_entry

TODAY, NOW = date(2026, 11, 18), journals.START
SPAN = Quota(100, Period.MONTH).span(NOW, sites.policy().zone)
LICENSED = Decision(
    Verdict.ALLOW, None, "license.contoh", (Reason.LICENSE_COVERS,), Audience.AI, license="contoh"
)


def opened(folder):
    return Lane(folder, site="antara", new_id=Ids(), reserve=0, segment_size=8192)


def left(lane):
    """What remains of 100."""
    return lane.take([Draw("quota.contoh", "contoh", 100, SPAN, free=True)], NOW)[0].remaining


class Partner:
    """Asks by license, as the doors have it counted and recorded."""

    def __init__(self):
        self.number = 0

    def ask(self, lane, status=200):
        """One request; with ``status`` None it has no outcome."""
        self.number += 1
        judged = journals.judged(self.number, identity=journals.GPTBOT, decision=LICENSED)
        judged = changed(judged, booked=TODAY)
        lane.take([Draw("quota.contoh", "contoh", 100, SPAN)], NOW)
        put(lane, decision_entry(judged, Level.DURABLE), Booked(judged.id, "contoh", TODAY))
        if status is not None:
            if not delivered(status):
                lane.release(Booked("", "contoh", TODAY))
            outcome = outcome_entry(judged.id, NOW, status, 10, End.COMPLETE)
            put(lane, outcome, Settled(judged.id, delivered(status)))


def put(lane, entry, booking=None):
    done = threading.Event()
    lane.extend([Item(entry, Level.DURABLE, booking=booking)], lambda _: done.set())
    assert done.wait(10)


def used(lane, partner, chance):
    """A morning's requests, most of them served; how many of them count."""
    statuses = [chance.choice([200, 200, 206, 304, 404, 302, None]) for _ in range(12)]
    for status in statuses:
        partner.ask(lane, status)
    return sum(status is None or delivered(status) for status in statuses)


def test_restarts_kills_and_every_loss_of_the_snapshot_come_to_the_same_count(tmp_path):
    chance, partner, count = random.Random(5), Partner(), 0
    home = tmp_path / "journal"
    for turn in range(6):
        lane = opened(home)
        assert 100 - left(lane) == count, turn
        count += used(lane, partner, chance)
        assert 100 - left(lane) == count
        killed = tmp_path / f"killed-{turn}"
        shutil.copytree(home, killed, ignore=shutil.ignore_patterns("socket"))  # as a kill would leave it
        lane.close()
        snapshot = killed / quotas_file.NAME
        whole = snapshot.read_bytes() if snapshot.exists() else b""
        for spoil in (None, b"", b"izin-quotas/1 00\n{}\n", whole[:-9], whole.replace(b"2026", b"2025")):
            if spoil is None:
                snapshot.unlink(missing_ok=True)
            else:
                snapshot.write_bytes(spoil)
            again = opened(killed)
            assert 100 - left(again) == count
            again.close()
        if chance.random() < 0.5:
            (home / quotas_file.NAME).unlink()
    assert len(list(home.glob("*.izj"))) > 3


def test_what_a_crash_left_open_counts_and_is_told_once(tmp_path):
    partner, lane = Partner(), opened(tmp_path / "a")
    for status in (200, None, None, 404):
        partner.ask(lane, status)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    lane.close()
    lane = opened(tmp_path / "b")
    assert lane.found == {"unsettled": {"contoh": 2}}
    assert left(lane) == 97
    lane.close()
    lane = opened(tmp_path / "b")
    assert (lane.found, left(lane)) == ({}, 97)
    lane.close()


def test_it_is_kept_while_the_gateway_runs(tmp_path):
    partner, lane = Partner(), opened(tmp_path)
    partner.ask(lane)
    snapshot = tmp_path / quotas_file.NAME
    until(lambda: snapshot.exists() and b"contoh" in snapshot.read_bytes(), 10, "the snapshot")
    lane.close()


@pytest.mark.parametrize("keeps_snapshot", [True, False])
def test_entries_that_are_missing_close_the_quota_unless_they_were_counted(tmp_path, keeps_snapshot):
    partner, lane = Partner(), opened(tmp_path)
    for _ in range(30):
        partner.ask(lane)
    lane.close()
    first, *_, last = sorted(tmp_path.glob("*.izj"))
    assert first != last
    first.unlink()
    if not keeps_snapshot:
        (tmp_path / quotas_file.NAME).unlink()
    lane = opened(tmp_path)
    assert left(lane) == (70 if keeps_snapshot else 0)
    assert ("unknown_before" in lane.found) is not keeps_snapshot
    lane.close()


@pytest.mark.parametrize("keeps_snapshot", [True, False])
def test_entries_whose_time_was_over_close_the_quota_unless_they_were_counted(tmp_path, keeps_snapshot):
    partner, lane = Partner(), opened(tmp_path)
    for _ in range(30):
        partner.ask(lane)
    lane.close()
    opened(tmp_path).close()  # what was left is sealed
    keep, removals = Keep({**Keep().days, Audience.AI: 7}), []
    assert retain(tmp_path, keep, NOW + 8 * DAY, (), removals.append) > 30
    lane = opened(tmp_path)
    for details in removals:
        put(lane, event_entry(Ids()(NOW), NOW + 8 * DAY, "removal", details))
    lane.close()
    if not keeps_snapshot:
        (tmp_path / quotas_file.NAME).unlink()
    lane = opened(tmp_path)
    assert left(lane) == (70 if keeps_snapshot else 0)
    # A period that began after all that was removed is known.
    after = Draw("quota.lain", "lain", 100, SPAN, begins=NOW + 2 * DAY, free=True)
    assert lane.take([after], NOW)[0].remaining == 100
    lane.close()


def test_a_snapshot_ahead_of_its_journal_is_not_believed(tmp_path):
    partner, lane = Partner(), opened(tmp_path / "a")
    partner.ask(lane)
    lane.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    lane = opened(tmp_path / "a")
    for _ in range(9):
        partner.ask(lane)
    lane.close()
    shutil.copy(tmp_path / "a" / quotas_file.NAME, tmp_path / "b" / quotas_file.NAME)
    lane = opened(tmp_path / "b")
    assert left(lane) == 99
    assert lane.found == {"rebuilt": True}
    lane.close()


def test_what_only_looks_like_a_booking_books_nothing(tmp_path):
    lane = opened(tmp_path)
    for details in ({"booked": "2026-11-18", "license": "contoh"}, {'"booked":"': '"booked":"'}):
        put(lane, event_entry("01KBBFZ9M0T4QJ8WZX7K3M9QXA", NOW, "uji", details))
    put(lane, b'{"at":1,"booked":"kemarin","id":"x","v":1}')
    put(lane, b'["o1","%026d",1,404,0,"complete"]' % 7)
    lane.close()
    (tmp_path / quotas_file.NAME).unlink(missing_ok=True)
    lane = opened(tmp_path)
    assert left(lane) == 100
    lane.close()


def test_a_recount_opens_what_lost_entries_closed_whatever_becomes_of_the_snapshot(tmp_path):
    partner, lane = Partner(), opened(tmp_path)
    for _ in range(30):
        partner.ask(lane)
    lane.close()
    min(tmp_path.glob("*.izj")).unlink()
    (tmp_path / quotas_file.NAME).unlink()
    lane = opened(tmp_path)
    assert left(lane) == 0
    details = {
        "license": "contoh",
        "used": 40,
        "day": str(TODAY),
        "first": str(SPAN.first),
        "last": str(SPAN.last),
    }
    at = lane._clock.wall()
    put(lane, event_entry(Ids()(at), at, RECOUNT, details), recounted(RECOUNT, details, at))
    partner.ask(lane, None)
    partner.ask(lane, 404)
    assert left(lane) == 59
    lane.close()
    for spoil in (False, True):
        if spoil:
            (tmp_path / quotas_file.NAME).unlink()
        lane = opened(tmp_path)
        assert left(lane) == 59, spoil
        lane.close()
