"""Connections that begin with a PROXY header and go on with TLS, on real sockets."""

import asyncio
import socket
import ssl

import pytest

from gateway.proxy.limits import Limits
from tests.engines import eventually
from tests.proxy.rig import front_door, raw_origin, talk
from tests.proxy.test_announced import OK, UNKNOWN, V1, V2, clients
from tests.proxy.test_tls import GET, Keys


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("tls"))


def door(origin, keys, **how):
    trusted = how.pop("trusted", ("127.0.0.0/8",))
    return front_door(origin.port, announced=True, certificate=keys.certificate(), trusted=trusted, **how)


def asked(port, keys, *pieces):
    """The answer to a request over TLS on a connection that begins with these pieces, the last of which goes out together with
    the handshake's first octets; empty if it was closed before."""
    came, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = keys.client().wrap_bio(came, out, server_hostname="www.izin.test")
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces[:-1]:
            line.sendall(piece)
        before = [pieces[-1]]

        def done(step, *words):
            while True:
                try:
                    answer, whole = step(*words), True
                except ssl.SSLWantReadError:
                    answer, whole = b"", False
                line.sendall(b"".join(before) + out.read())
                before.clear()
                if whole:
                    return answer
                if not (octets := line.recv(65_536)):
                    raise ConnectionResetError
                came.write(octets)

        try:
            done(tls.do_handshake)
            done(tls.write, GET)
            return done(tls.read, 1000)
        except ConnectionError:
            return b""


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
async def test_the_header_may_come_in_any_pieces_and_with_the_handshake(keys, header):
    cuts = [0, 1, 5, 11, 12, 13, 15, 16, 17, 27, len(header) - 1]
    async with raw_origin(OK * len(cuts)) as origin, door(origin, keys) as rig:
        for cut in cuts:
            got = await asyncio.to_thread(asked, rig.port, keys, header[:cut], header[cut:])
            assert got.startswith(b"HTTP/1.1 200")
        assert clients(rig) == [("203.0.113.7", True)] * len(cuts)
        assert {one.request.scheme for one in rig.record.decisions} == {"https"}
        assert "X-Forwarded-For: 203.0.113.7" in origin.heard[0].lines()
        assert rig.front.counters["handshakes-failed"] == rig.front.counters["unannounced"] == 0


async def test_a_header_that_names_nobody_leaves_the_balancer(keys):
    async with raw_origin(OK) as origin, door(origin, keys) as rig:
        assert await asyncio.to_thread(asked, rig.port, keys, UNKNOWN)
        assert clients(rig) == [("127.0.0.1", False)]


async def test_without_a_header_there_is_no_handshake(keys):
    limits = Limits(head_time=0.3, tick=0.05)
    async with raw_origin(OK) as origin, door(origin, keys, limits=limits) as rig:
        assert await asyncio.to_thread(asked, rig.port, keys, b"") == b""
        for octets in (GET, b"PROXY TCP4 x\r\n", b"PROX", b""):
            got = await talk(rig.port, octets, until_idle=5)
            assert (got.octets, got.closed) == (b"", True)
        assert rig.front.counters["unannounced"] == 5
        got = await talk(rig.port, V1 + GET, until_idle=5)  # in the clear
        assert got.closed
        assert b"HTTP" not in got.octets
        await eventually(lambda: not rig.front.connections and not rig.front.by_address)
        assert rig.front.counters["handshakes-failed"] == 1
        assert rig.record.decisions == []


async def test_only_trusted_proxies_may_send_one(keys):
    async with raw_origin(OK) as origin, door(origin, keys, trusted=("203.0.113.0/24",)) as rig:
        assert await asyncio.to_thread(asked, rig.port, keys, V1) == b""
        assert rig.front.counters["unannounced"] == 1


async def test_handshakes_are_counted_by_the_client_that_is_told_and_leave_when_told(keys):
    limits = Limits(connections_per_address=2)
    async with raw_origin(OK) as origin, door(origin, keys, limits=limits) as rig:
        mute = [await asyncio.open_connection("127.0.0.1", rig.port) for _ in range(4)]
        await eventually(lambda: rig.front.by_address == {"127.0.0.1": 4})
        for _, writer in mute[:3]:
            writer.write(V1)
        await eventually(lambda: rig.front.by_address == {"203.0.113.7": 2, "127.0.0.1": 1})
        rig.front.drain()
        for reader, writer in mute:
            assert await reader.read() == b""
            writer.close()
        await eventually(lambda: not rig.front.by_address)
