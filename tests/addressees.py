"""Who takes alerts in tests: a mail server and a webhook's receiver, both real, both on loopback."""

import http.server
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.engines import free_port


@dataclass
class Hook:
    """A receiver of webhooks: its address, what it answers, and what it was sent, fields (in lower case) and body."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def alerts(self) -> list[tuple[str, str]]:
        """What was told: state and kind, in order."""
        told = [json.loads(body) for _, body in self.got]
        return [(one["state"], one["kind"]) for message in told for one in message["data"]["alerts"]]


@contextmanager
def hook(port: int = 0) -> Iterator[Hook]:
    """A receiver, for the length of the block."""
    found = Hook()

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.status)
            self.send_header("Location", "/lain")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", port), Answering) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}/izin"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@dataclass
class MailServer:
    """A mail server: its port, and the mail that it took."""

    port: int
    got: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, but for those to nobody."""
        if envelope.rcpt_tos[0].startswith("tolak"):
            return "554 no such mailbox"
        found: Any = message_from_bytes(envelope.original_content or b"", policy=default)
        self.got.append(found)
        return "250 taken"


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, password: bytes | None = None) -> Iterator[MailServer]:
    """A mail server, for the length of the block: one that offers STARTTLS, and asks for the user `izin` with a password."""
    found = MailServer(free_port())

    def known(
        _server: object, _session: object, _envelope: object, _how: str, said: LoginPassword
    ) -> AuthResult:
        right = (said.login, said.password) == (b"izin", password)
        return AuthResult(success=right, handled=right)

    how: dict[str, Any] = {"tls_context": tls, "require_starttls": True} if tls is not None else {}
    how |= {"authenticator": known, "auth_required": True} if password is not None else {}
    server = Controller(found, hostname="127.0.0.1", port=found.port, **how)
    server.start()
    try:
        yield found
    finally:
        server.stop()
