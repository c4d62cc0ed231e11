"""What is read of a request: any octets have their readings or none, and reading twice changes nothing."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.peer import Peers
from gateway.request import MAX_TARGET, Client, Request, Target, canonical, fold_host, read_target
from tests.rfc9309 import normal

OCTETS = st.binary(max_size=40) | st.text("/ab.%25;\\cC?=_~*$&", max_size=20).map(str.encode)


@pytest.mark.parametrize(
    ("raw", "path", "folded", "query"),
    [
        ("/", "/", "/", None),
        ("/berita/1", "/berita/1", "/berita/1", None),
        ("/berita/1?", "/berita/1", "/berita/1", ""),
        ("/a?b=c?d", "/a", "/a", "b=c?d"),
        ("/%62erita", "/berita", "/berita", None),
        ("/%7Ex", "/~x", "/~x", None),
        ("/a%2fb", "/a%2Fb", "/a/b", None),
        ("/a%5Cb", "/a%5Cb", "/a/b", None),
        ("/a\\b", "/a%5Cb", "/a/b", None),
        ("//a///b", "//a///b", "/a/b", None),
        ("/a//", "/a//", "/a/", None),
        ("/a/.", "/a/.", "/a/", None),
        ("/a/./b", "/a/./b", "/a/b", None),
        ("/a/b/..", "/a/b/..", "/a/", None),
        ("/a/..", "/a/..", "/", None),
        ("/../../a", "/../../a", "/a", None),
        ("/a/..;x/b", "/a/..;x/b", "/b", None),
        ("/a;v=1/b;w", "/a;v=1/b;w", "/a/b", None),
        ("/a%3Bv/b", "/a%3Bv/b", "/a/b", None),
        ("/;/a", "/;/a", "/a", None),
        ("/...", "/...", "/...", None),
        ("/a%252Fb", "/a%252Fb", "/a%252Fb", None),
        ("/%252e%252e/a", "/%252e%252e/a", "/a", None),
        ("/a%3Fb", "/a%3Fb", "/a%3Fb", None),
        ("/a%3fb?c", "/a%3Fb", "/a%3Fb", "c"),
        ("/a*b$", "/a%2Ab%24", "/a%2Ab%24", None),
        ("/%c3%a9", "/%C3%A9", "/%C3%A9", None),
        ("/%00", "/%00", "/%00", None),
        ("/a%20b", "/a%20b", "/a%20b", None),
        ('/a"<b>{}|^`', "/a%22%3Cb%3E%7B%7D%7C%5E%60", "/a%22%3Cb%3E%7B%7D%7C%5E%60", None),
        ("/a?%70=%2F..%2f", "/a", "/a", "p=%2F..%2F"),
    ],
)
def test_a_target_has_two_readings(raw, path, folded, query):
    target = read_target(raw.encode())
    assert target is not None
    assert (target.raw, target.path, target.folded, target.query) == (raw.encode(), path, folded, query)


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            "*",
            "a",
            "http://www.antara.example/",
            "/a b",
            "/a#b",
            "/a?b#c",
            "/%",
            "/%2",
            "/%2x",
            "/a?%",
            "/\t",
            "/\r\n",
        ),
        *("/\x00", "/a\x7f", "/\xe9", "/ ", "?a", "/%%41", "/%u0041", "/" + "a" * MAX_TARGET),
    ],
)
def test_what_is_no_target_is_none(raw):
    assert read_target(raw.encode("latin-1")) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"/a/../b",
        b"/a/%2e./b",
        b"/a/..;x",
        b"/a%2F..",
        b"/a\\..\\b",
        b"/..%3b/",
        b"/a/.%2e;/;",
        b"/a/%252e%252e/b",
        b"/a/.%252E/b",
        b"/a%25252f..%25252fb",
        b"/a/%c0%ae%c0%ae/b",
        b"/a/..%20/b",
        b"/a/%00../b",
        b"/a/..%c0%afb",
    ],
)
def test_a_path_climbs_by_any_name_of_two_dots(raw):
    assert read_target(raw).climbs


@pytest.mark.parametrize(
    "raw",
    [
        b"/a/.../b",
        b"/a..b/",
        b"/a/..b",
        b"/a/%252e/b",
        b"/a/%2520/b",
        b"/a%20/b",
        b"/a?/../b",
        b"/a/./b",
        b"//",
        b"/a/b;..",
    ],
)
def test_a_path_does_not_climb_by_less(raw):
    assert not read_target(raw).climbs


@given(OCTETS)
def test_any_octets_are_a_target_or_none(octets):
    raw = b"/" + octets
    target = read_target(raw)
    assert target == read_target(raw), "remembered or not"
    if target is None:
        return
    assert isinstance(target, Target)
    assert target.raw == raw
    for reading in (target.canonical, target.lenient):
        assert reading.isascii()
        assert reading.isprintable()
        assert reading.startswith("/")
        assert not set(' *$\\"<>#') & set(reading)
    assert "?" not in target.path + target.folded


@given(OCTETS)
def test_a_reading_read_again_is_the_same(octets):
    target = read_target(b"/" + octets)
    if target is None:
        return
    again = read_target(target.canonical.encode())
    assert (again.path, again.query, again.folded) == (target.path, target.query, target.folded)


@given(OCTETS)
def test_the_folded_reading_is_tidy(octets):
    target = read_target(b"/" + octets)
    if target is None:
        return
    assert "//" not in target.folded
    assert not {".", ".."} & set(target.folded.split("/"))
    assert not set(";\\") & set(target.folded)
    assert len(target.folded) <= len(target.path), "so equal length means that the two readings are equal"
    assert not (target.climbs and target.folded == target.path)


@given(st.text("/abAZ09-._~!&'()+,=:@%", max_size=20))
def test_the_canonical_reading_is_that_of_the_rfc(text):
    reading = canonical(text.encode())
    if reading is not None:
        assert reading == normal(text).replace("*", "%2A")


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("www.antara.example", "www.antara.example"),
        ("WWW.Antara.Example:443", "www.antara.example"),
        ("www.antara.example.", "www.antara.example"),
        ("www.antara.example.:80", "www.antara.example"),
        ("www.antara.example:", "www.antara.example"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[2001:DB8::1]:8443", "[2001:db8::1]"),
        ("a_b.example", "a_b.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        *(
            (bad, None)
            for bad in (
                "",
                ".",
                "..",
                "a..b",
                ".a",
                "-a",
                "a-",
                "a b",
                "a/b",
                "a?b",
                "a#b",
                "a@b",
                "a:b",
                "a:80:80",
            )
        ),
        *(
            (bad, None)
            for bad in (
                "a:65536",
                "a:-1",
                "a:+1",
                "a: 1",
                "a:" + "9" * 5000,
                "::1",
                "[::1",
                "[::1]x",
                "[::1]:x",
                "[]",
            )
        ),
        *(
            (bad, None)
            for bad in (
                "[g::1]",
                "[::1]]",
                "é.example",
                "\u212aompas.example",
                "a:٣",
                "a\x00",
                "a\n",
                "a,b",
                "a" * 300,
            )
        ),
    ],
)
def test_a_host_is_folded(authority, host):
    assert fold_host(authority) == host


@given(st.text(max_size=30) | st.text("aA0.-_:[]@", max_size=20))
def test_any_text_is_a_host_or_none(text):
    host = fold_host(text)
    assert host is None or (host.isascii() and host == host.lower() and fold_host(host) == host)


@given(st.binary(max_size=30))
def test_any_octets_are_a_host_or_none(octets):
    host = fold_host(octets.decode("latin-1"))
    assert host is None or fold_host(host) == host


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_safe_methods(method):
    assert asked(method).safe
    assert not asked(method.lower()).safe, "methods keep case (RFC 9110 section 9.1)"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", ""])
def test_all_other_methods_are_taken_to_change_something(method):
    assert not asked(method).safe


def asked(method: str) -> Request:
    client = Client("203.0.113.7", "203.0.113.0/24")
    return Request(method, "https", "a.example", "a.example", read_target(b"/"), client, {})


def test_no_user_agent_is_an_empty_one():
    assert asked("GET").user_agent == ""


@pytest.mark.parametrize(
    ("peer", "address", "network", "private"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.0/24", True),  # documentation addresses count as private
        ("8.8.8.8", "8.8.8.8", "8.8.8.0/24", False),
        ("::ffff:8.8.8.8", "8.8.8.8", "8.8.8.0/24", False),
        ("2606:4700:1:2::3", "2606:4700:1:2::3", "2606:4700:1::/48", False),
        ("fe80::1%eth0", "fe80::1", "fe80::/48", True),
        ("127.0.0.2", "127.0.0.2", "127.0.0.0/24", True),
    ],
)
def test_a_client_is_known_by_canonical_text(peer, address, network, private):
    client = Peers().client(peer)
    assert (client.address, client.network, client.private, client.certain) == (
        address,
        network,
        private,
        True,
    )


def test_long_targets_are_read_but_not_remembered():
    """A stranger can fill no memory with them: reading leaves nothing behind but the value itself."""
    raw = b"/" + b"%61;" * 2000
    first, second = read_target(raw), read_target(raw)
    assert first == second
    assert first is not second
    assert sys.getrefcount(first) == 2
