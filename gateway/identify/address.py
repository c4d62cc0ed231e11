"""Whether public data can speak of a client's address at all, and which agent's data would."""

from ipaddress import ip_network
from typing import Final

from gateway.agents import Verify
from gateway.identify.claim import Claim
from gateway.identify.identity import Facts, Lookup, Unavailable
from gateway.identify.prefixes import Listed, Prefixes, is_address
from gateway.policy.model import Policy
from gateway.request import Client
from gateway.vocabulary import Reason

#: Lists of networks in which content delivery networks meet their customers' sites. A client that seems to be there is
#: somebody behind one, whose forwarding fields were lost: the address is not the client's own.
EDGES: Final = (
    "https://www.cloudflare.com/ips-v4/",
    "https://www.cloudflare.com/ips-v6/",
    "https://ip-ranges.amazonaws.com/ip-ranges.json#CLOUDFRONT",
    "https://api.fastly.com/public-ip-list",
)
EDGE_LISTS: Final = tuple(Lookup("ranges", url) for url in EDGES)
#: What stands for a fact that nobody has brought.
NOT_ASKED: Final = Unavailable("not asked")

#: Those that have been Cloudflare's and Fastly's for years: they hold also before the lists were fetched for the first
#: time. A network too many only leaves a claim unproved.
_LONG_KNOWN: Final = Prefixes(
    map(
        ip_network,
        (
            *("103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "104.16.0.0/13", "104.24.0.0/14"),
            *("108.162.192.0/18", "131.0.72.0/22", "141.101.64.0/18", "162.158.0.0/15", "172.64.0.0/13"),
            *("173.245.48.0/20", "188.114.96.0/20", "190.93.240.0/20", "197.234.240.0/22", "198.41.128.0/17"),
            *("2400:cb00::/32", "2405:8100::/32", "2405:b500::/32", "2606:4700::/32", "2803:f800::/32"),
            *("2a06:98c0::/29", "2c0f:f248::/32"),
            *("23.235.32.0/20", "104.156.80.0/20", "146.75.0.0/17", "151.101.0.0/16", "199.232.0.0/16"),
            *("2a04:4e40::/32", "2a04:4e42::/32"),
        ),
    )
)

#: Networks inside a site or a carrier: private, loopback, link-local, shared (RFC 1918, 1122, 3927, 6598, 4193, 4291).
_INSIDE: Final = Prefixes(
    map(
        ip_network,
        (
            *(
                "10.0.0.0/8",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "100.64.0.0/10",
                "127.0.0.0/8",
                "169.254.0.0/16",
            ),
            *("0.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128", "::/128"),
        ),
    )
)


def unchecked(client: Client) -> Reason | None:
    """Why nothing can be said of a client by its address, None if it can."""
    if not client.certain:
        return Reason.ADDRESS_UNCERTAIN
    if _INSIDE.holding(client.address) is not None or not is_address(client.address):
        return Reason.ADDRESS_PRIVATE
    return None


def edge(client: Client, facts: Facts) -> str:
    """The name of the content delivery network in whose lists the client's address stands, empty if in none."""
    for lookup in EDGE_LISTS:
        listed = facts.get(lookup)
        if isinstance(listed, Listed) and listed.prefixes.holding(client.address):
            return listed.name
    return "a content delivery network" if _LONG_KNOWN.holding(client.address) else ""


def verify_of(claim: Claim, policy: Policy) -> Verify | None:
    """How a claim can be borne out, None if there is no way or nothing is claimed."""
    agent = None if claim.agent is None else policy.agents.find(claim.agent)
    return None if agent is None else agent.verify
