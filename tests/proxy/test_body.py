"""The chunk scanner against h11, octet by octet and cut anywhere."""

from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.body import MAX_LINE, MAX_TRAILERS, BodyError, Chunks, Counted

_HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def scanned(octets, cuts=()):
    """What the scanner makes of them: data, how many octets were the body, whether it was whole; None if refused."""
    chunks, sink, used = Chunks(), [], 0
    edges = [0, *sorted(cut % (len(octets) + 1) for cut in cuts), len(octets)]
    try:
        for start, end in pairwise(edges):
            if not chunks.done:
                used += chunks.scan(octets[start:end], sink)
    except BodyError:
        return None
    assert chunks.payload == sum(map(len, sink))
    return b"".join(sink), used, chunks.done


def read_by_h11(octets):
    """The same by h11."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(_HEAD + octets)
    data = b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                data += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return data, len(octets) - len(connection.trailing_data[0]), True
            elif event is h11.NEED_DATA:
                return data, len(octets), False
            elif event is h11.PAUSED:
                raise AssertionError(event)
    except h11.RemoteProtocolError:
        return None


@st.composite
def bodies(draw):
    out = b""
    for piece in draw(st.lists(st.binary(min_size=1, max_size=40), max_size=5)):
        size = draw(st.sampled_from([b"%x", b"%X", b"0%x", b"%x;a=b", b'%x;q="r s"'])) % len(piece)
        out += size + b"\r\n" + piece + b"\r\n"
    return out + b"0\r\n" + draw(st.sampled_from([b"", b"X: y\r\n", b"A:\r\nB: c\r\n"])) + b"\r\n"


@given(bodies(), st.lists(st.integers(0, 500), max_size=6), st.binary(max_size=10))
def test_agrees_with_h11_on_whole_bodies(body, cuts, behind):
    found = scanned(body + behind, cuts)
    assert found is not None
    assert found[2]
    assert found == read_by_h11(body + behind)


_ALPHABET = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"0", b"1", b"a", b"F", b";", b" ", b"x", b":", b"X: y\r\n", b"1\r\na\r\n"]
)


@given(st.lists(_ALPHABET, max_size=12).map(b"".join), st.lists(st.integers(0, 60), max_size=4))
def test_is_never_laxer_than_h11(octets, cuts):
    found = scanned(octets, cuts)
    assert found == scanned(octets)  # however it is cut
    if found is not None and found[2]:
        assert found == read_by_h11(octets)


@given(st.binary(max_size=200))
def test_nothing_crashes_it(octets):
    found = scanned(octets)
    assert found is None or found[1] <= len(octets)


@given(st.integers(0, 50), st.binary(max_size=100))
def test_counts(length, octets):
    body = Counted(length)
    taken = body.scan(octets) if not body.done else 0
    assert (taken, body.payload, body.done) == (min(length, len(octets)),) * 2 + (len(octets) >= length,)


def test_a_counted_body_without_an_end():
    body = Counted(-1)
    assert (body.scan(b"abc"), body.done, body.payload) == (3, False, 3)


def test_padding_is_for_origins_only():
    assert Chunks(padded=True).scan(b"1 \r\nx\r\n0\r\n\r\n") == 12
    with pytest.raises(BodyError):
        Chunks().scan(b"1 \r\nx\r\n0\r\n\r\n")


@pytest.mark.parametrize("cut", [0, MAX_LINE + 9])
def test_a_trailer_may_be_longer_than_a_line_of_sizes(cut):
    """A signature over the content comes behind it, and may be of any length that trailers may have."""
    body = b"0\r\nSignature: " + b"a" * (4 * MAX_LINE) + b"\r\n\r\n"
    assert scanned(body, [cut]) == (b"", len(body), True)


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
def test_lines_of_the_framing_are_bounded(end):
    assert scanned(b"1;" + b"a" * MAX_LINE + end) is None
    assert scanned(b"0\r\nX: " + b"a" * MAX_TRAILERS + end) is None
