"""A quota through real sockets: exact among many clients at once, after a kill, and only for what was delivered."""

import http.client
import http.server
import json
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from gateway.audit import quotas_file
from tests.engines import until
from tests.live import rig

PARTNER = "GPTBot/1.3"


@pytest.fixture(scope="module")
def origin():
    """An origin that answers with the status that the path names, and can be made to wait."""
    gate = threading.Event()
    gate.set()

    class Site(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            gate.wait(10)
            if self.path == "/panjang":
                self.begin()
                return
            status = int(self.path[1:4]) if self.path[1:4].isdigit() else 200
            self.send_response(status)
            body = b"" if status == 304 else b"berita"
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def begin(self):
            """Send an article but for its last octet."""
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"berita")
            with suppress(OSError):
                self.rfile.read()

        def do_HEAD(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, gate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def policy_with(folder, quota):
    rig.write_policy(folder)
    rig.write_license(folder, more=f"quota: {quota}")
    return folder


def ask(gateway, target="/a", **how):
    return gateway.ask(target, PARTNER, source="127.0.0.2", **how)


@pytest.fixture(scope="module")
def counting(tmp_path_factory, origin):
    """A gateway whose licensee has much left."""
    folder = tmp_path_factory.mktemp("kuota")
    with rig.serving(folder, policy_with(folder / "policy", "100/year"), origin[0]) as running:
        yield running


def left(gateway):
    """What a licensee is told that it has left."""
    return json.loads(ask(gateway, "/_izin/license").body)["quota"]["left"]


def test_only_what_was_delivered_counts_and_429_says_until_when(tmp_path, origin):
    policy = policy_with(tmp_path / "policy", "3/month")
    with rig.serving(tmp_path, policy, origin[0]) as gateway:
        free = [ask(gateway, f"/{status}") for status in (304, 301, 404, 500)]
        assert [one.status for one in free] == [304, 301, 404, 500]
        assert ask(gateway, "/a", method="HEAD").status == 200
        first = ask(gateway, "/206")
        assert first.status == 206
        assert first["ratelimit"].startswith('"quota.contoh-2026";r=2;t=')
        assert first["ratelimit-policy"].startswith('"quota.contoh-2026";q=3;w=')
        assert 28 * 86400 <= int(first["ratelimit-policy"].rpartition("=")[2]) <= 31 * 86400
        assert [ask(gateway).status for _ in range(3)] == [200, 200, 429]
        refused = ask(gateway)
        assert 0 < int(refused["retry-after"]) <= 31 * 86400
        assert refused["ratelimit"] == f'"quota.contoh-2026";r=0;t={refused["retry-after"]}'
        problem = json.loads(refused.body)
        assert (problem["status"], problem["rule"]) == (429, "license.contoh-2026")
        assert problem["reasons"][0]["code"] == "quota-exceeded"
        assert "Kuota habis" in ask(gateway, accept="text/html").body.decode()
        assert ask(gateway, method="HEAD").status == 200, "what costs nothing is not refused"
        assert ask(gateway, "/robots.txt").status == 200
        assert gateway.ask("/a", "Mozilla/5.0 Firefox/142.0", source="127.0.0.2").status == 200

        # The licensee asks what is left; so may nobody else.
        said = ask(gateway, "/_izin/license")
        told = json.loads(said.body)
        assert (said.status, said["cache-control"]) == (200, "private, no-store")
        assert (told["license"], told["state"], told["uses"]) == ("contoh-2026", "runs", ["ai-train"])
        assert (told["quota"]["limit"], told["quota"]["left"]) == ("3/month", 0)
        assert abs(told["quota"]["seconds"] - int(refused["retry-after"])) < 30
        assert '"quota.contoh-2026";r=0;t=' in said["ratelimit"]
        assert (
            'izin_license_quota_left{license="contoh-2026"} 0.0'
            in rig.ask(gateway.admin, "/metrics").body.decode()
        )
        unproved = gateway.ask("/_izin/license", PARTNER)
        assert unproved.status == 401
        assert unproved["www-authenticate"].startswith('License error="invalid_request"')
        assert 'rel="license"' in unproved["link"]
        assert json.loads(unproved.body)["reasons"][0]["code"] == "license-unproved"

        entry = gateway.decision(first)
        assert (
            entry["booked"] == entry["time"][:10] or entry["booked"] > entry["time"][:10]
        )  # the site is east of UTC
        assert entry["rates"][0]["rule"] == "quota.contoh-2026"
        assert "booked" not in gateway.decision(refused)
        until(lambda: len(gateway.entries("outcome")) == len(gateway.entries("decision")), 10)
        told = json.loads(rig.izin("replay", str(policy), str(gateway.journal), "--json"))
        assert (told["unreplayable"], told["changed"]) == (0, 0)
        again = gateway.izin("audit", "show", first["izin-decision"], "--replay", "--lang", "en")
        assert "the same, value for value" in again
        # Under a larger quota one more would have been served: what was not delivered is given back there too.
        larger = policy_with(tmp_path / "lain", "4/month")
        words = ("replay", str(policy), str(gateway.journal), "--against", str(larger), "--json")
        (change,) = json.loads(rig.izin(*words))["changes"]
        assert (change["before"], change["after"], change["requests"]) == ("deny", "allow", 1)
        # More is agreed: at once, and nothing that was used is forgotten.
        policy_with(policy, "5/year")
        gateway.reread(2)
        assert [ask(gateway).status for _ in range(3)] == [200, 200, 429]
        assert json.loads(ask(gateway, "/_izin/license").body)["quota"]["left"] == 0
        statement = json.loads(gateway.izin("license", "usage", str(policy), "contoh-2026", "--json"))
        assert (statement["requests"], statement["bytes"], statement["refused"]) == (5, 30, 4)


@pytest.mark.parametrize("parting", [b"", b"bukan ukuran\r\n"], ids=["leaves", "breaks its own request off"])
def test_an_article_that_was_taken_counts_however_its_client_parts(counting, parting):
    before = left(counting)
    head = f"GET /panjang HTTP/1.1\r\nHost: {rig.HOST}\r\nUser-Agent: {PARTNER}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(
        ("127.0.0.1", counting.port), timeout=10, source_address=("127.0.0.2", 0)
    ) as line:
        line.sendall(head.encode())
        got = b""
        while not got.endswith(b"berita"):
            piece = line.recv(65_536)
            assert piece, "the article but for its last octet"
            got += piece
        line.sendall(parting)
    decision = got.partition(b"Izin-Decision: ")[2][:26].decode()
    (outcome,) = until(lambda: [one for one in counting.entries("outcome") if one["of"] == decision], 10)
    assert (outcome["status"], outcome["bytes"], outcome["end"]) == (200, 6, "client-gone")
    assert left(counting) == before - 1 == counting.metric("izin_license_quota_left")


