"""Public keys of signers: JSON Web Keys (RFC 7517), told apart by their thumbprints (RFC 7638).

The key says which algorithm verifies by it, never the message. Names of algorithms come from two registries with two
spellings, so a key's own `alg` only has to agree, in either. Keys of other kinds, of other uses and of unsound sizes are
passed over, as RFC 7517 section 5 asks.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from msgspec import Struct

#: Keys and octets of a set that is read at all.
MOST_KEYS: Final = 32
MOST_OCTETS: Final = 65_536
#: Bits of an RSA key: fewer are unsafe, more cost too much.
_RSA_BITS: Final = range(2048, 8193)
_MOST_EXPONENT: Final = 2**32

ED25519: Final = "ed25519"
RSA_PSS: Final = "rsa-pss-sha512"
ECDSA: Final = "ecdsa-p256-sha256"
#: The algorithms by which a signature can be verified (RFC 9421 section 3.3), and what a key may call each of them.
ALGORITHMS: Final[dict[str, frozenset[str]]] = {
    ED25519: frozenset({"EdDSA", "Ed25519", "ed25519"}),
    RSA_PSS: frozenset({"PS512", "rsa-pss-sha512"}),
    ECDSA: frozenset({"ES256", "ecdsa-p256-sha256"}),
}
#: Keys whose private halves are printed in RFC 9421 appendix B: whoever "proves" to have one proves nothing.
TEST_KEYS: Final = frozenset(
    {"poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U", "oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA"}
)

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]{1,1400}")
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")

_Verify = Callable[[bytes, bytes], None]


class KeysError(ValueError):
    """A key, or a set of keys, that cannot be used; the message says why."""


class Key(Struct, frozen=True):
    """A public key. ``begins`` and ``ends`` are seconds since 1970 between which it is in force, None if it does not say."""

    thumbprint: str
    algorithm: str
    verify: _Verify
    begins: int | None = None
    ends: int | None = None

    def in_force(self, now: float, skew: float) -> bool:
        """Whether the key counts at ``now``, clocks being up to ``skew`` seconds apart."""
        begun = self.begins is None or self.begins <= now + skew
        return begun and (self.ends is None or now - skew < self.ends)

    def holds(self, octets: bytes, signed: bytes) -> bool:
        """Whether ``octets`` are this key's signature of what is ``signed``."""
        try:
            self.verify(octets, signed)
        except (InvalidSignature, ValueError, OverflowError):
            return False
        return True


def is_thumbprint(text: str) -> bool:
    """Whether a text has the form of a SHA-256 thumbprint."""
    return _THUMBPRINT.fullmatch(text) is not None


def read_key_set(body: bytes) -> dict[str, Key]:
    """The usable keys of a JWK Set by their thumbprints; also of a single key without the wrapper, as one signer serves
    it. KeysError if it is neither, or has too much in it."""
    if len(body) > MOST_OCTETS:
        raise KeysError(f"it has more than {MOST_OCTETS} octets")
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise KeysError("it is not JSON") from None
    if not isinstance(read, dict):
        raise KeysError("it is no set of keys")
    listed = [read] if "kty" in read else read.get("keys")
    if not isinstance(listed, list):
        raise KeysError("it has no `keys`")
    if len(listed) > MOST_KEYS:
        raise KeysError(f"it has more than {MOST_KEYS} keys")
    keys = {}
    for jwk in listed:
        try:
            key = read_key(jwk)
        except KeysError:
            continue
        keys[key.thumbprint] = key
    return keys


def read_key(jwk: object) -> Key:
    """A public key for signatures. KeysError if it is none that can be used."""
    if not isinstance(jwk, dict):
        raise KeysError("a key is an object")
    if "d" in jwk or "k" in jwk:
        raise KeysError("it is a private or a shared key")
    if jwk.get("use", "sig") != "sig":
        raise KeysError("it is not for signatures")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise KeysError("it is not for verifying")
    kind = jwk.get("kty")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise KeysError("its kind is not known")
    try:
        algorithm, members, verify = read(jwk)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeysError(str(error)[:100]) from None
    named = jwk.get("alg")
    if named is not None and named not in ALGORITHMS[algorithm]:
        raise KeysError("it is for another algorithm")
    return Key(_thumbprint(members), algorithm, verify, _seconds(jwk, "nbf"), _seconds(jwk, "exp"))


def _ed25519(jwk: Mapping[str, Any]) -> tuple[str, dict[str, str], _Verify]:
    if jwk.get("crv") != "Ed25519":
        raise ValueError("its curve is not known")
    public = ed25519.Ed25519PublicKey.from_public_bytes(_octets(jwk, "x"))
    return ED25519, {"crv": "Ed25519", "kty": "OKP", "x": jwk["x"]}, public.verify


def _rsa(jwk: Mapping[str, Any]) -> tuple[str, dict[str, str], _Verify]:
    modulus, exponent = (int.from_bytes(_octets(jwk, name)) for name in ("n", "e"))
    if modulus.bit_length() not in _RSA_BITS or exponent > _MOST_EXPONENT:
        raise ValueError("its size is unsound")
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()

    def verify(octets: bytes, signed: bytes) -> None:
        public.verify(octets, signed, _PSS, hashes.SHA512())

    return RSA_PSS, {"e": jwk["e"], "kty": "RSA", "n": jwk["n"]}, verify


def _p256(jwk: Mapping[str, Any]) -> tuple[str, dict[str, str], _Verify]:
    if jwk.get("crv") != "P-256":
        raise ValueError("its curve is not known")
    x, y = _octets(jwk, "x"), _octets(jwk, "y")
    if len(x) != 32 or len(y) != 32:
        raise ValueError("its point has not the size of its curve")
    public = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1()).public_key()

    def verify(octets: bytes, signed: bytes) -> None:
        """RFC 9421 section 3.3.4: two numbers of 32 octets, not DER."""
        if len(octets) != 64:
            raise InvalidSignature
        der = encode_dss_signature(int.from_bytes(octets[:32]), int.from_bytes(octets[32:]))
        public.verify(der, signed, ec.ECDSA(hashes.SHA256()))

    return ECDSA, {"crv": "P-256", "kty": "EC", "x": jwk["x"], "y": jwk["y"]}, verify


_KINDS: Final[dict[str, Callable[[Mapping[str, Any]], tuple[str, dict[str, str], _Verify]]]] = {
    "OKP": _ed25519,
    "RSA": _rsa,
    "EC": _p256,
}


def _octets(jwk: Mapping[str, Any], name: str) -> bytes:
    """A member that holds octets, in the one spelling that it has (RFC 7515 section 2)."""
    text = jwk.get(name)
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise ValueError(f"its `{name}` is not base64url")
    octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(octets).rstrip(b"=") != text.encode():
        raise ValueError(f"its `{name}` is not base64url")
    return octets


def _seconds(jwk: Mapping[str, Any], name: str) -> int | None:
    value = jwk.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 2**53:
        raise KeysError(f"its `{name}` is no time")
    return int(value)


def _thumbprint(members: dict[str, str]) -> str:
    """RFC 7638 section 3, of the members that the kind of key requires."""
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
