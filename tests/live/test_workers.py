"""Several processes as one gateway: whichever of them ends, nothing that was acknowledged is lost and no count is exceeded."""

import http.client
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.engines import until
from tests.live import rig

READER, AI, SEARCH, TOOL = "Mozilla/5.0 Firefox/142.0", "GPTBot/1.3", "Bingbot/2.0", "curl/8.5.0"
RULES = """\
rules:
  - {id: lambat, who: tools, where: ["/"], verdict: allow, rate: {limit: 100/day, burst: 100, by: everyone}}
"""


@pytest.fixture
def policy(tmp_path):
    folder = rig.write_policy(tmp_path / "policy", rules=RULES)
    rig.write_license(folder, more="quota: 90/month")
    return folder


@pytest.fixture
def several(tmp_path, policy, stub):
    """A gateway of two workers."""
    with rig.serving(tmp_path, policy, stub, "--workers", "2") as gateway:
        yield gateway


def children(pid):
    """The processes of a gateway by their names, as the system knows them."""
    found = {}
    for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        words = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
        if b"gateway.child" in words:
            found[words[-2].decode()] = int(one)
    return found


def replaced(gateway, name, pid):
    """Wait until a process has another one in its place, and the gateway is well."""

    def well():
        return children(gateway.program.pid).get(name, pid) != pid and gateway.metric("izin_workers") == 2

    until(well, 20, f"{name} is replaced")
    until(lambda: gateway.ready()[1]["journal"] != "down", 20, "the journal can be written")


@contextmanager
def load(gateway, *user_agents):
    """Clients that ask on and on, on a new connection where one breaks: each answer's decision and status, by User-Agent, and
    how many connections broke."""
    seen, broken, stop = {name: [] for name in user_agents}, Counter(), threading.Event()

    def client(name):
        line = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
        while not stop.is_set():
            try:
                line.request("GET", "/", headers={"Host": rig.HOST, "User-Agent": name})
                answer = line.getresponse()
                answer.read()
                seen[name].append((answer.headers["Izin-Decision"], answer.status))
            except (OSError, http.client.HTTPException):
                broken[name] += 1
                line.close()  # the next request opens it again
        line.close()

    clients = [threading.Thread(target=client, args=(name,)) for name in user_agents for _ in range(2)]
    for one in clients:
        one.start()
    try:
        yield seen, broken
    finally:
        stop.set()
        for one in clients:
            one.join(15)
            assert not one.is_alive(), "a client waits for ever"


def further(seen, count=20):
    """Wait until every client has had some more answers."""
    before = {name: len(answers) for name, answers in seen.items()}
    until(lambda: all(len(answers) >= before[name] + count for name, answers in seen.items()), 20)


def sound(gateway, seen):
    """What must hold of a journal, however its gateway fared."""
    found = gateway.entries()
    assert [entry["seq"] for entry in found] == list(range(1, len(found) + 1)), "gapless"
    decisions = {entry["id"]: entry for entry in found if entry["phase"] == "decision"}
    ended = Counter(entry["of"] for entry in found if entry["phase"] == "outcome")
    twice = [id for id, n in ended.items() if n > 1]
    assert not twice, [entry for entry in found if entry["id"] in twice or entry.get("of") in twice]
    assert set(decisions) <= set(ended), "each decision has an outcome"
    for id, status in (one for answers in seen.values() for one in answers):
        if status != 503:
            assert id in decisions
        if status == 403:
            assert decisions[id]["durability"] == "durable"
    return found


