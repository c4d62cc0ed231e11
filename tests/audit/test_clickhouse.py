"""The sink of ClickHouse, held to what every sink and every copy must do, against the real engine."""

import json

import pytest

from gateway.audit.sinks import Batch, Row, SinkError
from tests.audit.copies import Databases
from tests.audit.test_retention import shown
from tests.audit.test_sinks import Place
from tests.clickhouse import clickhouse
from tests.engines import eventually


@pytest.fixture(scope="module")
def server():
    with clickhouse() as server:
        yield server


class Database(Place):
    """A server without our tables."""

    def __init__(self, server, folder):
        super().__init__(server.url, folder)
        self.server = server
        server.refused, server.slow, server.mute = 0, 0.0, -1
        server.execute("DROP DATABASE IF EXISTS izin SYNC")

    def received(self):
        if not self.server.execute(
            "SELECT name FROM system.tables WHERE database = 'izin' AND name = 'entry'"
        ):
            return []
        rows = self.server.execute("SELECT entry FROM izin.entry FINAL WHERE phase != '' ORDER BY lane, seq")
        return [row["entry"].encode() for row in rows]

    def refuse(self, refused):
        self.server.refused = 503 if refused else 0

    def spoil(self, seq):
        self.server.execute(
            f"INSERT INTO izin.entry (site, lane, seq, segment, time, version, payload) SELECT site, lane, seq, segment, time, 1, '[\"x\",1]' FROM izin.entry FINAL WHERE seq = {seq}"
        )

    def lose(self, seq):
        self.server.execute(f"ALTER TABLE izin.entry DELETE WHERE seq = {seq} SETTINGS mutations_sync = 2")

    def plant(self, name):
        self.server.execute(
            f"INSERT INTO izin.file (site, lane, name, content) VALUES ('antara', 'mesin', '{name}', 'x')"
        )

    def traces(self, text):
        (row,) = self.server.execute(
            f"SELECT count() AS n FROM izin.entry WHERE position(concat(payload, entry), '{text}') > 0"
        )
        return int(row["n"])


class TestClickHouse(Databases):
    @pytest.fixture
    def place(self, tmp_path, server):
        return Database(server, tmp_path)

    async def test_the_password_is_shown_and_each_member_has_its_column(self, journal, place):
        await self.ship(journal, place.sink())
        assert {one["X-ClickHouse-User"] for one in place.server.seen[-3:]} == {"izin"}
        assert {one["X-ClickHouse-Key"] for one in place.server.seen[-3:]} == {"rahasia"}
        rows = place.server.execute("SELECT * EXCEPT (payload, leaf) FROM izin.entry FINAL ORDER BY seq")
        refused = next(row for row in rows if row["verdict"] == "deny")
        said = json.loads(refused["entry"])
        names = ("agent", "operator", "rule", "policy", "path", "host")
        request, who = said["request"], said["identity"]
        wanted = (
            who["agent"],
            who["operator"],
            said["rule"],
            said["policy"],
            request["target"],
            request["host"],
        )
        assert tuple(refused[name] for name in names) == wanted
        assert refused["reasons"] == said["reasons"]
        assert refused["time"].replace(" ", "T") + "Z" == said["time"]

    async def test_an_insert_whose_answer_got_lost_counts_once(self, journal, place, monkeypatch):
        """Also where a second follower was at it at the same time."""
        monkeypatch.setattr("gateway.audit.follower.FIRST_WAIT", 0.01)
        place.server.mute = 2
        await self.ship(journal, place.sink(), most=12)
        place.server.execute("INSERT INTO izin.entry SELECT * FROM izin.entry")
        assert self.got(place) == shown(journal)
        every = [one for one in shown(journal) if one["phase"] == "decision"]
        (row,) = place.server.execute("SELECT sum(decisions) AS n FROM izin.daily")
        assert int(row["n"]) == len(every)
        (row,) = place.server.execute("SELECT sum(decisions) AS n FROM izin.daily WHERE verdict = 'deny'")
        assert int(row["n"]) == sum(one["verdict"] == "deny" for one in every)

    async def test_whatever_a_lane_is_named_it_is_a_value_and_no_query(self, place):
        sink, lane = place.sink(), "m\\'\t\n') OR 1 -- \0"
        line = b'{"time":"2026-11-23T10:00:00Z","phase":"event","event":"\\u0000\\""}'
        await sink.append(Batch("antara", lane, (Row(1, 1, "", line, b"\0\xff"),)))
        assert await sink.position("antara", lane) == 1
        assert await sink.position("antara", "m") == 0
        assert [one async for one in sink.read_entries("antara", lane)] == [(1, 1, b"\0\xff")]
        await sink.close()

    async def test_a_slow_server_and_one_that_forgot(self, journal, place, monkeypatch):
        monkeypatch.setattr("gateway.audit.follower.FIRST_WAIT", 0.01)
        sink = place.sink()
        await sink.position("antara", "mesin")
        await sink.close()
        monkeypatch.setattr("gateway.audit.sinks.clickhouse_connection.PATIENCE", 0.5)
        place.server.slow = 1.0
        async with self.following(journal, place) as told:
            await eventually(lambda: told and told[-1].trouble == "no answer in time", 30)
            monkeypatch.setattr("gateway.audit.sinks.clickhouse_connection.PATIENCE", 30.0)
            place.server.slow = 0.0
            await eventually(lambda: told[-1].behind == 0 and told[-1].trouble is None, 30)
        assert self.got(place) == shown(journal)
        last = shown(journal)[-1]["seq"]
        place.server.execute(
            f"INSERT INTO izin.lane (site, lane, last) VALUES ('antara', 'mesin', {last + 5})"
        )
        with pytest.raises(SinkError, match="the journal only"):
            await self._position(journal, place)

    async def _position(self, journal, place):
        from gateway.audit.follower import Follower
        from gateway.audit.reader import Reader

        sink = place.sink()
        try:
            await Follower(Reader(journal), sink, place.aside)._position()
        finally:
            await sink.close()
