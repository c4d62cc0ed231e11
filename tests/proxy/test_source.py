"""The PROXY protocol's header, octet by octet."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.source import MOST_OCTETS, Source, SourceError, read_source

SIGNATURE = bytes.fromhex("0D0A0D0A000D0A515549540A")


def second(command=0x21, family=0x11, body=b"", length=None):
    """A header of version 2."""
    size = len(body) if length is None else length
    return SIGNATURE + bytes((command, family)) + size.to_bytes(2, "big") + body


def pair(source, to, extensions=b""):
    """Two addresses, the ports 56324 and 443, extensions."""
    return ip_address(source).packed + ip_address(to).packed + bytes.fromhex("DC0401BB") + extensions


# Two extensions: the name asked for by TLS, and padding.
TLVS = b"\x02\x00\x06a.test" + b"\x04\x00\x03\0\0\0"
V4, V6 = pair("203.0.113.7", "192.0.2.1"), pair("2001:db8:9::1", "2001:db8::1")

SOUND = {
    "v1 TCP4": (b"PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n", "203.0.113.7"),
    "v1 TCP6": (b"PROXY TCP6 2001:DB8:9::1 2001:db8::1 1 65535\r\n", "2001:db8:9::1"),
    "v1 mapped": (b"PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2\r\n", "203.0.113.7"),
    "v1 longest": (b"PROXY TCP6 " + b" ".join([b"ffff:" * 7 + b"ffff"] * 2) + b" 65535 65535\r\n", "ffff:" * 7 + "ffff"),
    "v1 UNKNOWN": (b"PROXY UNKNOWN\r\n", ""),
    "v1 UNKNOWN with more": (b"PROXY UNKNOWN ffff::1 whatever\r\n", ""),
    "v2 TCP4": (second(body=V4), "203.0.113.7"),
    "v2 TCP6": (second(family=0x21, body=V6), "2001:db8:9::1"),
    "v2 mapped": (second(family=0x21, body=pair("::ffff:203.0.113.7", "::1")), "203.0.113.7"),
    "v2 with extensions": (second(body=V4 + TLVS), "203.0.113.7"),
    "v2 as long as may be": (second(body=V4 + b"\x04\x0f\xf1" + bytes(MOST_OCTETS - 31)), "203.0.113.7"),
    "v2 unspecified": (second(family=0x00), ""),
    "v2 unspecified with more": (second(family=0x00, body=TLVS), ""),
    "v2 of a Unix socket": (second(family=0x31, body=bytes(216)), ""),
}  # fmt: skip
LOCAL = {
    "v2 LOCAL": second(0x20, 0x00),
    "v2 LOCAL with an address": second(0x20, 0x11, V4),
    "v2 LOCAL of anything": second(0x20, 0x7F, b"x"),
}
UNSOUND = {
    "HTTP": b"GET / HTTP/1.1\r\n",
    "TLS": b"\x16\x03\x01\x02\x00",
    "lower case": b"proxy TCP4 203.0.113.7 192.0.2.1 1 2\r\n",
    "another family": b"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
    "IPv4 in TCP6": b"PROXY TCP6 203.0.113.7 192.0.2.1 1 2\r\n",
    "leading zeros": b"PROXY TCP4 203.000.113.7 192.0.2.1 1 2\r\n",
    "a zone": b"PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n",
    "two blanks": b"PROXY TCP4  203.0.113.7 192.0.2.1 1 2\r\n",
    "a port too large": b"PROXY TCP4 203.0.113.7 192.0.2.1 1 65536\r\n",
    "a port with zeros": b"PROXY TCP4 203.0.113.7 192.0.2.1 01 2\r\n",
    "no carriage return": b"PROXY TCP4 203.0.113.7 192.0.2.1 1 2\n",
    "UDP": b"PROXY UDP4 203.0.113.7 192.0.2.1 1 2\r\n",
    "a line too long": b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n",
    "a line without an end": b"PROXY UNKNOWN " + b"x" * 93,
    "version 1 in version 2": second(0x11, body=V4),
    "an unknown command": second(0x22, body=V4),
    "a datagram": second(family=0x12, body=V4),
    "an unknown family": second(family=0x41, body=V4),
    "too short for TCP4": second(body=V4[:-1]),
    "too short for TCP6": second(family=0x21, body=V4),
    "too long": second(body=V4, length=MOST_OCTETS - 15),
    "as long as can be said": second(body=V4, length=65_535),
}


@pytest.mark.parametrize(("header", "address"), SOUND.values(), ids=SOUND)
def test_reads_the_client(header, address):
    assert read_source(header + b"GET /") == Source(address, local=False, octets=len(header))


@pytest.mark.parametrize("header", LOCAL.values(), ids=LOCAL)
def test_reads_that_the_balancer_speaks_for_itself(header):
    assert read_source(header + b"GET /") == Source("", local=True, octets=len(header))


@pytest.mark.parametrize("header", [*(header for header, _ in SOUND.values()), *LOCAL.values()])
def test_waits_for_the_last_octet(header):
    sizes = range(len(header)) if len(header) < 300 else [*range(60), len(header) - 1]
    assert [size for size in sizes if read_source(header[:size]) is not None] == []


@pytest.mark.parametrize("header", UNSOUND.values(), ids=UNSOUND)
def test_takes_nothing_else(header):
    with pytest.raises(SourceError):
        read_source(header)


@given(st.one_of(st.binary(max_size=120), st.tuples(st.sampled_from([SIGNATURE, b"PROXY TCP4 "]), st.binary(max_size=60)).map(b"".join)))  # fmt: skip
def test_no_octets_crash_it(octets):
    try:
        found = read_source(octets)
    except SourceError:
        return
    assert found is None or 0 < found.octets <= len(octets)
