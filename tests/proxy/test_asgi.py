"""What of a scope the application sees, and who its client is; and a client that is gone when it is answered."""

from pathlib import Path

import pytest

from gateway.audit.reader import Reader
from gateway.proxy.asgi import for_application, introduced, read_scope
from gateway.proxy.gate import Gate
from gateway.proxy.peer import Peers
from gateway.vocabulary import Reason
from tests.journals import TRACEPARENT
from tests.sites import policy

ANTARA = Path(__file__).parents[2] / "policies/antara"
HEADERS = [
    (b"host", b"www.antara.example"),
    (b"x-forwarded-for", b"198.51.100.7"),
    (b"cf-connecting-ip", b"198.51.100.7"),
    (b"x-real-ip", b"198.51.100.7"),
    (b"accept", b"*/*"),
]
PEERS = Peers.parse(["cloudflare, 10.0.0.0/8"], "CF-Connecting-IP")


def scope_from(peer, headers=HEADERS):
    return {"type": "http", "path": "/", "client": (peer, 1), "headers": headers}


def test_the_client_is_found_by_the_field_of_the_gate():
    for peer, address in (
        *(("104.16.0.1", "198.51.100.7"), ("10.0.0.1", "198.51.100.7")),
        ("203.0.113.9", "203.0.113.9"),
    ):
        client = read_scope(scope_from(peer), PEERS).client
        assert (client.address, client.certain) == (address, True), "it is said which proxies there are"


NAMED = (b"cf-connecting-ip", b"198.51.100.7")
LISTED = (b"x-forwarded-for", b"198.51.100.7")


@pytest.mark.parametrize(
    ("peer", "seen"),
    [
        ("203.0.113.9", []),
        ("104.16.0.1", [NAMED, LISTED]),
        ("10.0.0.1", [NAMED, (b"x-real-ip", b"198.51.100.7"), LISTED]),
    ],
)
def test_the_application_sees_only_what_is_known_of_the_client(peer, seen):
    """The field that counts names the client; in all others there may be what a client sent."""
    headers = [*HEADERS, (b"x-forwarded-for", b"6.6.6.6"), (b"X-Other", b"1")]
    headers[1], headers[3] = (b"x-forwarded-for", b"6.6.6.6"), (b"x-real-ip", b"6.6.6.6")
    scope = scope_from(peer, headers)
    shown = introduced(scope, read_scope(scope, PEERS).client, PEERS)["headers"]
    assert shown == [HEADERS[0], HEADERS[4], (b"X-Other", b"1"), *shown[3:]]
    assert sorted(shown[3:]) == sorted(seen)


def test_a_scope_without_such_fields_is_passed_on_as_it_is():
    scope = scope_from("203.0.113.9", HEADERS[:1])
    assert introduced(scope, Peers().client("203.0.113.9"), PEERS) is scope


def test_a_trace_is_read_and_left_to_the_application():
    traced = (b"traceparent", TRACEPARENT.encode())
    scope = scope_from("203.0.113.9", [*HEADERS, traced])
    request = read_scope(scope, PEERS)
    assert request.trace == TRACEPARENT
    assert traced in introduced(scope, request.client, PEERS)["headers"]
    assert read_scope(scope_from("203.0.113.9", [*HEADERS, traced, traced]), PEERS).trace is None


def test_a_gate_names_what_is_no_proxy_and_no_field(tmp_path):
    for how in ({"trusted_proxies": ["akamai"]}, {"client_field": "Cookie"}):
        with pytest.raises(ValueError, match=r"akamai|Cookie"):
            Gate(None, policy=policy(), journal=tmp_path, **how)


def test_a_license_token_is_for_the_gate_and_other_credentials_are_for_the_application():
    for value, kept in ((b"License a.b.c", False), (b"Basic dXNlcjpwYXNz", True)):
        scope = scope_from("203.0.113.9", [HEADERS[0], (b"authorization", value)])
        request = read_scope(scope, PEERS)
        assert request.fields.get("authorization") == (None if kept else "License a.b.c")
        seen = for_application(scope, request)
        assert ((b"authorization", value) in seen["headers"]) is kept
        assert seen is scope or not kept


def test_two_credentials_are_a_fault_where_one_is_a_license_token():
    for other, fault in ((b"License a.b.c", Reason.MALFORMED_MESSAGE), (b"Bearer a.b.c", None)):
        headers = [HEADERS[0], (b"authorization", other), (b"authorization", b"Basic dXNlcjpwYXNz")]
        assert read_scope(scope_from("203.0.113.9", headers), PEERS).fault is fault


@pytest.mark.parametrize("extensions", [{}, {"websocket.http.response": {}}])
async def test_a_refused_websocket_whose_client_is_gone_is_recorded_as_that(tmp_path, extensions):
    async def gone(_message):
        raise OSError("the client has gone")

    async def receive():
        return {"type": "websocket.connect"}

    gate = Gate(None, policy=ANTARA, journal=tmp_path, lookups=False)
    scope = {**scope_from("127.0.0.1", [(b"host", b"127.0.0.1"), (b"user-agent", b"GPTBot/1.2")])}
    await gate({**scope, "type": "websocket", "extensions": extensions}, receive, gone)
    await gate.close()
    printed = [entry for _, entry in Reader(tmp_path / "0").printed()]
    (ended,) = [entry for entry in printed if entry["phase"] == "outcome"]
    assert (ended["status"], ended["bytes"], ended["end"]) == (403, 0, "client-gone")
