"""True and false crawlers before a whole gateway, with a name server on loopback and lists that were carried over."""

import asyncio
import json
import os
import threading
import time
from pathlib import Path

import pytest

from gateway.agents import catalogue
from gateway.lookups.range_refresh import refresh_from
from gateway.lookups.range_store import Store
from gateway.lookups.ranges import lists_folder
from tests.engines import until
from tests.live.rig import HOST, izin, serving, write_policy
from tests.nameserver import SERVFAIL, SILENT, nameserver

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
TRUE, FALSE, NAMED = "66.249.66.1", "203.0.113.9", "66.249.90.5"
LIST = catalogue().find("Googlebot").verify.ranges[0]
DUCK = catalogue().find("DuckDuckBot").verify.ranges[0]


def carried(folder):
    """The lists as `wget -x` lays them."""
    for url, prefix in ((LIST, "66.249.64.0/19"), (DUCK, "20.191.45.212/32")):
        path = folder / url.removeprefix("https://")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"prefixes": [{"ipv4Prefix": prefix}]}))
    return folder


@pytest.fixture
def server():
    with nameserver() as found:
        found.host(NAMED, "crawl-66-249-90-5.googlebot.com")
        yield found


@pytest.fixture
def gateway(tmp_path, stub, server):
    journal = tmp_path / "journal"
    izin("agents", "refresh", "--from", str(carried(tmp_path / "lists")), IZIN_JOURNAL=str(journal))
    policy = write_policy(tmp_path / "policy")
    flags = ("--dns", server.server, "--trusted-proxies", "127.0.0.1")
    with serving(tmp_path, policy, stub, *flags, journal=journal) as found:
        yield found


def evidence(entry):
    return {one["probe"]: one["finding"] for one in entry["identity"]["evidence"]}


def test_a_true_crawler_is_served_and_a_false_one_is_an_impostor(gateway, server):
    by_list = gateway.ask("/", GOOGLEBOT, x_forwarded_for=TRUE)
    by_list_entry = gateway.decision(by_list)
    assert by_list.status == 200
    assert by_list_entry["identity"]["assurance"] == "corroborated"
    assert evidence(by_list_entry)["published-ranges"] == "address-published"
    assert server.asked == [], "the list has said it"

    false = gateway.ask("/", GOOGLEBOT, x_forwarded_for=FALSE)
    assert false.status == 403
    entry = gateway.decision(false)
    assert (entry["rule"], entry["reasons"]) == ("impostors", ["claim-contradicted"])
    assert (entry["identity"]["kind"], entry["identity"]["agent"]) == ("impostors", "Googlebot")
    assert evidence(entry) == {
        "user-agent": "claim-checkable",
        "published-ranges": "address-not-published",
        "reverse-dns": "name-foreign",
    }
    shown = gateway.izin("audit", "show", entry["id"])
    assert "klaim terbantah oleh data resmi operatornya" in " ".join(shown.split())
    assert "alamatnya tidak tercantum dalam daftar" in " ".join(shown.split())

    assert gateway.ask("/", GOOGLEBOT, x_forwarded_for=NAMED).status == 200
    asked = len(server.asked)
    assert gateway.ask("/", GOOGLEBOT, x_forwarded_for=FALSE).status == 403
    assert len(server.asked) == asked, "remembered"
    (event, *_) = gateway.events("address-lists")
    named = {one["list"]: one for one in event["details"]["lists"]}
    kept = gateway.journal / "texts" / named[LIST]["digest"].removeprefix("sha256:")
    assert kept.read_text() == f"{LIST}\n66.249.64.0/19\n", (
        "the list of that day, for whoever doubts the decision"
    )
    replayed = json.loads(gateway.izin("replay", str(gateway.policy), str(gateway.journal), "--json"))
    assert (replayed["changed"], replayed["unreplayable"]) == (0, 0), "what the checks found is in the record"


def test_behind_a_proxy_that_is_not_trusted_nothing_can_be_said(tmp_path, stub, server):
    policy = write_policy(tmp_path / "policy")
    with serving(tmp_path, policy, stub, "--dns", server.server) as gateway:
        answer = gateway.ask("/", GOOGLEBOT, x_forwarded_for=FALSE)
        assert answer.status == 200
        assert evidence(gateway.decision(answer))["published-ranges"] == "address-uncertain"
        assert server.asked == []


