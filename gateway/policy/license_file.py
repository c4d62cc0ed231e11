"""licenses/*.yaml: one contract a file."""

from collections.abc import Collection
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from zoneinfo import ZoneInfo

from gateway.instants import duration
from gateway.licenses.license import Contract, License
from gateway.licenses.proof import Method, Network, Proof, Require
from gateway.policy.addresses import read_host
from gateway.policy.faults import licenses as faults
from gateway.policy.faults.rules import ENDS_FIRST
from gateway.policy.faults.values import ONE_OF, USE
from gateway.policy.license_certificates import read_certificates
from gateway.policy.license_signers import read_signer, warn_of_others
from gateway.policy.paths import Pattern
from gateway.policy.rates import read_license_quota, read_rate
from gateway.policy.reader import Reader
from gateway.policy.rules import Names, read_agent_name
from gateway.policy.source import Node, Table, shown
from gateway.policy.term import midnight
from gateway.vocabulary import USE_OF, By, NotMeantError, Use

_METHODS: Final = tuple(Method)

#: What a license need not say, and what is enforced if it does.
_LIMITS: Final = ("contract", "hosts", "on", "except", "rate", "quota", "embargo", "withdrawn", "publish")
#: What a license says without anything being enforced: it is read aloud, and told to the licensee.
_SAID: Final = ("attribution", "price", "approved-by")

_EVERYTHING: Final = Pattern("/")

#: Shortest prefixes (IPv4, IPv6) that are taken, and those below which one is asked whether it is meant.
_SHORTEST: Final = (8, 16)
_UNUSUAL: Final = (16, 32)


def read_license(
    reader: Reader, node: Node, stem: str, names: Names, zone: ZoneInfo, hosts: Collection[str]
) -> License | None:
    """The license in a file called ``stem``.yaml, of a site with these host patterns; dates are whole days of ``zone``."""
    before = reader.errors
    fields = reader.fields(
        node,
        faults.THE_LICENSE,
        required=("license", "licensee", "agents", "uses", "from", "until", "proof"),
        optional=(*_LIMITS, *_SAID),
    )
    name = reader.name(fields["license"], "`license`") if "license" in fields else None
    if name is not None and name != stem:
        reader.wrong(fields["license"].place, faults.OTHER_FILE, name=name, stem=shown(stem))
    licensee = reader.text(fields["licensee"], "`licensee`") if "licensee" in fields else None
    contract = _read_contract(reader, fields["contract"]) if "contract" in fields else None
    uses = _read_uses(reader, fields["uses"]) if "uses" in fields else None
    agents = _read_agents(reader, fields["agents"], names, uses) if "agents" in fields else ()
    proof = _read_proof(reader, fields["proof"]) if "proof" in fields else Proof()
    if proof.directory:
        warn_of_others(reader, fields["proof"], proof.directory, agents, names.agents)
    on = reader.patterns(fields["on"], "`on`") if "on" in fields else ()
    excepted = reader.patterns(fields["except"], "`except`") if "except" in fields else ()
    if "except" in fields and any(all(one.covers(path) for path in on or (_EVERYTHING,)) for one in excepted):
        reader.wrong(fields["except"].place, faults.NOTHING_LEFT)
    begins = reader.date(fields["from"], "`from`") if "from" in fields else None
    ends = reader.date(fields["until"], "`until`") if "until" in fields else None
    if begins is not None and ends is not None and ends < begins:
        reader.wrong(
            fields["until"].place,
            ENDS_FIRST,
            what=faults.THE_LICENSE,
            ends=ends,
            begins=begins,
            place=fields["from"].place,
        )
    covered = _read_hosts(reader, fields["hosts"], hosts) if "hosts" in fields else ()
    rate = read_rate(reader, fields["rate"], frozenset(By), By.LICENSE) if "rate" in fields else None
    quota = read_license_quota(reader, fields["quota"]) if "quota" in fields else None
    embargo = _read_embargo(reader, fields["embargo"]) if "embargo" in fields else None
    withdrawn = _read_withdrawn(reader, fields["withdrawn"]) if "withdrawn" in fields else ()
    publish = reader.truth(fields["publish"], "`publish`") if "publish" in fields else True
    said = {key: reader.text(fields[key], f"`{key}`", 500) for key in _SAID if key in fields}
    if "contract" not in fields and fields:
        reader.warn(node.place, faults.NO_CONTRACT)
    if name is None or licensee is None or uses is None or begins is None or ends is None:
        return None
    if reader.errors > before:
        return None
    return License(
        id=name,
        licensee=licensee,
        agents=agents,
        uses=uses,
        proof=proof,
        begins=midnight(begins, zone),
        ends=midnight(ends + timedelta(days=1), zone),
        place=node.place,
        contract=contract,
        hosts=covered,
        on=on,
        excepted=excepted,
        rate=rate,
        quota=quota,
        embargo=embargo,
        withdrawn=withdrawn,
        attribution=said.get("attribution"),
        price=said.get("price"),
        approved_by=said.get("approved-by"),
        publish=publish is not False,
    )


