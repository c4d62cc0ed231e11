"""The room of an open segment: zeros lie ahead of what is written, so that a sync has nothing else to write down."""

import errno

import pytest

from gateway.audit.disk import LocalDisk
from gateway.audit.open_segment import CLEARED, STEP
from gateway.audit.receipt import State
from gateway.vocabulary import Level
from tests.audit.fake_disk import FakeDisk
from tests.audit.test_writer import commit, entries, items, started


def big(count):
    """Entries of some 16 KiB each."""
    return items(*(f"{number}{'x' * 16_000}" for number in range(count)), level=Level.DURABLE)


@pytest.fixture
def disk():
    return FakeDisk()


@pytest.fixture
def writer(disk):
    return started(disk, segment_size=8 * STEP)


def test_room_is_cleared_ahead_a_piece_at_a_time(disk, writer):
    for written in range(1, 65):
        commit(writer, big(1))
        writer.prepare()
        ahead = disk.calls["clear"] * CLEARED - written * 16_000
        assert 0 < ahead <= 2 * CLEARED
    assert len(entries(disk)) == 65


def test_the_zeros_are_on_the_medium_before_entries_need_them(disk, writer):
    before = disk.calls["sync"]
    writer.prepare()
    assert disk.calls["sync"] == before + 1
    writer.prepare()
    writer.sync()
    assert disk.calls["sync"] == before + 1, "and nothing more is to be done"


def test_more_is_written_than_was_cleared(disk, writer):
    writer.prepare()
    for _ in range(3):
        commit(writer, big(40))
        writer.prepare()
    assert len(entries(disk)) == 121


def test_a_disk_that_cannot_do_so_is_asked_once_a_segment(disk, writer):
    disk.fail_next("clear", errno.EINVAL)
    for _ in range(40):
        commit(writer, big(1))
        writer.prepare()
    assert disk.calls["clear"] == 1
    assert len(entries(disk)) == 41


def test_a_full_disk_is_not_found_full_for_the_sake_of_zeros(disk, writer):
    disk.capacity = disk.used()
    for _ in range(STEP // 16_100 - 1):
        assert None not in commit(writer, big(1))
        writer.prepare()
    assert writer.state is State.OK
    assert commit(writer, big(2)) == [None, None]
    assert writer.state is State.FULL


def test_zeros_that_cannot_be_synced_are_a_fault_as_any(disk, writer):
    commit(writer, big(1))
    disk.fail_next("sync", errno.EIO)
    writer.prepare()
    assert None not in commit(writer, big(1)), "in a segment of its own"
    assert len(entries(disk)) >= 3


def test_a_real_file_has_zeros_there_and_all_else_as_before(tmp_path):
    disk, path = LocalDisk(), tmp_path / "file"
    handle = disk.create(path, 0o640)
    disk.write(handle, b"entries")
    disk.allocate(handle, 7, 100_000)
    disk.clear(handle, 7, 50_000)
    disk.write(handle, b", and more" * 1000)
    disk.close(handle)
    whole = b"entries" + b", and more" * 1000
    assert path.read_bytes() == whole + bytes(100_007 - len(whole))
