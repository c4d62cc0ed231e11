"""A gateway that speaks TLS on both sides, as a process of its own: its settings, and what reloads."""

import os
import signal
import socket
import ssl

import trustme

from tests import warm
from tests.engines import until
from tests.live import rig


def test_both_sides_are_secured_and_a_renewed_certificate_is_taken_up(tmp_path, policy, serve):
    ca = trustme.CA()
    bundle, chain, key, origin = (
        tmp_path / name for name in ("ca.pem", "chain.pem", "key.pem", "origin.pem")
    )
    ca.cert_pem.write_to_path(bundle)
    ca.issue_cert("asal.example").private_key_and_cert_chain_pem.write_to_path(origin)

    def renew() -> None:
        leaf = ca.issue_cert(rig.HOST)
        leaf.private_key_pem.write_to_path(key)
        leaf.cert_chain_pems[0].write_to_path(chain)

    def ask(port: int) -> tuple[str, bytes]:
        context = ssl.create_default_context(cafile=bundle)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as line,
            context.wrap_socket(line, server_hostname=rig.HOST) as secured,
        ):
            secured.sendall(f"GET /asal HTTP/1.1\r\nHost: {rig.HOST}\r\nConnection: close\r\n\r\n".encode())
            got = b""
            while piece := secured.recv(65_536):
                got += piece
            return secured.getpeercert()["serialNumber"], got

    renew()
    with rig.echoing(tls=origin) as port:
        gateway = serve(
            *("--tls-cert", str(chain), "--tls-key", str(key)),
            *("--origin-ca", str(bundle), "--origin-name", "asal.example"),
            origin=f"https://127.0.0.1:{port}",
        )
        # robots.txt is read by the same name and authorities
        until(lambda: [one["details"]["status"] for one in gateway.events("origin-robots")] == [200])
        serial, got = ask(gateway.port)
        assert got.startswith(b"HTTP/1.1 200 ")
        assert b"X-Forwarded-Proto: https" in got
        key.write_bytes(b"bukan kunci\n")
        until(lambda: gateway.said("certificate not taken up, the last good one stays"))
        assert ask(gateway.port)[0] == serial
        renew()
        os.kill(gateway.program.pid, signal.SIGHUP)
        until(lambda: ask(gateway.port)[0] != serial)


def test_a_pair_that_does_not_fit_is_said_before_anything_else(tmp_path, policy):
    key, other = trustme.CA().issue_cert("a"), trustme.CA().issue_cert("a")
    key.cert_chain_pems[0].write_to_path(tmp_path / "chain.pem")
    other.private_key_pem.write_to_path(tmp_path / "key.pem")
    words = rig.command(policy, tmp_path / "journal", 1, "--tls-cert", "chain.pem", "--tls-key", "key.pem")
    ran = warm.run(words, tmp_path)
    assert ran.returncode == 1
    assert "izin: the key in `key.pem` is not the one of the certificate in `chain.pem`" in ran.stderr
    assert "hint: name the two files that were made together" in ran.stderr
    assert not (tmp_path / "journal").exists()
