"""A journal of an older version is written on; one of a newer version is not, and nothing of it is taken for damage."""

import json
import shutil
from itertools import count
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from gateway.audit import segment
from gateway.audit.lane import Lane
from gateway.audit.reader import Damage, Reader
from gateway.audit.receipt import JournalError
from gateway.cli import main
from gateway.record import FORM, event_entry
from gateway.vocabulary import Level
from tests.audit.test_golden import JOURNALS


def write(folder, site=None):
    numbers = count(1)
    lane = Lane(folder, site=site, new_id=lambda at: f"{next(numbers):026}", reserve=0)
    lane.append(event_entry("x" * 26, 1, "policy", {}), Level.DURABLE)
    lane.close()


@pytest.mark.parametrize("folder", JOURNALS, ids=lambda folder: folder.name)
def test_a_journal_of_each_version_is_written_on(folder, tmp_path):
    before = [json.loads(line) for line in (folder / "printed.jsonl").read_text("utf-8").splitlines()]
    journal = Path(shutil.copytree(folder, tmp_path / "journal"))
    write(journal)
    found = list(Reader(journal).printed())
    assert not [one for one in found if isinstance(one, Damage)]
    entries = [entry for _, entry in found]
    assert entries[: len(before)] == before
    new = [entry["seq"] for entry in entries[len(before) :]]
    assert new == list(range(before[-1]["seq"] + 1, new[-1] + 1))
    assert entries[-1]["event"] == "stop"
    last = max(journal.glob("*.izj"))
    assert segment.read_header(last.read_bytes())[0].form == FORM
    shipped = tmp_path / "shipped.jsonl"
    words = ["audit", "follow", "--journal", str(journal), "--to", f"file://{shipped}", "--once"]
    assert CliRunner().invoke(main, words).exit_code == 0
    followed = [json.loads(line) for line in shipped.read_bytes().splitlines()]
    assert [entry["seq"] for entry in followed] == [entry["seq"] for entry in entries], "of both versions"


def said_by(octets, **more):
    header, end = segment.read_header(octets)
    said = msgspec.to_builtins(header) | more
    return segment.begin(msgspec.convert(said, segment.Header)) + octets[end:]


@pytest.mark.parametrize("change", ["form", "version", "magic", "lane"])
def test_one_of_a_newer_version_is_left_alone(change, tmp_path):
    journal = tmp_path / "journal"
    write(journal, "s")
    last, lane = max(journal.glob("*.izj")), journal / "lane.json"
    octets = last.read_bytes()
    last.chmod(0o640)
    match change:
        case "form":
            last.write_bytes(said_by(octets, form=FORM + 1, software="9.1"))
        case "version":
            last.write_bytes(said_by(octets, v=2, software="9.1"))
        case "magic":
            last.write_bytes(octets.replace(b"izin-journal/1", b"izin-journal/2", 1))
        case "lane":
            lane.write_text(json.dumps(json.loads(lane.read_text()) | {"v": 2}))
    before = {path: path.read_bytes() for path in journal.rglob("*") if path.is_file()}
    with pytest.raises(JournalError, match="was written by a newer version of Izin") as caught:
        write(journal, "s")
    assert ("9.1" in str(caught.value)) == (change in {"form", "version"})
    assert "start that version again" in caught.value.hint
    assert {path: path.read_bytes() for path in journal.rglob("*") if path.is_file()} == before


def test_a_damaged_one_is_not_called_newer(tmp_path):
    write(tmp_path / "journal", "s")
    last = max((tmp_path / "journal").glob("*.izj"))
    last.chmod(0o640)
    last.write_bytes(b"izin-journal/x\n" + last.read_bytes()[15:])
    write(tmp_path / "journal", "s")
