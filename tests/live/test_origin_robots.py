"""The origin's robots.txt binds crawlers that nobody knows and SEO; search is served; and no reader waits for it."""

import json
import socket
import threading

import pytest

from tests.engines import until
from tests.live.rig import write_policy

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


def test_it_is_in_the_robots_txt_that_is_served(serve, origin):
    port, go = origin
    gateway = serve(origin=port)
    before = gateway.ask("/robots.txt", "Googlebot/2.1", seconds=5)
    assert before.status == 200
    assert b"/tertutup/" not in before.body
    go.set()
    until(
        lambda: b"Disallow: /tertutup/" in gateway.ask("/robots.txt", READER).body,
        what="the origin's lines are served",
    )
    after = gateway.ask("/robots.txt", "Googlebot/2.1")
    assert after["etag"] != before["etag"]
    assert gateway.ask("/robots.txt", "Googlebot/2.1", if_none_match=after["etag"]).status == 304
    assert gateway.ask("/robots.txt", "Googlebot/2.1", if_none_match=before["etag"]).status == 200
    first, second = gateway.events("policy")
    assert second["details"]["why"] == "origin-robots"
    assert first["details"]["policy"] == second["details"]["policy"]
    entry = gateway.decision(after)
    assert entry["terms"] == second["details"]["terms"] != first["details"]["terms"]
    manifest = json.loads((gateway.journal / "texts" / entry["terms"].removeprefix("sha256:")).read_bytes())
    digest = manifest["hosts"]["www.antara.example"]["documents"]["/robots.txt"]
    assert (gateway.journal / "texts" / digest.removeprefix("sha256:")).read_bytes() == after.body


def test_a_name_under_a_wildcard_is_served_its_own(tmp_path, serve, origin):
    port, go = origin
    go.set()
    policy = write_policy(tmp_path / "wild", hosts='[www.antara.example, "*.antara.example"]')
    gateway = serve(origin=port, policy=policy)
    until(
        lambda: b"/tertutup/" in gateway.ask("/robots.txt", READER).body,
        what="the named host's file is merged",
    )
    crawler = "Googlebot/2.1"
    asked = gateway.ask("/robots.txt", crawler, host="foto.antara.example")
    assert b"/tertutup/" not in asked.body, "it is read when a crawler asks for the name, and not waited for"
    until(
        lambda: b"/tertutup/" in gateway.ask("/robots.txt", READER, host="foto.antara.example").body,
        what="the name's own file is merged",
    )
    assert b"/tertutup/" not in gateway.ask("/robots.txt", READER, host="lain.antara.example").body
