"""When a figure has grown of late, and how soon a license's end is spoken of."""

from datetime import timedelta

import pytest

from gateway.instants import SECOND
from gateway.proxy.conditions import stage_of
from gateway.proxy.rises import WINDOW, Rises


def test_a_figure_has_grown_for_ten_minutes_after_it_did():
    rises = Rises()

    def of(second, figure):
        return rises.of("a", figure, second * SECOND)

    window = WINDOW // SECOND
    assert [of(0, 0), of(5, 0), of(10, 3), of(15, 3), of(300, 4)] == [0, 0, 3, 3, 4]
    assert of(300 + window, 4) == 4
    assert of(301 + window, 4) == 0, "long enough"
    assert of(310 + window, 5) == 1, "it begins anew"
    assert Rises().of("a", 2, 0) == 2, "what grew before the first look began at 0"


@pytest.mark.parametrize(
    ("days", "stage", "severity"),
    [
        (29.9, 0, "info"),
        (7.01, 0, "info"),
        (7, 1, "warning"),
        (1.5, 1, "warning"),
        (1, 2, "critical"),
        (0, 2, "critical"),
    ],
)
def test_the_nearer_the_end_the_sooner_somebody_should_look(days, stage, severity):
    assert stage_of(timedelta(days=days)) == (stage, severity)
