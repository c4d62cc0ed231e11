"""Recovery: what a crash left is set right and told of; what no crash explains is left as it is and told of aloud."""

from itertools import count

import pytest

from gateway.audit import committed, frames, segment
from gateway.audit.recovery import recover
from gateway.audit.writer import Writer
from gateway.vocabulary import Level
from tests.audit.fake_disk import FakeClock, FakeDisk
from tests.audit.test_writer import FOLDER, commit, entries, events, items, names_of, started

FIRST = segment.name_of(1)


@pytest.fixture
def crashed():
    """A journal whose writer was killed with three entries synced and three only written: disk, clock, whole octets."""
    disk, clock = FakeDisk(), FakeClock()
    writer = started(disk, clock)
    commit(writer, items("one", "two", level=Level.DURABLE))
    commit(writer, items("three", "four", "five"))
    disk.kill()
    end = committed.decode(disk.content(committed.NAME)).written
    del disk.files[FIRST].cache[end:]
    return disk, clock, disk.content(FIRST)


def reopened(disk, clock):
    started(disk, clock)
    return {name: event for name, event in events(disk)}  # noqa: C416 -- the last of each name


def ends(data):
    whole = segment.read_segment(data)
    return [segment.read_header(data)[1], *(frame.end for frame in whole.entries)]


def test_cut_at_every_octet_behind_what_was_promised_gives_the_right_prefix(crashed):
    disk, clock, data = crashed
    synced = ends(data)[3]
    clock.reboot()
    for cut in range(synced, len(data)):
        trial, whole = FakeDisk(), max(number for number, end in enumerate(ends(data)) if end <= cut)
        for name, file in disk.files.items():
            trial.files[name] = type(file)(bytearray(file.cache), bytearray(file.cache))
        trial.files[FIRST].cache[:] = data[:cut]
        said = reopened(trial, clock)
        assert "corruption" not in said
        assert [seq for seq, _ in entries(trial)] == list(range(1, len(entries(trial)) + 1))
        assert len(segment.read_segment(trial.content(FIRST)).entries) == whole
        torn = data[ends(data)[whole] : cut].rstrip(b"\0")
        if torn:
            assert trial.content(said["recovery"]["saved"]) == torn
            assert said["recovery"]["cut"] == len(torn)
        else:
            assert "recovery" not in said


@pytest.mark.parametrize("rebooted", [False, True])
def test_damage_below_what_was_promised_is_never_cut(crashed, rebooted):
    disk, clock, data = crashed
    if rebooted:
        clock.reboot()
    promised = ends(data)[3] if rebooted else len(data)
    for octet in range(promised):
        trial = FakeDisk()
        damaged = bytearray(data)
        damaged[octet] ^= 4
        trial.files = {name: type(file)(bytearray(file.cache)) for name, file in disk.files.items()}
        trial.files[FIRST].cache[:] = damaged
        started(trial, clock)
        assert trial.content(FIRST) == bytes(damaged), "the bad segment stays as it is"
        newest = segment.read_segment(trial.content(segment.segments(trial.files)[-1]))
        told = segment.event_of(newest.entries[0].payload)
        assert told["event"] == "corruption"
        assert told["file"] == FIRST
        assert told["resumes"] == newest.header.first == 7


def test_what_a_writer_vouched_for_is_found_as_if_each_entry_were_looked_at(crashed):
    disk, clock, data = crashed
    record = committed.decode(disk.content(committed.NAME))
    behind = [
        data + b"\0" * 99,
        data[:-1],
        data[:-3] + b"abc",
        data + frames.encode(7, b"[7]"),
        data + b"torn",
    ]
    for octets in (data, *behind):
        found = []
        for known in (record, record._replace(crc=0)):
            trial = FakeDisk()
            trial.files = {name: type(file)(bytearray(file.cache)) for name, file in disk.files.items()}
            trial.files[FIRST].cache[:] = octets
            trial.files[committed.NAME].cache[:] = known.encode()
            found.append(recover(FOLDER, trial, clock.boot))
        assert found[0] == found[1]
    assert record.vouches_for(data)
    assert found[0].sound == (FIRST, 7)


def test_acknowledged_entries_that_vanished_are_told_of(crashed):
    disk, clock, data = crashed
    del disk.files[FIRST].cache[ends(data)[4] :]
    said = reopened(disk, clock)
    assert (said["corruption"]["first"], said["corruption"]["last"]) == (5, 6)


def test_a_segment_that_vanished_is_told_of(crashed):
    disk, clock, _ = crashed
    del disk.files[FIRST]
    said = reopened(disk, clock)
    assert said["corruption"]["why"] == "the segment is missing"
    assert segment.segments(disk.files) == [segment.name_of(7)]


def test_without_a_published_length_the_shape_decides(crashed):
    disk, clock, data = crashed
    del disk.files[committed.NAME]
    disk.files[FIRST].cache[:] = data[:-3]
    assert "recovery" in reopened(disk, clock)


def test_without_a_published_length_damage_in_the_middle_is_not_cut(crashed):
    disk, clock, data = crashed
    del disk.files[committed.NAME]
    disk.files[FIRST].cache[ends(data)[2] - 1] ^= 1
    damaged = disk.content(FIRST)
    said = reopened(disk, clock)
    assert disk.content(FIRST) == damaged
    assert said["corruption"]["resumes"] >= 7, "no number that may have been used is used again"


def test_a_recovery_that_crashes_is_told_of_by_the_next(crashed):
    disk, clock, data = crashed
    clock.reboot()
    disk.files[FIRST].cache[:] = data[:-3]
    writer = Writer(
        FOLDER,
        site="s",
        lane="l",
        disk=disk,
        clock=clock,
        new_id=lambda at: "0" * 26,
        segment_size=4096,
        reserve=0,
    )
    disk.fail_next("create", 5, after=1)  # the torn octets are saved; the new segment is not made
    with pytest.raises(OSError, match="create fails"):
        writer.start()
    disk.kill()
    assert "recovery" not in names_of(disk)
    said = reopened(disk, clock)
    assert said["recovery"]["retold"] == 1
    assert said["recovery"]["saved"] in disk.files
    assert not [name for name in disk.files if name.endswith("untold")]


def test_room_that_was_set_aside_is_cut_in_silence(crashed):
    disk, clock, data = crashed
    disk.files[FIRST].cache.extend(bytes(5000))
    assert list(reopened(disk, clock)) == ["start"]
    assert disk.content(FIRST) == data


def test_half_a_header_never_stands_under_a_segments_name():
    disk, clock = FakeDisk(), FakeClock()
    ids = count()
    writer = Writer(FOLDER, site="s", lane="l", disk=disk, clock=clock, new_id=lambda at: f"{next(ids):026}")
    disk.fail_next("write", "short")
    writer.start()
    disk.kill()
    assert all(segment.read_segment(disk.content(name)) for name in segment.segments(disk.files))
