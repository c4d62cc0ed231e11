"""Exports: what other programs read is what the journal says, harmless and named by its digest."""

import csv
import hashlib
import io
import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from gateway.audit import pairs
from gateway.audit.export import export, manifest_of
from gateway.audit.folder import machine
from gateway.audit.index import Index
from gateway.audit.query import Query, ask, placed
from gateway.audit.reader import Reader
from gateway.cli.audit import command
from gateway.proxy.ids import Ids
from gateway.record import Compact, printed
from gateway.record.exported import COLUMNS, FORMS
from gateway.told.access_log import Hit, Lines
from gateway.value import changed
from gateway.vocabulary import Level
from tests import journals
from tests.audit.test_retention import sealed
from tests.journals import GPTBOT, REFUSED, decision_entry, exchange, judged

GOLDEN = Path(__file__).parents[1] / "golden" / "journal-v1"
FORMULA = '=HYPERLINK("https://jahat.example","klik")'


@pytest.fixture
def index(tmp_path_factory):
    folder = shutil.copytree(GOLDEN, tmp_path_factory.mktemp("golden") / "journal")
    with closing(Index(Reader(folder))) as index:
        yield index


@pytest.mark.parametrize("form", FORMS)
def test_the_manifest_names_the_file_by_its_digest(index, tmp_path, form):
    out = tmp_path / "keluar"
    found = export(index, Query(verdicts=("deny",)), form, out, pytest.fail)
    octets = out.read_bytes()
    assert found.sha256 == hashlib.sha256(octets).hexdigest()
    assert found.octets == len(octets)
    assert found.entries == sum(1 for _ in ask(index, Query(verdicts=("deny",)))) > 3
    manifest = json.loads(manifest_of(out).read_text("utf-8"))
    assert (manifest["sha256"], manifest["format"], manifest["asked"]) == (
        found.sha256,
        form,
        {"verdict": ["deny"]},
    )
    assert (manifest["site"], manifest["entries"]) == ("antara", found.entries)
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}
    with pytest.raises(FileExistsError):
        export(index, Query(), form, out, pytest.fail)
    assert out.read_bytes() == octets
    again = export(index, Query(verdicts=("deny",)), form, tmp_path / "lagi", pytest.fail)
    assert again.sha256 == found.sha256, "the same question has the same octets"


def test_json_lines_are_those_of_query(index, tmp_path):
    export(index, Query(), "jsonl", tmp_path / "semua", pytest.fail)
    assert [json.loads(line) for line in (tmp_path / "semua").read_text().splitlines()] == list(
        ask(index, Query())
    )


def test_csv_tells_each_decision_with_its_outcome(index, tmp_path):
    export(index, Query(), "csv", tmp_path / "semua.csv", pytest.fail)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "semua.csv").read_bytes().decode(), newline="")))
    decisions = list(ask(index, Query(phases=("decision",))))
    outcomes = {entry["of"]: entry for entry in ask(index, Query(phases=("outcome",)))}
    assert [row["id"] for row in rows] == [entry["id"] for entry in decisions]
    for row, entry in zip(rows, decisions, strict=True):
        outcome = outcomes.get(entry["id"])
        assert row["end"] == ("" if outcome is None else outcome["end"])
        assert row["verdict"] == entry["verdict"]
    assert "complete" in {row["end"] for row in rows}


@pytest.mark.parametrize("window", [0, 3, 20_000])
def test_outcomes_are_found_wherever_they_stand(tmp_path, monkeypatch, window):
    monkeypatch.setattr(pairs, "_WINDOW", window)
    refused = {"identity": GPTBOT, "decision": REFUSED}
    new_id, day = Ids(), 4 * 86_400_000  # ids of that time, which segments are of
    made = [judged(day + number, **(refused if number % 5 == 4 else {})) for number in range(30)]
    every = [exchange(changed(one, id=new_id(one.at))) for one in made]
    late = [outcome for number, (_, outcome) in enumerate(every) if number % 4 == 1]
    entries = [one for number, pair in enumerate(every) for one in (pair[:1] if number % 4 < 2 else pair)]
    journals.write(tmp_path, entries[:20])
    journals.write(tmp_path, [*entries[20:], *late], first=21)  # a fourth has none at all
    with closing(Index(Reader(tmp_path))) as index:
        known = {entry["of"]: entry for entry in ask(index, Query(phases=("outcome",)))}
        for query in (Query(), Query(kinds=("people",), limit=9), Query(verdicts=("deny",))):
            outcomes = pairs.Outcomes(index)
            for place, entry in placed(index, replace(query, phases=("decision",))):
                assert outcomes.of(place, entry["id"]) == known.get(entry["id"])
                assert outcomes.of(place, entry["id"]) == known.get(entry["id"]), "asked for again"
        assert len(known) == 30 - len([n for n in range(30) if n % 4 == 0])


