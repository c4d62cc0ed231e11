"""A slow origin, and who makes way at it: on record, and never a reader."""

import http.server
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.engines import until
from tests.live import rig

READER = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
SEARCH, SCRIPT, AI = "Mozilla/5.0 (compatible; bingbot/2.0)", "curl/8.9.1", "GPTBot/1.3"


@contextmanager
def slow_origin():
    """An origin that answers nothing but robots.txt until it is told to go on: its port, who asks it, and how to tell."""
    asking, go_on = [], threading.Event()

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/robots.txt":
                asking.append(self.headers["User-Agent"])
                go_on.wait(30)
            self.send_response(404 if self.path == "/robots.txt" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asking, go_on
    finally:
        go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_machines_make_way_for_readers_and_that_is_on_record(serve):
    with slow_origin() as (port, asking, go_on), ThreadPoolExecutor(16) as pool:
        gateway = serve("--origin-requests", "8", "--mode", "observe", origin=port)
        answers = []

        def begin(user_agent: str) -> None:
            before = len(asking)
            answers.append(pool.submit(gateway.ask, "/berita/1", user_agent, seconds=30))
            until(lambda: len(asking) > before)

        def refused(user_agent: str) -> rig.Answer:
            answer = gateway.ask("/berita/1", user_agent)
            entry = gateway.decision(answer)
            assert (answer.status, entry["rule"], entry["reasons"][0]) == (503, "load", "origin-busy")
            assert (entry["status"], entry["enforced"], entry["verdict"]) == (503, True, "deny")
            assert int(answer["retry-after"]) > 0
            return answer

        for _ in range(4):
            begin(AI)  # half of it
        page = refused(AI)
        assert b"situs sedang sibuk" in page.body
        for _ in range(2):
            begin(SCRIPT)  # three quarters
        refused(SCRIPT)
        refused(AI)
        for user_agent in (READER, SEARCH, READER):
            begin(user_agent)
        assert gateway.metric("izin_origin_requests") == 9
        assert gateway.metric("izin_requests_shed_total") == 3
        counted = [one for one in gateway.metrics() if one.startswith("izin_decisions_total{")]
        shed = [one for one in counted if 'status="503",verdict="deny"' in one]
        assert sum(float(one.rpartition(" ")[2]) for one in shed) == 3, "what made way was not let pass"
        assert gateway.metric("izin_decisions_total") == len(gateway.entries("decision"))
        assert gateway.ask("/robots.txt", AI).status == 200

        go_on.set()
        assert [one.result().status for one in answers] == [200] * 9
        until(lambda: gateway.metric("izin_origin_requests") == 0)
        assert gateway.ask("/berita/1", SCRIPT).status == 200
        assert len(asking) == 10
