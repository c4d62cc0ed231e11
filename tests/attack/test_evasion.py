"""Ways round a ban that no door may leave open."""

import time

import pytest

from gateway.lookups.resolver import Resolver
from gateway.proxy.asgi import read_scope
from gateway.proxy.head import read_request
from gateway.proxy.heads import WireError
from gateway.proxy.judge import Judge
from gateway.proxy.peer import Peers
from gateway.request import MAX_USER_AGENT, Client, Request, read_target
from gateway.vocabulary import Reason
from tests.sites import version

TOO_LONG = b"x" * MAX_USER_AGENT + b" GPTBot/1.2"


def test_relay_refuses_a_user_agent_it_would_not_read_to_its_end():
    with pytest.raises(WireError) as refused:
        read_request(b"GET / HTTP/1.1\r\nHost: www.antara.example\r\nUser-Agent: %b\r\n\r\n" % TOO_LONG)
    assert refused.value.reason is Reason.HEAD_TOO_LARGE
    assert refused.value.head.authority == b"www.antara.example"


def test_gate_refuses_a_user_agent_it_would_not_read_to_its_end():
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "client": ("192.0.2.1", 4711),
        "headers": [(b"host", b"www.antara.example"), (b"user-agent", TOO_LONG)],
    }
    assert read_scope(scope, Peers()).fault is Reason.HEAD_TOO_LARGE


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
@pytest.mark.parametrize(
    ("client", "status"),
    [
        (Client("127.0.0.1", "127.0.0.0/24", private=True), None),
        (Client("192.0.2.1", "192.0.2.0/24"), 421),
        (Client("127.0.0.1", "127.0.0.0/24", certain=False, private=True), 421),
    ],
    ids=["of this machine", "from outside", "by way of an unknown proxy"],
)
def test_only_who_is_near_calls_the_site_localhost(name, client, status):
    """From outside the name would choose the first host's rules, and what origins show to their own machine."""
    request = Request("GET", "http", name, name, read_target(b"/"), client, {"user-agent": "Mozilla/5.0"})
    resolver = Resolver({}, lambda _host, _name: None, time.monotonic)
    judge = Judge(version(), resolver, clock=lambda: 0, new_id=str)
    assert judge(request).decision.status == status
