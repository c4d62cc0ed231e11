"""Sums and cases: what is known of readers beside entries, and what is not."""

import asyncio
import dataclasses
import json
from contextlib import closing

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.audit import segment
from gateway.audit.cases import EVENT, KEPT, Cases, sight_of, watched_as
from gateway.audit.holds import Hold
from gateway.audit.index import Index
from gateway.audit.query import Query, ask
from gateway.audit.reader import Reader
from gateway.audit.recorder import Recorder
from gateway.audit.retention import Over
from gateway.audit.rewriting import CLEARED
from gateway.cli.audit import command
from gateway.instants import DAY, rfc3339
from gateway.policy.model import Audit, Keep
from gateway.proxy.ids import Ids
from gateway.record import EntryError, event_entry, printed
from gateway.record.pages import Sketch, is_counted, is_static
from gateway.record.printed import values_of
from gateway.request import read_target
from gateway.seal.erasable import entry_of
from gateway.value import changed
from gateway.vocabulary import End
from tests.engines import eventually
from tests.journals import GPTBOT, LET_IN, REFUSED, START, VERSION, judged, salt

ADDRESS = "203.0.113.7"


def under(judgement, **audit):
    policy = dataclasses.replace(VERSION.policy, audit=Audit(**audit))
    return changed(judgement, version=replace(VERSION, policy=policy))


def reading(number, **more):
    return under(judged(number, b"/berita/%d" % number, **more), threshold=60)


def see(cases, judgement, pseudonym):
    """What a process does with each judgement."""
    sight = sight_of(judgement, pseudonym)
    if sight is not None:
        cases.saw(sight)


@pytest.fixture
def events():
    return []


@pytest.fixture
def cases(events):
    return Cases(Ids(), lambda name, details: events.append(details), most=50)


def entry_of_case(event):
    return event_entry("01KBBFZ9M00000000000009001", START, EVENT, event, salt)


@settings(max_examples=20)
@given(st.integers(0, 6000))
def test_a_sketch_tells_how_many_different_ones_there_were(count):
    sketch = Sketch()
    found = 0
    for number in range(count):
        found = sketch.add(f"www.antara.example/berita/{number}")
        sketch.add(f"www.antara.example/berita/{number // 2}")
    assert abs(found - count) <= 5 + count * 0.1


def test_who_takes_more_than_anybody_reads_opens_one_case(cases, events):
    for number in range(300):
        see(cases, reading(number), "samaran")
    (event,) = events
    assert 61 <= event["articles"] <= 70
    assert (event["pseudonym"], event["network"], event["threshold"]) == ("samaran", "203.0.113.0/24", 60)
    assert event["address"] == ADDRESS
    payload = entry_of_case(event)
    shown = printed(payload, 1, "antara", "mesin", {})
    for told in (entry_of(payload), json.dumps(shown).encode()):
        assert not [one for one in (ADDRESS, "203.0.113.0/24", "samaran") if one.encode() in told]
    assert values_of(payload) == {"address": ADDRESS, "network": "203.0.113.0/24", "pseudonym": "samaran"}
    assert segment.event_of(payload) == json.loads(json.dumps({**event, "event": EVENT}))
    assert values_of(entry_of(payload)) == {}
    assert printed(entry_of(payload), 1, "antara", "mesin", {})["erased"] is True
    with pytest.raises(EntryError):
        values_of(payload.replace(ADDRESS.encode(), b"203.0.113.8"))
    with pytest.raises(ValueError, match="salt"):
        event_entry("0" * 26, START, EVENT, event)


def test_who_reads_much_of_the_same_or_no_articles_opens_none(cases, events):
    for number in range(300):
        see(cases, reading(number % 50), "a")
        see(cases, under(judged(number, b"/gambar/%d.jpg" % number), threshold=60), "a")
        see(cases, reading(number, method="POST"), "a")
        see(cases, reading(number, identity=GPTBOT), "a")
        see(cases, reading(number, decision=REFUSED), "a")
        see(cases, judged(number, b"/lain/%d" % number), "a")  # no threshold
    assert events == []


