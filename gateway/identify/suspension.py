"""Whether the check of the claimed operator is suspended, because it failed for too many at once."""

from gateway.identify.address import verify_of
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Lookup
from gateway.policy.model import Policy
from gateway.request import Request
from gateway.vocabulary import Reason

NAME = "suspension"


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """Whether it is, for whom a failed check would have consequences."""
    verify = verify_of(claim, policy)
    if verify is None or not verify.strict or claim.operator is None:
        return ()
    return (Lookup("suspended", claim.operator),)


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence | None:
    """`CHECK_SUSPENDED` with the instant, or None."""
    for lookup in needs(request, claim, policy):
        since = facts.get(lookup)
        if isinstance(since, str) and since:
            return Evidence(NAME, Reason.CHECK_SUSPENDED, since[:200])
    return None
