"""Ways round a ban that no door may leave open."""

import pytest

from gateway.proxy.asgi import read_scope
from gateway.proxy.head import WireError, read_request
from gateway.proxy.peer import Peers
from gateway.request import MAX_USER_AGENT
from gateway.vocabulary import Reason

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
