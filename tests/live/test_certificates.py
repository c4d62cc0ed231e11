"""A partner with a client certificate, behind a proxy that ends TLS: it is let in, and nobody can say so but that proxy."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.certificates import ISSUER, certificate, client_cert, current
from tests.live import rig
from tests.live.rig import izin

PARTNER = "GPTBot/1.3"
PROOF = f'{{mtls: {{san: perayap.contoh.example, issuer: "{ISSUER}"}}}}'
HELD = client_cert(current(names=("perayap.contoh.example",)))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    policy = rig.write_policy(folder / "policy")
    rig.write_license(policy, proof=PROOF)
    flags = ("--trusted-proxies", "127.0.0.1, 127.0.0.2", "--certificate-proxies", "127.0.0.1")
    with rig.echoing() as origin, rig.serving(folder, policy, origin, *flags) as gateway:
        yield gateway


def ask(gateway, certificate=HELD, user_agent=PARTNER, **more):
    return gateway.ask("/a", user_agent, Client_Cert=certificate, X_Forwarded_For="198.51.100.7", **more)


def test_the_proxy_that_ends_tls_lets_a_partner_in(gateway):
    assert gateway.ask("/a", PARTNER, X_Forwarded_For="198.51.100.7").status == 403
    answer = ask(gateway)
    assert (answer.status, answer["cache-control"]) == (200, "private, no-store")
    assert f"Client-Cert: {HELD}".encode() in answer.body, "the origin may want it too"
    entry = gateway.decision(answer)
    assert (entry["rule"], entry["reasons"]) == (
        "license.contoh-2026",
        ["license-covers", "certificate-proves-license"],
    )
    (found,) = [one for one in entry["identity"]["evidence"] if one["probe"] == "client-certificate"]
    assert found["detail"].startswith("contoh-2026; sha256:")
    assert HELD[1:60] not in json.dumps(gateway.entries()) + gateway.program.output()
    assert gateway.ask("/a", PARTNER, X_Forwarded_For="198.51.100.7").status == 403, "nothing is remembered"
    replayed = json.loads(gateway.izin("replay", str(gateway.policy), str(gateway.journal), "--json"))
    assert (replayed["changed"], replayed["unreplayable"]) == (0, 0)


@pytest.mark.parametrize("source", ["127.0.0.2", "127.0.0.3"], ids=["another trusted proxy", "a stranger"])
def test_nobody_else_can_say_so(gateway, source):
    assert ask(gateway, source=source).status == 403
    reader = ask(gateway, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", source=source)
    assert reader.status == 200
    assert b"client-cert" not in reader.body.lower()


def test_what_is_no_certificate_of_the_license_proves_nothing(gateway):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    wrong = {
        "certificate-not-licensed": client_cert(current(names=("lain.example",))),
        "certificate-expired": client_cert(certificate(names=("perayap.contoh.example",), ends=yesterday)),
        "certificate-unreadable": HELD[:-9] + ":",
    }
    for finding, handed in wrong.items():
        answer = ask(gateway, handed)
        assert answer.status == 403
        assert finding in {one["finding"] for one in gateway.decision(answer)["identity"]["evidence"]}


def test_explain_says_what_a_certificate_would_do(gateway):
    words = ("--user-agent", PARTNER, "--path", "/a", "--header", f"Client-Cert: {HELD}", "--json")
    assert json.loads(izin("explain", str(gateway.policy), *words))["license"] == "contoh-2026"
