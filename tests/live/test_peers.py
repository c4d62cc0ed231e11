"""The client's address comes from trusted proxies only, right to left."""

from datetime import UTC, datetime

from gateway.demo.stage import copy_policy


def test_a_trusted_proxy_speaks_for_its_client(serve, tmp_path):
    copy_policy(tmp_path / "antara", datetime.now(UTC).date())
    gateway = serve("--trusted-proxies", "127.0.0.1", policy=tmp_path / "antara")

    def status(forwarded, **how):
        return gateway.ask("/berita/", "ContohBot/1.0", x_forwarded_for=forwarded, **how).status

    def refused(forwarded, **how):
        return status(forwarded, **how) == 403

    assert not refused("127.0.0.2")
    assert not refused("203.0.113.9, 127.0.0.2")
    assert not refused("127.0.0.2, 127.0.0.1")
    assert refused("127.0.0.2, 203.0.113.9")  # what stands left of the client it wrote itself
    assert refused("127.0.0.2, nonsense")
    assert refused("127.0.0.2", source="127.0.0.3")  # a peer that nobody trusts
    entry = gateway.decision(gateway.ask("/", "GPTBot/1.3", x_forwarded_for="198.51.100.7, 203.0.113.9"))
    assert entry["client"]["address"] == "203.0.113.9"
