"""The writer under a state machine: whatever the disk does and however the process ends, receipts and checkpoints hold."""

import errno
import random
import threading
from contextlib import contextmanager
from itertools import count

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.audit import segment
from gateway.audit.leaves import Leaves
from gateway.audit.receipt import Item
from gateway.audit.sealer import Sealer
from gateway.record import Compact
from gateway.seal.checkpoint import open_checkpoint
from gateway.seal.tiles import Growing
from gateway.vocabulary import Level
from tests.audit.fake_disk import FakeClock, FakeDisk
from tests.audit.test_writer import FOLDER, SIGNER, commit, events, make

LEVELS = st.sampled_from([Level.DURABLE, Level.WRITTEN, Level.QUEUED])


class AnyDisk(RuleBasedStateMachine):
    """Whatever the disk does and however the process ends, receipts hold."""

    @initialize()
    def begin(self):
        self.disk, self.clock = FakeDisk(), FakeClock()
        self.numbers = count()
        self.durable, self.written = {}, {}
        self.shown = {}
        self.writer = None
        self._start()

    def _start(self):
        for _ in range(50):
            self.writer = make(self.disk, self.clock, backlog=5, seal=Sealer(FOLDER, self.disk, SIGNER))
            try:
                self.writer.start()
            except OSError:
                self.disk.kill()
                continue
            return
        raise AssertionError("the journal cannot be started on a healthy disk")

    @rule(levels=st.lists(LEVELS, min_size=1, max_size=5), others=st.lists(LEVELS, max_size=3))
    def commit(self, levels, others):
        with self._meanwhile(others):
            batch = self._batch(levels)
            self._hold(batch, commit(self.writer, batch))

    @rule(seconds=st.sampled_from([0.1, 1.0, 2.0, 40_000]), others=st.lists(LEVELS, max_size=3))
    def wait(self, seconds, others):
        self.clock.pass_(seconds)
        with self._meanwhile(others):
            self.writer.tick()

    @rule(others=st.lists(LEVELS, max_size=5))
    def prepare(self, others):
        with self._meanwhile(others):
            self.writer.prepare()

    def _batch(self, levels):
        texts = (b"[%d,%b" % (next(self.numbers), b"1" * 300) for _ in levels)
        return [
            Item(Compact(text, (b'"v"', b'"w"')), level) for text, level in zip(texts, levels, strict=True)
        ]

    def _hold(self, batch, receipts):
        for item, receipt in zip(batch, receipts, strict=True):
            if receipt is not None:
                kept = self.durable if receipt.level is Level.DURABLE else self.written
                kept[item.entry.head] = receipt.seq
                assert item.level is not Level.DURABLE or receipt.level is Level.DURABLE

    @contextmanager
    def _meanwhile(self, levels):
        """Another thread writes these while a sync is under way; unless the writer is held, or it has to wait for that sync."""
        writer, threads, wrote = self.writer, [], []
        batch = self._batch(levels)

        def write():
            if writer.lock.acquire(blocking=False):
                try:
                    wrote.append(writer.write(batch))
                finally:
                    writer.lock.release()

        def begin():
            threads.append(threading.Thread(target=write))
            threads[0].start()
            threads[0].join(0.1)

        self.disk.meanwhile = begin if levels else None
        yield
        self.disk.meanwhile = None
        for thread in threads:
            thread.join()
        for one in wrote:
            for item, receipt in zip(batch, one.receipts, strict=True):
                if receipt is not None and item.level is not Level.DURABLE:
                    self.written[item.entry.head] = receipt.seq
            if one.settled() is None:
                writer.sync()
            self._hold(batch, one.settled())

    @rule(
        method=st.sampled_from(
            [
                "write",
                "sync",
                "allocate",
                "clear",
                "create",
                "rename",
                "truncate",
                "sync_folder",
                "protect",
                "close",
            ]
        ),
        error=st.sampled_from([errno.EIO, errno.ENOSPC]),
        after=st.integers(0, 3),
    )
    def break_disk(self, method, error, after):
        self.disk.fail_next(method, error, after)

    @rule(after=st.integers(0, 3))
    def write_short(self, after):
        self.disk.fail_next("write", "short", after)

    @rule()
    def fill(self):
        self.disk.capacity = self.disk.used()

    @rule()
    def free(self):
        self.disk.capacity = 1 << 30

    @rule()
    def stop(self):
        self.writer.stop()
        self.disk.kill()
        self._restart()

    @rule()
    def kill(self):
        self.disk.kill()
        self._restart()

    @rule(seed=st.integers(0, 2**32))
    def lose_power(self, seed):
        self.disk.lose_power(random.Random(seed))
        self.clock.reboot()
        self.written.clear()
        self._restart()

    def _restart(self):
        self.disk.capacity = max(self.disk.capacity, self.disk.used() + 20_000)
        self._start()

    @invariant()
    def receipts_hold(self):
        if getattr(self, "writer", None) is None:
            return
        found = {}
        last = 0
        for name in segment.segments(self.disk.files):
            whole = segment.read_segment(self.disk.content(name))
            for frame in whole.entries:
                assert frame.seq > last, "numbers only grow"
                last = frame.seq
                if frame.payload.startswith(b"["):
                    head = b",".join(frame.payload.split(b",")[:2])
                    assert head not in found, "nothing is written twice"
                    found[head] = frame.seq
                    msgspec.json.decode(frame.payload)
        for kept in (self.durable, self.written):
            for head, seq in kept.items():
                assert found.get(head) == seq

    @invariant()
    def checkpoints_agree(self):
        if getattr(self, "writer", None) is None or not self.writer.seal.note:
            return
        point = open_checkpoint(self.writer.seal.note, [SIGNER.verifier])
        assert self.shown.setdefault(point.size, point.root) == point.root
        assert point.size >= max(self.shown), "none is ever taken back"
        leaves = Leaves(FOLDER, self.disk).between(0, point.size)
        for size, root in self.shown.items():
            grown = Growing()
            grown.extend(leaves[:size])
            assert grown.root() == root, "what is sealed is there"

    def teardown(self):
        if getattr(self, "writer", None) is not None:
            assert {"corruption", "seal-fault"}.isdisjoint(self._loud()), "no crash is taken for tampering"

    def _loud(self):
        return {name for name, event in events(self.disk) if "cannot be kept" not in event.get("why", "")}


TestAnyDisk = AnyDisk.TestCase
