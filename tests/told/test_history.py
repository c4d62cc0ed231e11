"""Which terms were in force when, and how statements differ."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.record.terms import Terms, TermsError, key_for, read_terms
from gateway.told.history import Ended, Mark, editions, spans
from gateway.told.stated import Stated, difference, differences
from tests import sites
from tests.told import scripted


def policy(terms, hosts=("a.example",)):
    return {"terms": terms, "policy": "sha256:p", "hosts": [{"host": host} for host in hosts]}


def test_terms_hold_until_others_come_or_the_gateway_stops():
    found = list(
        spans(
            [
                Mark(10, "start"),
                Mark(11, "policy", policy("A")),
                Mark(15),
                Mark(20, "policy", policy("B")),
                Mark(30, "stop"),
                Mark(40, "start"),
                Mark(41, "policy", policy("B")),
                Mark(50),
                Mark(90, "start"),
                Mark(91, "policy", policy("C")),
                Mark(95, "mode"),
            ]
        )
    )
    assert [(one.since, one.until, one.ended.value, one.terms) for one in found] == [
        (11, 20, "replaced", "A"),
        (20, 30, "stopped", "B"),
        (41, 50, "lost", "B"),
        (91, 95, "open", "C"),
    ]
    assert [one.holds(at) for one, at in zip(found, (20, 30, 50, 95), strict=True)] == [
        False,
        False,
        True,
        True,
    ]


def test_an_event_that_names_no_terms_begins_nothing():
    damaged = {"sha256": "…"}, {"terms": 3, "policy": "p"}, {"terms": "A", "policy": None}
    marks = [Mark(1, "policy", policy("A")), *(Mark(at, "policy", one) for at, one in enumerate(damaged, 5))]
    assert [(one.since, one.until) for one in spans(marks)] == [(1, 5)]


_marks = st.lists(
    st.builds(
        Mark,
        st.integers(0, 60),
        st.sampled_from([None, "policy", "policy", "start", "stop", "mode"]),
        st.sampled_from([policy("A"), policy("B"), {}]),
    ),
    max_size=25,
)


@given(_marks)
def test_spans_of_one_run_tile_and_those_of_two_never_overlap(marks):
    found = list(spans(marks))
    for one, after in pairwise(found):
        assert one.since <= one.until <= after.since
        assert one.ended is not Ended.OPEN
    runs, current = [], []
    for mark in marks:
        if mark.event in ("start", "stop") or (mark.event == "policy" and not mark.details):
            runs.append(current)
            current = []
        elif mark.event == "policy":
            current.append(mark)
    runs.append(current)
    assert len(found) == sum(map(len, runs))
    for run in runs:
        mine, found = found[: len(run)], found[len(run) :]
        assert all(one.until == after.since for one, after in pairwise(mine)), "no gap in a run"
        assert [one.terms for one in mine] == [mark.details["terms"] for mark in run]


def test_a_statement_that_stays_is_one_edition():
    terms = {
        "A": Terms("koran", {"notice id": "n1"}, {"a": {"/robots.txt": "r1"}, "b": {"/robots.txt": "r1"}}),
        "B": Terms("koran", {"notice id": "n1"}, {"a": {"/robots.txt": "r2"}, "b": {"/robots.txt": "r1"}}),
    }
    marks = [
        Mark(1, "policy", policy("A")),
        Mark(5, "policy", policy("B")),
        Mark(9, "policy", policy("A")),
        Mark(12, "stop"),
        Mark(20, "start"),
        Mark(21, "policy", policy("A")),
        Mark(22),
    ]
    found = [tuple(one) for one in editions(spans(marks), terms.get)]
    assert found == [
        ("/robots.txt", "r1", 1, 5, "replaced", ("a",)),
        ("/robots.txt", "r1", 1, 12, "stopped", ("b",)),
        ("/robots.txt", "r2", 5, 9, "replaced", ("a",)),
        ("/robots.txt", "r1", 9, 12, "stopped", ("a",)),
        ("/robots.txt", "r1", 21, 22, "open", ("a", "b")),
        ("notice id", "n1", 1, 12, "stopped", ("a", "b")),
        ("notice id", "n1", 21, 22, "open", ("a", "b")),
    ]


def test_a_manifest_is_read_back():
    published = scripted.version("ban").published
    terms = read_terms(published.manifest)
    for pattern, said in published.hosts.items():
        documents = {name: one for name, one in terms.hosts[pattern].items() if name.startswith("/")}
        assert {name: published.texts[one] for name, one in documents.items()} == {
            path: document.body for path, document in said.documents.items()
        }
    assert published.texts[terms.notice["notice id"]].decode() == sites.NOTICE.id


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"{}", b"[" * 9999, b'{"v":2,"site":"x","notice":{},"hosts":{}}', b"User-agent: *"]
)
def test_what_is_no_manifest(text):
    with pytest.raises(TermsError):
        read_terms(text)


def test_a_host_has_its_own_key_or_that_of_the_longest_pattern():
    hosts = dict.fromkeys(["a.example", "*.a.example", "*.b.a.example"], "")
    asked = ["a.example", "x.a.example", "y.b.a.example", "b.a.example", "lain.example", ""]
    assert [key_for(hosts, host) for host in asked] == [
        "a.example", "*.a.example", "*.b.a.example", "*.a.example", None, None,
    ]  # fmt: skip
    policy = sites.policy(*(sites.host(pattern) for pattern in hosts))
    for host in asked:
        found = policy.host(host, near=False)
        assert key_for(hosts, host) == (found and found.pattern)


def test_hosts_that_differ_alike_stand_together():
    before = Stated({"a": {"/r": "x\ny\n"}, "b": {"/r": "x\ny\n"}, "c": {"/r": "q"}}, {"notice id": "lama"})
    after = Stated({"a": {"/r": "x\nz\n"}, "b": {"/r": "x\nz\n"}, "d": {"/r": None}}, {"notice id": "baru"})
    found = [(one.name, one.hosts, one.lines[1:]) for one in differences(before, after)]
    assert found == [
        ("notice id", (), ("-lama", "+baru")),
        ("/r", ("a", "b"), (" x", "-y", "+z")),
        ("/r", ("c",), ("-q",)),
        ("/r", ("d",), ("+(naskahnya tidak tersimpan / the text is not kept)",)),
    ]
    assert differences(before, before) == []


@given(st.text(), st.text())
def test_two_texts_differ_or_they_are_the_same(one, other):
    assert bool(difference(one, other)) == (one != other)
