"""Whose request a signed one is: what a verified signature does to a claim, and what no signature does."""

import pytest

from gateway.agents import Agent, Registry, Verify
from gateway.identify import identify
from gateway.identify.claim import Claims
from gateway.identify.web_bot_auth import SIGNATURE, directories_of, pinned_by
from gateway.licenses.proof import Proof, SignerKey
from gateway.request import SIGNED
from gateway.signatures import Cause, Outcome
from gateway.value import changed
from gateway.vocabulary import Assurance, Kind, Purpose, Reason
from tests.identify.facts import request
from tests.signatures.signing import Signer
from tests.sites import license_, policy

OURS, THEIRS, LICENSED = "https://satu.example/keys", "https://dua.example/keys", "https://tiga.example/keys"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/138.0.0.0 Safari/537.36"
SIGNER = Signer()


def agent(name, operator, address, purpose=Purpose.AI_INPUT, match=None):
    match = (name,) if match is None else match
    return Agent(
        name=name, operator=operator, match=match, purpose=purpose, verify=Verify(directories=(address,))
    )


AGENTS = Registry(
    [
        agent("SatuBot", "Satu", OURS, Purpose.SEARCH),
        agent("Satu Agent", "Satu", f"{OURS}?v=1", match=()),
        agent("DuaBot", "Dua", THEIRS, Purpose.AI_TRAIN),
        agent("DuaSearch", "Dua", THEIRS, Purpose.SEARCH),
        Agent(name="TigaBot", operator="Tiga", match=("TigaBot",), purpose=Purpose.AI_INPUT),
        Agent(name="curl", operator="Alat", match=("curl",), kind=Kind.TOOLS),
    ]
)
POLICY = policy(
    agents=AGENTS,
    licenses=[
        license_("dir", ["TigaBot"], proof=Proof(directory=LICENSED)),
        license_("kunci", ["TigaBot", "SatuBot"], proof=Proof(keys=(SignerKey("k" * 43, "{}"),))),
    ],
)
CLAIMS = Claims(AGENTS)


def weighed(user_agent, address="", keyid="x" * 43, cause=Cause.OK, **more):
    signed = request(user_agent)
    signed = changed(signed, fields={**signed.fields, SIGNED: "…"})
    fact = {SIGNATURE: Outcome(cause, "sig1", address, keyid, **more)}
    return identify(signed, CLAIMS.read(user_agent), POLICY, fact)


@pytest.mark.parametrize(
    ("user_agent", "address", "name", "assurance", "finding"),
    [
        # who names nobody is its signer's agent: the one that no User-Agent tells, else the one whose claim costs most
        (CHROME, OURS, "Satu Agent", "signed", "signature-verified"),
        (CHROME, THEIRS, "DuaBot", "signed", "signature-verified"),
        ("", OURS, "Satu Agent", "signed", "signature-verified"),
        ("curl/8", OURS, "Satu Agent", "signed", "signature-verified"),
        ("BaruBot/1.0 (+https://baru.example)", OURS, "Satu Agent", "signed", "signature-verified"),
        # who names one of the signer's is that one
        ("SatuBot/1.0", OURS, "SatuBot", "signed", "signature-verified"),
        ("DuaSearch/1.0", THEIRS, "DuaSearch", "signed", "signature-verified"),
        # who names another's is judged as that, and the signature is foreign to it
        ("SatuBot/1.0", THEIRS, "SatuBot", "claimed", "signature-foreign"),
        ("DuaBot/1.0", OURS, "DuaBot", "claimed", "signature-foreign"),
        ("TigaBot/1.0", OURS, "TigaBot", "claimed", "signature-foreign"),
        # a license names a directory too
        ("TigaBot/1.0", LICENSED, "TigaBot", "signed", "signature-proves-license"),
        (CHROME, LICENSED, "TigaBot", "signed", "signature-proves-license"),
        ("SatuBot/1.0", LICENSED, "SatuBot", "claimed", "signature-foreign"),
    ],
)
def test_whose_a_verified_request_is(user_agent, address, name, assurance, finding):
    identity = weighed(user_agent, address)
    assert (identity.agent, identity.assurance, identity.kind) == (name, assurance, "agents")
    (found,) = [one for one in identity.evidence if one.probe == "web-bot-auth"]
    assert found.finding == finding
    assert found.detail.endswith(f"{address} {'x' * 43}")


def test_a_browser_that_signs_says_nothing_of_itself():
    first, *_ = weighed(CHROME, OURS).evidence
    assert (first.probe, first.finding) == ("user-agent", Reason.NO_CLAIM)
    first, *_ = weighed("curl/8", OURS).evidence
    assert first.detail == "curl"


def test_a_pinned_key_proves_the_licenses_that_name_it_to_the_agents_they_name():
    identity = weighed("TigaBot/1.0", "", "k" * 43)
    assert (identity.proved, identity.assurance) == (("kunci",), Assurance.SIGNED)
    assert weighed("SatuBot/1.0", OURS, "k" * 43).proved == ("kunci",)
    assert weighed("DuaBot/1.0", "", "k" * 43).proved == ()
    assert weighed("TigaBot/1.0", LICENSED).proved == ("dir",)
    identity = weighed("TigaBot/1.0", LICENSED, "k" * 43, stale=True)
    assert identity.proved == ("dir", "kunci")
    assert identity.evidence[1].detail == f"dir kunci; {LICENSED} {'k' * 43} stale"


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not Cause.OK])
@pytest.mark.parametrize("user_agent", [CHROME, "SatuBot/1.0", "DuaBot/1.0", "curl/8", "TigaBot/1.0"])
def test_a_signature_that_is_not_verified_makes_nobody_anything(user_agent, cause):
    plain = identify(request(user_agent), CLAIMS.read(user_agent), POLICY, {})
    identity = weighed(user_agent, OURS, "k" * 43, cause)
    assert changed(identity, evidence=()) == changed(plain, evidence=())
    assert identity.proved == ()


def test_what_a_policy_names_is_what_may_be_asked_and_what_is_pinned():
    assert directories_of(POLICY) == {OURS, THEIRS, LICENSED}
    key = SignerKey(SIGNER.keyid, str(SIGNER.jwk).replace("'", '"'))
    held = policy(agents=AGENTS, licenses=[license_("a", ["TigaBot"], proof=Proof(keys=(key,)))])
    assert [*pinned_by(held)] == [SIGNER.keyid]
