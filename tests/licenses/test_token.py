"""License tokens: what is signed is read back, and nothing else is ever believed, whatever it is made of."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from gateway.licenses.credential import license_credential, token_in
from gateway.licenses.token import (
    ALGORITHM,
    LONGEST,
    SKEW,
    TYPE,
    PublicKey,
    Token,
    fault,
    public_half,
    read,
    read_keys,
    sign,
    write_keys,
)
from gateway.policy.paths import Pattern
from gateway.vocabulary import Reason, Use

NOW = 1_764_000_000_000_000
DAY = 86_400_000_000


def key_called(name):
    made = OKPKey.generate_key("Ed25519").as_dict(private=True)
    return OKPKey.import_key({**made, "kid": name})


KEY, OTHER = key_called("satu"), key_called("dua")
KEYS = read_keys(write_keys({"satu": PublicKey(public_half(KEY), None)}))
TOKEN = Token(
    id="01KB8M0000000000000000000A",
    site="antara",
    license="contoh-2026",
    hosts=("www.antara.example",),
    uses=(Use.AI_INPUT,),
    issued=NOW,
    begins=NOW,
    ends=NOW + 30 * DAY,
    paths=(Pattern("/berita/"),),
)
SOUND = sign(TOKEN, KEY)


def payload_of(**changed):
    claims = json.loads(base64.urlsafe_b64decode(SOUND.split(".")[1] + "=="))
    return {name: value for name, value in {**claims, **changed}.items() if value is not ...}


def signed(payload, header=None, key=KEY):
    """A token as somebody else's program might make it, with the site's own key."""
    octets = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    known = {"alg": ALGORITHM, "kid": "satu", "typ": TYPE, **(header or {})}
    return jws.serialize_compact(
        {k: v for k, v in known.items() if v is not ...}, octets, key, [known["alg"]]
    )


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_what_is_signed_is_read_back():
    assert read(SOUND, KEYS, NOW) == (TOKEN, None)
    bound = Token(
        *[getattr(TOKEN, name) for name in TOKEN.__struct_fields__[:-1]], key="poqkLGiymh_W0uP6PZFw"
    )
    assert read(sign(bound, KEY), KEYS, NOW) == (bound, None)


def test_a_key_counts_until_its_end():
    keys = read_keys(write_keys({"satu": PublicKey(public_half(KEY), NOW + DAY)}))
    assert read(SOUND, keys, NOW) == (TOKEN, NOW + DAY)
    assert read(SOUND, keys, NOW + DAY) is Reason.TOKEN_KEY_UNKNOWN


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (NOW - SKEW - 1, Reason.TOKEN_NOT_YET),
        (NOW - SKEW, None),
        (NOW, None),
        (TOKEN.ends, None),
        (TOKEN.ends + SKEW - 1, None),
        (TOKEN.ends + SKEW, Reason.TOKEN_EXPIRED),
        (TOKEN.ends + SKEW + 1_000_000, Reason.TOKEN_EXPIRED),
    ],
)
def test_it_begins_and_ends_to_the_microsecond(now, found):
    assert fault(TOKEN, now) is found


def test_a_token_from_the_future_is_not_valid_yet_even_if_it_says_so():
    ahead = Token(*[getattr(TOKEN, name) for name in TOKEN.__struct_fields__])
    ahead = read(signed(payload_of(iat=(NOW + DAY) / 1e6)), KEYS, NOW)[0]
    assert fault(ahead, NOW) is Reason.TOKEN_NOT_YET


NONE = f"{encoded({'alg': 'none', 'kid': 'satu', 'typ': TYPE})}.{SOUND.split('.')[1]}."
SHARED = OctKey.import_key(KEY.as_dict(private=False)["x"].encode())
BAD = {
    "nothing": ("", Reason.TOKEN_MALFORMED),
    "one part": ("abc", Reason.TOKEN_MALFORMED),
    "four parts": (SOUND + ".a", Reason.TOKEN_MALFORMED),
    "a comma": (f"{SOUND}, License {SOUND}", Reason.TOKEN_MALFORMED),
    "not ASCII": (SOUND[:-1] + "é", Reason.TOKEN_MALFORMED),
    "a header that is no base64": ("***." + SOUND.partition(".")[2], Reason.TOKEN_MALFORMED),
    "a header that is a list": (f"{encoded([1])}.e30.", Reason.TOKEN_MALFORMED),
    "a deep header": (base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.", Reason.TOKEN_MALFORMED),
    "no algorithm": (NONE, Reason.TOKEN_UNSIGNED),
    "no algorithm, in capitals": (f"{encoded({'alg': 'NONE', 'kid': 'satu'})}.e30.", Reason.TOKEN_UNSIGNED),
    "a shared secret made of the public key": (
        signed(payload_of(), {"alg": "HS256"}, SHARED),
        Reason.TOKEN_UNSIGNED,
    ),
    "another type of token": (signed(payload_of(), {"typ": "JWT"}), Reason.TOKEN_MALFORMED),
    "no type": (signed(payload_of(), {"typ": ...}), Reason.TOKEN_MALFORMED),
    "no key id": (signed(payload_of(), {"kid": ...}), Reason.TOKEN_KEY_UNKNOWN),
    "another key": (sign(TOKEN, OTHER), Reason.TOKEN_KEY_UNKNOWN),
    "another key under our id": (signed(payload_of(), key=OTHER), Reason.TOKEN_FORGED),
    "another payload": (
        f"{SOUND.split('.')[0]}.{encoded(payload_of(sub='lain'))}.{SOUND.split('.')[2]}",
        Reason.TOKEN_FORGED,
    ),
    "cut off": (SOUND[:-20], Reason.TOKEN_FORGED),
    "no signature": (SOUND.rpartition(".")[0] + ".", Reason.TOKEN_FORGED),
    "an unknown critical header": (
        f"{encoded({'alg': ALGORITHM, 'kid': 'satu', 'typ': TYPE, 'crit': ['x'], 'x': 1})}."
        + SOUND.partition(".")[2],
        None,
    ),
    "longer than is read": ("a" * (LONGEST + 1), Reason.TOKEN_TOO_LONG),
    "100 KB": (SOUND + "a" * 100_000, Reason.TOKEN_TOO_LONG),
    "a payload that is no JSON": (signed(b"\xff"), Reason.TOKEN_MALFORMED),
    "no audience": (signed(payload_of(aud=...)), Reason.TOKEN_MALFORMED),
    "an audience of numbers": (signed(payload_of(aud=[1])), Reason.TOKEN_MALFORMED),
    "an end in words": (signed(payload_of(exp="kapan-kapan")), Reason.TOKEN_MALFORMED),
    "no end": (signed(payload_of(exp=...)), Reason.TOKEN_MALFORMED),
    "an end beyond all numbers": (signed(payload_of(exp=1e308)), None),
    "an unknown use": (signed(payload_of(uses=["makan"])), Reason.TOKEN_MALFORMED),
    "a path that is none": (signed(payload_of(paths=["berita"])), Reason.TOKEN_MALFORMED),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_ours_is_not_believed(name):
    text, wanted = BAD[name]
    found = read(text, KEYS, NOW)
    if wanted is None:  # either is fine, as long as nothing breaks
        assert isinstance(found, Reason) or found[0].ends > NOW
    else:
        assert found is wanted


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda octets: octets.decode("latin-1")))
def test_any_text_has_an_answer(text):
    assert isinstance(read(text, KEYS, NOW), Reason)


@given(st.integers(0, len(SOUND) - 1), st.sampled_from("AZaz09-_.=~"))
def test_no_octet_can_be_changed(at, octet):
    changed = SOUND[:at] + octet + SOUND[at + 1 :]
    found = read(changed, KEYS, NOW)
    # The last octet of a signature has bits that say nothing.
    assert isinstance(found, Reason) or changed == SOUND or at == len(SOUND) - 1


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b'{"keys": [{"kty": "oct", "k": "AA", "kid": "a"}]}',
        b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "a"}]}',
        b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}',
        json.dumps({"keys": [KEY.as_dict(private=True)]}).encode(),
    ],
)
def test_a_set_with_a_key_that_is_none_of_ours_is_refused_whole(octets):
    with pytest.raises(ValueError):
        read_keys(octets)


def test_public_keys_hold_nothing_private():
    assert b'"d"' not in write_keys({"satu": PublicKey(public_half(KEY), None)})


@pytest.mark.parametrize(
    ("fields", "token"),
    [
        ([], None),
        (["Basic dXNlcjpwYXNz"], None),
        (["Bearer a.b.c"], None),
        (["Licensed a.b.c"], None),
        (["License a.b.c"], "a.b.c"),
        (["license\ta.b.c "], "a.b.c"),
        (["LICENSE   a.b.c"], "a.b.c"),
        (["License"], ""),
        (["License a.b.c, License d.e.f"], "a.b.c, License d.e.f"),
        (["Basic a", "Bearer b"], None),
    ],
)
def test_a_credential_is_known_by_its_scheme(fields, token):
    found = license_credential(fields)
    assert (None if found is None else token_in(found)) == token


@pytest.mark.parametrize("other", ["License a.b.c", "Basic dXNlcjpwYXNz", ""])
def test_a_license_token_stands_alone(other):
    for fields in (["License a.b.c", other], [other, "License a.b.c"]):
        with pytest.raises(ValueError, match="second Authorization"):
            license_credential(fields)
