"""What a client writes into its head never speaks to the origin in our name, or in place of what was judged."""

import pytest

from tests.proxy.rig import front_door, raw_origin, talk

pytestmark = pytest.mark.anyio

OK = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]
SECRET = (b"Izin-Origin-Secret", b"rahasia")


async def sent_on(*lines: bytes, start: bytes = b"GET /a HTTP/1.1", body: bytes = b"") -> list[str]:
    """The head that the origin gets, line by line."""
    head = b"\r\n".join((start, b"Host: izin.test", *lines, b"", body))
    async with raw_origin(OK) as origin, front_door(origin.port, secret=SECRET) as door:
        await talk(door.port, head, until_idle=0.1)
        return origin.heard[0].lines()


def names(lines: list[str]) -> list[str]:
    return [line.partition(":")[0].lower().replace("_", "-") for line in lines[1:]]


@pytest.mark.parametrize("method", [b"TRACE", b"TRACK", b"Trace"])
async def test_a_request_that_is_sent_back_carries_no_secret(method):
    assert "izin-origin-secret" not in names(await sent_on(start=method + b" /a HTTP/1.1"))


@pytest.mark.parametrize("name", [b"Izin_Origin_Secret", b"Izin-Origin_Secret", b"izin-origin-secret"])
async def test_the_secret_is_ours_alone(name):
    lines = await sent_on(name + b": guess", b"Connection: Izin-Origin-Secret, close")
    assert names(lines).count("izin-origin-secret") == 1
    assert "Izin-Origin-Secret: rahasia" in lines


@pytest.mark.parametrize(
    "name", [b"X_Forwarded_For", b"X-Forwarded_For", b"x_forwarded_host", b"X_Forwarded_Proto"]
)
async def test_nobody_forwards_in_our_name(name):
    """CGI and WSGI cannot tell `_` from `-`, so neither may we."""
    lines = await sent_on(name + b": 6.6.6.6")
    assert not any("6.6.6.6" in line for line in lines)
    assert names(lines).count("x-forwarded-for") == 1


@pytest.mark.parametrize("name", [b"X-Original-URL", b"X-Rewrite-URL", b"X_Original_URL", b"x-rewrite_url"])
async def test_no_field_leads_elsewhere_than_the_target(name):
    """Some frameworks serve the path in these fields instead of the one that was judged (CVE-2018-14773)."""
    assert not any("/berita" in line for line in await sent_on(name + b": /berita/1"))


@pytest.mark.parametrize("line", [b"Content_Length: 5", b"Transfer_Encoding: chunked"])
async def test_nothing_looks_like_framing(line):
    lines = await sent_on(line)
    assert {"content-length", "transfer-encoding"}.isdisjoint(names(lines))


@pytest.mark.parametrize("line", [b"Transfer-Encoding:\tchunked", b"transfer-encoding: \t CHUNKED \t"])
async def test_chunked_is_said_so_that_no_origin_mistakes_it(line):
    lines = await sent_on(line, start=b"POST /a HTTP/1.1", body=b"0\r\n\r\n")
    assert [said for said in lines if said.lower().startswith("transfer-encoding")] == [
        "Transfer-Encoding: chunked"
    ]


@pytest.mark.parametrize("line", [b"Content-Length:\t2", b"Content-Length: 0002", b"Content-Length: 2\t"])
async def test_the_length_is_said_so_that_no_origin_mistakes_it(line):
    lines = await sent_on(line, start=b"POST /a HTTP/1.1", body=b"ab")
    assert [said for said in lines if said.lower().startswith("content-length")] == ["Content-Length: 2"]
