"""A person is erased while the gateway runs: the decision stays, and every proof that was handed over before."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.live import rig

PROGRAM = Path(__file__).parents[2] / "docs" / "izin-verify.py"
WHO, OTHER = "127.0.9.7", "127.0.9.8"
AGENT = "GPTBot/1.3 (budi@contoh.example)"


def checked(file, key):
    """What the other side's program says of a file."""
    words = [sys.executable, PROGRAM, file, "--key", key]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout


def test_whom_a_crawler_was_is_erased_and_what_it_did_stays(tmp_path, policy, stub):
    journal = tmp_path / "journal"
    with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
        asked = [gateway.ask("/berita/1", AGENT, source=who) for who in (WHO, OTHER)]
        assert [one.status for one in asked] == [403, 403]
        id, other = (one["izin-decision"] for one in asked)
        before = gateway.decision(asked[0])
        assert (before["client"]["address"], before["request"]["user_agent"]) == (WHO, AGENT)
        gateway.izin("audit", "prove", id, "--out", str(tmp_path / "before.zip"))
        assert "1 are in the segment" in gateway.izin(
            "audit", "erase", "--address", WHO, "--why", "permintaan 7"
        )

    with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
        erased = json.loads(
            gateway.izin("audit", "erase", "--address", WHO, "--why", "permintaan 7", "--json")
        )
        assert (erased["cleared"], erased["entries"], erased["waiting"]) == (1, 0, 0)
        assert (
            gateway.izin("audit", "query", "--address", WHO, "--phase", "decision")
            == "Tidak ada catatan yang cocok.\n"
        )
        assert other[-8:] in gateway.izin("audit", "query", "--address", OTHER, "--phase", "decision")
        told = gateway.izin("audit", "show", id, "--lang", "en")
        assert "erased: the entry keeps a commitment to it" in told
        assert "uses.ai-train" in told
        after = next(one for one in gateway.entries("decision") if one["id"] == id)
        for name in ("identity", "verdict", "rule", "reasons", "policy", "terms", "committed", "time"):
            assert after[name] == before[name]
        assert not [one for one in journal.rglob("*") if one.is_file() and holds(one)]
        assert "the same" in gateway.izin("audit", "show", other, "--replay", "--lang", "en")
        repeated = rig.izin(
            "audit", "show", id, "--replay", "--lang", "en", code=1, IZIN_JOURNAL=str(journal)
        )
        assert "erased who asked" in repeated
        replayed = json.loads(gateway.izin("replay", str(policy), str(journal), "--json"))
        assert (replayed["unreplayable"], replayed["changed"]) == (1, 0)
        gateway.izin("audit", "prove", id, "--out", str(tmp_path / "after.zip"))
        verified = json.loads(gateway.izin("audit", "verify", "--json"))
        assert (verified["outcome"], verified["counts"]["erased"]) == ("valid", 1)
        assert verified["counts"]["opened"] >= 1

    said = [checked(tmp_path / f"{name}.zip", journal / "public.vkey") for name in ("before", "after")]
    assert [one.startswith("VALID") for one in said] == [True, True]
    assert "1 entries commit to personal values: 1 are laid open" in said[0]
    assert "1 entries commit to personal values: 0 are laid open" in said[1]
    entries = [
        zipfile.ZipFile(tmp_path / f"{name}.zip").read("entries.jsonl") for name in ("before", "after")
    ]
    assert entries[0] == entries[1]


def holds(path):
    octets = path.read_bytes()
    return WHO.encode() in octets or bytes(map(int, WHO.split("."))) in octets
