"""`Authorization: License <token>`, the scheme of RSL's Crawler Authorization Protocol (RSL 1.0 section 6.2)."""

from collections.abc import Mapping, Sequence
from typing import Final

SCHEME: Final = "license"
#: How the field is called where a door keeps it.
FIELD: Final = "authorization"


def license_credential(values: Sequence[str]) -> str | None:
    """The one of the Authorization fields that has a license token, as it was sent; None if none has.

    Schemes fold case (RFC 9110 section 11.1). ValueError where it does not stand alone: nobody could say which was
    meant, for the field has one value (section 11.6.2).
    """
    licensed = [value for value in values if value.partition(" ")[0].partition("\t")[0].lower() == SCHEME]
    if not licensed:
        return None
    if len(values) > 1:
        raise ValueError("a license token beside a second Authorization field")
    return licensed[0]


def token_in(credential: str) -> str:
    """The token of such a credential, or whatever else stands behind the scheme."""
    return credential[len(SCHEME) :].strip(" \t")


def lines_of(fields: Mapping[str, str]) -> tuple[bytes, ...]:
    """The field line of the credential that a door has kept, for a signature may cover it; none if there is none."""
    kept = fields.get(FIELD)
    return () if kept is None else (b"Authorization: " + kept.encode("latin-1"),)
