"""The seal as an auditor meets it: a gateway's journal verified while it is written, after a crash, and when it was changed."""

import json
import shutil

from click.testing import CliRunner

from gateway.audit import keys, segment
from gateway.cli.audit import command
from tests.engines import until
from tests.live import rig

READER, AI = "Mozilla/5.0 Firefox/142.0", "GPTBot/1.3"


def verify(journal, *flags, code=0):
    result = CliRunner().invoke(command, ["verify", "--journal", str(journal), "--json", *map(str, flags)])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_journal_is_verified_by_whoever_kept_a_checkpoint(tmp_path, policy, stub):
    journal, key, anchor = tmp_path / "journal", tmp_path / "public.vkey", tmp_path / "anchor"
    with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
        for number in range(20):
            gateway.ask(f"/berita/{number}", READER if number % 2 else AI)
        until((journal / "seal" / "checkpoint").exists, 20, "a checkpoint")
        report = verify(journal)
        assert report["outcome"] == "valid"
        assert report["counts"]["texts"] >= 3
        gateway.program.process.kill()
        gateway.program.wait()
    assert verify(journal)["outcome"] == "valid"
    shutil.copy(journal / keys.PUBLIC, key)
    with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
        gateway.ask("/", AI)
        words = ["rotate-key", "--journal", str(journal), "--json"]
        rotated = CliRunner().invoke(command, words)
        assert rotated.exit_code == 0, rotated.output
        assert gateway.ask("/", AI).status == 403, "nobody waits for the new key"
    assert json.loads(rotated.stdout)["old"] == key.read_text().strip()
    assert json.loads(rotated.stdout)["new"] == (journal / keys.PUBLIC).read_text().strip()
    shutil.copy(journal / "seal" / "checkpoint", anchor)
    report = verify(journal, "--key", key, "--anchor", anchor)
    assert (report["outcome"], report["counts"]["unclean_stops"]) == ("valid", 1)
    assert report["sealed"] == report["last"] == report["vouchers"][0]["size"]
    assert (len(report["keys"]), report["counts"]["key_changes"]) == (2, 1)

    (path, *_) = [journal / name for name in segment.segments(one.name for one in journal.iterdir())]
    octets = bytearray(path.read_bytes())
    at = octets.index(b"GPTBot")
    octets[at : at + 6] = b"Others"
    path.chmod(0o640)
    path.write_bytes(octets)
    report = verify(journal, "--anchor", anchor, code=1)
    fault = report["faults"][0]
    assert (report["outcome"], fault["file"]) == ("broken", path.name)
    assert fault["offset"] <= at
    told = CliRunner().invoke(command, ["verify", "--journal", str(journal), "--lang", "en"])
    assert "BROKEN" in told.stdout
    assert f"entry {fault['seq']}" in told.stdout or f"entries {fault['seq']} to" in told.stdout
    path.unlink()
    assert verify(journal, code=3)["faults"][0]["wrong"] == "segment-missing"


def test_wrong_usage(tmp_path):
    result = CliRunner().invoke(command, ["verify", "--journal", str(tmp_path)])
    assert result.exit_code == 2
    assert "hint" in result.output
    lane = tmp_path / "0"
    lane.mkdir()
    (lane / "lane.json").write_text("{}")
    result = CliRunner().invoke(command, ["verify", "--journal", str(tmp_path)])
    assert (result.exit_code, str(lane) in result.output) == (2, True)
