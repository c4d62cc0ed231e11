"""Entries of several ranks become one list that length alone decides: against the order itself, path by path."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.policy.paths import Pattern
from gateway.statements.merge import Entry, InexpressibleError, flatten, within
from tests.rfc9309 import Robots, matches

PIECES = ["/", "/a", "/b", "/a/", "/a/b", "/b/a", "/ab", "/a/b/a", "/b/b/", "/c"]
PREFIXES = st.sampled_from(PIECES)
GLOBS = st.one_of(
    PREFIXES,
    PREFIXES.map(lambda text: f"{text}$"),
    st.text("/ab*", min_size=1, max_size=5).map(lambda text: f"/{text}"),
    st.text("/ab*", min_size=1, max_size=5).map(lambda text: f"/{text}$"),
)
PATHS = st.text("/abc", max_size=8).map(lambda text: f"/{text}")


def entry(text: str, allow: bool, layer: int) -> Entry:
    pattern = Pattern(text)
    return Entry(pattern.text, allow, (layer, (pattern.octets, allow)), None)


def entries(patterns: st.SearchStrategy[str]) -> st.SearchStrategy[list[Entry]]:
    return st.lists(st.builds(entry, patterns, st.booleans(), st.integers(0, 3)), max_size=9)


def by_rank(all_entries: list[Entry], path: str) -> bool:
    """The gate's order: the entry of highest rank that matches."""
    matching = [(one.rank, one.allow) for one in all_entries if matches(one.text, path)]
    return max(matching)[1] if matching else True


def by_length(flat: list[Entry], path: str) -> bool:
    lines = [f"{'Allow' if one.allow else 'Disallow'}: {one.text}" for one in flat]
    return Robots("\n".join(["User-agent: *", *lines])).allows("x", path)


@given(entries(GLOBS), st.lists(PATHS, min_size=5, max_size=30))
def test_length_says_what_rank_says(given_entries, paths):
    try:
        flat = flatten(given_entries)
    except InexpressibleError:
        assume(False)
        raise
    assert [by_length(flat, path) for path in paths] == [by_rank(given_entries, path) for path in paths]


@given(entries(PREFIXES), st.lists(PATHS, min_size=5, max_size=30))
def test_plain_prefixes_can_always_be_said(given_entries, paths):
    flat = flatten(given_entries)
    assert [by_length(flat, path) for path in paths] == [by_rank(given_entries, path) for path in paths]


@given(entries(GLOBS))
def test_nothing_said_is_needless(given_entries):
    """Every line that is left decides somewhere: no other line says the same wherever it does."""
    try:
        flat = flatten(given_entries)
    except InexpressibleError:
        assume(False)
        raise
    assert len({one.text for one in flat}) == len(flat)
    if all(one.allow for one in flat):
        assert flat == []


@given(entries(GLOBS), GLOBS, st.lists(PATHS, min_size=5, max_size=30))
def test_entries_can_be_kept_within_a_pattern(given_entries, pattern, paths):
    inside = [piece for one in given_entries for piece in within(one, Pattern(pattern).text, 9)]
    for path in paths:
        if matches(Pattern(pattern).text, path):
            assert by_rank(inside, path) == by_rank(given_entries, path)
        else:
            assert by_rank(inside, path)


def test_what_cannot_be_said_is_named():
    higher, lower = entry("/ab$", False, 2), entry("/*a*b", True, 1)
    with pytest.raises(InexpressibleError) as caught:
        flatten([higher, lower, entry("/", False, 0)])
    assert (caught.value.higher, caught.value.lower, caught.value.common) == (higher, lower, "/ab$")


@pytest.mark.parametrize(
    ("given_entries", "lines"),
    [
        ([], []),
        ([("/", True, 0)], []),
        ([("/", False, 0), ("/a", False, 1)], [("/", False)]),
        ([("/", False, 1), ("/a", True, 0)], [("/", False)]),
        ([("/a", False, 0), ("/", True, 1)], []),
        ([("/foto/", False, 1), ("/*.html", True, 0)], [("/foto/", False)]),
        ([("/foto/", True, 1), ("/*.jpg$", False, 0)], [("/*.jpg$", False), ("/foto/*.jpg$", True)]),
    ],
)
def test_by_example(given_entries, lines):
    flat = flatten([entry(*one) for one in given_entries])
    assert sorted((one.text, one.allow) for one in flat) == sorted(lines)
