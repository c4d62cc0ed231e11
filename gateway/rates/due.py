"""Which rates count a request, and under whose name.

Not only the rule that wins: every rule with a rate that speaks of the client and of the path counts it, and so does the
license that covers it. A path that may be read in two ways is counted by either reading, for everybody but people; one
that climbs, by every rule that speaks of the client on any path. An impostor is counted as what it is and as what it
claims to be. So no spelling and no name leads out of a rate; a name can only lead into one.

Whose requests are counted together follows from what cannot be chosen. An IPv6 client is its /64, for whoever has one
address of it has all. All crawlers that the catalogue does not know are one agent, since each chooses its name; and who
only claims to be an agent never uses up the counter of the one that has proved it.
"""

from functools import lru_cache
from ipaddress import ip_network
from typing import Final

from gateway.identify.holding import holder_subjects
from gateway.identify.identity import Identity
from gateway.instants import instant
from gateway.licenses.license import License
from gateway.policy.model import HOLDING, OWN_PAGES, TOKENS, Host, Policy, Rule
from gateway.rates.counters import Findings, Take
from gateway.rates.ledger import Draw
from gateway.rates.quota import Quota
from gateway.rates.rate import Rate, Unit
from gateway.request import Client, Request, Target
from gateway.vocabulary import By, Kind, Reason

#: How a license is named where a rule could be, and its quota among rates.
LICENSE: Final = "license."
QUOTA: Final = "quota."
#: The rates of the gateway's own pages (`gateway.policy.model.OWN_PAGES`), which are made anew for each request.
WHOAMI_RATE: Final = "whoami"
TOKENS_RATE: Final = "tokens"
_OWN_RATES: Final = {
    WHOAMI_RATE: Rate(30, Unit.MINUTE, 10, By.ADDRESS),
    TOKENS_RATE: Rate(6, Unit.MINUTE, 6, By.ADDRESS),
}


def rates_of(
    host: Host, policy: Policy, identity: Identity, target: Target, held: str | None, now: int
) -> tuple[str, ...]:
    """The names of the rates that count a request at ``now``, tightest first; ``held`` is the license that covers it.

    ``host`` is the entry as it stands then. The quota of the license comes last.
    """
    names: dict[str, Rate] = {}
    if host.paces:
        subjects = (*holder_subjects(policy, identity, now), *identity.subjects, *identity.claimed)
        people = identity.kind is Kind.PEOPLE
        names = {rule.id: rule.rate for rule in _rules(host, subjects, target, people) if rule.rate}
    license_ = None if held is None else policy.license(held)
    if license_ is not None and license_.rate is not None:
        names[LICENSE + license_.id] = license_.rate
    quota = () if license_ is None or license_.quota is None else (QUOTA + license_.id,)
    if len(names) < 2:
        return (*names, *quota)
    return (*sorted(names, key=lambda name: (-names[name].step, names[name].burst, name)), *quota)


def rates_of_page(path: str, policy: Policy, identity: Identity) -> tuple[str, ...]:
    """The names of what counts a request for a page of our own, and the quotas that it tells of."""
    if path != HOLDING:
        return (TOKENS_RATE if path == TOKENS else WHOAMI_RATE,)
    held = (policy.license(name) for name in identity.proved)
    return (WHOAMI_RATE, *(QUOTA + one.id for one in held if one is not None and one.quota is not None))


def limit_named(name: str, host: Host, policy: Policy) -> Rate | Quota | None:
    """The rate of a rule or license of that name, or a license's quota, if there is one."""
    if name.startswith(LICENSE):
        held = policy.license(name.removeprefix(LICENSE))
        return None if held is None else held.rate
    if name.startswith(QUOTA):
        held = policy.license(name.removeprefix(QUOTA))
        return None if held is None else held.quota
    return _OWN_RATES.get(name) or host.rates.get(name)


def refusal_by(name: str) -> tuple[str, Reason]:
    """The rule and the reason of a refusal by the rate or quota of that name."""
    if name.startswith(QUOTA):
        return LICENSE + name.removeprefix(QUOTA), Reason.QUOTA_EXCEEDED
    return name, Reason.RATE_EXCEEDED


