"""Whatever the octets, printing gives an entry or says why not."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.record import Compact, EntryError, definitions, printed
from gateway.seal.erasable import Opening, commitment, committed_by, with_opening
from gateway.vocabulary import Level
from tests import journals
from tests.journals import GPTBOT, decision_entry, judged

PSEUDONYM = "c2FtYXJhbi1wZW1i"
FULL = decision_entry(judged(identity=GPTBOT), Level.DURABLE)
COMPACT = decision_entry(judged(), Level.WRITTEN, PSEUDONYM)
assert isinstance(COMPACT, Compact)
SHORT = COMPACT.encode({})

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


def tries_to_print(octets):
    try:
        entry = printed(octets, 1, "antara", "mesin", {1: "x", 2: None})
    except EntryError:
        return
    assert entry["phase"] in {"decision", "outcome", "event"}
    assert entry["time"].endswith("Z")
    json.dumps(entry)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_any_octets(octets):
    tries_to_print(octets)
    definitions(octets)


@pytest.mark.parametrize(
    "octets", [b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"9" * 5000, b'{"v":' + b"9" * 5000]
)
def test_deep_and_long(octets):
    with pytest.raises(EntryError):
        printed(octets, 1, "antara", "mesin", {})


@given(st.sampled_from([FULL, SHORT]), st.data())
def test_a_changed_octet(octets, data):
    place = data.draw(st.integers(0, len(octets) - 1))
    changed = bytearray(octets)
    changed[place] ^= data.draw(st.integers(1, 255))
    tries_to_print(bytes(changed))


@given(st.data(), values)
def test_a_changed_member(data, value):
    whole, beside, opening = FULL.partition(b"\0")
    place = entry = json.loads(whole)
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or data.draw(st.booleans()):
            break
        place = place[name]
    place[name] = value
    tries_to_print(json.dumps(entry).encode())
    tries_to_print(json.dumps(entry).encode() + beside + opening)


@given(st.dictionaries(st.sampled_from(["address", "details", "network", "user_agent", "x"]), values))
def test_values_of_any_form_that_an_entry_commits_to(said):
    entry, _, _ = FULL.partition(b"\0")
    opening = Opening(bytes(16), json.dumps(said).encode())
    entry = entry.replace(committed_by(FULL).encode(), commitment(*opening).encode())
    tries_to_print(with_opening(entry, *opening))


@given(st.data(), values)
def test_a_changed_item(data, value):
    entry = json.loads(SHORT)
    entry[data.draw(st.integers(0, len(entry) - 1))] = value
    tries_to_print(json.dumps(entry).encode())


def test_a_number_without_a_value():
    octets = COMPACT.encode(dict.fromkeys(COMPACT.shared, 9))
    with pytest.raises(EntryError, match="defines no value 9"):
        printed(octets, 1, "antara", "mesin", {})


def test_a_value_in_the_wrong_place():
    shared = {1: "www.antara.example", 2: None, 3: "no ruling"}
    octets = COMPACT.encode({value: number for number, value in enumerate(COMPACT.shared, 1)})
    with pytest.raises(EntryError, match="not of the kind"):
        printed(octets, 1, "antara", "mesin", shared)


def test_a_definition_that_does_not_fit_its_digest():
    entry = json.loads(SHORT)
    entry[7][1] = "www.lain.example"
    with pytest.raises(EntryError, match="digest"):
        printed(json.dumps(entry).encode(), 1, "antara", "mesin", {})


def test_a_ruling_without_its_members_is_never_kept():
    entry = json.loads(SHORT)
    ruling = b'{"verdict":"allow"}'
    entry[9] = [3, json.loads(ruling), hashlib.sha256(ruling).hexdigest()]
    shared = {}
    with pytest.raises(EntryError):
        printed(json.dumps(entry, separators=(",", ":")).encode(), 1, "antara", "mesin", shared)
    assert 3 not in shared


def test_definitions_are_found_whatever_else_is_missing():
    table = {COMPACT.shared[0]: 1}
    assert set(definitions(COMPACT.encode(table))) == {2, 3}
    assert journals.START > 0
