"""The judge and who was checked: remembered by address, as long as the facts hold, and counted every time."""

import asyncio
import inspect
from ipaddress import ip_network

from gateway.agents import Agent, Check, Registry, Verify
from gateway.identify.identity import Unavailable
from gateway.identify.prefixes import Listed, Prefixes
from gateway.identify.reverse_dns import Reverse
from gateway.lookups.resolver import MOST_ASKED, Answer, Resolver
from gateway.proxy.ids import Ids
from gateway.proxy.judge import REMEMBERED, Judge
from gateway.rates.rate import Rate, Unit
from gateway.request import Client, Request, read_target
from gateway.value import changed
from gateway.vocabulary import Assurance, By, Kind, Purpose, Verdict
from tests import sites

NOW = int(sites.NOON.timestamp()) * 1_000_000
CLIENT = Client("203.0.113.7", "203.0.113.0/24")

LIST = "https://satu.example/list.json"
SATU = "SatuBot/1.0"


def request(user_agent, path=b"/berita/1"):
    host = "www.antara.example"
    return Request("GET", "https", host, host, read_target(path), CLIENT, {"user-agent": user_agent})


def checking(standing=None, dns=None, clock=None, check="strict", hosts=()):
    """A judge of an operator with a list and names; how often DNS was asked."""
    verify = Verify(check=Check(check), ranges=(LIST,), names=("satu.example",))
    agent = Agent(name="SatuBot", operator="Satu", match=("SatuBot",), purpose=Purpose.SEARCH, verify=verify)
    asked = []

    async def names(key):
        asked.append(key)
        return Answer(Reverse(foreign="x.example") if dns is None else dns, 100)

    lists = {"ranges": lambda url: standing[0] if url == LIST else Unavailable("no copy")}
    resolver = Resolver({"dns": names}, lambda host, name: None, clock or (lambda: 0.0), lists)
    policy = sites.policy(*hosts, agents=Registry([agent]))
    its = Judge(sites.version(policy), resolver, clock=lambda: NOW, new_id=Ids())
    return its, resolver, asked


def listed(*prefixes):
    return Listed("list.json", Prefixes(map(ip_network, prefixes)), "2026-11-24", fresh=True)


async def test_who_is_on_the_list_is_judged_at_once_and_dns_is_spared():
    its, _, asked = checking([listed("203.0.113.0/24")])
    judged = its(request(SATU))
    assert judged.identity.assurance is Assurance.CORROBORATED
    assert asked == []


async def test_who_is_not_waits_once_and_is_remembered():
    its, _, asked = checking([listed("8.8.8.0/24")])
    later = its(request(SATU))
    assert inspect.isawaitable(later)
    assert (await later).identity.kind is Kind.IMPOSTORS
    for _ in range(3):
        assert its(request(SATU)).decision.rule == "impostors"
    assert len(asked) == 1


async def test_what_was_concluded_ends_with_the_facts():
    now, lists = [0.0], [listed("8.8.8.0/24")]
    its, resolver, _ = checking(lists, clock=lambda: now[0])
    await its(request(SATU))
    assert its(request(SATU)).identity.kind is Kind.IMPOSTORS
    lists[0] = listed("203.0.113.0/24")
    assert its(request(SATU)).identity.kind is Kind.IMPOSTORS, "kept until the source says that it has news"
    resolver.epoch += 1
    assert its(request(SATU)).identity.assurance is Assurance.CORROBORATED
    lists[0] = Unavailable("too old")
    now[0] = 61.0
    assert its(request(SATU)).identity.assurance is Assurance.CLAIMED, "or for a minute"


async def test_one_address_says_nothing_of_another_nor_of_one_that_is_uncertain():
    its, _, _ = checking([listed("203.0.113.7/32")])
    first = request(SATU)
    assert its(first).identity.assurance is Assurance.CORROBORATED
    uncertain = changed(first, client=changed(CLIENT, certain=False))
    assert its(uncertain).identity.assurance is Assurance.CLAIMED
    assert its(first).identity.assurance is Assurance.CORROBORATED
    other = changed(first, client=Client("203.0.113.8", "203.0.113.0/24"))
    assert (await its(other)).identity.kind is Kind.IMPOSTORS


