"""The site behind the examples: it answers with the head of the request as it came, and with what a path asks for."""

import http.server
from collections.abc import Iterator
from contextlib import contextmanager
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
        {"Content-Usage": "train-ai=n, search=n", "tdm-reservation": "1", "tdm-policy": "/mine"},
    ),
}
_EVERY: Final = {
    "Cache-Control": "max-age=60",
    "Content-Type": "text/plain",
    "Link": "</style.css>; rel=preload",
}


class _Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pages = (page for beginning, page in PAGES.items() if self.path.startswith(beginning))
        status, fields = next(pages, (200, {}))
        body = b"" if status == 304 else f"{self.requestline}\r\n{self.headers}".encode()
        self.send_response(status)
        for name, value in (_EVERY | fields).items():
            if status != 304 or name not in ("Content-Type", "Link"):
                self.send_header(name, value)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_HEAD = do_POST = do_GET  # noqa: N815 - names of http.server

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def site() -> Iterator[int]:
    """Gives the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
