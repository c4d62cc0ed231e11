"""The client's address, by tests/cases/wire/forwarding.yaml, and the laws behind it."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.peer import Peers, forwarding_lines
from gateway.request import Client

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/wire/forwarding.yaml").read_text("utf-8"))
PEERS = Peers.parse(["10.0.0.0/8", "2001:db8:1::/48"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_finds_the_client(case):
    noted = [(b"x-forwarded-for", value.encode()) for value in case.get("for", [])]
    # 203.0.113.0/24, 198.51.100.0/24 and 2001:db8::/32 are documentation prefixes, which Python calls private.
    client = PEERS.client(case["peer"], noted)
    assert (client.address, client.network, client.certain) == (
        case["client"],
        case["network"],
        case.get("certain", True),
    )
    if case.get("private"):
        assert client.private


@given(st.binary(max_size=80), st.ip_addresses())
def test_what_a_client_writes_never_moves_its_address(written, address):
    peer = f"{address}"
    if PEERS.trusts(peer):
        return
    assert PEERS.client(peer, [(b"x-forwarded-for", written)]).address == PEERS.client(peer).address
    value = written.replace(b",", b"") + b", " + peer.encode()
    behind = PEERS.client("10.0.0.1", [(b"x-forwarded-for", value)])
    assert behind == PEERS.client(peer)


@given(st.lists(st.binary(max_size=60), max_size=3), st.sampled_from(["10.0.0.1", "192.0.2.1", ""]))
def test_no_octets_crash_it(values, peer):
    noted = [(b"x-forwarded-for", value) for value in values]
    assert isinstance(PEERS.client(peer, noted), Client)
    assert PEERS.scheme(peer, [(b"x-forwarded-proto", value) for value in values], "http") in {
        "http",
        "https",
    }


def test_the_scheme_comes_from_trusted_proxies_only():
    said = [(b"x-forwarded-proto", b"https")]
    assert PEERS.scheme("10.0.0.1", said, "http") == "https"
    assert PEERS.scheme("192.0.2.1", said, "http") == "http"
    assert PEERS.scheme("10.0.0.1", [(b"x-forwarded-proto", b"gopher")], "http") == "http"


def test_a_bad_prefix_is_named():
    with pytest.raises(ValueError, match=r"`10\.0\.0\.0/99` is not an address prefix"):
        Peers.parse(["10.0.0.0/99"])


def test_ipv6_is_quoted_in_forwarded():
    lines = forwarding_lines(
        [], peer="2001:db8::1%eth0", trusted=False, own_scheme="http", scheme="http", authority=b"a"
    )
    assert b'Forwarded: for="[2001:db8::1]";host="a";proto=http' in lines
    assert b"X-Forwarded-For: 2001:db8::1" in lines
