"""Whatever a client sends: refused with its proper status, on record, escaped in the log, and the next one is served."""

import errno
import re
import socket
import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engines import until
from tests.live import rig

READER, AI = "Mozilla/5.0 Firefox/142.0", "GPTBot/1.3"
#: The limit for a head, in seconds (`gateway.proxy.limits`), and what the machine may take on top.
HEAD_TIME, GRACE = 10, 5


@pytest.fixture(scope="module")
def slow(antara):
    """Connections that begin a head and do not go on, opened before all else in this module."""
    lines = [
        socket.create_connection(("127.0.0.1", antara.port), timeout=HEAD_TIME + GRACE) for _ in range(20)
    ]
    for number, line in enumerate(lines):
        line.sendall(b"GET / HTTP/1.1\r\nHost: www.antara.example\r\nUser-Agent: pelan"[: 3 + number * 3])
    yield time.monotonic(), lines
    for line in lines:
        line.close()


def talk(port, octets):
    """Send octets, give the gateway a moment to answer, say that no more come; all that comes until it closes.

    A gateway that does not close is a TimeoutError.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=8) as line:
        got = bytearray()
        try:
            line.sendall(octets)
            line.settimeout(0.02)
            with suppress(TimeoutError):
                while piece := line.recv(65_536):
                    got += piece
            line.settimeout(8)
            line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65_536):
                got += piece
        except ConnectionError:
            pass  # closed at once, with octets of ours unread
        except OSError as error:
            if error.errno != errno.ENOTCONN:  # as before
                raise
        return bytes(got)


def head(*lines, target="/", method="GET"):
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    "value",
    [
        "GPTBot\x1b[31mMERAH\x1b[0m",
        "GPTBot/1.0 %0d%0aX-Injected: 1 %n%s%x",
        "FooBot\x85\xa0\xff/1.0 (+http://a)",
        'GPTBot","event":"serving","x":"',
        "GPTBot\\n\\u001b",
        "AneBot/9\tx" + "y" * 5000,
        "",
    ],
    ids=ascii,
)
def test_nobody_writes_a_line_of_their_own_into_the_log(antara, slow, value):
    before = len(antara.log())
    for octets in (
        head("Host: www.antara.example", f"User-Agent: {value}", "Connection: close"),
        head(
            "Host: www.antara.example",
            f"User-Agent: GPTBot {value}",
            "Connection: close",
            target="/%1b%0a%e2%80%ae",
        ),
        head(f"Host: {value or '-'}", "User-Agent: GPTBot", "Connection: close"),
        head("Host: www.antara.example", f"X: {value}", "Connection: close", method="GPT"),
    ):
        rig.raw(antara.port, octets)
    until(lambda: len(antara.log()) >= before + 4)
    lines = antara.log()
    text = antara.program.output()
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert {line["event"] for line in lines[before:]} <= {"refused", "request"}
    assert all(len(str(line)) < 3000 for line in lines[before:])


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (head("Host: www.antara.example", target="/" + "a" * 20_000), 414),
        (b"GET /" + b"a" * 100_000, 414),
        (head("Host: www.antara.example", *["X: " + "a" * 1000] * 80), 431),
        (head("Host: www.antara.example", *["X: a"] * 101), 431),
        (head("Host: www.antara.example", "Host: a"), 400),
        (
            head(
                "Host: www.antara.example", "Transfer-Encoding: chunked", "Content-Length: 3", method="POST"
            ),
            400,
        ),
        (head("Host: www.antara.example", "Transfer-Encoding: gzip", method="POST"), 501),
        (head("Host: www.antara.example", target="/\x7f"), 400),
        (head("Host: www.antara.example", target="/%zz"), 400),
        (head("Host: tidak.example", "Connection: close"), 421),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_each_fault_has_its_status_and_its_entry(antara, slow, octets, status):
    got = rig.raw(antara.port, octets)
    assert got.startswith(b"HTTP/1.1 %d " % status), got[:300]
    id = re.search(rb"(?i)izin-decision: (\w{26})", got)[1].decode()
    entry = antara.decision({"izin-decision": id})
    assert (entry["status"], entry["enforced"]) == (status, True)


_VALUES = st.one_of(
    st.sampled_from(
        [
            b"www.antara.example",
            b"",
            b"GPTBot/1.3",
            b"chunked",
            b"0",
            b"5",
            b"-1",
            b"close",
            b"keep-alive",
            b"websocket",
        ]
    ),
    st.binary(max_size=30),
)
_NAMES = st.sampled_from(
    [
        *(
            b"Host",
            b"User-Agent",
            b"Content-Length",
            b"Transfer-Encoding",
            b"Connection",
            b"Upgrade",
            b"Expect",
        ),
        *(
            b"X-Forwarded-For",
            b"Forwarded",
            b"Accept",
            b"Range",
            b"If-None-Match",
            b"Cookie",
            b"TE",
            b"Trailer",
        ),
        *(b"Host ", b"", b" X", b"X\x00"),
    ]
)
_FIELDS = st.lists(st.builds(lambda name, value: name + b": " + value, _NAMES, _VALUES), max_size=8)
_TARGETS = st.one_of(
    st.sampled_from(
        [
            b"/",
            b"*",
            b"/robots.txt",
            b"http://www.antara.example/",
            b"/berita/../foto/",
            b"/?",
            b"//",
            b"/%2e",
        ]
    ),
    st.binary(max_size=20).map(lambda octets: b"/" + octets),
)
_METHODS = st.sampled_from(
    [b"GET", b"HEAD", b"POST", b"PUT", b"OPTIONS", b"CONNECT", b"TRACE", b"get", b"", b"G\x00T"]
)
_ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"])
_VERSIONS = st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.9", b""])
_BODIES = st.one_of(
    st.just(b""),
    st.sampled_from([b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;x=\r\nhel"]),
    st.binary(max_size=50),
)
_REQUESTS = st.builds(
    lambda method, target, version, fields, end, body, well: (
        end.join(
            [
                b" ".join([method, target, version]),
                *([b"Host: www.antara.example"] if well else []),
                *fields,
                b"",
                b"",
            ]
        )
        + body
    ),
    *(_METHODS, _TARGETS, _VERSIONS, _FIELDS, _ENDS, _BODIES, st.booleans()),
)


@settings(max_examples=300)
@given(st.one_of(st.lists(_REQUESTS, min_size=1, max_size=3).map(b"".join), st.binary(max_size=200)))
@example(b"GET / HTTP/1.1\r\nHost: www.antara.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
@example(b"CONNECT www.antara.example:443 HTTP/1.1\r\nHost: www.antara.example:443\r\n\r\n")
@example(b"OPTIONS * HTTP/1.1\r\nHost: www.antara.example\r\n\r\n")
def test_no_octets_break_the_gateway(antara, slow, octets):
    got = talk(antara.port, octets)
    assert set(re.findall(rb"HTTP/1\.1 (5\d\d) ", got)) <= {b"501"}, got[:500]


def test_afterwards_all_is_as_before(antara, slow):
    since, lines = slow
    for line in lines:
        line.settimeout(max(0.1, since + HEAD_TIME + GRACE - time.monotonic()))
        got = bytearray()
        while piece := line.recv(65_536):
            got += piece
        assert got.startswith(b"HTTP/1.1 408 ")
    assert antara.ask("/", READER).status == 200
    assert antara.ask("/", AI).status == 403
    assert antara.program.running
    until(lambda: antara.metric("izin_connections") == 0)
    assert "Traceback" not in antara.program.output()
    found = antara.entries()
    assert [entry["seq"] for entry in found] == list(range(1, len(found) + 1))
