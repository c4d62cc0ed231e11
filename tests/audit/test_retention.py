"""Entries that go when their time is over: what is left reads as before, and the tree knows no difference."""

import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import rewriting, segment
from gateway.audit.committed import read_committed
from gateway.audit.disk import LocalDisk
from gateway.audit.holds import Hold
from gateway.audit.index import Index
from gateway.audit.kept_values import put_aside, read_aside
from gateway.audit.lane import Lane
from gateway.audit.leaves import Leaves
from gateway.audit.order import read_order
from gateway.audit.points import held_key
from gateway.audit.query import Query, ask
from gateway.audit.reader import Damage, Reader
from gateway.audit.receipt import Item, JournalError
from gateway.audit.retention import Over, retain
from gateway.audit.rewriting import alone, closed, frames_of, going, remove
from gateway.audit.verification import Verification
from gateway.instants import DAY
from gateway.policy.model import Keep
from gateway.proxy.ids import Ids
from gateway.record import Compact, definitions, event_entry
from gateway.record.aged import aged
from gateway.seal.report import Wrong
from gateway.value import changed
from gateway.vocabulary import Audience, Level
from tests import journals
from tests.journals import GPTBOT, LET_IN, REFUSED, exchange, judged

KEEP = Keep({Audience.PEOPLE: 30, Audience.WELCOME: 180, Audience.AI: None})


def days(number):
    """The number of a judgement made so many days after the first."""
    return number * DAY // 1000


def entries():
    """Three days of readers with browsers of their own, and a crawler each day."""
    found = []
    for day in (0, 1, 40):
        for n in range(6):
            found += exchange(
                judged(days(day) + n, b"/berita/%d" % n, user_agent=f"Mozilla/5.0 peramban {n}")
            )
        found += exchange(judged(days(day) + 10, identity=GPTBOT, decision=REFUSED, user_agent="GPTBot/1.3"))
        found.append(
            event_entry(f"01KBBFZ9M00000000000009{day:03d}", journals.START + day * DAY, "mode", {"n": day})
        )
    return found


def sealed(folder, every, sizes=(15, 15, 15)):
    """A journal that a lane wrote and sealed, a segment for each of the sizes and an empty one more."""
    at = 0
    for size in (*sizes, 0):
        lane = Lane(folder, site="antara", name="mesin", new_id=Ids())
        lane.extend([Item(entry, Level.DURABLE) for entry in every[at : at + size]], None)
        at += size
        lane.close()
    return folder


@pytest.fixture
def journal(tmp_path):
    return sealed(tmp_path / "journal", entries())


def shown(folder):
    found = list(Reader(folder).printed())
    assert not [one for one in found if isinstance(one, Damage)]
    return [entry for _, entry in found]


def leaves(folder):
    count = read_committed(folder).following - 1
    return Leaves(folder, LocalDisk()).between(0, count)


def after(day):
    return journals.START + day * DAY + DAY // 2


def run(folder, day, keep=KEEP, holds=()):
    events = []
    return retain(folder, keep, after(day), holds, events.append), events


def test_readers_go_after_their_days_and_everything_else_stays(journal):
    before, roots = shown(journal), leaves(journal)
    assert run(journal, 29) == (0, [])
    gone, events = run(journal, 31)
    assert gone == 24, "two days of six decisions and outcomes"
    now = shown(journal)
    assert now == [one for one in before if one in now], "what is left reads as it did, by the same numbers"
    assert {one["seq"] for one in before} - {one["seq"] for one in now} == {
        one["seq"]
        for one in before
        if one["time"] < "2026-11-20" and one["phase"] != "event" and one.get("of", one["id"])[-3:] < "010"
    }
    assert leaves(journal) == roots
    assert [(event["entries"], event["counts"], event["why"]) for event in events] == [
        (12, {"people": 12}, "retention")
    ] * 2
    assert events[0]["keep"] == {"people": "30d", "welcome": "180d", "ai": "forever"}
    assert run(journal, 31) == (0, []), "nothing more is due"
    lane = Lane(journal, site="antara", new_id=Ids())  # the next writer goes on from the same tree
    lane.append(exchange(judged(1))[0], Level.DURABLE)
    lane.close()
    assert leaves(journal)[: len(roots)] == roots
    assert not [one for one in shown(journal) if one.get("event") in ("seal-fault", "corruption")]


