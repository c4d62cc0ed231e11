"""A lane over its socket: as near as can be to one in the process, and what becomes of it when the writer ends."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import date
from itertools import chain

from gateway.audit import far_lane, lane_service, wire
from gateway.audit.cases import Sight
from gateway.audit.far_lane import FarLane
from gateway.audit.journal import Journal
from gateway.audit.lane_service import LaneService
from gateway.audit.pseudonyms import Pseudonyms
from gateway.audit.reader import Reader
from gateway.audit.receipt import Item, State
from gateway.audit.salts import new_salt
from gateway.proxy.ids import Ids
from gateway.rates.counters import Take
from gateway.rates.ledger import Booked, Draw, Settled
from gateway.rates.quota import Span
from gateway.rates.rate import Rate, Unit
from gateway.record import Compact, decision_entry, event_entry, outcome_entry
from gateway.value import changed
from gateway.vocabulary import By, End, Level
from tests import sites
from tests.audit.test_lane import Slow
from tests.audit.test_lane import writing as busy

NOW = 1_790_000_000_000_000
TODAY = date(2026, 9, 21)
MONTH = Span(TODAY, date(2026, 9, 1), date(2026, 9, 30), NOW - 10**12, NOW + 10**12)
DRAW = Draw("quota.contoh", "contoh", 3, MONTH)
TAKE = Take("lambat", Rate(3, Unit.DAY, 3, By.EVERYONE), "", few=True)


@asynccontextmanager
async def writing(folder, expected=0, **how):
    """The writer's side, as its process has it."""
    journal = Journal.opened(folder, site="s", new_id=Ids(), reserve=0, **how)
    service = LaneService(journal, journal.recorder.lane, expected)
    await service.open()
    try:
        yield service
    finally:
        await service.close(0)
        await journal.close()


@asynccontextmanager
async def linked(folder):
    lane = FarLane(folder, lambda: Ids()(NOW))
    await lane.open()
    try:
        yield lane
    finally:
        await lane.finish()


async def true(ask):
    async with asyncio.timeout(10):
        while not ask():  # noqa: ASYNC110 -- there is no event of it
            await asyncio.sleep(0.005)


class Deaf:
    """Receipts that a writer sends never come, as where it ends before it has sent them; ``missed`` are those."""

    def __init__(self, monkeypatch):
        self.missed, self._decoder = [], wire.from_writer
        monkeypatch.setattr(wire, "from_writer", self)

    def decode(self, octets):
        message = self._decoder.decode(octets)
        if not isinstance(message, wire.Accepted):
            return message
        self.missed.append(message)
        return None


async def handed(lane, items):
    """Hand entries over and wait for their receipts."""
    done = asyncio.get_running_loop().create_future()
    assert lane.extend(items, done.set_result) == len(items)
    return await asyncio.wait_for(done, 10)


def entries(folder):
    return [one[1] for one in Reader(folder).printed()]


def killed(service):
    """The writer's process does nothing more."""
    for line in list(service.lines):
        line.connection_lost = line.data_received = lambda _: None
        line.transport.abort()


def complete(id):
    entry = outcome_entry(id, NOW, 200, 7, End.COMPLETE)
    return Item(entry, Level.WRITTEN, booking=Settled(id, True), of=id, ends=True)


def event(name="contoh"):
    return event_entry(Ids()(NOW), NOW, name, {})


def decision(id):
    judgement = changed(sites.judgement(sites.version()), id=id)
    return decision_entry(judgement, Level.DURABLE, "", new_salt)


