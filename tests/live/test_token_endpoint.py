"""A licensee fetches its tokens by itself, with an OAuth 2.0 client that is not ours; and who may not."""

import json
import socket
import time
from base64 import b64encode

import pytest
from authlib.integrations.requests_client import OAuth2Session
from click.testing import CliRunner

from gateway.cli import main
from tests.engines import until
from tests.live import rig

ENDPOINT, AGENT = "/_izin/olp/token", "GPTBot/1.3"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("endpoint")
    policy = rig.write_policy(folder / "policy", more="tokens: {endpoint: yes, length: 10m}\n")
    site = (policy / "site.yaml").read_text("utf-8")
    rig.replace(policy / "site.yaml", site.replace("ai-train: deny", "ai-train: license"))
    for id, agent, until_ in (("contoh", "GPTBot", "2090-01-04"), ("lewat", "CCBot", "2020-02-01")):
        rig.write_license(policy, id, agents=agent, proof="{token: yes}", until=until_, more="on: [/berita/]")
    with rig.echoing() as origin, rig.serving(folder, policy, origin) as running:
        yield running


def izin(*words):
    """A command, run in this process: what a licensee waits for is the gateway, not Python's start."""
    ran = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def secret_of(gateway, id="contoh", *flags):
    return json.loads(izin("license", "secret", gateway.policy, id, *flags, "--json"))["client_secret"]


def post(
    gateway,
    body,
    id="contoh",
    secret="",
    source="127.0.0.1",
    media="application/x-www-form-urlencoded",
    **more,
):
    basic = b64encode(f"{id}:{secret}".encode()).decode()
    fields = {"authorization": f"Basic {basic}", "content-type": media} | more
    return gateway.ask(ENDPOINT, method="POST", body=body, source=source, **fields)


def read(gateway, token, target="/berita/1"):
    return gateway.ask(target, AGENT, authorization=f"License {token}")


def test_authlib_fetches_a_token_and_reads_with_it(gateway):
    refused = read(gateway, "", "/berita/1")
    bare = gateway.ask("/berita/1", AGENT)
    assert (refused.status, bare.status) == (401, 401), "where a token can be had by itself, not 402"
    assert bare["www-authenticate"].startswith('License error="invalid_request"')
    terms = gateway.ask("/license.xml").body.decode()
    assert f'server="https://{rig.HOST}/_izin/olp"' in terms

    first = secret_of(gateway)
    with OAuth2Session("contoh", first) as session:
        url = f"http://127.0.0.1:{gateway.port}{ENDPOINT}"
        got = session.fetch_token(url, grant_type="client_credentials")
        again = session.fetch_token(url, grant_type="client_credentials", resource="/berita/olahraga/")
    assert (got["token_type"], got["expires_in"]) == ("License", 600)
    assert got["expires_at"] <= time.time() + 601
    until(lambda: read(gateway, got["access_token"]).status == 200, 5, "the first key is taken up")
    assert read(gateway, got["access_token"], "/ekonomi/1").status == 403
    narrow = [
        read(gateway, again["access_token"], path).status for path in ("/berita/olahraga/1", "/berita/1")
    ]
    assert narrow == [200, 403]

    # A second secret beside the first, then alone.
    second = secret_of(gateway)
    grant = b"grant_type=client_credentials"
    assert [post(gateway, grant, secret=one, source="127.0.0.3").status for one in (first, second)] == [
        200,
        200,
    ]
    third = secret_of(gateway, "contoh", "--only")
    found = [post(gateway, grant, secret=one, source="127.0.0.4").status for one in (first, second, third)]
    assert found == [401, 401, 200]

    (event, *_) = gateway.events("token")
    assert event["details"]["license"] == "contoh"
    decided = [one for one in gateway.entries("decision") if one["id"] == event["details"]["for"]]
    assert (decided[0]["durability"], decided[0]["status"], decided[0]["reasons"]) == (
        "durable",
        None,
        ["own-page"],
    )
    kept = b"".join(path.read_bytes() for path in gateway.journal.rglob("*") if path.is_file())
    kept += gateway.program.output().encode() + (gateway.policy / ".keys/clients.json").read_bytes()
    for text in (
        first,
        second,
        third,
        got["access_token"][-40:],
        b64encode(f"contoh:{first}".encode()).decode(),
    ):
        assert text.encode() not in kept
    assert (gateway.policy / ".keys/clients.json").stat().st_mode & 0o777 == 0o600


