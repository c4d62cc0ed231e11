"""Token requests are total: whatever the octets, there is an answer, and only the right secret gets one that counts."""

import dataclasses
import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.instants import instant
from gateway.licenses.client import SALT, SECRET, knows, new_secret
from gateway.licenses.grant import Client, Refused, client_of, fields_of, paths_of
from gateway.licenses.proof import Proof
from gateway.policy.paths import Pattern
from tests import sites

HELD = dataclasses.replace(
    sites.license_("contoh", ["GPTBot"]),
    proof=Proof(token=True),
    on=(Pattern("/berita/"), Pattern("/*.html$")),
)
NOW = instant(datetime(2026, 11, 30, tzinfo=UTC))
ERRORS = {"invalid_client", "invalid_request", "invalid_resource", "unsupported_grant_type"}
MEDIA = st.sampled_from(
    ["application/x-www-form-urlencoded", "application/json; charset=utf-8", "", "text/html"]
)


def refusal(ask):
    """Why a call is refused, None if it is not."""
    try:
        ask()
    except Refused as refused:
        return refused


@settings(max_examples=60)
@given(st.lists(st.text(max_size=40), max_size=3), MEDIA, st.binary(max_size=200), st.text(max_size=60))
def test_any_octets_have_an_answer(authorization, media, body, resource):
    for ask in (
        lambda: client_of(authorization),
        lambda: fields_of(media, body),
        lambda: paths_of({"grant_type": "client_credentials", "resource": resource}, HELD, NOW),
    ):
        told = refusal(ask)
        assert told is None or (told.status in (400, 401) and json.loads(told.body)["error"] in ERRORS)


@given(st.text(max_size=30).filter(lambda text: ":" not in text), st.text(max_size=60))
def test_a_client_names_itself_as_rfc_6749_says(id, secret):
    id, secret = id.encode("utf-8", "replace").decode(), secret.encode("utf-8", "replace").decode()
    told = b64encode(f"{quote_plus(id)}:{quote_plus(secret)}".encode()).decode()
    assert client_of([f"bAsIc {told}"]) == Client(id, secret)
    with pytest.raises(Refused):
        client_of([f"Basic {told}", f"Basic {told}"])


@pytest.mark.parametrize(
    ("resource", "paths"),
    [
        ("", ["/berita/", "/*.html$"]),
        ("/berita/", ["/berita/"]),
        ("/berita/olahraga/*", ["/berita/olahraga/*"]),
        ("https://www.antara.example/berita/1?x=2", ["/berita/1?x=2"]),
    ],
)
def test_a_resource_narrows_the_token(resource, paths):
    fields = {"grant_type": "client_credentials", "resource": resource}
    assert [pattern.text for pattern in paths_of(fields, HELD, NOW)] == paths


@pytest.mark.parametrize("resource", ["/", "/ber", "/ekonomi/", "https://www.antara.example", "/*"])
def test_no_resource_widens_it(resource):
    with pytest.raises(Refused, match="resource"):
        paths_of({"grant_type": "client_credentials", "resource": resource}, HELD, NOW)


def test_secrets_are_kept_only_as_scrypt_leaves_them():
    chance = bytes(range(SECRET + SALT))
    told, kept = new_secret("contoh", chance, NOW)
    assert knows([kept], "contoh", told)
    assert not knows([kept], "contoh", told + "x")
    assert not knows([kept], "lain", told)
    assert not knows([], "contoh", told)
    assert not knows([kept], "contoh", "x" * 100_000)
    assert told.encode() not in kept.digest + kept.salt
    assert chance[:SECRET] not in kept.digest


def test_how_long_a_check_takes_tells_nothing_of_how_many_secrets_there_are(monkeypatch):
    told, kept = new_secret("contoh", bytes(range(SECRET + SALT)), NOW)
    later, beside = new_secret("contoh", bytes(SECRET + SALT), NOW, [kept])
    scrypt, asked = hashlib.scrypt, []
    monkeypatch.setattr(hashlib, "scrypt", lambda *text, **how: asked.append(text) or scrypt(*text, **how))
    both = [kept, beside]
    found = [knows(both, "contoh", text) for text in (told, later, "x")] + [knows(both, "lain", told)]
    assert found == [True, True, False, False]
    assert len(asked) == len(found), "once each"


@pytest.mark.parametrize(
    ("media", "body", "said"),
    [
        ("application/x-www-form-urlencoded", b"grant_type=x&grant_type=client_credentials", "twice"),
        ("application/json", b'{"grant_type":"x","grant_type":"client_credentials"}', "twice"),
        ("application/json", b'{"grant_type":1}', "cannot be read"),
        ("application/json", b'{"grant_type":NaN}', "cannot be read"),
        ("application/json", b'["client_credentials"]', "cannot be read"),
        ("application/json", b"[" * 16_000, "cannot be read"),
        ("application/json", b'{"a":' * 3_000, "cannot be read"),
        ("application/json", b"9" * 9_000, "cannot be read"),
        ("application/json", b'{"grant_type":"\xff"}', "cannot be read"),
    ],
)
def test_a_request_that_says_two_things_or_none_is_refused(media, body, said):
    assert said in str(refusal(lambda: fields_of(media, body)))
