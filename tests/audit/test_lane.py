"""The lane on a real disk: receipts, locks, and processes that end in any way."""

import errno
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from gateway.audit import lane as lanes
from gateway.audit import segment
from gateway.audit.committed import read_committed
from gateway.audit.disk import LocalDisk
from gateway.audit.folder import held, take_slot
from gateway.audit.lane import Lane
from gateway.audit.receipt import Item, JournalError, Receipt, State
from gateway.proxy.ids import Ids
from gateway.record import Compact
from gateway.vocabulary import Level
from tests.engines import until

MIB = 1 << 20


def opened(folder, **how):
    return Lane(folder, **({"site": "antara", "new_id": Ids(), "reserve": MIB} | how))


def put(lane, *texts, level=Level.DURABLE):
    """Append and wait for the receipts."""
    got, done = [], threading.Event()

    def then(receipt):
        got.append(receipt)
        if len(got) == len(texts):
            done.set()

    for text in texts:
        assert lane.append(b'["%b"]' % text.encode(), level, then)
    assert done.wait(10)
    return got


def entries(folder):
    """Every entry of a journal, read as a stranger would: number and payload."""
    found = []
    for path in sorted(folder.glob("*.izj")):
        found += [(f.seq, f.payload) for f in segment.read_segment(path.read_bytes()).entries]
    return found


def test_receipts_come_in_order_and_the_entries_are_there(tmp_path):
    lane = opened(tmp_path / "journal")
    receipts = put(lane, *(str(n) for n in range(2000)))
    assert receipts == [Receipt(n + 2, Level.DURABLE) for n in range(2000)]
    lane.close()
    found = entries(tmp_path / "journal")
    assert [payload for _, payload in found[1:-1]] == [b'["%d"]' % n for n in range(2000)]
    assert [segment.event_of(found[n][1])["event"] for n in (0, -1)] == ["start", "stop"]


