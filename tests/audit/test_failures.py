"""A medium that is taken away while the gateway writes: read-only, permission lost, slow, in any call, for any while."""

import errno
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.disk import LocalDisk
from gateway.audit.receipt import State
from gateway.audit.recorder import Recorder
from gateway.proxy.ids import Ids
from gateway.vocabulary import Level
from tests.audit.fake_disk import FakeClock, FakeDisk
from tests.audit.test_lane import entries as lane_entries
from tests.audit.test_writer import entries, events, items, names_of, started
from tests.engines import eventually
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

    def commit():
        nonlocal number
        for level in levels:
            number += 1
            (receipt,) = writer.commit(items(f"e{number}", level=level))
            if receipt is not None:
                acknowledged.append((receipt.seq, f'["e{number}"]'.encode()))

    commit()
    disk.failing = dict(failing)
    for _ in range(seconds):
        commit()
        clock.pass_(1.1)
        writer.tick()
    disk.failing = {}
    for _ in range(3):
        clock.pass_(1.1)
        writer.tick()
    assert writer.state is State.OK
    commit()
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
    assert writer.commit(items("a", level=Level.DURABLE)) == [None]
    assert writer.state is State.DOWN
    assert writer.commit(items("b")) == [None], "what was not promised waits"
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


class Slow(LocalDisk):
    """A disk whose syncs take as long as a test wants."""

    def __init__(self):
        self.go, self.syncing = threading.Event(), threading.Event()
        self.go.set()

    def sync(self, handle):
        self.syncing.set()
        self.go.wait(20)
        super().sync(handle)


async def test_while_a_sync_hangs_readers_pass_and_machines_for_ai_wait(tmp_path):
    disk = Slow()
    recorder = Recorder.open(
        tmp_path / "j", site="s", new_id=Ids(), pseudonym=lambda address, at: "p" * 16, disk=disk
    )
    told = {}

    def ask(name, judgement):
        recorder.decision(judgement, lambda level: told.__setitem__(name, level))

    try:
        disk.go.clear()
        disk.syncing.clear()
        ask("machine", judged(1, identity=GPTBOT, decision=REFUSED))
        await eventually(disk.syncing.is_set)  # who is written together with it does not wait for it
        for number in range(50):
            ask(number, judged(number))
        await eventually(lambda: len(told) == 50)
        assert set(told.values()) == {Level.QUEUED}, "no reader waited for it"
        assert "machine" not in told
        disk.go.set()
        await eventually(lambda: told.get("machine") is Level.DURABLE)
        await eventually(lambda: recorder.state == "ok")
    finally:
        disk.go.set()
        await recorder.close()
    written = [payload for _, payload in lane_entries(tmp_path / "j")]
    assert sum(payload.startswith(b'["d1"') for payload in written) == 50, "all of them are there in the end"
