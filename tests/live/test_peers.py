"""The client's address comes from trusted proxies only, right to left."""

import time
from datetime import UTC, datetime

import pytest

from gateway.agents.delivery import delivery_networks
from gateway.demo.stage import copy_policy
from gateway.lookups.range_store import Copy, Store
from gateway.lookups.ranges import lists_folder
from gateway.proxy.unnamed import FIRST
from tests.engines import free_port, listening, need, need_file, running, until
from tests.live.rig import HOST, ask, raw, serving, write_license, write_policy
from tests.live.test_certificates import PROOF


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


def announced(source, *fields):
    """A request of a claimed GPTBot over a connection that is said to come from there."""
    lines = (
        "GET / HTTP/1.1",
        f"Host: {HOST}",
        "User-Agent: GPTBot/1.3",
        "Connection: close",
        *fields,
        "",
        "",
    )
    return f"PROXY TCP4 {source} 192.0.2.1 56324 443\r\n".encode() + "\r\n".join(lines).encode()


@pytest.fixture(scope="module")
def behind(tmp_path_factory, stub):
    """A gateway behind Cloudflare and a balancer, whose word puts us where a delivery network's edge is."""
    folder = tmp_path_factory.mktemp("behind")
    flags = ("--trusted-proxies", "cloudflare, 127.0.0.1", "--client-field", "CF-Connecting-IP")
    with serving(folder, write_policy(folder / "policy"), stub, *flags, "--proxy-protocol") as gateway:
        yield gateway


def test_delivery_networks_are_trusted_by_the_lists_at_hand(behind):
    gateway = behind

    def client(edge):
        raw(gateway.port, announced(edge, "CF-Connecting-IP: 198.51.100.7"))
        return gateway.entries("decision")[-1]["client"]["address"]

    assert (client("104.16.0.1"), client("203.0.113.1")) == ("198.51.100.7", "203.0.113.1")
    assert gateway.warned("the list of Cloudflare is not at hand, its networks of 20")
    store, now = Store(lists_folder(gateway.journal)), int(time.time())
    for url, prefix in zip(delivery_networks()[0].lists, ("203.0.113.0/24", "2606:4700::/32"), strict=True):
        store.write(Copy(url, prefix.encode(), now, now))
    until(lambda: not gateway.warned("the list of Cloudflare"), 15, "the new list is in use")
    assert (client("104.16.0.1"), client("203.0.113.1")) == ("104.16.0.1", "198.51.100.7")
    assert raw(gateway.port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b""
    assert gateway.said("connection cut off", why="the connection does not begin with a PROXY header")


def test_a_proxy_that_nobody_named_is_said_aloud(behind):
    """Behind a delivery network that is not trusted, a true and a false Googlebot look alike: both are served."""
    gateway = behind
    octets = announced("151.101.0.1", "X-Forwarded-For: 66.249.66.1").replace(b"GPTBot/1.3", b"Googlebot/2.1")
    answer = raw(gateway.port, octets)
    assert answer.startswith(b"HTTP/1.1 200")
    identity = gateway.entries("decision")[-1]["identity"]
    assert (identity["assurance"], identity["kind"]) == ("claimed", "agents")
    assert "address-uncertain" in {one["finding"] for one in identity["evidence"]}
    assert not gateway.warned("no trusted proxy"), "one request says nothing yet"

    header, _, request = octets.partition(b"\r\n")
    kept = request.replace(b"Connection: close\r\n", b"").replace(b"GET /", b"HEAD /")
    raw(gateway.port, header + b"\r\n" + kept * FIRST + request)
    assert gateway.warned("% of requests come by Fastly, which is no trusted proxy")
    assert gateway.ready()[1]["untrusted_proxy"]["name"] == "fastly"
    assert gateway.metric("izin_untrusted_proxy_ratio") > 0.8
    assert len(gateway.said("proxy not trusted", hint="--trusted-proxies fastly")) == 1


def test_a_license_that_nobody_can_prove_is_said_aloud(behind):
    write_license(behind.policy, proof=PROOF)
    until(lambda: behind.warned("license contoh-2026 asks for a client certificate"), 10)


_STREAM = """\
load_module {module};
worker_processes 1;
pid nginx.pid;
error_log stderr info;
events {{ worker_connections 64; }}
stream {{
    server {{
        listen 127.0.0.1:{port};
        proxy_pass 127.0.0.1:{behind};
        proxy_protocol on;
    }}
}}
"""


def test_nginx_says_where_a_connection_comes_from(serve, tmp_path):
    binary = need("nginx", "nginx-light")
    module = need_file("/usr/lib/nginx/modules/ngx_stream_module.so", "libnginx-mod-stream")
    gateway = serve("--trusted-proxies", "127.0.0.1", "--proxy-protocol")
    port, folder = free_port(), tmp_path / "nginx"
    folder.mkdir()
    conf = folder / "nginx.conf"
    conf.write_text(_STREAM.format(module=module, port=port, behind=gateway.port))
    argv = [binary, "-p", folder, "-e", "stderr", "-c", conf, "-g", "daemon off;"]
    with running(argv, folder, ready=lambda _: listening(port)):
        answer = ask(port, "/", "GPTBot/1.3", source="127.0.0.7")
        assert answer.status == 403
        assert gateway.decision(answer)["client"]["address"] == "127.0.0.7"
