"""The writer: nobody is given a receipt for what a crash may take, whatever the disk does."""

import errno
from itertools import count
from pathlib import Path

import pytest

from gateway.audit import committed, segment
from gateway.audit.receipt import Item, State
from gateway.audit.reserve import RESERVE_NAME
from gateway.audit.writer import Writer
from gateway.record import Compact
from gateway.seal.note import Signer
from gateway.vocabulary import Level
from tests.audit.fake_disk import FakeClock, FakeDisk

FOLDER = Path("/journal")


SIGNER = Signer("izin/s/l", bytes(32))


def make(disk, clock, **how):
    settings = {"segment_size": 4096, "reserve": 2048, "backlog": 50} | how
    ids = count()
    return Writer(
        FOLDER, site="s", lane="l", disk=disk, clock=clock, new_id=lambda at: f"{next(ids):026}", **settings
    )


def started(disk=None, clock=None, **how):
    writer = make(disk or FakeDisk(), clock or FakeClock(), **how)
    writer.start()
    return writer


def commit(writer, batch):
    """Write a batch, and wait until it is as safe as it was asked to be."""
    wrote = writer.write(batch)
    if wrote.place is not None:
        writer.sync()
    return wrote.settled()


def items(*texts, level=Level.WRITTEN):
    return [Item(b'["%b"]' % text.encode(), level) for text in texts]


def entries(disk):
    """Every entry on the disk, by segment order: number and payload."""
    found = []
    for name in segment.segments(disk.files):
        whole = segment.read_segment(disk.content(name))
        found += [(frame.seq, frame.payload) for frame in whole.entries]
    return found


def events(disk):
    return [
        (event["event"], event)
        for _, payload in entries(disk)
        if (event := segment.event_of(payload)) is not None
    ]


def names_of(disk):
    return [name for name, _ in events(disk)]


def test_entries_are_numbered_without_gaps_across_segments_and_starts():
    disk, clock = FakeDisk(), FakeClock()
    for _ in range(3):
        writer = started(disk, clock)
        for _ in range(40):
            assert None not in commit(writer, items("x" * 150, "y"))
        writer.stop()
    found = entries(disk)
    assert [seq for seq, _ in found] == list(range(1, len(found) + 1))
    assert len(segment.segments(disk.files)) == 9
    assert [name for name in names_of(disk) if name != segment.BEGUN] == ["start", "stop"] * 3
    assert {disk.files[name].mode for name in segment.segments(disk.files)} == {0o440}


def test_only_durable_entries_cost_a_sync():
    disk = FakeDisk()
    writer = started(disk)
    before = disk.calls["sync"]
    assert [receipt.level for receipt in commit(writer, items("a", "b"))] == [Level.WRITTEN] * 2
    assert disk.calls["sync"] == before
    assert commit(writer, items("c", level=Level.DURABLE))[0].level is Level.DURABLE
    assert disk.calls["sync"] == before + 1


def test_written_entries_are_synced_within_a_second():
    disk, clock = FakeDisk(), FakeClock()
    writer = started(disk, clock)
    for text in "ab":  # what was written since the last tick, be it but a moment before this one
        commit(writer, items(text))
        clock.pass_(0.99)
        writer.tick()
        name = segment.segments(disk.files)[-1]
        assert disk.files[name].medium == disk.files[name].cache


def test_a_new_segment_begins_at_midnight_utc():
    disk, clock = (
        FakeDisk(),
        FakeClock(wall=1_790_000_000_000_000 // 86_400_000_000 * 86_400_000_000 - 500_000),
    )
    writer = started(disk, clock)
    clock.pass_(1)
    writer.tick()
    assert len(segment.segments(disk.files)) == 2


def test_the_committed_length_is_published_before_the_receipt():
    disk = FakeDisk()
    writer = started(disk)
    (receipt,) = commit(writer, items("a", level=Level.DURABLE))
    record = committed.decode(disk.content(committed.NAME))
    whole = segment.read_segment(disk.content(segment.name_of(record.first)))
    assert record.written == record.synced == whole.end
    assert record.following == receipt.seq + 1


def test_shared_values_are_numbered_anew_in_each_segment():
    disk = FakeDisk()
    writer = started(disk, segment_size=600)
    for number in range(20):
        commit(writer, [Item(Compact(b"[%d" % number, (b'"shared by all"',)), Level.WRITTEN)])
    assert len(segment.segments(disk.files)) > 2
    for name in segment.segments(disk.files):
        payloads = [frame.payload for frame in segment.read_segment(disk.content(name)).entries]
        compact = [payload for payload in payloads if payload.startswith(b"[")]
        assert [b"shared by all" in payload for payload in compact] == [True] + [False] * (len(compact) - 1)


def test_an_entry_that_cannot_be_framed_does_not_harm_the_others():
    writer = started()
    first, bad, last = commit(
        writer,
        [
            *items("a"),
            Item(Compact(b"[1", (b'"%b"' % bytes(70_000),)), Level.DURABLE),
            Item(Compact(b"[2", (b'"v"',)), Level.WRITTEN),
        ],
    )
    assert bad is None
    assert last.seq == first.seq + 1


# ── a full disk ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("write", errno.ENOSPC),
        ("write", errno.EDQUOT),
        ("write", errno.EFBIG),
        ("write", "short"),
    ],
)
def test_a_full_disk_declines_everything_and_says_so_from_the_reserve(method, error):
    disk, clock = FakeDisk(), FakeClock()
    writer = started(disk, clock)
    commit(writer, items("before"))
    disk.fail_next(method, error)
    assert commit(writer, items("lost", level=Level.DURABLE)) == [None]
    assert writer.state is State.FULL
    assert names_of(disk) == ["start", "disk-full"]
    assert RESERVE_NAME not in disk.files
    assert commit(writer, items("later", level=Level.DURABLE)) == [None]
    order = Item(b'{"an":"order"}', Level.DURABLE, vital=True)
    (receipt,) = commit(writer, [order])
    assert receipt.level is Level.DURABLE
    clock.pass_(2)
    writer.tick()
    assert writer.state is State.OK
    assert names_of(disk) == ["start", "disk-full", "disk-room"]
    assert commit(writer, items("after"))[0] is not None
    found = entries(disk)
    assert [seq for seq, _ in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EFBIG, errno.EOPNOTSUPP])
