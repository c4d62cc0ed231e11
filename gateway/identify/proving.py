"""Evidence → the licenses that it proves: each license says which methods it takes, and whether one or all must succeed."""

from collections.abc import Iterable
from typing import Final

from gateway.identify.identity import Evidence, Identity
from gateway.licenses.challenge import CHALLENGES
from gateway.licenses.proof import Method
from gateway.policy.model import Policy
from gateway.vocabulary import Reason

#: The findings that prove licenses, and by which method. The detail of such evidence begins with the ids of the licenses,
#: blanks between them; what else identifies the proof follows after a `;`.
PROVES: Final[dict[Reason, Method]] = {
    Reason.ADDRESS_PROVES_LICENSE: Method.ADDRESSES,
    Reason.TOKEN_PROVES_LICENSE: Method.TOKEN,
    Reason.SIGNATURE_PROVES_LICENSE: Method.WEB_BOT_AUTH,
    Reason.CERTIFICATE_PROVES_LICENSE: Method.MTLS,
}
_ABOUT_PROOFS: Final = PROVES.keys() | CHALLENGES.keys()


def licenses_in(detail: str) -> tuple[str, ...]:
    """The ids of the licenses that a piece of evidence speaks of."""
    return tuple(detail.partition(";")[0].split())


def shown_for(evidence: Iterable[Evidence]) -> dict[str, frozenset[Method]]:
    """The methods that have succeeded, by the id of the license."""
    shown: dict[str, frozenset[Method]] = {}
    for one in evidence:
        method = PROVES.get(one.finding)
        if method is not None:
            for name in licenses_in(one.detail):
                shown[name] = shown.get(name, frozenset()) | {method}
    return shown


def proved_by(evidence: Iterable[Evidence], policy: Policy) -> tuple[str, ...]:
    """The ids of the licenses of which enough methods have succeeded, in the order in which they were shown."""
    shown = shown_for(evidence)
    return tuple(
        name
        for name, methods in shown.items()
        if (held := policy.license(name)) is not None and held.proof.met(methods)
    )


def proofs_of(evidence: Iterable[Evidence], name: str) -> tuple[Reason, ...]:
    """The findings by which the license of that id was proved."""
    return tuple(one.finding for one in evidence if one.finding in PROVES and name in licenses_in(one.detail))


def failings_of(identity: Identity) -> tuple[Reason, ...]:
    """What was wrong with the proofs of licenses that the client showed; nothing where it showed none."""
    if not any(one.finding in _ABOUT_PROOFS for one in identity.evidence):
        return ()  # nearly every time
    failed = tuple(one.finding for one in identity.evidence if one.finding in CHALLENGES)
    halves = shown_for(identity.evidence).keys() - set(identity.proved)
    return (*failed, Reason.PROOF_INCOMPLETE) if halves else failed