def test_memory_is_bounded_and_a_network_of_ipv6_is_one_client(cases, events):
    for number in range(400):
        see(cases, reading(number, address=f"10.0.{number % 90}.1"), "a")
    assert len(cases._watched) == 50
    assert watched_as("2001:db8:1:2:3::4") == watched_as("2001:db8:1:2:ffff::1")
    for number in range(100):
        see(cases, reading(number, address=f"2001:db8::{number:x}", network="2001:db8::/48"), "a")
    assert len(events) == 1
    see(cases, changed(reading(1), at=START + DAY), "a")
    assert len(cases._watched) == 1, "a new day"


def test_an_address_goes_after_thirty_days_unless_it_is_held(cases, events):
    for number in range(70):
        see(cases, reading(number), "a")
    payload = entry_of_case(events[0])
    assert events[0]["until"] in {rfc3339(START + number * 1000 + KEPT) for number in range(70)}
    hold = Hold("k", "", "", addresses=(ADDRESS,))

    def over(at, *holds):
        look = Over(Keep(), at, holds)
        return look(payload), look.due

    until = START + KEPT
    assert over(until - 1) == (None, until)
    assert over(until, hold) == (None, until + DAY), "it is looked at again every day"
    assert over(until)[0] == CLEARED
    assert Over(Keep(), until, ())(entry_of(payload)) is None
    other = event_entry("0" * 26, START, "hold", {"addresses": [ADDRESS]}, salt)
    assert Over(Keep(), until, ())(other) is None, "a hold tells whom it holds"


@pytest.mark.parametrize(
    ("path", "static"),
    [
        ("/a.css", True),
        ("/foto/b.JPG", True),
        ("/c.html", False),
        ("/berita/1", False),
        ("/d.jpg/x", False),
        ("/.css", True),
    ],
)
def test_what_is_static(path, static):
    assert is_static(read_target(path.encode())) is static


def test_only_what_nothing_speaks_of_is_counted():
    image = judged(1, b"/a.jpg")
    assert is_counted(under(image, counts_static=True))
    assert not is_counted(image)
    for other in (
        judged(1, b"/berita/1"),
        judged(1, b"/a.jpg", identity=GPTBOT),
        judged(1, b"/a.jpg", decision=REFUSED),
        judged(1, b"/a.jpg", method="POST"),
        judged(1, b"/a.jpg", decision=changed(LET_IN, rule="foto")),
        judged(1, b"/a.jpg", decision=changed(LET_IN, rates=("pelan",))),
    ):
        assert not is_counted(under(other, counts_static=True))


async def test_the_journal_has_sums_and_cases(tmp_path):
    folder = tmp_path / "journal"
    recorder = Recorder.open(folder, site="antara", new_id=Ids(), pseudonym=lambda address, at: "p" * 16)
    levels = []
    for number in range(5):
        image = under(judged(number, b"/a%d.jpg" % number), counts_static=True)
        recorder.decision(image, levels.append)
        recorder.outcome(image, 200, 1000, End.COMPLETE)
    for number in range(80):
        recorder.decision(reading(number), levels.append)
    await eventually(lambda: len(levels) == 85)
    await asyncio.sleep(0)
    await recorder.close()
    with closing(Index(Reader(folder))) as index:
        entries = list(ask(index, Query()))
    sums = {entry["event"]: entry["details"] for entry in entries if entry["phase"] == "event"}
    assert (sums["static"]["requests"], sums["static"]["bytes"]) == (5, 5000)
    assert sum(entry["phase"] == "decision" for entry in entries) == 80
    assert sums["case"]["articles"] > 60
    octets = b"".join(path.read_bytes() for path in folder.glob("*.izj"))
    assert octets.count(ADDRESS.encode()) == 1
    run = CliRunner().invoke
    (listed,) = run(command, ["cases", "--journal", str(folder), "--json"]).stdout.splitlines()
    assert json.loads(listed)["address"] == ADDRESS
    assert ADDRESS in run(command, ["cases", "--journal", str(folder)]).stdout
    asked = ["erase", "--journal", str(folder), "--address", ADDRESS, "--why", "x", "--json"]
    assert json.loads(run(command, asked).stdout)["waiting"] == 1
    await Recorder.open(folder, site="antara", new_id=Ids(), pseudonym=str).close()  # closes the segment
    assert json.loads(run(command, asked).stdout)["cleared"] == 1
    assert not [one for one in folder.rglob("*") if one.is_file() and ADDRESS.encode() in one.read_bytes()]
    assert "alamat tidak disimpan lagi" in run(command, ["cases", "--journal", str(folder)]).stdout