@settings(max_examples=60)
@given(journals.judgements)
def test_no_entry_steers_what_reads_it(judgement):
    made = decision_entry(judgement, Level.WRITTEN, "c2FtYXJhbi1wZW1i")
    entry = printed(made.encode({}) if isinstance(made, Compact) else made, 1, "s", "l", {})
    head, *rows = csv.reader(io.StringIO(FORMS["csv"].head + FORMS["csv"].line(entry, None), newline=""))
    (row,) = rows
    assert len(row) == len(head) == len(COLUMNS) + 3
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) for cell in row)  # noqa: RUF001
    line = FORMS["combined"].line(entry, None)
    assert line.isascii()
    assert line.count("\n") == 1
    assert line.replace("\n", "").isprintable()
    read = Lines().read(line.encode())
    request = entry["request"]
    told = f"{request['method']}{request['target']}"
    # A method with a blank in it, which no request has, cannot be told from its target.
    if isinstance(read, Hit) and request["target"] and told.isascii() and " " not in request["method"]:
        assert (read.method, read.target) == (request["method"], request["target"])


def test_a_formula_is_text():
    judgement = judged(1, identity=GPTBOT, decision=REFUSED, user_agent=FORMULA)
    entry = printed(decision_entry(judgement, Level.DURABLE), 1, "s", "l", {})
    (row,) = csv.reader(io.StringIO(FORMS["csv"].line(entry, None), newline=""))
    assert row[list(COLUMNS).index("user_agent")] == f"'{FORMULA}"


def test_the_log_of_a_web_server_reads_as_one(index, tmp_path):
    export(index, Query(), "combined", tmp_path / "log", pytest.fail)
    lines = (tmp_path / "log").read_bytes().splitlines()
    hits = [hit for line in lines if isinstance(hit := Lines().read(line), Hit)]
    refused = next(hit for hit in hits if hit.user_agent and "GPTBot" in hit.user_agent)
    assert (refused.address, refused.status, refused.octets) == ("203.0.113.7", 403, 1000)


def run(journal, out, *words):
    return CliRunner().invoke(command, ["export", "--journal", str(journal), "--out", str(out), *words])


def test_an_export_is_an_event_of_the_journal(tmp_path):
    folder = journals.write(tmp_path / "journal", exchange(judged(1, identity=GPTBOT, decision=REFUSED)))
    (folder / "lane.json").write_text(json.dumps({"lane": machine(), "site": "antara", "v": 1}), "utf-8")
    ran = run(folder, tmp_path / "a.csv", "--format", "csv", "--address", "203.0.113.7", "--json")
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    with closing(Index(Reader(folder))) as index:
        (event,) = [one for one in ask(index, Query(phases=("event",))) if one["event"] == "export"]
    assert event["details"]["sha256"] == said["sha256"]
    assert event["details"]["asked"] == {"address": 1}, (
        "whose entries were looked for stays out of the journal"
    )
    assert event["details"]["by"].startswith("uid ")
    again = run(folder, tmp_path / "a.csv")
    assert again.exit_code == 1
    assert "tidak menimpa apa pun" in again.stderr


def test_the_manifest_holds_the_newest_checkpoint(tmp_path):
    folder = sealed(tmp_path / "journal", exchange(judged(1)), (2,))
    assert run(folder, tmp_path / "a").exit_code == 0
    found = json.loads((tmp_path / "a.manifest.json").read_text("utf-8"))["checkpoint"]
    assert found.startswith("izin/antara/mesin\n")
    assert (folder / "checkpoints").read_text("utf-8").endswith(found)


def test_a_copy_of_a_journal_is_not_written_to(tmp_path):
    folder = Path(shutil.copytree(GOLDEN, tmp_path / "journal"))
    before = sorted(path.name for path in folder.glob("*.izj"))
    ran = run(folder, tmp_path / "a")
    assert ran.exit_code == 0
    assert "this is a copy" in ran.stderr
    assert sorted(path.name for path in folder.glob("*.izj")) == before


def test_what_cannot_be_written_whole_is_not_there(index, tmp_path):
    def interrupted(_, __):
        raise KeyboardInterrupt

    folder = journals.write(tmp_path / "j", [e for n in range(600) for e in exchange(judged(n))])
    with closing(Index(Reader(folder))) as many, pytest.raises(KeyboardInterrupt):
        export(many, Query(), "jsonl", tmp_path / "setengah", pytest.fail, interrupted)
    assert not list(tmp_path.glob("*setengah*"))
