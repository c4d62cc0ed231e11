"""Signed requests before a whole gateway: a key directory on loopback, and a client that is not ours signs."""

import json
import time

import pytest

from tests.engines import until
from tests.live.directory import directory
from tests.live.rig import HOST, replace, serving, write_license, write_policy
from tests.signatures.signing import Signer

CHROME = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
AGENTS = """\
operator: PT Penanda
agents:
  - name: PenandaBot
    purpose: search
    verify: {{directories: ["{0}"]}}
  - name: Peramban Penanda
    match: []
    purpose: ai-input
    verify: {{directories: ["{0}/"]}}
"""


LICENSEE = Signer()


@pytest.fixture(scope="module")
def signer():
    return Signer()


@pytest.fixture(scope="module")
def its(tmp_path_factory):
    with directory(tmp_path_factory.mktemp("directory")) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, stub, its, signer):
    folder = tmp_path_factory.mktemp("gateway")
    its.keys.append(signer.jwk)
    policy = write_policy(folder / "policy")
    (policy / "agents").mkdir()
    replace(policy / "agents" / "penanda.yaml", AGENTS.format(its.origin))
    proof = f"{{web-bot-auth: {{keys: [{json.dumps(LICENSEE.jwk)}]}}}}"
    write_license(policy, "kunci", agents="CCBot, ClaudeBot", proof=proof)
    with serving(folder, policy, stub, "--directories-inside", env=its.env) as found:
        yield found


@pytest.fixture(scope="module")
def asks(gateway, its, signer):
    """Ask with a signature, on a gateway that has the keys."""

    def ask(target="/", user_agent=CHROME, by=signer, agent=f'"{its.origin}"', now=None, host=HOST, **how):
        headers = by.sign(
            f"http://{how.pop('signed_host', host)}{target}", agent, ("@authority", "signature-agent"), now=now or time.time(),
            nonce=how.pop("nonce", None),
        )  # fmt: skip
        fields = {name.lower().replace("-", "_"): value for name, value in headers.items()}
        return gateway.decision(gateway.ask(target, user_agent, host=host, **fields, **how))

    first = ask()
    assert found(first) == ("signature-unverified", ""), "of people no detail is recorded"
    assert (first["identity"]["kind"], first["verdict"]) == ("people", "allow"), "nobody is refused for that"
    until(lambda: gateway.metric("izin_directories_at_hand") == 1, 10)
    return ask


def found(entry):
    for one in entry["identity"]["evidence"]:
        if one["probe"] == "web-bot-auth":
            return one["finding"], one["detail"]
    return None


def test_a_browser_that_signs_is_its_operators_agent(gateway, asks, its, signer):
    entry = asks()
    identity = entry["identity"]
    address = f"{its.origin}/.well-known/http-message-signatures-directory"
    assert found(entry) == ("signature-verified", f"{address} {signer.keyid}")
    assert (identity["agent"], identity["operator"], identity["assurance"], identity["kind"]) == (
        *("Peramban Penanda", "PT Penanda", "signed"),
        "agents",
    )
    assert (entry["verdict"], entry["rule"]) == ("deny", "uses.ai-input")
    assert gateway.decision(gateway.ask("/", CHROME))["identity"]["kind"] == "people", "without a signature"
    named = asks(user_agent="PenandaBot/1.0")
    assert (named["identity"]["agent"], named["identity"]["assurance"]) == ("PenandaBot", "signed")
    assert named["verdict"] == "allow"
    assert its.asked == ["/.well-known/http-message-signatures-directory"], "once for all"
    (event,) = gateway.events("key-directory")
    assert (event["details"]["directory"], event["details"]["keys"]) == (address, [signer.keyid])
    kept = gateway.journal / "texts" / event["details"]["digest"].removeprefix("sha256:")
    assert json.loads(kept.read_text()) == {"keys": [signer.jwk]}


@pytest.mark.usefixtures("asks")  # by then the gateway has the keys
def test_a_signer_is_told_what_became_of_its_signature(gateway, its, signer):
    for host, said in ((HOST, "signature-verified"), ("other.example", "signature-invalid")):
        headers = signer.sign(
            f"http://{host}/_izin/whoami",
            f'"{its.origin}"',
            ("@authority", "@path", "signature-agent"),
            now=time.time(),
        )
        fields = {name.lower().replace("-", "_"): value for name, value in headers.items()}
        answer = gateway.ask("/_izin/whoami", CHROME, accept="application/json", **fields)
        assert said in answer.body.decode()


