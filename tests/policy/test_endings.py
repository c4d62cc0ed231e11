"""What ends soon, and the days between two contracts."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.policy.endings import ending, ends, told
from gateway.policy.place import Severity
from gateway.vocabulary import Use
from tests.sites import license_, policy

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def lasting(name, first, last, agents=("GPTBot",), uses=(Use.AI_TRAIN,)):
    """A license from so many days from now until so many."""
    return license_(name, agents, begins=NOW + first * DAY, ends=NOW + last * DAY, uses=frozenset(uses))


@pytest.mark.parametrize(
    ("held", "names"),
    [
        ([lasting("a", -5, 30)], ["a"]),
        ([lasting("a", -5, 31)], []),
        ([lasting("a", -5, 1), lasting("b", -5, 0.5, ["CCBot"])], ["b", "a"]),
        ([lasting("a", 1, 2)], []),
        ([lasting("a", -5, 0)], []),
        ([lasting("a", -5, 5), lasting("b", 5, 90)], []),
        ([lasting("a", -5, 5), lasting("b", 6, 90)], ["a"]),
        ([lasting("a", -5, 5), lasting("b", 5, 90, ["CCBot"])], ["a"]),
        ([lasting("a", -5, 5), lasting("b", 5, 90, uses=[Use.AI_INPUT])], ["a"]),
        ([lasting("a", -5, 5), lasting("b", 5, 90, uses=[Use.ALL])], []),
    ],
)
def test_a_license_that_ends_soon_and_is_not_followed_is_spoken_of(held, names):
    assert [one.id for one in ending(policy(licenses=held), NOW)] == names


def test_what_is_said_names_the_last_day_and_the_place():
    (problem,) = told(policy(licenses=[lasting("a", -5, 12.5)]), NOW)
    assert problem.message.en == "`a` of PT Contoh AI ends in 12 days: 2026-12-05 is its last day"
    assert (problem.place.file, problem.severity) == ("licenses/a.yaml", Severity.WARNING)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (
            [lasting("a", -5, 50), lasting("b", 51, 90)],
            ["`GPTBot` has no license for 1 day between `a` and `b`"],
        ),
        ([lasting("a", -5, 50), lasting("b", 50, 90)], []),
        ([lasting("a", -90, -1), lasting("b", 50, 90)], []),
        (
            [lasting("a", -5, 50), lasting("b", 60, 90, ["CCBot", "GPTBot"]), lasting("c", 70, 99)],
            ["`GPTBot` has no license for 10 days between `a` and `b`"],
        ),
    ],
)
def test_days_without_a_license_between_two_are_spoken_of(held, said):
    assert [problem.message.en for problem in told(policy(licenses=held), NOW)] == said


def test_ends_are_of_those_that_run_and_say_whether_another_follows():
    held = [
        lasting("a", -5, 12.5),
        lasting("b", 12.5, 90),
        lasting("c", -9, 0),
        lasting("d", -9, 50, ["CCBot"]),
    ]
    assert [(end.license.id, end.followed) for end in ends(policy(licenses=held), NOW)] == [
        ("a", True),
        ("d", False),
    ]
