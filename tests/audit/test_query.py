"""The index finds what a plain search through the same entries finds."""

import ipaddress
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import index as indexes
from gateway.audit import intake, segment
from gateway.audit.index import Index
from gateway.audit.query import Query, ask, by_code
from gateway.audit.reader import Damage, Reader
from gateway.audit.stats import stats
from gateway.instants import moment, utc
from gateway.policy.paths import Pattern
from gateway.record import event_entry
from gateway.request import read_target
from gateway.vocabulary import Audience, Kind, Phase, Purpose, Verdict
from tests import journals
from tests.journals import GPTBOT, REFUSED, exchange, judged

NOW = 1_795_000_000_000_000


def opened(folder, **how):
    return closing(Index(Reader(folder), **how))


def found(index, **asked):
    return [entry for entry in ask(index, Query(**asked)) if not isinstance(entry, Damage)]


@pytest.fixture
def journal(tmp_path):
    entries = []
    for number in range(40):
        who = {"identity": GPTBOT, "decision": REFUSED} if number % 4 == 0 else {}
        target = b"/foto/%d" % number if number % 2 else b"/berita/%d?id=%d" % (number, number)
        entries += exchange(judged(number, target, address=f"203.0.113.{number}", **who))
    entries.append(event_entry("01KBBFZ9M00000000000000077", NOW, "mode", {"mode": "observe"}))
    journals.write(tmp_path, entries[:30])
    return journals.write(tmp_path, entries[30:], first=31)


def plain(entry, query):
    """Whether an entry answers a question, without any index."""
    identity, request, client = (entry.get(name, {}) for name in ("identity", "request", "client"))
    members = {
        "agents": identity.get("agent") or identity.get("name"),
        "operators": identity.get("operator"),
        "purposes": identity.get("purpose"),
        "kinds": identity.get("kind"),
        "verdicts": entry.get("verdict"),
        "audiences": entry.get("audience"),
        "rules": entry.get("rule"),
        "licenses": entry.get("license"),
        "phases": entry["phase"],
        "events": entry.get("event"),
    }
    for name, value in members.items():
        asked = getattr(query, name)
        if asked and (value is None or value.casefold() not in {word.casefold() for word in asked}):
            return False
    at = moment(entry["time"], 0)
    if (query.since is not None and at < query.since) or (query.until is not None and at >= query.until):
        return False
    if query.paths:
        target = request.get("target")
        both = read_target(target.removesuffix("…").encode()) if target else None
        if both is None or not any(
            pattern.matches(both.canonical) or pattern.matches(both.lenient) for pattern in query.paths
        ):
            return False
    if query.addresses:
        where = client.get("address") or client.get("network")
        if where is None or not any(lies_in(where, client, asked) for asked in query.addresses):
            return False
    return not query.traces or entry.get("trace", "")[3:35] in query.traces


def lies_in(where, client, asked):
    try:
        network = ipaddress.ip_network(asked, strict=False)
    except ValueError:
        return client.get("pseudonym") == asked
    here = ipaddress.ip_network(where, strict=False)
    return here.version == network.version and here.subnet_of(network)


several = {"max_size": 2}
queries = st.builds(
    Query,
    agents=st.lists(st.sampled_from(["gptbot", "GPTBot", "ClaudeBot", "KUÉ\u202e"]), **several).map(tuple),
    operators=st.lists(st.sampled_from(["OpenAI", "googlebot"]), **several).map(tuple),
    purposes=st.lists(st.sampled_from(Purpose), **several).map(tuple),
    kinds=st.lists(st.sampled_from(Kind), **several).map(tuple),
    verdicts=st.lists(st.sampled_from(Verdict), **several).map(tuple),
    audiences=st.lists(st.sampled_from(Audience), **several).map(tuple),
    rules=st.lists(st.sampled_from(["uses.ai-train", "GPTBot"]), **several).map(tuple),
    licenses=st.lists(st.just("contoh-ai-2026"), max_size=1).map(tuple),
    phases=st.lists(st.sampled_from(Phase), **several).map(tuple),
    events=st.lists(st.sampled_from(["mode", "Start", "policy"]), **several).map(tuple),
    paths=st.lists(st.sampled_from(["/", "/berita", "/foto/", "/*?id=", "/a$"]).map(Pattern), **several).map(
        tuple
    ),
    addresses=st.lists(
        st.sampled_from(
            ["203.0.113.7", "203.0.0.0/16", "2001:db8::/32", "0.0.0.0/0", "c2FtYXJhbi1wZW1i", "x"]
        ),
        **several,
    ).map(tuple),
    traces=st.lists(st.sampled_from([journals.TRACEPARENT[3:35], "0" * 31 + "1"]), **several).map(tuple),
    since=st.none() | st.integers(0, 1000).map(lambda ms: journals.START + ms * 1000),
    until=st.none() | st.integers(0, 10**6).map(lambda ms: journals.START + ms * 1000),
    limit=st.none() | st.integers(1, 10),
)
# Most members unasked, or nothing is ever found.
questions = st.tuples(
    queries, st.sets(st.sampled_from(list(Query.__dataclass_fields__)), min_size=1, max_size=2)
).map(lambda both: replace(Query(), **{name: getattr(both[0], name) for name in both[1]}))


