"""Path patterns and the table in which the longest one wins, against readers that follow the RFC word by word."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.paths import PathTable, Pattern
from gateway.request import canonical
from tests.rfc9309 import matches

TEXTS = st.text("/ab*$%.?", max_size=8).map(lambda text: f"/{text}")
WRITTEN = st.text("/ab*$.?", max_size=7).map(lambda text: f"/{text}") | st.sampled_from(
    ["*", "*a", "*/b$", "/%2Aa"]
)
READINGS = st.text("/ab*$.?", max_size=9).map(lambda text: canonical(f"/{text}".encode()) or "/")


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    [
        # RFC 9309 section 2.2.3 and the examples of section 2.2.2
        ("/", "/", True),
        ("/", "/anything", True),
        ("/foto/", "/foto/1", True),
        ("/foto/", "/foto", False),
        ("/foto", "/fotografi", True),
        ("/foto", "/a/foto", False),
        ("/foto", "/Foto", False),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/a$", "/a?x", False),
        ("/*.gif$", "/x/y.gif", True),
        ("/*.gif$", "/x/y.gif?z", False),
        ("/*.gif$", "/.gif", True),
        ("/a*b", "/ab", True),
        ("/a*b", "/axxb/c", True),
        ("/a*b$", "/axxb/c", False),
        ("/a*b*c$", "/abbc", True),
        ("/a*bc*bc$", "/abc", False),
        ("/a*", "/a", True),
        ("/a**b", "/a-b", True),
        ("*/foto/", "/x/foto/1", True),
        ("*", "/", True),
        ("/$", "/", True),
        ("/$", "/a", False),
        ("/*?p=", "/x?p=1", True),
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz", True),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https://foo.bar", True),
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84", True),
        ("/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84", True),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz", True),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html", True),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-x.html", False),
        ("/path/foo-%24", "/path/foo-$", True),
        ("/a$b", "/a$b", True),
        ("/a$b", "/a", False),
    ],
)
def test_a_pattern_matches_what_the_rfc_says(pattern, path, matched):
    assert Pattern(pattern).matches(canonical(path.encode()) or "") is matched


@pytest.mark.parametrize(
    "text", ["", "foto", "$", "/a b", "/a#b", "/%", "/%2", "/%zz", "/a\n", "/\0", "http://x/"]
)
def test_what_is_no_pattern_is_said_to_be_none(text):
    with pytest.raises(ValueError, match=r"^a path pattern "):
        Pattern(text)


@given(st.text(max_size=12).map(lambda text: f"/{text}"))
def test_any_text_is_a_pattern_or_is_said_to_be_none(text):
    try:
        pattern = Pattern(text)
    except ValueError:
        return
    assert pattern.text.isascii()
    assert Pattern(pattern.text) == pattern, "its normal form is a pattern, and the same"
    assert hash(Pattern(pattern.text)) == hash(pattern)


@given(WRITTEN, READINGS)
def test_a_pattern_agrees_with_the_definition(written, reading):
    pattern = Pattern(written)
    assert pattern.matches(reading) == matches(pattern.text, reading)


@given(WRITTEN, WRITTEN, READINGS)
def test_what_covers_matches_all_that_the_other_does(one, other, reading):
    wide, narrow = Pattern(one), Pattern(other)
    if wide.covers(narrow) and narrow.matches(reading):
        assert wide.matches(reading)


def test_a_pattern_is_quick_with_many_stars():
    """Twenty stars against a long text that never ends right: without backtracking this is a few microseconds."""
    assert not Pattern("/" + "*a" * 20 + "$").matches("/" + "a" * 5000 + "b")


ROWS = st.lists(WRITTEN.map(Pattern), max_size=8).map(
    lambda patterns: [(pattern, number) for number, pattern in enumerate(patterns)]
)


def scanned(rows: list[tuple[Pattern, int]], reading: str) -> Any:
    """The definition of `PathTable.best`: the longest that matches, of equally long ones the first."""
    found = [(-pattern.octets, number) for pattern, number in rows if pattern.matches(reading)]
    return min(found)[1] if found else None


@given(ROWS, READINGS)
def test_the_best_row_is_that_of_a_plain_search(rows, reading):
    best = PathTable(rows).best(reading)
    assert (best[1] if best else None) == scanned(rows, reading)
    assert best is None or best[0].matches(reading)


@given(ROWS)
def test_rows_come_in_the_order_in_which_they_are_preferred(rows):
    table = PathTable(rows)
    listed = table.rows()
    assert bool(table) == bool(rows)
    assert [pattern.octets for pattern, _ in listed] == sorted((p.octets for p, _ in listed), reverse=True)
    assert {pattern for pattern, _ in listed} == {pattern for pattern, _ in rows}
    for reading in ("/", "/a", "/ab/b", "/a.b"):
        first = next((number for pattern, number in listed if pattern.matches(reading)), None)
        assert first == scanned(rows, reading)


def test_an_ending_is_longer_than_the_prefix_beside_it():
    table = PathTable(
        [(Pattern("/ads.txt"), "prefix"), (Pattern("/ads.txt$"), "whole"), (Pattern("/*"), "star")]
    )
    assert [table.best(path)[1] for path in ("/ads.txt", "/ads.txt?x", "/b")] == ["whole", "prefix", "star"]


def test_a_table_of_nothing_finds_nothing():
    assert PathTable([]).best("/") is None
    assert not PathTable([])
