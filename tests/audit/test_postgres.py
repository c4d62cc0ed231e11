"""The sink of PostgreSQL, held to what every sink must do, against a real server that fails in every way."""

import asyncio
import gc
import json
from datetime import datetime

import asyncpg
import pytest

from gateway.audit.follower import Follower
from gateway.audit.reader import Reader
from gateway.audit.sinks import Batch, Row, SinkError
from gateway.audit.sinks.columns import COLUMNS
from gateway.record import outcome_entry
from tests.audit.copies import Databases, izin_audit
from tests.audit.sinks import Dying, Refusing
from tests.audit.test_retention import sealed, shown
from tests.audit.test_sinks import Place
from tests.engines import eventually, until
from tests.postgres import postgres

_EVERY = "SELECT entry::text AS line FROM izin.entry WHERE phase IS NOT NULL ORDER BY xmin::text::bigint, seq"


@pytest.fixture(scope="module")
def server():
    with postgres() as server:
        yield server


class Database(Place):
    """A database without our tables."""

    def __init__(self, server, folder):
        super().__init__(server.url, folder)
        self.server = server
        server.execute("DROP SCHEMA IF EXISTS izin CASCADE")

    def received(self):
        there = self.server.execute("SELECT to_regclass('izin.entry') IS NOT NULL")[0][0]
        return [row["line"].encode() for row in self.server.execute(_EVERY)] if there else []

    def refuse(self, refused):
        self.server.execute(
            f"ALTER DATABASE izin SET default_transaction_read_only = {'on' if refused else 'off'}",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'izin'",
            database="postgres",
        )

    def spoil(self, seq):
        self.server.execute(f"UPDATE izin.entry SET payload = '[\"x\",1]' WHERE seq = {seq}")

    def lose(self, seq):
        self.server.execute(f"DELETE FROM izin.entry WHERE seq = {seq}")

    def plant(self, name):
        self.server.execute(f"INSERT INTO izin.file VALUES ('antara', 'mesin', '{name}', 'x')")

    def traces(self, text):
        rows = self.server.execute(
            "SELECT encode(payload, 'escape') || coalesce(entry::text, '') FROM izin.entry"
        )
        return sum(text in row[0] for row in rows)


