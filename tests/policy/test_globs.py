"""Sets of paths, against their definition: every path over a small alphabet, up to a length."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.globs import TangledError, glob_of, holds, meet, overlap, pattern_of
from tests.rfc9309 import matches

LETTERS = "/ab"
PATHS = ["".join(letters) for length in range(6) for letters in product(LETTERS, repeat=length)]
GLOBS = st.text("/ab*", max_size=6).map(lambda text: re.sub(r"\*+", "*", text))


def members(glob: str) -> set[str]:
    return {path for path in PATHS if matches(f"{glob}$", path)}


@given(GLOBS, GLOBS)
def test_the_meeting_of_two_globs_is_what_both_have(one, other):
    pieces = meet(one, other)
    assert set().union(*map(members, pieces)) == members(one) & members(other)
    assert overlap(one, other) is bool(pieces)
    assert not any(a != b and holds(a, b) for a in pieces for b in pieces)


@given(GLOBS, GLOBS)
def test_what_is_held_is_a_subset(broad, narrow):
    if holds(broad, narrow):
        assert members(narrow) <= members(broad)


@given(GLOBS, GLOBS)
def test_what_is_not_held_has_a_path_of_its_own(broad, narrow):
    """A star filled with a letter that no pattern has shows the difference."""
    if not holds(broad, narrow):
        witness = narrow.replace("*", "zz")
        assert matches(f"{narrow}$", witness)
        assert not matches(f"{broad}$", witness)


@pytest.mark.parametrize(
    ("pattern", "glob"),
    [("/foto/", "/foto/*"), ("/foto/$", "/foto/"), ("/*.jpg$", "/*.jpg"), ("/a**", "/a*")],
)
def test_a_pattern_is_a_glob(pattern, glob):
    assert glob_of(pattern) == glob


@given(GLOBS)
def test_a_glob_has_a_pattern(glob):
    assert glob_of(pattern_of(glob)) == glob


def test_a_tangle_is_refused_not_worked_on():
    with pytest.raises(TangledError):
        meet("*a" * 600 + "*", "*b" * 600 + "*")
    with pytest.raises(TangledError):
        meet("/*a*b*c*d*e*", "/*f*g*h*i*j*")
