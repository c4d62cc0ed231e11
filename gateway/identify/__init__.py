"""Who sends a request: probes find evidence, `identify` weighs it. Pure: what a probe must ask the world comes as facts.

Theory of operation. A claim that costs the client is believed; a claim that pays must be proved. A `Probe` says which
`needs` it has (look-ups, answered by the caller before `weigh` is called; a failed one is `Unavailable`) and what it
finds. Adding a probe is one file and one line of `PROBES`.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from gateway.identify import licensed_address, user_agent
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Identity, Lookup
from gateway.policy.model import Policy, Subject
from gateway.request import Request
from gateway.vocabulary import Assurance, Kind, Reason


class Probe(Struct, frozen=True):
    """One check. ``needs`` lists what it would ask the world; ``weigh`` says what it finds, or None if it has no part
    in this request."""

    name: str
    needs: Callable[[Request, Claim, Policy], tuple[Lookup, ...]]
    weigh: Callable[[Request, Claim, Policy, Facts], Evidence | None]


#: Every probe, in the order in which evidence is recorded.
PROBES: Final[tuple[Probe, ...]] = (
    Probe("user-agent", user_agent.needs, user_agent.weigh),
    Probe("licensed-address", licensed_address.needs, licensed_address.weigh),
)


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """Every look-up that some probe asks for, each once."""
    found = [lookup for probe in PROBES for lookup in probe.needs(request, claim, policy)]
    return tuple(dict.fromkeys(found))


def identify(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Identity:
    """Who the client is taken for, from its claim and what every probe found."""
    evidence = tuple(
        found for probe in PROBES if (found := probe.weigh(request, claim, policy, facts)) is not None
    )
    proofs = (found.detail for found in evidence if found.finding is Reason.ADDRESS_PROVES_LICENSE)
    proved = tuple(name for detail in proofs for name in detail.split())
    return Identity(
        kind=claim.kind,
        assurance=_assurance(claim, proved),
        agent=claim.agent,
        operator=claim.operator,
        purpose=claim.purpose,
        also=claim.also,
        name=claim.name,
        unknown=claim.unknown,
        evidence=evidence,
        proved=proved,
        subjects=subjects_of(claim),
        robots=_robots_token(claim, policy),
    )


def address_matters(claim: Claim, policy: Policy) -> bool:
    """Whether the evidence for this claim depends on where the client is; if not, it can be kept by User-Agent."""
    return any(one.addresses and one.names(claim.agent) for one in policy.licenses)


def _robots_token(claim: Claim, policy: Policy) -> str | None:
    """The token under which robots.txt speaks of it: the catalogue's, or what an unknown crawler calls itself."""
    if claim.agent is not None:
        agent = policy.agents.find(claim.agent)
        return None if agent is None else agent.robots
    return claim.name


def subjects_of(claim: Claim) -> tuple[str, ...]:
    """The keys of the rules that may speak of a client with this claim, most specific first."""
    keys = []
    if claim.agent is not None:
        keys.append(Subject.agent(claim.agent).key)
    elif claim.name is not None:
        keys.append(Subject.agent(claim.name).key)
    if claim.operator is not None:
        keys.append(Subject.operator(claim.operator).key)
    if claim.purpose is not None:
        keys.append(Subject.purpose(claim.purpose).key)
    if claim.unknown:
        keys.append(Subject.unknown().key)
    keys += [Subject.kind(claim.kind).key, Subject.everyone().key]
    return tuple(keys)


def _assurance(claim: Claim, proved: tuple[str, ...]) -> Assurance:
    """How far the claim is borne out by the probes there are; an address named in a license corroborates it."""
    if proved:
        return Assurance.CORROBORATED
    if claim.kind is Kind.PEOPLE and claim.agent is None:
        return Assurance.ANONYMOUS
    return Assurance.CLAIMED
