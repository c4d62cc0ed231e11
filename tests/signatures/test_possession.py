"""Answers of key directories that are signed with the keys in them."""

import base64
import hashlib
import json
from typing import Any

import pytest

from gateway.signatures import Terms
from gateway.signatures.keys import MOST_KEYS, read_key_set
from gateway.signatures.outcome import SignatureError
from gateway.signatures.possession import TAG, possessed
from tests.signatures.requests import vectors
from tests.signatures.signing import Signer

ANSWERS = vectors()["directory_responses"]
TERMS = Terms(test_keys=True)


def found(answer: dict[str, Any], now: int, **changed: str) -> frozenset[str]:
    fields = {name.lower(): value for name, value in answer["response"]["headers"]} | changed
    body = answer["response"]["body"].encode()
    host = next(value for name, value in answer["request"]["headers"] if name == "Host")
    return possessed(fields, body, host, read_key_set(body), now, TERMS)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["id"])
def test_a_vector(answer: dict[str, Any]) -> None:
    if answer["expected"]["outcome"] == "verified":
        assert found(answer, answer["now"]) == {"poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"}
        return
    # the key that was taken for encryption is no key for signatures, so its set is read as before the change
    if answer["id"] == "dir-body-changed":
        answer = answer | {"response": answer["response"] | {"body": ANSWERS[0]["response"]["body"] + " "}}
    with pytest.raises(SignatureError) as raised:
        found(answer, answer["now"])
    assert raised.value.cause == answer["expected"]["reason"]


def test_an_answer_that_is_not_signed_proves_nothing_and_is_no_fault() -> None:
    body = ANSWERS[0]["response"]["body"].encode()
    assert possessed({}, body, "signature-agent.test", read_key_set(body), 0, TERMS) == frozenset()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signature-input", 'a=("content-digest")'),
        ("signature", "binding=:AAAA:"),
        ("content-digest", "sha-256=:AAAA:"),
        ("content-digest", "md5=:AAAA:"),
        ("content-digest", "sha-256"),
        ("signature-input", "("),
    ],
)
def test_one_that_is_signed_wrongly_is_refused(field: str, value: str) -> None:
    answer = ANSWERS[0]
    told = dict(answer["response"]["headers"])
    if value.startswith("a=("):
        value = told["Signature-Input"].replace('"@authority";req ', "")
    with pytest.raises(SignatureError):
        found(answer, answer["now"], **{field: value})


def test_as_many_keys_as_a_set_may_have_may_sign_it() -> None:
    signers = [Signer() for _ in range(MOST_KEYS)]
    body = json.dumps({"keys": [one.jwk for one in signers]}).encode()
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    described, given = [], []
    for number, one in enumerate(signers):
        line = (
            f'("@authority";req "content-digest");created=1000;expires=2000;keyid="{one.keyid}";tag="{TAG}"'
        )
        base = f'"@authority";req: signer.example\n"content-digest": {digest}\n"@signature-params": {line}'
        octets = one.resolve_private_key("").sign(base.encode())
        described.append(f"binding{number}={line}")
        given.append(f"binding{number}=:{base64.b64encode(octets).decode()}:")
    fields = {
        "content-digest": digest,
        "signature-input": ", ".join(described),
        "signature": ", ".join(given),
    }
    keys = read_key_set(body)
    assert possessed(fields, body, "signer.example", keys, 1500, TERMS) == keys.keys()
