"""An embargo by the sitemap of a real origin, through real sockets, and the same decision again from the journal."""

import http.server
import threading
from datetime import UTC, datetime, timedelta

from gateway.lookups.kept_headlines import KeptHeadlines
from gateway.policy.headlines import Headlines
from tests.engines import until
from tests.live import rig
from tests.policy.test_sitemaps import urlset


class Site(http.server.BaseHTTPRequestHandler):
    """An origin with an article of an hour ago, one of yesterday, and pages that its sitemap does not have."""

    def do_GET(self):
        now = datetime.now(UTC)
        pages = {"/berita/baru": now - timedelta(hours=1), "/berita/lama": now - timedelta(hours=25)}
        urls = (
            f"<loc>https://{rig.HOST}{path}</loc><lastmod>{at.isoformat('T', 'seconds')}</lastmod>"
            f"<news:news><news:title>Judul {path[-4:]}</news:title></news:news>"
            for path, at in pages.items()
        )
        body = urlset(*urls) if self.path == "/sitemap.xml" else b"berita"
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_only_what_the_sitemap_says_is_old_enough_is_given(tmp_path):
    policy = rig.write_policy(tmp_path / "policy", more="articles: {date: sitemap}\nheadlines: sitemap\n")
    rig.write_license(policy, more="embargo: 3h")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with rig.serving(tmp_path, policy, server.server_port) as gateway:
                _embargoed(gateway)
        finally:
            server.shutdown()


def _embargoed(gateway):
    def ask(target):
        return gateway.ask(target, "GPTBot/1.3", source="127.0.0.2")

    def headline_of(target):
        return Headlines(KeptHeadlines(gateway.journal).read()).of(rig.HOST, target)

    until(lambda: ask("/berita/lama").status == 200, 10, "the sitemap is read")
    answers = [ask(path) for path in ("/berita/lama", "/berita/baru", "/tentang", "/berita/lama?utm=1")]
    assert [one.status for one in answers] == [200, 403, 403, 403]
    old, young, unknown, queried = (gateway.decision(one) for one in answers)
    assert old["license"] == "contoh-2026"
    assert "license-embargo" in young["reasons"]
    assert "license-date-unknown" in unknown["reasons"]
    assert "license-date-unknown" in queried["reasons"]
    dated = next(one for one in old["identity"]["evidence"] if one["probe"] == "article-date")
    assert dated["finding"] == "article-dated"
    assert abs(datetime.fromisoformat(dated["detail"]) - datetime.now(UTC) + timedelta(hours=25)) < timedelta(
        minutes=2
    )
    until(lambda: headline_of("/berita/lama") == "Judul lama", 10, "its headlines are read")
    for one in answers:
        gateway.izin("audit", "show", one["izin-decision"], "--replay")  # it fails where anything differs
    assert 'error="insufficient_scope"' in answers[2]["www-authenticate"]
