"""Claims weighed: believed where they cost, proved where they pay, and who may be spoken of by which rules."""

from ipaddress import ip_network

import pytest

from gateway.identify import address_matters, identify, subjects_of
from gateway.identify.claim import NO_CLAIM, Claim, Claims
from gateway.policy.model import Subject
from gateway.request import Client, Request, read_target
from gateway.vocabulary import Assurance, Kind, Purpose, Reason
from tests.sites import license_, policy

CLAIMS = Claims(policy().agents)
HELD = license_("lama", ["GPTBot"], addresses=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
AGAIN = license_("baru", ["gptbot", "curl"], addresses=(ip_network("192.0.2.0/30"),))
UNPROVABLE = license_("kertas", ["CCBot"])
POLICY = policy(licenses=[HELD, AGAIN, UNPROVABLE])


def weighed(user_agent: str, address: str = "203.0.113.7", *, certain: bool = True, its=POLICY):
    client = Client(address, address, certain=certain)
    request = Request("GET", "https", "a", "a", read_target(b"/"), client, {"user-agent": user_agent})
    return identify(request, CLAIMS.read(user_agent), its, {})


def found(identity) -> dict[str, tuple[Reason, str]]:
    return {evidence.probe: (evidence.finding, evidence.detail) for evidence in identity.evidence}


@pytest.mark.parametrize(
    ("user_agent", "kind", "assurance", "finding", "robots"),
    [
        ("", "people", "anonymous", "no-claim", None),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0", "people", "anonymous", "no-claim", None),
        ("okhttp/4.12", "people", "anonymous", "no-claim", None),
        ("GPTBot/1.3", "agents", "claimed", "claim-believed", "GPTBot"),
        ("CCBot/2.0", "agents", "claimed", "claim-believed", "CCBot"),
        ("AhrefsBot/7.0", "agents", "claimed", "claim-believed", "AhrefsBot"),
        ("curl/8.5.0", "tools", "claimed", "claim-believed", None),
        ("Googlebot/2.1", "agents", "claimed", "claim-checkable", "Googlebot"),
        ("Feedly/1.0", "agents", "claimed", "claim-unproved", "Feedly"),
        ("KecilBot/0.1 (+https://kecil.example/)", "agents", "claimed", "agent-unknown", "KecilBot"),
    ],
)
def test_a_claim_is_weighed_by_what_it_costs(user_agent, kind, assurance, finding, robots):
    identity = weighed(user_agent, its=policy())
    assert (identity.kind, identity.assurance, identity.robots) == (kind, assurance, robots)
    assert identity.evidence[0].finding == finding
    assert {one.finding for one in identity.evidence[1:]} <= {Reason.CHECK_UNAVAILABLE}, "nobody was asked"
    assert identity.unknown is (finding == "agent-unknown")
    assert identity.proved == identity.claimed == ()


@pytest.mark.parametrize(
    ("address", "certain", "finding", "detail"),
    [
        ("192.0.2.1", True, Reason.ADDRESS_PROVES_LICENSE, "lama baru"),
        ("192.0.2.9", True, Reason.ADDRESS_PROVES_LICENSE, "lama"),
        ("2001:db8::9", True, Reason.ADDRESS_PROVES_LICENSE, "lama"),
        ("203.0.113.7", True, Reason.ADDRESS_NOT_LICENSED, "lama"),
        ("192.0.2.1", False, Reason.ADDRESS_UNCERTAIN, "lama"),
    ],
)
def test_a_licensees_address(address, certain, finding, detail):
    identity = weighed("GPTBot/1.3", address, certain=certain)
    proved = tuple(detail.split()) if finding is Reason.ADDRESS_PROVES_LICENSE else ()
    assert found(identity)["licensed-address"] == (finding, detail)
    assert identity.proved == proved
    assert identity.assurance is (Assurance.CORROBORATED if proved else Assurance.CLAIMED)
    assert identity.kind is Kind.AGENTS, "without proof an ordinary claim, never an impostor"


def test_a_licensed_tool_may_prove_itself():
    assert weighed("curl/8.5.0", "192.0.2.2").proved == ("baru",)


@pytest.mark.parametrize("user_agent", ["", "Googlebot/2.1", "Mozilla/5.0 (X11) Firefox/131.0", "CCBot/2.0"])
def test_an_address_says_nothing_of_who_is_not_licensed_by_address(user_agent):
    assert "licensed-address" not in found(weighed(user_agent, "192.0.2.1"))
    assert not address_matters(CLAIMS.read(user_agent), POLICY)


def test_evidence_that_depends_on_the_address_is_said_to():
    assert address_matters(CLAIMS.read("GPTBot/1.3"), POLICY)
    assert not address_matters(CLAIMS.read("GPTBot/1.3"), policy())


def test_subjects_come_most_specific_first():
    claim = Claim(Kind.AGENTS, "GPTBot", "OpenAI", Purpose.AI_TRAIN)
    assert subjects_of(claim) == (
        "agent:gptbot",
        "operator:openai",
        "purpose:ai-train",
        "kind:agents",
        "everyone",
    )
    assert subjects_of(NO_CLAIM) == ("kind:people", "everyone")
    unknown = Claim(Kind.AGENTS, unknown=True, name="KecilBot")
    assert subjects_of(unknown) == ("agent:kecilbot", "unknown", "kind:agents", "everyone")
    ranks = {Subject.agent("x").rank: "agent", Subject.operator("x").rank: "operator", 0: "everyone"}
    assert [ranks[rank] for rank in sorted(ranks, reverse=True)] == ["agent", "operator", "everyone"]


@pytest.mark.parametrize(
    "name", ["GPTBot", "kind:people", "everyone", "unknown", "operator:google", "x" * 64]
)
def test_a_name_that_a_stranger_makes_up_is_only_ever_an_agents(name):
    subjects = subjects_of(Claim(Kind.AGENTS, unknown=True, name=name))
    assert subjects == (f"agent:{name.casefold()}", "unknown", "kind:agents", "everyone")


def test_evidence_is_short_and_safe_to_show():
    identity = weighed("GPTBot/1.3 " + "Googlebot/2.1 bingbot/2.0 \x1b[31m CCBot/2.0 AhrefsBot/7 " * 20)
    for evidence in identity.evidence:
        assert len(evidence.detail) <= 200
        assert evidence.detail.isprintable()


def test_the_same_proof_is_the_same_identity_under_its_policy_alone():
    other = policy(licenses=[license_("lain", ["GPTBot"], addresses=(ip_network("192.0.2.0/24"),))])
    once, again = (weighed("GPTBot/1.0", "192.0.2.9") for _ in range(2))
    assert once is again, "so that what is kept of it is looked up, not worked out"
    assert weighed("GPTBot/1.0", "192.0.2.9", its=other).proved == ("lain",)
    assert weighed("GPTBot/1.0", "198.51.100.9").proved == ()
    assert once.proved == ("lama",)
