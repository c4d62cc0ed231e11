"""The reader of heads against two others: what it accepts, they read alike."""

import contextlib
import re

import h11
import httptools
from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.head import read_request, read_response
from gateway.proxy.heads import OriginError, RequestHead, WireError
from gateway.proxy.repeated import _blocks, read_repeated

_PIECES = st.sampled_from(
    [
        *(
            b"GET ",
            b"POST ",
            b"/",
            b"a",
            b"%2f",
            b" ",
            b" HTTP/1.1",
            b" HTTP/1.0",
            b"\r\n",
            b"\n",
            b"\r",
            b"\t",
        ),
        *(
            b"Host: a\r\n",
            b"Host",
            b":",
            b"Content-Length: 3\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"X: y\r\n",
        ),
        *(
            b"Connection: close\r\n",
            b"Connection: X, te\r\n",
            b"Upgrade: websocket\r\n",
            b"\0",
            b"\xe9",
            b"http://b/c",
        ),
        *(
            b"Expect: 100-continue\r\n",
            b" folded\r\n",
            b"X-Forwarded-For: 1.2.3.4\r\n",
            b"User-Agent: u\r\n",
            b",",
        ),
    ]
)
_START = st.sampled_from(
    [b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST /k HTTP/1.1\r\nHost: a\r\n", b"GET /", b""]
)
HEADS = st.tuples(_START, st.lists(_PIECES, max_size=10).map(b"".join)).map(
    lambda parts: (parts[0] + parts[1]).replace(b"\r\n\r\n", b"\r\n") + b"\r\n\r\n"
)


class Seen:
    """What httptools tells."""

    def __init__(self):
        self.target, self.fields, self.whole = b"", [], False

    def on_url(self, url):
        self.target += url

    def on_header(self, name, value):
        self.fields.append((name, value))

    def on_headers_complete(self):
        self.whole = True


@given(HEADS)
def test_two_other_readers_read_what_it_accepts_alike(octets):
    octets = re.sub(rb"(\r\n)+\r\n$", b"\r\n\r\n", octets)
    try:
        head = read_request(octets)
    except WireError:
        return
    if not head.target:
        return  # no target, refused after this
    seen = Seen()
    parser = httptools.HttpRequestParser(seen)
    with contextlib.suppress(httptools.HttpParserUpgrade):
        parser.feed_data(octets)
    assert seen.whole
    lengths = [value for name, value in seen.fields if name.lower() == b"content-length"]
    chunked = any(name.lower() == b"transfer-encoding" for name, _ in seen.fields)
    assert head.length == (None if chunked else int(lengths[0]) if lengths else 0)

    if all(octet < 0x80 for octet in octets.split(b"\r\n")[0]):
        other = h11.Connection(h11.SERVER)
        other.receive_data(octets)
        event = other.next_event()
        assert isinstance(event, h11.Request)
        assert event.method == head.method
        kept = [line.partition(b":")[0].lower() for line in head.lines]
        assert set(kept) <= {name for name, _ in event.headers}


@given(st.one_of(st.binary(max_size=300), HEADS))
def test_no_octets_crash_it(octets):
    with contextlib.suppress(WireError):
        read_request(octets + b"\r\n\r\n")
    with contextlib.suppress(OriginError):
        read_response(octets + b"\r\n\r\n")


@given(HEADS)
def test_what_is_passed_on_is_accepted_again_and_says_the_same(octets):
    try:
        head = read_request(octets)
    except WireError:
        return
    again = (
        read_request(b"\r\n".join((b"%b %b HTTP/1.1" % (head.method, head.target), *head.lines, b"\r\n")))
        if (head.authority is not None and head.minor == 1)
        else head
    )
    assert (again.length, again.authority, again.lines) == (head.length, head.authority, head.lines)
    assert again.noted == [] or again is head


@given(st.lists(_PIECES, max_size=8).map(b"".join))
def test_a_response_is_never_split_in_two(junk):
    octets = b"HTTP/1.1 200 OK\r\nX: " + junk.replace(b"\r\n\r\n", b"") + b"\r\n\r\n"
    octets = octets[: octets.index(b"\r\n\r\n") + 4]
    try:
        head = read_response(octets)
    except OriginError:
        return
    for line in (head.start, *head.lines):
        assert b"\r" not in line
        assert b"\n" not in line


def _read(octets, last=None, read=read_repeated):
    try:
        return read(octets, last=last) if last else read(octets)
    except WireError as fault:
        return fault.reason, fault.head


@given(HEADS, st.lists(_PIECES, max_size=4).map(b"".join))
def test_what_is_remembered_changes_nothing(first, start):
    """Of the connection, and of all of them."""
    _blocks.clear()
    before = _read(first)
    assert before == _read(first, read=read_request)
    last = before if isinstance(before, RequestHead) and before.block else None
    fields = first.partition(b"\r\n")[2]
    for line in (
        b"GET /b?c HTTP/1.1",
        b"GET http://b/c HTTP/1.1",
        b"HEAD / HTTP/1.0",
        b"GET /a b HTTP/1.1",
        start,
    ):
        again = line + b"\r\n" + fields
        assert _read(again, last) == _read(again) == _read(again, read=read_request)
    assert _read(first) == before, "what was read is not changed by what comes after"


def test_what_is_a_clients_own_is_kept_for_nobody_else():
    common = b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n"
    for field in (b"", b"Accept: */*\r\n", b"X: " + b"x" * 1100 + b"\r\n"):
        _blocks.clear()
        read_repeated(common % field).length = -1  # a fault of this request is none of the next one's
        assert read_repeated(common % field).length == 0
        assert len(_blocks) == (len(field) < 900)
    for name in (b"Cookie", b"Authorization", b"Signature-Input", b"Referer"):
        _blocks.clear()
        assert read_repeated(common % (name + b": License x\r\n")).own
        assert not _blocks


def test_an_answer_that_sets_a_cookie_is_not_remembered():
    common = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
    assert read_response(common + b"\r\n") is read_response(common + b"\r\n")
    personal = common + b"Set-Cookie: a=b\r\n\r\n"
    assert read_response(personal) is not read_response(personal)
    assert read_response(personal) == read_response(personal)
