"""Behind a real HAProxy: one frontend announces connections (PROXY protocol 2), one those in which clients speak TLS with the
gateway, and one ends TLS and checks certificates."""

import http.client
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.engines import free_port, listening, need, running, until
from tests.live import rig

CONF = """\
global
  lua-load {lua}
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend announced
  mode tcp
  bind 127.0.0.1:{announced}
  default_backend announced
backend announced
  mode tcp
  server izin 127.0.0.1:{behind_announced} send-proxy-v2 proxy-v2-options crc32c check
frontend secured
  mode tcp
  bind 127.0.0.1:{secured}
  default_backend secured
backend secured
  mode tcp
  server izin 127.0.0.1:{behind_secured} send-proxy
frontend certified
  bind 127.0.0.1:{certified} ssl crt {folder}/server.pem ca-file {folder}/ca.pem verify optional
  http-request del-header Client-Cert
  http-request del-header Client-Cert-Chain
  http-request set-header Client-Cert ":%[ssl_c_der,base64]:" if {{ ssl_c_used }} {{ ssl_c_verify 0 }}
  option forwardfor
  default_backend certified
backend certified
  server izin 127.0.0.1:{behind_certified}
frontend asking
  bind 127.0.0.1:{asking} ssl crt {folder}/server.pem ca-file {folder}/ca.pem verify optional
  http-request del-header Client-Cert
  http-request set-header Client-Cert ":%[ssl_c_der,base64]:" if {{ ssl_c_used }} {{ ssl_c_verify 0 }}
  http-request lua.izin_ask
  http-response lua.izin_says
  default_backend asking
backend asking
  server site 127.0.0.1:{origin}
"""
LUA = Path(__file__).parents[2] / "deploy/haproxy/izin.lua"


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.write("ca", "CN=Otoritas Contoh", self.key, authority=True)

    def write(self, name, subject, key=None, names=(), *, authority=False):
        """A certificate and its key in a file."""
        key, now = key or ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name.from_rfc4514_string(subject))
            .issuer_name(x509.Name.from_rfc4514_string("CN=Otoritas Contoh"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names or ["-"]]), critical=False)
            .sign(self.key, SHA256())
        )  # fmt: skip
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self.folder / f"{name}.pem"
        path.write_bytes(made.public_bytes(Encoding.PEM) + (b"" if authority else secret))
        return path


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """HAProxy before three gateways: the ports of its frontends, the gateways, and the authority."""
    binary, folder = need("haproxy", "haproxy"), tmp_path_factory.mktemp("haproxy")
    authority = Authority(folder)
    authority.write("server", "CN=server", names=[rig.HOST])
    policy = rig.write_policy(folder / "policy")
    mtls = '{mtls: {san: perayap.contoh.example, issuer: "CN=Otoritas Contoh"}}'
    rig.write_license(policy, proof=mtls)
    trusted = ("--trusted-proxies", "127.0.0.1")
    pair = ("--tls-cert", str(folder / "server.pem"), "--tls-key", str(folder / "server.pem"))
    with (
        rig.echoing() as origin,
        rig.serving(folder, policy, origin, *trusted, "--proxy-protocol", journal=folder / "one") as one,
        rig.serving(
            folder,
            policy,
            origin,
            *trusted,
            "--certificate-proxies",
            "127.0.0.1",
            "--check",
            "127.0.0.1:0",
            journal=folder / "two",
        ) as two,
        rig.serving(
            folder, policy, origin, *trusted, *pair, "--proxy-protocol", journal=folder / "three"
        ) as three,
    ):
        announced, certified, secured, asking = (free_port() for _ in range(4))
        conf = folder / "haproxy.cfg"
        ports = {"announced": announced, "certified": certified, "secured": secured, "asking": asking}
        behind = {"announced": one, "certified": two, "secured": three}
        conf.write_text(
            CONF.format(
                folder=folder,
                lua=LUA,
                origin=origin,
                **ports,
                **{f"behind_{name}": it.port for name, it in behind.items()},
            )
        )
        env = {"IZIN_CHECK": until(lambda: two.said("answering proxies"))[0]["check"]}
        with running([binary, "-db", "-f", conf], folder, ready=lambda _: listening(certified), env=env):
            yield ports, behind, authority


def test_it_announces_where_a_connection_comes_from(proxy):
    ports, behind, _ = proxy
    port, gateway = ports["announced"], behind["announced"]
    answer = rig.ask(port, "/", "GPTBot/1.3", source="127.0.0.7")
    assert answer.status == 403
    assert gateway.decision(answer)["client"]["address"] == "127.0.0.7"
    assert gateway.metric("izin_connections_cut_off_total") == 0, "its checks say LOCAL"


def test_it_passes_tls_on_that_the_gateway_ends(proxy):
    ports, behind, authority = proxy
    gateway = behind["secured"]
    context = ssl.create_default_context(cafile=authority.folder / "ca.pem")
    with (
        socket.create_connection(
            ("127.0.0.1", ports["secured"]), timeout=10, source_address=("127.0.0.8", 0)
        ) as line,
        context.wrap_socket(line, server_hostname=rig.HOST) as secured,
    ):
        secured.sendall(f"GET / HTTP/1.1\r\nHost: {rig.HOST}\r\nUser-Agent: GPTBot/1.3\r\n\r\n".encode())
        assert secured.recv(65_536).startswith(b"HTTP/1.1 403 ")
    (decision,) = gateway.entries("decision")
    assert decision["client"]["address"] == "127.0.0.8"


@pytest.mark.parametrize("how", ["certified", "asking"])
def test_it_hands_certificates_on(proxy, how):
    ports, behind, authority = proxy
    port, gateway = ports[how], behind["certified"]

    def status(certificate=None, **fields):
        context = ssl.create_default_context(cafile=authority.folder / "ca.pem")
        if certificate is not None:
            context.load_cert_chain(certificate)
        line = http.client.HTTPConnection("127.0.0.1", port)
        line.sock = context.wrap_socket(
            socket.create_connection(("127.0.0.1", port)), server_hostname=rig.HOST
        )
        line.request("GET", "/", headers={"Host": rig.HOST, "User-Agent": "GPTBot/1.3", **fields})
        got = line.getresponse()
        body = got.read().decode()
        line.close()
        handed = [
            one.partition(": ")[2] for one in body.splitlines() if one.lower().startswith("client-cert:")
        ]
        return got.status, *handed

    partner = authority.write("partner", "CN=perayap", names=["perayap.contoh.example"])
    allowed, handed = status(partner)
    assert allowed == 200
    assert gateway.entries("decision")[-1]["license"] == "contoh-2026"
    assert status() == (403,)
    assert status(**{"Client-Cert": handed}) == (403,), "a client's own is removed by the proxy"
    assert status(authority.write("other", "CN=lain", names=["lain.example"])) == (403,)