def test_who_gets_none_and_what_it_is_told(gateway):
    secret = secret_of(gateway, "contoh", "--only")
    ended = secret_of(gateway, "lewat")
    form, good = "application/x-www-form-urlencoded", b"grant_type=client_credentials"
    cases = [
        ({"body": good, "secret": "x"}, 401, "invalid_client"),
        ({"body": good, "secret": secret, "id": "lain"}, 401, "invalid_client"),
        ({"body": good, "secret": secret, "id": "lewat"}, 401, "invalid_client"),
        ({"body": good, "secret": secret, "id": "cont\u00f6h"}, 401, "invalid_client"),
        ({"body": good, "secret": ended, "id": "lewat"}, 400, "invalid_license"),
        ({"body": good, "authorization": "Bearer abc"}, 401, "invalid_client"),
        ({"body": good, "authorization": "Basic %%%"}, 401, "invalid_client"),
        ({"body": b"grant_type=rsl", "secret": secret}, 400, "unsupported_grant_type"),
        ({"body": b"", "secret": secret}, 400, "unsupported_grant_type"),
        ({"body": good + b"&resource=/ekonomi/", "secret": secret}, 400, "invalid_resource"),
        ({"body": good + b"&resource=%20%ff", "secret": secret}, 400, "invalid_resource"),
        ({"body": good + b"&grant_type=x", "secret": secret}, 400, "invalid_request"),
        ({"body": b"&".join(b"a%d=1" % n for n in range(40)), "secret": secret}, 400, "invalid_request"),
        ({"body": b"\xff\xfe", "secret": secret}, 400, "invalid_request"),
        ({"body": good, "secret": secret, "media": "text/plain"}, 400, "invalid_request"),
        ({"body": b"[" * 9000, "secret": secret, "media": "application/json"}, 400, "invalid_request"),
        ({"body": b'{"grant_type":"client_credentials"}', "secret": secret, "media": "application/json"}, 200, None),
        ({"body": good, "secret": secret, "media": f"{form}; charset=utf-8"}, 200, None),
    ]  # fmt: skip
    for number, (asked, status, error) in enumerate(cases):
        answer = post(gateway, source=f"127.0.1.{number + 1}", **asked)
        told = json.loads(answer.body)
        assert (answer.status, told.get("error")) == (status, error), asked
        assert answer["cache-control"] == "no-store"
        assert ("www-authenticate" in dict(answer.fields)) == (status == 401)
        assert (status == 200) == ("access_token" in told)
    assert post(gateway, b"x" * 20_000, secret=secret, source="127.0.2.1").status == 413
    head = (
        f"POST {ENDPOINT} HTTP/1.1\r\nHost: {rig.HOST}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
    )
    assert rig.raw(gateway.port, f"{head}\r\n0\r\n\r\n".encode()).startswith(b"HTTP/1.1 411 ")
    expects = f"POST {ENDPOINT} HTTP/1.1\r\nHost: {rig.HOST}\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as line:
        line.sendall(f"{expects}\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 100 ")
        line.sendall(b"abc")
        assert line.recv(100).startswith(b"HTTP/1.1 401 ")
    # GET and other names are no endpoint; an address that asks too often waits, whatever it asks.
    assert gateway.ask(ENDPOINT, "Mozilla/5.0 Firefox/142.0").status == 200
    found = [post(gateway, good, secret="x", source="127.0.3.1").status for _ in range(9)]
    assert (found[:6], found[6:]) == ([401] * 6, [429] * 3)


def test_a_secret_that_is_withdrawn_fetches_nothing(gateway):
    secret = secret_of(gateway, "contoh", "--only")
    izin("license", "secret", gateway.policy, "contoh", "--none")
    assert post(gateway, b"grant_type=client_credentials", secret=secret, source="127.0.4.1").status == 401