def test_two_workers_are_one_gateway(several, policy):
    with ThreadPoolExecutor(16) as pool:
        statuses = Counter(pool.map(lambda one: several.ask("/", one).status, [READER, AI] * 60))
    assert statuses == {200: 60, 403: 60}
    assert several.metric("izin_decisions_total") == 120
    assert several.metric("izin_journal_outcomes_total") == 120
    assert several.metric("izin_workers") == 2
    lines = rig.ask(several.admin, "/metrics").body.decode().splitlines()
    resident = [line for line in lines if line.startswith("izin_resident_bytes{")]
    assert len(resident) == 3
    several.izin("block", "--agent", "Bingbot")
    assert {several.ask("/", SEARCH).status for _ in range(20)} == {403}, "an order reaches every worker"
    several.izin("block", "--agent", "Bingbot", "--off")
    with load(several, READER, AI) as (seen, _):
        for number in range(2):
            version = several.ready()[1]["version"]
            rig.write_policy(policy, rules=RULES.replace("lambat", f"lambat-{number}"))
            several.program.send(signal.SIGHUP)
            several.reread(version + 1)
            further(seen)
        several.program.send(signal.SIGTERM)
        assert several.program.wait(10) == 0
    assert {status for _, status in seen[READER]} == {200}
    assert {status for _, status in seen[AI]} == {403}
    found = sound(several, seen)
    assert found[-1]["event"] == "stop"
    stated = set()
    for entry in found:
        if entry.get("event") == "policy":
            assert entry["details"]["policy"] not in stated or "why" in entry["details"]
            stated.add(entry["details"]["policy"])
        elif entry["phase"] == "decision":
            assert entry["policy"] in stated, "no decision stands before its policy"


def test_whoever_is_killed_is_replaced(several):
    with load(several, READER, AI) as (seen, broken):
        further(seen)
        pid = children(several.program.pid)["worker-1"]
        os.kill(pid, signal.SIGKILL)
        replaced(several, "worker-1", pid)
        further(seen)
        assert several.metric("izin_worker_restarts_total") == 1
        answered = sum(map(len, seen.values()))
        until(
            lambda: several.metric("izin_outcomes_total") >= answered / 2,
            5,
            "what it counted is not forgotten",
        )
        assert {status for _, status in seen[AI]} == {403}
        lost = sum(broken.values())
        assert lost <= 8, "only its own connections broke, and those that waited to be taken by it"
        for _ in range(2):
            pid = children(several.program.pid)["writer"]
            os.kill(pid, signal.SIGKILL)
            further({READER: seen[READER]})
            replaced(several, "writer", pid)
            further(seen)
    assert sum(broken.values()) == lost, "without a writer readers and crawlers are answered all the same"
    assert {status for _, status in seen[READER]} == {200}
    assert {status for _, status in seen[AI]} == {403, 503}
    several.program.send(signal.SIGTERM)
    assert several.program.wait(10) == 0
    found = sound(several, seen)
    assert {entry["end"] for entry in found if entry["phase"] == "outcome"} <= {"complete", "unknown"}
    starts = [entry["details"].get("resumes", False) for entry in found if entry.get("event") == "start"]
    assert starts == [False, True, True]
    told = [entry["details"] for entry in found if entry.get("event") == "gap"]
    assert sum(gap["queued"] for gap in told) > 0
    assert sum(gap["refused"] for gap in told) == sum(status == 503 for _, status in seen[AI])
    assert sum(gap["dropped"] for gap in told) == 0
    passed = [one for one in found if one["phase"] == "decision" and one["durability"] == "queued"]
    assert passed, "who was let pass meanwhile is on record"


def test_no_count_is_exceeded_by_four_workers(tmp_path, policy, stub):
    with rig.serving(tmp_path, policy, stub, "--workers", "4", "--origin-requests", "1024") as gateway:
        with ThreadPoolExecutor(64) as pool:
            # From several addresses, for one alone may not keep the origin that busy.
            asked = [partial(gateway.ask, "/", TOOL, source=f"127.0.0.{3 + one % 8}") for one in range(160)]
            asked += [partial(gateway.ask, "/", AI, source="127.0.0.2")] * 160
            answers = list(pool.map(lambda one: one().status, asked))
        assert Counter(answers[:160]) == {200: 100, 429: 60}
        assert Counter(answers[160:]) == {200: 90, 429: 70}
        pid = children(gateway.program.pid)["writer"]
        os.kill(pid, signal.SIGKILL)
        until(
            lambda: (
                children(gateway.program.pid).get("writer", pid) != pid
                and gateway.ready()[1]["journal"] != "down"
            ),
            20,
        )
        assert gateway.ask("/", AI, source="127.0.0.2").status == 429, "the next writer knows it too"
        gone = gateway.program.process.pid, *children(gateway.program.pid).values()
        gateway.program.process.kill()
        gateway.program.wait()
        until(
            lambda: not any(Path(f"/proc/{one}").exists() for one in gone),
            10,
            "nobody outlives the supervisor",
        )
    assert gateway.entries()[-1]["event"] == "stop", "the writer wrote what it had"
