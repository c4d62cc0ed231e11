"""What every sink must do that is a copy of the whole journal: `Copies` is inherited by the tests of each database."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from gateway.audit import site_log
from gateway.audit.erasure import Whose, erase
from gateway.audit.follower import ship_again
from gateway.audit.lane import Lane
from gateway.audit.reader import Reader
from gateway.audit.receipt import Item
from gateway.audit.texts import Texts
from gateway.cli.audit import command
from gateway.proxy.ids import Ids
from gateway.record import event_entry
from gateway.vocabulary import Level
from tests import journals
from tests.audit.sinks import Conformance, entries
from tests.audit.test_golden import JOURNALS
from tests.audit.test_retention import run, shown


def izin_audit(*words):
    """A command of `izin audit`, from within a loop too: its exit code, what it printed as JSON, and all that it wrote."""
    with ThreadPoolExecutor(1) as thread:
        ran = thread.submit(CliRunner().invoke, command, [*map(str, words), "--json"]).result()
    lines = ran.stdout.splitlines()
    return ran.exit_code, json.loads(lines[-1]) if lines else None, ran.output


def verified(folder):
    """What a verification says, but for how long it took."""
    code, report, _ = izin_audit("verify", "--journal", folder)
    return code, {name: it for name, it in report.items() if "cpu" not in name and "second" not in name}


def record(folder, event, details):
    """An event of the gateway's in a journal that none writes."""
    lane = Lane(folder, site="antara", new_id=Ids())
    lane.append(event_entry("0" * 26, 1, event, details), Level.DURABLE)
    lane.close()


