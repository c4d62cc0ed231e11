"""The origin's robots.txt binds crawlers that nobody knows and SEO; search is served; and no reader waits for it."""

import socket
import threading

import pytest

from tests.engines import until

READER = "Mozilla/5.0 Firefox/142.0"
ROBOTS = b"User-agent: *\nDisallow: /tertutup/\n"


@pytest.fixture
def origin():
    """An origin whose robots.txt comes only once it is let go; everything else at once."""
    go = threading.Event()
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
                asked = line.recv(65_536)
                body = b"berita"
                if asked.startswith(b"GET /robots.txt "):
                    go.wait(20)
                    body = ROBOTS
                line.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
                    % (len(body), body)
                )

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server.getsockname()[1], go
        finally:
            go.set()
            server.shutdown(socket.SHUT_RDWR)


def test_it_binds_once_it_was_read_and_is_never_waited_for(serve, origin):
    port, go = origin
    gateway = serve(origin=port)
    unknown, seo = (
        "PengumpulBot/1.0 (+https://pengumpul.example)",
        "AhrefsBot/7.0 (+http://ahrefs.com/robot/)",
    )
    assert gateway.ask("/tertutup/1", READER, seconds=5).body == b"berita"
    assert gateway.ask("/tertutup/1", unknown, seconds=5).status == 200, "until it was read, the policy alone"
    go.set()
    until(lambda: gateway.ask("/tertutup/1", unknown).status == 403, what="robots.txt was read")
    assert gateway.ask("/tertutup/1", seo).status == 403
    assert gateway.ask("/berita/1", unknown).status == 200
    assert gateway.ask("/tertutup/1", READER).status == 200
    entry = gateway.decision(gateway.ask("/tertutup/1", unknown))
    assert entry["rule"] == "origin-robots"
    search = gateway.decision(gateway.ask("/tertutup/1", "Googlebot/2.1"))
    assert (search["verdict"], search["reasons"]) == ("allow", ["nothing-forbids", "robots-would-refuse"])
    (event,) = gateway.events("origin-robots")
    digest = event["details"]["digest"]
    assert (gateway.journal / "texts" / digest.removeprefix("sha256:")).read_bytes() == ROBOTS
