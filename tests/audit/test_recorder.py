"""The recorder: who waits, who is let pass, who is refused, and that the record says so."""

import asyncio
import errno
import re
import threading

import msgspec
import pytest

from gateway.audit import lane as lanes
from gateway.audit import orders_file, quotas_file, segment
from gateway.audit import recorder as recorders
from gateway.audit.disk import LocalDisk
from gateway.audit.recorder import Recorder
from gateway.orders import NO_ORDERS
from gateway.proxy.ids import Ids
from gateway.vocabulary import Audience, End, Level, Mode, Verdict
from tests.audit.test_lane import entries
from tests.engines import eventually
from tests.journals import GPTBOT, LET_IN, REFUSED, judged

MIB = 1 << 20


class Disk(LocalDisk):
    """The local disk, which can be held up or be full."""

    def __init__(self):
        self.open_ = threading.Event()
        self.open_.set()
        self.full = False
        self.fail = 0

    def write(self, handle, data):
        self.open_.wait(20)
        if self.fail:
            error, self.fail = self.fail, 0
            raise OSError(error, "once")
        if self.full:
            raise OSError(errno.ENOSPC, "full")
        return super().write(handle, data)

    def free(self, folder):
        return 0 if self.full else super().free(folder)


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
async def recorder(tmp_path, disk):
    opened = Recorder.open(
        tmp_path / "j", site="s", new_id=Ids(), pseudonym=lambda address, at: "p" * 16, disk=disk, reserve=MIB
    )
    opened._rows[Level.WRITTEN].patience = 5  # a busy machine is not what these tests are about
    yield opened
    disk.open_.set()
    disk.full = False
    await opened.close()


def reader(number=1):
    return judged(number)


def crawler(number=1):
    return judged(number, identity=GPTBOT, decision=REFUSED)


async def level_of(recorder, judgement):
    """What a door is told."""
    told = asyncio.get_running_loop().create_future()
    recorder.decision(judgement, told.set_result)
    assert not told.done(), "never before `decision` returns"
    return await asyncio.wait_for(told, 10)


def events(folder):
    return [event for _, payload in entries(folder) if (event := segment.event_of(payload))]


def test_every_audience_has_a_level():
    assert set(recorders.LEVELS) == set(Audience)
    assert recorders.LEVELS[Audience.AI] is Level.DURABLE


async def test_ai_is_durable_and_people_are_written(recorder):
    assert await level_of(recorder, crawler()) is Level.DURABLE
    assert await level_of(recorder, reader()) in {Level.WRITTEN, Level.DURABLE}
    assert recorder.state == "ok"


async def test_receipts_of_many_come_in_order(recorder):
    told = []
    for number in range(500):
        recorder.decision(reader(number), lambda level, number=number: told.append(number))
        recorder.outcome(reader(number), 200, 1234, End.COMPLETE)
    await eventually(lambda: len(told) == 500)
    assert told == list(range(500))
    await recorder.close()
    assert len([payload for _, payload in entries(recorder.lane.folder) if payload.startswith(b"[")]) == 1000


async def test_who_was_answered_is_kept_no_longer(recorder):
    """However long the patience with those who come behind."""
    for number in range(30):
        assert await level_of(recorder, crawler(number)) is Level.DURABLE
        recorder.outcome(crawler(number), 403, 1234, End.COMPLETE)
    assert len(recorder._rows[Level.DURABLE]._turns) <= 2


async def test_people_wait_no_longer_than_their_patience_and_the_gap_is_recorded(recorder, disk, monkeypatch):
    monkeypatch.setattr(recorder._rows[Level.WRITTEN], "patience", recorders.PATIENCE)
    disk.open_.clear()
    began = recorder.loop.time()
    assert await level_of(recorder, reader(1)) is Level.QUEUED
    assert 0.019 <= recorder.loop.time() - began < 1
    assert await level_of(recorder, reader(2)) is Level.QUEUED
    assert recorder.state == "degraded"
    disk.open_.set()
    await eventually(lambda: recorder.state == "ok")
    await recorder.close()
    found = entries(recorder.lane.folder)
    (gap,) = [event for event in events(recorder.lane.folder) if event["event"] == "gap"]
    assert (gap["queued"], gap["refused"], gap["dropped"]) == (2, 0, 0)
    assert gap["since"] <= gap["until"]
    assert sum(payload.startswith(b"[") for _, payload in found) == 2, "what was queued is written in the end"


