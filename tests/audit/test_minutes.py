"""Readers are sums by the minute in the index, and nothing that can be asked of them is another for it."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import minutes
from gateway.audit.erasure import Whose, erase
from gateway.audit.index import Index
from gateway.audit.lane import Lane
from gateway.audit.query import Query, ask, by_code, count, outcome_of
from gateway.audit.reader import Damage, Reader
from gateway.audit.receipt import Item
from gateway.audit.stats import stats
from gateway.audit.unindexed import decisions, outcomes, since_of
from gateway.instants import SECOND
from gateway.policy.paths import Pattern
from gateway.proxy.ids import Ids
from gateway.vocabulary import Level
from tests import journals
from tests.audit.test_query import plain
from tests.journals import GPTBOT, REFUSED, exchange, judged

HOUR = 3600 * 1000
#: Three hours of readers, one every three minutes, and a crawler every half hour.
EVERY = [
    judged(
        number,
        b"/berita/%d" % (number % 7),
        address=f"203.0.{number % 5}.7",
        network=f"203.0.{number % 5}.0/24",
    )
    for number in range(0, 3 * HOUR, 180_000)
] + [judged(number, identity=GPTBOT, decision=REFUSED) for number in range(7, 3 * HOUR, 1_800_000)]
ENTRIES = [entry for one in sorted(EVERY, key=lambda one: one.at) for entry in exchange(one)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("journal")
    journals.write(made, ENTRIES[:61])
    return journals.write(made, ENTRIES[61:], first=62)


@pytest.fixture
def index(folder):
    with closing(Index(Reader(folder))) as opened:
        yield opened


def entries_of(folder):
    return [entry for _, entry in Reader(folder).printed()]


def test_readers_have_no_rows(index):
    assert index.db.execute("SELECT count(*) FROM entries").fetchone() == (12,)
    assert index.db.execute("SELECT sum(n) FROM sums").fetchone() == (120,)
    assert not index.db.execute("SELECT 1 FROM entries WHERE pseudonym IS NOT NULL").fetchall()


times = st.none() | st.integers(-1, 3 * HOUR + 9).map(lambda ms: journals.START + ms * 1000)
asked = st.builds(
    Query,
    since=times,
    until=times,
    paths=st.sampled_from([(), (), (Pattern("/berita/3"),)]),
    addresses=st.sampled_from([(), (), ("203.0.2.0/24",)]),
    kinds=st.sampled_from([(), ("people",), ("agents",)]),
    verdicts=st.sampled_from([(), ("allow",), ("deny",)]),
    limit=st.none() | st.integers(1, 40),
)


@settings(max_examples=40)
@given(asked, st.sampled_from([1, 4, 20_000]))
def test_questions_have_the_answers_of_a_plain_search(folder, query, run):
    found = [entry for entry in entries_of(folder) if plain(entry, query)]
    with pytest.MonkeyPatch.context() as patched, closing(Index(Reader(folder))) as index:
        patched.setattr(minutes, "_RUN", run)
        got = [journals.as_written(entry) for entry in ask(index, query)]
        assert got == (found[-query.limit :] if query.limit else found)
        assert count(index, replace(query, limit=None)) >= len(found)
        counted = stats(index, replace(query, limit=None), top=100)
    decisions = [entry for entry in found if entry["phase"] == "decision"]
    assert counted.decisions == len(decisions)
    assert dict(counted.by["verdict"]) == Counter(entry["verdict"] for entry in decisions)
    assert dict(counted.by["agent"]) == Counter(entry["identity"]["agent"] for entry in decisions)
    assert {path: (n, refused) for path, n, refused in counted.paths} == {
        path: (n, sum(one["verdict"] != "allow" for one in decisions if one["request"]["target"] == path))
        for path, n in Counter(entry["request"]["target"] for entry in decisions).items()
    }
    at_that_time = Query(since=query.since, until=query.until, phases=("outcome",))
    assert counted.octets == sum(one["bytes"] for one in entries_of(folder) if plain(one, at_that_time))
    assert sum(step.decisions for step in counted.trend) == len(decisions)


def test_a_reader_is_found_by_id_and_by_code(folder, index):
    one = EVERY[17]
    for code in (one.id, one.id[-8:].lower(), f"{one.id}-outcome"):
        ((entry, outcome),) = by_code(index, code)
        assert (entry["id"], outcome["of"]) == (one.id, one.id)
    for place in decisions(Reader(folder), one.id):
        assert index.at(place.seq) == place
    (place,) = outcomes(Reader(folder), one.id)
    assert index.printed(place) == outcome_of(index, one.id)
    assert since_of(Ids()(journals.START)) == journals.START // 1000 * 1000
    assert since_of("8" * 8) is since_of("u" * 26) is None


def test_every_entry_has_its_place_and_its_time(folder, index):
    for found, entry in Reader(folder).printed():
        assert index.at(entry["seq"]) == found.position
    assert index.at(len(ENTRIES) + 1) is None
    assert index.written(1) is None
    assert index.written(3) == EVERY[0].at + 900
    assert index.written(1 << 53) == max(one.at for one in EVERY) + 900


def test_what_looks_like_an_id_is_none(tmp_path):
    id = EVERY[0].id
    path = f'/berita/["o1","{id}"'.encode().replace(b'"', b"%22")
    agent = f'["o1","{id}",1,200,5,"complete"] {{"at":1,"id":"{id}"'
    journals.write(tmp_path, exchange(judged(7, path, user_agent=agent)))
    assert not [*decisions(Reader(tmp_path), id), *outcomes(Reader(tmp_path), id)]


def test_an_erased_text_is_in_no_octet_of_the_index(tmp_path):
    folder = tmp_path / "journal"
    lane = Lane(folder, site="antara", name="mesin", new_id=Ids())
    secret = judged(90_000, b"/berita/rahasia-sekali")
    for one in (*EVERY[:5], secret, *EVERY[5:9]):
        lane.extend([Item(entry, Level.DURABLE) for entry in exchange(one)], None)
    lane.close()
    Lane(folder, site="antara", name="mesin", new_id=Ids()).close()
    with closing(Index(Reader(folder))) as index, closing(Index(Reader(folder))) as other:
        before = list(ask(index, Query()))
        assert erase(folder, Whose((secret.id,)), (), "permintaan", lambda _: None).entries == 2
        index.catch_up()
        left = [one for one in before if one.get("of", one["id"]) != secret.id]
        other.catch_up()
        for one in (index, other):
            assert list(ask(one, Query())) == left
            assert stats(one, Query()).decisions == 9
        octets = b"".join(path.read_bytes() for path in folder.glob("index.sqlite*"))
    assert b"berita/1" in octets
    assert b"rahasia" not in octets


def test_what_is_removed_while_it_is_looked_for_is_no_damage(tmp_path):
    folder, refused = tmp_path / "journal", {"identity": GPTBOT, "decision": REFUSED}
    every = [judged(number, **(refused if number % 2 else {})) for number in range(40)]
    for part in (every[:5], every[5:]):
        lane = Lane(folder, site="antara", name="mesin", new_id=Ids())
        for one in part:
            lane.extend([Item(entry, Level.DURABLE) for entry in exchange(one)], None)
        lane.close()
    Lane(folder, site="antara", name="mesin", new_id=Ids()).close()
    with closing(Index(Reader(folder))) as index:
        asked = ask(index, Query(phases=("decision",)))
        shown = [next(asked)]
        gone = tuple(one.id for one in every[10:30] if one.identity is not GPTBOT)
        erase(folder, Whose(gone), (), "permintaan", lambda _: None)
        shown += asked
        assert not [one for one in shown if isinstance(one, Damage)]
        left = [entry["id"] for _, entry in Reader(folder).printed() if entry["phase"] == "decision"]
        assert [one["id"] for one in shown] == left


def test_damage_in_a_minute_is_named_and_the_rest_shown(tmp_path):
    path = journals.write(tmp_path, ENTRIES[:40]) / "00000000000000000001.izj"
    with closing(Index(Reader(tmp_path))) as index:
        octets = bytearray(path.read_bytes())
        octets[index.at(9).offset + 30] ^= 1
        path.write_bytes(octets)
        shown = list(ask(index, Query()))
    assert [one.seq for one in shown if isinstance(one, Damage)] == [9]
    assert any(not isinstance(one, Damage) and one["seq"] == 3 for one in shown)


def test_an_index_of_a_newer_version_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = journals.write(tmp_path / "journal", ENTRIES)
    with closing(sqlite3.connect(folder / "index.sqlite")) as db:
        db.execute("CREATE TABLE entries (all_new TEXT)")
        db.execute("PRAGMA user_version = 999")
    octets = (folder / "index.sqlite").read_bytes()
    for rebuild in (False, True):
        with closing(Index(Reader(folder), rebuild=rebuild)) as index:
            assert len(list(ask(index, Query()))) == len(ENTRIES)
            assert index.path.parent == tmp_path / "cache" / "izin"
    assert (folder / "index.sqlite").read_bytes() == octets


def test_an_index_of_an_older_version_is_made_anew(tmp_path):
    journals.write(tmp_path, ENTRIES)
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as db:
        db.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY)")
        db.execute('CREATE TABLE "a""b" (x)')
        db.execute("CREATE VIEW tallies AS SELECT 1")
        db.execute("PRAGMA user_version = 5")
    with closing(Index(Reader(tmp_path))) as index:
        assert len(list(ask(index, Query()))) == len(ENTRIES)
        assert stats(index, Query()).trend[0].at % (3600 * SECOND) == 0
