"""An independent signer of requests: PyPI http-message-signatures, with keys made in the test run."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from multidict import CIMultiDict

from gateway.signatures.keys import read_key

ALGORITHMS = {
    "ed25519": algorithms.ED25519,
    "rsa-pss-sha512": algorithms.RSA_PSS_SHA512,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
}


def _number(value: int, size: int) -> str:
    return urlsafe_b64encode(value.to_bytes(size)).rstrip(b"=").decode()


def _jwk(public: Any) -> dict[str, str]:
    if isinstance(public, ed25519.Ed25519PublicKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": urlsafe_b64encode(raw).rstrip(b"=").decode()}
    numbers = public.public_numbers()
    if isinstance(public, ec.EllipticCurvePublicKey):
        return {"kty": "EC", "crv": "P-256", "x": _number(numbers.x, 32), "y": _number(numbers.y, 32)}
    return {"kty": "RSA", "n": _number(numbers.n, (numbers.n.bit_length() + 7) // 8), "e": "AQAB"}


def _private(algorithm: str) -> Any:
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == "ecdsa-p256-sha256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)


@dataclass
class Message:
    """A request as the signer takes it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


class Signer(HTTPSignatureKeyResolver):
    """A signer with one key of its own."""

    def __init__(self, algorithm: str = "ed25519") -> None:
        self.algorithm = algorithm
        self._key = _private(algorithm)
        self.jwk = _jwk(self._key.public_key())
        self.keyid = read_key(self.jwk).thumbprint

    def resolve_private_key(self, key_id: str) -> Any:
        return self._key

    def resolve_public_key(self, key_id: str) -> Any:
        return self._key.public_key()

    def sign(
        self,
        url: str,
        agent: str,
        covered: tuple[str, ...] = ("@authority", '"signature-agent";key="sig1"'),
        *,
        now: float,
        method: str = "GET",
        life: int = 300,
        nonce: str | None = None,
        headers: dict[str, str] | None = None,
        tag: str = "web-bot-auth",
    ) -> dict[str, str]:
        """The header fields of a signed request: those given, and the three of the signature."""
        message = Message(method, url, {"Signature-Agent": agent, **(headers or {})})
        HTTPMessageSigner(signature_algorithm=ALGORITHMS[self.algorithm], key_resolver=self).sign(
            message,
            key_id=self.keyid,
            created=datetime.fromtimestamp(now, UTC),
            expires=datetime.fromtimestamp(now + life, UTC),
            nonce=nonce,
            label="sig1",
            tag=tag,
            covered_component_ids=covered,
        )
        return message.headers


class Second(HTTPMessageVerifier):
    """A second verifier of signatures, which does not look at the clock."""

    def validate_created_and_expires(self, *_: object, **__: object) -> None:
        pass


def holds(method: str, url: str, headers: list[list[str]], jwk: dict[str, str]) -> bool:
    """Whether the second verifier finds that the key has signed the request."""

    class Key(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id: str) -> Any:
            raw = urlsafe_b64decode(jwk["x"] + "=") if jwk["kty"] == "OKP" else None
            if raw is not None:
                return ed25519.Ed25519PublicKey.from_public_bytes(raw)
            n, e = (int.from_bytes(urlsafe_b64decode(jwk[name] + "==")) for name in ("n", "e"))
            return rsa.RSAPublicNumbers(e, n).public_key()

    algorithm = ALGORITHMS["ed25519" if jwk["kty"] == "OKP" else "rsa-pss-sha512"]
    message = Message(method, url, CIMultiDict(map(tuple, headers)))
    try:
        Second(signature_algorithm=algorithm, key_resolver=Key()).verify(
            message, max_age=None, expect_tag="web-bot-auth"
        )
    except HTTPMessageSignaturesException:
        return False
    return True
