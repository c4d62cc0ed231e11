"""The judge: at once where it can, later where it must, by the version and the orders in force."""

import asyncio
import dataclasses
import inspect
from ipaddress import ip_network

from gateway.identify.identity import Lookup, Unavailable
from gateway.licenses.proof import Proof
from gateway.licenses.token import Shown, Token
from gateway.lookups.resolver import Resolver
from gateway.orders import BlockOrder, ModeOrder, Orders
from gateway.policy.robots import RobotsFile
from gateway.proxy.ids import Ids
from gateway.proxy.judge import Judge
from gateway.rates.counters import Finding
from gateway.rates.rate import Rate, Unit
from gateway.request import Client, Request, read_target
from gateway.value import changed
from gateway.vocabulary import By, Kind, Mode, Reason, Use, Verdict
from tests import sites

NOW = int(sites.NOON.timestamp()) * 1_000_000
CLIENT = Client("203.0.113.7", "203.0.113.0/24")


def judge(version=None, robots=None, clock=lambda: NOW, take=None):
    resolver = Resolver({}, lambda host, name: robots, lambda: 0.0)
    return Judge(version or sites.version(), resolver, clock=clock, new_id=Ids(), take=take)


def request(user_agent="Mozilla/5.0 Firefox/142.0", path=b"/berita/1", host="www.antara.example", **fields):
    its = {"user-agent": user_agent, **fields} if user_agent is not None else fields
    return Request("GET", "https", host, host, read_target(path), CLIENT, its)


def test_what_needs_nothing_is_judged_at_once():
    its = judge()
    for _ in range(2):  # from memory the second time
        judged = its(request("GPTBot/1.3"))
        assert (judged.decision.verdict, judged.at, judged.version.number) == (Verdict.DENY, NOW, 1)
        assert its(request()).decision.verdict is Verdict.ALLOW
        assert its(request(None)).identity.kind is Kind.PEOPLE
    assert len({its(request()).id for _ in range(100)}) == 100


def test_equal_decisions_are_one():
    """What a door makes of a decision is remembered by the very object."""
    its = judge()
    refused = [its(request("GPTBot/1.3", path=b"/berita/%d" % number)) for number in range(3)]
    assert len({id(one.decision) for one in refused}) == len({id(one.identity) for one in refused}) == 1


def test_a_from_field_is_part_of_the_claim():
    its = judge()
    name = "pengumpul/1.0"
    assert its(request(name)).identity.kind is Kind.PEOPLE
    said = its(request(name, **{"from": "crawler@example.org"}))
    assert (said.identity.kind, said.identity.unknown) == (Kind.AGENTS, True)
    assert its(request(name)).identity.kind is Kind.PEOPLE, "not remembered for those without it"


def test_a_new_version_forgets_who_was_who():
    its = judge()
    first = its(request("GPTBot/1.3"))
    open_ = sites.policy(sites.host(uses={}))
    its.use(dataclasses.replace(v, number=2) if dataclasses.is_dataclass(v := sites.version(open_)) else v)
    second = its(request("GPTBot/1.3"))
    assert (first.decision.verdict, second.decision.verdict) == (Verdict.DENY, Verdict.ALLOW)
    assert second.version is not first.version


def test_orders_take_effect_with_the_next_request_and_run_out_by_the_clock():
    now = [NOW]
    its = judge(clock=lambda: now[0])
    its.orders = Orders((ModeOrder(Mode.OBSERVE, "*", NOW + 10),), (BlockOrder("googlebot", NOW + 10),))
    assert its(request("GPTBot/1.3")).decision.enforced is False
    its.orders = Orders((), its.orders.blocks)
    assert its(request("GPTBot/1.3")).decision.enforced is True
    assert its(request("Googlebot/2.1")).decision.rule == "block"
    now[0] = NOW + 10
    assert its(request("Googlebot/2.1")).decision.verdict is Verdict.ALLOW


def test_the_origins_robots_txt_binds_crawlers_and_never_people():
    closed = RobotsFile(b"User-agent: *\nDisallow: /\n")
    its = judge(robots=closed)
    unknown = its(request("FooBot/1.0 (+http://foo.example)"))
    assert unknown.decision.rule == "origin-robots"
    assert unknown.robots == closed.digest
    seo = its(request("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"))
    assert seo.decision.rule == "origin-robots"
    welcome = its(request("Googlebot/2.1"))
    assert welcome.decision.verdict is Verdict.ALLOW
    assert Reason.ROBOTS_WOULD_REFUSE in welcome.decision.reasons
    assert its(request()).robots is None
    assert judge()(request("FooBot/1.0 (+http://foo.example)")).decision.verdict is Verdict.ALLOW, (
        "not read yet"
    )