def test_a_signature_that_does_not_hold_changes_nothing(asks):
    for how, finding, detail in (
        ({"signed_host": "other.example"}, "signature-invalid", "bad-signature"),
        ({"now": time.time() - 3600}, "signature-invalid", "expired"),
        ({"by": Signer()}, "signature-unverified", "key-not-in-directory"),
        ({"agent": '"https://stranger.example"'}, "signature-unverified", "directory-not-known"),
    ):
        entry = asks(**how)
        assert found(entry) == (finding, "")
        assert (entry["identity"]["kind"], entry["identity"]["assurance"]) == ("people", "anonymous")
        named = asks(user_agent="PenandaBot/1.0", **how)
        assert found(named) == (finding, detail)
        assert (named["identity"]["assurance"], named["verdict"]) == ("claimed", "allow")


def test_signed_requests_are_counted(gateway, asks):
    before = gateway.metric("izin_signatures_total")
    asks()
    gateway.ask("/", CHROME)
    assert gateway.metric("izin_signatures_total") == before + 1


def test_a_foreign_signature_makes_no_agent_signed(asks):
    entry = asks(user_agent="GPTBot/1.3")
    assert found(entry)[0] == "signature-foreign"
    assert (entry["identity"]["agent"], entry["identity"]["assurance"]) == ("GPTBot", "claimed")
    assert entry["rule"] == "uses.ai-train"


def test_a_licensee_proves_itself_by_the_key_that_its_license_names(asks):
    by = {"by": LICENSEE, "agent": '"https://stranger.example"', "user_agent": "CCBot/2.0"}
    entry = asks(**by)
    assert found(entry) == ("signature-proves-license", f"kunci; - {LICENSEE.keyid}")
    assert (entry["verdict"], entry["rule"], entry["license"]) == ("allow", "license.kunci", "kunci")
    assert entry["identity"]["assurance"] == "signed"
    for more, why in (
        ({"user_agent": "GPTBot/1.3"}, ("signature-foreign", f"- {LICENSEE.keyid}")),
        ({"now": time.time() - 3600}, ("signature-invalid", "expired")),
        ({"by": Signer()}, ("signature-unverified", "directory-not-known")),
    ):
        entry = asks(**{**by, **more})
        assert found(entry) == why
        assert (entry["verdict"], entry["license"]) == ("deny", None)


def test_what_was_signed_is_replayed_from_the_record(gateway, asks):
    asks()
    replayed = json.loads(gateway.izin("replay", str(gateway.policy), str(gateway.journal), "--json"))
    assert (replayed["changed"], replayed["unreplayable"]) == (0, 0)
    (last, *_) = [
        one for one in gateway.entries("decision") if found(one) and one["identity"]["assurance"] == "signed"
    ]
    assert "permintaannya ditandatangani" in " ".join(gateway.izin("audit", "show", last["id"]).split())


def test_keys_outlive_a_restart_and_a_rotated_one_is_found(tmp_path, gateway, asks, stub, its, signer):
    before, after = asks(), Signer()
    address = f"{its.origin}/.well-known/http-message-signatures-directory"
    assert found(before) == ("signature-verified", f"{address} {signer.keyid}")
    gateway.program.process.terminate()
    gateway.program.process.wait(10)
    its.keys[:] = [after.jwk]
    with serving(
        tmp_path, gateway.policy, stub, "--directories-inside", journal=gateway.journal, env=its.env
    ) as again:

        def ask(by):
            headers = by.sign(
                f"http://{HOST}/", f'"{its.origin}"', ("@authority", "signature-agent"), now=time.time()
            )
            fields = {name.lower().replace("-", "_"): value for name, value in headers.items()}
            return found(again.decision(again.ask("/", "PenandaBot/1.0", **fields)))

        assert ask(signer)[0] == "signature-verified", "at once, by the keys on disk"
        assert ask(after) == ("signature-unverified", "key-not-in-directory")
        until(lambda: ask(after) == ("signature-verified", f"{address} {after.keyid}"), 10)
        assert ask(signer) == ("signature-unverified", "key-not-in-directory"), "it was taken back"
        assert len(its.asked) == 2
