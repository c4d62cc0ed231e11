"""Clients that are not ours sign, and we verify: what two readers of RFC 9421 agree on."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.signatures import Cause, Found, Result, Verifier
from gateway.signatures.keys import read_key_set
from gateway.value import changed
from tests.signatures.requests import CORPUS, keys_of, request_of
from tests.signatures.signing import ALGORITHMS, Signer

TOLD = json.loads((CORPUS / "clients.json").read_text())
NOW = 1_764_000_000
ADDRESS = "https://signer.example/.well-known/http-message-signatures-directory"
SIGNERS = {algorithm: Signer(algorithm) for algorithm in ALGORITHMS}
KEYS = read_key_set(json.dumps({"keys": [signer.jwk for signer in SIGNERS.values()]}).encode())


#: Text that is like a field, or like nothing.
WILD = some.text(some.characters(codec="latin-1"), max_size=60) | some.lists(
    some.sampled_from(
        ["a=", "(", ")", '"x"', ";", "created=1", "tag=", ":YQ==:", "?1", ",", " ", "\\", '"@authority"']
    )
).map("".join)


def verifier(keys: Any = KEYS) -> Verifier:
    return Verifier(keys_of({ADDRESS: keys}))


def signed(url: str, headers: dict[str, str], method: str = "GET") -> dict[str, Any]:
    host = url.split("/")[2]
    return {"method": method, "url": url, "headers": [["Host", host], *map(list, headers.items())]}


@pytest.mark.parametrize("vector", TOLD["vectors"], ids=lambda vector: vector["id"])
def test_requests_that_clients_signed(vector: dict[str, Any]) -> None:
    keys = read_key_set(json.dumps({"keys": TOLD["keys"]}).encode())
    found = verifier(keys).verify(request_of(vector["request"]), TOLD["now"])
    assert (found.result, found.address, found.keyid) == (Result.VERIFIED, TOLD["directory"], vector["keyid"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@settings(max_examples=15)
@given(
    path=some.text("abc/._~-%20", max_size=12).map(lambda text: text.replace("%", "%20")),
    query=some.none() | some.text("a=&1%20", max_size=8).map(lambda text: text.replace("%", "%20")),
    port=some.sampled_from(["", ":443", ":8443"]),
    covered=some.sets(
        some.sampled_from(["@method", "@path", "@query", "@target-uri", "@scheme", "x-purpose"])
    ),
    method=some.sampled_from(["GET", "HEAD", "POST"]),
    late=some.integers(0, 290),
)
def test_what_another_signs_we_verify_and_nothing_else(
    algorithm: str, path: str, query: str | None, port: str, covered: set[str], method: str, late: int
) -> None:
    url = f"https://news.example{port}/{path}" + ("" if query is None else f"?{query}")
    signer, purpose = SIGNERS[algorithm], {"X-Purpose": "search, index"}
    components = ("@authority", '"signature-agent";key="sig1"', *sorted(covered))
    agent = 'sig1="https://signer.example"'
    headers = signer.sign(url, agent, components, now=NOW, method=method, headers=purpose)
    told, ours = signed(url, headers, method), verifier()
    assert ours.verify(request_of(told), NOW + late).result is Result.VERIFIED
    # whatever is covered cannot be another
    elsewhere = {**told, "url": url.replace("news.example", "other.example")}
    elsewhere["headers"] = [["Host", f"other.example{port}"], *told["headers"][1:]]
    assert ours.verify(request_of(elsewhere), NOW).result is Result.INVALID
    for part, other in {
        "@method": {**told, "method": "OPTIONS"},
        "@path": {**told, "url": url.replace(f"example{port}/", f"example{port}/z", 1)},
        "@query": {**told, "url": f"{url}&z" if query is not None else f"{url}?z"},
    }.items():
        expected = part in covered or (part != "@method" and "@target-uri" in covered)
        found = ours.verify(request_of(other), NOW)
        assert (found.result is Result.INVALID) is expected, part


@settings(max_examples=60)
@given(some.data())
def test_an_octet_that_is_changed_is_never_verified_as_another(data: Any) -> None:
    headers = SIGNERS["ed25519"].sign(
        "https://news.example/a", 'sig1="https://signer.example"', now=NOW, nonce="n"
    )
    name = data.draw(some.sampled_from(sorted(headers)))
    place = data.draw(some.integers(0, len(headers[name]) - 1))
    letter = data.draw(some.characters(codec="latin-1", exclude_characters=headers[name][place] + "\r\n"))
    value = headers[name][:place] + letter + headers[name][place + 1 :]
    told = signed("https://news.example/a", {**headers, name: value})
    found = verifier_of_all().verify(request_of(told), NOW)
    if found.result is Result.VERIFIED:  # another spelling of the same values
        assert (found.address, found.keyid) == (ADDRESS, SIGNERS["ed25519"].keyid)


def verifier_of_all() -> Verifier:
    """Every directory has the same keys."""
    return Verifier(
        lambda address, thumbprint: (
            Found(KEYS[thumbprint]) if thumbprint in KEYS else Cause.KEY_NOT_IN_DIRECTORY
        )
    )


@settings(max_examples=150)
@given(some.tuples(WILD, WILD, some.none() | WILD))
def test_no_field_breaks_the_verifier(sent: tuple[str, str, str | None]) -> None:
    described, octets, agent = sent
    told = {"signature-input": described, "signature": octets}
    fields = told if agent is None else {**told, "signature-agent": agent}
    request = changed(request_of(signed("https://news.example/a", {})), fields=fields)
    assert verifier_of_all().verify(request, NOW).result is not Result.VERIFIED


def test_a_pinned_key_needs_no_directory_and_speaks_for_none_that_lacks_it() -> None:
    ours, theirs = Signer(), SIGNERS["ed25519"]
    pinned = read_key_set(json.dumps(ours.jwk).encode())
    found = Verifier(keys_of({ADDRESS: KEYS}), pinned=pinned)
    url, covered = "https://news.example/a", ("@authority", '"signature-agent";key="sig1"')
    named = signed(url, ours.sign(url, 'sig1="https://signer.example"', covered, now=NOW))
    plain = signed(url, ours.sign(url, "", ("@authority",), now=NOW))
    plain["headers"] = [header for header in plain["headers"] if header[0] != "Signature-Agent"]
    for told in (named, plain):
        outcome = found.verify(request_of(told), NOW)
        assert (outcome.result, outcome.address, outcome.keyid) == (Result.VERIFIED, "", ours.keyid)
    both = Verifier(keys_of({ADDRESS: KEYS}), pinned=KEYS)
    told = signed(url, theirs.sign(url, 'sig1="https://signer.example"', covered, now=NOW))
    assert both.verify(request_of(told), NOW).address == ADDRESS


def test_what_was_verified_before_is_verified_no_longer_than_it_would_be_anew() -> None:
    url, signer = "https://news.example/a", SIGNERS["ed25519"]
    told = signed(url, signer.sign(url, 'sig1="https://signer.example"', now=NOW))
    request, at_hand = request_of(told), {ADDRESS: dict(KEYS)}
    ours = Verifier(keys_of(at_hand))
    assert [ours.verify(request, NOW + late).cause for late in (-31, -30, 0, 330, 331)] == [
        *(Cause.CREATED_IN_FUTURE, Cause.OK, Cause.OK, Cause.OK, Cause.EXPIRED)
    ]
    other = request_of({**told, "headers": [["Host", "other.example"], *told["headers"][1:]]})
    assert ours.verify(other, NOW).cause is Cause.BAD_SIGNATURE
    del at_hand[ADDRESS][signer.keyid]
    assert ours.verify(request, NOW).cause is Cause.KEY_NOT_IN_DIRECTORY
    del at_hand[ADDRESS]
    assert ours.verify(request, NOW).cause is Cause.DISCOVERY_FAILED
