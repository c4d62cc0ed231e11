"""The site behind the examples: it answers with the head of the request as it came, and with what a path asks for."""

import base64
import hashlib
import http.server
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Final

#: Status and fields by the beginning of a path, besides those of every page.
PAGES: Final = {
    "/tetap/": (304, {"ETag": '"e"'}),
    "/bagian/": (206, {"Content-Range": "bytes 0-9/10"}),
    "/hilang/": (404, {}),
    "/terlarang/": (403, {}),
    "/masuk/": (401, {"WWW-Authenticate": "Basic realm=redaksi"}),
    "/sibuk/": (503, {"Retry-After": "9"}),
    "/bersama/": (200, {"Cache-Control": "public, max-age=60"}),
    "/ketat/": (
        200,
        {
            "Content-Usage": "train-ai=n, Search = N;x=1, ai-use",
            "tdm-reservation": "1",
            "tdm-policy": "/mine",
            "X-Robots-Tag": "noarchive",
        },
    ),
    "/longgar/": (
        200,
        {"Content-Usage": "train-ai=y, search=y, lain=n;a=1", "tdm-reservation": "0", "tdm-policy": "/mine"},
    ),
    "/berita/bersama/": (
        200,
        {
            "Cache-Control": "public",
            "CDN-Cache-Control": "max-age=9",
            "Expires": "Thu, 01 Jan 2099 00:00:00 GMT",
        },
    ),
    "/palsu/": (200, {"Izin-Decision": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "Izin-Status": "503"}),
    "/cdn/": (200, {"Surrogate-Control": "max-age=9"}),
}
#: What its robots.txt says.
ROBOTS: Final = b"Disallow: /redaksi/"
_EVERY: Final = {
    "Cache-Control": "max-age=60",
    "Content-Type": "text/plain",
    "Link": "</style.css>; rel=preload",
}


class _Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.requestline)
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._upgrade()
            return
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pages = (page for beginning, page in PAGES.items() if self.path.startswith(beginning))
        status, fields = next(pages, (200, {}))
        body = b"" if status == 304 else f"{self.requestline}\r\n{self.headers}".encode() + sent
        if self.path == "/robots.txt":
            body = b"User-agent: *\n" + ROBOTS + b"\n"
        self.send_response(status)
        for name, value in (_EVERY | fields).items():
            if status != 304 or name not in ("Content-Type", "Link"):
                self.send_header(name, value)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def _upgrade(self) -> None:
        """Speak another protocol: whatever comes goes back."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header(
            "Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        )
        self.end_headers()
        while piece := self.rfile.read1(65_536):
            self.wfile.write(piece)
        self.close_connection = True

    do_HEAD = do_POST = do_GET  # noqa: N815 - names of http.server

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, asked: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.asked = asked


@dataclass(frozen=True)
class Site:
    """Where it listens, and the first lines of the requests that reached it."""

    port: int
    asked: list[str] = field(default_factory=list)


@contextmanager
def site() -> Iterator[Site]:
    """A site, for the length of the block."""
    asked: list[str] = []
    server = _Server(asked)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(server.server_port, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
