"""Every exchange of tests/cases/wire/faithful.yaml, without and with the front door."""

import re

import pytest

from gateway.proxy.origin_tls import OriginTLS
from tests import tables
from tests.proxy.rig import front_door, raw_origin, talk
from tests.proxy.test_tls import Keys

CASES = tables.read("cases/wire/faithful.yaml")
GET = "GET /berita HTTP/1.1\r\nHost: www.izin.test\r\n\r\n"
OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"

_TIMES = re.compile(r"\{([^{}]*)\*(\d+)\}", re.DOTALL)
_TO_ORIGIN = re.compile(
    rb"\r\n(?:X-Forwarded-For: 127\.0\.0\.1|X-Forwarded-Proto: https?|X-Forwarded-Host: [^\r]*|Forwarded: for=[^\r]*)(?=\r\n)"
)
_TO_CLIENT = re.compile(
    rb'\r\n(?:Link: <https://izin\.test/license\.xml>; rel="license"|Content-Usage: train-ai=n|tdm-reservation: 1'
    rb"|Izin-Decision: [0-9A-Z]{26})(?=\r\n)"
)


def octets(text: str) -> bytes:
    """The octets of a case's text, `{x*3}` written out."""
    return _TIMES.sub(lambda found: found[1] * int(found[2]), text).encode("latin-1")


def test_there_are_enough_cases_with_names_of_their_own():
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names) >= 130


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_is_the_same_with_and_without(case):
    await _compare(case)


@pytest.mark.parametrize("case", CASES[::9], ids=lambda case: case["name"])
async def test_is_the_same_over_tls(keys, case):
    await _compare(case, keys)


async def _compare(case, keys=None):
    """Hold an exchange twice, over TLS on both sides if there are keys for it."""
    request = octets(case.get("request", GET))
    pieces = case.get("response", OK)
    script = [octets(piece) for piece in ([pieces] if isinstance(pieces, str) else pieces)]
    close = case.get("close", False)
    client, server = (keys.client(), keys.server("www.izin.test")) if keys else (None, None)
    origin_tls = OriginTLS.trusting(keys.bundle, "www.izin.test") if keys else None
    certificate = keys.certificate() if keys else None

    async with raw_origin(script, close=close, tls=server) as origin:
        direct = await talk(
            origin.port, request, ended=lambda: origin.heard and origin.heard[0].answered, tls=client
        )
        direct_heard = bytes(origin.heard[0].octets)
    async with (
        raw_origin(script, close=close, tls=server) as origin,
        front_door(origin.port, certificate=certificate, origin_tls=origin_tls) as rig,
    ):
        through = await talk(rig.port, request, ended=lambda: rig.record.outcomes, tls=client)
        heard = bytes(origin.heard[0].octets)
        ends = [end.value for _, _, end in rig.record.outcomes]

    assert len(_TO_ORIGIN.findall(heard)) == 4
    assert _TO_ORIGIN.sub(b"", heard) == (
        octets(case["origin_gets"]) if "origin_gets" in case else direct_heard
    )
    finals = _TO_CLIENT.findall(through.octets)
    assert len(finals) == 4
    assert _TO_CLIENT.sub(b"", through.octets) == (
        octets(case["client_gets"]) if "client_gets" in case else direct.octets
    )
    assert ends == ["origin-error" if case.get("broken") else "complete"]
    assert through.closed == (case.get("broken", False) or b"\r\nConnection: close\r\n" in through.octets)
