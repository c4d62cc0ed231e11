"""The signatures of a key directory's own answer: proof that whoever serves a key has its private half.

The same profile asks for them where keys are redistributed; an answer fetched over TLS from the signer's own address may
do without. One that has them must have them right.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from gateway.signatures.base import base_from
from gateway.signatures.fields import OF_DIRECTORY, Component, Signature, read_dictionary, read_signatures
from gateway.signatures.keys import Key
from gateway.signatures.outcome import Cause, SignatureError
from gateway.signatures.profile import Terms, check_key

TAG: Final = "http-message-signatures-directory"
_DIGESTS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_REQUIRED: Final = frozenset({'"@authority";req', '"content-digest"'})


def possessed(
    fields: Mapping[str, str], body: bytes, authority: str, keys: Mapping[str, Key], now: int, terms: Terms
) -> frozenset[str]:
    """The thumbprints of the keys that signed this answer; none if it is not signed. SignatureError if it is, wrongly.

    ``fields`` are the answer's, names lower-cased, repeated ones joined; ``authority`` is that of the request which fetched
    it, and ``now`` is in seconds since 1970. A signature by a key that is not in the body is passed over.
    """
    described = fields.get("signature-input")
    if described is None:
        return frozenset()
    found = set()
    for signature in read_signatures(described, fields.get("signature", ""), OF_DIRECTORY):
        if signature.text("tag") != TAG:
            continue
        key = keys.get(signature.text("keyid") or "")
        if key is not None:
            _check(signature, key, fields, body, authority, now, terms)
            found.add(key.thumbprint)
    return frozenset(found)


def _check(
    signature: Signature,
    key: Key,
    fields: Mapping[str, str],
    body: bytes,
    authority: str,
    now: int,
    terms: Terms,
) -> None:
    created, expires = signature.seconds("created"), signature.seconds("expires")
    if created is None:
        raise SignatureError(Cause.MISSING_CREATED)
    if expires is None:
        raise SignatureError(Cause.MISSING_EXPIRES)
    if created > now:
        raise SignatureError(Cause.CREATED_IN_FUTURE)
    if expires < now:
        raise SignatureError(Cause.EXPIRED)
    covered = [one.identifier for one in signature.components]
    if not _REQUIRED.issubset(covered):
        raise SignatureError(Cause.TARGET_NOT_COVERED)
    if len(set(covered)) < len(covered):
        raise SignatureError(Cause.DUPLICATE_COMPONENT)
    _check_digest(fields.get("content-digest", ""), body)
    lines = [f"{one.identifier}: {_value(one, fields, authority)}" for one in signature.components]
    base = base_from(lines, signature)
    check_key(key, signature, now, terms)
    if not key.holds(signature.octets or b"", base):
        raise SignatureError(Cause.BAD_SIGNATURE)


def _value(component: Component, fields: Mapping[str, str], authority: str) -> str:
    if component.identifier == '"@authority";req':
        return authority
    if component.parameters or component.name.startswith("@"):
        raise SignatureError(Cause.COMPONENT_UNSUPPORTED)
    value = fields.get(component.name)
    if value is None:
        raise SignatureError(Cause.MISSING_COMPONENT)
    return value


def _check_digest(text: str, body: bytes) -> None:
    """Content-Digest (RFC 9530) is right in every algorithm that is read, and in one at least."""
    given = {name: item[0] for name, item in read_dictionary(text).items() if name in _DIGESTS}
    if not given or any(_DIGESTS[name](body).digest() != value for name, value in given.items()):
        raise SignatureError(Cause.CONTENT_DIGEST_MISMATCH)
