"""Requests to the token endpoint and their answers: RSL's Open License Protocol, a profile of OAuth 2.0.

RSL 1.0 section 5.4 and RFC 6749 sections 2.3.1, 4.4 and 5: a client authenticates with HTTP Basic on each call and asks by
`client_credentials`, as a form or as JSON. `resource` is a path pattern that the token shall be for; `license` is what the
client believes the terms to be, which decides nothing: the contract does. Octets in, values out.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import msgspec

from gateway.instants import SECOND, instant
from gateway.licenses.license import License
from gateway.policy.paths import Pattern

#: Longest request body that is read, in octets.
MOST: Final = 16_384
_FORM: Final = "application/x-www-form-urlencoded"
_FIELDS: Final = 32


class Refused(Exception):  # noqa: N818 -- as it is said
    """What a token request is answered instead of a token: a status, an error code, and a sentence for people."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description

    @property
    def body(self) -> bytes:
        """The answer's JSON (RFC 6749 section 5.2)."""
        return msgspec.json.encode({"error": self.error, "error_description": self.description})


class Client(NamedTuple):
    """Who a client says it is, and its secret."""

    id: str
    secret: str


def client_of(values: Sequence[str]) -> Client:
    """The client that the Authorization fields name. Refused where that is not exactly one, by Basic."""
    scheme, _, encoded = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    name = colon = secret = ""
    if scheme.lower() == "basic":
        with suppress(binascii.Error, ValueError):
            name, colon, secret = b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    if colon:
        return Client(unquote_plus(name), unquote_plus(secret))
    raise Refused(401, "invalid_client", "Authenticate with HTTP Basic, by the client's id and secret")


def fields_of(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a token request. Refused where they cannot be read, or one stands twice."""
    media = content_type.partition(";")[0].strip().lower()
    try:
        if media == "application/json":
            return msgspec.convert(json.loads(body, object_pairs_hook=_once), dict[str, str])
        if media != _FORM:
            raise Refused(400, "invalid_request", f"Send a form ({_FORM}) or JSON")
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_FIELDS)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise Refused(400, "invalid_request", "The request cannot be read") from None
    return _once(pairs)


def paths_of(fields: Mapping[str, str], held: License, now: int) -> tuple[Pattern, ...]:
    """The paths that a token shall be for: what was asked for, else all of the license. Refused where none can be given."""
    if fields.get("grant_type") != "client_credentials":
        raise Refused(400, "unsupported_grant_type", "The grant type is client_credentials")
    if not held.proof.token:
        raise Refused(400, "unauthorized_client", "This license is not proved by a token")
    if now >= instant(held.ends):
        raise Refused(400, "invalid_license", "The license has ended")
    resource = fields.get("resource", "")
    if not resource:
        return held.on
    try:
        parts = urlsplit(resource)
        wanted = Pattern(parts.path + (f"?{parts.query}" if parts.query else ""))
    except ValueError:
        raise Refused(400, "invalid_resource", "The resource is no path pattern") from None
    if held.on and not any(pattern.covers(wanted) for pattern in held.on):
        raise Refused(400, "invalid_resource", "The license does not cover this resource")
    return (wanted,)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused(400, "invalid_request", "A parameter stands twice")
    return found


def granted(token: str, ends: int, now: int) -> dict[str, Any]:
    """The answer with a token (RFC 6749 section 5.1)."""
    return {"access_token": token, "token_type": "License", "expires_in": max(1, (ends - now) // SECOND)}
