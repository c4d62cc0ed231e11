"""What an index does not hold yet is found in the octets of the journal, and is the same."""

from contextlib import closing

import pytest

from gateway.audit import intake
from gateway.audit.history import marks
from gateway.audit.index import Index
from gateway.audit.query import Query, ask, blame, by_code
from gateway.audit.reader import Reader
from gateway.audit.unindexed import definer, events
from gateway.record import event_entry
from tests import journals
from tests.journals import GPTBOT, REFUSED, exchange, judged

#: Readers with browsers of their own, a crawler refused, and an event now and then that says what looks like another one.
ENTRIES = [
    entry
    for number in range(24)
    for entry in (
        *exchange(judged(number, user_agent=f'Peramban/{number % 5} ,[3,"x" {{"at":1,"phase":"event"')),
        *(exchange(judged(100 + number, identity=GPTBOT, decision=REFUSED)) if number % 6 == 5 else ()),
        *(
            [
                event_entry(
                    f"01KBBFZ9M000000000009000{number:02d}",
                    journals.START + number * 1000,
                    ("mode", "start", "gap")[number // 8],
                    {"at": 1, "nested": {"phase": "event"}},
                )
            ]
            if number % 8 == 3
            else ()
        ),
    )
]


@pytest.fixture
def folder(tmp_path):
    journals.write(tmp_path, ENTRIES[:20])
    return journals.write(tmp_path, ENTRIES[20:], first=21)


@pytest.fixture
def told(folder):
    """By the id of each decision and event: it, its outcome and its blame; and all marks: by an index that holds everything."""
    with closing(Index(Reader(folder), rebuild=True)) as index:
        entries = [entry for entry in ask(index, Query()) if entry["phase"] != "outcome"]
        found = {one["id"]: (*by_code(index, one["id"]), blame(index, one)) for one in entries}
        return found, list(marks(index))


@pytest.mark.parametrize("held", [0, 7, 25, len(ENTRIES)])
def test_an_index_that_is_behind_tells_the_same(folder, told, held, monkeypatch):
    monkeypatch.setattr(intake, "BATCH", 1)
    known, every = told
    (folder / "index.sqlite").unlink()
    journal = Reader(folder)
    with closing(Index(journal, behind=True)) as index:
        index.catch_up(held)
        assert index.last == held
        for code in (*known, *(id[-8:] for id in known)):
            before = index.last
            found = by_code(index, code)
            assert found == [pair for pair in (one[0] for one in known.values()) if pair in found]
            assert found
            (entry, _) = found[0]
            assert blame(index, entry) == known[entry["id"]][1]
            # Only what an entry before it decides is a reason to read the journal up to there.
            assert index.last == before or (entry.get("verdict") == "deny" and index.last >= entry["seq"])
        assert list(marks(index)) == every


@pytest.mark.parametrize("behind", [False, True])
def test_events_are_found_by_name_and_time(folder, behind):
    every = [(one.position, entry) for one, entry in Reader(folder).printed() if entry["phase"] == "event"]
    named = {entry["event"]: place for place, entry in every}
    with closing(Index(Reader(folder), behind=behind)) as index:
        assert list(index.events()) == [place for place, _ in every]
        assert list(index.events(("start", "gap", "nothing"))) == [named["start"], named["gap"]]
        assert list(index.events(last=named["start"].seq)) == [named["mode"], named["start"]]
        since, until = (journals.START + ms * 1000 for ms in (11, 19))
        assert list(index.events(since=since, until=until)) == [named["start"]]
        told = [(one.event, one.at) for one in marks(index, also=("gap",), since=until, until=1 << 60)]
        seen = index.written(named["start"].seq)
        assert told == [(None, seen), ("start", since), ("gap", until), (None, index.written(1 << 53))]


def test_octets_tell_where_events_and_shared_values_lie(folder):
    journal = Reader(folder)
    entries = list(journal.printed())
    assert list(events(journal)) == [one.position for one, entry in entries if entry["phase"] == "event"]
    with closing(Index(journal)) as index:
        for first, _ in journal.segments():
            numbers = [
                n for (n,) in index.db.execute("SELECT number FROM shared WHERE segment = ?", (first,))
            ]
            assert numbers
            assert all(definer(journal, first, n) == index.definer(first, n) for n in numbers)
            assert definer(journal, first, 999) is None
