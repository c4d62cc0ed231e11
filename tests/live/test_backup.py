"""A journal is backed up while the gateway writes, what is erased goes from the backup too, and another machine goes on from it."""

import json

from tests.live import rig
from tests.live.test_service import asking
from tests.live.test_workers import further

READER, AI = "Mozilla/5.0 Firefox/142.0", "GPTBot/1.3"
WHO = "127.0.9.7"
#: What is left where it is: it lives for a process or a day alone, is made anew, or is fetched again.
LEFT = {
    *("lock", "writer.sock", "lane.sock", "reserve", "rewriting.lock", "pseudonym.key"),
    *(
        "rates",
        "quotas",
        "retention.json",
        "headlines.json",
        "index.sqlite",
        "index.sqlite-shm",
        "index.sqlite-wal",
    ),
    *("lists", "directories", "console.sqlite"),
}


def test_a_journal_goes_to_another_machine(tmp_path, policy, stub):
    out, moved = tmp_path / "backup", tmp_path / "moved"

    def back_up():
        return json.loads(
            rig.izin("backup", "--journal", str(tmp_path / "journal"), "--out", str(out), "--json")
        )

    with rig.serving(tmp_path, policy, stub) as gateway:
        assert gateway.ask("/berita/1", AI, source=WHO).status == 403
    with rig.serving(tmp_path, policy, stub) as gateway:
        with asking(gateway.port, READER, AI) as (seen, _):
            found = [back_up()]
            further(seen, 5)
            found.append(back_up())
            further(seen, 5)
        assert [one["outcome"] for one in found] == ["valid", "valid"]
        assert found[0]["entries"] < found[1]["entries"]
        assert not any(one["ended"] for one in found)
        assert [path for path in out.glob("*.izj") if WHO.encode() in path.read_bytes()]
        gateway.izin("audit", "erase", "--address", WHO, "--why", "permintaan 7")
        assert back_up()["outcome"] == "valid"
        assert [path for path in out.rglob("*") if path.is_file() and WHO.encode() in path.read_bytes()] == []
        live, copied = ({path.name for path in one.iterdir()} for one in (gateway.journal, out))
        assert live - copied <= LEFT
        (gateway.journal / "console.sqlite").touch()
        said = gateway.izin("backup", "--out", str(out))
        assert "not in it: the console's accounts (`console.sqlite`)" in said
        assert copied - live == {"backup.json", "earlier", "verified.json"}
    last = back_up()
    assert last["ended"] is True
    assert last["left_out"] == ["console.sqlite"]
    rig.izin("restore", str(out), "--journal", str(moved), "--write-on")
    with rig.serving(tmp_path, policy, stub, journal=moved) as gateway:
        answer = gateway.ask("/", AI)
        assert gateway.decision(answer)["seq"] > last["entries"]
    assert '"outcome":"valid"' in rig.izin("audit", "verify", "--journal", str(moved), "--json")