def test_with_dns_dead_readers_and_search_are_served_and_ai_is_not(gateway, server):
    server.otherwise = SERVFAIL
    started = time.monotonic()
    answers = {
        name: gateway.ask("/", user_agent, x_forwarded_for="198.51.100.7")
        for name, user_agent in (
            ("people", "Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0"),
            ("search", GOOGLEBOT),
            ("names only", "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"),
            ("ai", "GPTBot/1.3"),
        )
    }
    assert time.monotonic() - started < 5
    assert {name: answer.status for name, answer in answers.items()} == {
        "people": 200, "search": 200, "names only": 200, "ai": 403,
    }  # fmt: skip
    for name in ("search", "names only"):
        entry = gateway.decision(answers[name])
        assert (entry["identity"]["assurance"], entry["verdict"]) == ("claimed", "allow")
        assert evidence(entry)["reverse-dns"] == "check-unavailable"
    # its list alone disproves who publishes nothing else
    false = gateway.ask("/", "DuckDuckBot/1.1", x_forwarded_for="198.51.100.7")
    assert (false.status, gateway.decision(false)["rule"]) == (403, "impostors")


def test_a_check_that_fails_for_many_suspends_itself_and_alarms(gateway):
    for number in range(20):
        assert gateway.ask("/", GOOGLEBOT, x_forwarded_for=f"8.8.{number}.1").status == 403
    answer = gateway.ask("/", GOOGLEBOT, x_forwarded_for="8.8.99.1")
    assert answer.status == 200
    assert evidence(gateway.decision(answer))["suspension"] == "check-suspended"
    assert gateway.ask("/", GOOGLEBOT, x_forwarded_for="8.8.1.1").status == 200, "for who failed before too"
    assert gateway.warned("the check of Google is suspended")
    assert gateway.metric("izin_checks_suspended") == 1
    until(lambda: gateway.events("check-suspended"), 5)
    assert gateway.said("check-suspended", operator="Google")
    assert gateway.ask("/", GOOGLEBOT, x_forwarded_for=TRUE).status == 200
    until(lambda: gateway.events("check-resumed"), 5)
    assert not gateway.warned("suspended")
    assert gateway.ask("/", GOOGLEBOT, x_forwarded_for="8.8.1.1").status == 403


def test_lists_carried_over_while_it_runs_are_taken_up(gateway, tmp_path):
    assert gateway.ask("/", GOOGLEBOT, x_forwarded_for=FALSE).status == 403
    path = tmp_path / "lists" / LIST.removeprefix("https://")
    path.write_text(
        json.dumps({"prefixes": [{"ipv4Prefix": "66.249.64.0/19"}, {"ipv4Prefix": "203.0.113.0/24"}]})
    )
    os.utime(path)
    store = Store(lists_folder(gateway.journal))
    assert refresh_from(store, LIST, tmp_path / "lists", int(time.time())).what == "taken"
    until(lambda: gateway.ask("/", GOOGLEBOT, x_forwarded_for=FALSE).status == 200, 15)
    explained = json.loads(
        gateway.izin("explain", str(gateway.policy), "--user-agent", GOOGLEBOT, "--address", FALSE, "--json")
    )
    assert explained["assurance"] == "corroborated"


def test_a_flood_of_false_claims_slows_nobody_and_fills_nothing(gateway, server):
    """Three thousand addresses that say Googlebot, by two hundred connections, while DNS is silent."""
    server.otherwise = SILENT
    lines, each = 200, 15

    async def claim(line):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        for number in range(each):
            head = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {GOOGLEBOT}\r\nX-Forwarded-For: 8.{number}.{line}.1\r\n\r\n"
            writer.write(head.encode())
            said = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            assert said.startswith("http/1.1 200"), "what cannot be checked is served"
            await reader.readexactly(int(said.partition("content-length:")[2].split()[0]))
        writer.close()

    async def flood():
        await asyncio.gather(*(claim(line) for line in range(lines)))

    before, over = resident(gateway), []
    flooding = threading.Thread(target=lambda: (asyncio.run(flood()), over.append(True)))
    flooding.start()
    people = []
    while flooding.is_alive():
        answer = gateway.ask(
            "/", "Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0", x_forwarded_for="36.68.1.2"
        )
        true = gateway.ask("/", GOOGLEBOT, x_forwarded_for=TRUE)
        people.append((answer.status, true.status))
    flooding.join()
    assert over
    assert set(people) == {(200, 200)}
    assert len(people) >= 3, "they were answered while it lasted"
    assert len(set(server.asked)) < lines * each / 2, "nobody makes us ask as much as he likes"
    assert resident(gateway) - before < 64 * 1024


def resident(gateway):
    """The memory of the gateway's process in KiB."""
    status = Path(f"/proc/{gateway.program.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
