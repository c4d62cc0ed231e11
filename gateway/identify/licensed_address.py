"""Whether a client that uses a licensee's name comes from an address which the license names."""

from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Lookup
from gateway.policy.model import Policy
from gateway.request import Request
from gateway.vocabulary import Reason


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """Nothing: the prefixes stand in the license file."""
    return ()


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence | None:
    """`ADDRESS_PROVES_LICENSE`, or why not; None if no license names the agent.

    The detail has the ids of all licenses so proved, blanks between them: last year's and this year's may name the same
    address.

    Without proof a licensee's name is an ordinary claim, judged as that agent; never a contradiction.
    """
    named = [one for one in policy.licenses_of(claim.agent) if one.proof.addresses]
    if not named:
        return None
    proved = [one.id for one in named if one.proof.names_address(request.client)]
    if proved:
        return Evidence("licensed-address", Reason.ADDRESS_PROVES_LICENSE, " ".join(proved))
    certain = request.client.certain
    finding = Reason.ADDRESS_NOT_LICENSED if certain else Reason.ADDRESS_UNCERTAIN
    return Evidence("licensed-address", finding, named[0].id)