def test_the_index_forgets_with_the_journal(journal):
    with closing(Index(Reader(journal))) as index:
        before = list(ask(index, Query()))
        run(journal, 31)
        index.catch_up()
        now = list(ask(index, Query()))
        assert len(before) - len(now) == 24
        assert [one["seq"] for one in now] == [one["seq"] for one in shown(journal)]
        again = index.db.execute("SELECT * FROM entries ORDER BY seq").fetchall()
    with closing(Index(Reader(journal), rebuild=True)) as index:
        seqs = [row[0] for row in again]
        assert [row[0] for row in index.db.execute("SELECT * FROM entries ORDER BY seq")] == seqs
        assert [row[2] for row in index.db.execute("SELECT * FROM entries ORDER BY seq")] == [
            row[2] for row in again
        ]


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_whatever_goes_the_rest_reads_as_before(tmp_path_factory, data):
    """Any entries: also those that define values which others use by number."""
    every = [e for n in range(5) for e in exchange(judged(n, user_agent=f"Mozilla/5.0 peramban {n % 3}"))]
    every += [e for _ in range(4) for e in exchange(data.draw(journals.judgements))]
    folder = tmp_path_factory.mktemp("j") / "journal"
    journals.write(folder, every)
    before = shown(folder)
    goes = data.draw(st.sets(st.sampled_from([one["seq"] for one in before])))
    what = going(folder, 1, lambda _: None)._replace(numbers=frozenset(goes))
    remove(folder, what, {}, lambda _: None)
    assert shown(folder) == [one for one in before if one["seq"] not in goes]
    more = data.draw(st.sets(st.sampled_from([one["seq"] for one in before])))
    with closing(Index(Reader(folder))) as index:
        remove(folder, what._replace(numbers=frozenset(more)), {}, lambda _: None)
        index.catch_up()
        left = [one for one in before if one["seq"] not in goes | more]
        assert [journals.as_written(one) for one in ask(index, Query())] == left
    assert read_aside(folder, 1).rewritten == bool(goes) + bool(more)


