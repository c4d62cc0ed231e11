"""A medium that is taken away while the gateway writes: read-only, permission lost, slow, in any call, for any while."""

import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.receipt import State
from gateway.audit.recorder import Recorder
from gateway.proxy.ids import Ids
from gateway.vocabulary import Level
from tests.audit.fake_disk import FakeClock, FakeDisk
from tests.audit.test_lane import Slow, opened, put
from tests.audit.test_lane import entries as lane_entries
from tests.audit.test_writer import commit, entries, events, items, names_of, started
from tests.engines import eventually, until
from tests.journals import GPTBOT, REFUSED, judged

TAKEN_AWAY = [errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.ENODEV]
CALLS = ["write", "sync", "create", "rename", "sync_folder", "truncate", "overwrite", "allocate", "protect"]


class Away(FakeDisk):
    """A disk whose calls fail for a while, each with the error given for it."""

    def __init__(self):
        super().__init__()
        self.failing: dict[str, int] = {}

    def _call(self, method):
        if method in self.failing:
            raise OSError(self.failing[method], "taken away")
        return super()._call(method)


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(CALLS), st.sampled_from(TAKEN_AWAY), min_size=1),
    st.lists(st.sampled_from(Level), min_size=1, max_size=6),
    st.integers(1, 5),
)
def test_nothing_acknowledged_is_lost_while_the_medium_is_away_and_it_goes_on_after(failing, levels, seconds):
    disk, clock = Away(), FakeClock()
    writer = started(disk, clock)
    acknowledged, number = [], 0

    def write():
        nonlocal number
        for level in levels:
            number += 1
            (receipt,) = commit(writer, items(f"e{number}", level=level))
            if receipt is not None:
                acknowledged.append((receipt.seq, f'["e{number}"]'.encode()))

    write()
    disk.failing = dict(failing)
    for _ in range(seconds):
        write()
        clock.pass_(1.1)
        writer.tick()
    disk.failing = {}
    for _ in range(3):
        clock.pass_(1.1)
        writer.tick()
    assert writer.state is State.OK
    write()
    assert len(acknowledged) >= 2 * len(levels)
    found = entries(disk)
    assert [seq for seq, _ in found] == list(range(1, len(found) + 1)), "no number twice, none left out"
    assert set(acknowledged) <= set(found)
    assert len({seq for seq, _ in acknowledged}) == len(acknowledged)


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES])
def test_the_journal_says_that_it_was_read_only_or_forbidden(error):
    disk, clock = Away(), FakeClock()
    writer = started(disk, clock)
    disk.failing = dict.fromkeys(("write", "create", "truncate"), error)
    assert commit(writer, items("a", level=Level.DURABLE)) == [None]
    assert writer.state is State.DOWN
    assert commit(writer, items("b")) == [None], "what was not promised waits"
    disk.failing = {}
    clock.pass_(1.1)
    writer.tick()
    writer.tick()
    faults = [event["error"] for name, event in events(disk) if name == "storage-fault"]
    assert faults[0] == errno.errorcode[error]
    assert b'["b"]' in [payload for _, payload in entries(disk)]
    assert b'["a"]' not in [payload for _, payload in entries(disk)], "its client was refused"


@pytest.mark.parametrize(("step", "member"), [(-5_000_000, "back_us"), (3_600_000_000, "ahead_us")])
def test_a_clock_that_steps_is_recorded_either_way(step, member):
    disk, clock = FakeDisk(), FakeClock()
    writer = started(disk, clock)
    clock.now += step
    writer.tick()
    (event,) = [event for name, event in events(disk) if name == "clock-step"]
    assert event[member] == abs(step)
    clock.pass_(1.1)
    writer.tick()
    assert names_of(disk).count("clock-step") == 1
    assert [seq for seq, _ in entries(disk)] == list(range(1, len(entries(disk)) + 1))


async def test_while_a_sync_hangs_readers_are_entered_and_machines_for_ai_wait(tmp_path):
    disk = Slow()
    recorder = Recorder.open(
        tmp_path / "j", site="s", new_id=Ids(), pseudonym=lambda address, at: "p" * 16, disk=disk
    )
    recorder._rows[Level.WRITTEN].patience = 20  # this machine may be slow too
    told = {}

    def ask(name, **more):
        recorder.decision(judged(1, **more), lambda level: told.__setitem__(name, level))

    try:
        disk.hang()
        ask("machine", identity=GPTBOT, decision=REFUSED)
        await eventually(disk.syncing.is_set)
        for number in range(50):
            ask(number)
            ask(f"machine {number}", identity=GPTBOT, decision=REFUSED)  # in the same turn
        await eventually(lambda: len(told) == 50)
        assert told == dict.fromkeys(range(50), Level.WRITTEN), "no reader waited for it"
        disk.free_.set()
        await eventually(lambda: len(told) == 101)
        assert {told[f"machine {number}"] for number in range(50)} == {told["machine"]} == {Level.DURABLE}
        assert recorder.state == "ok"
        assert recorder.counts.queued == 0
    finally:
        disk.free_.set()
        await recorder.close()
    written = [payload for _, payload in lane_entries(tmp_path / "j")]
    assert sum(payload.startswith(b'["d1"') for payload in written) == 50, "all of them are there in the end"


@pytest.mark.parametrize("syncs", [True, False])
def test_what_waits_for_a_sync_is_answered_where_the_disk_can_be_neither_written_nor_cut(tmp_path, syncs):
    disk, got = Slow(), {}
    lane = opened(tmp_path, disk=disk)

    def append(text, level):
        assert lane.append(b'["%b"]' % text, level, lambda receipt: got.__setitem__(text, receipt))

    until(lambda: put(lane, "0", level=Level.WRITTEN), 10)
    disk.hang()
    append(b"first", Level.DURABLE)
    assert disk.syncing.wait(10)
    append(b"ai", Level.DURABLE)
    append(b"a", Level.WRITTEN)
    until(lambda: b"a" in got, 10, "all three are written")
    disk.gone = {"write", "truncate", "create", *([] if syncs else ["sync"])}
    append(b"b", Level.WRITTEN)
    until(lambda: lane.state is State.DOWN or disk.refused, 10)
    disk.free_.set()
    until(lambda: len(got) == 4, 10, "nobody waits for a disk that may never come back")
    levels = {text: receipt and receipt.level for text, receipt in got.items()}
    durable = Level.DURABLE if syncs else None
    assert levels == {b"first": durable, b"ai": durable, b"a": Level.WRITTEN, b"b": None}
    disk.gone = set()
    until(lambda: lane.state is State.OK, 10)
    lane.close()
    found = [payload for _, payload in lane_entries(tmp_path) if payload.startswith(b"[")]
    assert found == [b'["0"]', b'["first"]', b'["ai"]', b'["a"]', b'["b"]']
