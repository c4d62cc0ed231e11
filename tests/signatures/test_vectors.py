"""Every vector of the corpus: genuine requests, the draft's own, and one for each way to go wrong."""

from typing import Any

import pytest

from gateway.signatures import Terms, Verifier
from gateway.signatures.agent import read_agent
from gateway.signatures.base import base_of
from gateway.signatures.fields import read_signatures
from gateway.signatures.replays import Replays
from tests.signatures.requests import directories, request_of, vectors
from tests.signatures.signing import holds

TOLD = vectors()
AT_HAND = directories(TOLD["directories"])


def terms(own: dict[str, Any]) -> Terms:
    said = TOLD["default_policy"] | own
    return Terms(
        skew=said["clock_skew_s"],
        longest=said["max_lifetime_s"],
        bare=said["accept_legacy_string"],
        exact=said["member_key_must_equal_label"],
        test_keys=not said["reject_test_keys"],
    )


@pytest.mark.parametrize("vector", TOLD["vectors"], ids=lambda vector: vector["id"])
def test_a_vector(vector: dict[str, Any]) -> None:
    verifier = Verifier(AT_HAND, terms=terms(vector.get("policy", {})))
    request, expected = request_of(vector["request"]), vector["expected"]
    found = verifier.verify(request, vector["now"])
    assert (found.result, found.cause) == (expected["outcome"], expected["reason"])
    if found.result == "verified":
        assert (found.label, found.address, found.keyid) == (
            expected["label"],
            expected["signer_url"],
            expected["keyid"],
        )
    assert verifier.verify(request, vector["now"]) == found  # by what is remembered


BASES = [vector for vector in TOLD["vectors"] if vector["expected"].get("signature_base")]


@pytest.mark.parametrize("vector", BASES, ids=lambda vector: vector["id"])
def test_a_base(vector: dict[str, Any]) -> None:
    request, expected = request_of(vector["request"]), vector["expected"]
    fields = request.fields
    agent = read_agent(fields["signature-agent"]) if "signature-agent" in fields else None
    (signature,) = (
        one
        for one in read_signatures(fields["signature-input"], fields["signature"])
        if one.label == expected["label"]
    )
    assert base_of(signature, request, agent).decode() == expected["signature_base"]


@pytest.mark.parametrize("sequence", TOLD["sequences"], ids=lambda sequence: sequence["id"])
def test_a_sequence(sequence: dict[str, Any]) -> None:
    verifier = Verifier(AT_HAND, terms=terms({}), replays=Replays())
    for step in sequence["steps"]:
        found = verifier.verify(request_of(step["request"]), step["now"])
        assert (found.result, found.cause) == (step["expected"]["outcome"], step["expected"]["reason"])


KEYS = {key["thumbprint"]: key for key in TOLD["keys"].values()}
SINGLE = [
    vector
    for vector in TOLD["vectors"]
    if vector["expected"]["reason"] in ("ok", "bad-signature")
    and vector["expected"].get("keyid") in KEYS
    and "two" not in vector["id"]
]


@pytest.mark.parametrize("vector", SINGLE, ids=lambda vector: vector["id"])
def test_a_second_verifier_agrees(vector: dict[str, Any]) -> None:
    request, expected = vector["request"], vector["expected"]
    found = holds(request["method"], request["url"], request["headers"], KEYS[expected["keyid"]])
    assert found is (expected["reason"] == "ok")
