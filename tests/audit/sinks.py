"""What every sink must do: `Conformance` is inherited by the tests of each, which say how it is made and what it got."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest

from gateway.audit.follower import EVENT, Follower, offer_again
from gateway.audit.lane import Lane
from gateway.audit.reader import Reader
from gateway.audit.receipt import Item
from gateway.audit.rewriting import closed, going, remove
from gateway.audit.sinks import Batch, Row, Sink, SinkError
from gateway.audit.sinks.set_aside import SetAside
from gateway.proxy.ids import Ids
from gateway.record import event_entry
from gateway.vocabulary import Level
from tests.audit.test_retention import sealed, shown
from tests.engines import eventually
from tests.journals import GPTBOT, REFUSED, exchange, judged


def entries(count):
    """Entries of readers and crawlers, which share values by number."""
    crawler = {"identity": GPTBOT, "decision": REFUSED}
    return [e for n in range(count) for e in exchange(judged(n, **(crawler if n % 3 == 0 else {})))]


class Killed(BaseException):
    """The follower's end, at whatever moment."""


class Dying(Sink):
    """Passes batches on and dies at one of them, before or after the sink has it."""

    gathers = 0.0

    @property
    def copy(self):
        return self.sink.copy

    def __init__(self, sink, at, *, after):
        self.sink, self.at, self.after = sink, at, after

    async def position(self, site, lane):
        return await self.sink.position(site, lane)

    async def append(self, batch):
        self.at -= 1
        if self.at == 0 and not self.after:
            raise Killed
        await self.sink.append(batch)
        if self.at == 0:
            raise Killed

    async def close(self):
        await self.sink.close()


class Refusing(Dying):
    """Passes batches on, but refuses for good whatever holds one of these numbers."""

    def __init__(self, sink, numbers):
        super().__init__(sink, 0, after=False)
        self.numbers, self.offered = set(numbers), 0

    async def append(self, batch):
        self.offered += 1
        if self.numbers & {row.seq for row in batch.rows}:
            raise SinkError("it answers 422", refused=True)
        await self.sink.append(batch)


class Conformance:
    """Tests for a sink. A subclass has the fixture ``place``: with ``sink()`` for one more sink to the same place,
    ``received()`` for the octets of all lines that it got, ``refuse(bool)`` to have it take nothing for a while, ``aside`` for what it refused for good."""

    @pytest.fixture
    def journal(self, tmp_path):
        return sealed(tmp_path / "journal", entries(20), (15, 25))

    @staticmethod
    def got(place):
        """The entries that arrived, each once however often it came; one that came again must be the same."""
        found = {}
        for line in place.received():
            entry = json.loads(line)
            assert found.setdefault((entry["lane"], entry["seq"]), entry) == entry
        return list(found.values())

    @asynccontextmanager
    async def following(self, journal, place, **how):
        sink = place.sink()
        told = []
        follower = Follower(Reader(journal), sink, place.aside, told.append, **how)
        task = asyncio.create_task(follower.run())
        try:
            yield told
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await sink.close()

    async def ship(self, journal, sink, aside=None, **how):
        aside = aside or SetAside(journal / "followers" / "nobody.json")
        try:
            await Follower(Reader(journal), sink, aside, **how).run(once=True)
        finally:
            await sink.close()

    async def test_everything_arrives_in_order_and_once(self, journal, place):
        await self.ship(journal, place.sink(), most=7)
        lines = [json.loads(line) for line in place.received()]
        assert lines == shown(journal)
        await self.ship(journal, place.sink())
        assert len(place.received()) == len(lines), "what is there is not sent again"

    @pytest.mark.parametrize("after", [False, True])
    async def test_a_follower_that_is_killed_loses_nothing(self, journal, place, after):
        for at in (1, 2, 3):
            with pytest.raises(Killed):
                await self.ship(journal, Dying(place.sink(), at, after=after), most=4)
        await self.ship(journal, place.sink(), most=9)
        assert self.got(place) == shown(journal)

    async def test_a_dead_sink_delays_and_never_loses(self, journal, place, monkeypatch):
        monkeypatch.setattr("gateway.audit.follower.FIRST_WAIT", 0.01)
        place.refuse(True)
        async with self.following(journal, place, most=6) as told:
            await eventually(lambda: sum(one.trouble is not None for one in told) >= 3)
            behind = told[-1].behind
            assert behind > 40
            assert self.got(place) == []
            place.refuse(False)
            await eventually(lambda: told[-1].behind == 0)
            assert told[-1].trouble is None
            assert self.got(place) == shown(journal)

    async def test_what_is_written_meanwhile_follows(self, journal, place):
        async with self.following(journal, place) as told:
            await eventually(lambda: told and told[-1].behind == 0)
            lane = Lane(journal, site="antara", new_id=Ids())
            lane.extend([Item(entry, Level.DURABLE) for entry in entries(3)], None)
            await eventually(lambda: len(self.got(place)) >= len(shown(journal)) - 1)
            lane.close()
            await eventually(lambda: self.got(place) == shown(journal))

    async def test_a_segment_that_is_rewritten_on_the_way_confuses_nobody(self, journal, place):
        first = closed(journal)[0]
        with pytest.raises(Killed):
            await self.ship(journal, Dying(place.sink(), 2, after=True), most=4)
        before = self.got(place)
        what = going(journal, first, lambda _: None)._replace(numbers=frozenset(range(3, 12)))
        remove(journal, what, {}, lambda _: None)
        await self.ship(journal, place.sink())
        left = shown(journal)
        if place.sink().copy is None:
            left = before + [one for one in left if one["seq"] > before[-1]["seq"]]
        assert sorted(self.got(place), key=lambda one: one["seq"]) == left

    async def test_a_sink_says_what_is_wrong_and_shows_no_secret(self, place):
        place.refuse(True)
        sink = place.sink()
        line = b'{"time":"2026-11-23T10:00:00Z","lane":"mesin","seq":1}'
        row = Row(1, 1, "2026-11-23T10:00:00Z", line, line)
        try:
            with pytest.raises(SinkError) as found:
                await sink.append(Batch("antara", "mesin", (row,)))
        finally:
            await sink.close()
        assert str(found.value)
        assert "rahasia" not in str(found.value)


