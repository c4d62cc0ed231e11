"""Followers of a running gateway: what is decided arrives elsewhere, and a dead address holds nobody up."""

import http.server
import json
import threading

import pytest

from tests.engines import until
from tests.live import rig


@pytest.fixture
def picky():
    """The address of a collector that never takes an entry about a crawler's refusal."""

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(422 if b'"verdict":"deny"' in body else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_entries_arrive_and_a_dead_or_picky_address_holds_nobody_up(tmp_path, stub, picky, dead_port):
    out, dead = tmp_path / "keluar.jsonl", f"http://127.0.0.1:{dead_port}/izin?kunci=rahasia"
    policy = rig.write_policy(tmp_path / "policy")
    env = {"IZIN_FOLLOW": f"file://{out} {dead} {picky}"}
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
        assert "rahasia" not in str(gateway.ready()[1]["warnings"])
        until(lambda: gateway.metric("izin_followers_set_aside") == 1, 20, "the refused entry set aside")
        assert gateway.warned("entries set aside for http://127.0.0.1")

        def said():
            return [one["details"] for one in gateway.entries() if one.get("event") == "set-aside"]

        until(said, 10, "an event that says so")
        assert (said()[0]["to"], said()[0]["why"], said()[0]["entries"]) == (picky, "it answers 422", 1)
        assert gateway.ask("/").status == 200
        gateway.program.process.terminate()
        gateway.program.wait()
        journal = gateway.journal
    rig.izin("audit", "follow", "--journal", str(journal), "--to", f"file://{out}", "--once")
    assert [json.loads(line) for line in out.read_text().splitlines()] == rig.entries(journal)
