"""A key directory on loopback: an HTTPS server whose certificate the gateway is told to trust, and what it publishes."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import server as http_server
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

WELL_KNOWN = "/.well-known/http-message-signatures-directory"


@dataclass
class Directory:
    """What is published, how often it was asked for, and the environment in which its certificate is trusted."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    origin: str = ""
    env: dict[str, str] = field(default_factory=dict)


@contextmanager
def directory(folder: Path) -> Iterator[Directory]:
    """A directory, for the length of the block."""
    folder.mkdir(exist_ok=True)
    its, certificate = Directory(), _certificate(folder)

    class Answers(http_server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            its.asked.append(self.path)
            body = json.dumps({"keys": its.keys}).encode()
            self.send_response(200 if self.path == WELL_KNOWN else 404)
            self.send_header("Content-Type", "application/http-message-signatures-directory+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http_server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    its.origin = f"https://127.0.0.1:{server.server_port}"
    its.env = {"SSL_CERT_FILE": str(certificate)}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield its
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(folder: Path) -> Path:
    """A certificate for loopback that signs itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "directory")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "directory.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path
