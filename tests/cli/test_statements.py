"""`izin statements`, as a user calls it."""

import http.server
import json
import re
import ssl
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import trustme
from click.testing import CliRunner

from gateway.cli import main

POLICIES = Path(__file__).parents[2] / "policies"


def run(*words: object):
    return CliRunner().invoke(main, ["statements", *map(str, words)])


def test_every_document_and_field_is_printed():
    result = run(POLICIES / "antara")
    assert result.exit_code == 0
    assert "-- /robots.txt (text/plain; charset=utf-8)" in result.stdout
    assert "User-agent: GPTBot\n" in result.stdout
    assert "\nContent-Usage: train-ai=n, ai-use=n\n" in result.stdout
    assert "\ntdm-reservation: 1\n" in result.stdout
    assert "robots.txt cannot say:" in result.stdout


def test_as_json():
    document = json.loads(run(POLICIES / "antara", "--json").stdout)
    assert document["terms"].startswith("sha256:")
    first = document["hosts"][0]
    assert first["host"] == "www.antara.example"
    assert [one["format"] for one in first["statements"]] == [
        "robots.txt",
        "license.xml",
        "tdmrep.json",
        "tdm-policy.json",
        "Link",
        "Content-Usage",
        "tdm-reservation",
        "tdm-policy",
        "X-Robots-Tag",
        "trust.txt",
        "HTML",
    ]
    assert all(isinstance(one["omits"], list) for one in first["statements"])


def test_documents_are_written_where_they_are_served(tmp_path):
    result = run(POLICIES / "antara", "--out", tmp_path / "out")
    assert result.exit_code == 0
    first = (tmp_path / "out" / "robots.txt").read_text("utf-8")
    other = (tmp_path / "out" / "hosts" / "_.antara.example" / "robots.txt").read_text("utf-8")
    assert "User-agent: ContohBot\nContent-Signal: ai-train=no\n" in first
    assert "# robots.txt · *.antara.example" in other
    assert result.stdout == ""


def test_a_policy_that_cannot_be_loaded(tmp_path):
    (tmp_path / "site.yaml").write_text("site: x\n")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "site.yaml:1:1" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["/nonexistent/policy"],
        [POLICIES / "antara", "--origin-robots", "/nonexistent"],
        [POLICIES / "antara", "--fetch", "--origin-robots", POLICIES / "antara" / "site.yaml"],
    ],
)
def test_wrong_usage(words):
    assert run(*words).exit_code == 2


ROBOTS = b"User-agent: *\nDisallow: /admin/\nSitemap: https://www.antara.example/s.xml\n"


def test_the_policy_alone_says_so():
    assert "which was not read" in run(POLICIES / "antara").stdout


def test_with_a_file_of_the_origin(tmp_path):
    (tmp_path / "robots.txt").write_bytes(ROBOTS)
    result = run(POLICIES / "antara", "--origin-robots", tmp_path / "robots.txt")
    assert result.exit_code == 0
    assert result.stdout.count("Disallow: /admin/\n") >= 2
    assert "Sitemap: https://www.antara.example/s.xml\n" in result.stdout
    assert "which was not read" not in result.stdout
    printed = run(POLICIES / "antara", "--origin-robots", tmp_path / "robots.txt", "--json").stdout
    assert all("Disallow: /admin/" in one["statements"][0]["text"] for one in json.loads(printed)["hosts"])
    result = run(POLICIES / "antara", "--origin-robots", tmp_path / "robots.txt", "--out", tmp_path / "out")
    assert "Disallow: /admin/" in (tmp_path / "out" / "robots.txt").read_text("utf-8")


def test_a_file_that_is_too_much_is_warned_of(tmp_path):
    (tmp_path / "robots.txt").write_text(
        "User-agent: *\n" + "".join(f"Disallow: /{n:0400}\n" for n in range(1300))
    )
    result = run(POLICIES / "jawaban", "--origin-robots", tmp_path / "robots.txt")
    assert result.exit_code == 0
    assert "warning: www.kabarlereng.example: the origin's robots.txt is too much" in result.stderr


class Origin(http.server.BaseHTTPRequestHandler):
    """An origin that answers with `ROBOTS` to whoever knows its secret."""

    def do_GET(self):
        known = self.headers["Izin-Origin-Secret"] == "rahasia-redaksi-2026"
        self.send_response(200 if known and self.path == "/robots.txt" else 503)
        self.end_headers()
        self.wfile.write(ROBOTS)

    def log_message(self, *_):
        pass


@contextmanager
def answering(tls=None):
    """Such an origin on loopback, under a certificate's context if one is given; gives its port."""
    with http.server.HTTPServer(("127.0.0.1", 0), Origin) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def moved(tmp_path, origin):
    """A policy whose site is at this address, and the file of the secret it asks for."""
    (tmp_path / "secret").write_text("rahasia-redaksi-2026\n")
    site = (POLICIES / "jawaban" / "site.yaml").read_text("utf-8")
    its = tmp_path / "policy"
    its.mkdir()
    (its / "site.yaml").write_text(
        re.sub(r"^origin: .*$", f"origin: {origin}", site, flags=re.MULTILINE), "utf-8"
    )
    return its, tmp_path / "secret"


def test_fetched_from_the_origin(tmp_path):
    with answering() as port:
        its, secret = moved(tmp_path, f"http://127.0.0.1:{port}")
        result = run(its, "--fetch", "--origin-secret-file", secret)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "Disallow: /admin/\n" in result.stdout
        result = run(its, "--fetch")
    assert result.exit_code == 1
    assert "was not read from its origin: status 503" in result.stderr
    assert "which was not read" in result.stdout, "the policy's own is shown all the same"


def test_fetched_from_an_origin_by_an_authority_of_ones_own(tmp_path):
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("asal.example").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with answering(context) as port:
        its, secret = moved(tmp_path, f"https://127.0.0.1:{port}")
        asked = (its, "--fetch", "--origin-secret-file", secret)
        result = run(*asked, "--origin-ca", tmp_path / "ca.pem", "--origin-name", "asal.example")
        assert (result.exit_code, result.stderr) == (0, "")
        assert "Disallow: /admin/\n" in result.stdout
        assert run(*asked, "--origin-name", "asal.example").exit_code == 1, "nobody vouches for it"
    result = run(*asked, "--origin-ca", secret)
    assert result.exit_code == 2
    assert "holds no certificates in PEM" in result.stderr
