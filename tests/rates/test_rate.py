"""A rate as it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rates.rate import FASTEST, MOST, Rate, Unit, read_limit
from gateway.vocabulary import By


@given(st.integers(1, MOST), st.sampled_from(Unit))
def test_a_rate_reads_as_it_is_written(count, unit):
    if count * 1_000_000 > FASTEST * unit.length:
        with pytest.raises(ValueError, match="faster"):
            read_limit(f"{count}/{unit}")
        return
    assert read_limit(f"{count}/{unit}") == (count, unit)
    rate = Rate(count, unit, 1, By.ADDRESS)
    assert rate.limit == f"{count}/{unit}"
    assert rate.step * count >= unit.length, "never faster than is written"
    assert (rate.step - 1) * count < unit.length
    assert rate.step * count <= unit.length * 1.01


@given(st.text(max_size=30))
def test_nothing_else_is_a_rate(text):
    try:
        count, unit = read_limit(text)
    except ValueError:
        return
    assert text.lstrip("0") == f"{count}/{unit}"


@pytest.mark.parametrize(
    "text",
    ["", "/", "30", "30/", "/minute", "-1/minute", "1.5/minute", "30/Minute", "٣٠/minute", "30//minute"],
)
def test_what_is_no_rate(text):
    with pytest.raises(ValueError, match="no rate"):
        read_limit(text)
