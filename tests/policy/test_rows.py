"""Rows are found by what they cover: as quickly as they are many, and exactly as if each were held against each."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.model import Subject
from gateway.policy.paths import Pattern
from gateway.policy.rows import Row, Rows
from gateway.vocabulary import Verdict
from tests.sites import rule

SUBJECT = Subject.everyone()
TEXTS = st.from_regex(r"\A[/*][ab/*]{0,6}\$?\Z")


def rows(texts) -> list[Row]:
    return [
        Row(SUBJECT, Pattern(text), rule(f"r{n}", SUBJECT, [text], Verdict.DENY))
        for n, text in enumerate(texts)
    ]


@given(st.lists(TEXTS, max_size=12), TEXTS)
def test_what_covers_a_pattern_is_found_with_and_without_stars(texts, text):
    every, pattern = rows(texts), Pattern(text)
    found = list(Rows(every).covering(pattern))
    expected = [row for row in every if row.pattern.covers(pattern)]
    assert sorted(row.rule.id for row in found) == sorted(row.rule.id for row in expected)
    assert Rows(every).globs_covering(pattern) == [row for row in expected if not row.pattern.plain]