@settings(max_examples=40)
@given(
    st.lists(journals.judgements, max_size=12, unique_by=lambda one: one.id), st.lists(questions, max_size=8)
)
def test_an_index_finds_what_a_plain_search_finds(tmp_path_factory, judgements, asked):
    folder = tmp_path_factory.mktemp("journal")
    journals.write(folder, [entry for judgement in judgements for entry in exchange(judgement)])
    every = [entry for _, entry in Reader(folder).printed()]
    with opened(folder) as index:
        assert index.damage() == []
        for query in [Query(), *asked]:
            wanted = [entry for entry in every if plain(entry, query)]
            got = [journals.as_written(entry) for entry in ask(index, query)]
            assert got == (wanted[-query.limit :] if query.limit else wanted)


def test_every_filter(journal):
    with opened(journal) as index:
        assert len(found(index)) == 81
        assert len(found(index, agents=("gptbot",))) == 10
        assert len(found(index, verdicts=("deny",))) == 10
        assert len(found(index, verdicts=("allow", "deny"))) == 40
        assert len(found(index, kinds=("people",))) == 30
        assert len(found(index, phases=("outcome",))) == 40
        assert [entry["event"] for entry in found(index, phases=("event",))] == ["mode"]
        assert len(found(index, paths=(Pattern("/foto/"),))) == 20
        assert len(found(index, paths=(Pattern("/berita/*?id=8$"),))) == 1
        assert [entry["seq"] for entry in found(index, addresses=("203.0.113.8",))] == [17]
        assert len(found(index, addresses=("203.0.113.0/24",))) == 40
        assert len(found(index, rules=("uses.ai-train",), paths=(Pattern("/berita/"),))) == 10
        assert [entry["seq"] for entry in found(index, limit=3)] == [79, 80, 81]
        assert found(index, agents=("Nobody",)) == []


def test_an_index_catches_up_and_can_be_made_anew(tmp_path):
    entries = [
        entry for number in range(6) for entry in exchange(judged(number, user_agent=f"Browser/{number}"))
    ]
    for count in (2, 5, 12):
        journals.write(tmp_path, entries[:count])
        with opened(tmp_path) as index:
            assert [entry["seq"] for entry in found(index)] == list(range(1, count + 1))
            assert index.catch_up() == 0
    with opened(tmp_path, rebuild=True) as index:
        every = found(index)
    assert every == [entry for _, entry in Reader(tmp_path).printed()]
    for damage in (b"no database at all" * 100, b""):
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"index.sqlite{suffix}").unlink(missing_ok=True)
        (tmp_path / "index.sqlite").write_bytes(damage)
        with opened(tmp_path) as index:
            assert found(index) == every


def test_an_index_of_many_entries_gets_its_indexes_in_the_end(journal, monkeypatch):
    def made(index):
        rows = index.db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        return {name for (name,) in rows}

    with opened(journal) as index:
        every, names = found(index), made(index)
        assert names == indexes.INDEXES.keys()
    monkeypatch.setattr(indexes, "_MANY", 0)
    with opened(journal, rebuild=True) as index:
        assert (found(index), made(index)) == (every, names)
    with closing(sqlite3.connect(journal / "index.sqlite")) as db:
        db.execute("DROP INDEX by_time")  # whoever began it was killed
    with opened(journal) as index:
        assert made(index) == names


def test_who_waits_is_told_how_far_it_is(journal, monkeypatch):
    monkeypatch.setattr(intake, "BATCH", 10)
    told = []
    with closing(Index(Reader(journal), lambda *so_far: told.append(so_far))) as index:
        assert told == sorted(told)
        assert (told[-1][0], told[-1][2]) == (told[-1][1], 81)
        told.clear()
        stats(index, Query(addresses=("203.0.0.0/16",)))
        assert [one[1] for one in told] == [81] * len(told)
        assert 0 < len(told) == len({done for done, _, _ in told})


def test_an_index_about_another_journal_is_made_anew(tmp_path):
    journals.write(tmp_path, exchange(judged(1)))
    opened(tmp_path).thing.close()
    (tmp_path / segment.name_of(1)).unlink()
    journals.write(tmp_path, exchange(judged(2)), first=9)
    with opened(tmp_path) as index:
        assert [entry["seq"] for entry in found(index)] == [9, 10]


def test_an_index_opened_before_the_first_segment(tmp_path):
    with opened(tmp_path) as index:
        assert found(index) == []
        journals.write(tmp_path, exchange(judged(1)))
        assert index.catch_up() == 2
        assert len(found(index)) == 2


def test_two_indexes_at_once_take_each_entry_in_once(journal, monkeypatch):
    monkeypatch.setattr(intake, "BATCH", 7)
    with opened(journal) as one, opened(journal) as other:
        assert len(found(one)) == len(found(other)) == 81


