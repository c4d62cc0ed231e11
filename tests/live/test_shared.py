"""Two gateways over one Redis: exact totals among many clients, one order for both, and nobody harmed when it is gone.

Their machines' clocks are three minutes apart all the while.
"""

import asyncio
import json
import re
import signal
import socket
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests import warm
from tests.engines import Program, free_port, redis_server, until
from tests.live import rig

READER, TOOL, ONE, TWO, THREE = (
    "Mozilla/5.0 Firefox/142.0",
    "curl/8.5.0",
    "GPTBot/1.3",
    "ClaudeBot/1.0",
    "CCBot/2.0",
)
RULES = """\
rules:
  - {id: alat, who: tools, where: ["/"], verdict: allow, rate: {limit: 4/day, burst: 4, by: agent}}
  - {id: pembaca, who: people, where: ["/"], verdict: allow, rate: {limit: 1000/day, burst: 1000, by: everyone}}
"""
#: What a user of the server must be allowed, as the manual says it.
RIGHTS = re.search(
    "A user of its own needs `(.+)`", (warm.ROOT / "docs/manual/shared.md").read_text("utf-8")
)[1]
#: Seconds by which the clock of each gateway is ahead.
AHEAD = (90, -90)
QUOTAS = {"satu": (ONE, "150/year"), "dua": (TWO, "12/month"), "tiga": (THREE, "90/year")}


@dataclass
class Site:
    """A Redis, and two gateways that share it: one alone in its process, one of several."""

    redis: ExitStack
    port: int
    folder: object
    gateways: list[rig.Gateway]
    runs: int = 0
    server: Program | None = None

    def begin(self):
        """Have the server begin, with nothing in it."""
        self.runs += 1
        folder = self.folder / f"redis-{self.runs}"
        self.server = self.redis.enter_context(redis_server(folder, self.port))
        self.told(f"ACL SETUSER izin on >rahasia {RIGHTS}")
        self.told("ACL SETUSER default -@scripting -@hash")

    def told(self, words):
        """Have the server do something."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(words.encode() + b"\r\n")
            assert line.recv(100) == b"+OK\r\n", words

    def ask(self, number, agent, target="/", **how):
        return self.gateways[number].ask(target, agent, x_forwarded_for="198.51.100.7", **how)

    def shares(self):
        """Whether all gateways count together."""
        return all(
            one.metric("izin_shared_state_ok") == 1
            and not one.warned("rates are counted by each gateway alone")
            for one in self.gateways
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory, stub):
    folder = tmp_path_factory.mktemp("bersama")
    policy = rig.write_policy(folder / "policy", rules=RULES)
    for name, (agent, quota) in QUOTAS.items():
        token, proof = agent.partition("/")[0], "{addresses: [198.51.100.7/32]}"
        rig.write_license(policy, name, agents=token, proof=proof, more=f"quota: {quota}")
    with ExitStack() as redis, ExitStack() as stack:
        site = Site(redis, free_port(), folder, [])
        site.begin()
        for number, workers in enumerate(("1", "2")):
            place = folder / f"gerbang-{number}"
            place.mkdir()
            env = {"IZIN_REDIS": f"redis://izin:rahasia@127.0.0.1:{site.port}?timeout=1"}
            env |= rig.ahead(AHEAD[number])
            flags = ("--trusted-proxies", "127.0.0.1", "--workers", workers)
            site.gateways.append(stack.enter_context(rig.serving(place, policy, stub, *flags, env=env)))
        yield site


def storm(site, agent, count, found):
    """So many requests of 64 clients at each gateway at once; ``found`` counts how they were answered, by status."""
    head = (
        f"GET / HTTP/1.1\r\nHost: {rig.HOST}\r\nUser-Agent: {agent}\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n"
    )

    async def client(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count // 64):
            writer.write(head.encode())
            fields = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", fields, re.IGNORECASE)
            await reader.readexactly(int(length[1]))
            found[fields[9:12].decode()] += 1
        writer.close()

    async def all_at_once():
        await asyncio.gather(*(client(one.port) for one in site.gateways for _ in range(64)))

    asyncio.run(asyncio.wait_for(all_at_once(), 60))


def booked(gateway, license):
    """How many of a gateway's decisions took from a quota, and were not given back."""
    gone = {one["of"] for one in gateway.entries("outcome") if one["status"] not in (200, 206)}
    taken = {
        one["id"] for one in gateway.entries("decision") if "booked" in one and one["license"] == license
    }
    return len(taken - gone)