async def test_ai_is_refused_when_nothing_is_written_in_time(recorder, disk, monkeypatch):
    monkeypatch.setattr(recorder._rows[Level.DURABLE], "patience", 0.05)
    disk.open_.clear()
    assert await level_of(recorder, crawler()) is None
    disk.open_.set()


async def test_a_full_disk_refuses_ai_and_nobody_else(recorder, disk):
    disk.full = True
    assert await level_of(recorder, crawler(1)) is None
    await eventually(lambda: recorder.state == "full")
    assert await level_of(recorder, crawler(2)) is None
    assert await level_of(recorder, reader(3)) is Level.QUEUED
    recorder.outcome(reader(3), 200, 10, End.COMPLETE)
    disk.full = False
    await eventually(lambda: recorder.state == "ok")
    assert await level_of(recorder, crawler(4)) is Level.DURABLE
    await recorder.close()
    names = [event["event"] for event in events(recorder.lane.folder)]
    assert names == ["start", "disk-full", "disk-room", "gap", "stop"]
    found = [payload for _, payload in entries(recorder.lane.folder)]
    assert any(b'\\"durability\\":\\"queued\\"' in p or b'"durability":"queued"' in p for p in found)
    assert recorder.counts.refused == 2
    assert recorder.counts.queued == 1


async def test_an_order_holds_when_it_is_written_and_after_a_restart(recorder, tmp_path):
    seen = []
    recorder.on_orders = seen.append
    recorder.event("mode", {"mode": "observe", "host": "*", "until": None})
    recorder.event("block", {"agent": "GPTBot", "until": None})
    recorder.event("note", {"of": "something else"})
    await eventually(lambda: len(seen) == 2)
    assert recorder.orders is seen[-1]
    assert recorder.orders.mode("any.example", 0) is Mode.OBSERVE
    await recorder.close()
    ahead = msgspec.json.encode(orders_file.Snapshot(1_000_000, NO_ORDERS))
    for damage in (None, b"{", b"", ahead):
        if damage is not None:
            (tmp_path / "j" / "orders.json").write_bytes(damage)
        again = Recorder.open(tmp_path / "j", site="s", new_id=Ids(), pseudonym=lambda a, t: "", reserve=0)
        assert again.orders == seen[-1]
        await again.close()


async def test_what_a_start_must_read_of_quotas_and_orders_is_bounded(recorder, monkeypatch):
    monkeypatch.setattr(lanes, "MARK", 50)
    for number in range(120):
        recorder.outcome(reader(number), 200, 10, End.COMPLETE)

    def known():
        recorder.event("note", {"of": "nothing"})
        kept = [recorder.lane.folder / name for name in (orders_file.NAME, quotas_file.NAME)]
        return all(
            path.exists() and int(re.search(rb'"seq":([0-9]+)', path.read_bytes())[1]) >= 100 for path in kept
        )

    await eventually(known)


async def test_orders_are_given_even_when_the_disk_is_full(recorder, disk, monkeypatch):
    monkeypatch.setattr(disk, "free", lambda folder: 0)
    disk.fail = errno.ENOSPC
    assert await level_of(recorder, crawler()) is None
    await eventually(lambda: recorder.state == "full")
    # The reserve, which was given up, has room for this and nothing else.
    got = asyncio.get_running_loop().create_future()
    order = {"mode": "observe", "host": "*", "until": None}
    recorder.event("mode", order, lambda *answer: got.set_result(answer))
    _, receipt = await asyncio.wait_for(got, 10)
    assert receipt.level is Level.DURABLE
    assert recorder.orders.mode("a", 0) is Mode.OBSERVE
    assert await level_of(recorder, crawler()) is None


async def test_what_a_failing_receiver_does_harms_nobody_else(recorder):
    told, faults = [], []
    recorder.loop.set_exception_handler(lambda loop, context: faults.append(context["exception"]))

    def fails(level):
        raise RuntimeError("a door's mistake")

    recorder.decision(reader(1), fails)
    recorder.decision(reader(2), told.append)
    await eventually(lambda: told and faults)
    recorder.loop.set_exception_handler(None)


async def test_a_closed_recorder_lets_people_pass_and_refuses_ai(recorder):
    await recorder.close()
    assert await level_of(recorder, reader()) is Level.QUEUED
    assert await level_of(recorder, crawler()) is None
    recorder._gap_timer.cancel()
    recorder._gap = None


def test_the_judgements_are_what_their_names_say():
    assert LET_IN.verdict is Verdict.ALLOW
    assert (reader().decision.audience, crawler().decision.audience) == (Audience.PEOPLE, Audience.AI)