def draw_of(license: License, policy: Policy, now: int, *, free: bool = False) -> Draw | None:
    """What a request at ``now`` (µs since 1970 UTC) takes from the quota of a license, if that has one."""
    if license.quota is None:
        return None
    span = license.quota.span(now, policy.zone)
    return Draw(QUOTA + license.id, license.id, license.quota.count, span, instant(license.begins), free)


def taken_by(policy: Policy, held: str | None, request: Request, now: int, found: Findings) -> Draw | None:
    """What a request took at ``now`` from the quota of the license ``held`` that covers it, by what was ``found``."""
    license_ = None if held is None else policy.license(held)
    draw = None if license_ is None else draw_of(license_, policy, now, free=_free(request))
    if draw is None or draw.free or any(one.wait for one in found):
        return None
    return draw if any(one.name == draw.name for one in found) else None


def drawn_in(takes: tuple[Take | Draw, ...]) -> Draw | None:
    """What a request that is counted so takes from a quota, if nothing refuses it."""
    return next((one for one in takes if isinstance(one, Draw) and not one.free), None)


def takes_of(
    names: tuple[str, ...],
    host: Host,
    policy: Policy,
    identity: Identity,
    request: Request,
    now: int,
    address: str = "",
    *,
    ai: bool = False,
) -> tuple[Take | Draw, ...]:
    """What is to be counted at ``now`` under these rates. ``address`` stands for the client's, where that is not known;
    ``ai``: the client is of that audience.

    People whose address is uncertain are not counted by it: they might all stand behind one proxy that nobody has told
    us of; but where nothing of the site is at stake (our own pages) they are. Everybody else is counted as the peer that
    was seen, or a made-up forwarding header would lead out. HEAD and pages of our own deliver nothing of the site, and so
    take nothing from a quota.
    """
    takes: list[Take | Draw] = []
    client = request.client
    for name in names:
        if name.startswith(QUOTA):
            held = policy.license(name.removeprefix(QUOTA))
            draw = None if held is None else draw_of(held, policy, now, free=_free(request))
            if draw is not None:
                takes.append(draw)
            continue
        rate = limit_named(name, host, policy)
        if not isinstance(rate, Rate):
            continue
        near = rate.by in (By.ADDRESS, By.NETWORK)
        spared = identity.kind is Kind.PEOPLE and name not in _OWN_RATES
        if near and spared and not (client.certain or address):
            continue
        takes.append(Take(name, rate, _whose(rate.by, identity, client, address), not near, ai))
    return tuple(takes)


def _free(request: Request) -> bool:
    """Whether a request takes nothing from a quota, whatever is answered."""
    return request.method == "HEAD" or (request.target is not None and request.target.path in OWN_PAGES)


def _rules(host: Host, subjects: tuple[str, ...], target: Target, people: bool) -> list[Rule]:
    """Every rule with a rate that speaks of the client and of the path."""
    found: list[Rule] = []
    for key in subjects:
        table = host.paces.get(key)
        if table is None:
            continue
        if target.climbs and not people:
            readings = [rules for _, rules in table.rows()]
        else:
            readings = table.every(target.canonical)
            if target.folded != target.path and not people:
                readings += table.every(target.lenient)
        found += [rule for rules in readings for rule in rules]
    return found


def _whose(by: By, identity: Identity, client: Client, address: str) -> str:
    match by:
        case By.ADDRESS:
            return address or _one(client.address)
        case By.NETWORK:
            return client.network
        case By.AGENT if identity.agent is not None:
            return f"{identity.assurance} {identity.agent}"
        case By.OPERATOR if identity.operator is not None:
            return f"{identity.assurance} {identity.operator}"
        case By.AGENT | By.OPERATOR:
            return f"{identity.assurance} {identity.kind}"
        case By.EVERYONE | By.LICENSE:
            return ""


@lru_cache(maxsize=8192)
def _one(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 address lies in."""
    return str(ip_network((address, 64), strict=False)) if ":" in address else address
