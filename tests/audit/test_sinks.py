"""The sinks there are, held to what every sink must do."""

import http.server
import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.audit.sinks import SINKS, SinkError, Target, sink_to
from gateway.audit.sinks import memory as memories
from gateway.audit.sinks.set_aside import SetAside
from gateway.cli.audit import command
from gateway.targets import SCHEMES, check_target
from tests.audit.sinks import Refusals, entries
from tests.audit.test_retention import sealed, shown
from tests.engines import eventually


class Place:
    """A place that sinks are made to; ``url`` is its address."""

    def __init__(self, url, folder):
        self.url, self.memory = url, folder / "followers"
        self.aside = SetAside(memories.path_of(self.memory, url))

    def sink(self):
        return sink_to(Target(self.url, self.memory, "rahasia"))


class TestFile(Refusals):
    @pytest.fixture
    def place(self, tmp_path):
        class File(Place):
            def received(self):
                return self.path.read_bytes().splitlines() if self.path.is_file() else []

            def refuse(self, refused):
                if refused:
                    self.path.mkdir()
                else:
                    self.path.rmdir()

        place = File(f"file://{tmp_path}/keluar%20ini.jsonl", tmp_path)
        place.path = tmp_path / "keluar ini.jsonl"
        return place

    async def test_a_line_that_was_cut_short_is_cut_off(self, journal, place):
        await self.ship(journal, place.sink(), most=7)
        whole = place.path.read_bytes()
        place.path.write_bytes(whole[: len(whole) // 2])
        await self.ship(journal, place.sink())
        assert place.path.read_bytes() == whole

    async def test_a_file_that_was_moved_away_is_begun_anew(self, journal, place):
        await self.ship(journal, place.sink())
        place.path.rename(place.path.with_suffix(".1"))
        await self.ship(journal, place.sink())
        assert place.received() == []

    async def test_one_follower_a_file(self, journal, place):
        first, second = place.sink(), place.sink()
        await first.position("antara", "mesin")
        with pytest.raises(SinkError, match="another follower"):
            await second.position("antara", "mesin")
        await first.close()

    async def test_it_is_for_its_owner_alone(self, journal, place):
        await self.ship(journal, place.sink())
        assert place.path.stat().st_mode & 0o777 == 0o600


class TestHttp(Refusals):
    @pytest.fixture
    def place(self, tmp_path):
        seen = []

        class Collector(http.server.BaseHTTPRequestHandler):
            refused = 0
            most = 1 << 30
            #: What refuses a batch for good, if it holds this; None for nothing.
            poison = None

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = Collector.refused or (413 if body.count(b"\n") > Collector.most else 204)
                if Collector.poison is not None and Collector.poison in body:
                    status = 422
                if status == 204:
                    seen.append((dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if status == 307:
                    self.send_header("Location", "https://lain.example/")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()

        class Address(Place):
            collector = Collector
            requests = seen

            def received(self):
                return [line for _, body in seen for line in body.splitlines()]

            def refuse(self, refused):
                Collector.refused = 503 if refused else 0

        yield Address(f"http://127.0.0.1:{server.server_port}/izin?kunci=rahasia", tmp_path)
        server.shutdown()
        server.server_close()
        thread.join()

    async def test_a_request_says_which_entries_it_holds_and_who_asks(self, journal, place):
        await self.ship(journal, place.sink(), most=7)
        fields, body = place.requests[0]
        first, last = (json.loads(body.splitlines()[at])["seq"] for at in (0, -1))
        assert fields["Idempotency-Key"] == f'"antara/mesin/{first}-{last}"'
        assert fields["Authorization"] == "Bearer rahasia"
        assert fields["Content-Type"] == "application/jsonl"
        (kept,) = place.memory.iterdir()
        assert "rahasia" not in kept.read_text()
        assert memories.load(kept, "").lanes == {"mesin": json.loads(place.received()[-1])["seq"]}

    async def test_a_batch_that_is_too_large_is_made_smaller(self, journal, place, monkeypatch):
        monkeypatch.setattr("gateway.audit.follower.FIRST_WAIT", 0.01)
        place.collector.most = 3
        await self.ship(journal, place.sink(), most=40)
        assert len(place.requests) > 10
        place.collector.most = 1 << 30

    def test_an_entry_that_is_refused_holds_nobody_up_and_can_be_offered_again(self, journal, place):
        place.collector.poison = b'"seq":9,'
        words = ["follow", "--journal", str(journal), "--to", place.url, "--once"]
        found = audit(*words, "--json")
        assert (found["behind"], found["set_aside"]) == (0, 1)
        before = [one["seq"] for one in self.got(place)]
        (event,) = [one["details"] for one in shown(journal) if one.get("event") == "set-aside"]
        assert {name: event[name] for name in ("entries", "first", "last", "why")} == {
            "entries": 1,
            "first": 9,
            "last": 9,
            "why": "it answers 422",
        }
        assert "rahasia" not in event["to"]
        place.collector.poison = None
        found = audit(*words, "--json", "--retry-set-aside")
        assert (found["behind"], found["set_aside"]) == (0, 0)
        after = [one["seq"] for one in self.got(place)]
        assert after[: len(before) + 1] == [*before, 9]
        assert len(place.received()) == len(after), "nothing comes twice"

    @pytest.mark.parametrize("status", [401, 403, 404, 408, 429])
    async def test_a_refusal_that_is_not_about_the_entries_is_waited_for(self, journal, place, status):
        place.collector.refused = status
        async with self.following(journal, place) as told:
            await eventually(lambda: told and told[-1].trouble == f"it answers {status}")
        assert not place.aside.whys

    async def test_nobody_is_led_elsewhere(self, place, journal):
        place.collector.refused = 307
        await self.test_a_sink_says_what_is_wrong_and_shows_no_secret(_Still(place))


def audit(*words):
    """What a command of `izin audit` prints."""
    ran = CliRunner().invoke(command, words)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout.splitlines()[-1])


class _Still:
    """A place that refuses already."""

    def __init__(self, place):
        self.sink = place.sink

    def refuse(self, refused):
        pass


@pytest.mark.parametrize(
    "url",
    [
        "",
        "keluar.jsonl",
        "file:keluar",
        "file://keluar",
        "file:///",
        "ftp://a.example/",
        "https://u:p@a.example/",
        "http://a b/",
        "postgresql://u:rahasia@a.example/izin",
        "postgresql://u@a.example/izin?password=rahasia",
    ],
)
def test_no_address(url):
    with pytest.raises(ValueError, match=r"."):
        check_target(url)


def test_a_database_needs_its_client(monkeypatch):
    monkeypatch.setattr("gateway.targets.find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"needs asyncpg: `pip install 'izin\[postgres\]'`"):
        check_target("postgresql://izin@127.0.0.1/izin")


def test_trouble_of_before_is_forgotten_when_there_is_none(tmp_path):
    journal, url = sealed(tmp_path / "journal", entries(3), ()), f"file://{tmp_path}/keluar.jsonl"
    audit("follow", "--journal", str(journal), "--to", url, "--once", "--json")
    path = memories.path_of(journal / "followers", url)
    kept = memories.load(path, url)
    kept.trouble = "no space left"
    memories.save(path, kept)
    audit("follow", "--journal", str(journal), "--to", url, "--once", "--json")
    assert memories.load(path, url).trouble is None


@pytest.mark.parametrize("scheme", SINKS)
def test_every_sink_has_a_file_of_its_own(scheme, tmp_path):
    sink = sink_to(Target(f"{scheme}://{tmp_path}/a", tmp_path))
    module = type(sink).__module__.rpartition(".")[2]
    assert (Path(__file__).parents[2] / "gateway/audit/sinks" / f"{module}.py").is_file()
    assert check_target(f"{scheme}:///a")
    assert tuple(SINKS) == SCHEMES
