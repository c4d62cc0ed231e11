"""The key of the seal: handed over by the old one, also when that stopped halfway, and adopted by a statement."""

import json

import pytest
from click.testing import CliRunner

from gateway.audit import keys
from gateway.audit.lane import Lane
from gateway.cli.audit import command
from gateway.seal.note import sign, split_note
from gateway.seal.report import Outcome
from gateway.vocabulary import Level
from tests.audit.test_verification import lane, verify, write


def audit(*words, code=0):
    result = CliRunner().invoke(command, [str(one) for one in words])
    assert result.exit_code == code, result.output
    return result.stdout


def test_whoever_holds_the_first_key_verifies_on(tmp_path):
    journal, held = tmp_path / "journal", tmp_path / "held"
    write(journal, entries=5, sealed=True)
    held.write_text((journal / keys.PUBLIC).read_text())
    old = keys.read_secret((journal / keys.KEY).read_text())
    told = json.loads(audit("rotate-key", "--journal", journal, "--json"))
    assert told["old"] == held.read_text().strip()
    assert told["new"] == (journal / keys.PUBLIC).read_text().strip()
    assert (journal / keys.KEY).stat().st_mode & 0o777 == 0o600
    running = lane(journal)
    again = running.rotate_key()
    running.append(b'["later"]', Level.DURABLE)
    running.close()
    assert again["old"] == told["new"]
    report = verify(journal, held)
    assert [key for key, _ in report.keys] == [told["old"], told["new"], again["new"]]
    assert {fault.wrong for fault in report.faults} == {"text-missing"}, "nothing about keys"
    newest = (journal / "seal" / "checkpoint").read_text("utf-8")
    (journal / "seal" / "checkpoint").write_text(sign(split_note(newest)[0], old), "utf-8")
    assert "key-unknown" in {fault.wrong for fault in verify(journal, held).faults}, "its time is over"
    (journal / "seal" / "checkpoint").write_text(newest, "utf-8")
    (journal / keys.HAND_OVERS).unlink()
    report = verify(journal, held)
    assert report.outcome is Outcome.INCOMPLETE
    assert "key-unknown" in {fault.wrong for fault in report.faults}


@pytest.mark.parametrize("named", [True, False])
def test_a_hand_over_that_stopped_halfway_is_finished_or_forgotten(tmp_path, named):
    lane(tmp_path).close()
    old = (tmp_path / keys.PUBLIC).read_text().strip()
    before = (tmp_path / keys.KEY).read_bytes()
    lane(tmp_path).close()
    running = lane(tmp_path)
    new = running.rotate_key()["new"]
    running.close()
    (tmp_path / keys.KEY).rename(tmp_path / keys.NEXT)
    (tmp_path / keys.KEY).write_bytes(before)
    if not named:
        (tmp_path / keys.HAND_OVERS).unlink()
    lane(tmp_path).close()
    assert (tmp_path / keys.PUBLIC).read_text().strip() == (new if named else old)
    assert not (tmp_path / keys.NEXT).exists()


def test_an_unsealed_journal_has_no_key_to_change(tmp_path):
    one = Lane(tmp_path, site="s", new_id=lambda at: "x" * 26, reserve=0, sealed=False)
    with pytest.raises(Exception, match="not sealed"):
        one.rotate_key()
    one.close()


def test_the_statement_names_the_key_in_both_languages(tmp_path):
    lane(tmp_path).close()
    text = audit("declare-key", "--journal", tmp_path, "--holder", "PT Contoh\x1b[2J")
    assert text.count((tmp_path / keys.PUBLIC).read_text().strip()) == 2
    assert "bahasa Indonesia ini yang berlaku" in text
    assert "Indonesian text governs" in text
    assert "\x1b" not in text
    audit("declare-key", "--journal", tmp_path / "none", code=2)