def test_several_threads_may_append(tmp_path):
    lane = opened(tmp_path)
    threads = [threading.Thread(target=put, args=(lane, *(f"{n}-{m}" for m in range(300)))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lane.close()
    payloads = [payload for _, payload in entries(tmp_path)]
    assert len(set(payloads)) == len(payloads) == 1202
    for n in range(4):
        assert [p for p in payloads if p.startswith(b'["%d-' % n)] == [
            b'["%d-%d"]' % (n, m) for m in range(300)
        ]


class Slow(LocalDisk):
    """A disk on which a sync takes as long as it is told, or until it is let pass."""

    def __init__(self):
        self.free_, self.syncing = threading.Event(), threading.Event()
        self.free_.set()
        self._passes = threading.Semaphore(0)
        #: How often a file was synced.
        self.syncs = 0
        #: What it refuses, and what it has refused.
        self.gone, self.refused = set(), []

    def hang(self):
        self.syncing.clear()
        self.free_.clear()

    def pass_one(self):
        self.syncing.clear()
        self._passes.release()

    def sync(self, handle):
        self.syncing.set()
        while not (self.free_.is_set() or self._passes.acquire(timeout=0.01)):
            pass
        self._refuse("sync")
        self.syncs += 1
        super().sync(handle)

    def write(self, handle, data):
        self._refuse("write")
        return super().write(handle, data)

    def clear(self, handle, offset, length):
        self._refuse("clear")
        super().clear(handle, offset, length)

    def truncate(self, handle, length):
        self._refuse("truncate")
        super().truncate(handle, length)

    def create(self, path, mode):
        self._refuse("create")
        return super().create(path, mode)

    def _refuse(self, call):
        if call in self.gone:
            self.refused.append(call)
            raise OSError(errno.EROFS, "read-only")


@contextmanager
def writing(lane):
    """Another thread writes, and does not come to an end."""
    held, end = threading.Event(), threading.Event()

    def hold():
        with lane._writer.lock:
            held.set()
            end.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    yield
    end.set()
    thread.join()


def test_who_may_wait_for_the_disk_is_answered_at_once_but_never_out_of_turn(tmp_path):
    disk, got, durable = Slow(), [], []
    lane = opened(tmp_path, disk=disk)

    def here(text, level=Level.WRITTEN):
        assert lane.extend_here([Item(b'["%b"]' % text, level)], got.extend) == 1
        return len(got)

    until(lambda: here(b"a") > 0, 10, "its threads have nothing to do")
    before = len(got)
    disk.hang()
    assert lane.append(b'["b"]', Level.DURABLE, durable.append)
    assert disk.syncing.wait(10)
    until(lambda: here(b"c") > before, 10, "who needs no sync waits for none")
    after = len(got)
    assert not durable
    with writing(lane):
        assert here(b"d") == after, "a thread writes: this one waits, and its caller does not"
    until(lambda: len(got) > after, 10)
    disk.free_.set()
    here(b"e", Level.DURABLE)
    until(lambda: got[-1].level is Level.DURABLE, 10)
    lane.close()
    assert lane.extend_here([Item(b'["f"]', Level.WRITTEN)], got.extend) == 0
    found = [payload for _, payload in entries(tmp_path) if payload.startswith(b"[")]
    assert found == [*[b'["a"]'] * before, b'["b"]', *[b'["c"]'] * (after - before), b'["d"]', b'["e"]']


def test_who_asked_for_no_more_than_a_write_does_not_wait_for_the_sync_of_others(tmp_path, monkeypatch):
    monkeypatch.setattr(lanes, "MARK", 2)
    disk, got, marks = Slow(), [], []
    lane = opened(tmp_path, disk=disk)
    lane.on_mark = marks.append

    def append(text, level):
        assert lane.append(b'["%b"]' % text, level, lambda receipt: got.append((text, receipt)))

    disk.hang()
    append(b"first", Level.DURABLE)
    assert disk.syncing.wait(10)
    for text, level in ((b"a", Level.WRITTEN), (b"ai", Level.DURABLE), (b"b", Level.WRITTEN)):
        append(text, level)
    until(lambda: len(got) == 2, 10)
    assert got == [(b"a", Receipt(3, Level.WRITTEN)), (b"b", Receipt(5, Level.WRITTEN))]
    disk.pass_one()
    assert disk.syncing.wait(10), "what was written since waits for a sync that began after that"
    until(lambda: marks, 10)
    assert got[2:] == [(b"first", Receipt(2, Level.DURABLE))]
    assert max(marks) < 4, "not all receipts behind that were given"
    disk.free_.set()
    until(lambda: len(got) == 4, 10)
    assert got[3] == (b"ai", Receipt(4, Level.DURABLE))
    lane.close()


def test_the_folder_is_its_owners_alone(tmp_path):
    lane = opened(tmp_path / "journal")
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o700
    lane.close()
    (closed,) = (tmp_path / "journal").glob("*.izj")
    assert closed.stat().st_mode & 0o777 == 0o440


def test_two_writers_never_share_a_folder(tmp_path):
    lane = opened(tmp_path)
    assert held(tmp_path)
    with pytest.raises(JournalError, match=f"being written by process {os.getpid()}") as refused:
        opened(tmp_path)
    assert "--journal" in refused.value.hint
    lane.close()
    assert not held(tmp_path)
    opened(tmp_path).close()


def test_a_journal_belongs_to_one_site(tmp_path):
    opened(tmp_path).close()
    with pytest.raises(JournalError, match="belongs to the site `antara`, not to `other`"):
        opened(tmp_path, site="other")
    assert not held(tmp_path), "a start that fails lets go of the folder"
    lane = opened(tmp_path, site=None)
    assert lane.site == "antara"
    lane.close()


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be used: file exists"):
        opened(tmp_path / "file")
    with pytest.raises(JournalError, match="holds no journal"):
        opened(tmp_path / "new", site=None)


def test_processes_of_a_gate_take_lanes_of_their_own(tmp_path):
    taken = [take_slot(tmp_path) for _ in range(3)]
    assert [folder.name for folder, _, _ in taken] == ["0", "1", "2"]
    taken[1][2].release()
    folder, name, hold = take_slot(tmp_path)
    assert (folder.name, name.rpartition("/")[2]) == ("1", "1")
    lane = opened(folder, name=name, hold=hold)
    assert lane.name == name
    lane.close()


def test_a_closed_lane_takes_nothing(tmp_path):
    lane = opened(tmp_path)
    lane.close()
    lane.close()
    assert not lane.append(b"[]", Level.WRITTEN)
    assert lane.dropped == 1


def test_a_mistake_in_an_entry_ends_nothing(tmp_path):
    lane = opened(tmp_path)
    got = []
    lane.append(Compact(b"[", (1,)), Level.DURABLE, got.append)  # which is no octets
    until(lambda: got)
    assert got == [None]
    until(lambda: lane.state is State.OK)
    assert put(lane, "after")[0] is not None
    lane.close()


# ── processes that end ──────────────────────────────────────────────────────────────────────────────────────────────

#: Appends until it is killed; says on its output what has been acknowledged.
WRITES = """
import os, sys, threading
from pathlib import Path
from gateway.audit.lane import Lane
from gateway.proxy.ids import Ids
from gateway.record import Compact
from gateway.vocabulary import Level

run = sys.argv[2]
lane = Lane(Path(sys.argv[1]), site="s", new_id=Ids(), segment_size=40_000, reserve=0)
room = threading.Semaphore(64)

def then(text):
    def told(receipt):
        if receipt is not None:
            os.write(1, b"%d %b\\n" % (receipt.seq, text))
        room.release()
    return told

n = 0
while True:
    room.acquire()
    n += 1
    text = b"%b-%d" % (run.encode(), n)
    entry = Compact(b'["' + text + b'"', (b'"shared %d"' % (n % 7), b'"' + b"x" * (n % 400) + b'"'))
    lane.append(entry, Level.DURABLE if n % 5 == 0 else Level.WRITTEN, then(text))
"""


def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path):
    folder, promised = tmp_path / "journal", {}
    for run in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITES, folder, str(run)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        with child, child.stdout as said:
            told = [said.readline() for _ in range(50 + 62 * run)]
            child.send_signal(signal.SIGKILL)
            told += said.read().splitlines(keepends=True)
        for line in told:
            if line.endswith(b"\n"):
                seq, text = line.split()
                promised[text] = int(seq)
    opened(folder, site="s").close()
    found, names = {}, []
    for seq, payload in entries(folder):
        if payload.startswith(b"["):
            text = msgspec.json.decode(payload)[0].encode()
            assert text not in found
            found[text] = seq
        else:
            names.append(segment.event_of(payload)["event"])
    assert len(promised) > 4000
    assert {text: found.get(text) for text in promised} == promised
    assert "corruption" not in names
    assert names.count("start") == 13
    numbers = [seq for seq, _ in entries(folder)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert read_committed(folder).following == len(numbers) + 1


def test_a_file_size_limit_is_a_full_disk(tmp_path):
    """Under RLIMIT_FSIZE a write first takes what fits, without an error."""
    program = """
import resource, sys, threading, time
from pathlib import Path
from gateway.audit.lane import Lane
from gateway.audit.receipt import State
from gateway.proxy.ids import Ids
from gateway.vocabulary import Level
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
lane = Lane(Path(sys.argv[1]), site="s", new_id=Ids(), reserve=0, segment_size=10**9)
good, bad, done = [], [], threading.Event()
def then(receipt):
    (bad if receipt is None else good).append(receipt)
    if bad:
        done.set()
for n in range(200):
    lane.append(b'["%b"]' % (b"x" * 700), Level.DURABLE, then)
assert done.wait(10)
print(len(good), lane.state.value)
lane.close()
"""
    run = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "j"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=30,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    accepted = int(run.stdout.split()[0])
    found = [payload for _, payload in entries(tmp_path / "j")]
    assert sum(payload.startswith(b"[") for payload in found) == accepted < 200
    assert "disk-full" in [event["event"] for p in found if (event := segment.event_of(p))]
    assert all(path.stat().st_size <= 60_000 for path in (tmp_path / "j").iterdir())


def test_nobody_is_woken_for_entries_that_nobody_waits_for(tmp_path):
    woken = []  # by receipts; the writer may have something of its own to say

    def deliver(call):
        woken.extend([call] if call.func is lanes.hand_out else [])
        call()

    lane = opened(tmp_path, deliver=deliver)
    put(lane, "decision")
    before = len(woken)
    for number in range(20):
        assert lane.append(b'["outcome %d"]' % number, Level.WRITTEN)
    until(lambda: lane.last == 22, 10, "they are written")
    assert len(woken) == before
    lane.close()
