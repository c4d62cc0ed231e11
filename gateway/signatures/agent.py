"""Signature-Agent: where the keys of a signer are (draft-ietf-webbotauth-httpsig-protocol-01 of 29 October 2026).

Theory of operation. The field has changed its form once a year, and all three forms are on the wire: a dictionary of
strings, which is the draft's; one bare string, which the first drafts had and ChatGPT still sends; and members with
parameters, which were withdrawn and are ignored. A bare string begins with a quotation mark and a dictionary never does.
So also with the address itself: a bare origin meant the well-known path of it, and now any address is one of a key set.
This module is all that knows of that.
"""

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from http_sf.innerlist import ser_item_or_inner_list

from gateway.signatures.fields import Component, Signature, read_dictionary, read_item
from gateway.signatures.outcome import Cause, SignatureError

NAME: Final = "signature-agent"
WELL_KNOWN: Final = "/.well-known/http-message-signatures-directory"
#: Characters of an address: it stands in evidence, where a key and the ids of licenses do too.
MOST_ADDRESS: Final = 120

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
_PATH: Final = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*")
_ENCODED: Final = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Member(NamedTuple):
    """A member of the field: its value in canonical form, and the string it is; None where it is to be ignored."""

    canonical: str
    value: str | None


class SignatureAgent(NamedTuple):
    """The field as it was read: one bare string, or members by key."""

    bare: str | None
    members: dict[str, Member]


def read_agent(text: str) -> SignatureAgent:
    """The field's value; SignatureError if it is malformed."""
    if not text.startswith('"'):
        return SignatureAgent(None, {key: _member(item) for key, item in read_dictionary(text).items()})
    value, parameters = read_item(text)
    if type(value) is not str:
        raise SignatureError(Cause.MALFORMED)
    return SignatureAgent("" if parameters else value, {})


def _member(item: Any) -> Member:
    value, parameters = item
    return Member(ser_item_or_inner_list(item), value if type(value) is str and not parameters else None)


def named_by(signature: Signature, agent: SignatureAgent | None, *, bare: bool, exact: bool) -> str:
    """The directory that a signature names and covers, in normal form. SignatureError if there is none, or not one.

    ``bare``: the older form is accepted. ``exact``: the member's key must be the signature's label, as the draft's text
    has it and its own test vector has not.
    """
    if agent is None:
        raise SignatureError(Cause.SIGNATURE_AGENT_ABSENT)
    covering = [one for one in signature.components if one.name == NAME]
    if not covering:
        raise SignatureError(Cause.SIGNATURE_AGENT_NOT_COVERED)
    if agent.bare is not None:
        if not bare:
            raise SignatureError(Cause.SIGNATURE_AGENT_BARE)
        value: str | None = agent.bare
    else:
        value = _covered(covering, agent.members, signature.label, exact=exact)
    if not value:
        raise SignatureError(Cause.SIGNATURE_AGENT_UNSUPPORTED)
    address = directory_address(value)
    if address is None:
        secure = value[:6].lower() == "https:"
        raise SignatureError(Cause.SIGNATURE_AGENT_UNSUPPORTED if secure else Cause.SIGNATURE_AGENT_NOT_HTTPS)
    return address


def _covered(covering: list[Component], members: dict[str, Member], label: str, *, exact: bool) -> str | None:
    """The value of the one member that is covered, None if it is to be ignored."""
    keys: list[Any] = [one.parameters.get("key") for one in covering]
    if None in keys:  # the whole field, and so every member
        usable = [key for key, member in members.items() if member.value is not None]
        keys = usable or [*members][:1]
    if len(keys) > 1 or exact:
        keys = [key for key in keys if key == label]
    if len(keys) != 1:
        raise SignatureError(Cause.SIGNATURE_AGENT_AMBIGUOUS)
    member = members.get(str(keys[0]))
    if member is None:
        raise SignatureError(Cause.MISSING_COMPONENT)
    return member.value


def directory_address(text: str) -> str | None:
    """The normal form of a directory's address (RFC 3986 sections 6.2.2 and 6.2.3), without query and fragment: what
    tells signers apart. None if it is no such address.

    A bare origin stands for its well-known path, as deployed signers mean it. An address has no user information, and
    its path has no segment of dots.
    """
    return _normal(text) if len(text) <= MOST_ADDRESS and text.isascii() else None


@lru_cache(maxsize=1024)
def _normal(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.lower().rpartition(":")[0] if port is not None else parts.netloc.lower().rstrip(":")
    if parts.scheme != "https" or not _HOST.fullmatch(host) or not _PATH.fullmatch(parts.path):
        return None
    path = _ENCODED.sub(_decoded, parts.path)
    if any(segment in (".", "..") for segment in path.split("/")):
        return None
    if path in ("", "/") and not parts.query:
        path = WELL_KNOWN
    return f"https://{host}{'' if port in (None, 443) else f':{port}'}{path or '/'}"


def _decoded(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()
