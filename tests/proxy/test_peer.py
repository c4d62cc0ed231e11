"""The client's address, by tests/cases/wire/forwarding.yaml, and the laws behind it."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agents.delivery import CLIENT_FIELDS, LIST_FIELDS, delivery_networks
from gateway.identify.address import built_in
from gateway.identify.identity import Unavailable
from gateway.identify.prefixes import Listed, Prefixes
from gateway.identify.range_files import read_ranges
from gateway.proxy.forwarding import forwarding_lines
from gateway.proxy.hops import read_hop
from gateway.proxy.peer import UNKNOWN, Peers
from gateway.request import Client
from gateway.value import changed
from tests import tables

CASES = tables.read("cases/wire/forwarding.yaml")
TRUSTED = "10.0.0.0/8, 2001:db8:1::/48"
PEERS = Peers.parse([TRUSTED])
BY_FORWARDED = Peers.parse([TRUSTED], "forwarded")


#: Addresses that a client may have.
ADDRESSES = st.ip_addresses().filter(lambda address: read_hop(str(address).encode()) is not None)


def noted_of(case):
    fields = {"x-forwarded-for": case.get("for", []), **case.get("fields", {})}
    return [(name.encode(), value.encode()) for name, values in fields.items() for value in values]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_finds_the_client(case):
    # 203.0.113.0/24, 198.51.100.0/24 and 2001:db8::/32 are documentation prefixes, which Python calls private.
    peers = Peers.parse([case.get("trusted", TRUSTED)], case.get("field", ""))
    client = peers.client(case["peer"], noted_of(case))
    assert (client.address, client.network, client.certain) == (
        case["client"],
        case["network"],
        case.get("certain", True),
    )
    if case.get("private"):
        assert client.private
    assert not client.proxied or peers.trusts(case["peer"])


@given(st.binary(max_size=80), ADDRESSES)
def test_what_a_client_writes_never_moves_its_address(written, address):
    peer = f"{address}"
    if PEERS.trusts(peer):
        return
    assert PEERS.client(peer, [(b"x-forwarded-for", written)]).address == PEERS.client(peer).address
    value = written.replace(b",", b"") + b", " + peer.encode()
    behind = PEERS.client("10.0.0.1", [(b"x-forwarded-for", value)])
    assert behind == changed(PEERS.client(peer), proxied=True)


HOSTS = st.text(st.sampled_from('a,;="\\ for=6.6.6.6'), max_size=20)


@given(st.binary(max_size=80), st.text('a,;="\\ for6.', max_size=30), ADDRESSES, HOSTS)
def test_nor_what_it_writes_into_forwarded(written, more, address, host):
    """Whatever stands left of the proxy's element, and whatever host the proxy quotes in it."""
    peer = str(address)
    if PEERS.trusts(peer):
        return
    quoted = host.replace("\\", "\\\\").replace('"', '\\"')
    node = f'"[{peer}]"' if ":" in peer else peer
    for begin in (written, more.encode()):
        value = begin + f', for={node};host="{quoted}"'.encode()
        found = BY_FORWARDED.client("10.0.0.1", [(b"forwarded", value)])
        assert found == changed(BY_FORWARDED.client(peer), proxied=True), value


@given(
    st.lists(st.tuples(st.sampled_from([*LIST_FIELDS, *CLIENT_FIELDS]), st.binary(max_size=60)), max_size=3),
    st.sampled_from(["10.0.0.1", "192.0.2.1", ""]),
    st.sampled_from(["forwarded", "x-real-ip", "cloudfront-viewer-address", ""]),
)
def test_no_octets_crash_it(fields, peer, field):
    noted = [(name.encode(), value) for name, value in fields]
    peers = Peers.parse([TRUSTED], field)
    assert isinstance(peers.client(peer, noted), Client)
    protos = [(b"x-forwarded-proto", value) for _, value in noted]
    assert peers.scheme(peer, noted + protos, "http") in {"http", "https"}


