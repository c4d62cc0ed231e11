"""A proxy that nobody named is noticed by the share of requests that come by it."""

import pytest

from gateway.proxy.unnamed import EACH, FIRST, Unnamed, UnnamedProxies


class Traffic:
    def __init__(self):
        self.count = 0
        self.told = []
        self.proxies = UnnamedProxies(lambda: self.count, self.told.append)

    def comes(self, requests, peer=None):
        for _ in range(requests):
            if peer is not None:
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
