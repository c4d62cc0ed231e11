"""Prefixes: every address is found in the prefix that holds it, and in no other."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from gateway.identify.prefixes import Prefixes

networks4 = st.builds(
    lambda number, length: ip_network((number, length), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(8, 32),
)
networks6 = st.builds(
    lambda number, length: ip_network((number, length), strict=False),
    st.integers(0x2000 << 112, (0x2001 << 112) - 1),
    st.integers(16, 128),
)
networks = st.lists(networks4 | networks6, max_size=30)


@given(networks, st.data())
def test_as_the_plain_search_has_it(some, data):
    table = Prefixes(some)
    inside = [
        st.integers(int(one.network_address), int(one.broadcast_address)).map(
            IPv4Address if one.version == 4 else IPv6Address
        )
        for one in some
    ]
    edges = [st.sampled_from([one.network_address, one.broadcast_address]) for one in some]
    addresses = st.one_of(
        st.integers(0, 2**32 - 1).map(IPv4Address),
        st.integers(0, 2**128 - 1).map(IPv6Address),
        *inside,
        *edges,
    )
    address = data.draw(addresses)
    holding = [one for one in some if one.version == address.version and address in one]
    found = table.holding(str(address))
    assert (found is not None) == bool(holding)
    if found is not None:
        assert ip_network(found) == min(holding, key=lambda one: one.prefixlen), "the outermost"


@given(networks, st.randoms())
def test_order_and_repetition_are_nothing(some, random):
    other = [*some, *some[: len(some) // 2]]
    random.shuffle(other)
    assert Prefixes(some).text == Prefixes(other).text
    assert Prefixes(some).size == Prefixes(other).size


def test_what_is_no_address_is_in_no_prefix():
    table = Prefixes([ip_network("0.0.0.0/0"), ip_network("::/0")])
    for text in ("", "x", "1.2.3", "1.2.3.4/32", "01.2.3.4", "fe80::1%eth0%", "1.2.3.4\n", "٣.1.1.1"):
        assert table.holding(text) is None
    assert Prefixes().holding("8.8.8.8") is None


def test_thousands_of_prefixes_take_no_longer_than_few():
    """Not a measurement (see bench): only that nothing walks through all of them."""
    many = Prefixes(ip_network((number << 12, 24)) for number in range(2**14, 2**14 + 50_000))
    addresses = [str(ip_address((2**14 + number) << 12 | 7)) for number in range(0, 5_000, 7)]
    assert all(many.holding(address) for address in addresses)
    since = process_time()
    for address in addresses * 10:
        many.holding(address)
    assert (process_time() - since) / (10 * len(addresses)) < 50e-6