def test_the_scheme_comes_from_trusted_proxies_only():
    said = [(b"x-forwarded-proto", b"https")]
    assert PEERS.scheme("10.0.0.1", said, "http") == "https"
    assert PEERS.scheme("192.0.2.1", said, "http") == "http"
    assert PEERS.scheme("10.0.0.1", [(b"x-forwarded-proto", b"gopher")], "http") == "http"
    forwarded = [(b"forwarded", b"proto=http, for=1.2.3.4;Proto=HTTPS")]
    assert BY_FORWARDED.scheme("10.0.0.1", [*forwarded, (b"x-forwarded-proto", b"http")], "http") == "https"
    assert BY_FORWARDED.scheme("10.0.0.1", said, "http") == "http", "the two are never mixed"


def test_a_bad_prefix_is_named():
    with pytest.raises(
        ValueError, match=r"`10\.0\.0\.0/99` is not an address prefix .* nor one of `cloudflare`"
    ):
        Peers.parse(["10.0.0.0/99"])
    with pytest.raises(ValueError, match="everybody could say who they are"):
        Peers.parse(["::/0"])


def test_who_the_client_is_may_be_known_to_nobody():
    assert UNKNOWN.client("203.0.113.9") == Client(
        "203.0.113.9", "203.0.113.0/24", certain=False, private=True
    )


def test_the_networks_that_are_built_in_could_stand_on_a_list():
    for network in delivery_networks():
        assert len(read_ranges("\n".join(network.prefixes).encode())) == len(built_in(network)) > 10
        assert network.field in LIST_FIELDS or network.field in network.sets
        assert network.sets | network.can_set <= CLIENT_FIELDS.keys()


def test_a_delivery_network_is_trusted_by_its_lists_once_they_are_all_at_hand():
    peers, (cloudflare, *_) = Peers.parse(["cloudflare"]), delivery_networks()
    fourth, sixth = cloudflare.lists
    listed = {fourth: Listed("four", Prefixes([ip_network("198.51.100.0/24")]), "2026-11-24", fresh=True)}
    said = [(b"cf-connecting-ip", b"203.0.113.7")]

    def trusted():
        peers.take_up(lambda url: listed.get(url, Unavailable("no copy")))
        return [peers.client(peer, said).address == "203.0.113.7" for peer in ("104.16.0.1", "198.51.100.1")]

    assert trusted() == [True, False]
    assert peers.built_in == (cloudflare,)
    listed[sixth] = Listed("six", Prefixes([ip_network("2606:4700::/32")]), "2026-11-10", fresh=False)
    assert trusted() == [False, True]
    assert peers.trusts("2606:4700::1")
    assert peers.built_in == ()


def lines_from(peers, peer, *noted):
    return forwarding_lines(
        [*noted],
        peers.client(peer, [*noted]),
        peer=peer,
        peers=peers,
        own_scheme="http",
        scheme="http",
        authority=b"a",
    )


def test_ipv6_is_quoted_in_forwarded():
    lines = lines_from(PEERS, "2001:db8:9::1%eth0")
    assert b'Forwarded: for="[2001:db8:9::1]";host="a";proto=http' in lines
    assert b"X-Forwarded-For: 2001:db8:9::1" in lines


