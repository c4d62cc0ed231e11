"""What a day of the journal would weigh: made of real entries, and true of a journal that was written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.audit.frames import HEAD
from gateway.audit.index_volume import index_octets
from gateway.audit.volume import HEAVY, LIGHT, SHARES, groups, volume
from gateway.lookups.folder import load
from gateway.statements import publish
from gateway.vocabulary import Audience, Kind, Verdict
from tests import journals

POLICY = load(Path(__file__).parents[2] / "policies" / "antara")
PUBLISHED = publish(POLICY, datetime(2026, 11, 24, tzinfo=UTC))


@pytest.mark.parametrize("day", [LIGHT, HEAVY])
def test_who_is_counted_is_who_comes_and_is_judged_by_the_policy(day):
    made = groups(POLICY, PUBLISHED, day)
    assert made.keys() == SHARES.keys()
    assert {one.identity.kind for one in made[Audience.PEOPLE]} == {Kind.PEOPLE}
    for audience in (Audience.AI, Audience.WELCOME):
        assert len(made[audience]) > 20
        assert {one.decision.audience for one in made[audience]} == {audience}
    assert {one.decision.verdict for one in made[Audience.AI]} == {Verdict.DENY}
    assert {one.decision.verdict for one in made[Audience.WELCOME]} == {Verdict.ALLOW}
    assert {len(one.request.target.raw) for several in made.values() for one in several} == {day.path}


def test_a_journal_so_written_has_that_size(tmp_path):
    """A day of 4,000 requests by the recorder's own functions, with as many new browsers as a day is said to have."""
    requests = 4000
    made = groups(POLICY, PUBLISHED, HEAVY)
    entries = []
    for number in range(requests):
        audience = (
            Audience.AI if number % 20 == 0 else Audience.WELCOME if number % 20 == 1 else Audience.PEOPLE
        )
        several = made[audience]
        its = several[number % len(several)]
        if audience is Audience.PEOPLE and number % HEAVY.fresh == 2:
            its.request.fields["user-agent"] = f"{its.request.fields['user-agent']} baru/{number:06}"
        entries += journals.exchange(its, 54_321)
    folder = journals.write(tmp_path / "journal", entries)
    written = sum(path.stat().st_size for path in folder.glob("*.izj"))
    told = volume(groups(POLICY, PUBLISHED, HEAVY), requests, SHARES, HEAVY)
    assert told.journal == pytest.approx(written, rel=0.05)
    assert told.each[Audience.AI] > 3 * told.each[Audience.PEOPLE] > 12 * HEAD


def test_it_grows_with_requests_paths_and_crawlers():
    made = groups(POLICY, PUBLISHED, LIGHT)
    one = volume(made, 1_000_000, SHARES, LIGHT).journal
    assert volume(made, 10_000_000, SHARES, LIGHT).journal == pytest.approx(10 * one, rel=0.01)
    assert volume(made, 1_000_000, {Audience.AI: 1}, LIGHT).journal > 3 * one
    assert volume(groups(POLICY, PUBLISHED, HEAVY), 1_000_000, SHARES, HEAVY).journal > one
    index = index_octets(made, 1_000_000, SHARES, LIGHT)
    assert index is not None
    assert one / 20 < index < one / 2


def test_where_no_sample_can_be_written_the_index_is_left_open(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    assert index_octets(groups(POLICY, PUBLISHED, LIGHT), 1000, SHARES, LIGHT) is None
