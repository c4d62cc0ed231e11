"""Whether a client that uses a licensee's name shows a license token that proves the license."""

from typing import Final

from gateway.identify.address import NOT_ASKED
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Lookup, Unavailable
from gateway.identify.web_bot_auth import verified
from gateway.licenses.credential import FIELD, token_in
from gateway.licenses.token import LONGEST, Shown, Token
from gateway.policy.model import HOLDING, OWN_PATHS, Policy
from gateway.request import Request
from gateway.vocabulary import USE_OF, Kind, Reason

NAME: Final = "license-token"

#: What a licensee may ask whatever its token covers: the terms, and what it holds.
_ALWAYS: Final = OWN_PATHS | {HOLDING}


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """What the token says, where one is shown; one that is too long is not even read."""
    credential = request.fields.get(FIELD)
    if credential is None or len(credential) > LONGEST:
        return ()
    return (Lookup(NAME, token_in(credential)),)


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence | None:
    """`TOKEN_PROVES_LICENSE`, or why not; None for people, and if no token is shown and none is asked of the agent.

    The detail is the license's id and the token's, once the signature is sound: `contoh-ai-2026; 01J…`.
    """
    if claim.kind is Kind.PEOPLE:
        return None
    if FIELD not in request.fields:
        named = [one for one in policy.licenses_of(claim.agent) if one.proof.token]
        return Evidence(NAME, Reason.TOKEN_NOT_SHOWN, named[0].id) if named else None
    asked = needs(request, claim, policy)
    if not asked:
        return Evidence(NAME, Reason.TOKEN_TOO_LONG)
    shown = facts.get(asked[0], NOT_ASKED)
    if not isinstance(shown, Shown):
        why = shown.why if isinstance(shown, Unavailable) else "unreadable"
        return Evidence(NAME, Reason.TOKEN_UNCHECKED, why[:200])
    token = shown.token
    if token is None:
        return Evidence(NAME, shown.fault or Reason.TOKEN_MALFORMED)
    found = shown.fault or _objection(token, request, claim, policy, facts) or Reason.TOKEN_PROVES_LICENSE
    return Evidence(NAME, found, f"{token.license}; {token.id}"[:200])


def _objection(token: Token, request: Request, claim: Claim, policy: Policy, facts: Facts) -> Reason | None:
    """What the site, the license and the request itself object to a token that is sound and in time."""
    held = policy.license(token.license)
    if token.site != policy.site or not _is_for(token, request, policy):
        return Reason.TOKEN_OTHER_SITE
    if held is None or not held.proof.token:
        return Reason.TOKEN_LICENSE_GONE
    if not held.names(claim.agent):
        return Reason.TOKEN_OTHER_AGENT
    if token.key is not None and token.key != (verified(facts).keyid or None):
        return Reason.TOKEN_KEY_NOT_USED
    return None if _reaches(token, request, claim) else Reason.TOKEN_OUT_OF_SCOPE


def _is_for(token: Token, request: Request, policy: Policy) -> bool:
    """Whether the token's audience is the host that was asked, by its name or by the policy's entry for it."""
    name, client = request.host, request.client
    entry = policy.host(name, near=client.private and client.certain)
    if entry is None:
        return True  # refused for that, whatever the token says
    return name in token.hosts or entry.pattern in token.hosts


def _reaches(token: Token, request: Request, claim: Claim) -> bool:
    """Whether uses and paths of the token cover the request, in both readings of its path. What it holds, a licensee may
    always ask."""
    use = USE_OF.get(claim.purpose) if claim.purpose else None
    if use is not None and not any(use in granted.single for granted in token.uses):
        return False
    target = request.target
    if not token.paths or target is None or target.path in _ALWAYS:
        return True
    readings = (target.canonical, target.lenient)
    return not target.climbs and all(any(path.matches(one) for path in token.paths) for one in readings)