def test_what_is_held_stays(journal):
    hold = Hold("k1", "perkara", "uid 0", since=journals.START, until=journals.START + DAY // 2)
    assert run(journal, 31, holds=(hold,))[0] == 12, "the second day only"
    assert run(journal, 31)[0] == 12, "released, it goes"
    assert Hold("k", "", "", addresses=("203.0.113.7",)).covers(1, b'{"address":"203.0.113.7"}')
    assert not Hold("k", "", "", operators=("OpenAI",)).covers(1, b'{"operator":"OpenAI2"}')


def test_the_segment_that_is_written_and_what_is_not_sealed_are_never_touched(journal):
    firsts = [segment.first_of(name) for name in segment.segments(path.name for path in journal.iterdir())]
    assert closed(journal) == firsts[:-1]
    (journal / "checkpoints").write_text("")
    assert closed(journal) == []
    (journal / "committed").unlink()
    assert closed(journal) == []


def test_nothing_goes_that_is_not_on_record(journal):
    before = shown(journal)

    def refuse(_):
        raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        retain(journal, KEEP, after(31), (), refuse)
    assert shown(journal) == before
    with alone(journal), pytest.raises(JournalError, match="already"):
        run(journal, 31)


def test_a_crash_leaves_the_old_segment_or_the_new_one(journal, monkeypatch):
    before = shown(journal)

    def die(self, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", die)
        with pytest.raises(KeyboardInterrupt):
            run(journal, 31)
    assert shown(journal) == before
    assert run(journal, 31)[0] == 24


@given(journals.judgements, st.sampled_from(Level), st.none() | st.dates())
def test_whose_an_entry_is_can_be_read_from_its_octets(judgement, level, booked):
    judgement = changed(judgement, booked=booked)
    decision, outcome = exchange(judgement)
    decision = decision.encode({}) if isinstance(decision, Compact) else decision
    audience = judgement.decision.audience
    found = aged(decision)
    assert found is not None
    assert found.at == judgement.at
    assert found.id.decode() == judgement.id
    assert found.audience is (Audience.PEOPLE if decision[:1] == b"[" else audience)
    assert aged(outcome)[1:] == (judgement.id.encode(), None)
    assert aged(event_entry("01KBBFZ9M00000000000009001", 1, "mode", {"audience": "people"})) is None


def test_whom_an_entry_is_about_may_go_before_it(journal):
    keep = Keep(KEEP.days, clients=10)
    before, roots = shown(journal), leaves(journal)
    crawlers = {one["id"] for one in before if one["phase"] == "decision" and one["identity"]["agent"]}
    held = (Hold("k1", "perkara", "uid 0"),)
    assert run(journal, 20, keep=keep, holds=held)[0] == 0
    gone, events = run(journal, 20, keep=keep)
    assert gone == 2, "of the first two days; readers' entries have their time still"
    assert [(one["entries"], one["cleared"], one["counts"]) for one in events] == [(0, 1, {})] * 2
    assert events[0]["keep"]["clients"] == "10d"
    now = shown(journal)
    assert [one["seq"] for one in now] == [one["seq"] for one in before]
    assert {one["id"] for one in now if one.get("erased")} == crawlers - {judged(days(40) + 10).id}
    assert leaves(journal) == roots
    assert run(journal, 20, keep=keep)[0] == 0
    assert run(journal, 51, keep=keep)[0] == 24 + 1
    assert run(journal, 51, keep=Keep(dict.fromkeys(Audience, 1)))[0] == 3 * 2 + 12, (
        "entries that were cleared too"
    )


def test_an_outcome_goes_with_its_decision_and_alone_it_stays():
    over = Over(KEEP, after(31), ())
    reader, crawler = exchange(judged(1)), exchange(judged(2, identity=GPTBOT, decision=REFUSED))
    encoded = [one.encode({}) if isinstance(one, Compact) else one for one in (*reader, *crawler)]
    assert [over(one) for one in encoded] == ["people", "people", None, None]
    assert over(encoded[1]) is None, "whose decision it was is not known any more"
    assert over(exchange(judged(1, decision=LET_IN, method="PROPFIND"))[0]) == "people"


def verified(folder):
    report = Verification(folder, ("antara", "mesin"), held_key(folder, None)).run()
    faults = [
        fault for fault in report.faults if fault.wrong is not Wrong.TEXT_MISSING
    ]  # entries of tests have no texts
    return [fault.wrong for fault in faults], report.counts["bare_values"]


def test_values_left_aside_are_under_the_seal_too(journal):
    """What a removed entry defined and others use is what they say; no entry under the seal has it any more."""
    first = closed(journal)[0]
    definers = {frame.seq for frame in frames_of(journal, first) if definitions(frame.payload)}
    what = going(journal, first, lambda _: None)._replace(numbers=frozenset({min(definers)}))
    said = []
    remove(journal, what, {"why": "retention"}, said.append)
    assert read_order({"event": "removal", **said[0]}) == ("removal", said[0]), (
        "commands say as much as a gateway"
    )
    assert verified(journal) == ([Wrong.UNRECORDED], 1), (
        "as removals were recorded once: nothing says the values"
    )
    record(journal, {name: it for name, it in said[0].items() if name != "values"})
    assert verified(journal) == ([], 1)
    record(journal, said[0])
    assert verified(journal) == ([], 0)
    aside = read_aside(journal, first)
    changed = dict.fromkeys(aside.shared, "Mozilla/5.0 orang lain")
    put_aside(journal, first, aside.rewritten, changed)
    assert verified(journal) == ([Wrong.VALUES_CHANGED], 0)
    put_aside(journal, closed(journal)[1], 0, {0: "GET"})
    assert verified(journal) == ([Wrong.VALUES_CHANGED] * 2, 0), "nothing ever went from that one"
    (journal / f"{closed(journal)[1]:020}.aside").unlink()
    (journal / f"{first:020}.aside").unlink()
    assert verified(journal) == ([Wrong.VALUES_MISSING], 0)


def record(folder, details):
    lane = Lane(folder, site="antara", new_id=Ids())
    lane.append(event_entry("y" * 26, 2, "removal", details), Level.DURABLE)
    lane.close()


def test_to_remove_entries_from_a_long_segment_takes_no_longer_for_each(journal):
    class Numbers(frozenset):
        asked = 0

        def __or__(self, other):
            Numbers.asked += 1
            return super().__or__(other)

    first = closed(journal)[0]
    what = going(journal, first, lambda _: "people")
    assert len(what.numbers) > 10
    remove(journal, what._replace(numbers=Numbers(what.numbers)), {}, lambda _: None)
    assert 0 < Numbers.asked < 5, "all their numbers are not put together for each of them"


def test_whoever_removes_gives_others_their_turn_each_time_that_entries_are_gone_through(
    journal, monkeypatch
):
    monkeypatch.setattr(rewriting, "_PIECE", 5)
    first, began = closed(journal)[0], time.monotonic()
    what = going(journal, first, lambda _: "people", 0.01)
    looked = time.monotonic()
    assert looked - began >= 0.03
    remove(journal, what, {}, lambda _: None, 0.01)
    assert time.monotonic() - looked >= 4 * 0.03, "what is used still, what is written, and both compared"