class Refusals(Conformance):
    """What a follower does with a place that refuses, whatever place that is: tests for those that cost little."""

    async def test_no_more_than_one_batch_is_ever_on_the_way(self, journal, place):
        sizes = []

        class Watched(Dying):
            async def append(self, batch):
                sizes.append(len(batch.rows))
                await self.sink.append(batch)

        await self.ship(journal, Watched(place.sink(), 0, after=False), most=5)
        assert max(sizes) <= 5
        assert sum(sizes) == len(shown(journal))

    async def test_what_is_refused_for_good_is_set_aside_and_all_else_arrives_in_order(self, journal, place):
        every, events = shown(journal), []
        bad = [every[at]["seq"] for at in (0, 17, 18, len(every) - 1)]

        async def record(details):
            events.append(details)
            return len(events) > 1  # the first time it cannot be written down

        sink = Refusing(place.sink(), bad)
        await self.ship(journal, sink, place.aside, most=12, record=record)
        assert [json.loads(line) for line in place.received()] == [
            one for one in every if one["seq"] not in bad
        ]
        assert dict(place.aside.of("mesin")) == dict.fromkeys(bad, "it answers 422")
        assert sink.offered < 40, "it is found by halves"
        assert events[0] == {"entries": 1, "first": bad[0], "last": bad[0], "why": "it answers 422"}
        assert sum(one["entries"] for one in events[1:]) == 4
        sent = len(place.received())
        await self.ship(journal, Refusing(place.sink(), bad), place.aside)
        assert len(place.received()) == sent, "none of it is offered again by itself"
        sink = Refusing(place.sink(), bad[:1])
        assert await offer_again(Reader(journal), sink, place.aside) == 3
        await sink.close()
        assert list(place.aside.of("mesin")) == bad[:1]
        assert sorted(one["seq"] for one in self.got(place)) == [one["seq"] for one in every[1:]]

    async def test_a_place_that_refuses_everything_is_said_once(self, journal, place):
        said = []

        async def record(details):
            said.append(details)
            lane = Lane(journal, site="antara", new_id=Ids())  # as a command does where no gateway runs
            lane.append(event_entry("x" * 26, 1, EVENT, details), Level.DURABLE)
            await asyncio.to_thread(lane.close)
            return True

        sink, told = Refusing(place.sink(), range(10_000)), []
        follower = Follower(Reader(journal), sink, place.aside, told.append, record=record)
        task = asyncio.create_task(follower.run())
        await eventually(
            lambda: said and not told[-1].behind and len(place.aside.of("mesin")) == len(shown(journal))
        )
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await sink.close()
        assert len(said) == 1

    async def test_when_no_more_can_be_set_aside_it_waits_and_loses_nothing(
        self, journal, place, monkeypatch
    ):
        monkeypatch.setattr("gateway.audit.follower.FIRST_WAIT", 0.01)
        monkeypatch.setattr("gateway.audit.sinks.set_aside.MOST", 2)
        every = shown(journal)
        sink, told = Refusing(place.sink(), [one["seq"] for one in every]), []
        task = asyncio.create_task(Follower(Reader(journal), sink, place.aside, told.append).run(once=True))
        await eventually(lambda: told and told[-1].trouble and "no more" in told[-1].trouble)
        assert list(place.aside.of("mesin")) == [1, 2]
        sink.numbers = set()
        await task
        await sink.close()
        assert [json.loads(line) for line in place.received()] == every[2:]
