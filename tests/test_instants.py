"""Instants are exact, and lengths of time are read in one way wherever people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.instants import duration, instant, moment, rfc3339, utc

NOW = 1_795_000_000_000_000


@given(st.integers(0, 2**53 - 1), st.integers(-14 * 60, 14 * 60))
def test_an_instant_comes_through_a_datetime_unchanged(at, minutes):
    """Floats would lose microseconds; a zone is another way to write the same instant."""
    assert instant(utc(at)) == at
    assert instant(utc(at).astimezone(timezone(timedelta(minutes=minutes)))) == at


@given(st.integers(0, 2**53 - 1))
def test_an_instant_is_written_as_rfc_3339_and_read_again(at):
    assert moment(rfc3339(at), NOW) == at
    assert rfc3339(at).endswith("Z")
    assert len(rfc3339(at)) == 27


def test_the_epoch():
    assert (rfc3339(0), utc(0)) == ("1970-01-01T00:00:00.000000Z", datetime(1970, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("15m", 900), ("2h", 7200), ("1d", 86_400), ("1d12h", 129_600)]
)
def test_durations(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "-1h", "1", "h", "1w", "1.5h", "367d", "٣h", "9999999999s"])
def test_no_durations(text):
    with pytest.raises(ValueError, match="is not a time"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-02", 86_400_000_000),
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01T07:00:01+07:00", 1_000_000),
        ("1970-01-01T00:00:01.000002", 1_000_002),
        ("2h", NOW - 7_200_000_000),
        ("1d12h", NOW - 129_600_000_000),
        ("9999d", NOW - 9999 * 86_400_000_000),
    ],
)
def test_moments(text, at):
    assert moment(text, NOW) == at


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "2026-11-23T25:00Z", "-2h", "2 h", "99999999999d"]
)
def test_no_moments(text):
    with pytest.raises(ValueError, match="is no time"):
        moment(text, NOW)
