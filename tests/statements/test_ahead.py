"""What is found ahead is what later cannot be published, and all of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.policy.model import Subject
from gateway.policy.place import PolicyError
from gateway.statements import check_ahead, next_change, publish
from gateway.vocabulary import Use
from tests.sites import NOON
from tests.statements.test_agreement import TERMS, USES, VERDICTS, made

# Patterns of which many pairs cannot be said together.
PATTERNS = st.sampled_from(["/*a*b", "/ab$", "/a", "/*b$", "/a*b$", "/aab$", "/*aab", "/", "/*a"])
WHERE = st.lists(PATTERNS, min_size=1, max_size=2)
NAMES = st.sampled_from(["GPTBot", "Googlebot", "ChatGPT-User"])
SUBJECTS = st.one_of(
    st.sampled_from(["OpenAI", "Google"]).map(Subject.operator),
    NAMES.map(Subject.agent),
    st.sampled_from(["l0", "l1"]).map(Subject.license),
)
RULES = st.lists(st.tuples(SUBJECTS, WHERE, VERDICTS, TERMS), min_size=1, max_size=5)
LICENSES = st.lists(
    st.tuples(NAMES, st.lists(PATTERNS, max_size=2), st.lists(PATTERNS, max_size=2), st.just(Use.ALL)),
    min_size=1,
    max_size=2,
)
DATES = st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 4), st.booleans()), min_size=2, max_size=2)


def fails(do: Callable[[], object]) -> bool:
    try:
        do()
    except PolicyError:
        return True
    return False


@settings(max_examples=150)
@given(RULES, USES, LICENSES, DATES)
def test_what_is_found_ahead_is_what_cannot_be_published_then(rules, uses, licenses, dates):
    its = made(rules, uses, licenses)
    days = [(NOON + timedelta(days=since), timedelta(days=length), told) for since, length, told in dates]
    held = (
        replace(one, begins=begins, ends=begins + length, publish=told)
        for one, (begins, length, told) in zip(its.licenses, days, strict=False)
    )
    its = replace(its, licenses=tuple(held))
    assume(not fails(lambda: publish(its, NOON)))
    changes, at = [], next_change(its, NOON)
    while at is not None:
        changes.append(at)
        at = next_change(its, at)
    later = any(fails(lambda at=at: publish(its, at)) for at in changes)
    assert fails(lambda: check_ahead(its, NOON)) is later