def clients(gateway, count, rounds, statuses):
    """So many at once, each on a connection of its own; the status of each answer of which the head has come."""

    def one(_):
        line = http.client.HTTPConnection(
            "127.0.0.1", gateway.port, timeout=20, source_address=("127.0.0.2", 0)
        )
        try:
            for _ in range(rounds):
                line.request("GET", "/a", headers={"Host": rig.HOST, "User-Agent": PARTNER})
                answer = line.getresponse()
                statuses.append(answer.status)
                answer.read()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            line.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))


def test_exact_among_64_clients_and_over_a_kill(tmp_path, origin):
    port, gate = origin
    policy, journal = policy_with(tmp_path / "policy", "200/year"), tmp_path / "journal"
    first = []
    with rig.serving(tmp_path, policy, port, journal=journal) as gateway:
        running = threading.Thread(target=clients, args=(gateway, 64, 3, first))
        running.start()
        until(lambda: len(first) > 60, 20)
        gate.clear()  # what is under way stays so, and is killed
        until(lambda: gateway.metric("izin_decisions_total") > len(first) + 20, 20)
        gateway.program.process.kill()
        gateway.program.wait()
        gate.set()
        running.join(20)
    assert set(first) == {200}
    (journal / quotas_file.NAME).write_bytes(b"rusak")
    second = []
    with rig.serving(tmp_path, policy, port, journal=journal) as gateway:
        # Read only now: what was written and not yet published when the process died is taken up by the next one.
        booked = {entry["id"] for entry in gateway.entries("decision") if "booked" in entry}
        open_ = booked - {entry["of"] for entry in gateway.entries("outcome")}
        assert len(open_) > 10
        (event,) = gateway.events("quotas")
        assert event["details"] == {"rebuilt": True, "unsettled": {"contoh-2026": len(open_)}}
        assert gateway.said("journal", said="quotas", unsettled={"contoh-2026": len(open_)})
        clients(gateway, 64, 5, second)
        assert ask(gateway).status == 429
    assert Counter(second) == {200: 200 - len(booked), 429: 320 - (200 - len(booked))}
    assert len(first) <= len(booked)
    # Where nobody can count any more, nothing is given away: licensees wait, and everybody else is served.
    min(journal.glob("*.izj")).unlink()
    (journal / quotas_file.NAME).unlink()
    with rig.serving(
        tmp_path, policy_with(tmp_path / "policy", "900/year"), port, journal=journal
    ) as gateway:
        assert gateway.warned("quota of license contoh-2026 closed")
        refused = ask(gateway)
        assert (refused.status, refused["ratelimit"].partition(";t=")[0]) == (429, '"quota.contoh-2026";r=0')
        assert gateway.ask("/a", "Mozilla/5.0 Firefox/142.0").status == 200
        # Until the operator says how many it were: at once, and over a restart.
        policy = str(tmp_path / "policy")
        told = json.loads(
            gateway.izin("license", "recount", policy, "contoh-2026", "--used", "898", "--json")
        )
        assert (told["left"], told["running"], told["level"]) == (2, True, "durable")
        assert ask(gateway).status == 200
        assert not gateway.warned("quota of license contoh-2026 closed")
        statement = json.loads(gateway.izin("license", "usage", policy, "contoh-2026", "--json"))
        assert [one["used"] for one in statement["recounts"]] == [898]
    (journal / quotas_file.NAME).unlink()
    with rig.serving(tmp_path, tmp_path / "policy", port, journal=journal) as gateway:
        assert [ask(gateway).status for _ in range(2)] == [200, 429]
