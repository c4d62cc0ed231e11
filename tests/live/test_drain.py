"""The end: what is under way ends, nothing new begins, and nothing is left behind."""

import signal
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from gateway.audit import folder
from tests.engines import free_port, listening, until
from tests.live import rig

READER = "Mozilla/5.0 Firefox/142.0"


@contextmanager
def slow_origin():
    """An origin that answers each request with a head and half a body, and the rest once it is let go."""
    asked, go = threading.Semaphore(0), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(line,), daemon=True).start()

        def answer(line):
            with line:
                if b"\r\n\r\n" not in line.recv(65_536):
                    return
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nlima,")
                asked.release()
                go.wait(20)
                line.sendall(b"lima.")

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server.getsockname()[1], asked, go
        finally:
            go.set()
            server.shutdown(socket.SHUT_RDWR)


def begun(gateway, asked):
    """A request whose answer has begun to come."""
    line = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
    line.sendall(f"GET /pelan HTTP/1.1\r\nHost: {rig.HOST}\r\nUser-Agent: {READER}\r\n\r\n".encode())
    # The origin is asked for its robots.txt too; what counts is that our half has come.
    got = b""
    while b"lima," not in got:
        got += line.recv(65_536)
    return line, got


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_slow_response_ends_and_nothing_new_begins(serve, workers):
    with slow_origin() as (port, asked, go):
        gateway = serve("--drain", "20s", "--workers", workers, origin=port)
        line, got = begun(gateway, asked)
        idle = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
        until(lambda: gateway.metric("izin_connections") == 2)
        gateway.program.send(signal.SIGTERM)
        until(lambda: gateway.ready()[0] == 503, what="draining")
        assert gateway.ready()[1]["draining"] is True
        assert idle.recv(1) == b""
        until(lambda: not listening(gateway.port), what="no new connection is taken")
        assert gateway.program.running
        go.set()
        while piece := line.recv(65_536):
            got += piece
        assert got.endswith(b"lima,lima.")
        assert gateway.program.wait(5) == 0
        idle.close()
        line.close()
    (outcome,) = gateway.entries("outcome")
    assert (outcome["status"], outcome["bytes"], outcome["end"]) == (200, 10, "complete")
    assert gateway.entries()[-1]["event"] == "stop"
    assert not (gateway.journal / "writer.sock").exists()
    assert not folder.held(gateway.journal)
    assert not listening(gateway.admin)


def test_the_deadline_of_the_drain_ends_what_does_not(serve):
    with slow_origin() as (port, asked, _):
        gateway = serve("--drain", "1s", origin=port)
        line, got = begun(gateway, asked)
        since = time.monotonic()
        gateway.program.send(signal.SIGTERM)
        while True:
            try:
                piece = line.recv(65_536)
            except ConnectionResetError:
                break
            if not piece:
                break
            got += piece
        assert gateway.program.wait(5) == 0
        assert 0.9 < time.monotonic() - since < 5
        assert b"lima,lima." not in got
        line.close()
    (outcome,) = gateway.entries("outcome")
    assert (outcome["bytes"], outcome["end"]) == (5, "client-gone")
    assert gateway.entries()[-1]["event"] == "stop"


def test_a_second_interrupt_ends_at_once(serve):
    with slow_origin() as (port, asked, _):
        gateway = serve("--drain", "60s", origin=port)
        line, _ = begun(gateway, asked)
        gateway.program.send(signal.SIGINT)
        until(lambda: gateway.said("draining"))
        gateway.program.send(signal.SIGINT)
        assert gateway.program.wait(5) == 0
        line.close()
    assert gateway.entries()[-1]["event"] == "stop"


def test_server_sent_events_do_not_hold_up_the_end(serve):
    gateway = serve("--drain", "1s")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as line:
        line.sendall(f"GET /langsung HTTP/1.1\r\nHost: {rig.HOST}\r\n\r\n".encode())
        got = b""
        while b"event: berita" not in got:
            got += line.recv(65_536)
        gateway.program.send(signal.SIGTERM)
        assert gateway.program.wait(5) == 0


def test_a_gateway_starts_where_one_has_just_ended(serve):
    """The same ports and the same journal, at once: connections that linger do not keep the port."""
    ports = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    for _ in range(2):
        gateway = serve("--listen", ports[0], "--admin", ports[1])
        assert gateway.ask("/", READER).status == 200
        gateway.program.send(signal.SIGTERM)
        assert gateway.program.wait(5) == 0
