"""Quotas by the calendar, against a model that keeps a list of all that was taken."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.instants import DAY, SECOND, instant
from gateway.rates.counters import Counters, Take
from gateway.rates.ledger import Booked, Books, Draw, Ledger, Recounted, Settled
from gateway.rates.quota import Period, Quota, read_quota
from gateway.rates.rate import Rate, Unit
from gateway.vocabulary import By

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
START = instant(datetime(2026, 10, 30, 12, tzinfo=UTC))


def draw(quota, now, zone=JAKARTA, license="contoh", **more):
    return Draw(f"quota.{license}", license, quota.count, quota.span(now, zone), **more)


@pytest.mark.parametrize(
    ("period", "when", "zone", "first", "last", "begins", "ends"),
    [
        ("day", "2026-10-31T16:59", JAKARTA, "2026-10-31", "2026-10-31", "2026-10-30T17:00", "2026-10-31T17:00"),
        ("day", "2026-10-31T17:00", JAKARTA, "2026-11-01", "2026-11-01", "2026-10-31T17:00", "2026-11-01T17:00"),
        ("week", "2026-11-01T05:00", JAKARTA, "2026-10-26", "2026-11-01", "2026-10-25T17:00", "2026-11-01T17:00"),
        ("month", "2026-02-28T16:59", JAKARTA, "2026-02-01", "2026-02-28", "2026-01-31T17:00", "2026-02-28T17:00"),
        ("month", "2028-02-29T05:00", JAKARTA, "2028-02-01", "2028-02-29", "2028-01-31T17:00", "2028-02-29T17:00"),
        ("year", "2026-12-31T17:00", JAKARTA, "2027-01-01", "2027-12-31", "2026-12-31T17:00", "2027-12-31T17:00"),
        # The day on which clocks go back has twenty-five hours.
        ("day", "2026-10-25T12:00", BERLIN, "2026-10-25", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),
    ],
)  # fmt: skip
def test_a_period_is_the_calendars_in_the_sites_zone(period, when, zone, first, last, begins, ends):
    now = instant(datetime.fromisoformat(when).replace(tzinfo=UTC))
    span = Quota(1, Period(period)).span(now, zone)
    assert (span.first, span.last) == (date.fromisoformat(first), date.fromisoformat(last))
    assert [span.begins, span.ends] == [
        instant(datetime.fromisoformat(text).replace(tzinfo=UTC)) for text in (begins, ends)
    ]


@given(st.sampled_from(Period), st.integers(0, 200 * 365 * DAY), st.sampled_from([JAKARTA, BERLIN]))
def test_periods_lie_end_to_end(period, now, zone):
    quota = Quota(1, period)
    span = quota.span(now, zone)
    assert span.begins <= now < span.ends
    assert span.first <= span.day <= span.last
    following = quota.span(span.ends, zone)
    assert (following.begins, following.first) == (span.ends, span.last + timedelta(days=1))


@pytest.mark.parametrize(
    "text", ["", "10", "0/day", "10/hour", "-1/day", "1e3/day", "10/Day", "9999999999/day"]
)
def test_what_is_no_quota(text):
    with pytest.raises(ValueError, match="`"):
        read_quota(text)
    assert read_quota("100000/month") == Quota(100_000, Period.MONTH)


# What happens: time moves, also back; a request comes; one under way ends, delivered or not.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(-3 * DAY, 20 * DAY)),
        st.tuples(st.just("ask"), st.booleans()),
        st.tuples(st.just("end"), st.booleans()),
    ),
    max_size=60,
)


@settings(max_examples=60)
@given(STEPS, st.sampled_from(Period), st.integers(1, 4))
def test_it_is_exact_and_a_clock_set_back_gives_nothing(steps, period, count):
    quota, counters, books = Quota(count, period), Counters(b""), Books()
    now, model, under_way = START, [], []  # the model: the day of each request that was taken
    for number, (step, value) in enumerate(steps):
        if step == "wait":
            now += value
        elif step == "ask":
            span = quota.span(now, JAKARTA)
            taken = sum(span.first <= day <= span.last for day in model)
            (found,) = counters.take([draw(quota, now, free=value)], now)
            assert (found.wait == 0) == (value or taken < count), "who takes nothing is not refused"
            assert found.remaining == max(0, count - taken - (not value and taken < count))
            assert found.reset == span.ends - now
            if not value and not found.wait:
                model.append(span.day)
                under_way.append((str(number), span.day))
                books.after(Booked(str(number), "contoh", span.day))
        elif under_way:
            id, day = under_way.pop(0)
            books.after(Settled(id, value))
            if not value:
                counters.ledger.release("contoh", day)
                model.remove(day)
    # A restart goes on with what the journal says; what was under way counts for good, and is told.
    unsettled = books.restarted()
    assert unsettled == ({"contoh": len(under_way)} if under_way else {})
    again = Ledger(books.days, books.since)
    asked = draw(quota, now)
    assert (
        again.left(asked)
        == counters.ledger.left(asked)
        == max(0, count - sum(asked.span.first <= day <= asked.span.last for day in model))
    )


def test_a_refusal_costs_nothing_on_the_rate_nor_on_the_quota():
    rate, quota = (
        Take("license.contoh", Rate(1, Unit.HOUR, 1, By.LICENSE), "", few=True),
        Quota(5, Period.DAY),
    )
    counters = Counters(b"")
    first = counters.take([rate, draw(quota, START)], START)
    assert [one.wait for one in first] == [0, 0]
    for _ in range(9):
        slow = counters.take([rate, draw(quota, START)], START)
        assert [one.wait > 0 for one in slow] == [True, False]
        assert slow[1].remaining == 4
    used = Quota(1, Period.DAY)
    later = START + 2 * 3600 * SECOND
    for _ in range(9):
        assert [one.wait > 0 for one in counters.take([rate, draw(used, later)], later)] == [False, True]
    assert counters.take([rate], later)[0].wait == 0, "the quota's refusals cost the rate nothing"


def test_what_is_not_wholly_known_is_closed_but_not_for_a_license_that_began_later():
    month = Quota(10, Period.MONTH)
    ledger = Ledger({}, since=START - DAY)
    assert ledger.left(draw(month, START)) == 0
    assert ledger.left(draw(month, START, begins=START - DAY)) == 10
    assert ledger.left(draw(month, START + 5 * DAY)) == 10, "the next month is known again"
    (found,) = Counters(b"").take([draw(month, START)], START)
    assert found.wait == 0


def test_a_recount_replaces_the_period_and_opens_it_until_more_is_lost():
    span, month = Quota(10, Period.MONTH).span(START, JAKARTA), Quota(10, Period.MONTH)
    books = Books()
    books.after(Booked("a", "contoh", span.first))
    books.after(Settled("a", True))
    books.after(Booked("under way", "contoh", span.first))
    books.after(Booked("other", "lain", span.first))
    ledger = Ledger(books.days, since=START - DAY)
    recount = Recounted("contoh", 4, span.day, span.first, span.last, START)
    ledger.correct(recount, books.difference(recount))
    books.after(recount)
    assert ledger.used("contoh", span.first, span.last) == 5, "what is under way is counted on top"
    ledger.release("contoh", span.first)
    books.after(Settled("under way", False))
    assert ledger.left(draw(month, START)) == 6
    again = Ledger(books.days, START - DAY, books.recounts)
    assert again.left(draw(month, START)) == 6
    assert again.left(draw(month, START, license="lain")) == 0, "another license stays closed"
    assert again.left(draw(Quota(10, Period.YEAR), START)) == 0, "a longer period is not known by it"
    assert Ledger(books.days, START + 1, books.recounts).left(draw(month, START)) == 0, "lost since"
