"""The script is right: the site has what the clients ask for, and the policy says what the script expects."""

from datetime import UTC, datetime

import pytest

from gateway.decision import Question
from gateway.demo.newsroom import CONTENT
from gateway.demo.script import Expectation, cast, differences
from gateway.demo.site import serving, site
from gateway.demo.stage import copy_policy
from gateway.demo.table import WIDTHS
from gateway.demo.wire import Answer, Ask, send
from gateway.identify import identify
from gateway.identify.claim import Claims
from gateway.lookups.folder import load
from gateway.policy.robots import RobotsFile
from gateway.rates.counters import Counters
from gateway.request import Client, Request, fold_host, read_target
from gateway.told.asking import counted
from gateway.vocabulary import Reason, Verdict

CAST = cast()
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BY_NAME = pytest.mark.parametrize("client", CAST, ids=lambda client: client.id)


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "policy"
    copy_policy(folder, NOW.date())
    return load(folder)


def asked(ask: Ask) -> Request:
    headers = {name.lower(): value for name, value in ask.headers}
    target = read_target(ask.target.encode())
    fault = Reason.MALFORMED_TARGET if target is None else None
    client = Client(ask.source, "127.0.0.0/24", private=True)
    return Request(
        ask.method, "http", headers["host"], fold_host(headers["host"]) or "", target, client, headers, fault
    )


@BY_NAME
def test_the_policy_says_what_the_script_expects(client, policy):
    request = asked(client.ask)
    identity = identify(request, Claims(policy.agents).read(request.user_agent), policy, {})
    robots = RobotsFile((CONTENT / "files" / "robots.txt").read_bytes())
    now = int(NOW.timestamp() * 1_000_000)
    question = Question(request, identity, policy, policy.host(request.host), now, robots)
    counters = Counters(b"")
    for _ in range(client.times):
        _, decision = counted(question, counters.take)

    expect = client.expect
    assert (decision.verdict, decision.rule) == (expect.verdict, expect.rule)
    assert identity.kind == expect.kind
    assert decision.status in (None, expect.status)
    assert expect.assurance in (None, identity.assurance)
    assert expect.reason is None or expect.reason in decision.reasons


@pytest.fixture(scope="module")
async def origin():
    async with serving(site(NOW)) as port:
        yield port


@BY_NAME
async def test_the_site_itself_answers_everybody_alike(client, origin):
    """Whatever is refused is refused by the gateway: the site alone would have served it, or has no such page."""
    answer = await send(client.ask, "127.0.0.1", origin)
    if client.expect.verdict == "allow":
        assert answer.status == client.expect.status
    elif "..%2f" in client.ask.target or "%zz" in client.ask.target:
        assert answer.status == 404
    else:
        assert answer.status == 200


def test_the_cast_is_what_a_newspaper_meets():
    kinds = {client.expect.kind for client in CAST}
    verdicts = {client.expect.verdict for client in CAST}
    assert {"people", "agents", "tools"} <= kinds
    assert verdicts == set(Verdict)
    assert len({client.id for client in CAST}) == len(CAST) >= 40


def test_names_fit_their_column():
    assert [client.id for client in CAST if max(map(len, client.name)) > WIDTHS[0]] == []


EXPECT = Expectation(403, "deny", "agents", "uses.ai-train", answer={"cache-control": "no-store"})
ANSWER = Answer(403, (("cache-control", "private, no-store"),), b"")
ENTRY = {
    "verdict": "deny",
    "rule": "uses.ai-train",
    "reasons": ["use-denied"],
    "identity": {"kind": "agents", "assurance": "claimed"},
}


class TestDifferences:
    def test_none_where_all_is_as_expected(self):
        assert list(differences(EXPECT, ANSWER, ENTRY)) == []

    def test_each_is_named(self):
        entry = {**ENTRY, "verdict": "allow", "rule": None}
        found = list(differences(EXPECT, Answer(200, (), b""), entry))
        assert found == [
            "status: expected 403, got 200",
            "cache-control: expected `no-store`, got `None`",
            "verdict: expected deny, got allow",
            "rule: expected uses.ai-train, got None",
        ]

    def test_a_request_that_was_not_recorded_is_one(self):
        assert list(differences(EXPECT, ANSWER, None)) == ["journal: expected a decision, found none"]

    def test_an_expected_reason_may_stand_anywhere_among_the_reasons(self):
        expect = Expectation(200, "allow", "agents", None, reason="robots-would-refuse")
        entry = {**ENTRY, "verdict": "allow", "rule": None, "reasons": ["nothing-forbids"]}
        assert list(differences(expect, Answer(200, (), b""), entry)) == [
            "reasons: expected `robots-would-refuse` among them, got nothing-forbids"
        ]
        entry["reasons"].append("robots-would-refuse")
        assert list(differences(expect, Answer(200, (), b""), entry)) == []
