"""Facts made by hand for tests of identity: a site's own operators, their lists, and what DNS says."""

from ipaddress import ip_network

from gateway.agents import Agent, Check, Registry, Verify
from gateway.identify import NO_FACTS, identify, needs
from gateway.identify.address import EDGES
from gateway.identify.claim import Claims
from gateway.identify.identity import Lookup, Unavailable
from gateway.identify.prefixes import Listed, Prefixes
from gateway.identify.reverse_dns import Reverse, dns_key
from gateway.request import Client, Request, read_target
from gateway.vocabulary import Purpose
from tests.sites import policy

LIST, OTHER_LIST = "https://satu.example/list.json", "https://satu.example/more.json"
NAMES = ("satu.example", "crawl.dua.example")
LISTED, UNLISTED = "66.249.64.7", "8.8.4.4"


def agent(name, purpose=Purpose.SEARCH, *, check="strict", **verify):
    return Agent(
        name=name,
        operator="Satu",
        match=(name,),
        purpose=purpose,
        verify=Verify(check=Check(check), **verify),
    )


AGENTS = Registry(
    [
        agent("BothBot", ranges=(LIST,), names=NAMES),
        agent("ListBot", ranges=(LIST,)),
        agent("ListsBot", ranges=(LIST, OTHER_LIST)),
        agent("NameBot", names=NAMES),
        agent("GapBot", names=NAMES, forward="incomplete"),
        agent("FastBot", networks=("66.249.64.0/24",)),
        agent("RouteBot", ranges=(LIST,), asn=("AS64500",)),
        agent("SoftBot", check="soft", ranges=(LIST,), names=NAMES),
        agent("LatihBot", Purpose.AI_TRAIN, check="soft", ranges=(LIST,), names=NAMES),
        agent("KeyBot", directories=("https://satu.example/keys",)),
        Agent(name="BareBot", operator="Dua", match=("BareBot",), purpose=Purpose.SEARCH),
    ]
)
POLICY = policy(agents=AGENTS)
CLAIMS = Claims(AGENTS)


def listed(*prefixes, fresh=True, name="list.json"):
    return Listed(name, Prefixes(map(ip_network, prefixes)), "2026-11-24", fresh)


def facts(lists=None, dns=None, suspended="", address=UNLISTED, edge=None, more=None):
    """``lists`` is one list or what stands for it, ``dns`` what is said of the address; what is None is not known."""
    found = {}
    if lists is not None:
        found[Lookup("ranges", LIST)] = lists
    if more is not None:
        found[Lookup("ranges", OTHER_LIST)] = more
    if dns is not None:
        for waits in (True, False):
            found[Lookup("dns", dns_key(address, NAMES), waits)] = dns
    if edge is not None:
        found[Lookup("ranges", EDGES[0])] = edge
    if suspended:
        found[Lookup("suspended", "Satu")] = suspended
    return found


def request(user_agent, address=UNLISTED, *, certain=True):
    client = Client(address, address, certain=certain)
    return Request("GET", "https", "a", "a", read_target(b"/"), client, {"user-agent": user_agent})


def weighed(user_agent, known=NO_FACTS, address=UNLISTED, *, certain=True, its=POLICY):
    asked = request(user_agent, address, certain=certain)
    return identify(asked, CLAIMS.read(user_agent), its, known)


def asked(user_agent, address=UNLISTED, known=NO_FACTS, *, certain=True):
    return needs(request(user_agent, address, certain=certain), CLAIMS.read(user_agent), POLICY, known)


GOOD = listed("66.249.64.0/24", "2001:4860::/32")
STALE = listed("66.249.64.0/24", fresh=False)
GONE = Unavailable("no copy of the list")
DOWN = Unavailable("DNS: ARES_ETIMEOUT")
FOREIGN, NAMELESS = Reverse(foreign="host.elsewhere.example"), Reverse()
LIAR, TRUE = Reverse(unconfirmed="crawl.satu.example"), Reverse(confirmed="crawl.satu.example")