def test_who_may_prove_a_license_by_address_is_remembered_by_address_alone():
    held = sites.license_("contoh", ["CCBot"], addresses=_networks("203.0.113.7/32"))
    its = judge(sites.version(sites.policy(licenses=[held])))
    elsewhere = changed(request("CCBot/2.0"), client=Client("203.0.113.8", "203.0.113.0/24"))
    for _ in range(2):
        assert its(request("CCBot/2.0")).identity.proved == ("contoh",)
        assert its(elsewhere).identity.proved == ()
    assert its(request("CCBot/2.0")).decision is its(request("CCBot/2.0")).decision
    assert its._known == {}


def _networks(*texts):
    return tuple(ip_network(text) for text in texts)


async def test_where_a_look_up_must_be_waited_for_the_judgement_comes_later():
    """No probe of this version looks anything up, so the way is walked from inside."""
    gone = asyncio.Event()
    lookup = Lookup("dns", "203.0.113.7")

    async def source(key):
        await gone.wait()
        raise AssertionError("never reached")

    its = Judge(
        sites.version(),
        Resolver({"dns": source}, lambda host, name: None, asyncio.get_running_loop().time),
        clock=lambda: NOW,
        new_id=Ids(),
    )
    version = its.version
    claim = its._claims.read("GPTBot/1.3")
    later = its._later(version, request("GPTBot/1.3"), claim, (lookup,))
    assert inspect.isawaitable(later)
    its.use(sites.version(sites.policy(sites.host(uses={}))))
    judged = await later
    assert judged.version is version, "it keeps the version it began with"
    assert judged.decision.verdict is Verdict.DENY
    assert isinstance((await its._resolver.resolve((lookup,)))[lookup], Unavailable)


PACED = sites.policy(
    sites.host(
        rules=[
            sites.rule(
                "alat",
                sites.Subject.kind(Kind.TOOLS),
                ["/"],
                Verdict.ALLOW,
                rate=Rate(1, Unit.MINUTE, 3, By.ADDRESS),
            )
        ]
    )
)


def test_what_a_rate_counts_is_counted_and_refused_when_it_is_used_up():
    now = [NOW]
    its = judge(sites.version(PACED), clock=lambda: now[0])
    judged = [its(request("curl/8.5.0")) for _ in range(4)]
    assert [one.decision.status for one in judged] == [None, None, None, 429]
    assert [one.rates[0].remaining for one in judged] == [2, 1, 0, 0]
    assert judged[-1].decision.rule == "alat"
    assert its(request()).rates == ()
    assert its(request("curl/8.5.0", b"/robots.txt")).decision.status == 200
    now[0] += judged[-1].rates[0].wait
    assert its(request("curl/8.5.0")).decision.verdict is Verdict.ALLOW


def test_what_is_refused_anyway_is_not_counted():
    asked = []

    def take(takes, now):
        asked.append(takes)
        return tuple(Finding(one.name, 1, 0, 1) for one in takes)

    its = judge(sites.version(PACED), take=take)
    its.orders = Orders((), (BlockOrder("curl", None),))
    assert its(request("curl/8.5.0")).decision.rule == "block"
    its.orders = Orders()
    assert its(request("GPTBot/1.3")).decision.verdict is Verdict.DENY
    assert its(request("curl/8.5.0", b"/ads.txt")).decision.verdict is Verdict.ALLOW
    assert asked == []
    its(request("curl/8.5.0"))
    assert len(asked) == 1


async def test_counters_may_be_another_process():
    async def far(takes, now):
        await asyncio.sleep(0)
        return tuple(Finding(one.name, 0, 7, 1) for one in takes)

    its = judge(sites.version(PACED), take=far)
    later = its(request("curl/8.5.0"))
    assert inspect.isawaitable(later)
    its.use(sites.version())
    judged = await later
    assert (judged.decision.status, judged.rates) == (429, (Finding("alat", 0, 7, 1),))
    assert judged.version.policy is PACED, "it keeps the version it began with"


def test_who_shows_a_token_is_identified_by_it_and_nobody_else_is():
    """The same User-Agent with a token, without, and with another token: nothing is carried from one to the other."""
    held = sites.license_("contoh", ["CCBot"], proof=Proof(token=True), uses=frozenset({Use.AI_TRAIN}))
    version = sites.version(sites.policy(licenses=[held]))
    sound = Token("01J", version.policy.site, "contoh", ("www.antara.example",), (Use.AI_TRAIN,), 0, 0, 1)
    facts = {"a.b.c": Shown(sound, None), "x.y.z": Shown(sound, Reason.TOKEN_REVOKED)}
    resolver = Resolver({}, lambda host, name: None, lambda: 0.0, {"license-token": facts.__getitem__})
    its = Judge(version, resolver, clock=lambda: NOW, new_id=Ids())
    for _ in range(2):
        for token, license, status in (
            *((None, None, 403), ("a.b.c", "contoh", None)),
            *(("x.y.z", None, 401), (None, None, 403)),
        ):
            shown = {} if token is None else {"authorization": f"License {token}"}
            decision = its(request("CCBot/2.0", **shown)).decision
            assert (decision.license, decision.status) == (license, status)
    facts["a.b.c"] = facts["x.y.z"]
    assert its(request("CCBot/2.0", authorization="License a.b.c")).decision.status == 401, "at once"