class TestPostgres(Databases):
    @pytest.fixture
    def place(self, tmp_path, server):
        place = Database(server, tmp_path)
        yield place
        place.refuse(False)

    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch):
        monkeypatch.setattr("gateway.audit.follower.FIRST_WAIT", 0.02)

    def mark(self, place):
        return place.server.execute("SELECT last FROM izin.lane")[0][0]

    async def test_each_member_that_people_ask_for_has_its_column(self, journal, place):
        await self.ship(journal, place.sink())
        rows = place.server.execute("SELECT * FROM izin.entry ORDER BY seq")
        payloads = [entry.payload for entry in Reader(journal).entries()]
        assert [row["payload"] for row in rows] == payloads
        refused = next(row for row in rows if row["verdict"] == "deny")
        said = json.loads(refused["entry"])
        assert {name: refused[name] for name in ("agent", "operator", "rule", "host", "path", "policy")} == {
            "agent": "GPTBot",
            "operator": said["identity"]["operator"],
            "rule": said["rule"],
            "host": said["request"]["host"],
            "path": said["request"]["target"],
            "policy": said["policy"],
        }
        assert refused["time"] == datetime.fromisoformat(said["time"])
        outcome = next(row for row in rows if row["decision"] == said["id"])
        assert (outcome["phase"], outcome["outcome"]) == ("outcome", "complete")
        assert set(COLUMNS) <= set(rows[0].keys())
        days = place.server.execute("SELECT sum(decisions) FROM izin.daily WHERE verdict = 'deny'")
        assert days[0][0] == sum(row["verdict"] == "deny" for row in rows)

    async def test_a_server_that_is_killed_in_a_batch_loses_nothing(self, journal, place):
        async with self.following(journal, place, most=3) as told:
            await eventually(lambda: told and told[-1].shipped > 6)
            place.server.kill()
            await eventually(lambda: told[-1].trouble is not None, 30)
            place.server.start()
            await eventually(lambda: told[-1].behind == 0 and told[-1].trouble is None, 30)
        assert self.got(place) == shown(journal)
        assert len(place.received()) == len(shown(journal)), "nothing stands there twice"

    async def test_a_server_that_says_goodbye_between_two_statements_leaves_nothing_behind(self, place):
        """The loop learns of an answer and of the end at once, and is in the midst of a batch."""
        sink, server = place.sink(), place.server
        rows = [Row(seq, 1, "2026-11-23T10:00:00Z", b"", b"[%d]" % seq) for seq in (1, 2)]
        await sink.append(Batch("antara", "mesin", (rows[0],)))
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}'"
        state = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'izin' AND {}"
        holding = await asyncpg.connect(server.url, server_settings={"application_name": "uji"})
        await holding.execute("BEGIN; LOCK TABLE izin.entry")
        appending = asyncio.create_task(sink.append(Batch("antara", "mesin", (rows[1],), 1)))
        await eventually(lambda: server.execute(state.format("wait_event_type = 'Lock'"))[0][0])
        server.execute(others.format("uji"))
        until(lambda: server.execute(state.format("state = 'idle in transaction'"))[0][0])
        server.execute(others.format("izin"))
        until(lambda: not server.execute(state.format("true"))[0][0])
        with pytest.raises(SinkError):
            await appending
        holding.terminate()
        gc.collect()  # whatever nobody waits for any more is told of now, and fails this test
        await sink.append(Batch("antara", "mesin", (rows[1],), 1))
        await sink.close()
        assert [row["seq"] for row in server.execute("SELECT seq FROM izin.entry ORDER BY seq")] == [1, 2]

    async def test_a_slow_or_full_server_is_waited_for(self, journal, place, monkeypatch):
        await self.ship(journal, Dying(place.sink(), 0, after=True), most=1000)
        place.server.execute("TRUNCATE izin.entry, izin.lane")
        slow = "PERFORM pg_sleep(2)"
        full = "RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'"
        for patience, fault, said in (
            (0.3, slow, "no answer in time"),
            (30.0, full, "No space left on device (53100)"),
        ):
            monkeypatch.setattr("gateway.audit.sinks.postgres_connection.PATIENCE", patience)
            place.server.execute(
                f"CREATE OR REPLACE FUNCTION izin.fault() RETURNS trigger AS $$ BEGIN {fault}; RETURN NEW; END $$ LANGUAGE plpgsql",
                "CREATE OR REPLACE TRIGGER fault BEFORE UPDATE ON izin.lane FOR EACH ROW EXECUTE FUNCTION izin.fault()",
            )
            async with self.following(journal, place) as told:
                await eventually(lambda: told and said in (told[-1].trouble or ""), 30)  # noqa: B023
                assert told[-1].behind > 40
        assert not place.aside.whys
        place.server.execute("DROP TRIGGER fault ON izin.lane")
        await self.ship(journal, place.sink())
        assert self.got(place) == shown(journal)

    async def test_a_database_put_back_from_a_backup_gets_again_what_it_forgot(self, journal, place):
        async with self.following(journal, place, most=5) as told:
            await eventually(lambda: told and told[-1].behind == 0, 30)
            place.server.execute("DELETE FROM izin.entry WHERE seq > 12", "UPDATE izin.lane SET last = 12")
            await asyncio.to_thread(sealed, journal, [outcome_entry("0" * 26, 1, 200, 5, "complete")], (1,))
            await eventually(lambda: any("shipped again" in (one.trouble or "") for one in told), 30)
            await eventually(lambda: told[-1].behind == 0 and told[-1].trouble is None, 30)
        assert self.got(place) == shown(journal)

    async def test_a_mark_beyond_the_journal_or_another_entry_is_said_and_nothing_skipped(
        self, journal, place
    ):
        await self.ship(journal, place.sink())
        last = self.mark(place)
        place.server.execute(f"UPDATE izin.lane SET last = {last + 1}")
        async with self.following(journal, place) as told:
            await eventually(lambda: told and told[-1].trouble, 30)
            assert told[-1].trouble.startswith(
                f"it has {last + 1} entries of this lane and the journal only {last}"
            )
        place.server.execute(
            "UPDATE izin.lane SET last = 5", "UPDATE izin.entry SET leaf = sha256('lain') WHERE seq = 9"
        )
        async with self.following(journal, place) as told:
            await eventually(lambda: told and told[-1].trouble, 30)
            assert told[-1].trouble == "it has another entry under the number 9 of this lane"

    async def test_what_is_set_aside_is_nothing_that_the_database_forgot(self, journal, place):
        every, told = shown(journal), []
        sink = Refusing(place.sink(), [every[0]["seq"], every[9]["seq"]])
        await Follower(Reader(journal), sink, place.aside, told.append, most=8).run(once=True)
        await sink.close()
        assert not [one.trouble for one in told if one.trouble]
        assert len(self.got(place)) == len(every) - 2

    async def test_a_month_that_somebody_dropped_is_made_again_when_it_is_needed(self, place):
        sink = place.sink()
        rows = [Row(seq, 1, "2026-11-23T10:00:00Z", b"", b"[%d]" % seq) for seq in (1, 2)]
        await sink.append(Batch("antara", "mesin", (rows[0],)))
        place.server.execute("DROP TABLE izin.entry_2026_11")
        with pytest.raises(SinkError, match="no partition"):
            await sink.append(Batch("antara", "mesin", (rows[1],), 1))
        await sink.append(Batch("antara", "mesin", (rows[1],), 1))
        await sink.close()
        assert [row["seq"] for row in place.server.execute("SELECT seq FROM izin.entry")] == [2]

    async def test_text_that_no_column_takes_is_taken(self, place):
        line = json.dumps(
            {
                "time": "2026-11-23T10:00:00Z",
                "phase": "event",
                "id": "\0",
                "event": "a\\u0000\0",
                "reasons": ["\0"],
            }
        )
        sink = place.sink()
        row = Row(1, 1, "2026-11-23T10:00:00Z", line.encode(), b"\0\xff" * 40)
        await sink.append(Batch("antara", "mesin", (row,)))
        odd = Row(2, 1, "gestern", b"", b"\0")
        await sink.append(Batch("antara", "mesin", (odd,), 1))
        huge = line.replace('"phase"', f'"status":{2**40},"phase"').encode()
        with pytest.raises(SinkError) as found:
            await sink.append(Batch("antara", "mesin", (Row(3, 1, "", huge, b"[]"),), 2))
        assert found.value.refused
        assert str(2**40) not in str(found.value), "an operator's log has no values"
        await sink.close()
        rows = place.server.execute("SELECT * FROM izin.entry ORDER BY seq")
        assert (rows[0]["id"], json.loads(rows[0]["entry"])["event"]) == ("\ufffd", "a\\u0000\ufffd")
        assert rows[0]["payload"] == b"\0\xff" * 40
        assert (rows[1]["phase"], rows[1]["time"].year) == (None, 1970)

    async def test_columns_that_somebody_made_others_are_said(self, journal, place, tmp_path):
        await self.ship(journal, place.sink())
        place.server.execute("ALTER TABLE izin.note ALTER COLUMN number TYPE text")
        code, _, said = izin_audit("fetch", place.url, "--out", tmp_path / "note")
        assert (code, "its answer is not understood" in said) == (1, True)
        place.server.execute("ALTER TABLE izin.lane ALTER COLUMN last TYPE text")
        sink = place.sink()
        with pytest.raises(SinkError, match="not understood"):
            await sink.position("antara", "mesin")
        await sink.close()

    async def test_tables_of_another_version_are_left_alone(self, journal, place):
        sink = place.sink()
        await sink.position("antara", "mesin")
        await sink.close()
        place.server.execute("INSERT INTO izin.version VALUES (2)")
        with pytest.raises(SinkError, match="version 2, and only version 1"):
            await place.sink().position("antara", "mesin")
