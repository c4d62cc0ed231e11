"""Readers' entries that go before their time where the journal takes too much room; nothing else ever does."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.audit import segment
from gateway.audit.disk_budget import CLOSE, ORDER, DiskBudget, octets_of
from gateway.audit.folder import claim
from gateway.audit.holds import Hold
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.cli.audit import command
from gateway.instants import DAY
from gateway.policy.model import Audit, Keep
from gateway.proxy.ids import Ids
from gateway.record import Compact
from gateway.vocabulary import Audience
from tests import journals
from tests.audit.test_retention import days, entries, leaves, sealed, shown
from tests.journals import GPTBOT, REFUSED, exchange, judged

FOREVER = Keep(dict.fromkeys(Audience))


@pytest.fixture
def journal(tmp_path):
    """Three days of readers, a crawler and an event each, and of static files; a segment for each day."""
    every = []
    for day, three in zip((0, 1, 40), (entries()[:15], entries()[15:30], entries()[30:]), strict=True):
        every += three
        for n in range(20, 26):
            every += exchange(judged(days(day) + n, b"/aset/%d.css?v=1" % n))
    return sealed(tmp_path / "journal", every, (27, 27, 27))


def room_for(folder, octets):
    """The budget of which a journal takes just its share and so many octets more."""
    return int((octets_of(folder) - octets) / CLOSE)


def made(folder, budget, holds=()):
    events = []
    return DiskBudget(folder).make_room(budget, holds, events.append), events


def test_static_files_go_first_and_the_oldest_first_until_there_is_room(journal):
    roots = leaves(journal)
    assert made(journal, 2 * octets_of(journal)) == (0, [])
    gone, events = made(journal, room_for(journal, 1))
    assert (gone, len(events)) == (12, 1), "six requests and their outcomes, of the oldest segment alone"
    (first,) = events
    assert (first["why"], first["step"], first["counts"]) == ("budget", "static", {"people": 12})
    assert first["file"] == segment.name_of(1)
    gone, events = made(journal, 1)
    assert [(one["step"], one["entries"]) for one in events] == [("static", 12)] * 2 + [("readers", 12)] * 3
    files = [one["file"] for one in events]
    assert files == [*sorted(files[:2]), *sorted(files[2:])]
    assert {one["identity"]["kind"] for one in shown(journal) if one["phase"] == "decision"} == {"agents"}
    modes = [one for one in shown(journal) if one.get("event") == "mode"]
    assert len(modes) == 3, "events stay"
    assert leaves(journal) == roots


def test_what_is_held_stays_and_what_was_looked_through_is_not_read_again(journal, monkeypatch):
    hold = Hold("k1", "perkara", "uid 0", since=journals.START, until=journals.START + DAY // 2)
    budget, events = DiskBudget(journal), []
    assert budget.make_room(1, (hold,), events.append) == 48, "the first day stays"
    read = []
    with monkeypatch.context() as patched:
        patched.setattr("gateway.audit.disk_budget.going", lambda *asked: read.append(asked))
        assert budget.make_room(1, (hold,), events.append) == 0
    assert read == []
    assert budget.make_room(1, (), events.append) == 24, "released, it goes"


@pytest.mark.parametrize(
    ("judgement", "steps"),
    [
        (judged(1, b"/a.png"), {"static", "readers"}),
        (judged(1, b"/a.png?p=1"), {"static", "readers"}),
        (judged(1, b"/a?p=b.png"), {"readers"}),
        (judged(1, b"/a.png", method="POST"), {"readers"}),
        (judged(1, b"/berita"), {"readers"}),
        (judged(1, b"/a.png", decision=REFUSED), set()),
        (judged(1, b"/a.png", identity=GPTBOT), set()),
    ],
)
def test_only_readers_who_were_let_in_are_of_a_step(judgement, steps):
    decision = exchange(judgement)[0]
    payload = decision.encode({}) if isinstance(decision, Compact) else decision
    assert {name for name, takes in ORDER if takes(payload)} == steps


async def test_several_lanes_are_held_to_one_budget(journal, tmp_path):
    parent = tmp_path / "lanes"
    lanes = [Path(shutil.copytree(journal, parent / str(number))) for number in range(3)]
    opened = [Journal.opened(lane, site=claim(lane, None)[0], new_id=Ids()) for lane in lanes[:2]]
    for one in opened:
        await one.open()
    left = [Journal.opened(lanes[2], site=claim(lanes[2], None)[0], new_id=Ids())]
    before = octets_of(journal)
    made(journal, 1)
    rules = Audit(keep=FOREVER, budget=room_for(parent, (before - octets_of(journal)) * 7 // 5))
    assert octets_of(lanes[0]) < rules.budget * CLOSE, "one lane alone is far from it"
    try:
        keeping = Keeping(opened[0], lambda: rules, whole=parent, left=lambda: (left.pop() for _ in left[:1]))
        await keeping.look()
        assert keeping.share < CLOSE + 0.01, "but for what was written meanwhile"
    finally:
        for one in opened:
            await one.close()
    gone = [
        [one["details"]["entries"] for one in shown(lane) if one.get("event") == "removal"] for lane in lanes
    ]
    assert gone[0], "it lets go of its own first"
    assert gone[2], "and of what nobody else looks at"
    assert not gone[1]


async def test_a_gateway_makes_room_at_once_says_so_and_the_seal_holds(journal):
    opened = Journal.opened(journal, site=claim(journal, None)[0], new_id=Ids())
    await opened.open()
    rules = Audit(keep=FOREVER, budget=room_for(journal, 1))
    try:
        keeping = Keeping(opened, lambda: rules)
        await keeping.look()
        assert keeping.share < CLOSE
        (warning,) = keeping.warnings
        assert warning.code == "made-room"
        assert not warning.en.startswith("72 ")
        rules = Audit(keep=FOREVER, budget=1000)
        await keeping.look()
        await keeping.look()
        assert keeping.warnings[-1].code == "no-room"
    finally:
        await opened.close()
    removals = [one["details"] for one in shown(journal) if one.get("event") == "removal"]
    assert sum(one["entries"] for one in removals) == 72
    assert {one["why"] for one in removals} == {"budget"}
    ran = CliRunner().invoke(command, ["verify", "--journal", str(journal), "--json"])
    verified = json.loads(ran.stdout.splitlines()[0])
    # The made-up entries name texts that were never kept; nothing else is found.
    assert {fault["wrong"] for fault in verified["faults"]} <= {"text-missing"}
    assert (verified["counts"]["removed"], verified["counts"]["missing"]) == (72, 0)


def test_a_hole_in_a_file_takes_no_room(tmp_path):
    with (tmp_path / "hashes").open("wb") as file:
        file.seek(1 << 26)
        file.write(b"x" * 32)
    assert 32 <= octets_of(tmp_path) < 1 << 20
