"""Lines of the access logs of proxies beside us."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.told.proxy_log import Ended, decision_id, read_line
from gateway.vocabulary import End

ID = "01M8Q8H75FEZP1N99SVMYCG5ZB"
REQUEST_ID = "ffffffffffffffffffff000000000000"
UNASKED = {
    "time": 1.5, "request_id": REQUEST_ID, "decision": "", "unasked": "prefilter", "address": "192.0.2.1",
    "scheme": "https", "host": "koran.example", "method": "GET", "target": "/a%2Fb?c", "user_agent": "Mozilla/5.0",
    "status": 200, "octets": 7, "end": "OK",
}  # fmt: skip


@pytest.mark.parametrize(
    ("members", "ended"),
    [
        ({"decision": ID, "status": 200, "octets": 7, "end": "OK"}, (200, 7, End.COMPLETE)),
        ({"decision": ID, "status": 200, "octets": 7, "end": ""}, (200, 7, End.UNKNOWN)),
        ({"decision": ID, "status": 499, "octets": 0, "end": ""}, (None, 0, End.CLIENT_GONE)),
        ({"decision": ID, "status": 502, "octets": 9, "end": "OK", "origin": "-"}, (502, 9, End.ORIGIN_ERROR)),
        ({"decision": ID, "status": 502, "octets": 9, "end": "OK", "origin": "0.1"}, (502, 9, End.COMPLETE)),
        # Envoy
        ({"decision": ID, "status": 200, "octets": 7, "end": "-"}, (200, 7, End.COMPLETE)),
        ({"decision": ID, "status": 200, "octets": 7, "end": "DC"}, (200, 7, End.CLIENT_GONE)),
        ({"decision": ID, "status": 200, "octets": 7, "end": "--"}, (200, 7, End.COMPLETE)),
        ({"decision": ID, "status": 200, "octets": 7, "end": "CD"}, (200, 7, End.CLIENT_GONE)),
        ({"decision": ID, "status": 200, "octets": 7, "end": "SD"}, (200, 7, End.ORIGIN_ERROR)),
        ({"decision": ID, "status": 101, "octets": 7, "end": "DC"}, (101, 7, End.COMPLETE)),
        ({"request_Izin-Decision": ID, "request_Izin-Status": "101", "DownstreamStatus": 0, "RouterName": "site@file"}, (101, 0, End.COMPLETE)),
        ({"decision": ID, "status": 503, "octets": 91, "end": "UF,URX"}, (503, 91, End.ORIGIN_ERROR)),
        # Caddy and Traefik, by the names that they give themselves
        ({"resp_headers": {"Izin-Decision": [ID]}, "status": 200, "size": 7}, (200, 7, End.COMPLETE)),
        ({"resp_headers": {"Izin-Decision": [ID]}, "status": 0, "size": 0}, (None, 0, End.CLIENT_GONE)),
        ({"downstream_Izin-Decision": ID, "DownstreamStatus": 200, "DownstreamContentSize": 7}, (200, 7, End.COMPLETE)),
        ({"downstream_Izin-Decision": ID, "DownstreamStatus": 499}, (None, 0, End.CLIENT_GONE)),
    ],
)  # fmt: skip
def test_how_a_request_ended(members, ended):
    assert read_line(json.dumps(members).encode()) == Ended(ID, *ended)


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"[]", b"null", b"{", b"127.0.0.1 - - [x]", b'{"a":' * 20_000, b'{"decision":"' + b"a" * 70_000 + b'"}'),
        json.dumps({"decision": "", "status": 200}).encode(),
        json.dumps({"decision": f"{ID}x", "status": 200}).encode(),
        json.dumps({"decision": [ID], "status": 200}).encode(),
        json.dumps({"request_Izin-Decision": ID, "DownstreamStatus": 404}).encode(),  # no router of Traefik's had it: a client's own word
        *(json.dumps({**UNASKED, name: None}).encode() for name in ("time", "request_id", "address", "target", "unasked")),
        json.dumps({**UNASKED, "time": 1e300}).encode(),
        json.dumps({**UNASKED, "request_id": REQUEST_ID.upper()}).encode(),
    ],
)  # fmt: skip
def test_what_tells_nothing(line):
    assert read_line(line) is None


def test_what_nobody_asked_about():
    told = read_line(json.dumps(UNASKED).encode())
    assert told is not None
    assert told.unasked is not None
    assert (told.decision, told.status, told.unasked.at, told.unasked.target) == (
        "",
        200,
        1_500_000,
        "/a%2Fb?c",
    )
    assert told.unasked.id == decision_id(1_500_000, REQUEST_ID) == "00000001EW" + "Z" * 16
    # Without $request_id the line itself is what tells it from every other one, and the same line is the same request.
    unnamed = {name: value for name, value in UNASKED.items() if name != "request_id"} | {"connection": 7}
    lines = [json.dumps({**unnamed, "number": number}).encode() for number in (1, 2, 1)]
    first, second, again = (read_line(line).unasked.id for line in lines)
    assert first == again
    assert first != second
    assert first[:10] == "00000001EW"
    assert read_line(json.dumps(unnamed).encode()) is None
    hostile = json.dumps({**UNASKED, "user_agent": "@"}).encode().replace(b"@", b"\xff\xfe\xc3")
    read = read_line(hostile)
    assert read is not None
    assert read.unasked is not None
    assert read.unasked.user_agent == "ÿþÃ", "as the gateway reads header fields"


@given(st.binary() | st.dictionaries(st.sampled_from(list(UNASKED)), st.none() | st.text() | st.floats()).map(
    lambda members: json.dumps({**UNASKED, **members}).encode()
))  # fmt: skip
def test_any_line_is_read(line):
    told = read_line(line)
    assert told is None or told.decision or told.unasked
