"""Whatever a site answers, the tour ends within its limit, touches named hosts only, and every check says something."""

import zlib
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.told.doctor import examine
from gateway.told.doctor.article import links, locations
from gateway.told.doctor.case import address
from gateway.told.doctor.pages import told
from gateway.told.doctor.visit import MOST_OCTETS, Failed, Got, Trouble, inflated
from tests.told.doctor import ideal
from tests.told.doctor.ideal import HOST

NAMES = st.sampled_from(
    [
        "location",
        "link",
        "content-usage",
        "tdm-reservation",
        "x-robots-tag",
        "cache-control",
        "age",
        "date",
        "vary",
        "izin-decision",
        "content-type",
        "content-encoding",
        "x-cache",
        "www-authenticate",
        "etag",
    ]
)
VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "application/problem+json",
            "text/html",
            f"https://{HOST}/a",
            "//lain.example/",
            "http://[::1",
            "gzip",
            '<x>; rel="license"',
            "train-ai=y, =, a=",
            "Tue, 99 Nov 2026 99:00:00 GMT",
            "max-age=99999999999999999999",
        ]
    ),
)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"[" * 100_000,
            b'{"decision": "x", "rule": {"a": [1]}, "notice": 7}',
            b"<sitemapindex><loc>https://" + HOST.encode() + b"/s1.xml</loc>",
            b"<loc>javascript:alert(1)</loc><loc>http://[</loc><loc>/\xff</loc>",
            b"User-agent: *\nDisallow: /%zz\nDisallow: /*a*a*a*a*a*a*b$\nSitemap: //lain.example/x\n",
            zlib.compress(b"x" * 1000),
        ]
    ),
)
ANSWERS = st.one_of(
    st.builds(Failed, st.sampled_from(Trouble), st.text(max_size=20)),
    st.builds(
        Got,
        st.sampled_from([200, 200, 204, 301, 302, 304, 402, 403, 404, 429, 500, 999]),
        st.lists(st.tuples(NAMES, VALUES), max_size=8).map(tuple),
        BODIES,
        st.booleans(),
        st.integers(0, 2**53),
    ),
)


@settings(max_examples=40)
@given(st.lists(ANSWERS, min_size=1, max_size=30), st.booleans())
def test_no_answer_breaks_a_tour_or_a_check(answers, near):
    its = ideal.case(ideal.policy(HOST, "antara.example"), near=near, origin=True)
    asked = []

    def site(ask):
        asked.append(ask)
        return answers[len(asked) % len(answers)]

    seen = ideal.visited(its, site, most=60)
    found = list(examine(its, seen))
    assert found
    assert {ask.authority for ask in asked} <= {HOST, "antara.example"}
    for _, finding in found:
        assert all(len(text) < 2000 for text in finding.seen)


@pytest.mark.parametrize(
    "page",
    [
        b"<a href=" * 250_000,
        b"<a " + b"x" * 2_000_000,
        b"<!--" * 500_000,
        b"<" * 2_000_000,
        b"<script" * 280_000,
        b"<loc>" * 400_000,
        b"<loc> " * 300_000,
        b"<meta " + b"a=" * 900_000,
        b"&#x41;" * 330_000,
        b"<link rel=" * 200_000,
        b"<p>\n" * 500_000,
        ("ﷺ" * 200_000).encode(),
    ],
    ids=lambda page: repr(page[:12]),
)
def test_no_page_takes_long(page):
    def change(ask, answer):
        served = isinstance(answer, Got) and answer.served
        return ideal.got(200, [*answer.fields], page[:MOST_OCTETS]) if served else answer

    begun = monotonic()
    text = page.decode("utf-8", "replace")
    assert len(list(links(text))) + len(list(locations(text))) < 5000
    assert isinstance(told(text), str)
    its = ideal.case()
    assert list(examine(its, ideal.visited(its, ideal.Ideal(its.policy, change))))
    assert monotonic() - begun < 20


@pytest.mark.parametrize(
    "text",
    [
        b"User-agent: *\n" + b"".join(b"Disallow: /%d\n" % n for n in range(40_000)),
        b"User-agent: *\n" + b"".join(b"Disallow: /*%d*a*a*a*a$\n" % n for n in range(20_000)),
        b"".join(b"User-agent: a%d\nDisallow: /%d\n" % (n, n) for n in range(15_000)),
        b"User-agent: *\nDisallow: /" + b"*a" * 200_000,
        b"User-agent: *\n" * 40_000,
        b"\n" * 2_000_000,
        b"User-agent: *\n" + b"\n" * 40_000 + b"Disallow:\n",
        b"Content-Signal: a" + b" " * 60_000 + b"b",
    ],
    ids=[
        "many rules",
        "many stars",
        "many agents",
        "one star after another",
        "many names",
        "many lines",
        "many lines within",
        "many blanks",
    ],
)
def test_no_robots_txt_takes_long(text):
    def change(ask, answer):
        if ask.target != "/robots.txt" or not isinstance(answer, Got):
            return answer
        return ideal.got(
            200, answer.fields, (b"License: https://www.antara.example/license.xml\n" + text)[:MOST_OCTETS]
        )

    its = ideal.case()
    begun = monotonic()
    assert list(examine(its, ideal.visited(its, ideal.Ideal(its.policy, change))))
    assert monotonic() - begun < 20


def test_a_compressed_bomb_is_opened_so_far_and_no_further():
    bomb = zlib.compress(b"\x00" * 50_000_000, 9)
    assert len(inflated(bomb)) == MOST_OCTETS
    assert inflated(b"no gzip at all") == b"no gzip at all"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("/berita/1", ("https", HOST, "/berita/1")),
        ("../x", ("https", HOST, "/x")),
        ("HTTPS://WWW.Antara.Example:443/a?b=c#d", ("https", HOST, "/a?b=c")),
        ("//antara.example", ("https", "antara.example", "/")),
        ("https://www.antara.example:8443/", ("https", f"{HOST}:8443", "/")),
        ("/kopi lereng/é", ("https", HOST, "/kopi%20lereng/%C3%A9")),
        ("http://[::1]:8080/", ("http", "[::1]:8080", "/")),
        ("javascript:alert(1)", None),
        ("https://u:p@www.antara.example/", None),
        ("https://www.antara.example:99999/", None),
        ("http://[::1", None),
        ("/a\x1b[31m", None),
        ("/%zz", None),
        ("x" * 20_000, None),
    ],
)
def test_addresses_that_a_site_writes(written, read):
    assert address(f"https://{HOST}/berita/", written) == read
