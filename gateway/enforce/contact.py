"""Addresses on a page: where permission is asked and a mistake is reported."""

from typing import Final, NamedTuple
from urllib.parse import quote

from gateway.enforce.messages import WORDS
from gateway.enforce.slots import slot
from gateway.policy.model import Rights
from gateway.statements.address import uri

#: Schemes that a link may have; whatever else a policy says is shown nowhere.
SCHEMES: Final = ("https://", "http://", "mailto:")


class Contact(NamedTuple):
    """Link targets, empty where there is none. Mail is prefilled with the decision's id (RFC 6068)."""

    appeal: str
    permission: str
    terms: str
    question: str


def contact_of(rights: Rights) -> Contact:
    """The link targets of a rights holder."""
    return Contact(
        _target(rights.contact, WORDS["appeal_subject"].id),
        _target(rights.contact, WORDS["permission_subject"].id),
        safe(rights.terms or ""),
        _target(rights.contact, WORDS["order_subject"].id),
    )


def _target(contact: str, subject: str) -> str:
    if not contact.lower().startswith("mailto:"):
        return safe(contact)
    address = quote(contact[len("mailto:") :].partition("?")[0], safe="@+,%")
    body = quote(f"{WORDS['decision'].id}: ", safe="") + slot("id") + quote("\r\n\r\n", safe="")
    return f"mailto:{address}?subject={quote(subject, safe='')}%20{slot('short')}&body={body}"


def safe(target: str) -> str:
    """The target of a link; empty if its scheme is none that a link may have."""
    return uri(target) if target.lower().startswith(SCHEMES) else ""