def test_room_that_cannot_be_set_aside_is_not_missed(error):
    disk = FakeDisk()
    disk.fail_next("allocate", error, after=1)  # the first is the start event's
    writer = started(disk)
    assert None not in commit(writer, items("x" * 3000, "y" * 1500))
    assert writer.state is State.OK


def test_what_was_not_to_be_durable_is_written_when_there_is_room_again():
    disk, clock = FakeDisk(), FakeClock()
    writer = started(disk, clock, backlog=3)
    disk.capacity = disk.used()
    assert commit(writer, items("x" * 4000)) == [None]
    assert commit(writer, items("a", "b", "c", "d")) == [None] * 4
    assert writer.dropped == 2
    disk.capacity = 1 << 20
    clock.pass_(2)
    writer.tick()
    writer.tick()
    payloads = [payload for _, payload in entries(disk)]
    assert [payload for payload in payloads if payload in {b'["a"]', b'["b"]'}] == [b'["a"]', b'["b"]']


def test_a_disk_that_is_full_from_the_start_does_not_stop_the_start():
    disk, clock = FakeDisk(capacity=300), FakeClock()
    writer = started(disk, clock)
    assert writer.state is State.FULL
    disk.capacity = 1 << 20
    clock.pass_(2)
    writer.tick()
    assert writer.state is State.OK
    assert names_of(disk) == ["start", "disk-full", "disk-room"]


# ── faults ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_failed_sync_is_final():
    disk = FakeDisk()
    writer = started(disk)
    commit(writer, items("sure", level=Level.DURABLE))
    disk.fail_next("sync", errno.EIO)
    batch = [*items("a"), *items("b", level=Level.DURABLE)]
    written, durable = commit(writer, batch)
    assert written.level is Level.WRITTEN
    assert durable is None
    assert writer.state is State.OK  # in a new segment already
    (fault,) = [event for name, event in events(disk) if name == "storage-fault"]
    assert fault["error"] == "EIO"
    assert fault["file"] == segment.name_of(1)
    assert (fault["doubtful_from"], fault["following"], fault["readable_until"]) == (3, 5, 3)
    assert writer.segment == 5
    assert commit(writer, items("c", level=Level.DURABLE))[0].level is Level.DURABLE


def test_a_disk_that_fails_for_good_is_tried_again_each_second():
    disk, clock = FakeDisk(), FakeClock()
    writer = started(disk, clock)
    disk.fail_next("write", errno.EIO)
    disk.fail_next("create", errno.EIO)
    assert commit(writer, items("a", level=Level.DURABLE)) == [None]
    assert writer.state is State.DOWN
    clock.pass_(1.1)
    writer.tick()
    assert writer.state is State.OK
    assert commit(writer, items("b", level=Level.DURABLE))[0] is not None


def test_nothing_is_written_until_half_a_batch_is_cut_off():
    disk, clock = FakeDisk(), FakeClock()
    writer = started(disk, clock)
    disk.fail_next("write", "short")
    disk.fail_next("truncate", errno.EIO)
    assert commit(writer, items("a", "b", "c", level=Level.DURABLE)) == [None] * 3
    assert commit(writer, items("d", level=Level.DURABLE)) == [None]
    clock.pass_(2)
    writer.tick()
    assert commit(writer, items("e", level=Level.DURABLE))[0] is not None
    found = entries(disk)
    assert [seq for seq, _ in found] == list(range(1, len(found) + 1)), "no number is given twice"
    assert [payload for _, payload in found if payload.startswith(b"[")] == [b'["e"]']


def test_a_length_that_cannot_be_published_harms_only_readers():
    disk = FakeDisk()
    writer = started(disk)
    disk.fail_next("overwrite", errno.EIO)
    assert commit(writer, items("a", level=Level.DURABLE))[0] is not None
    writer.tick()
    assert names_of(disk) == ["start", "storage-fault"]


def test_a_clock_that_goes_back_is_recorded():
    disk, clock = FakeDisk(), FakeClock()
    writer = started(disk, clock)
    clock.now -= 5_000_000
    writer.tick()
    (step,) = [event for name, event in events(disk) if name == "clock-step"]
    assert step["back_us"] == 5_000_000
