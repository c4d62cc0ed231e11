"""What every probe must do, whatever it is given: one suite for all of `PROBES`."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agents import catalogue
from gateway.certificates import FIELD, read_certificate
from gateway.identify import PROBES, identify, needs
from gateway.identify.address import verify_of
from gateway.identify.claim import Claims
from gateway.identify.client_certificate import Handed
from gateway.identify.identity import Evidence, Lookup, Unavailable
from gateway.identify.prefixes import Listed, Prefixes
from gateway.identify.reverse_dns import Reverse
from gateway.identify.web_bot_auth import SIGNATURE
from gateway.identify.weigh import BEARINGS
from gateway.licenses.proof import Proof, SignerKey
from gateway.record import CAPS
from gateway.request import Client, Request, read_target
from gateway.signatures import Cause, Outcome
from gateway.value import changed
from gateway.vocabulary import Reason
from tests.certificates import certificate, client_cert
from tests.identify.facts import AGENTS, GOOD, STALE
from tests.sites import license_, policy

KEYS = "https://satu.example/keys"
ASKING = {probe.name for probe in PROBES if probe.asks}
ITS = policy(
    agents=catalogue().with_(AGENTS),
    licenses=[
        license_("lama", ["GPTBot", "BothBot"], addresses=(ip_network("66.249.64.0/24"),)),
        license_(
            "baru", ["GPTBot", "BothBot"], proof=Proof(directory=KEYS, keys=(SignerKey("k" * 43, "{}"),))
        ),
    ],
)
CLAIMS = Claims(ITS.agents)

AGENTS_SAID = st.sampled_from(
    [None, "", "Mozilla/5.0 Firefox/131.0", "okhttp/4", "curl/8", "KecilBot/1 (+https://x.example)", "\x1b[31mBothBot/1"]
    + [f"{agent.name}/1.0" for agent in ITS.agents if agent.verify or agent.name in ("Feedly", "Slackbot")]
) | st.text(max_size=40)  # fmt: skip
ADDRESSES = st.sampled_from(
    ["66.249.64.7", "8.8.4.4", "10.0.0.1", "2001:4860::1", "::1", "", "x", "256.1.1.1", "1.2.3.4.5", "\x1b"]
) | st.ip_addresses().map(str)  # fmt: skip
REQUESTS = st.builds(
    lambda user_agent, address, certain, path, shown: Request(
        "GET", "https", "a", "a", read_target(path), Client(address, address, certain=certain),
        ({} if user_agent is None else {"user-agent": user_agent}) | shown,
    ),
    AGENTS_SAID, ADDRESSES, st.booleans(), st.sampled_from([b"/", b"/a b"]),
    st.sampled_from([{}, {"signature-input": "a=()"}, {FIELD: "x"}]),
)  # fmt: skip
CERTIFICATE = read_certificate(client_cert(certificate()))
EVIL = "evil\x1b[31m" * 100
ANSWERS = st.sampled_from(
    [
        None, 7, "", "x", EVIL, b"x", [], {}, GOOD, STALE, Unavailable(""), Unavailable(EVIL), Reverse(),
        Listed(EVIL, Prefixes(), EVIL, fresh=True), Reverse(confirmed="a." * 200), Reverse(unconfirmed="b." * 200),
        Reverse(foreign="c." * 200), Handed(None), Handed(CERTIFICATE), Handed(CERTIFICATE, Reason.CERTIFICATE_EXPIRED),
    ]
)  # fmt: skip


#: Directories and keys have passed the reader of policies, and so are short; causes are ours.
OUTCOMES = st.builds(
    Outcome, st.sampled_from(Cause), st.just(EVIL), st.sampled_from(["", KEYS, f"https://{'a' * 112}"]), st.just("k" * 43),
    st.booleans(),
)  # fmt: skip


@st.composite
def situations(draw):
    request = draw(REQUESTS)
    claim = CLAIMS.read(request.fields.get("user-agent"))
    asked = needs(request, claim, ITS)
    facts = {lookup: draw(ANSWERS) for lookup in asked if draw(st.booleans())}
    if draw(st.booleans()):
        facts[SIGNATURE] = draw(OUTCOMES | ANSWERS)
    return request, claim, facts


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
class TestEachProbe:
    @given(situation=situations())
    def test_it_finds_something_or_nothing_and_never_fails(self, probe, situation):
        request, claim, facts = situation
        found = probe.weigh(request, claim, ITS, facts)
        assert found is None or isinstance(found, Evidence)
        if found is not None:
            assert found.probe == probe.name
            assert found.finding in BEARINGS
            assert len(found.detail) <= CAPS["detail"]

    @given(situation=situations())
    def test_it_finds_the_same_again_and_changes_nothing(self, probe, situation):
        request, claim, facts = situation
        before = dict(facts)
        first = probe.weigh(request, claim, ITS, facts)
        assert probe.weigh(request, claim, ITS, dict(facts)) == first
        assert probe.spared(request, claim, ITS, facts) == probe.spared(request, claim, ITS, facts)
        assert facts == before

    @given(situation=situations())
    def test_it_asks_little_and_always_the_same(self, probe, situation):
        request, claim, _ = situation
        asked = probe.needs(request, claim, ITS)
        assert asked == probe.needs(request, claim, ITS)
        assert len(asked) <= 16
        for lookup in asked:
            assert isinstance(lookup, Lookup)
            assert len(lookup.key) <= 2000
            assert lookup.key.isascii()
            assert lookup.key.isprintable()
        assert not asked or probe.asks, "what asks the world is replayed from the record"

    @given(situation=situations())
    def test_without_facts_it_speaks_against_nobody(self, probe, situation):
        request, claim, _ = situation
        verify = verify_of(claim, ITS)
        by_heart = (
            verify is not None and verify.networks and not verify.ranges
        )  # what it is checked by is no fact
        if not probe.needs(request, claim, ITS) or by_heart:
            return
        found = probe.weigh(request, claim, ITS, {})
        assert found is None or BEARINGS[found.finding].name in ("OPEN", "SILENT")


@given(situation=situations())
def test_together_they_make_an_identity(situation):
    request, claim, facts = situation
    identity = identify(request, claim, ITS, facts)
    assert [one.probe for one in identity.evidence] == [
        probe.name for probe in PROBES if probe.name in {one.probe for one in identity.evidence}
    ]
    assert identity == identify(request, claim, ITS, facts)
    recorded = tuple(one for one in identity.evidence if one.probe in ASKING)
    kept = {name: value for name, value in request.fields.items() if name == "user-agent"}
    again = identify(changed(request, fields=kept), claim, ITS, {}, recorded)
    assert again == identity, "as it is replayed from the record"


def test_each_has_a_name_of_its_own():
    assert len({probe.name for probe in PROBES}) == len(PROBES)
    assert len(PROBES) <= 9, "an entry keeps nine findings"


def test_every_finding_is_weighed():
    assert set(BEARINGS) <= set(Reason)
    about_identity = {
        reason
        for reason in Reason
        if reason.value.startswith(
            ("claim-", "address-", "name-", "signature-", "check-", "agent-", "no-claim")
        )
    }
    of_no_probe = {Reason.CLAIM_CONTRADICTED, Reason.ADDRESS_BUSY}
    assert about_identity - BEARINGS.keys() == of_no_probe
