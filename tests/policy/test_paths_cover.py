"""What `Pattern.covers` says of two patterns holds of every path; and rows are found by it whatever their patterns."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.model import Rule, Subject
from gateway.policy.paths import Pattern
from gateway.policy.place import Place
from gateway.policy.rows import Row, Rows
from gateway.vocabulary import Verdict

PATTERNS = st.from_regex(r"/[ab/*]{0,5}\$?", fullmatch=True).map(Pattern)
PATHS = st.from_regex(r"/[ab/]{0,8}", fullmatch=True)


@given(PATTERNS, PATTERNS, PATHS)
def test_a_pattern_matches_what_a_pattern_it_covers_matches(broad, narrow, path):
    if broad.covers(narrow) and narrow.matches(path):
        assert broad.matches(path)


@given(PATTERNS)
def test_a_pattern_covers_itself_and_everything_covers_it(pattern):
    assert pattern.covers(pattern)
    assert Pattern("/").covers(pattern)


@given(st.lists(PATTERNS, max_size=12), PATTERNS)
def test_rows_are_found_as_if_each_was_looked_at(patterns, wanted):
    place = Place("rules.yaml", 1, 1)
    rule = Rule("a", (Subject.everyone(),), tuple(patterns), Verdict.DENY, place)
    rows = Rows(Row(Subject.everyone(), pattern, rule) for pattern in patterns)
    covering = sorted(row.pattern.text for row in rows.covering(wanted))
    covered = sorted(row.pattern.text for row in rows.covered(wanted))
    assert covering == sorted(one.text for one in patterns if one.covers(wanted))
    assert covered == sorted(one.text for one in patterns if wanted.covers(one))
