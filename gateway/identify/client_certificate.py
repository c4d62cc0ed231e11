"""Whether a client that uses a licensee's name holds a certificate which the license names.

The proxy that ends TLS has checked the certificate and that the client holds its key; a door keeps what that proxy hands on,
and nobody else's word (`gateway.certificates`). What remains is whose it is, and whether it is in force at this moment.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from gateway.certificates import FIELD, Certificate, CertificateError, read_certificate
from gateway.identify.address import NOT_ASKED
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Lookup, Unavailable
from gateway.policy.model import Policy
from gateway.request import Request
from gateway.vocabulary import Kind, Reason

NAME: Final = "client-certificate"


class Handed(Struct, frozen=True):
    """A certificate that was handed on, and what is wrong with it at the moment, if anything is."""

    certificate: Certificate | None
    fault: Reason | None = None


def examined(field: str, now: datetime) -> Handed:
    """The certificate in a Client-Cert field, as it stands at an instant."""
    try:
        certificate = read_certificate(field)
    except CertificateError:
        return Handed(None, Reason.CERTIFICATE_UNREADABLE)
    if now < certificate.begins:
        return Handed(certificate, Reason.CERTIFICATE_NOT_YET)
    return Handed(certificate, Reason.CERTIFICATE_EXPIRED if now > certificate.ends else None)


def certificates_at(asked: Iterable[Lookup], now: datetime) -> Facts:
    """What is to be said at an instant of the certificates among the look-ups asked for; all else is not asked."""
    return {lookup: examined(lookup.key, now) for lookup in asked if lookup.kind == NAME}


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """The certificate as it stands now, where one was handed on."""
    field = request.fields.get(FIELD)
    return () if field is None else (Lookup(NAME, field),)


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence | None:
    """`CERTIFICATE_PROVES_LICENSE`, or why not; None for people, and if no certificate is shown and none is asked of the agent.

    The detail has the ids of all licenses so proved and the certificate's digest: `contoh-ai-2026; sha256:9f86…`.
    """
    if claim.kind is Kind.PEOPLE:
        return None
    named = [one for one in policy.licenses_of(claim.agent) if one.proof.certificates]
    asked = needs(request, claim, policy)
    if not asked:
        return Evidence(NAME, Reason.CERTIFICATE_NOT_SHOWN, named[0].id) if named else None
    shown = facts.get(asked[0], NOT_ASKED)
    if not isinstance(shown, Handed):
        why = shown.why if isinstance(shown, Unavailable) else "unreadable"
        return Evidence(NAME, Reason.CERTIFICATE_UNCHECKED, why[:200])
    certificate = shown.certificate
    if certificate is None:
        return Evidence(NAME, shown.fault or Reason.CERTIFICATE_UNREADABLE)
    by = f"sha256:{certificate.sha256}"
    if shown.fault is not None:
        return Evidence(NAME, shown.fault, by)
    proved = [one.id for one in named if one.proof.names_certificate(certificate)]
    if proved:
        return Evidence(NAME, Reason.CERTIFICATE_PROVES_LICENSE, f"{' '.join(proved)}; {by}")
    return Evidence(NAME, Reason.CERTIFICATE_NOT_LICENSED, by)
