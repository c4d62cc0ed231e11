"""The claim itself, as evidence: what the User-Agent says, and how far saying it is enough."""

from gateway.identify.address import verify_of
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Lookup
from gateway.policy.model import Policy
from gateway.request import Request
from gateway.vocabulary import Reason


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """Nothing: the claim is in the request."""
    return ()


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence:
    """What the client says of itself, the tokens it names as detail."""
    if claim.name is None and (
        claim.agent is None or not claim.tokens
    ):  # a signature may have named the agent
        return Evidence("user-agent", Reason.NO_CLAIM)
    if claim.unknown:
        return Evidence("user-agent", Reason.AGENT_UNKNOWN, claim.name or "")
    if claim.costs:
        finding = Reason.CLAIM_BELIEVED
    else:
        finding = Reason.CLAIM_CHECKABLE if verify_of(claim, policy) else Reason.CLAIM_UNPROVED
    return Evidence("user-agent", finding, ", ".join(claim.tokens)[:200])
