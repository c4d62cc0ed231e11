"""Readers first: whoever is no AI is served by every policy that comes with the project, whatever else has failed.

The clients are the tables of `cases/user-agents` that have a `category`. The conditions are those of a bad day: DNS
does not answer, no list was ever fetched, the client seems to sit on a content delivery network's edge or inside.
"""

from collections import Counter
from ipaddress import ip_network

import pytest

from gateway.decide import Question, decide
from gateway.identify import identify, needs
from gateway.identify.address import EDGES
from gateway.identify.identity import Lookup, Unavailable
from gateway.identify.prefixes import Listed, Prefixes
from gateway.vocabulary import AI_PURPOSES, Assurance, Kind, Verdict
from tests.deciding import MORNING, claims_of, instant, policy_of, request_of
from tests.identify.test_claim import table

READERS = [*table("people"), *table("welcome")]
POLICIES = ("antara", "jawaban", "nusantara")
CATEGORIES = {
    *("browser", "proxy browser", "in-app browser", "small phone", "television", "screen reader or text"),
    *("app", "look-alike", "nameless", "search", "search console", "AMP cache", "feed", "podcast", "preview"),
    *("ads", "archive", "monitor", "for a reader or the site"),
}
#: What has failed, and from where the client comes. What a check would find on a good day is not asked here.
BAD_DAYS = {
    "nothing can be looked up": {"from": "203.0.113.7"},
    "the address is not certain": {"from": "203.0.113.7", "certain": False},
    "on an edge": {"from": "104.16.9.9"},
    "on an edge that is listed": {"from": "198.51.100.9"},
    "inside": {"from": "10.1.2.3"},
    "on this machine, by IPv6": {"from": "::1"},
    "at a carrier": {"from": "100.64.3.4"},
}
EDGE = Listed("ips-v4", Prefixes([ip_network("198.51.100.0/24")]), "2026-11-23", fresh=True)


def judged(row, policy_name, day, **more):
    """Identity and decision of a reader on a bad day, and whether it is certain to be one."""
    policy = policy_of({"policy": policy_name})
    request = request_of({"as": row["user-agent"], "path": "/berita/1", **day, **more}, policy)
    claim = claims_of(policy).read(request.fields.get("user-agent"))
    facts = {asked: Unavailable("DNS: ARES_ETIMEOUT") for asked in needs(request, claim, policy)}
    facts[Lookup("ranges", EDGES[0])] = EDGE
    identity = identify(request, claim, policy, facts)
    now = instant(MORNING, policy)
    host = policy.host(request.host)
    return identity, decide(Question(request, identity, policy, host, now))


@pytest.mark.parametrize("day", BAD_DAYS.values(), ids=BAD_DAYS)
@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_serves_every_reader_on_every_bad_day(policy, day):
    hosts = policy_of({"policy": policy}).hosts
    for number, row in enumerate(READERS):
        host = hosts[(number + len(day.get("from", ""))) % len(hosts)].pattern.replace("*.", "x.")
        identity, decision = judged(row, policy, day, host=host)
        assert identity.kind not in {Kind.IMPOSTORS, Kind.TOOLS}, row
        assert identity.assurance is not Assurance.CONTRADICTED, row
        assert identity.purpose not in AI_PURPOSES, row
        assert decision.verdict is Verdict.ALLOW, row
        assert decision.status is None, row


def test_each_category_is_there_and_together_they_are_many():
    counted = Counter(row["category"] for row in READERS)
    assert counted.keys() == CATEGORIES
    assert min(counted.values()) >= 2
    assert len({row["user-agent"] for row in READERS}) == len(READERS) >= 450
    assert len({row["user-agent"] for row in table("people")}) >= 220


#: Words that name a crawler in a reader's request, where they are no claim.
ELSEWHERE = [
    {"headers": {"Referer": "https://www.google.com/search?q=GPTBot"}},
    {"headers": {"Referer": "https://chatgpt.com/"}},
    {"headers": {"X-Requested-With": "com.openai.chatgpt"}},
    {"headers": {"Sec-CH-UA": '"GPTBot";v="1", "ClaudeBot";v="1"'}},
    {"headers": {"Accept-Language": "GPTBot"}},
    {"headers": {"Cookie": "agent=ClaudeBot"}},
    {"headers": {"Via": "1.1 Googlebot, 1.1 CCBot"}},
    {"headers": {"X-OperaMini-Phone-UA": "GPTBot/1.3", "X-OperaMini-Features": "advanced"}},
    {"path": "/berita/2/GPTBot-dan-ClaudeBot-ditolak?dari=CCBot"},
]


@pytest.mark.parametrize("more", ELSEWHERE, ids=str)
def test_a_crawler_s_name_elsewhere_in_a_request_is_no_claim(more):
    row = {
        "user-agent": "Opera/9.80 (Android; Opera Mini/36.2.2254/191.297; U; id) Presto/2.12.423 Version/12.16"
    }
    for policy in POLICIES:
        identity, decision = judged(row, policy, {}, **more)
        assert (identity.kind, identity.agent, decision.verdict) == (Kind.PEOPLE, None, Verdict.ALLOW)