def test_where_the_folder_may_not_be_written_the_cache_holds_the_index(journal, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("os.access", lambda path, mode: "cache" in str(path))
    with opened(journal) as index:
        assert index.path.parent == tmp_path / "cache" / "izin"
        assert len(found(index)) == 81


def test_damage_is_kept_and_named(journal):
    path = journal / segment.name_of(1)
    octets = bytearray(path.read_bytes())
    octets[-10] ^= 1
    path.write_bytes(octets)
    for _ in range(2):
        with opened(journal) as index:
            (damage,) = index.damage()
            assert (damage.file, damage.seq) == (path.name, 30)
            assert [entry["seq"] for entry in found(index)][28:31] == [29, 31, 32]


def test_an_entry_damaged_after_it_was_indexed_is_not_shown(journal):
    with opened(journal) as index:
        place = index.at(5)
    path = journal / segment.name_of(1)
    octets = bytearray(path.read_bytes())
    octets[place.offset + 40] ^= 1
    path.write_bytes(octets)
    with opened(journal) as index:
        shown = list(ask(index, Query(limit=81)))
        assert [type(one) for one in shown].count(Damage) == 1


def test_a_code_is_found_as_it_was_heard(journal):
    with opened(journal) as index:
        ((entry, outcome),) = by_code(index, "0000 0012")
        assert entry["id"] == "01KBBFZ9M00000000000000012"
        assert outcome["of"] == entry["id"]
        for heard in ("oooo-ooi2", "01kbbfz9m00000000000000012", f"{entry['id']}-outcome"):
            assert by_code(index, heard) == [(entry, outcome)]
        ((event, none),) = by_code(index, "01KBBFZ9M00000000000000077")
        assert (event["event"], none) == ("mode", None)
        for nothing in ("", "12", "ZZZZZZZZ", "99999999" * 2, "'; --------"):
            assert by_code(index, nothing) == []


def test_stats_count(journal):
    with opened(journal) as index:
        counted = stats(index, Query(), top=2)
        assert (counted.decisions, counted.events, counted.octets) == (40, 1, 40_000)
        assert counted.by["verdict"] == [("allow", 30), ("deny", 10)]
        assert counted.by["kind"] == [("people", 30), ("agents", 10)]
        assert counted.by["purpose"] == [(None, 30), ("ai-train", 10)]
        assert counted.by["operator"] == [(None, 30), ("OpenAI", 10)]
        assert counted.ends == [("complete", 40)]
        assert len(counted.paths) == 2
        assert stats(index, Query(agents=("GPTBot",))).paths[0][1:] == (1, 1)
        assert stats(index, Query(traces=(journals.TRACEPARENT[3:35],))).decisions == 0
        empty = stats(index, Query(since=NOW * 2))
        assert (empty.decisions, empty.octets, empty.first) == (0, 0, None)


def test_the_trend_and_the_readers_whom_services_sent(tmp_path):
    hour = 3_600_000_000
    entries = [e for n in range(6) for e in exchange(judged(n * 1_800_000))]  # one each half hour
    entries += exchange(judged(6 * 1_800_000, identity=GPTBOT, decision=REFUSED))
    for number, readers in enumerate(
        ({"ChatGPT": 3, "Perplexity": 1}, {"ChatGPT": 2}, {"Baru": 1, "x": -1}, 7)
    ):
        id = f"01KBBFZ9M000000000000000{number:02d}"
        entries.append(event_entry(id, journals.START + number * hour, "referrals", {"readers": readers}))
    with opened(journals.write(tmp_path, entries)) as index:
        counted = stats(index, Query())
        assert counted.step == "hour"
        assert sum(one.decisions for one in counted.trend) == 7
        assert [(one.decisions, one.refused) for one in counted.trend][-1][1] == 1
        assert all(one.at % hour == 0 for one in counted.trend)
        assert counted.referred == [
            ("ChatGPT", "OpenAI", 5),
            ("Baru", None, 1),
            ("Perplexity", "Perplexity", 1),
        ]
        assert stats(index, Query(since=journals.START + hour)).referred[0] == ("ChatGPT", "OpenAI", 2)
        assert stats(index, Query(since=NOW + 90 * 24 * hour)).referred == []
    later = [*exchange(judged(1)), *exchange(judged(10 * 86_400_000)), *exchange(judged(200 * 86_400_000))]
    with opened(journals.write(tmp_path / "lama", later[:4])) as index:
        assert [one.decisions for one in stats(index, Query()).trend] == [1, 1]
        assert stats(index, Query()).step == "day"
    with opened(journals.write(tmp_path / "lebih", later)) as index:
        weeks = stats(index, Query())
        assert weeks.step == "week"
        assert {utc(one.at).weekday() for one in weeks.trend} == {0}


def test_refusals_are_found_by_their_index(journal):
    with opened(journal) as index:
        plan = index.db.execute(
            "EXPLAIN QUERY PLAN SELECT seq FROM entries WHERE verdict IN (2, 3) AND verdict > 1"
        ).fetchall()
    assert "by_verdict" in str(plan)
    assert sqlite3.sqlite_version_info > (3, 24)
