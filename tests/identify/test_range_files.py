"""Every operator's format, and lists that nobody should rely on."""

import contextlib
from ipaddress import ip_network

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identify.prefixes import Prefixes
from gateway.identify.range_files import MOST_OCTETS, MOST_PREFIXES, RangesError, read_ranges

GOOGLE = b"""{"creationTime": "2026-11-20T23:00:00.000000", "prefixes": [
  {"ipv6Prefix": "2001:4860:4801:10::/64"}, {"ipv4Prefix": "66.249.64.0/27"}, {"ipv4Prefix": "66.249.64.0/27"}]}"""
AMAZON = b"""{"syncToken": "1", "prefixes": [
  {"ip_prefix": "3.5.140.0/22", "region": "x", "service": "AMAZON"},
  {"ip_prefix": "120.52.22.96/27", "region": "GLOBAL", "service": "CLOUDFRONT"}],
  "ipv6_prefixes": [{"ipv6_prefix": "2409:8c00:2421:300::/56", "service": "CLOUDFRONT"}]}"""
PAGE = b"""<!DOCTYPE html><html><body><p>Amazonbot</p><pre>
{&quot;creationTime&quot;: &quot;2026-11-01T00:00:00Z&quot;, &quot;prefixes&quot;: [{&quot;ip_prefix&quot;:
&quot;23.20.104.1/32&quot;}, {&quot;ip_prefix&quot;: &quot;23.20.104.2/32&quot;}]}</pre></body></html>"""


def texts(body, service=""):
    return read_ranges(body, service).text.split()


@pytest.mark.parametrize(
    ("body", "service", "prefixes"),
    [
        (GOOGLE, "", ["66.249.64.0/27", "2001:4860:4801:10::/64"]),
        (b"\xef\xbb\xbf" + GOOGLE, "", ["66.249.64.0/27", "2001:4860:4801:10::/64"]),
        (b'{"prefixes":[{"ipv4Prefix":"8.8.8.8"}]}', "", ["8.8.8.8/32"]),
        (b'{"prefixes":[{"ipv4Prefix":"8.8.8.9/24"}]}', "", ["8.8.8.0/24"]),
        # draft-illyes-webbotauth-jafar: exactly one of the two, unknown members passed over, services
        (
            (
                b'{"notes":"8.8.4.4","prefixes":[{"ipv4Prefix":"8.8.8.0/24","services":["a"]},'
                b'{"ipv4Prefix":"1.1.1.0/24","services":["b"]},{"ipv4Prefix":"9.9.9.0/24","ipv6Prefix":"2600::/32"},{}]}'
            ),
            "a",
            ["8.8.8.0/24"],
        ),
        (AMAZON, "CLOUDFRONT", ["120.52.22.96/27", "2409:8c00:2421:300::/56"]),
        (AMAZON, "", ["3.5.140.0/22", "120.52.22.96/27", "2409:8c00:2421:300::/56"]),
        (PAGE, "", ["23.20.104.1/32", "23.20.104.2/32"]),
        (b'["8.8.8.8", "2600:1f18::/33"]', "", ["8.8.8.8/32", "2600:1f18::/33"]),
        (b'{"us":["8.8.8.8"],"eu":[{"ip":"9.9.9.9","name":"1.2"}]}', "", ["8.8.8.8/32", "9.9.9.9/32"]),
        (
            b'{"addresses":["23.235.32.0/20"],"ipv6_addresses":["2a04:4e40::/32"]}',
            "",
            ["23.235.32.0/20", "2a04:4e40::/32"],
        ),
        (
            b"# Telegram\n91.108.56.0/22\r\n\n2001:67c:4e8::/48 # more\n",
            "",
            ["91.108.56.0/22", "2001:67c:4e8::/48"],
        ),
        # a geofeed, RFC 8805
        (b"31.13.24.0/21,IE,IE-L,Dublin,\n2a03:2880::/32,US,,,\n", "", ["31.13.24.0/21", "2a03:2880::/32"]),
        (b"203.0.113.0/24\n2001:db8::/32\n", "", ["203.0.113.0/24", "2001:db8::/32"]),
    ],
)
def test_formats(body, service, prefixes):
    assert texts(body, service) == prefixes


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no prefix"),
        (b"\xff\xfe", "no text"),
        (b"{}", "no prefix"),
        (b"[1, null, true]", "no prefix"),
        (b'{"prefixes":{}}', "no prefix"),
        (b'{"prefixes":[1,[],"x"]}', "no prefix"),
        (b'{"prefixes":[{"ipv4Prefix":7}]}', "no prefix"),
        (b'{"prefixes":[', "cannot be read"),
        (b"<html>Attention required</html>", "page without a list"),
        (b'<html>{"prefixes":', "page without a list"),
        (b"0.0.0.0/0", "wider than"),
        (b"8.0.0.0/7", "wider than"),
        (b"::/0", "wider than"),
        (b"2000::/12", "wider than"),
        (b'{"prefixes":[{"ipv4Prefix":"66.249.64.0/27"},{"ipv4Prefix":"0.0.0.0/0"}]}', "wider than"),
        (b"66.249.64.0/27\n10.0.0.0/8", "private"),
        (b"127.0.0.1", "private"),
        (b"169.254.169.254", "private"),
        (b"100.64.0.0/10", "private"),
        (b"224.0.0.0/8", "private"),
        (b"fe80::/64", "private"),
        (b"fc00::/18", "private"),
        (b"::ffff:8.8.8.8", "private"),
        (b"[" * 100_000, "cannot be read"),
        (b"[" * 200 + b'"8.8.8.8"' + b"]" * 200, "nested too deeply"),
        (b" " * (MOST_OCTETS + 1), "octets"),
        (b"\n".join(b"8.%d.%d.0/24" % (n >> 8, n & 255) for n in range(MOST_PREFIXES + 1)), "prefixes"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:24]),
)
def test_what_no_honest_list_has(body, why):
    if why == "prefixes":
        body = b"\n".join(
            b"8.%d.%d.%d" % (n >> 16 & 255, n >> 8 & 255, n & 255) for n in range(MOST_PREFIXES + 1)
        )
    with pytest.raises(RangesError, match=why):
        read_ranges(body)


def test_a_service_that_is_not_there():
    with pytest.raises(RangesError, match="service `NOBODY`"):
        read_ranges(AMAZON, "NOBODY")


@given(st.binary(max_size=400))
def test_octets_are_a_list_or_an_error(body):
    with contextlib.suppress(RangesError):
        assert len(read_ranges(body)) > 0


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["8.8.8.0/24", "2600::/32", "10.0.0.0/8", "1.2.3.4/99"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["prefixes", "ipv4Prefix", "ip_prefix", "services", "service", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(values, st.sampled_from(["", "x"]))
def test_any_json_is_a_list_or_an_error(value, service):
    with contextlib.suppress(RangesError):
        read_ranges(msgspec.json.encode(value), service)


@given(
    st.lists(
        st.sampled_from(["8.8.8.0/24", "8.8.0.0/16", "1.1.1.1/32", "2600::/32", "2600:1::/48"]), min_size=1
    )
)
def test_the_formats_agree(some):
    wanted = Prefixes(map(ip_network, some)).text
    rows = [{"ipv6Prefix" if ":" in one else "ipv4Prefix": one} for one in some]
    assert read_ranges(msgspec.json.encode({"prefixes": rows})).text == wanted
    assert read_ranges(msgspec.json.encode(some)).text == wanted
    assert read_ranges("\n".join(some).encode()).text == wanted
    assert read_ranges("\n".join(f"{one},ID,,," for one in some).encode()).text == wanted
