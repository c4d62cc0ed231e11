"""A time-stamping authority for tests: OpenSSL's, behind HTTP on loopback."""

import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = t
[t]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(*words: str, folder: Path) -> str:
    ran = subprocess.run(
        ["openssl", *words], check=False, cwd=folder, capture_output=True, text=True, timeout=30
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@contextmanager
def authority(folder: Path) -> Iterator[tuple[str, Path]]:
    """Its address, and the certificate that its stamps lead to."""
    folder.mkdir()
    (folder / "serial").write_text("01\n")
    (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder))
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    extended = (
        "-addext",
        "extendedKeyUsage=critical,timeStamping",
        "-addext",
        "keyUsage=critical,digitalSignature",
    )
    names = ("-keyout", "tsa.key", "-out", "tsa.pem", "-subj", "/CN=Penanda Waktu Uji")
    openssl(*new, *names, *extended, folder=folder)

    class Stamping(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            query, reply = folder / "query", folder / "reply"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl(
                "ts",
                "-reply",
                "-config",
                "openssl.cnf",
                "-queryfile",
                "query",
                "-out",
                "reply",
                folder=folder,
            )
            octets = reply.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Stamping)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsr", folder / "tsa.pem"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