def test_a_client_field_is_passed_on_from_whoever_writes_it_himself_and_names_who_was_found():
    every = [(name.encode(), b"6.6.6.6") for name in CLIENT_FIELDS]
    listed = (b"x-forwarded-for", b"198.51.100.7")

    def passed(peers, peer):
        lines = lines_from(peers, peer, *every, *every, listed)
        assert not any(b"6.6.6.6" in line for line in lines)
        named = [line.partition(b":")[0].decode() for line in lines if line.endswith(b": 198.51.100.7")]
        assert len(set(named)) == len(named)
        return set(named)

    assert passed(PEERS, "203.0.113.9") == set()
    assert passed(PEERS, "10.0.0.1") == set(CLIENT_FIELDS.values()) - {"CloudFront-Viewer-Address"}
    edge = Peers.parse(["cloudflare, fastly"])
    assert passed(edge, "104.16.0.1") == {"CF-Connecting-IP", "CF-Connecting-IPv6", "CF-Pseudo-IPv4"}
    assert passed(edge, "151.101.0.1") == set()
    uncertain = lines_from(PEERS, "10.0.0.1", *every, (b"x-forwarded-for", b"unknown"))
    assert len(uncertain) == 4, "nobody knows whom they name"


@pytest.mark.parametrize(
    ("field", "noted", "listed", "elements"),
    [
        ("", [(b"x-forwarded-for", b"6.6.6.6, 198.51.100.7"), (b"forwarded", b"for=6.6.6.6")],
         b"6.6.6.6, 198.51.100.7, 10.0.0.1", b"for=198.51.100.7, for=10.0.0.1;"),
        ("forwarded", [(b"x-forwarded-for", b"6.6.6.6"), (b"forwarded", b'for=6.6.6.6, for="[2001:db8:9::1]:80"')],
         b"2001:db8:9::1, 10.0.0.1", b'for=6.6.6.6, for="[2001:db8:9::1]:80", for=10.0.0.1;'),
        ("x-real-ip", [(b"x-forwarded-for", b"6.6.6.6"), (b"forwarded", b"for=6.6.6.6"), (b"x-real-ip", b"198.51.100.7")],
         b"198.51.100.7, 10.0.0.1", b"for=198.51.100.7, for=10.0.0.1;"),
        ("x-real-ip", [(b"x-forwarded-for", b"6.6.6.6"), (b"x-real-ip", b"?")], b"10.0.0.1", b"for=10.0.0.1;"),
    ],
)  # fmt: skip
def test_the_list_that_is_not_read_is_written_anew(field, noted, listed, elements):
    lines = lines_from(Peers.parse([TRUSTED], field), "10.0.0.1", *noted)
    assert b"X-Forwarded-For: " + listed in lines
    assert [line for line in lines if line.startswith(b"Forwarded: " + elements)]


def test_the_host_that_was_asked_is_the_word_of_the_sites_own_proxies():
    said = (b"x-forwarded-host", b"www.izin.test")
    for trusted, peer, host in (
        *((TRUSTED, "10.0.0.1", b"www.izin.test"), (TRUSTED, "203.0.113.9", b"a")),
        ("cloudflare", "104.16.0.1", b"a"),  # it passes on what clients send
    ):
        assert b"X-Forwarded-Host: " + host in lines_from(Peers.parse([trusted]), peer, said)


def test_certificates_are_handed_on_by_those_who_may_say_so():
    peers = Peers.parse(["10.0.0.0/8"], certifying=["10.0.0.1", "203.0.113.9"])
    said = [
        (b"client-cert", b":AAEC:"),
        (b"client-cert-chain", b":AAEC:"),
        (b"x-forwarded-for", b"198.51.100.7"),
    ]
    for peer, handed in (("10.0.0.1", True), ("10.0.0.2", False), ("203.0.113.9", False)):
        fields = peers.certified(peer, said, {"accept": "*/*"})
        assert fields == {"accept": "*/*"} | ({"client-cert": ":AAEC:"} if handed else {})
        lines = lines_from(peers, peer, *said)
        assert (b"Client-Cert: :AAEC:" in lines, b"Client-Cert-Chain: :AAEC:" in lines) == (handed, handed)
    assert peers.certified("10.0.0.1", [*said, said[0]], {}) == {"client-cert": ":AAEC:, :AAEC:"}
    assert peers.certified("10.0.0.1", [(b"client-cert", b"::")], {}) == {}
    assert peers.client("10.0.0.1", said).address == "198.51.100.7"
