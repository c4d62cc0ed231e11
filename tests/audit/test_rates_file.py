"""Counters of rates outlive the process that counted, and their file names nobody."""

import stat
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit import rates_file
from gateway.audit.lane import Lane
from gateway.instants import SECOND
from gateway.proxy.ids import Ids
from gateway.rates.counters import Take
from gateway.rates.rate import Rate, Unit
from gateway.vocabulary import By
from tests.engines import until

NOW = 1_795_000_000 * SECOND
SLOW = Rate(1, Unit.DAY, 2, By.ADDRESS)


def one(whose="203.0.113.7", few=False):
    return [Take("alat", SLOW, whose, few)]


def open_lane(folder):
    return Lane(folder, site="antara", new_id=Ids())


def now():
    return time.time_ns() // 1000


def test_a_restart_gives_no_fresh_burst(tmp_path):
    lane = open_lane(tmp_path)
    for whose in (one(), one("", few=True)):
        assert [lane.take(whose, now())[0].wait > 0 for _ in range(3)] == [False, False, True]
    lane.close()
    lane = open_lane(tmp_path)
    try:
        assert lane.take(one(), now())[0].wait > 0
        assert lane.take(one("", few=True), now())[0].wait > 0
        assert lane.take(one("203.0.113.8"), now())[0].wait == 0
    finally:
        lane.close()


def test_it_is_kept_while_the_gateway_runs(tmp_path):
    lane = open_lane(tmp_path)
    try:
        lane.take(one(), now())
        until((tmp_path / rates_file.NAME).exists, 10, "the counters are kept")
        loaded = rates_file.load(tmp_path, now())
        assert len(loaded) == 1
    finally:
        lane.close()


def test_the_file_names_nobody_and_is_the_owners(tmp_path):
    lane = open_lane(tmp_path)
    lane.take(one("203.0.113.7"), now())
    lane.close()
    path = tmp_path / rates_file.NAME
    assert b"203.0.113" not in path.read_bytes()
    assert b"alat" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_written_where_nothing_is_counted(tmp_path):
    open_lane(tmp_path).close()
    assert not (tmp_path / rates_file.NAME).exists()


GOOD = b"izin-rates/1\n" + b"k" * 32 + bytes((0, 0, 0, 1, 0, 0, 0, 1)) + b"d" * 16 + b"e" * 16
GOOD += (NOW + SECOND).to_bytes(8, "big") * 2


@pytest.mark.parametrize(
    "octets",
    [
        *(b"", b"{", b"\xff" * 100, GOOD[:-1], GOOD + b"\0", b"x" + GOOD[1:], GOOD[:40], GOOD[:60]),
        GOOD.replace(bytes((0, 0, 0, 1)), b"\xff" * 4),
    ],
)
def test_a_damaged_file_is_none(tmp_path, octets):
    (tmp_path / rates_file.NAME).write_bytes(octets)
    counters = rates_file.load(tmp_path, NOW)
    assert len(counters) == 0
    assert len(counters.secret) == 32
    assert counters.take(one(), NOW)[0].wait == 0


@given(
    st.dictionaries(st.binary(min_size=16, max_size=16), st.integers(NOW + 1, 2**60), max_size=20),
    st.dictionaries(st.binary(min_size=16, max_size=16), st.integers(NOW + 1, 2**60), max_size=20),
)
def test_what_is_kept_is_what_is_read(many, few):
    with TemporaryDirectory() as folder:
        rates_file.save(Path(folder), b"k" * 32, many, few)
        assert rates_file.load(Path(folder), NOW).kept() == (many, few)


def test_the_form_is_what_the_manual_says(tmp_path):
    (tmp_path / rates_file.NAME).write_bytes(GOOD)
    due = NOW + SECOND
    assert rates_file.load(tmp_path, NOW).kept() == ({b"d" * 16: due}, {b"e" * 16: due})


def test_what_no_longer_matters_goes_with_its_key(tmp_path):
    counters = rates_file.load(tmp_path, NOW)
    counters.take(one(), NOW)
    rates_file.save(tmp_path, counters.secret, *counters.kept())
    assert rates_file.load(tmp_path, NOW).secret == counters.secret
    later = rates_file.load(tmp_path, NOW + SLOW.room)
    assert len(later) == 0
    assert later.secret != counters.secret


def test_a_disk_that_takes_nothing_stops_no_counting(tmp_path):
    gone = tmp_path / "hilang"
    rates_file.save(gone, b"k" * 32, {b"a" * 16: 1}, {})
    assert not gone.exists()


def test_counting_from_many_threads_lets_in_no_more_than_the_burst(tmp_path):
    lane = open_lane(tmp_path)
    rate = Rate(1, Unit.DAY, 100, By.EVERYONE)
    let_in = []

    def run():
        takes = [Take("semua", rate, "", True)]
        let_in.extend(wait for _ in range(100) if not (wait := lane.take(takes, NOW)[0].wait))

    try:
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(let_in) == 100
    finally:
        lane.close()
