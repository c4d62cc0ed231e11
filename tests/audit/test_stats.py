"""What `stats` counts is what a plain fold over the entries counts, however long the time and whatever was removed since."""

import dataclasses
from collections import Counter
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import intake
from gateway.audit.counting import spans
from gateway.audit.erasure import Whose, erase
from gateway.audit.index import Index
from gateway.audit.lane import Lane
from gateway.audit.query import Query, ask
from gateway.audit.reader import Reader
from gateway.audit.receipt import Item
from gateway.audit.stats import stats
from gateway.decision import Decision
from gateway.identify.identity import Identity
from gateway.instants import DAY, moment
from gateway.policy.paths import Pattern
from gateway.proxy.ids import Ids
from gateway.record import event_entry
from gateway.vocabulary import Assurance, Audience, Kind, Level, Purpose, Reason, Verdict
from tests import journals
from tests.audit.test_query import plain
from tests.journals import GPTBOT, LET_IN, READER, REFUSED, START, exchange, judged

HOUR = DAY // 24
PARTNER = Identity(Kind.AGENTS, Assurance.SIGNED, "ContohBot", "PT Contoh AI", Purpose.AI_INPUT)
LICENSED = Decision(
    Verdict.ALLOW,
    None,
    "license.contoh-ai-2026",
    (Reason.ADDRESS_PROVES_LICENSE,),
    Audience.AI,
    license="contoh-ai-2026",
)
RULED = Decision(Verdict.ALLOW, None, "pelan", (Reason.NOTHING_FORBIDS,), Audience.WELCOME)
SORTS = ((READER, LET_IN), (READER, LET_IN), (READER, RULED), (GPTBOT, REFUSED), (PARTNER, LICENSED))
CLIENTS = (
    ("203.0.113.7", "203.0.113.0/24"),
    ("203.10.2.9", "203.10.2.0/24"),
    ("2001:db8:7::1", "2001:db8:7::/48"),
    ("2001:0:5::1", "2001:0:5::/48"),
)
#: Nine days, a request every hour and a half, and an event a day.
REQUESTS = [
    judged(
        number * 5_400_000, b"/berita/%d" % (number % 6), identity=who, decision=said, address=ip, network=net
    )
    for number in range(144)
    for who, said in [SORTS[number * 7 % 5]]
    for ip, net in [CLIENTS[number % 4]]
]
ENTRIES = [entry for number, one in enumerate(REQUESTS) for entry in exchange(one, number)]
for day in range(9):
    event = event_entry(f"01KBBFZ9M0000000000090000{day}", START + day * DAY, "mode", {"mode": "observe"})
    ENTRIES.insert(day * 33, event)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("journal")
    journals.write(made, ENTRIES[:101])
    return journals.write(made, ENTRIES[101:], first=102)


@pytest.fixture(scope="module")
def index(folder):
    with closing(Index(Reader(folder))) as opened:
        yield opened


@pytest.fixture(scope="module")
def entries(index):
    found = list(ask(index, Query()))
    return lambda: found  # which is not shown with every example


