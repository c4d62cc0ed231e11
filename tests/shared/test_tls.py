"""A server that is met by TLS: whom its authority vouches for is believed, and nobody else."""

import pytest
import trustme

from gateway.shared.address import parse_redis
from gateway.shared.begin import SharedError, Sharing, check, tls_of
from gateway.shared.line import Line, LostError, Why
from tests.engines import free_port, redis_server


async def met(addresses, ca, password):
    line = await Line.to(addresses[0], tls_of(Sharing(addresses, ca=ca)), password)
    await line.asked("PING")


async def test_only_whom_the_authority_vouches_for_is_believed(tmp_path):
    authority, other = trustme.CA(), trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(tmp_path / "kunci.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "sertifikat.pem")
    for name, one in (("ca.pem", authority), ("lain.pem", other)):
        one.cert_pem.write_to_path(tmp_path / name)
    port, plain = free_port(), free_port()
    flags = ["--tls-port", str(port), "--tls-auth-clients", "no", "--requirepass", "rahasia"]
    flags += ["--tls-cert-file", tmp_path / "sertifikat.pem", "--tls-key-file", tmp_path / "kunci.pem"]
    (tmp_path / "rusak.pem").write_text("bukan sertifikat")
    addresses = parse_redis(f"rediss://127.0.0.1:{port}?timeout=5")
    with redis_server(tmp_path / "redis", plain, *flags):
        line = await Line.to(addresses[0], tls_of(Sharing(addresses, ca=tmp_path / "ca.pem")), "rahasia")
        assert await line.asked("PING") == b"PONG"
        line.close()
        for ca, password, why in (
            (tmp_path / "lain.pem", "rahasia", Why.UNREACHABLE),
            (None, "rahasia", Why.UNREACHABLE),
            (tmp_path / "ca.pem", "salah", Why.REFUSED),
            (tmp_path / "ca.pem", "", Why.REFUSED),
        ):
            with pytest.raises(LostError) as lost:
                await met(addresses, ca, password)
            assert lost.value.why is why
            assert "rahasia" not in lost.value.said
    with pytest.raises(SharedError):
        check(Sharing(addresses, ca=tmp_path / "rusak.pem"))
