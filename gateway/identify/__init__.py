"""Who sends a request: probes find evidence, `identify` weighs it. Pure: what a probe must ask the world comes as facts.

Theory of operation. A claim that costs the client is believed; a claim that pays must be proved. A `Probe` says which
`needs` it has (look-ups, answered by the caller before `weigh` is called; a failed one is `Unavailable`) and what it
finds. What all findings add up to is said in `gateway.identify.weigh`. Adding a probe is one file, one line of `PROBES`,
and a line of `BEARINGS` for each new finding.
"""

from collections.abc import Callable, Iterable
from typing import Final

from gateway.certificates import FIELD as CERTIFICATE
from gateway.frozen import Frozen
from gateway.identify import (
    article_date,
    client_certificate,
    license_token,
    licensed_address,
    published_ranges,
    reverse_dns,
    suspension,
    user_agent,
    web_bot_auth,
)
from gateway.identify.address import verify_of
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Identity, Lookup
from gateway.identify.proving import proved_by
from gateway.identify.weigh import assurance_of, kind_of
from gateway.licenses.credential import FIELD
from gateway.policy.model import Policy, Subject
from gateway.request import SIGNED, Request
from gateway.vocabulary import Kind

NO_FACTS: Final[Facts] = {}
#: What was concluded under a policy, by claim and evidence. Evidence may rest on what clients send, so that there is no end
#: of it; and policies are large, and are replaced: one is in force, and a second may be held against it.
_CONCLUDED: Final[dict[int, tuple[Policy, dict[tuple[Claim, tuple[Evidence, ...]], Identity]]]] = {}
_MOST_POLICIES: Final = 2
_MOST_CONCLUDED: Final = 2048
_PROOFS: Final = frozenset({FIELD, SIGNED, CERTIFICATE})
_IMPOSTORS: Final = (Subject.kind(Kind.IMPOSTORS).key, Subject.everyone().key)


def _never(request: Request, claim: Claim, policy: Policy, facts: Facts) -> bool:
    return False


class Probe(Frozen, frozen=True):
    """One check. ``needs`` lists what it would ask the world; ``weigh`` says what it finds, or None if it has no part
    in this request. ``spared`` says by the facts at hand that asking the world would be of no use. A probe that ``asks``
    cannot find the same again later, so its evidence is taken from the record when a decision is replayed; if it has ``told``, which gives the facts
    again that its evidence rests on, it is weighed anew by them. One ``of_operator`` has a part only where the claimed
    operator publishes something to be checked by."""

    name: str
    needs: Callable[[Request, Claim, Policy], tuple[Lookup, ...]]
    weigh: Callable[[Request, Claim, Policy, Facts], Evidence | None]
    spared: Callable[[Request, Claim, Policy, Facts], bool] = _never
    asks: bool = False
    told: Callable[[Evidence], Facts] | None = None
    of_operator: bool = False


#: Every probe, in the order in which evidence is recorded.
PROBES: Final[tuple[Probe, ...]] = (
    Probe("user-agent", user_agent.needs, user_agent.weigh),
    Probe(web_bot_auth.NAME, web_bot_auth.needs, web_bot_auth.weigh, asks=True, told=web_bot_auth.told),
    Probe("licensed-address", licensed_address.needs, licensed_address.weigh),
    Probe(license_token.NAME, license_token.needs, license_token.weigh, asks=True),
    Probe(client_certificate.NAME, client_certificate.needs, client_certificate.weigh, asks=True),
    Probe(published_ranges.NAME, published_ranges.needs, published_ranges.weigh, asks=True, of_operator=True),
    Probe(
        reverse_dns.NAME,
        reverse_dns.needs,
        reverse_dns.weigh,
        reverse_dns.spared,
        asks=True,
        of_operator=True,
    ),
    Probe(suspension.NAME, suspension.needs, suspension.weigh, asks=True, of_operator=True),
    Probe(article_date.NAME, article_date.needs, article_date.weigh, asks=True),
)

#: Those that have a part where the claimed operator publishes nothing.
_UNPUBLISHED: Final = tuple(probe for probe in PROBES if not probe.of_operator)
_TOLD: Final = {probe.name: probe.told for probe in PROBES if probe.told is not None}


