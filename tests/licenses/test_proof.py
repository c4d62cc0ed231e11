"""What a license takes for proof: single methods, and one or all of several."""

from ipaddress import ip_network
from itertools import chain, combinations

import pytest

from gateway.licenses.proof import Method, Proof, Require
from gateway.request import Client

HELD = Proof(addresses=(ip_network("192.0.2.0/28"), ip_network("2001:db8::/32")))


@pytest.mark.parametrize(
    ("address", "certain", "proved"),
    [
        ("192.0.2.0", True, True),
        ("192.0.2.15", True, True),
        ("192.0.2.16", True, False),
        ("2001:db8:ffff::1", True, True),
        ("2001:db9::1", True, False),
        ("192.0.2.1", False, False),
    ],
)
def test_an_address_proves_it_only_if_it_is_certain(address, certain, proved):
    assert HELD.names_address(Client(address, address, certain=certain)) is proved


def sets(methods):
    every = sorted(methods)
    return map(frozenset, chain.from_iterable(combinations(every, size) for size in range(len(every) + 1)))


@pytest.mark.parametrize("require", Require)
def test_one_or_all_of_the_methods_it_names_must_have_succeeded(require):
    proof = Proof(addresses=HELD.addresses, token=True, require=require)
    for shown in sets(Method):
        named = shown & {Method.TOKEN, Method.ADDRESSES}
        wanted = len(named) == 2 if require is Require.ALL else len(named) >= 1
        assert proof.met(shown) is wanted


@pytest.mark.parametrize("require", Require)
def test_nothing_proves_a_license_that_names_no_method(require):
    assert not any(Proof(require=require).met(shown) for shown in sets(Method))
