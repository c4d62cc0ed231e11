"""A small HTTP proxy that behaves as CDNs do, for tests: it may change, keep and give out again what passes through it.

`Cdn(port, change)` stands in front of 127.0.0.1:port. `change` is handed each response (a `Reply`) with the request that
it answers, and gives what the client gets; `keeps` are the statuses that are kept by path and given to everybody.
"""

import http.client
import http.server
import ssl
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Reply:
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def without(self, *names: str) -> "Reply":
        return replace(self, fields=tuple(one for one in self.fields if one[0].lower() not in names))

    def having(self, name: str, value: str) -> "Reply":
        return replace(self, fields=(*self.fields, (name, value)))


@dataclass(frozen=True)
class Asked:
    host: str
    path: str
    agent: str


@dataclass
class Cdn:
    behind: int
    change: Callable[[Asked, Reply], Reply] = lambda _asked, reply: reply
    keeps: Collection[int] = ()
    port: int = 0
    kept: dict[str, Reply] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, headers: list[tuple[str, str]], path: str) -> Reply:
        named = {name.lower(): value for name, value in headers}
        asked = Asked(named["host"], path, named.get("user-agent", ""))
        self.asked.append(asked)
        if path in self.kept:
            return self.kept[path].having("X-Cache", "HIT").having("Age", "3")
        line = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=10)
        try:
            line.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in {"connection", "accept-encoding"}:
                    line.putheader(name, value)
            line.endheaders()
            got = line.getresponse()
            fields = tuple(one for one in got.getheaders() if one[0].lower() not in _HOP_BY_HOP)
            reply = self.change(asked, Reply(got.status, fields, got.read()))
        finally:
            line.close()
        if reply.status in self.keeps and not path.endswith((".txt", ".xml", ".json")):
            self.kept[path] = reply
        return reply


@contextmanager
def cdn(
    behind: int, change=None, keeps: Collection[int] = (), context: ssl.SSLContext | None = None
) -> Iterator[Cdn]:
    made = Cdn(behind, change or (lambda _asked, reply: reply), keeps)

    class Door(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reply = made.answer(list(self.headers.items()), self.path)
            self.send_response_only(reply.status)
            for name, value in reply.fields:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = True

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
