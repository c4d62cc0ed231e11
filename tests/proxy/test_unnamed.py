"""A proxy that nobody named is noticed by the share of requests that come by it."""

import pytest

from gateway.proxy.unnamed import EACH, FIRST, Unnamed, UnnamedProxies, may_be_silent


class Traffic:
    def __init__(self):
        self.count = 0
        self.told = []
        self.proxies = UnnamedProxies(lambda: self.count, self.told.append)

    def comes(self, requests, peer=None, silent=False):
        for _ in range(requests):
            if peer is not None and silent:
                self.proxies.saw_silent(peer)
            elif peer is not None:
                self.proxies.saw(peer)
            self.count += 1


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        *(("10.1.2.3", "10.1.2.3"), ("::ffff:127.0.0.1", "127.0.0.1"), ("fe80::1%eth0", "fe80::1")),
        *(("104.16.0.1", "cloudflare"), ("151.101.0.1", "fastly"), ("2600:9000:1000::1", "cloudfront")),
    ],
)
def test_says_how_to_name_it(peer, name):
    traffic = Traffic()
    traffic.comes(FIRST + 1, peer)
    assert traffic.proxies.found is not None
    assert traffic.proxies.found.name == name
    assert [found.name for found in traffic.told] == [name]


def test_needs_more_than_half_and_enough_to_tell():
    traffic = Traffic()
    traffic.comes(FIRST // 2, "10.1.2.3")
    assert traffic.proxies.found is None
    traffic.comes(FIRST // 2)
    assert traffic.proxies.found is None, "no more than half"
    traffic.comes(EACH * 6 // 10, "104.16.0.1")
    traffic.comes(EACH * 4 // 10)
    assert traffic.proxies.found == Unnamed(0.6, "cloudflare", "Cloudflare")


def test_strangers_say_nothing_of_proxies():
    traffic = Traffic()
    traffic.comes(2 * EACH, "203.0.113.9")
    assert traffic.proxies.found is None


def test_is_told_once_and_forgotten_when_it_is_over():
    traffic = Traffic()
    traffic.comes(FIRST + EACH * 3, "10.1.2.3")
    assert len(traffic.told) == 1
    traffic.comes(2 * EACH)
    assert traffic.proxies.found is None
    traffic.comes(2 * EACH, "104.16.0.1")
    assert [found.name for found in traffic.told] == ["10.1.2.3", "cloudflare"]


def test_one_that_says_nothing_of_its_clients_is_noticed_if_it_is_one():
    traffic = Traffic()
    for number in range(FIRST):
        traffic.comes(2, f"10.1.2.{number}", silent=True)
    assert traffic.proxies.found is None, "readers of one's own network"
    traffic.comes(2 * EACH, "172.17.0.1", silent=True)
    assert traffic.proxies.found == Unnamed(1.0, "172.17.0.1", "the private address 172.17.0.1", silent=True)
    assert "--proxy-protocol" in traffic.proxies.found.besides
    assert [one.name for one in traffic.told] == ["172.17.0.1"]


@pytest.mark.parametrize(
    ("peer", "may"),
    [
        *(("10.1.2.3", True), ("104.16.0.1", True), ("fe80::1%eth0", True)),
        *(("127.0.0.1", False), ("::1", False), ("203.0.113.9", False), ("testclient", False)),
    ],
)
def test_whoever_tries_it_out_is_no_proxy(peer, may):
    assert may_be_silent(peer) is may