def test_exact_among_two_gateways_and_64_clients_each(site):
    storm(site, ONE, 128, found := Counter())
    assert found == {"200": 150, "429": 106}
    counts = until(lambda: (c := [booked(one, "satu") for one in site.gateways]) and sum(c) == 150 and c, 10)
    assert all(counts), "both let some in"
    for number in range(2):
        refused = site.ask(number, ONE)
        assert (refused.status, refused["ratelimit"].partition(";t=")[0]) == (429, '"quota.satu";r=0')


def test_what_was_not_delivered_is_given_back_wherever_it_was_taken(site):
    assert site.ask(0, TWO, "/tidak-ada").status == 404
    for number in range(2):
        until(lambda n=number: json.loads(site.ask(n, TWO, "/_izin/license").body)["quota"]["left"] == 12, 10)


def test_a_rate_is_one_rate(site):
    assert [site.ask(number % 2, TOOL).status for number in range(6)] == [200, 200, 200, 200, 429, 429]
    (warned,) = site.gateways[0].said("policy")
    assert warned["message"].startswith("all readers together share `1000/day`")


def test_an_order_given_at_one_holds_at_all_whatever_their_clocks_say(site):
    for gateway, ahead in zip(site.gateways, AHEAD, strict=True):
        assert gateway.warned("shared state: this machine's clock differs from the server's by 90 s")
        assert round(gateway.metric("izin_shared_state_clock_seconds")) == -ahead
    site.gateways[0].izin("block", "--agent", "Bingbot", "--for", "1h")
    until(lambda: site.ask(1, "Bingbot/2.0").status == 403, 10)
    (event,) = until(lambda: site.gateways[1].events("block"), 10)
    assert event["details"]["from"]
    assert event["details"]["given"]
    # Undone at the one whose clock is behind that order.
    site.gateways[1].izin("block", "--agent", "Bingbot", "--off")
    until(lambda: site.ask(0, "Bingbot/2.0").status == 200, 10)
    assert site.ask(1, "Bingbot/2.0").status == 200
    assert len(site.gateways[0].events("block")) == 2


def harmless(site, why):
    """What must hold while the server is not to be had."""
    gateway = site.gateways[0]

    def said(one):
        return any(one.warned(f"shared state: {word}") for word in why.split("|"))

    until(lambda: all(said(one) for one in site.gateways), 10)
    assert gateway.metric("izin_shared_state_ok") == 0
    read = site.ask(0, READER)
    assert read.status == 200
    assert "counted-alone" in gateway.decision(read)["reasons"]
    assert gateway.decision(read)["rates"][0]["counted"] == "here"
    for number in range(2):
        refused = site.ask(number, THREE)
        assert (refused.status, refused["retry-after"]) == (503, "30")
        entry = site.gateways[number].decision(refused)
        assert entry["reasons"][0] == "shared-state-unavailable"
        assert (entry["rule"], entry["license"], entry["rates"][-1]["counted"]) == (
            "license.tiga",
            "tiga",
            "nowhere",
        )
        # Whom no rate and no quota counts is not touched, and neither is the ban.
        assert site.ask(number, "Bingbot/2.0").status == 200
        assert site.ask(number, "Bytespider").status == 403


def test_killed_and_begun_with_nothing_no_count_is_lost(site):
    first, second = Counter(), Counter()
    storming = threading.Thread(target=storm, args=(site, THREE, 64, first))
    storming.start()
    until(lambda: first["200"] > 10, 10)
    site.server.process.kill()
    site.server.wait()
    storming.join()
    assert first.keys() <= {"200", "429", "503"}
    harmless(site, "closed|unreachable")
    site.begin()
    until(site.shares, 15)

    def told():
        return [one["details"] for one in site.gateways[0].events("shared-state")[-2:]]

    until(lambda: [one["state"] for one in told()] == ["lost", "back"], 10, "the interruption is recorded")
    back = told()[-1]
    assert back["refused"] >= 1 <= back["alone"]
    storm(site, THREE, 64, second)
    assert first["200"] + second["200"] == 90
    assert second["429"] >= 1 <= second["200"] + first["429"]


def test_slow_or_full_it_is_as_good_as_gone(site):
    site.server.send(signal.SIGSTOP)  # what it was asked by then, it does when it goes on, and must not count
    harmless(site, "slow")
    site.server.send(signal.SIGCONT)
    until(site.shares, 15)
    for words, again, why in (
        ("CLIENT PAUSE 60000 WRITE", "CLIENT UNPAUSE", "slow"),
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "full"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "replica"),
    ):
        site.told(words)
        harmless(site, why)
        site.told(again)
        until(site.shares, 15)
