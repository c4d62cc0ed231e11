"""Whether a request is signed with a key of its operator (RFC 9421 in the profile of Web Bot Auth).

The signature is verified at the door, since it is the request that is signed, and comes as a fact. A signature says who
holds a key, never that a request is welcome. But it also says who sends a request that names nobody: agents that drive a
browser have a browser's User-Agent, and only the directory of their keys tells them apart from readers.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec
from msgspec.structs import replace

from gateway.agents import Agent, Registry
from gateway.identify.claim import PRECEDENCE, Claim
from gateway.identify.identity import Evidence, Facts, Lookup
from gateway.licenses.license import License
from gateway.licenses.proof import Method
from gateway.policy.model import Policy
from gateway.request import SIGNED, Request
from gateway.signatures import Cause, Outcome, Result, directory_address
from gateway.signatures.keys import Key, is_thumbprint, read_key
from gateway.vocabulary import Kind, Reason

NAME: Final = "web-bot-auth"
#: The fact: what came of the request's signatures, an `Outcome`.
SIGNATURE: Final = Lookup("signature", "")

_FINDINGS: Final = {
    Result.INVALID: Reason.SIGNATURE_INVALID,
    Result.UNVERIFIED: Reason.SIGNATURE_UNVERIFIED,
}
#: The causes that stand for those of people, of whom no detail is recorded.
_UNTOLD: Final = {Reason.SIGNATURE_INVALID: Cause.MALFORMED, Reason.SIGNATURE_UNVERIFIED: Cause.NOT_ASKED}
_STALE: Final = "stale"
#: Stands for a directory where the key is pinned by a license.
_PINNED: Final = "-"
_NOBODY: Final = Outcome(Cause.UNSIGNED)
_NOT_ASKED: Final = Outcome(Cause.NOT_ASKED)


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """Nothing: the door verifies what is signed."""
    return ()


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence | None:
    """`SIGNATURE_PROVES_LICENSE` or `SIGNATURE_VERIFIED` with the directory and the key, both of the claimed operator, or
    why not; None if the request is not signed in this profile, and no license asks for it.

    ``claim`` is that which the signature has had its say in (`attributed`). The detail of the first begins with the ids of
    the licenses. Licenses are proved to whom they name; a pinned key and a directory do it alike.
    """
    outcome = facts.get(SIGNATURE, _NOT_ASKED if SIGNED in request.fields else _NOBODY)
    if not isinstance(outcome, Outcome) or outcome.result is Result.NONE:
        asked = [one.id for one in _by_signature(claim, policy)]
        return Evidence(NAME, Reason.SIGNATURE_NOT_LICENSED, asked[0]) if asked else None
    if outcome.result is not Result.VERIFIED:
        return Evidence(NAME, _FINDINGS[outcome.result], outcome.cause.value)
    by = f"{outcome.address or _PINNED} {outcome.keyid}{f' {_STALE}' if outcome.stale else ''}"
    proved = [
        one.id
        for one in _by_signature(claim, policy)
        if one.proof.names_signer(outcome.address, outcome.keyid)
    ]
    if proved:
        return Evidence(NAME, Reason.SIGNATURE_PROVES_LICENSE, f"{' '.join(proved)}; {by}"[:200])
    own = any(agent.operator == claim.operator for agent in _signers(outcome, policy))
    return Evidence(NAME, Reason.SIGNATURE_VERIFIED if own else Reason.SIGNATURE_FOREIGN, by)


def told(evidence: Evidence) -> Facts:
    """The fact again, as far as recorded evidence tells it."""
    if evidence.finding is Reason.SIGNATURE_NOT_LICENSED:
        return {}
    if evidence.finding in _UNTOLD:
        causes = [cause for cause in Cause if cause.value == evidence.detail]
        return {SIGNATURE: Outcome(causes[0] if causes else _UNTOLD[evidence.finding])}
    address, keyid, *stale = (*evidence.detail.rpartition("; ")[2].split(" "), "")
    return {SIGNATURE: Outcome(Cause.OK, "", address.removeprefix(_PINNED), keyid, _STALE in stale)}


def _by_signature(claim: Claim, policy: Policy) -> list[License]:
    """The licenses of the claimed agent that a signature proves."""
    return [one for one in policy.licenses_of(claim.agent) if Method.WEB_BOT_AUTH in one.proof.methods]


def supposed(signer: str, policy: Policy) -> Facts:
    """The fact as it would be of a request that ``signer`` has signed: a key directory, by its address, or a key, by its
    thumbprint. ValueError if it is neither."""
    if is_thumbprint(signer):
        cause = Cause.OK if signer in pinned_by(policy) else Cause.SIGNATURE_AGENT_ABSENT
        return {SIGNATURE: Outcome(cause, keyid=signer)}
    address = directory_address(signer)
    if address is None:
        raise ValueError("it is neither the https address of a key directory nor the thumbprint of a key")
    cause = Cause.OK if address in directories_of(policy) else Cause.DIRECTORY_NOT_KNOWN
    return {SIGNATURE: Outcome(cause, address=address, keyid="supposed")}


def verified(facts: Facts) -> Outcome:
    """The signature that holds; one of nobody if none does."""
    outcome = facts.get(SIGNATURE)
    return outcome if isinstance(outcome, Outcome) and outcome.result is Result.VERIFIED else _NOBODY


def attributed(claim: Claim, policy: Policy, facts: Facts) -> Claim:
    """The claim of a client whose signature is verified: where it names no agent, it is taken for its signer's.

    Who names an agent is judged as that one; the signature then bears it out or is foreign to it.
    """
    outcome = verified(facts)
    if outcome is _NOBODY or (claim.agent is not None and claim.kind is not Kind.TOOLS):
        return claim
    signers = _signers(outcome, policy)
    if not signers:
        return claim
    agent = min(signers, key=_least_told)
    return replace(
        claim,
        kind=agent.kind,
        agent=agent.name,
        operator=agent.operator,
        purpose=agent.purpose,
        also=agent.also,
        unknown=False,
    )


def _least_told(agent: Agent) -> tuple[bool, int, str]:
    """Of several with the same keys: the one that no User-Agent tells, else the one whose claim costs most."""
    cost = len(PRECEDENCE) if agent.purpose is None else PRECEDENCE.index(agent.purpose)
    return bool(agent.match), cost, agent.name


def _signers(outcome: Outcome, policy: Policy) -> tuple[Agent, ...]:
    """The agents whose keys these are: by the catalogue, and by licenses."""
    listed = signers_of(policy.agents).get(outcome.address, ())
    licensed = (
        policy.agents.find(name)
        for license_ in policy.licenses_signed_by(outcome.address, outcome.keyid)
        for name in license_.agents
    )
    return (*listed, *(agent for agent in licensed if agent is not None))


def directories_of(policy: Policy) -> frozenset[str]:
    """The addresses of every directory that a policy's agents and licenses name."""
    licensed = (one.proof.directory for one in policy.licenses if one.proof.directory)
    return frozenset(signers_of(policy.agents)).union(licensed)


def pinned_by(policy: Policy) -> dict[str, Key]:
    """The keys that stand in a policy's licenses, by their thumbprints."""
    pinned = (key for one in policy.licenses for key in one.proof.keys)
    return {key.thumbprint: read_key(msgspec.json.decode(key.jwk)) for key in pinned}


@lru_cache(maxsize=16)
def signers_of(agents: Registry) -> Mapping[str, tuple[Agent, ...]]:
    """The agents whose keys stand in each directory, by its address in normal form."""
    found: dict[str, tuple[Agent, ...]] = {}
    for agent in agents:
        for text in () if agent.verify is None else agent.verify.directories:
            address = directory_address(text)
            if address is not None:
                found[address] = (*found.get(address, ()), agent)
    return found
