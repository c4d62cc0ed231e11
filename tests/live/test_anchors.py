"""Anchors: the public path, a file elsewhere, and two time-stamping authorities, one of which is down."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.audit import keys
from gateway.audit.stamps import STAMPS
from gateway.cli.audit import command
from tests import c2sp
from tests.authority import authority, openssl
from tests.engines import need, until
from tests.live import rig


@pytest.fixture(autouse=True)
def _with_openssl():
    need("openssl", "openssl")


def audit(*words, code=0):
    result = CliRunner().invoke(command, [str(one) for one in words])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_checkpoints_reach_their_anchors_and_nothing_waits_for_them(tmp_path, policy, stub):
    journal, elsewhere = tmp_path / "journal", tmp_path / "elsewhere"
    with authority(tmp_path / "tsa") as (address, ca):
        site = policy / "site.yaml"
        down = "http://127.0.0.1:9/tsr"
        anchors = f"audit: {{anchors: [{{file: {elsewhere}}}, {{tsa: '{down}'}}, {{tsa: '{address}'}}]}}\n"
        site.write_text(site.read_text("utf-8") + anchors, "utf-8")
        with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
            refused = gateway.ask("/berita/1", "GPTBot/1.3")
            until(lambda: gateway.events("anchor"), 20, "a time stamp")
            until(lambda: gateway.events("anchor-fault"), 20, "a failure on record")
            assert gateway.warned("not anchored at http://127.0.0.1:9/tsr")
            shown = gateway.ask("/_izin/checkpoint", "Mozilla/5.0 Firefox/142.0")
            assert (shown.status, shown["content-type"]) == (200, "text/plain; charset=utf-8")
            vkey = (journal / keys.PUBLIC).read_text().strip()
            assert c2sp.checkpoint(shown.body.decode(), vkey)[1] >= 3
            until((journal / "site" / "seal" / "checkpoint").exists, 20, "a checkpoint of the site")
            shown = gateway.ask("/_izin/checkpoint/site", "GPTBot/1.3").body.decode()
            assert (
                c2sp.checkpoint(shown, (journal / "site" / keys.PUBLIC).read_text().strip())[0]
                == "izin/koran"
            )
            until(lambda: len(gateway.events("anchor")) == 2, 20, "a time stamp over the site's checkpoint")
        anchored = [one["details"] for one in rig.entries(journal, "event") if one["event"] == "anchor"]
        (stamped,) = [one for one in anchored if "log" not in one]
    kept = elsewhere.read_text("utf-8")
    assert kept.endswith((journal / "seal" / "checkpoint").read_text("utf-8")), "also the last one"

    report = audit("verify", "--journal", journal, "--anchor", elsewhere, "--json")
    assert report["outcome"] == "valid"
    assert [one["kind"] for one in report["vouchers"]] == ["file", "time-stamp"]
    assert report["vouchers"][1]["size"] == stamped["size"]

    site_key = journal / "site" / keys.PUBLIC
    whole = audit("verify", "--journal", journal, "--key", site_key, "--anchor", elsewhere, "--json")
    assert (whole["outcome"], whole["origin"]) == ("valid", "izin/koran")
    assert [one["kind"] for one in whole["vouchers"]] == ["file", "time-stamp"]
    assert [one["size"] for one in whole["lanes"][0]["vouchers"]][-2] == report["last"], "by the site's last"

    out = tmp_path / "proof.zip"
    audit("prove", "--journal", journal, refused["izin-decision"], "--out", out, "--json")
    with zipfile.ZipFile(out) as archive:
        (name,) = [one for one in archive.namelist() if one.startswith("time-stamps/")]
        archive.extractall(tmp_path / "proof")
    assert name.endswith(stamped["file"])
    program = Path(__file__).parents[2] / "docs" / "izin-verify.py"
    words = [sys.executable, program, out, "--key", journal / keys.PUBLIC, "--anchor", elsewhere]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    words = ("ts", "-verify", "-data", "checkpoint.txt", "-in", name, "-CAfile", str(ca))
    openssl(*words, folder=tmp_path / "proof")

    stamp = journal / "seal" / STAMPS / stamped["file"]
    octets = stamp.read_bytes()
    stamp.write_bytes(octets[:-1] + b"x")
    assert audit("verify", "--journal", journal, "--json", code=1)["faults"][0]["wrong"] == "anchor-changed"
    stamp.unlink()
    assert audit("verify", "--journal", journal, "--json", code=3)["faults"][0]["wrong"] == "anchor-missing"
