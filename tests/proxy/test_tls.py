"""TLS on both sides of the front door, on real sockets, with certificates made for the test."""

import asyncio
import os
import resource
import socket
import ssl
import threading
from itertools import count
from pathlib import Path

import pytest
import trustme

from gateway.policy.model import Origin
from gateway.proxy.limits import Limits
from gateway.proxy.origin_tls import OriginTLS
from gateway.proxy.tls import CertificateError, ServerCertificate
from gateway.vocabulary import End
from tests.engines import eventually
from tests.proxy.rig import front_door, raw_origin, read_message, talk

GET = b"GET /a HTTP/1.1\r\nHost: www.izin.test\r\n\r\n"
OK = [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"]


class Keys:
    """An authority, and the files of a certificate of www.izin.test signed by it."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.bundle, self.chain, self.key = folder / "ca.pem", folder / "chain.pem", folder / "key.pem"
        self.ca.cert_pem.write_to_path(self.bundle)
        self.first = self.write()

    def write(self) -> trustme.LeafCert:
        leaf = self.ca.issue_cert("www.izin.test")
        self.chain.write_bytes(b"".join(one.bytes() for one in leaf.cert_chain_pems))
        leaf.private_key_pem.write_to_path(self.key)
        return leaf

    def certificate(self) -> ServerCertificate:
        return ServerCertificate(self.chain, self.key)

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.bundle)

    def server(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*names).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("tls"))


# -- the listener


async def test_a_client_speaks_tls_and_the_origin_is_told(keys):
    async with raw_origin(OK) as origin, front_door(origin.port, certificate=keys.certificate()) as rig:
        got = await talk(rig.port, GET + GET, tls=keys.client())
        assert got.octets.count(b"\r\n\r\nabc") == 2
        assert not got.closed
        lines = origin.heard[0].lines()
        assert "X-Forwarded-Proto: https" in lines
        assert any(line.startswith("Forwarded: ") and "proto=https" in line for line in lines)
        assert {one.request.scheme for one in rig.record.decisions} == {"https"}
        assert rig.front.by_address == {"127.0.0.1": 1} or not rig.front.connections


async def test_it_speaks_http11_in_tls_12_and_13_only(keys):
    def shake_hands(port: int, low: ssl.TLSVersion, high: ssl.TLSVersion) -> tuple[str | None, str | None]:
        context = keys.client()
        context.set_alpn_protocols(["h2", "http/1.1"])
        context.minimum_version, context.maximum_version = low, high
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as line,
            context.wrap_socket(line, server_hostname="www.izin.test") as secured,
        ):
            return secured.selected_alpn_protocol(), secured.version()

    one, two, three = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
    async with raw_origin(OK) as origin, front_door(origin.port, certificate=keys.certificate()) as rig:
        assert await asyncio.to_thread(shake_hands, rig.port, two, two) == ("http/1.1", "TLSv1.2")
        assert await asyncio.to_thread(shake_hands, rig.port, two, three) == ("http/1.1", "TLSv1.3")
        with (
            pytest.warns(DeprecationWarning, match="TLSv1_1"),
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            await asyncio.to_thread(shake_hands, rig.port, one, one)
        assert rig.record.decisions == []


async def test_what_is_no_handshake_reaches_nobody_and_does_not_stay(keys):
    limits = Limits(head_time=0.3, connections_per_address=3, tick=0.05)
    door = front_door(1, certificate=keys.certificate(), limits=limits)
    async with door as rig:
        got = await talk(rig.port, GET)  # in the clear
        assert got.closed
        assert b"HTTP" not in got.octets
        mute = [await asyncio.open_connection("127.0.0.1", rig.port) for _ in range(4)]
        await eventually(lambda: rig.front.counters["connections-refused"] == 1)  # they count from the first
        await eventually(lambda: not rig.front.connections)  # and have a deadline
        assert rig.front.counters["handshakes-failed"] == 4
        assert not rig.front.by_address
        for _, writer in mute:
            writer.close()
        assert rig.record.decisions == []


async def test_where_no_file_is_left_a_connection_is_closed_and_not_counted_for_ever(keys):
    """The handshake takes a descriptor more than the connection has."""
    async with raw_origin(OK) as origin, front_door(origin.port, certificate=keys.certificate()) as rig:
        line = socket.create_connection(("127.0.0.1", rig.port), timeout=5)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (second_free_descriptor(), hard))
        try:
            await eventually(lambda: rig.front.counters["connections-refused"] or rig.front.connections)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        with line:
            assert await asyncio.to_thread(line.recv, 1) == b""
        assert not rig.front.connections
        got = await talk(rig.port, GET, tls=keys.client())
        assert got.status == 200


def second_free_descriptor():
    """As the bound of what may be open, it leaves room for one."""
    free = []
    for number in count():
        try:
            os.fstat(number)
        except OSError:
            free.append(number)
            if len(free) == 2:
                return number
    raise AssertionError("all are taken")


async def test_a_refusal_over_tls_arrives_whole_although_the_body_was_not_read(keys):
    post = (
        b"POST /k HTTP/1.1\r\nHost: a\r\nUser-Agent: GPTBot\r\nContent-Length: 300000\r\n\r\n"
        + b"x" * 200_000
    )
    limits = Limits(linger_time=0.2, tick=0.05)
    door = front_door(1, certificate=keys.certificate(), limits=limits)
    async with door as rig:
        got = await talk(rig.port, post, tls=keys.client(), until_idle=3)
        assert got.status == 403
        assert got.octets.endswith(b"ditolak\n")
        assert got.closed


async def test_a_renewed_certificate_counts_for_the_next_connection(tmp_path):
    def serial(port: int) -> int:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as line,
            keys.client().wrap_socket(line, server_hostname="www.izin.test") as secured,
        ):
            return int(secured.getpeercert()["serialNumber"], 16)

    keys = Keys(tmp_path)
    certificate = keys.certificate()
    async with raw_origin(OK) as origin, front_door(origin.port, certificate=certificate) as rig:
        before = await asyncio.to_thread(serial, rig.port)
        old = await asyncio.open_connection(
            "127.0.0.1", rig.port, ssl=keys.client(), server_hostname="www.izin.test"
        )
        assert not certificate.changed()

        chain, key = keys.chain.read_bytes(), keys.key.read_bytes()
        keys.write()
        renewed = keys.key.read_bytes()
        keys.key.write_bytes(key)  # as while one of the two is already new
        assert certificate.changed()
        with pytest.raises(CertificateError, match="not the one of the certificate"):
            certificate.reload()
        assert await asyncio.to_thread(serial, rig.port) == before

        keys.key.write_bytes(renewed)
        assert certificate.changed()
        certificate.reload()
        assert await asyncio.to_thread(serial, rig.port) != before
        assert keys.chain.read_bytes() != chain
        old[1].write(GET)  # a connection under way goes on
        assert (await old[0].readuntil(b"abc")).startswith(b"HTTP/1.1 200")
        old[1].close()


def test_a_file_that_goes_while_it_is_read_is_said_to_be_gone(tmp_path):
    """As certbot takes a link away before it makes the next one. Who watches over the files goes on."""
    keys = Keys(tmp_path)
    certificate, chain = keys.certificate(), keys.chain.read_bytes()
    keys.chain.unlink()
    os.mkfifo(keys.chain)

    def read_once():
        with keys.chain.open("wb") as file:
            keys.chain.unlink()
            file.write(chain)

    thread = threading.Thread(target=read_once)
    thread.start()
    with pytest.raises(CertificateError, match="cannot be read: no such file") as found:
        certificate.reload()
    thread.join()
    assert found.value.hint
    keys.chain.write_bytes(chain)
    certificate.reload()


def test_what_is_no_pair_is_said_in_plain_words(tmp_path):
    keys = Keys(tmp_path)
    locked = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGjMF8GCSqGSIb3DQEFDTBS\n-----END ENCRYPTED PRIVATE KEY-----\n"
    good, other = keys.key.read_bytes(), trustme.CA().issue_cert("a").private_key_pem.bytes()
    for octets, words in (
        (other, "not the one of the certificate"),
        (b"", "are no certificate and key in PEM"),
        (good[:200], "are no certificate and key in PEM"),
        (locked, "key"),
        (None, "cannot be read: no such file"),
    ):
        keys.key.unlink()
        if octets is not None:
            keys.key.write_bytes(octets)
        with pytest.raises(CertificateError, match=words) as found:
            keys.certificate()
        assert found.value.hint
        keys.key.write_bytes(good)
    keys.certificate()
    with pytest.raises(CertificateError, match=r"no certificates in PEM|cannot be read"):
        OriginTLS.trusting(keys.key)


# -- the origin


async def test_the_origin_is_met_over_tls_by_the_name_it_must_show(keys):
    names = []
    context = keys.server("asal.izin.test")
    context.sni_callback = lambda _connection, name, _context: names.append(name)
    tls = OriginTLS.trusting(keys.bundle, "asal.izin.test")
    async with raw_origin(OK, tls=context) as origin, front_door(origin.port, origin_tls=tls) as rig:
        got = await talk(rig.port, GET + GET)
        assert got.octets.count(b"\r\n\r\nabc") == 2
        assert names == ["asal.izin.test"]  # one handshake serves both
        assert origin.heard[0].lines()[1] == "Host: www.izin.test"
        assert "X-Forwarded-Proto: http" in origin.heard[0].lines()


def test_the_name_is_the_host_of_the_origin_unless_it_is_said(keys):
    assert OriginTLS.trusting(keys.bundle).name_of(Origin("https", "[::1]", 1)) == "::1"
    assert OriginTLS.trusting(keys.bundle, "a.b").name_of(Origin("https", "c.d", 1)) == "a.b"


@pytest.mark.parametrize("wrong", ["authority", "name", "plain"])
async def test_an_origin_that_is_not_the_one_gets_nothing_and_the_client_502(keys, capsys, wrong):
    other = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (other if wrong == "authority" else keys.ca).issue_cert(
        "lain.izin.test" if wrong == "name" else "asal.izin.test"
    ).configure_cert(context)
    tls = OriginTLS.trusting(keys.bundle, "asal.izin.test")

    async def plain(reader, writer, heard):
        heard.octets += await reader.read(65_536)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    async with (
        raw_origin(plain) if wrong == "plain" else raw_origin(OK, tls=context) as origin,
        front_door(origin.port, origin_tls=tls) as rig,
    ):
        got = await talk(rig.port, GET)
        assert got.status == 502
        assert rig.record.outcomes == [(502, len(b"ditolak\n"), End.ORIGIN_ERROR)]
        await eventually(lambda: all(heard.closed for heard in origin.heard))
        assert all(b"HTTP" not in heard.octets for heard in origin.heard)
    assert "no TLS with the origin" in capsys.readouterr().out


async def test_an_answer_until_the_end_is_whole_only_if_tls_says_so(keys):
    async def cut(reader, writer, heard):
        await read_message(reader, heard)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nabc")
        await writer.drain()
        if b"/putus" in heard.octets:  # TCP ends and TLS does not: anybody on the way can do that
            with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as line:
                line.shutdown(socket.SHUT_WR)

    tls = OriginTLS.trusting(keys.bundle, "asal.izin.test")
    door = raw_origin(cut, tls=keys.server("asal.izin.test"))
    async with door as origin, front_door(origin.port, origin_tls=tls) as rig:
        for target in (b"/a", b"/putus"):
            assert (await talk(rig.port, GET.replace(b"/a", target))).octets.endswith(b"\r\n\r\nabc")
        await eventually(lambda: len(rig.record.outcomes) == 2)
        assert [end for _, _, end in rig.record.outcomes] == [End.COMPLETE, End.ORIGIN_ERROR]
