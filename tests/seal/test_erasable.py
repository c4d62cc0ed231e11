"""What an entry commits to can be opened by nothing but the values it was made of, and goes without a trace in the entry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.seal.erasable import (
    NotOpened,
    Opening,
    commitment,
    committed_by,
    entry_of,
    is_erased,
    is_opened,
    opening_of,
    with_opening,
)
from gateway.seal.leaf import leaf_of, leaves_of, removed
from gateway.seal.tree import leaf_hash

OPENING = Opening(bytes(range(16)), b'{"address":"203.0.113.7"}')
ENTRY = b'{"at":1795000000001000,"committed":"%b","id":"x","v":2}' % commitment(*OPENING).encode()
PAYLOAD = with_opening(ENTRY, *OPENING)


def test_the_leaf_knows_no_difference():
    assert leaf_of(PAYLOAD) == leaf_of(ENTRY) == leaf_hash(ENTRY)
    assert leaves_of([PAYLOAD, ENTRY]) == [leaf_hash(ENTRY)] * 2
    assert (entry_of(PAYLOAD), opening_of(PAYLOAD)) == (ENTRY, OPENING)
    assert (entry_of(ENTRY), opening_of(ENTRY)) == (ENTRY, None)
    assert (is_opened(PAYLOAD), is_erased(PAYLOAD)) == (True, False)
    assert (is_opened(ENTRY), is_erased(ENTRY)) == (False, True)
    assert is_erased(b'["d1"]') is is_opened(b'["d1"]') is False
    gone = removed(leaf_of(PAYLOAD))
    assert (entry_of(gone), leaf_of(gone), opening_of(gone), is_erased(gone)) == (
        gone,
        leaf_hash(ENTRY),
        None,
        False,
    )


@given(st.integers(len(ENTRY) + 1, len(PAYLOAD) - 1), st.integers(1, 255))
def test_no_other_octets_open_it(place, by):
    changed = bytearray(PAYLOAD)
    changed[place] ^= by
    with pytest.raises(NotOpened):
        opening_of(bytes(changed))


@pytest.mark.parametrize(
    "entry", [b'["d1","x"]', b'{"at":1,"id":"x"}', b'{"committed":"x","at":1}', ENTRY[:-60]]
)
def test_what_commits_to_nothing_is_opened_by_nothing(entry):
    if committed_by(entry) is None:
        with pytest.raises(NotOpened):
            opening_of(with_opening(entry, *OPENING))


@given(st.integers(0, len(PAYLOAD)))
def test_an_entry_cut_anywhere_is_never_opened_to_something_else(cut):
    """A frame's checksum tells first; but no cut gives other values than were committed to."""
    try:
        assert opening_of(PAYLOAD[:cut]) in (None, OPENING)
    except NotOpened:
        assert len(ENTRY) < cut < len(PAYLOAD)
