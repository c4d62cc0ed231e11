"""ClickHouse in this process (chdb) behind its HTTP interface, as far as our sink uses that."""

import http.server
import re
import shutil
import socket
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from importlib import import_module
from urllib.parse import parse_qsl, urlsplit

from tests.engines import need_module


class ClickHouse:
    """A server; ``url`` is its address. Queries are answered by the real engine."""

    def __init__(self, session):
        self.session = session
        #: A status that every request gets instead, and seconds that each insert takes longer.
        self.refused, self.slow = 0, 0.0
        #: The insert of entries whose answer does not arrive although it was done.
        self.mute = -1
        self._lock = threading.Lock()
        server = self

        class Front(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                with suppress(ConnectionError):  # whoever asked may have gone
                    server.serve(self)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        self.url = f"clickhouse://izin@127.0.0.1:{self.http.server_port}"
        self.seen = []

    def serve(self, request):
        asked = dict(parse_qsl(urlsplit(request.path).query))
        body = request.rfile.read(int(request.headers["Content-Length"] or 0))
        self.seen.append(dict(request.headers))
        values = {name[6:]: value for name, value in asked.items() if name.startswith("param_")}
        query = asked["query"]
        if query.startswith("INSERT") and self.slow:
            time.sleep(self.slow)  # the slow server itself
        if query.startswith("INSERT") and body:
            # As the server reads the body behind the query; times as `date_time_input_format` says.
            times = " SETTINGS date_time_input_format = 'best_effort' FORMAT"
            query = query.replace(" FORMAT", times, 1) + "\n" + body.decode()
        status, code, said = 200, "", b""
        if self.refused:
            status = self.refused
        else:
            try:
                with self._lock:
                    said = self.session.query(query, "JSONEachRow", params=values or None).bytes()
            except Exception as error:  # noqa: BLE001 -- whatever the engine says
                status, said = 500, str(error).encode()
                code = (re.search(r"Code: (\d+)", str(error)) or ["", "1000"])[1]
        self.mute -= query.startswith("INSERT INTO izin.entry")
        if self.mute == 0:
            self.mute = -1
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        request.send_response(status)
        if code:
            request.send_header("X-ClickHouse-Exception-Code", code)
        request.send_header("Content-Length", str(len(said)))
        request.end_headers()
        request.wfile.write(said)

    def execute(self, *statements):
        """Run statements one after the other; the rows of the last."""
        import msgspec

        with self._lock:
            found = [self.session.query(one, "JSONEachRow").bytes() for one in statements][-1]
        return [msgspec.json.decode(line) for line in found.splitlines()]


@contextmanager
def clickhouse():
    """A server until the end of the block."""
    need_module("chdb", "PyPI package chdb: `make engines`")
    folder = tempfile.mkdtemp(prefix="izin-ch-")
    session = import_module("chdb.session").Session(folder)
    server = ClickHouse(session)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()
        session.close()
        shutil.rmtree(folder, ignore_errors=True)