edges = st.integers(-1, 9 * 24 + 1).map(lambda hour: START // DAY * DAY + hour * HOUR)
times = st.none() | st.builds(int.__add__, edges, st.sampled_from([0, 0, -1, 1, 17 * 60_000_000]))
questions = st.builds(
    lambda query, kept: replace(Query(since=query.since, until=query.until), **{kept: getattr(query, kept)}),
    st.builds(
        Query,
        agents=st.just(("gptbot", "ContohBot")),
        operators=st.just(("OpenAI",)),
        purposes=st.just(("ai-input",)),
        kinds=st.sampled_from([("people",), ("agents",), ("tools",)]),
        verdicts=st.sampled_from([("allow",), ("deny", "license")]),
        rules=st.sampled_from([("pelan",), ("uses.ai-train", "pelan"), ("nothing",)]),
        licenses=st.just(("contoh-ai-2026",)),
        events=st.just(("mode",)),
        audiences=st.sampled_from([("ai",), ("people",), ("welcome", "people")]),
        phases=st.sampled_from([("decision",), ("event",), ("decision", "outcome")]),
        paths=st.just((Pattern("/berita/3"), Pattern("/*/4$"))),
        addresses=st.sampled_from(
            [
                ("203.0.113.0/24",),
                ("203.0.0.0/16", "2001:db8:7::1"),
                ("203.0.0.0/12",),
                ("2001:db8::/32",),
                ("2001:0:5::/48",),
                ("2001::/16", "10.0.0.0/8"),
                ("::/0",),
                ("c2FtYXJhbi1wZW1i", "x"),
            ]
        ),
        violations=st.just(True),
        since=times,
        until=times,
    ),
    st.sampled_from([field.name for field in dataclasses.fields(Query) if field.name != "limit"]),
)


@settings(max_examples=100)
@given(questions, st.integers(1, 5))
def test_stats_are_a_fold_over_the_entries(index, entries, query, top):
    counted = stats(index, query, top)
    found = [
        one
        for one in entries()
        if one["phase"] == "decision"
        and plain(one, query)
        and (one.get("violation") is True or not query.violations)
    ]
    at = [moment(one["time"], 0) for one in found]
    assert (counted.decisions, counted.first, counted.last) == (
        len(at),
        min(at, default=None),
        max(at, default=None),
    )
    for name in ("verdict", "rule"):
        assert dict(counted.by[name]) == Counter(one[name] for one in found)
    for name in ("kind", "purpose", "operator", "agent"):
        assert dict(counted.by[name]) == Counter(one["identity"][name] for one in found)
    every = Counter(one["request"]["target"] for one in found)
    refused = Counter(one["request"]["target"] for one in found if one["verdict"] != "allow")
    best = sorted(((path, n, refused[path]) for path, n in every.items()), key=lambda one: (-one[1], one[0]))
    assert sorted(stats(index, query, 99).paths) == sorted(best)
    assert [one[1] for one in counted.paths] == [one[1] for one in best[:top]]
    blamed = [one for one in found if one.get("standing")]
    assert {name: (n, yes) for name, n, yes, _ in counted.operators} == {
        name: (len(its), sum(one["violation"] is True for one in its))
        for name in {one["identity"]["operator"] for one in blamed}
        for its in [[one for one in blamed if one["identity"]["operator"] == name]]
    }
    width = {"hour": HOUR, "day": DAY, "week": 7 * DAY}[counted.step]
    assert counted.step == ("hour" if not at or max(at) - min(at) <= 3 * DAY else "day")
    assert [(step.at, step.decisions) for step in counted.trend] == sorted(
        Counter(one // width * width for one in at).items()
    )
    assert sum(step.refused for step in counted.trend) == sum(refused.values())
    beside = [one for one in entries() if plain(one, Query(since=query.since, until=query.until))]
    ends = [one for one in beside if one["phase"] == "outcome"]
    assert dict(counted.ends) == Counter(one["end"] for one in ends)
    assert counted.octets == sum(one["bytes"] for one in ends)
    assert counted.events == sum(one["phase"] == "event" for one in beside)


@given(times, times)
def test_spans_are_a_time_cut_in_pieces(since, until):
    found = list(spans(since, until, (DAY, HOUR)))
    if since is not None and until is not None and since >= until:
        assert found == []
        return
    assert (found[0].since, found[-1].until) == (since, until)
    assert all(one.until == other.since for one, other in pairwise(found))
    for one in found:
        assert not one.width or all(at is None or at % one.width == 0 for at in one[:2])
        assert one.width or -(-one.since // HOUR) * HOUR + HOUR > one.until  # no whole hour lies in it
    assert sum(one.width == 0 for one in found) <= 2


SUMS = ("minutes", "sums", "tallies", "pages")


def sums_of(index):
    """Everything that is summed up, in words."""
    words = dict(index.db.execute("SELECT id, text FROM words")) | {0: None}
    paths = dict(index.db.execute("SELECT id, text FROM paths"))
    found = []
    for table in SUMS:
        cursor = index.db.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        for row in cursor:
            known = dict(zip(names, row, strict=True))
            for name in known.keys() & {
                "agent",
                "operator",
                "purpose",
                "rule",
                "license",
                "standing",
                "ended",
                "audience",
            }:
                known[name] = words[known[name]]
            found.append(
                (table, *({**known, "path": paths[known["path"]]} if "path" in known else known).items())
            )
    return sorted(found, key=repr)


def test_sums_are_those_of_an_index_made_anew_after_entries_were_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "BATCH", 7)
    folder = tmp_path / "journal"
    for part in (REQUESTS[:30], REQUESTS[30:60]):
        lane = Lane(folder, site="antara", name="mesin", new_id=Ids())
        for one in part:
            lane.extend([Item(entry, Level.DURABLE) for entry in exchange(one)], None)
        lane.close()
    Lane(folder, site="antara", name="mesin", new_id=Ids()).close()
    with closing(Index(Reader(folder))) as index:
        gone = tuple(one.id for one in REQUESTS[10:40:3])
        assert erase(folder, Whose(gone), (), "permintaan", lambda _: None).entries > 0
        index.catch_up()
        after = sums_of(index)
        left = [entry for _, entry in Reader(folder).printed() if entry["phase"] == "decision"]
        assert stats(index, Query()).decisions == len(left) < 60
    with closing(Index(Reader(folder), rebuild=True)) as index:
        assert sums_of(index) == after
