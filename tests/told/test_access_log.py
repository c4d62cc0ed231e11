"""Lines of access logs, in every form that is read and in many that are not."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.told.access_log import Hit, Lines, NoHit

AT = 1_795_485_605_000_000  # 2026-11-24 09:00:05 in Jakarta
TIME = "24/Nov/2026:09:00:05 +0700"
GPT = Hit("192.0.2.9", AT, None, "GET", "/berita/1?id=2", "GPTBot/1.3", 200, 512)
WITH_HOST = GPT._replace(host="www.antara.example:443")
REQUEST = '"GET /berita/1?id=2 HTTP/1.1" 200 512'


@pytest.mark.parametrize(
    ("line", "hit"),
    [
        (f'192.0.2.9 - - [{TIME}] {REQUEST} "-" "GPTBot/1.3"', GPT),
        (f'192.0.2.9 - ani b [{TIME}] {REQUEST} "-" "GPTBot/1.3"', GPT),
        (f'192.0.2.9 - - [{TIME}] {REQUEST} "-" "GPTBot/1.3" "10.0.0.1" rt=0.003', GPT),
        (f'www.antara.example:443 192.0.2.9 - - [{TIME}] {REQUEST} "-" "GPTBot/1.3"', WITH_HOST),
        (
            f'2001:db8::1 - - [{TIME}] {REQUEST} "-" "GPTBot/1.3"',
            GPT._replace(address="2001:db8::1"),
        ),
        (f'192.0.2.9 - - [{TIME}] {REQUEST} "-" "-"', GPT._replace(user_agent=None)),
        (
            rf'192.0.2.9 - - [{TIME}] {REQUEST} "a \"b\" c" "Si \"A\" \x22B\x22 \\ x"',
            GPT._replace(user_agent='Si "A" "B" \\ x'),
        ),
        (
            f'192.0.2.9 - - [{TIME}] "GET http://lain.example/a HTTP/1.1" - - "-" "GPTBot/1.3"',
            Hit("192.0.2.9", AT, "lain.example", "GET", "/a", "GPTBot/1.3", None, 0),
        ),
        (f'192.0.2.9 - - [24/Nov/2026:02:00:05 +0000] {REQUEST} "-" "GPTBot/1.3"', GPT),
        (f'\ufeff192.0.2.9 - - [{TIME}] {REQUEST} "-" "GPTBot/1.3"\r\n', GPT),
    ],
)
def test_combined(line, hit):
    assert Lines().read(line.encode()) == hit


@pytest.mark.parametrize(
    "members",
    [
        {  # nginx, as most write it
            "remote_addr": "192.0.2.9", "time_iso8601": "2026-11-24T09:00:05+07:00", "request_method": "GET",
            "request_uri": "/berita/1?id=2", "http_user_agent": "GPTBot/1.3", "status": "200", "body_bytes_sent": "512",
        },
        {  # the same with the whole request line
            "remote_addr": "192.0.2.9", "msec": "1795485605.000", "request": "GET /berita/1?id=2 HTTP/1.1",
            "http_user_agent": "GPTBot/1.3", "status": 200, "bytes_sent": 512,
        },
        {  # Caddy
            "ts": 1795485605.0, "status": 200, "size": 512,
            "request": {"remote_ip": "192.0.2.9", "method": "GET", "uri": "/berita/1?id=2",
                        "headers": {"User-Agent": ["GPTBot/1.3"]}},
        },
        {  # Traefik
            "ClientHost": "192.0.2.9", "RequestMethod": "GET", "RequestPath": "/berita/1?id=2",
            "StartUTC": "2026-11-24T02:00:05Z", "request_User-Agent": "GPTBot/1.3", "DownstreamStatus": 200,
            "DownstreamContentSize": 512,
        },
        {  # Cloudflare, with the time in nanoseconds
            "ClientIP": "192.0.2.9", "ClientRequestMethod": "GET", "ClientRequestURI": "/berita/1?id=2",
            "ClientRequestUserAgent": "GPTBot/1.3", "EdgeStartTimestamp": 1795485605000000000,
            "EdgeResponseStatus": 200, "EdgeResponseBytes": 512,
        },
        {  # Elastic Common Schema, in which `host` is the machine that logged
            "@timestamp": "2026-11-24T02:00:05Z", "source": {"ip": "192.0.2.9"}, "host": {"name": "web1"},
            "http": {"request": {"method": "GET"}, "response": {"status_code": 200, "body": {"bytes": 512}}},
            "url": {"original": "/berita/1?id=2"}, "user_agent": {"original": "GPTBot/1.3", "name": "GPTBot"},
        },
        {  # Google Cloud
            "timestamp": "2026-11-24T02:00:05Z",
            "httpRequest": {"remoteIp": "192.0.2.9", "requestMethod": "GET", "requestUrl": "/berita/1?id=2",
                            "status": 200, "responseSize": "512", "userAgent": "GPTBot/1.3"},
        },
    ],
)  # fmt: skip
def test_json_of_several_programs(members):
    assert Lines().read(json.dumps(members).encode()) == GPT


def test_members_can_be_told():
    line = b'{"q": {"ua": ["x", "GPTBot/1.3"]}, "a.b": "192.0.2.9", "m": "GET", "p": "/a", "user_agent": "curl/8"}'
    told = {"user-agent": "q.ua.1", "address": "a.b", "method": "m", "target": "p"}
    assert Lines(told).read(line) == Hit("192.0.2.9", None, None, "GET", "/a", "GPTBot/1.3", None, 0)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"hello", NoHit.MALFORMED),
        (b'192.0.2.9 - - [24/Nov/2026:09:00:05 +0700] "GET / HTTP/1.1', NoHit.MALFORMED),
        (b'192.0.2.9 - - [31/Feb/2026:09:00:05 +0700] "GET / HTTP/1.1" 200 1 "-" "x"', NoHit.MALFORMED),
        (b'192.0.2.9 - - [24/Nov/0000:09:00:05 +0700] "GET / HTTP/1.1" 200 1 "-" "x"', NoHit.MALFORMED),
        (b"{", NoHit.MALFORMED),
        (b'{"a": ' * 5000, NoHit.MALFORMED),
        (b'{"request": "\xff"}', NoHit.MALFORMED),
        ('192.0.2.9 - - [24/Nov/2026:09:00:05 +0700] "GET /"'.encode("utf-16"), NoHit.MALFORMED),
        (b"a" * 100_000, NoHit.MALFORMED),
        (b'192.0.2.9 - - [24/Nov/2026:09:00:05 +0700] "GET / HTTP/1.1" 200 1', NoHit.UNREPLAYABLE),
        (rb'192.0.2.9 - - [24/Nov/2026:09:00:05 +0700] "\x16\x03\x01" 400 1 "-" "-"', NoHit.UNREPLAYABLE),
        (b'192.0.2.9 - - [24/Nov/2026:09:00:05 +0700] "-" 408 0 "-" "-"', NoHit.UNREPLAYABLE),
        (b'{"level": "info"}', NoHit.UNREPLAYABLE),
        (b"", None),
        (b"#Fields: date time", None),
    ],
)
def test_what_is_no_hit_is_told_apart(line, why):
    assert Lines().read(line) is why


@settings(max_examples=300)
@given(
    st.binary(max_size=300)
    | st.from_regex(rb'\A\S+ - - \[24/Nov/2026:09:00:0. .{5}\] "[^"]{0,30}" 200 1 "-" "[^"]{0,30}"\Z')
    | st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(["request", "method", "uri", "ts", "time", "status", "size", "user_agent", "0"]), inner),
        max_leaves=10,
    ).map(lambda value: json.dumps(value).encode())
)  # fmt: skip
def test_no_octets_break_it(line):
    found = Lines().read(line)
    assert found is None or isinstance(found, Hit | NoHit)
