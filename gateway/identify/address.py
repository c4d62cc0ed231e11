"""Whether public data can speak of a client's address at all, and which agent's data would."""

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from gateway.agents import Verify
from gateway.identify.claim import Claim
from gateway.identify.identity import Facts, Lookup, Unavailable
from gateway.identify.prefixes import Listed
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

#: Networks inside a site or a carrier: private, loopback, link-local, shared (RFC 1918, 1122, 3927, 6598, 4193, 4291).
_INSIDE: Final = tuple(
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
    return Reason.ADDRESS_PRIVATE if _is_inside(client.address) else None


def edge(client: Client, facts: Facts) -> str:
    """The name of the content delivery network in whose lists the client's address stands, empty if in none."""
    for lookup in EDGE_LISTS:
        listed = facts.get(lookup)
        if isinstance(listed, Listed) and listed.prefixes.holding(client.address):
            return listed.name
    return ""


def verify_of(claim: Claim, policy: Policy) -> Verify | None:
    """How a claim can be borne out, None if there is no way or nothing is claimed."""
    agent = None if claim.agent is None else policy.agents.find(claim.agent)
    return None if agent is None else agent.verify


@lru_cache(maxsize=8192)
def _is_inside(address: str) -> bool:
    try:
        read = ip_address(address)
    except ValueError:
        return True
    return any(read.version == network.version and read in network for network in _INSIDE)
