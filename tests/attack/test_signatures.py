"""A signature that nobody can make costs nearly nothing to turn down: it is anybody's, and there may be thousands a second."""

import pytest

from gateway.signatures import Cause, Verifier, no_directory
from tests.signatures.requests import request_of

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
