"""When somebody is told, and when not: once, again after hours, and when it is over."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.kinds import KINDS, Alert
from gateway.alerts.ledger import Pace, Standing, Told, due, seen, told
from gateway.instants import SECOND
from gateway.vocabulary import Sentence

PACE = Pace(60, 3600)
SAYS = Sentence("salah", "wrong")
BAD = Alert("policy-not-taken-up", SAYS)
STEPPED = Alert("clock-stepped", SAYS)
GONE: tuple[Alert, ...] = ()


def ending(stage):
    return Alert("license-ends", SAYS, "a", stage)


def story(steps, pace=PACE, reached=lambda _second: True):
    """What is told when, as ``second: what``; ``steps`` says what holds from which second on."""
    standings, said, holding = {}, [], GONE
    for second in range(max(steps) + 1):
        holding = steps.get(second, holding)
        if second % 5:
            continue
        now = second * SECOND
        standings = seen(standings, holding, now, pace)
        notices = due(standings, now, pace)
        if notices and reached(second):
            said += [(second, one.told.value, one.standing.kind) for one in notices]
            standings = told(standings, notices, now)
        standings = msgspec.json.decode(msgspec.json.encode(standings), type=dict[str, Standing])
    return said


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        pytest.param({0: (BAD,), 54: GONE, 900: GONE}, [], id="a hiccup wakes nobody"),
        pytest.param(
            {0: (BAD,), 600: GONE, 3000: GONE},
            [(60, "new", "policy-not-taken-up"), (660, "over", "policy-not-taken-up")],
            id="once, and when it is over",
        ),
        pytest.param(
            {0: (BAD,), 7500: (BAD,)},
            [
                (60, "new", "policy-not-taken-up"),
                (3660, "still", "policy-not-taken-up"),
                (7260, "still", "policy-not-taken-up"),
            ],
            id="again while it holds",
        ),
        pytest.param(
            {0: (BAD,), 600: GONE, 630: (BAD,), 3000: (BAD,)},
            [(60, "new", "policy-not-taken-up")],
            id="what comes back at once was never over",
        ),
        pytest.param(
            {0: (ending(0),), 1000: (ending(1),), 2000: (ending(2),), 2500: GONE, 3000: GONE},
            [*((at, "new", "license-ends") for at in (60, 1000, 2000)), (2560, "over", "license-ends")],
            id="a worse stage is new",
        ),
        pytest.param(
            {0: (STEPPED,), 600: GONE, 3000: GONE},
            [(0, "new", "clock-stepped")],
            id="what happens is told at once, and never over",
        ),
        pytest.param(
            {0: (STEPPED,), 3: GONE, 1000: (STEPPED,), 1500: GONE, 3590: (STEPPED,), 3700: GONE},
            [(0, "new", "clock-stepped"), (3600, "still", "clock-stepped")],
            id="what happens again and again is told as often as anything is repeated",
        ),
        pytest.param(
            {0: (STEPPED,), 3: GONE, 5000: (STEPPED,), 5003: GONE},
            [(0, "new", "clock-stepped"), (5000, "new", "clock-stepped")],
            id="what happens again much later is told at once",
        ),
        pytest.param(
            {0: (Alert("lists-not-fetched", SAYS),), 3700: GONE, 4000: GONE},
            [(3600, "new", "lists-not-fetched"), (3760, "over", "lists-not-fetched")],
            id="what mends itself is waited for longer",
        ),
    ],
)
def test_what_is_told(steps, said):
    assert story(steps) == said


def test_what_flickers_becomes_one_alert_that_lasts():
    steps = {240 * n: (BAD,) for n in range(45)} | {240 * n + 120: GONE for n in range(45)}
    said = [what for _, what, _ in story(steps)]
    assert said == ["new", "over", "new", "still", "still"], "45 times in three hours"


def test_what_came_and_went_while_nobody_could_be_reached_is_told_then():
    steps = {0: (BAD,), 600: GONE, 3000: GONE}
    assert story(steps, reached=lambda second: second > 2000) == [(2005, "new", "policy-not-taken-up")]
    steps = {0: (STEPPED,), 600: GONE, 3000: GONE}
    assert story(steps, reached=lambda second: second > 2000) == [(2005, "new", "clock-stepped")]


looks = st.integers(0, 80).map(lambda n: 5 * n)
moments = st.dictionaries(
    looks, st.sets(st.sampled_from(["policy-not-taken-up", "budget-close", "clock-stepped"])), max_size=12
)


@given(moments, st.sets(looks))
def test_nothing_is_told_twice_and_nothing_is_over_that_was_not_told(changes, unreached):
    pace = Pace(20, 60)
    steps = {second: tuple(Alert(kind, SAYS) for kind in sorted(kinds)) for second, kinds in changes.items()}
    steps = {0: GONE, 405: GONE, **steps}
    said = story(steps, pace, reached=lambda second: second not in unreached)
    for kind in KINDS:
        states = [(second, state) for second, state, one in said if one == kind]
        assert not states or states[0][1] == Told.NEW
        for (at, first), (later, second) in pairwise(states):
            assert second != Told.STILL or later - at >= pace.repeat
            assert first != Told.OVER or second == Told.NEW
