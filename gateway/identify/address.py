"""Whether public data can speak of a client's address at all, and which agent's data would."""

from functools import cache
from ipaddress import ip_network
from typing import Final

from gateway.agents import Verify
from gateway.agents.delivery import DeliveryNetwork, delivery_networks
from gateway.identify.claim import Claim
from gateway.identify.identity import Facts, Lookup, Unavailable
from gateway.identify.prefixes import Listed, Prefixes, is_address
from gateway.policy.model import Policy
from gateway.request import Client
from gateway.vocabulary import Reason

#: Lists of networks from which content delivery networks reach their customers' sites. A client that seems to be there is
#: somebody behind one, whose forwarding fields were lost: the address is not the client's own.
EDGES: Final = tuple(url for network in delivery_networks() for url in network.lists)
EDGE_LISTS: Final = tuple(Lookup("ranges", url) for url in EDGES)
#: What stands for a fact that nobody has brought.
NOT_ASKED: Final = Unavailable("not asked")

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
    if is_inside(client.address) or not is_address(client.address):
        return Reason.ADDRESS_PRIVATE
    return None


def is_inside(address: str) -> bool:
    """Whether an address in canonical text is private, or of another network inside a site or a carrier."""
    return _INSIDE.holding(address) is not None


@cache
def built_in(network: DeliveryNetwork) -> Prefixes:
    """The network's prefixes as they were when this was written: they hold before its lists were fetched for the first time.
    As an edge, a network too many only leaves a claim unproved."""
    return Prefixes(map(ip_network, network.prefixes))


def edge(client: Client, facts: Facts) -> str:
    """The name of the content delivery network in whose lists the client's address stands, empty if in none."""
    for lookup in EDGE_LISTS:
        listed = facts.get(lookup)
        if isinstance(listed, Listed) and listed.prefixes.holding(client.address):
            return listed.name
    return next((one.title for one in delivery_networks() if built_in(one).holding(client.address)), "")


def verify_of(claim: Claim, policy: Policy) -> Verify | None:
    """How a claim can be borne out, None if there is no way or nothing is claimed."""
    agent = None if claim.agent is None else policy.agents.find(claim.agent)
    return None if agent is None else agent.verify