async def test_who_was_found_alike_shares_what_was_decided_and_nobody_else_does():
    its, _, _ = checking([listed("203.0.113.0/29")])
    first = request(SATU)
    for number in range(7):
        its(changed(first, client=Client(f"203.0.113.{number}", "203.0.113.0/24")))
    (known,) = its._alike.values()
    for number in range(7):
        judged = its(changed(first, client=Client(f"203.0.113.{number}", "203.0.113.0/24")))
        (place,) = known.places.values()
        assert judged.decision is next(iter(place.decided.values()))
    false = changed(first, client=Client("203.0.113.9", "203.0.113.0/24"))
    assert (await its(false)).decision.status == 403
    assert its(false).decision.status == its(false).decision.status == 403
    assert len(its._alike) == 2
    its.use(its.version)
    assert its._alike == its._checked == {}


async def test_nobody_waits_where_nothing_follows_from_the_answer():
    its, resolver, asked = checking([listed("8.8.8.0/24")], check="soft")
    assert its(request(SATU)).identity.assurance is Assurance.CLAIMED
    await resolver.resolve(())
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(asked) == 1, "asked for in the background"


async def test_a_flood_of_addresses_leaves_memory_and_questions_bounded():
    its, resolver, _ = checking([listed("8.8.8.0/24")])
    waiting = []
    for number in range(10_000):
        client = Client(f"203.{number >> 16}.{number >> 8 & 255}.{number & 255}", "203.0.0.0/24")
        judged = its(changed(request(SATU), client=client))
        if inspect.isawaitable(judged):
            waiting.append(asyncio.ensure_future(judged))
            if len(waiting) % 50 == 0:
                await asyncio.sleep(0)
    assert len(resolver._asking) <= MOST_ASKED
    done = await asyncio.gather(*waiting)
    assert len(its._checked) <= REMEMBERED
    assert len(its._alike) <= REMEMBERED
    assert {one.identity.kind for one in done} <= {Kind.IMPOSTORS, Kind.AGENTS}


def paced(subject):
    """A host whose rule lets those of a subject come three times."""
    rate = Rate(1, Unit.MINUTE, 3, By.AGENT)
    return sites.host(rules=[sites.rule("perlahan", subject, ["/"], Verdict.ALLOW, rate=rate)])


async def test_who_was_checked_is_counted_with_every_request():
    hosts = [paced(sites.Subject.agent("SatuBot"))]
    its, _, _ = checking([listed("203.0.113.0/24")], hosts=hosts)
    judged = [its(request(SATU)) for _ in range(4)]
    assert [one.identity.assurance for one in judged] == [Assurance.CORROBORATED] * 4
    assert [one.decision.status for one in judged] == [None, None, None, 429]
    assert [one.rates[0].remaining for one in judged] == [2, 1, 0, 0]


async def test_an_impostor_uses_up_nothing_of_the_one_it_claims_to_be():
    lists = [listed("203.0.113.7/32")]
    its, _, _ = checking(lists, hosts=[paced(sites.Subject.agent("SatuBot"))])
    impostor = changed(request(SATU), client=Client("203.0.113.8", "203.0.113.0/24"))
    assert (await its(impostor)).decision.rule == "impostors"
    assert [its(impostor).decision.rule for _ in range(5)] == ["impostors"] * 5
    assert [its(request(SATU)).decision.status for _ in range(3)] == [None] * 3


async def test_who_was_checked_is_never_in_the_memory_of_names_alone():
    its, _, _ = checking([listed("203.0.113.0/24")])
    for _ in range(3):
        assert its(request(SATU)).identity.assurance is Assurance.CORROBORATED
    assert its._known == {}
    assert its(request("Mozilla/5.0 Firefox/142.0")).identity.kind is Kind.PEOPLE
    assert len(its._known) == 1
