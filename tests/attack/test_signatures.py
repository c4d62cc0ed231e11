"""A signature that nobody can make costs nearly nothing to turn down: it is anybody's, and there may be thousands a second."""

from base64 import b64decode, b64encode

import pytest

from gateway.signatures import Cause, Verifier, no_directory
from gateway.signatures.keys import read_key
from gateway.signatures.replays import Replays
from tests.signatures.requests import keys_of, request_of
from tests.signatures.signing import Signer

URL = "https://www.antara.example/berita/1"
AGENT = '"https://signer.example"'
FORM = ';created=1764000000;expires=1764000900;keyid="k";tag="web-bot-auth"'
PLAIN = f'a=("@authority" "signature-agent"){FORM}'


def cause(described: str, signature: str = "a=:YQ==:", agent: str = AGENT, *more: tuple[str, str]) -> Cause:
    told = [("Signature-Input", described), ("Signature", signature), ("Signature-Agent", agent), *more]
    request = request_of({"method": "GET", "url": URL, "headers": [("Host", "www.antara.example"), *told]})
    return Verifier(no_directory).verify(request, 1_764_000_100).cause


FULL = {
    "members": ",".join(["a"] * 500),
    "parameters": "a=()" + ";p" * 500,
    "components": f"a=({' '.join(['1'] * 500)})",
    "escapes": 'a="' + r"\"" * 500 + '"',
    "display string": 'a=%"' + "%e2%82%ac" * 200 + '"',
    "octets": f"a=:{'A' * 5000}:",
}


def test_a_signature_by_nobody_is_unverified():
    assert cause(PLAIN) is Cause.DIRECTORY_NOT_KNOWN


@pytest.mark.parametrize("kind", FULL)
def test_a_field_with_too_much_in_it_is_not_read(kind):
    assert cause(FULL[kind]) is Cause.MALFORMED
    assert cause(PLAIN, FULL[kind]) is Cause.MALFORMED
    assert cause(PLAIN, agent=FULL[kind]) is Cause.MALFORMED
    assert cause(PLAIN, agent=f"{AGENT};b={FULL[kind][2:]}") is Cause.MALFORMED


def test_as_many_signatures_as_are_read_fit():
    """Eight, each as the ChatGPT agent makes one, and so many again would not."""
    one = f'("@authority" "@method" "@path" "signature-agent"){FORM};nonce="{"n" * 86}";alg="ed25519"'
    described = ", ".join(f"s{number}={one}" for number in range(8))
    given = ", ".join(f"s{number}=:{'A' * 86}==:" for number in range(8))
    assert cause(described, given) is Cause.DIRECTORY_NOT_KNOWN


def test_what_was_signed_is_not_put_together_for_an_unknown_signer():
    assert cause(PLAIN.replace("(", '("x-not-there" ')) is Cause.DIRECTORY_NOT_KNOWN


def test_another_form_of_a_signature_counts_as_the_same_one():
    """With (r, s) also (r, n - s) holds for the curve P-256, whose order is n."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signer = Signer("ecdsa-p256-sha256")
    find = keys_of(
        {AGENT[1:-1] + "/.well-known/http-message-signatures-directory": {signer.keyid: read_key(signer.jwk)}}
    )
    verifier = Verifier(find, replays=Replays())

    def ask(headers: dict[str, str]) -> Cause:
        told = [("Host", "www.antara.example"), *headers.items()]
        return verifier.verify(
            request_of({"method": "GET", "url": URL, "headers": told}), 1_764_000_100
        ).cause

    headers = signer.sign(URL, AGENT, ("@authority", "signature-agent"), now=1_764_000_000)
    octets = b64decode(headers["Signature"][len("sig1=:") : -1])
    other = octets[:32] + (order - int.from_bytes(octets[32:])).to_bytes(32)
    assert ask(headers) is Cause.OK
    assert ask({**headers, "Signature": f"sig1=:{b64encode(other).decode()}:"}) is Cause.REPLAYED_NONCE
    assert ask(signer.sign(URL, AGENT, ("@authority", "signature-agent"), now=1_764_000_000)) is Cause.OK
