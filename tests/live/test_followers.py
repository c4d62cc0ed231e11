"""Followers of a running gateway: what is decided arrives elsewhere, and a dead address holds nobody up."""

import json

from tests.engines import free_port, until
from tests.live import rig


def test_entries_arrive_and_a_dead_address_only_waits(tmp_path, stub):
    out, dead = tmp_path / "keluar.jsonl", f"http://127.0.0.1:{free_port()}/izin?kunci=rahasia"
    policy = rig.write_policy(tmp_path / "policy")
    env = {"IZIN_FOLLOW": f"file://{out} {dead}"}
    with rig.serving(tmp_path, policy, stub, env=env) as gateway:
        ids = [
            gateway.ask("/", agent)["izin-decision"] for agent in ("GPTBot/1.3", "Mozilla/5.0 Firefox/142.0")
        ]

        def arrived():
            return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []

        until(lambda: {*ids} <= {entry["id"] for entry in arrived()}, 20, "both decisions elsewhere")
        assert arrived() == gateway.entries()[: len(arrived())]
        until(lambda: gateway.warned("entries wait for http://127.0.0.1"), 10)
        assert gateway.metric("izin_followers_behind") > 0
        assert "rahasia" not in "".join(gateway.ready()[1]["warnings"])
        assert gateway.ask("/").status == 200
        gateway.program.process.terminate()
        gateway.program.wait()
        journal = gateway.journal
    rig.izin("audit", "follow", "--journal", str(journal), "--to", f"file://{out}", "--once")
    assert [json.loads(line) for line in out.read_text().splitlines()] == rig.entries(journal)
