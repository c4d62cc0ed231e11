"""What a proxy asks about is what it says, and never what a client has added to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.enforce.answer import Forward, Obligations, Reply
from gateway.policy.model import Origin
from gateway.proxy.head import read_request
from gateway.proxy.question import WAYS, decision_asked, read_question, told, unreadable
from gateway.vocabulary import Reason

#: What each family of proxies sets, by the way it asks: the start of its question, its fields, and what is asked about.
ASKED = {
    WAYS[0]: (b"GET /_izin/check", (b"X-Original-Method: POST", b"X-Original-URI: /a%2Fb?c", b"Host: koran.example")),
    WAYS[1]: (b"GET /_izin/check/forwarded?c", (b"X-Forwarded-Method: POST", b"X-Forwarded-Uri: /a%2Fb?c", b"X-Forwarded-Host: koran.example", b"Host: izin")),
    WAYS[2]: (b"GET /_izin/check/prefixed", (b"X-Forwarded-Method: POST", b"X-Forwarded-Uri: /a%2Fb?c", b"X-Forwarded-Host: koran.example", b"Host: izin")),
    WAYS[3]: (b"POST /_izin/check/path/a%2Fb?c", (b"Host: koran.example",)),
}  # fmt: skip
NAMING = [
    b"X-Original-Method",
    b"X-Original-URI",
    b"X-Forwarded-Method",
    b"X-Forwarded-Uri",
    b"X-Forwarded-Host",
]
OTHERS = [
    b"X-Original-URL",
    b"X-Rewrite-URL",
    b"X_Original_URI",
    b"Forwarded",
    b"X-Original-Uri-",
    b"Referer",
    b"X-HTTP-Method-Override",
]
VALUES = st.sampled_from([b"/tutup/", b"GET", b"evil.example", b"", b"/a, /b", b"\xff"])


def head_of(start, lines):
    return read_request(start + b" HTTP/1.1\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n")


@given(data=st.data())
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.path.decode())
def test_a_client_s_fields_name_nothing(way, data):
    start, own = ASKED[way]
    set_ = {line.partition(b":")[0] for line in own}
    added = data.draw(
        st.lists(
            st.tuples(st.sampled_from([name for name in [*NAMING, *OTHERS] if name not in set_]), VALUES),
            max_size=4,
        )
    )
    lines = data.draw(
        st.permutations(
            [*own, b"X-Forwarded-For: 192.0.2.1, 203.0.113.9", *(b"%b: %b" % field for field in added)]
        )
    )
    asked = read_question(head_of(start, lines))
    assert (asked.method, asked.target, asked.authority, asked.fault) == (
        b"POST",
        b"/a%2Fb?c",
        b"koran.example",
        None,
    )
    assert (asked.way, asked.peer) == (way, "203.0.113.9")
    assert (b"x-forwarded-for", b"192.0.2.1") in asked.noted
    assert not any(line.lower().startswith((b"x-original-uri:", b"x-forwarded-uri:")) for line in asked.lines)


@pytest.mark.parametrize("way", WAYS[:3], ids=lambda way: way.path.decode())
def test_what_stands_there_twice_or_not_at_all_names_nothing(way):
    start, own = ASKED[way]
    for name in (way.method, way.target):
        without = [line for line in own if not line.lower().startswith(name)]
        for lines in (without, [*own, name + b": /tutup/"]):
            asked = read_question(head_of(start, lines))
            assert asked.fault is Reason.MALFORMED_MESSAGE
    if way.host:
        asked = read_question(head_of(start, [*own, b"x-forwarded-host: evil.example"]))
        assert asked.authority == b"", "which is no host"


@pytest.mark.parametrize(
    "path",
    [
        b"/",
        b"/_izin/check/",
        b"/_izin/checks",
        b"/_izin/check/path",
        b"/_izin/check/forwarded/x",
        b"/x/_izin/check",
    ],
)
def test_other_paths_ask_nothing(path):
    assert read_question(head_of(b"GET " + path, [b"Host: a"])) is None


@pytest.mark.parametrize(
    ("list_", "peer"),
    [
        (b"", None),
        (b"unknown", None),
        (b"192.0.2.1, nonsense", None),
        (b"[2001:db8::1]:4711", "2001:db8::1"),
        (b"a, 192.0.2.1:80", "192.0.2.1"),
    ],
)
def test_the_last_address_is_what_the_proxy_saw(list_, peer):
    assert (
        read_question(head_of(b"GET /_izin/check", [b"Host: a", b"X-Forwarded-For: " + list_])).peer == peer
    )


@pytest.mark.parametrize(
    "target",
    [
        b"/_izin/refusal/",
        b"/_izin/refusal/01m8q8h75fezp1n99svmycg5zb",
        b"/_izin/refusal/../x",
        b"/_izin/refusal/" + b"0" * 27,
    ],
)
def test_what_is_no_id(target):
    assert decision_asked(target) == ""
    assert decision_asked(target[1:]) is None


def test_no_way_takes_a_refusal_or_a_document_for_a_yes():
    for way in WAYS:
        for status in (200, 204, 304, 401, 402, 403, 429, 451, 503):
            said = told(way, Reply(status, ((b"izin-decision", b"x"),), b"body"))
            assert said.status >= 400
            assert not way.fetches or (said.status, said.body) == (403, b"")
            if way.presumes and status >= 500:
                assert (said.status, said.fields[-1], said.body) == (403, (b"izin-status", b"503"), b"body")
        yes = told(way, Forward(Origin("http", "a", 80), Obligations(b"x", private=True)))
        assert 200 <= yes.status < 300
        assert (way.prefix + b"Cache-Control", b"private, no-store") in yes.fields
        assert yes.fields[-1] == (b"Izin-Decision", b"x")
    assert unreadable(None, Reason.HEAD_TOO_LARGE).way.fetches, "which is answered 403, whoever asked"