async def test_receipts_questions_and_orders_come_through(tmp_path):
    async with writing(tmp_path) as service, linked(tmp_path) as lane, linked(tmp_path) as other:
        assert (lane.state, lane.name) == (State.OK, service.lane.name)
        receipts = await handed(lane, [Item(event(), Level.DURABLE), Item(event(), Level.WRITTEN)])
        assert [one.level for one in receipts] == [Level.DURABLE] * 2
        assert receipts[1].seq == receipts[0].seq + 1
        for take in (TAKE, DRAW):
            found = [await one.take([take], NOW) for one in (lane, other) * 3]
            assert [one.wait == 0 for (one,) in found] == [True] * 3 + [False] * 3, "one count for all"
        lane.release(Booked(Ids()(NOW + 10**7), "contoh", TODAY))
        (left,) = await other.left([DRAW])
        assert left == (1, False)
        assert await lane.use(("d", "k", "n"), NOW // 10**6 + 60, NOW // 10**6) is False
        assert await other.use(("d", "k", "n"), NOW // 10**6 + 60, NOW // 10**6) is True
        for number in range(40):
            sight = Sight(NOW, "192.0.2.1", "192.0.2.0/24", "p" * 16, f"koran/{number}", threshold=30)
            (lane, other)[number % 2].watch(sight)
        await true(lambda: any(one.get("event") == "case" for one in entries(tmp_path)))
        heard = []
        other.on_orders = heard.append
        details = {"mode": "observe", "host": "*", "until": None}
        service.journal.recorder.event("mode", details)
        await true(lambda: heard)
        assert heard[0].orders.modes[0].host == "*"


async def test_while_one_batch_is_under_way_the_next_gathers(tmp_path):
    async with writing(tmp_path) as service, linked(tmp_path) as lane:
        asked = []
        with busy(service.lane):
            for number in range(4):
                asked.append(
                    asyncio.ensure_future(handed(lane, [Item(event(), Level.WRITTEN)] * (number + 1)))
                )
                await asyncio.sleep(0)
            assert (len(lane._handed), len(lane._gathered), lane.unwritten) == (1, 3, 10)
        numbers = [[one.seq for one in receipts] for receipts in await asyncio.gather(*asked)]
        assert [len(one) for one in numbers] == [1, 2, 3, 4]
        first = numbers[0][0]
        assert [*chain(*numbers)] == list(range(first, first + 10))
        assert lane.unwritten == 0


async def test_shared_values_are_sent_once(tmp_path):
    values, known = wire.Values(), wire.Known()
    items = [Item(Compact(b'["d1"', (b'"host"', b"%d" % number)), Level.WRITTEN) for number in (1, 2, 1)]
    first, second = values.batch(1, items), values.batch(2, items)
    assert (first.values, second.values) == ([b'"host"', b"1", b"2"], [])
    for batch in (first, second):
        message = wire.to_writer.decode(wire.octets_of(batch)[4:])
        assert known.items(message) == items


async def test_whoever_ends_leaves_no_decision_without_an_outcome(tmp_path):
    async with writing(tmp_path) as service, linked(tmp_path) as other:
        async with linked(tmp_path) as lane:
            (found,) = await lane.take([DRAW], NOW)
            assert found.remaining == 2
            id, done = Ids()(NOW), Ids()(NOW)
            items = [
                Item(event("berhenti"), Level.DURABLE, booking=Booked(id, "contoh", TODAY), of=id),
                Item(event("selesai"), Level.DURABLE, of=done),
                Item(outcome_entry(done, NOW, 200, 7, End.COMPLETE), Level.WRITTEN, of=done, ends=True),
            ]
            await handed(lane, items)
            lane.close()
        await true(lambda: sum(one["phase"] == "outcome" for one in entries(tmp_path)) == 2)
        ended = {one["of"]: one["end"] for one in entries(tmp_path) if one["phase"] == "outcome"}
        assert ended == {done: "complete", id: "unknown"}
        (left,) = await other.left([DRAW])
        assert left.requests == 3, "what nobody was seen to get is given back"
        assert not service.lane.is_booked(id)


async def test_the_next_writer_gets_what_the_last_one_may_have_written_once(tmp_path, monkeypatch):
    monkeypatch.setattr(far_lane, "QUOTA_PATIENCE", 0.05)
    ids = [Ids()(NOW) for _ in range(3)]
    outcomes = [complete(id) for id in ids]
    async with writing(tmp_path) as service:
        lane = FarLane(tmp_path, lambda: Ids()(NOW))
        await lane.open()
        booked = Item(event(), Level.DURABLE, booking=Booked(ids[0], "contoh", TODAY), of=ids[0])
        await lane.take([DRAW], NOW)
        await handed(lane, [booked])
        # The answer to the second outcome never comes, though it is written; that to the third neither, and it is not.
        deaf, answers = Deaf(monkeypatch), []
        lane.extend(outcomes[1:2], answers.append)
        await true(lambda: deaf.missed)
        monkeypatch.undo()
        monkeypatch.setattr(far_lane, "QUOTA_PATIENCE", 0.05)
        lane.extend([Item(event(), Level.DURABLE), outcomes[2]], answers.append)
        killed(service)
        await true(lambda: lane.state is State.DOWN)
        assert [list(one) for one in answers] == [[None], [None, None]], "everybody is answered"
    assert lane.take([TAKE], NOW) == (), "rates do not count without a writer"
    (refused,) = await lane.take([DRAW], NOW)
    assert refused.wait > 0, "a quota gives nothing"
    receipts = await handed(lane, [Item(event(), Level.DURABLE, vital=True), outcomes[0]])
    assert receipts == [None, None]
    async with writing(tmp_path, resumes=True) as service:
        await true(lambda: lane.state is State.OK and not lane.waiting and not lane._under_way)
        (left,) = await lane.left([DRAW])
        assert left.requests == 2, "the booking of before stands: its outcome says so"
        await lane.finish()
    found = [one["of"] for one in entries(tmp_path) if one["phase"] == "outcome"]
    assert sorted(found) == sorted(ids), "each once"


async def test_and_so_does_the_one_after_it(tmp_path, monkeypatch):
    """Two writers end before they answer about an outcome, while entries that were handed over after it are answered."""
    id = Ids()(NOW)
    async with writing(tmp_path) as service:
        lane = FarLane(tmp_path, lambda: Ids()(NOW))
        await lane.open()
        with monkeypatch.context() as patched:
            deaf = Deaf(patched)
            lane.extend([Item(event(), Level.DURABLE), complete(id)])
            await true(lambda: deaf.missed)
        await handed(lane, [Item(event(), Level.WRITTEN)])
        killed(service)
    with monkeypatch.context() as patched:
        deaf = Deaf(patched)
        async with writing(tmp_path, resumes=True) as service:
            await true(lambda: deaf.missed)
            killed(service)
    async with writing(tmp_path, resumes=True):
        await true(lambda: lane.state is State.OK and not lane.unwritten)
        await lane.finish()
    assert [one["of"] for one in entries(tmp_path) if one["phase"] == "outcome"] == [id]


async def test_what_a_process_left_that_ended_beside_its_writer_is_ended_by_the_next(tmp_path, monkeypatch):
    known, unsure, orphan = Ids()(NOW), Ids()(NOW), Ids()(NOW)
    judged = {id: Item(decision(id), Level.DURABLE, of=id) for id in (known, unsure, orphan)}
    async with writing(tmp_path) as service:
        lane = FarLane(tmp_path, lambda: Ids()(NOW))
        await lane.open()
        await handed(lane, [judged[known]])
        service.lane.extend([judged[orphan]])  # of a process that is gone, and whose end nobody saw
        await true(lambda: service.lane.last == 3)
        Deaf(monkeypatch)
        lane.extend([judged[unsure]])
        await true(lambda: service.lane.last == 4)
        monkeypatch.undo()
        for line in list(service.lines):
            line.open.clear()
    async with writing(tmp_path, expected=1, resumes=True):
        await true(lambda: any(one["phase"] == "outcome" for one in entries(tmp_path)))
        lane.extend(
            [
                Item(outcome_entry(id, NOW, 200, 7, End.COMPLETE), Level.WRITTEN, of=id, ends=True)
                for id in (known, unsure)
            ]
        )
        await lane.finish()
    ended = [(one["of"], one["end"]) for one in entries(tmp_path) if one["phase"] == "outcome"]
    assert ended == [(orphan, "unknown"), (known, "complete"), (unsure, "complete")]


async def test_a_process_that_ends_while_it_is_looked_up_what_is_written_is_ended_once(tmp_path, monkeypatch):
    id, looking, go, real = Ids()(NOW), threading.Event(), threading.Event(), lane_service._written

    def written(*asked):
        looking.set()
        go.wait(10)
        return real(*asked)

    async with writing(tmp_path) as service:
        lane = FarLane(tmp_path, lambda: Ids()(NOW))
        await lane.open()
        await handed(lane, [Item(decision(id), Level.DURABLE, of=id)])
        for line in service.lines:
            line.data_received = lambda _: None  # so that this is not written
        lane.extend([complete(id)])
        killed(service)
    monkeypatch.setattr(lane_service, "_written", written)
    async with writing(tmp_path, resumes=True) as service:
        await true(looking.is_set)
        lane.close()
        await true(lambda: not service.lines)
        go.set()
        await true(lambda: any(one["phase"] == "outcome" for one in entries(tmp_path)))
    assert [one["end"] for one in entries(tmp_path) if one["phase"] == "outcome"] == ["complete"]


async def test_an_outcome_that_waits_for_the_medium_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(lane_service, "LOOK", 0.01)
    id, disk = Ids()(NOW), Slow()
    async with writing(tmp_path) as service:
        lane = FarLane(tmp_path, lambda: Ids()(NOW))
        await lane.open()
        await handed(lane, [Item(decision(id), Level.DURABLE, of=id)])
        killed(service)
    async with writing(tmp_path, expected=1, resumes=True, disk=disk):
        await true(lambda: lane.state is State.OK)
        disk.hang()
        lane.extend([Item(event(), Level.DURABLE), complete(id)])
        await true(disk.syncing.is_set)
        await asyncio.sleep(0.1)  # on a slow machine less is tried
        disk.free_.set()
        await lane.finish()
    assert [one["end"] for one in entries(tmp_path) if one["phase"] == "outcome"] == ["complete"]


async def test_processes_have_one_key_for_pseudonyms(tmp_path):
    several = [Pseudonyms(tmp_path) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda one: one.of("192.0.2.1", NOW), several))) == 1
