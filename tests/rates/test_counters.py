"""The laws of GCRA, over clients, clocks and rates that Hypothesis makes up; and what many clients cannot do."""

import time

from hypothesis import given
from hypothesis import strategies as st

from gateway.instants import SECOND
from gateway.rates.counters import Counters, Take
from gateway.rates.rate import Rate, Unit
from gateway.vocabulary import By

START = 1_795_000_000 * SECOND
RATES = st.builds(
    Rate,
    count=st.integers(1, 10_000),
    unit=st.sampled_from(Unit),
    burst=st.integers(1, 50),
    by=st.just(By.ADDRESS),
).filter(lambda rate: rate.step >= 100)


def take(rate, whose="a", name="laju", few=False):
    return Take(name, rate, whose, few)


def gaps(rate):
    """Waits between two requests, from none to several times the room."""
    return st.lists(
        st.integers(0, 3) | st.integers(0, 2 * rate.step) | st.integers(0, 2 * rate.room), max_size=60
    )


PACED = RATES.flatmap(lambda rate: st.tuples(st.just(rate), gaps(rate)))


@given(PACED)
def test_in_no_time_are_more_let_in_than_the_burst_and_the_rate_give(paced):
    rate, waits = paced
    counters, now, let_in = Counters(b""), START, []
    for wait in waits:
        now += wait
        if not counters.take([take(rate)], now)[0].wait:
            let_in.append(now)
    for first, begin in enumerate(let_in):
        for count, end in enumerate(let_in[first:], 1):
            assert count <= rate.burst + (end - begin) * rate.count // rate.unit.length


@given(PACED)
def test_who_keeps_to_the_rate_is_never_refused(paced):
    rate, waits = paced
    counters, now = Counters(b""), START
    for wait in waits:
        now += max(wait, rate.step)
        assert counters.take([take(rate)], now)[0].wait == 0


@given(PACED)
def test_what_is_said_is_so(paced):
    """Who waits as long as it was told is let in, and not a microsecond before; what remains can be taken at once."""
    rate, waits = paced
    now = START
    counters = Counters(b"")
    for wait in waits:
        now += wait
        found = counters.take([take(rate)], now)[0]
        assert 0 <= found.remaining < rate.burst
        assert 0 <= found.reset <= rate.room
        assert 0 <= found.wait <= rate.step
        other = Counters(b"")
        other.restore(*counters.kept(), now)
        if found.wait:
            assert found.remaining == 0
            assert other.take([take(rate)], now + found.wait - 1)[0].wait == 1
            assert other.take([take(rate)], now + found.wait)[0].wait == 0
        else:
            for left in range(found.remaining - 1, -1, -1):
                assert other.take([take(rate)], now)[0][1:3] == (left, 0)
            assert other.take([take(rate)], now)[0].wait > 0
        fresh = Counters(b"")
        fresh.restore(*counters.kept(), now)
        assert fresh.take([take(rate)], now + found.reset)[0].remaining == rate.burst - 1


@given(PACED)
def test_one_step_of_time_never_makes_things_worse(paced):
    rate, waits = paced
    counters, now = Counters(b""), START
    for wait in waits:
        now += wait
        counters.take([take(rate)], now)
        sooner, later = Counters(b""), Counters(b"")
        sooner.restore(*counters.kept(), now)
        later.restore(*counters.kept(), now)
        first = sooner.take([take(rate)], now)[0]
        second = later.take([take(rate)], now + 1)[0]
        assert second.wait <= first.wait
        assert second.remaining >= first.remaining


@given(PACED, st.integers(0, 400 * 86_400 * SECOND))
def test_a_clock_that_is_set_back_locks_nobody_out(paced, back):
    rate, waits = paced
    counters, now = Counters(b""), START
    for wait in waits:
        now += wait
        counters.take([take(rate)], now)
    now -= back
    found = counters.take([take(rate)], now)[0]
    assert found.wait <= rate.step
    assert counters.take([take(rate)], now + rate.step)[0].wait == 0


