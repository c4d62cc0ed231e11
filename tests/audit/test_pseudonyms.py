"""Readers have the same pseudonym for a day, and another one the next."""

import stat

from gateway.audit.pseudonyms import NAME, Pseudonyms

DAY = 86_400_000_000
NOON = 20_000 * DAY + DAY // 2


def test_a_day_has_one_key(tmp_path):
    pseudonyms = Pseudonyms(tmp_path)
    mine = pseudonyms.of("203.0.113.7", NOON)
    assert len(mine) == 16
    assert pseudonyms.of("203.0.113.7", NOON + DAY // 3) == mine
    assert pseudonyms.of("203.0.113.8", NOON) != mine
    assert Pseudonyms(tmp_path).of("203.0.113.7", NOON) == mine, "also after a restart"


def test_the_next_day_has_another_and_the_old_key_is_gone(tmp_path):
    pseudonyms = Pseudonyms(tmp_path)
    mine, key = pseudonyms.of("203.0.113.7", NOON), (tmp_path / NAME).read_bytes()
    assert pseudonyms.of("203.0.113.7", NOON + DAY) != mine
    assert all(key[10:] not in path.read_bytes() for path in tmp_path.iterdir())
    assert Pseudonyms(tmp_path).of("203.0.113.7", NOON) != mine, "nobody can have the old day back"


def test_requests_that_come_out_of_order_around_midnight_do_not_destroy_the_key(tmp_path):
    pseudonyms = Pseudonyms(tmp_path)
    mine = pseudonyms.of("203.0.113.7", NOON)
    assert pseudonyms.of("203.0.113.7", NOON - DAY) == mine
    assert pseudonyms.of("203.0.113.7", NOON) == mine


def test_a_clock_that_was_far_ahead_does_not_stop_the_days(tmp_path):
    pseudonyms = Pseudonyms(tmp_path)
    ahead = pseudonyms.of("203.0.113.7", NOON + 900 * DAY)
    assert pseudonyms.of("203.0.113.7", NOON) != ahead


def test_the_key_is_for_its_owner_alone(tmp_path):
    Pseudonyms(tmp_path).of("203.0.113.7", NOON)
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_a_damaged_key_is_replaced(tmp_path):
    (tmp_path / NAME).write_bytes(b"short")
    mine = Pseudonyms(tmp_path).of("203.0.113.7", NOON)
    assert Pseudonyms(tmp_path).of("203.0.113.7", NOON) == mine


def test_a_disk_that_takes_no_key_does_not_keep_readers_out(tmp_path):
    pseudonyms = Pseudonyms(tmp_path / "absent")
    mine = pseudonyms.of("203.0.113.7", NOON)
    assert pseudonyms.of("203.0.113.7", NOON) == mine
    assert not pseudonyms.kept
