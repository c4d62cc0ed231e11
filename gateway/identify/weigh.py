"""Evidence → assurance → kind: the whole weighing, on one screen.

A claim that costs the client is believed; a claim that pays must be proved. So what proves a claim raises it, and what
speaks against it counts only if nothing can be said for the client: its operator's check is known to be reliable
(`check: strict`), every method that the operator publishes was tried on complete and fresh data, and all failed. One
check that could not be made (DNS down, a list too old, an address that is not certain, a suspended check) leaves the
claim as it was.

A signature that holds outweighs every address. One that does not says nothing: clocks, caches and proxies break signatures
of honest clients, and whoever is asked for none would gain nothing by sending a false one.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Final

from gateway.agents import Verify
from gateway.identify import published_ranges, reverse_dns
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence
from gateway.vocabulary import Assurance, Kind, Reason


class Bearing(Enum):
    """What a finding says of the claim."""

    SILENT = auto()
    FOR = auto()
    SIGNED = auto()
    AGAINST = auto()
    OPEN = auto()


#: What each finding says.
BEARINGS: Final[dict[Reason, Bearing]] = {
    Reason.NO_CLAIM: Bearing.SILENT,
    Reason.AGENT_UNKNOWN: Bearing.SILENT,
    Reason.CLAIM_BELIEVED: Bearing.SILENT,
    Reason.CLAIM_UNPROVED: Bearing.SILENT,
    Reason.CLAIM_CHECKABLE: Bearing.SILENT,
    Reason.ADDRESS_NOT_LICENSED: Bearing.SILENT,
    Reason.TOKEN_NOT_SHOWN: Bearing.SILENT,
    Reason.TOKEN_TOO_LONG: Bearing.SILENT,
    Reason.TOKEN_MALFORMED: Bearing.SILENT,
    Reason.TOKEN_UNSIGNED: Bearing.SILENT,
    Reason.TOKEN_FORGED: Bearing.SILENT,
    Reason.TOKEN_KEY_UNKNOWN: Bearing.SILENT,
    Reason.TOKEN_NOT_YET: Bearing.SILENT,
    Reason.TOKEN_EXPIRED: Bearing.SILENT,
    Reason.TOKEN_REVOKED: Bearing.SILENT,
    Reason.TOKEN_OTHER_SITE: Bearing.SILENT,
    Reason.TOKEN_OTHER_AGENT: Bearing.SILENT,
    Reason.TOKEN_KEY_NOT_USED: Bearing.SILENT,
    Reason.TOKEN_LICENSE_GONE: Bearing.SILENT,
    Reason.TOKEN_OUT_OF_SCOPE: Bearing.SILENT,
    Reason.TOKEN_UNCHECKED: Bearing.SILENT,
    Reason.SIGNATURE_FOREIGN: Bearing.SILENT,
    Reason.SIGNATURE_INVALID: Bearing.SILENT,
    Reason.SIGNATURE_UNVERIFIED: Bearing.SILENT,
    Reason.SIGNATURE_NOT_LICENSED: Bearing.SILENT,
    Reason.SIGNATURE_VERIFIED: Bearing.SIGNED,
    Reason.SIGNATURE_PROVES_LICENSE: Bearing.SIGNED,
    Reason.ADDRESS_PROVES_LICENSE: Bearing.FOR,
    Reason.TOKEN_PROVES_LICENSE: Bearing.FOR,
    Reason.CERTIFICATE_NOT_SHOWN: Bearing.SILENT,
    Reason.CERTIFICATE_NOT_LICENSED: Bearing.SILENT,
    Reason.CERTIFICATE_UNREADABLE: Bearing.SILENT,
    Reason.CERTIFICATE_EXPIRED: Bearing.SILENT,
    Reason.CERTIFICATE_NOT_YET: Bearing.SILENT,
    Reason.CERTIFICATE_UNCHECKED: Bearing.SILENT,
    Reason.CERTIFICATE_PROVES_LICENSE: Bearing.FOR,
    Reason.ADDRESS_PUBLISHED: Bearing.FOR,
    Reason.NAME_CONFIRMS: Bearing.FOR,
    Reason.ADDRESS_NOT_PUBLISHED: Bearing.AGAINST,
    Reason.NAME_FOREIGN: Bearing.AGAINST,
    Reason.NAME_NOT_CONFIRMED: Bearing.AGAINST,
    Reason.ADDRESS_UNCERTAIN: Bearing.OPEN,
    Reason.ADDRESS_PRIVATE: Bearing.OPEN,
    Reason.CHECK_UNAVAILABLE: Bearing.OPEN,
    Reason.CHECK_SUSPENDED: Bearing.OPEN,
    Reason.ARTICLE_DATED: Bearing.SILENT,
    Reason.ARTICLE_NOT_DATED: Bearing.SILENT,
}


def assurance_of(claim: Claim, verify: Verify | None, evidence: Iterable[Evidence]) -> Assurance:
    """How far a claim is borne out by all the evidence there is; ``verify`` says what its operator publishes."""
    bearings = {one.probe: BEARINGS[one.finding] for one in evidence}
    if Bearing.SIGNED in bearings.values():
        return Assurance.SIGNED
    if Bearing.FOR in bearings.values():
        return Assurance.CORROBORATED
    if claim.kind is Kind.PEOPLE and claim.agent is None:
        return Assurance.ANONYMOUS
    methods = () if verify is None or not verify.strict else methods_of(verify)
    disproved = bool(methods) and all(bearings.get(method) is Bearing.AGAINST for method in methods)
    if disproved and Bearing.OPEN not in bearings.values():
        return Assurance.CONTRADICTED
    return Assurance.CLAIMED


def kind_of(claim: Claim, assurance: Assurance) -> Kind:
    """What the client is: what it claims to be, or an impostor."""
    return Kind.IMPOSTORS if assurance is Assurance.CONTRADICTED else claim.kind


def methods_of(verify: Verify) -> tuple[str, ...]:
    """The probes that can disprove a claim by what its operator publishes. For routes there is none, so whoever publishes
    them is never disproved; that a client does not sign says nothing."""
    published = {
        published_ranges.NAME: verify.ranges or verify.networks,
        reverse_dns.NAME: verify.names,
        "announced-routes": verify.asn,
    }
    return tuple(name for name, facts in published.items() if facts)
