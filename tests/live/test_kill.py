"""The process may end at any moment: whatever a client saw an octet of stands in the journal."""

import http.client
import random
import threading
import time

from gateway.audit.recorder import PATIENCE
from tests.engines import until
from tests.live import rig

READER, AI, SEARCH = (
    "Mozilla/5.0 Firefox/142.0",
    "GPTBot/1.3",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
)
KILLS, CLIENTS = 7, 4


def client(port, user_agent, seen, stop):
    """Ask on one connection until it breaks; ``seen`` gets the decision of each head of which all has come, its status, and
    the seconds it took."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        while not stop.is_set():
            begun = time.monotonic()
            line.request("GET", "/", headers={"Host": rig.HOST, "User-Agent": user_agent})
            answer = line.getresponse()
            seen.append((answer.headers["Izin-Decision"], answer.status, time.monotonic() - begun))
            answer.read()
    except (OSError, http.client.HTTPException):
        pass
    finally:
        line.close()


def test_nothing_that_a_client_saw_is_missing(tmp_path, policy, stub):
    chance = random.Random(20261124)
    journal = tmp_path / "journal"
    seen, stop = [], threading.Event()
    for _ in range(KILLS):
        with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
            before = len(seen)
            clients = [
                threading.Thread(target=client, args=(gateway.port, name, seen, stop))
                for name in (READER, AI, SEARCH, READER)[:CLIENTS]
            ]
            for one in clients:
                one.start()
            until(lambda before=before: len(seen) > before + 2)
            time.sleep(chance.uniform(0, 0.15))
            gateway.program.process.kill()
            gateway.program.wait()
            for one in clients:
                one.join(10)
                assert not one.is_alive()
    with rig.serving(tmp_path, policy, stub, journal=journal):
        pass
    found = rig.entries(journal)
    assert [entry["seq"] for entry in found] == list(range(1, len(found) + 1)), "gapless"
    decisions = {entry["id"]: entry for entry in found if entry["phase"] == "decision"}
    assert len(seen) > 3 * KILLS
    for id, status, seconds in seen:
        if status == 403:
            assert decisions[id]["durability"] == "durable"
        elif seconds < PATIENCE:
            assert decisions[id]["durability"] == "written"
        else:  # nobody who reads waits any longer for a busy disk
            assert id not in decisions or decisions[id]["durability"] in ("written", "queued")
    events = [entry["event"] for entry in found if entry["phase"] == "event"]
    assert events.count("start") == KILLS + 1
    assert events.count("stop") == 1
    torn = {path.name for path in journal.glob("*.torn")}
    told = [entry["details"] for entry in found if entry.get("event") == "recovery"]
    assert torn == {details["saved"] for details in told if details.get("saved")}


def test_a_torn_tail_is_told_of_and_cut(tmp_path, policy, stub):
    journal = tmp_path / "journal"
    with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
        ids = [gateway.ask("/", AI)["izin-decision"] for _ in range(5)]
        gateway.program.process.kill()
        gateway.program.wait()
    # What the crash of a machine may leave: a frame that begins and does not end, behind all that was promised.
    last = max(journal.glob("*.izj"))
    length = int.from_bytes((journal / "committed").read_bytes()[16:24])
    with last.open("r+b") as file:
        file.seek(length)
        file.write((300).to_bytes(4) + b"torn")
    with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
        (event,) = gateway.events("recovery")
        assert event["details"]["file"] == last.name
        assert gateway.said("journal", said="recovery")
        found = gateway.entries()
        assert set(ids) <= {entry["id"] for entry in found}
        assert [entry["seq"] for entry in found] == list(range(1, len(found) + 1))