@given(st.lists(RATES, min_size=2, max_size=4), st.lists(st.integers(0, 100 * SECOND), max_size=40))
def test_all_rates_are_taken_or_none(rates, waits):
    takes = [take(rate, name=f"laju-{number}") for number, rate in enumerate(rates)]
    counters, now = Counters(b""), START
    alone = [Counters(b"") for _ in rates]
    for wait in waits:
        now += wait
        findings = counters.take(takes, now)
        assert [one.name for one in findings] == [one.name for one in takes]
        if not any(one.wait for one in findings):
            for one, its in zip(takes, alone, strict=True):
                assert its.take([one], now)[0].wait == 0
    for one, its in zip(takes, alone, strict=True):
        assert counters.take([one], now) == its.take([one], now), "a refused request has cost nothing"


def test_thirty_a_minute():
    rate = Rate(30, Unit.MINUTE, 10, By.ADDRESS)
    counters = Counters(b"")
    assert [counters.take([take(rate)], START)[0].remaining for _ in range(10)] == list(range(9, -1, -1))
    refused = counters.take([take(rate)], START)[0]
    assert (refused.remaining, refused.wait, refused.reset) == (0, 2 * SECOND, 20 * SECOND)
    assert counters.take([take(rate, "b")], START)[0].remaining == 9
    assert counters.take([take(rate)], START + 2 * SECOND)[0].wait == 0
    assert counters.take([take(rate)], START + 2 * SECOND)[0].wait == 2 * SECOND


def test_a_changed_rate_is_another_counter():
    counters = Counters(b"")
    slow, fast = Rate(1, Unit.DAY, 1, By.ADDRESS), Rate(2, Unit.DAY, 1, By.ADDRESS)
    assert counters.take([take(slow)], START)[0].wait == 0
    assert counters.take([take(fast)], START)[0].wait == 0
    assert counters.take([take(slow)], START)[0].wait > 0


def test_a_flood_of_addresses_is_bounded_in_memory_and_frees_nobody_who_keeps_trying():
    rate = Rate(2, Unit.DAY, 2, By.ADDRESS)
    counters = Counters(b"", most=1000)
    licensee = take(rate, "", "license.contoh", few=True)
    for _ in range(2):
        counters.take([licensee], START)
        counters.take([take(rate, "gigih")], START)
    for number in range(20_000):
        assert counters.take([take(rate, str(number))], START)[0].wait == 0, "a newcomer is let in"
        assert len(counters) <= 1002
        if not number % 200:
            assert counters.take([take(rate, "gigih")], START)[0].wait > 0
    assert counters.take([licensee], START)[0].wait > 0, "addresses move no license"


def test_what_is_as_good_as_new_makes_room_first():
    short, long_ = Rate(1, Unit.SECOND, 1, By.ADDRESS), Rate(1, Unit.DAY, 1, By.ADDRESS)
    counters = Counters(b"", most=100)
    counters.take([take(long_, "tetap")], START)
    for number in range(1000):
        counters.take([take(short, str(number))], START + number * SECOND)
    assert counters.take([take(long_, "tetap")], START + 1000 * SECOND)[0].wait > 0


def test_many_addresses_cost_what_few_cost():
    rate = Rate(30, Unit.MINUTE, 30, By.ADDRESS)
    counters = Counters(b"k" * 32)
    begun = time.process_time()
    for number in range(200_000):
        counters.take([take(rate, f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::/64")], START)
    assert time.process_time() - begun < 6
    assert len(counters) <= 65_536


def test_keys_are_keyed():
    rate = Rate(1, Unit.DAY, 1, By.ADDRESS)
    one, other = Counters(b"a" * 32), Counters(b"b" * 32)
    one.take([take(rate, "203.0.113.7")], START)
    other.take([take(rate, "203.0.113.7")], START)
    assert one.kept()[0].keys().isdisjoint(other.kept()[0])
    assert all(len(key) == 16 for key in one.kept()[0])