def _read_embargo(reader: Reader, node: Node) -> int | None:
    """The seconds of a time such as `3h`."""
    text = reader.text(node, "`embargo`")
    try:
        return None if text is None else duration(text)
    except NotMeantError as error:
        reader.wrong(node.place, faults.NO_EMBARGO, why=error.why)
        return None


def _read_withdrawn(reader: Reader, node: Node) -> tuple[Pattern, ...]:
    """Patterns for a list of articles: a path without `*` or `$` is one article, with whatever query and pages below it."""
    found: list[Pattern] = []
    for pattern in reader.patterns(node, "`withdrawn`"):
        article = pattern.text.removesuffix("/")
        if pattern.plain and article and "?" not in article:
            found += [Pattern(article + end) for end in ("$", "?", "/")]
        else:
            found.append(pattern)
    return tuple(dict.fromkeys(found))


def _read_contract(reader: Reader, node: Node) -> Contract | None:
    fields = reader.fields(node, "`contract`", required=("number",), optional=("signed",))
    number = reader.text(fields["number"], "`number`") if "number" in fields else None
    signed = reader.date(fields["signed"], "`signed`") if "signed" in fields else None
    return None if number is None else Contract(number, signed)


def _read_uses(reader: Reader, node: Node) -> frozenset[Use] | None:
    """The uses, or None if one cannot be read."""
    uses = [reader.one_of(item, Use, USE) for item in reader.many(node, "`uses`")]
    known = frozenset(use for use in uses if use is not None)
    return known if len(known) == len(set(uses)) else None


def _read_agents(reader: Reader, node: Node, names: Names, uses: frozenset[Use] | None) -> tuple[str, ...]:
    found = []
    for item in reader.many(node, "`agents`"):
        agent = read_agent_name(reader, item, names)
        if agent is None:
            continue
        found.append(agent.name)
        use = USE_OF.get(agent.purpose) if agent.purpose else None
        if uses and use is not None and not any(use in granted.single for granted in uses):
            reader.warn(item.place, faults.USE_NOT_GIVEN, agent=agent.name, purpose=agent.purpose, use=use)
    return tuple(dict.fromkeys(found))


def _read_hosts(reader: Reader, node: Node, known: Collection[str]) -> tuple[str, ...]:
    found: dict[str, Node] = {}
    for item in reader.many(node, "`hosts`"):
        host = read_host(reader, item)
        if host is not None:
            found.setdefault(host, item)
    for host, item in found.items() if known else ():
        above = [one for one in known if one.startswith("*.") and host.endswith(one[1:])]
        if host not in known and not above:
            reader.wrong(item.place, faults.FOREIGN_HOST, reader.guess(host, known), host=host)
        elif host not in known and found.keys().isdisjoint(above):
            reader.warn(item.place, faults.HOST_UNDER_PATTERN, host=host, pattern=max(above, key=len))
    return tuple(found)


def _read_proof(reader: Reader, node: Node) -> Proof:
    fields = reader.fields(node, "`proof`", optional=(*_METHODS, "require"))
    if fields.keys().isdisjoint(_METHODS) and isinstance(node, Table):
        reader.wrong(node.place, faults.NO_PROOF, ONE_OF.filled(words=", ".join(_METHODS)))
    addresses = _read_networks(reader, fields["addresses"]) if "addresses" in fields else ()
    token = reader.truth(fields["token"], "`token`") if "token" in fields else False
    certificates = read_certificates(reader, fields["mtls"]) if "mtls" in fields else ()
    keys, directory = read_signer(reader, fields["web-bot-auth"]) if "web-bot-auth" in fields else ((), "")
    require = reader.one_of(fields["require"], Require, "`require`") if "require" in fields else Require.ANY
    return Proof(
        addresses=addresses,
        token=bool(token),
        certificates=certificates,
        keys=keys,
        directory=directory,
        require=require or Require.ANY,
    )


def _read_networks(reader: Reader, node: Node) -> tuple[Network, ...]:
    found = (_read_network(reader, item) for item in reader.many(node, "`addresses`"))
    return tuple(dict.fromkeys(network for network in found if network is not None))


def _read_network(reader: Reader, node: Node) -> Network | None:
    text = reader.text(node, faults.AN_ADDRESS)
    if text is None:
        return None
    try:
        network = ip_network(text, strict=False)
        first = ip_address(text.partition("/")[0])
    except ValueError:
        network, first = None, None
    if network is None or first is None or "%" in text:
        reader.wrong(node.place, faults.NO_PREFIX, text=shown(text))
        return None
    if isinstance(first, IPv6Address) and first.ipv4_mapped is not None:
        reader.wrong(node.place, faults.MAPPED, text=shown(text))
        return None
    if first != network.network_address:
        reader.wrong(node.place, faults.WITHIN_PREFIX, text=shown(text), network=network, first=first)
        return None
    kind = network.version == 6
    if network.prefixlen < _SHORTEST[kind]:
        reader.wrong(node.place, faults.TOO_BROAD, network=network, shortest=_SHORTEST[kind])
        return None
    if network.prefixlen < _UNUSUAL[kind]:
        reader.warn(node.place, faults.VERY_BROAD, network=network)
    return network
