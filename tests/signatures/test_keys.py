"""Keys of signers: what is read, what is passed over, and what no set may be."""

import json
from typing import Any

import pytest

from gateway.signatures.keys import MOST_KEYS, MOST_OCTETS, KeysError, read_key, read_key_set
from tests.signatures.requests import vectors
from tests.signatures.signing import ALGORITHMS, Signer

PRINTED = vectors()["keys"]
GOOD = Signer().jwk
P256 = Signer("ecdsa-p256-sha256").jwk


@pytest.mark.parametrize("name", PRINTED)
def test_the_thumbprint_is_the_keys_own(name: str) -> None:
    public = {member: value for member, value in PRINTED[name].items() if member != "d"}
    assert read_key(public).thumbprint == PRINTED[name]["thumbprint"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_key_says_the_algorithm(algorithm: str) -> None:
    assert read_key(Signer(algorithm).jwk).algorithm == algorithm


@pytest.mark.parametrize(
    "jwk",
    [
        GOOD | {"d": "AA"},
        GOOD | {"use": "enc"},
        GOOD | {"key_ops": ["sign"]},
        GOOD | {"alg": "RS256"},
        GOOD | {"kty": "oct", "k": "AAAA"},
        GOOD | {"kty": ["OKP"]},
        GOOD | {"crv": "X25519"},
        GOOD | {"x": GOOD["x"][:-1]},
        GOOD | {"x": GOOD["x"] + "="},
        GOOD | {"x": 7},
        GOOD | {"exp": "soon"},
        GOOD | {"exp": True},
        P256 | {"y": P256["x"]},
        P256 | {"crv": "P-384"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": "_" * 1200, "e": "A" * 100 + "E"},
        "text",
        None,
        [],
    ],
)
def test_what_is_no_key_for_verifying_is_passed_over(jwk: Any) -> None:
    with pytest.raises(KeysError):
        read_key(jwk)
    assert len(read_key_set(json.dumps({"keys": [jwk, GOOD]}).encode())) == 1


def test_a_set_is_read_in_every_envelope_that_is_served() -> None:
    thumbprint = read_key(GOOD).thumbprint
    for body in ({"keys": [GOOD]}, GOOD, {"keys": [GOOD | {"kid": "2026", "alg": "EdDSA"}], "purpose": "x"}):
        assert [*read_key_set(json.dumps(body).encode())] == [thumbprint]
    assert read_key_set(b'{"keys":[]}') == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'"keys"',
        b"\xff\xfe",
        b"[" * 50_000,
        b" " * (MOST_OCTETS + 1),
        json.dumps({"keys": [GOOD] * (MOST_KEYS + 1)}).encode(),
    ],
)
def test_what_is_no_set_is_refused(body: bytes) -> None:
    with pytest.raises(KeysError):
        read_key_set(body)


def test_a_key_counts_between_its_times() -> None:
    key = read_key(GOOD | {"nbf": 1000, "exp": 2000})
    assert [key.in_force(now, 30) for now in (969, 970, 1999, 2029, 2030)] == [False, True, True, True, False]
