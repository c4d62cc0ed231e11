"""Databases that answer what no database of ours does: a follower and `izin audit fetch` say so, and end in no traceback."""

import http.server
import json
import socketserver
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from gateway.audit.fetched import fetch
from gateway.audit.sinks import Batch, Row, SinkError, Target, sink_to
from gateway.audit.sinks.batch import Kept, Note
from gateway.cli.audit import command
from gateway.record import event_entry

ROW = Row(1, 1, "2026-11-23T10:00:00Z", b"{}", event_entry("0" * 26, 1, "start", {}))
LANE = {"site": "antara", "lane": "mesin", "last": 1}
#: What is asked of a ClickHouse by the table, and a right answer.
RIGHT = {
    "izin.version": {"version": 1},
    "izin.lane": LANE,
    "izin.note": {"file": "checkpoints", "last": "1", "number": 1, "note": "x"},
    "izin.file": {"name": "lane.json", "digest": "00", "octets": "eA=="},
    "izin.entry": {"segment": 1, "seq": 1, "octets": "eA==", "leaf": "00"},
}
WRONG = {
    "not JSON": b"<html>\n",
    "cut": b'{"si',
    "no object": b"[1]\n",
    "a number": b"7\n",
    "no members": b"{}\n",
    "no octets": b"\xff\xfe\n",
    "null": json.dumps(dict.fromkeys({name for row in RIGHT.values() for name in row})).encode() + b"\n",
    "words": json.dumps(dict.fromkeys({name for row in RIGHT.values() for name in row}, "\x1b[31m")).encode(),
    "numbers": json.dumps(dict.fromkeys({name for row in RIGHT.values() for name in row}, -7)).encode(),
    "vast": json.dumps(dict.fromkeys({name for row in RIGHT.values() for name in row}, 1 << 64)).encode(),
}


@pytest.fixture(scope="module")
def server():
    class Answering(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query = parse_qs(urlsplit(self.path).query)["query"][0]
            table = next(table for table in RIGHT if table in query)
            body = here.wrong if table == here.table else json.dumps(RIGHT[table]).encode() + b"\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        table, wrong = "", b""

    with Server(("127.0.0.1", 0), Answering) as here:
        threading.Thread(target=here.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield here
        here.shutdown()


@pytest.mark.parametrize("table", RIGHT)
def test_fetch_says_of_a_clickhouse_that_it_is_not_understood(server, tmp_path, table):
    url = f"clickhouse://izin@127.0.0.1:{server.server_address[1]}"
    for name, body in {**WRONG, "nothing": b"", "twice": json.dumps(RIGHT[table]).encode() * 2}.items():
        server.table, server.wrong = table, body
        out = tmp_path / name
        ran = CliRunner().invoke(command, ["fetch", url, "--out", str(out)])
        assert isinstance(ran.exception, SystemExit), (name, ran.exception)
        assert ran.exit_code == 1, name
        assert "\x1b" not in ran.output


@pytest.mark.parametrize("table", ["izin.version", "izin.lane", "izin.entry"])
async def test_a_follower_waits_for_a_clickhouse_that_is_not_understood(server, tmp_path, table):
    for body in WRONG.values():
        server.table, server.wrong = table, body
        sink = sink_to(Target(f"clickhouse://izin@127.0.0.1:{server.server_address[1]}", tmp_path))
        with pytest.raises(SinkError):
            await sink.append(Batch("antara", "mesin", (ROW,)))
        await sink.close()


class Forged:
    """A copy whose rows are of the right types, as PostgreSQL's would be, and nothing else."""

    def __init__(self, notes=(), files=(), entries=()):
        self.notes, self.files, self.entries = notes, files, entries

    async def lanes(self):
        return [("antara", "mesin", 1)]

    async def kept(self, site, lane):
        return Kept({}, {})

    async def read_notes(self, site, lane):
        for one in self.notes:
            yield one

    async def read_files(self, site, lane):
        for one in self.files:
            yield one

    async def read_entries(self, site, lane):
        for one in self.entries:
            yield one


async def test_what_no_journal_has_is_left_out_and_told(tmp_path):
    entry = ROW.payload
    entries = [
        (-1, 1, entry),
        (1, -3, entry),
        (1, 1, entry),
        (2, 2, entry),
        (1, 3, entry),
        (1, 1 << 62, entry),
    ]
    entries += [(1 << 62, 1 << 62, entry)]
    forged = Forged([Note("\x1b", 1, "x"), Note("checkpoints", 1, "a")], [("../x", b"")], entries)
    found = await fetch(forged, "antara", "mesin", 4, tmp_path, tmp_path)
    said = "\n".join(found.troubles)
    assert "entry 1: it is in a segment -1, which it cannot be in" in said
    assert "entry 3: it is in a segment 1, which has ended" in said
    assert (found.entries, found.last) == (3, 1 << 62)
