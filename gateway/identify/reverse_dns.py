"""Whether the reverse name of the client's address is its operator's, and resolves back to the same address.

Whoever holds an address block gives it any reverse names he likes: a name under the operator's suffix is worth nothing
until the operator's own servers lead from it back to the address (forward-confirmed reverse DNS).
"""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct

from gateway.agents import Verify
from gateway.identify import published_ranges
from gateway.identify.address import EDGE_LISTS, NOT_ASKED, edge, unchecked, verify_of
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Lookup, Unavailable
from gateway.policy.model import Policy
from gateway.request import Request
from gateway.vocabulary import Reason

NAME: Final = "reverse-dns"

_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,126}")


class Reverse(Struct, frozen=True):
    """What DNS says of an address, seen from one operator's suffixes: a name of its own that resolves back, else one of
    its own that does not, else a foreign one; all empty where the address has no name."""

    confirmed: str = ""
    unconfirmed: str = ""
    foreign: str = ""


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """The address seen from the operator's suffixes. Waited for only where a failure has consequences."""
    verify = verify_of(claim, policy)
    if verify is None or not _asked(claim, verify) or unchecked(request.client):
        return ()
    return (Lookup("dns", dns_key(request.client.address, verify.names), verify.strict), *EDGE_LISTS)


def spared(request: Request, claim: Claim, policy: Policy, facts: Facts) -> bool:
    """Whether the operator's lists bear the claim out already, so that DNS need not be asked."""
    return published_ranges.proves(request, claim, policy, facts)


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence | None:
    """`NAME_CONFIRMS` with the name, or why not; None if the operator has no names or nobody needed to ask."""
    verify = verify_of(claim, policy)
    if verify is None or not _asked(claim, verify):
        return None
    hindrance = unchecked(request.client)
    if hindrance is not None:
        return None if verify.ranges or verify.networks else Evidence(NAME, hindrance)
    if spared(request, claim, policy, facts):
        return None
    lookup, *_ = needs(request, claim, policy)
    found = facts.get(lookup, NOT_ASKED)
    if not isinstance(found, Reverse):
        why = found.why if isinstance(found, Unavailable) else "unreadable"
        return Evidence(NAME, Reason.CHECK_UNAVAILABLE, why[:200])
    if found.confirmed:
        return Evidence(NAME, Reason.NAME_CONFIRMS, found.confirmed[:200])
    network = edge(request.client, facts)
    if network:
        return Evidence(NAME, Reason.ADDRESS_UNCERTAIN, network)
    if found.unconfirmed:
        sure = verify.forward == "complete"
        finding = Reason.NAME_NOT_CONFIRMED if sure else Reason.CHECK_UNAVAILABLE
        return Evidence(NAME, finding, found.unconfirmed[:200])
    return Evidence(NAME, Reason.NAME_FOREIGN, found.foreign[:200])


def _asked(claim: Claim, verify: Verify) -> bool:
    """Whether names are looked at: where the claim is believed and disproving it has no consequence, they are not."""
    return bool(verify.names) and (verify.strict or not claim.costs)


def dns_key(address: str, suffixes: tuple[str, ...]) -> str:
    """The key of the look-up: the address and every suffix, blanks between them."""
    return f"{address} {' '.join(suffixes)}"


def host_name(name: str) -> str | None:
    """A name from DNS in lower case without its final dot; None if it is no host name."""
    folded = name[:255].lower().removesuffix(".")
    return folded if len(folded) <= 253 and _HOST.fullmatch(folded) else None


def belongs(name: str, suffixes: tuple[str, ...]) -> bool:
    """Whether a folded name is one of the suffixes or lies under one, label by label.

    A suffix with ``*``, which stands for part of one label, describes whole names.
    """
    return any(
        _pattern(suffix).fullmatch(name) is not None
        if "*" in suffix
        else name == suffix or name.endswith(f".{suffix}")
        for suffix in suffixes
    )


@lru_cache(maxsize=1024)
def _pattern(suffix: str) -> re.Pattern[str]:
    return re.compile("[a-z0-9_-]*".join(map(re.escape, suffix.lower().split("*"))))
