"""License tokens: signed JSON Web Tokens (RFC 7519) by which a licensee proves its license.

Theory of operation. A token says which license it is for, on which hosts, paths and uses, and from when until when; it
grants nothing by itself, since the license in the policy decides. `sign` makes one; `read` gives what a sound signature
vouches for, which holds for ever and may be remembered; `fault` says what the clock, the site and the revocations object.
The algorithm is Ed25519 (RFC 9864) and no other: what a header asks for never chooses it. joserfc is loaded by who signs: a
gateway reads tokens without it.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.instants import SECOND, instant
from gateway.licenses.license import License
from gateway.policy.paths import Pattern
from gateway.vocabulary import Reason, Use

if TYPE_CHECKING:
    from joserfc.jwk import OKPKey

ALGORITHM: Final = "Ed25519"
TYPE: Final = "izin-license+jwt"
#: Longest token that is read, in octets.
LONGEST: Final = 8_192
#: How far the clocks of who signs and who reads may be apart, in microseconds.
SKEW: Final = 30 * SECOND


class Token(msgspec.Struct, frozen=True):
    """What a token says. ``hosts`` are host patterns of the policy; ``paths`` empty means every path of the license.

    Instants are in microseconds since 1970, UTC; ``ends`` is the first one no longer covered. ``key`` is the thumbprint
    (RFC 7638) of the key with which the bearer must sign its requests, None where bearing it is enough.
    """

    id: str
    site: str
    license: str
    hosts: tuple[str, ...]
    uses: tuple[Use, ...]
    issued: int
    begins: int
    ends: int
    paths: tuple[Pattern, ...] = ()
    key: str | None = None


class PublicKey(NamedTuple):
    """A key by which tokens are checked; ``until`` (microseconds since 1970) is when it stops to count, None for never."""

    key: Ed25519PublicKey
    until: int | None


class Shown(NamedTuple):
    """What became of a token that was shown: what it says, if its signature is sound, and what is wrong with it."""

    token: Token | None
    fault: Reason | None


Keys = Mapping[str, PublicKey]


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """All that a header of ours has: nothing in it chooses a key of its own or asks for extensions (`crit`)."""

    alg: str
    kid: str = ""
    typ: str = ""


class _Confirmation(msgspec.Struct):
    jkt: str


class _Payload(msgspec.Struct, omit_defaults=True):
    """Claims of RFC 7519 section 4.1, and `cnf` of RFC 7800; dates in seconds."""

    iss: str
    sub: str
    aud: list[str]
    jti: str
    iat: float
    nbf: float
    exp: float
    uses: list[Use]
    paths: list[str] = []
    cnf: _Confirmation | None = None


class _PublicKeys(msgspec.Struct):
    keys: list[dict[str, Any]]


def token_for(held: License, site: str, hosts: tuple[str, ...], id: str, now: int, length: int) -> Token:
    """What a token for a license says that is issued at ``now`` and holds for ``length`` microseconds from when the license
    has begun, at most until that ends. ``hosts`` are those of the site, where the license names none."""
    begins = max(now, instant(held.begins))
    return Token(
        id=id,
        site=site,
        license=held.id,
        hosts=held.hosts or hosts,
        uses=tuple(sorted(held.uses)),
        issued=now,
        begins=begins,
        ends=min(begins + length, instant(held.ends)),
        paths=held.on,
    )


def sign(token: Token, key: "OKPKey") -> str:
    """The token signed by a private key. ValueError if it would be longer than is read."""
    from joserfc import jws

    payload = _Payload(
        iss=token.site,
        sub=token.license,
        aud=list(token.hosts),
        jti=token.id,
        iat=token.issued / SECOND,
        nbf=token.begins / SECOND,
        exp=token.ends / SECOND,
        uses=list(token.uses),
        paths=[pattern.text for pattern in token.paths],
        cnf=None if token.key is None else _Confirmation(token.key),
    )
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}
    text = jws.serialize_compact(header, msgspec.json.encode(payload), key, algorithms=[ALGORITHM])
    if len(text) > LONGEST:
        raise ValueError(f"the token would be longer than {LONGEST} octets")
    return text


def read(text: str, keys: Keys, now: int) -> tuple[Token, int | None] | Reason:
    """What a token says if one of the keys that count at ``now`` has signed it, and until when that key counts; else why
    it is not believed. Total: any text has an answer."""
    if len(text) > LONGEST:
        return Reason.TOKEN_TOO_LONG
    header = _header(text)
    if header is None:
        return Reason.TOKEN_MALFORMED
    if header.alg != ALGORITHM:
        return Reason.TOKEN_UNSIGNED
    if header.typ.lower() != TYPE:
        return Reason.TOKEN_MALFORMED
    public = keys.get(header.kid)
    if public is None or (public.until is not None and now >= public.until):
        return Reason.TOKEN_KEY_UNKNOWN
    signed, _, signature = text.rpartition(".")
    try:
        public.key.verify(_octets(signature), signed.encode("ascii"))
        payload = msgspec.json.decode(_octets(signed.partition(".")[2]), type=_Payload)
        return _token(payload), public.until
    except InvalidSignature:
        return Reason.TOKEN_FORGED
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return Reason.TOKEN_MALFORMED


def fault(token: Token, now: int) -> Reason | None:
    """What the clock objects to a token at ``now`` (microseconds since 1970), clocks being up to `SKEW` apart."""
    if now >= token.ends + SKEW:
        return Reason.TOKEN_EXPIRED
    if now < max(token.issued, token.begins) - SKEW:
        return Reason.TOKEN_NOT_YET
    return None


def public_half(key: "OKPKey") -> Ed25519PublicKey:
    """By which is checked what a private key signs; TypeError where it is of another algorithm."""
    found = key.public_key
    if not isinstance(found, Ed25519PublicKey):
        raise TypeError("its algorithm is not Ed25519")
    return found


def read_keys(octets: bytes) -> Keys:
    """The public keys in a JWK Set (RFC 7517), by their ids; ValueError if it is none, or a key of it is none of ours."""
    try:
        written = msgspec.json.decode(octets, type=_PublicKeys)
        return {str(one["kid"]): PublicKey(_public(one), _until(one)) for one in written.keys}
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError) as error:
        raise ValueError(f"no set of public keys: {type(error).__name__}") from None


def write_keys(keys: Keys) -> bytes:
    """The same as `read_keys` reads; never a private part."""
    rows = []
    for name, public in keys.items():
        x = urlsafe_b64encode(public.key.public_bytes_raw()).rstrip(b"=").decode()
        row = {"crv": ALGORITHM, "x": x, "kty": "OKP", "kid": name, "alg": ALGORITHM, "use": "sig"}
        rows.append(row if public.until is None else {**row, "exp": public.until // SECOND})
    return msgspec.json.format(msgspec.json.encode({"keys": rows}), indent=2) + b"\n"


def _header(text: str) -> _Header | None:
    first, dot, rest = text.partition(".")
    if not dot or rest.count(".") != 1 or not text.isascii():
        return None
    try:
        return msgspec.json.decode(_octets(first), type=_Header)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _octets(text: str) -> bytes:
    """The octets of base64url without padding (RFC 7515 section 2). ValueError if it is something else."""
    return b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _token(payload: _Payload) -> Token:
    return Token(
        id=payload.jti,
        site=payload.iss,
        license=payload.sub,
        hosts=tuple(payload.aud),
        uses=tuple(payload.uses),
        issued=round(payload.iat * SECOND),
        begins=round(payload.nbf * SECOND),
        ends=round(payload.exp * SECOND),
        paths=tuple(map(Pattern, payload.paths)),
        key=None if payload.cnf is None else payload.cnf.jkt,
    )


def _public(written: dict[str, Any]) -> Ed25519PublicKey:
    x = written["x"]
    if written.get("kty") != "OKP" or written.get("crv") != "Ed25519" or "d" in written:
        raise KeyError("kty")
    if not isinstance(x, str):
        raise KeyError("x")
    return Ed25519PublicKey.from_public_bytes(_octets(x))


def _until(written: dict[str, Any]) -> int | None:
    until = written.get("exp")
    return until * SECOND if isinstance(until, int) else None
