"""The reader of heads and the scanner of chunks against h11, beginning with what earlier runs found.

`tests/corpus/wire` keeps the shortest input for each pair of verdicts, ours and h11's, that a long run of such edits came
upon. Whatever we accept h11 must accept, with the same framing; that we refuse more is as it should be.
"""

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.proxy.head import read_request
from gateway.proxy.heads import WireError
from gateway.request import fold_host, read_target
from tests import tables
from tests.proxy.test_body import read_by_h11, scanned

HEADS, BODIES = (
    [text.encode("latin-1") for text in tables.read(f"corpus/wire/{name}.yaml")]
    for name in ("heads", "bodies")
)

#: What edits put in: what readers are known to take for different things.
PIECES = [
    *(b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b",", b";", b"\0", b"\x0b", b"\x7f", b"\xa0", b"0", b"1", b"+", b"-", b"_"),
    *(b'"', b"/", b"#", b"%", b"%0d%0a", b"chunked", b"Transfer-Encoding: ", b"Content-Length: ", b"Host: a\r\n"),
    *(b"HTTP/1.1", b"http://", b"1\r\na\r\n", b"0\r\n\r\n", b"X: y\r\n"),
]  # fmt: skip


@st.composite
def edited(draw, seeds):
    """A seed after up to three edits: something put in, taken out, or said twice."""
    octets = bytearray(draw(st.sampled_from(seeds)))
    for at, piece, length in draw(
        st.lists(
            st.tuples(st.integers(0, 400), st.sampled_from([*PIECES, b"", None]), st.integers(1, 6)),
            max_size=3,
        )
    ):
        place = at % (len(octets) + 1)
        if piece is None:
            octets[place:place] = octets[max(0, place - length) : place]
        elif piece:
            octets[place:place] = piece
        else:
            del octets[place : place + length]
    return bytes(octets)


def accepted(octets):
    """Method, target, length and minor version as we read them; None if we refuse the head."""
    try:
        head = read_request(octets)
    except WireError:
        return None
    named = head.authority is None or fold_host(head.authority.decode("latin-1").lower()) is not None
    if not named or read_target(head.target) is None:
        return None  # refused by the relay after this
    return head.method, head.target, head.length, head.minor


def accepted_by_h11(octets):
    """The same by h11."""
    connection = h11.Connection(h11.SERVER)
    try:
        connection.receive_data(octets)
        event = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    if not isinstance(event, h11.Request):
        return None
    fields = dict(event.headers)
    length = None if b"transfer-encoding" in fields else int(fields.get(b"content-length", b"0"))
    return event.method, event.target, length, int(event.http_version[-1:])


def check_head(octets):
    octets = octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    ours = accepted(octets)
    if ours is None:
        return
    theirs = accepted_by_h11(octets)
    assert theirs is not None
    if theirs[1].startswith(b"/"):  # we give the absolute form as path
        assert ours == theirs
    assert (ours[0], ours[2:]) == (theirs[0], theirs[2:])


def check_body(octets):
    ours = scanned(octets)
    if ours is not None and ours[2]:
        assert ours == read_by_h11(octets)


@pytest.mark.parametrize("octets", HEADS, ids=ascii)
def test_a_head_of_the_corpus(octets):
    check_head(octets)


@pytest.mark.parametrize("octets", BODIES, ids=ascii)
def test_a_body_of_the_corpus(octets):
    check_body(octets)


@settings(max_examples=150)
@given(edited(HEADS))
def test_heads_near_the_corpus(octets):
    check_head(octets)


@settings(max_examples=150)
@given(edited(BODIES))
def test_bodies_near_the_corpus(octets):
    check_body(octets)