class Copies(Conformance):
    """Beside what `Conformance` asks for, a place has ``spoil(seq)`` of an entry, and ``traces(text)``: in how many places a text
    stands."""

    @pytest.fixture
    def whole(self, journal):
        """A journal with a text and a log of the site."""
        Texts(journal).keep({journals.TERMS: journals.MANIFEST})
        site_log.join(journal)
        return journal

    def fetched(self, place, out):
        shutil.rmtree(out, ignore_errors=True)
        return izin_audit("fetch", place.url, "--out", out)

    async def test_the_journal_is_made_again_octet_by_octet(self, whole, place, tmp_path):
        await self.ship(whole, place.sink(), most=9)
        code, said, _ = self.fetched(place, tmp_path / "again")
        assert (code, said["entries"], said["troubles"]) == (0, len(shown(whole)), [])
        assert shown(tmp_path / "again") == shown(whole)
        assert verified(tmp_path / "again") == verified(whole)
        for path in (
            *tmp_path.glob("again/*.izj"),
            *tmp_path.glob("again/texts/*"),
            *tmp_path.glob("again/site/*"),
        ):
            if path.is_file():
                original = (whole / path.relative_to(tmp_path / "again")).read_bytes()
                assert original.startswith(path.read_bytes()), "behind it is room set aside"
        secrets = [
            path for path in tmp_path.glob("again/**/*") if path.name.startswith(("seal.key", "pseudonym"))
        ]
        assert not secrets

    async def test_what_is_changed_in_the_copy_shows_by_the_copy_alone(self, whole, place, tmp_path):
        await self.ship(whole, place.sink())
        place.spoil(9)
        assert self.fetched(place, tmp_path / "spoilt")[0] == 0
        code, report = verified(tmp_path / "spoilt")
        assert (code, report["faults"][0]["wrong"], report["faults"][0]["seq"]) == (1, "root", 1)

    async def test_what_goes_from_the_journal_goes_from_the_copy(self, whole, place, tmp_path):
        await self.ship(whole, place.sink())
        assert place.traces("203.0.113.7")
        held = []

        def said(details):
            record(whole, "removal", details)

        # One by one: the crawler's values, then its entries as a whole; then all readers, by retention.
        erase(whole, Whose(("203.0.113.7",)), (), "diminta", said)
        await self.ship(whole, place.sink())
        assert not place.traces("203.0.113.7")
        _, events = run(whole, 31)
        assert sum(event["entries"] for event in events) > 10
        held += events
        for details in events:
            record(whole, "removal", details)
        await self.ship(whole, place.sink(), most=5)
        assert sorted(self.got(place), key=lambda one: one["seq"]) == shown(whole)
        assert self.fetched(place, tmp_path / "again")[0] == 0
        assert verified(tmp_path / "again") == verified(whole)

    async def test_several_hosts_come_together_and_are_verified_as_one_site(self, place, tmp_path):
        """One of them signs for the site, and knows the other's heads, not its entries."""
        from gateway.audit import joined
        from tests.audit.test_joined import URL, Host
        from tests.audit.test_site_log import write

        write(tmp_path / "a", "a")
        write(tmp_path / "b", "b", entries=30)
        await joined.look(tmp_path / "a", "s", URL, Host(tmp_path / "b"))
        site_log.join(tmp_path / "a")
        await self.ship(tmp_path / "a", place.sink())
        _, said, _ = self.fetched(place, tmp_path / "one")
        assert said["lane"] == "a"
        assert verified(tmp_path / "one")[0] == 0, "one lane stands by itself"
        sink = place.sink()
        await sink.position("s", "b")
        await self.ship(tmp_path / "b", sink)
        assert self.fetched(place, tmp_path / "whole")[0] == 0
        code, report = verified(tmp_path / "whole")
        assert (code, report["outcome"]) == (0, "valid")
        assert [lane["lane"] for lane in report["lanes"]] == ["a", "b"]

    async def test_entries_of_every_version_stand_side_by_side(self, place, tmp_path):
        """As while hosts are upgraded one after the other; also of a version that this one cannot read yet."""
        later = b'{"at":1795000000000000,"id":"01KBBFZ9M0000000000000099","phase":"ramalan","v":99}'
        for folder in JOURNALS:
            old = shutil.copytree(folder, tmp_path / folder.name)
            (old / "lane.json").write_text(json.dumps({"v": 1, "site": "antara", "lane": folder.name}))
            await self.ship(old, place.sink(), most=100)
        lane = Lane(tmp_path / "baru", site="antara", name="baru", new_id=Ids())
        lane.extend([Item(one, Level.DURABLE) for one in (later, entries(1)[0])], None)
        lane.close()
        await self.ship(tmp_path / "baru", place.sink())
        assert self.fetched(place, tmp_path / "whole")[0] == 0
        for folder in JOURNALS:
            lines = (folder / "printed.jsonl").read_text("utf-8").splitlines()
            assert shown(tmp_path / "whole" / folder.name) == [json.loads(line) for line in lines]
        payloads = [entry.payload for entry in Reader(tmp_path / "whole" / "baru").entries()]
        assert payloads == [entry.payload for entry in Reader(tmp_path / "baru").entries()]
        assert later in payloads

    async def test_no_checkpoint_is_over_more_than_the_copy_has(self, whole, place, tmp_path):
        """So a copy is sound whenever it is looked at, also while a backlog is shipped."""
        from gateway.audit.copying import Copying
        from gateway.audit.sinks import Batch
        from gateway.audit.tail import Tail

        sink, tail = place.sink(), Tail(Reader(whole), 0, whole=True)
        copying = Copying(Reader(whole), sink, "antara", "mesin", 100)
        for most in (1, 7, 9, 100):
            rows = tail.read(most)
            await copying.begin({row.segment for row in rows})
            await sink.append(Batch("antara", "mesin", tuple(rows), tail.shipped))
            tail.shipped = rows[-1].seq
            await copying.round(tail.shipped)
            assert self.fetched(place, tmp_path / "again")[0] == 0
            code, report = verified(tmp_path / "again")
            assert code == 3, "texts of tests are missing"
            assert {fault["wrong"] for fault in report["faults"]} <= {"text-missing", "unsealed"}
            assert report["last"] == tail.shipped
        assert report["sealed"] == verified(whole)[1]["sealed"]
        await sink.close()


class Databases(Copies):
    """Tests for a copy that is fetched. A place has ``lose(seq)`` of an entry and ``plant(name)`` of a file too."""

    async def test_what_a_database_lost_in_silence_is_shipped_again_when_it_is_compared(self, whole, place):
        await self.ship(whole, place.sink())
        for seq in (1, 12, 13):
            place.lose(seq)
        await self.ship(whole, place.sink())
        assert len(self.got(place)) == len(shown(whole)) - 3, "it had acknowledged them, so nobody looks"
        sink = place.sink()
        assert [await ship_again(Reader(whole), sink) for _ in range(2)] == [3, 0]
        await sink.close()
        assert sorted(self.got(place), key=lambda one: one["seq"]) == shown(whole)

    async def test_what_is_missing_or_planted_is_named_when_it_is_fetched(self, whole, place, tmp_path):
        await self.ship(whole, place.sink())
        place.lose(12)
        place.plant("../../keluar")
        code, _, output = self.fetched(place, tmp_path / "lost")
        assert code == 1
        assert "entries 12 to 12 are missing" in output
        assert "a file `../../keluar`, which no journal has" in output
        assert not (tmp_path.parent / "keluar").exists()
        assert verified(tmp_path / "lost")[0] == 1
        assert izin_audit("fetch", place.url, "--out", whole)[0] == 2, "nothing is overwritten"
        assert "no such lane" in izin_audit("fetch", place.url, "--out", tmp_path / "b", "--lane", "lain")[2]