def needs(request: Request, claim: Claim, policy: Policy, at_hand: Facts = NO_FACTS) -> tuple[Lookup, ...]:
    """Every look-up that some probe asks for, each once; those left out that the facts ``at_hand`` make needless."""
    if claim.kind is Kind.PEOPLE and not shows_proof(request):
        return ()  # people never wait for anything
    found: dict[Lookup, None] = {}
    for probe in PROBES if verify_of(claim, policy) else _UNPUBLISHED:
        asked = probe.needs(request, claim, policy)
        if asked and not probe.spared(request, claim, policy, at_hand):
            found.update(dict.fromkeys(asked))
    return tuple(found)


def identify(
    request: Request,
    claim: Claim,
    policy: Policy,
    facts: Facts,
    recorded: tuple[Evidence, ...] | None = None,
) -> Identity:
    """Who the client is taken for, from its claim and what every probe found. If evidence was ``recorded``, it stands in
    the place of what the probes that ask the world would find."""
    kept = None if recorded is None else {one.probe: one for one in recorded}
    if kept is not None:
        facts = {**facts, **told(kept.values())}
    claim = web_bot_auth.attributed(claim, policy, facts)
    found = [
        kept.get(probe.name)
        if kept is not None and probe.asks and probe.told is None
        else probe.weigh(request, claim, policy, facts)
        for probe in (PROBES if kept is not None or verify_of(claim, policy) else _UNPUBLISHED)
    ]
    return _concluded(claim, tuple([one for one in found if one is not None]), policy)


def _concluded(claim: Claim, evidence: tuple[Evidence, ...], policy: Policy) -> Identity:
    """What claim and evidence add up to, remembered: who shows the same proof again is the same."""
    its = _CONCLUDED.get(id(policy))  # what is kept is alive, so its id is its own
    if its is None:
        if len(_CONCLUDED) >= _MOST_POLICIES:
            _CONCLUDED.clear()
        its = _CONCLUDED[id(policy)] = policy, {}
    key, concluded = (claim, evidence), its[1]
    known = concluded.get(key)
    if known is None:
        if len(concluded) >= _MOST_CONCLUDED:
            concluded.clear()
        known = concluded[key] = _conclusion(claim, evidence, policy)
    return known


def _conclusion(claim: Claim, evidence: tuple[Evidence, ...], policy: Policy) -> Identity:
    assurance = assurance_of(claim, verify_of(claim, policy), evidence)
    kind, subjects = kind_of(claim, assurance), subjects_of(claim)
    impostor = kind is Kind.IMPOSTORS
    return Identity(
        kind=kind,
        assurance=assurance,
        agent=claim.agent,
        operator=claim.operator,
        purpose=claim.purpose,
        also=claim.also,
        name=claim.name,
        unknown=claim.unknown,
        evidence=evidence,
        proved=proved_by(evidence, policy),
        subjects=_IMPOSTORS if impostor else subjects,
        claimed=subjects if impostor else (),
        robots=_robots_token(claim, policy),
    )


def shows_proof(request: Request) -> bool:
    """Whether a request brings a proof of its own, so that who sent it does not follow from what it says of itself."""
    return not _PROOFS.isdisjoint(request.fields)


def told(recorded: Iterable[Evidence]) -> Facts:
    """The facts that recorded evidence tells again."""
    facts: dict[Lookup, object] = {}
    for one in recorded:
        tells = _TOLD.get(one.probe)
        if tells is not None:
            facts.update(tells(one))
    return facts


def taken_for(claim: Claim, policy: Policy, facts: Facts) -> str | None:
    """The agent that a client with this claim is taken for: its signature may tell."""
    return web_bot_auth.attributed(claim, policy, facts).agent


def address_matters(claim: Claim, policy: Policy) -> bool:
    """Whether the evidence for this claim depends on where the client is; if not, it can be kept by User-Agent."""
    return any(one.proof.addresses for one in policy.licenses_of(claim.agent))


def date_matters(claim: Claim, policy: Policy) -> bool:
    """Whether the evidence for this claim may tell when what is asked for was published; if not, it is the same for
    whatever a client asks."""
    return any(one.embargo is not None for one in policy.licenses_of(claim.agent))


def checkable(claim: Claim, policy: Policy) -> bool:
    """Whether an operator publishes something by which the address of its clients is checked."""
    verify = verify_of(claim, policy)
    return verify is not None and bool(verify.ranges or verify.networks or verify.names)


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
