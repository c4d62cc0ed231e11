"""Whether the client's address stands on the lists that its operator publishes."""

from functools import lru_cache
from ipaddress import ip_network

from gateway.agents import Verify
from gateway.identify.address import EDGE_LISTS, NOT_ASKED, edge, unchecked, verify_of
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Lookup, Unavailable
from gateway.identify.prefixes import Listed, Prefixes
from gateway.policy.model import Policy
from gateway.request import Client, Request
from gateway.vocabulary import Reason

NAME = "published-ranges"


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """Every list that the operator publishes, and those of the networks that would hide the client's own address."""
    verify = verify_of(claim, policy)
    if verify is None or not (verify.ranges or verify.networks) or unchecked(request.client):
        return ()
    return (*_lists(verify.ranges), *EDGE_LISTS)


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence | None:
    """`ADDRESS_PUBLISHED` with prefix, list and date; else why that cannot be said. None if nothing is published, and of a
    claim that is believed anyway where nothing was found out.

    The lists prove the operator. Which of its agents this is, remains the client's word.
    """
    verify = verify_of(claim, policy)
    if verify is None or not (verify.ranges or verify.networks):
        return None
    found = _finding(request.client, verify, facts)
    told = found.finding in (Reason.ADDRESS_PUBLISHED, Reason.ADDRESS_NOT_PUBLISHED)
    return found if told or verify.strict or not claim.costs else None


def proves(request: Request, claim: Claim, policy: Policy, facts: Facts) -> bool:
    """Whether the lists at hand bear the claim out already."""
    verify = verify_of(claim, policy)
    if verify is None or unchecked(request.client) is not None:
        return False
    return _found(request.client.address, verify, facts) is not None


def _finding(client: Client, verify: Verify, facts: Facts) -> Evidence:
    hindrance = unchecked(client)
    if hindrance is not None:
        return Evidence(NAME, hindrance)
    found = _found(client.address, verify, facts)
    if found is not None:
        return found
    network = edge(client, facts)
    return Evidence(NAME, Reason.ADDRESS_UNCERTAIN, network) if network else _missed(verify, facts)


def _found(address: str, verify: Verify, facts: Facts) -> Evidence | None:
    for lookup in _lists(verify.ranges):
        listed = facts.get(lookup)
        prefix = listed.prefixes.holding(address) if isinstance(listed, Listed) else None
        if prefix is not None:
            assert isinstance(listed, Listed)
            return Evidence(NAME, Reason.ADDRESS_PUBLISHED, f"{prefix}, {listed.name}, {listed.date}"[:200])
    prefix = _fast(verify.networks).holding(address) if verify.networks else None
    return None if prefix is None else Evidence(NAME, Reason.ADDRESS_PUBLISHED, prefix)


def _missed(verify: Verify, facts: Facts) -> Evidence:
    """Not found: that says something only if every list is at hand and fresh."""
    names = []
    for lookup in _lists(verify.ranges):
        listed = facts.get(lookup, NOT_ASKED)
        if not isinstance(listed, Listed):
            why = listed.why if isinstance(listed, Unavailable) else "unreadable"
            return Evidence(NAME, Reason.CHECK_UNAVAILABLE, why[:200])
        if not listed.fresh:
            return Evidence(NAME, Reason.CHECK_UNAVAILABLE, f"{listed.name}, {listed.date}"[:200])
        names.append(f"{listed.name}, {listed.date}")
    return Evidence(NAME, Reason.ADDRESS_NOT_PUBLISHED, "; ".join(names)[:200])


@lru_cache(maxsize=1024)
def _lists(urls: tuple[str, ...]) -> tuple[Lookup, ...]:
    return tuple(Lookup("ranges", url) for url in urls)


@lru_cache(maxsize=1024)
def _fast(networks: tuple[str, ...]) -> Prefixes:
    """The prefixes that stand in the catalogue itself; what is none is passed over."""
    found = []
    for text in networks:
        try:
            found.append(ip_network(text))
        except ValueError:
            continue
    return Prefixes(found)
