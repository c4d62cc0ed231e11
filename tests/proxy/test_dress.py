"""What goes with a response of the origin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.enforce.answer import Obligations
from gateway.proxy.dress import dress, dressed, stricter_usage
from gateway.proxy.head import read_response
from gateway.proxy.heads import ResponseHead

BARE = Obligations(decision=b"01D")


@pytest.mark.parametrize(
    ("ours", "theirs", "both"),
    [
        (b"train-ai=n", b"", b"train-ai=n"),
        (b"train-ai=n", b"train-ai=y", b"train-ai=n"),
        (b"train-ai=y", b"train-ai=n", b"train-ai=n"),
        (b"train-ai=n", b"search=n", b"train-ai=n, search=n"),
        (b"train-ai=n, search=y", b"search=n, train-ai=n", b"train-ai=n, search=n"),
        (b"train-ai=n", b"Search=Y", b"train-ai=n, search=y"),
        (b"train-ai=n", b"train-ai=y;exp=1, ai-use=n;x", b"train-ai=n, ai-use=n"),
        (b"train-ai=n", b"!!, =, search=", b"train-ai=n"),
        (b"train-ai=n", b"train-ai=maybe", b"train-ai=n"),
    ],
)
def test_the_stricter_usage_is_kept(ours, theirs, both):
    assert stricter_usage(ours, theirs) == both


@given(st.binary(max_size=60))
def test_no_word_of_the_origin_loosens_ours(theirs):
    both = stricter_usage(b"train-ai=n, ai-use=n", theirs)
    assert {b"train-ai=n", b"ai-use=n"} <= {part.strip() for part in both.split(b",")}
    assert b"\r" not in both
    assert b"\n" not in both


@pytest.mark.parametrize(
    ("ours", "theirs", "both"), [(b"1", b"0", b"1"), (b"0", b"1", b"1"), (b"0", b"0", b"0")]
)
def test_a_reservation_wins(ours, theirs, both):
    drop, add = dress([(b"tdm-reservation", theirs)], Obligations(decision=b"01D", tdm_reservation=ours))
    assert b"tdm-reservation" in drop
    assert (b"tdm-reservation", both) in add


def test_our_policy_stands_for_mining_and_our_posture_beside_what_the_origin_says():
    ours = Obligations(
        decision=b"01D", tdm_reservation=b"1", tdm_policy=b"https://a.example/p", x_robots_tag=b"noai"
    )
    drop, add = dress([(b"tdm-policy", b"https://b.example/p")], ours)
    assert b"tdm-policy" in drop
    assert b"x-robots-tag" not in drop
    assert add[:3] == [
        (b"tdm-reservation", b"1"),
        (b"tdm-policy", b"https://a.example/p"),
        (b"X-Robots-Tag", b"noai"),
    ]


def test_what_we_say_nothing_about_stays_the_origins():
    drop, add = dress([(b"tdm-reservation", b"1"), (b"content-usage", b"search=n")], BARE)
    assert drop == {b"izin-decision"}
    assert add == [(b"Izin-Decision", b"01D")]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        (b"cache-control", b"public", False),
        (b"cache-control", b"max-age=60, Public", False),
        (b"cache-control", b"s-maxage=60", False),
        (b"cache-control", b"max-age=0,s-maxage=60", False),
        (b"cdn-cache-control", b"max-age=60", False),
        (b"surrogate-control", b"max-age=60", False),
        (b"cache-control", b"max-age=60", True),
        (b"cache-control", b"private", True),
        (b"cache-control", b"no-store", True),
        (b"cache-control", b"x=publicity", True),
    ],
)
def test_a_decision_is_not_told_to_shared_caches(field, value, told):
    _, add = dress([(field, value)], BARE)
    assert ((b"Izin-Decision", b"01D") in add) is told


def test_a_licensed_reply_is_private():
    drop, add = dress([(b"cache-control", b"public")], Obligations(decision=b"01D", private=True))
    assert {b"cache-control", b"cdn-cache-control", b"surrogate-control", b"expires"} <= drop
    assert add == [(b"Cache-Control", b"private, no-store"), (b"Izin-Decision", b"01D")]


def test_an_origins_own_decision_is_no_decision():
    drop, _ = dress([(b"izin-decision", b"forged")], BARE)
    assert b"izin-decision" in drop


_FIELDS = [
    b"Server: x",
    b"Expires: 0",
    b"Cache-Control: max-age=9",
    b"Izin-Decision: 1",
    b"content-usage: a=y",
]


@given(
    st.lists(st.sampled_from(_FIELDS), max_size=4),
    st.sampled_from([BARE, Obligations(b"01D", private=True), Obligations(b"01D", content_usage=b"a=n")]),
)
def test_a_dressed_head_has_the_lines_that_are_not_left_out_and_ours(lines, ours):
    head = read_response(b"HTTP/1.1 200 OK\r\n%b\r\n" % b"".join(line + b"\r\n" for line in lines))
    noted = [(name.lower(), value) for name, _, value in (line.partition(b": ") for line in lines)]
    drop, add = dress(noted, ours)
    kept = [line for line in lines if line.partition(b":")[0].lower() not in drop]
    wanted = [b"HTTP/1.1 200 OK", *kept, *(b"%b: %b" % field for field in add), b""]
    assert dressed(head, ours) == b"\r\n".join(wanted)


RATED = Obligations(
    decision=b"01D", rates=((b"ratelimit", b'"a";r=1;t=2'), (b"ratelimit-policy", b'"a";q=1;w=1'))
)


def test_rates_go_where_the_decision_goes():
    names = [name for name, _ in dress([], RATED).add]
    assert names == [b"ratelimit", b"ratelimit-policy", b"Izin-Decision"]
    assert dress([(b"cache-control", b"public")], RATED).add == []
    assert dress([(b"cache-control", b"max-age=9")], RATED).add[0] == (b"ratelimit", b'"a";r=1;t=2')
    octets = b"HTTP/1.1 200 OK\r\nServer: x\r\n"
    head = ResponseHead(200, b"200 OK", 1, [b"Server: x"], [], octets=octets)
    assert dressed(head, RATED) == (
        octets + b'ratelimit: "a";r=1;t=2\r\nratelimit-policy: "a";q=1;w=1\r\nIzin-Decision: 01D\r\n'
    )
