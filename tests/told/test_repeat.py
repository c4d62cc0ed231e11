"""A decision made again from its entry and texts: the same octets for every client, and whatever was touched shows."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.agents import catalogue
from gateway.digest import digest_of
from gateway.judgement import Judgement, Version
from gateway.lookups.folder import read_folder
from gateway.orders import NO_ORDERS
from gateway.policy.compile import compile_policy
from gateway.policy.kept import NotKept
from gateway.policy.robots import RobotsFile
from gateway.rates.due import taken_by
from gateway.record import Compact, printed
from gateway.request import Client
from gateway.seal import erasable
from gateway.statements import publish
from gateway.told.asking import request_of
from gateway.told.journal import recorded
from gateway.told.repeat import Repeater
from gateway.told.trial import Trial
from gateway.vocabulary import Kind, Level, Mode, Verdict
from tests.journals import decision_entry

ANTARA = Path(__file__).parents[2] / "policies" / "antara"
POLICY = compile_policy(read_folder(ANTARA), catalogue())
NOW = 1_795_485_605_000_000
PUBLISHED = publish(POLICY, datetime.fromtimestamp(NOW / 1e6, UTC))
ROBOTS = RobotsFile(b"User-agent: *\nDisallow: /cari\nDisallow: /*?cetak=\nDisallow: /*.pdf$\n")
TEXTS = {**POLICY.texts, **PUBLISHED.texts, ROBOTS.digest: ROBOTS.body}
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)

agents = st.sampled_from(
    [
        None,
        CHROME,
        "GPTBot/1.3",
        "Googlebot/2.1",
        "AhrefsBot/7.0",
        "ContohBot/1.0",
        "curl/8.5.0",
        "Perayap/1 (+bot)",
    ]
)
targets = st.sampled_from(
    [
        b"/",
        b"/robots.txt",
        b"/berita/1",
        b"/foto/a.jpg",
        b"/cari?q=x",
        b"/a?cetak=1",
        b"/a?b=1",
        b"/x//foto/a",
        b"/%zz",
    ]
)
clients = st.builds(
    Client,
    st.sampled_from(["203.0.113.7", "127.0.0.2"]),
    st.just("203.0.113.0/24"),
    st.booleans(),
    st.booleans(),
)
hosts = st.sampled_from(["www.antara.example", "foto.antara.example", "localhost", "lain.example", "a b"])


def entry_of(*asked, **how):
    """A decision as a gateway makes and records it, and as it is printed."""
    return printed(payload_of(*asked, **how), 1, "antara", "mesin", {})


def payload_of(user_agent, target, client, host="www.antara.example", method="GET", mode=None):
    policy = POLICY
    if mode is not None:
        policy = dataclasses.replace(
            POLICY, hosts=tuple(dataclasses.replace(one, mode=mode) for one in POLICY.hosts)
        )
    trial = Trial(policy)
    fields = {} if user_agent is None else {"user-agent": user_agent}
    request = request_of(method, host, target, client, fields)
    near = client.private and client.certain
    identity = trial.ask(request, NOW, near=near)[0].identity
    trial.robots = ROBOTS if identity.kind is not Kind.PEOPLE else None
    trial.begin()
    question, decision = trial.ask(request, NOW, near=near)
    taken = taken_by(policy, decision.license, request, NOW, question.rates)
    judgement = Judgement(
        "01KBBFZ9M0T4QJ8WZX7K3M9QXA",
        NOW,
        request,
        question.identity,
        decision,
        Version(1, policy, PUBLISHED),
        question.host,
        None if trial.robots is None else ROBOTS.digest,
        question.rates,
        None if taken is None else taken.span.day,
    )
    made = decision_entry(judgement, Level.WRITTEN, "c2FtYXJhbi1wZW1i")
    return made.encode({}) if isinstance(made, Compact) else made


def differences(entry, texts=TEXTS, modes=None):
    return Repeater(texts.get).differences(entry, NO_ORDERS, modes or {})


@settings(max_examples=60)
@given(agents, targets, clients, hosts, st.sampled_from(["GET", "POST", "PROPFIND"]))
def test_every_decision_comes_out_as_it_was_recorded(user_agent, target, client, host, method):
    assert differences(entry_of(user_agent, target, client, host, method)) == ()


def test_an_answer_of_robots_txt_to_what_is_left_out_is_taken_from_the_record():
    for target, rule in ((b"/a?cetak=1", "origin-robots"), (b"/a?b=1", None)):
        entry = entry_of("AhrefsBot/7.0", target, Client("203.0.113.7", "203.0.113.0/24"))
        assert (entry["request"]["target"], entry["rule"]) == ("/a", rule)
        assert differences(entry) == ()


def test_whatever_was_touched_shows():
    entry = entry_of("GPTBot/1.3", b"/berita/1", Client("203.0.113.7", "203.0.113.0/24"))
    forged = {**entry, "verdict": Verdict.ALLOW.value, "status": None}
    assert {one.member for one in differences(forged)} == {"verdict", "status"}
    renamed = {**entry, "identity": {**entry["identity"], "operator": "PT Lain"}}
    (one,) = differences(renamed)
    assert one == ("identity.operator", "PT Lain", "OpenAI")
    (one,) = differences({**entry, "unheard": 1})
    assert one == ("unheard", 1, None)


def test_the_mode_of_the_time_counts():
    entry = entry_of("GPTBot/1.3", b"/berita/1", Client("203.0.113.7", "203.0.113.0/24"), mode=Mode.OBSERVE)
    assert entry["enforced"] is False
    assert {one.member for one in differences(entry)} == {"enforced", "reasons"}
    assert differences(entry, modes={host.pattern: Mode.OBSERVE for host in POLICY.hosts}) == ()


@pytest.mark.parametrize("lost", ["policy", "terms", "robots_file"])
def test_nothing_is_guessed_where_a_text_is_gone(lost):
    entry = entry_of("GPTBot/1.3", b"/berita/1", Client("203.0.113.7", "203.0.113.0/24"))
    texts = {digest: text for digest, text in TEXTS.items() if digest != entry[lost]}
    with pytest.raises(NotKept, match=entry[lost]):
        differences(entry, texts)


def test_nothing_is_guessed_where_it_was_erased_who_asked():
    payload = payload_of("GPTBot/1.3", b"/berita/1", Client("203.0.113.7", "203.0.113.0/24"))
    entry = printed(erasable.entry_of(payload), 1, "antara", "mesin", {})
    assert recorded(entry) is None
    with pytest.raises(NotKept, match="erased"):
        differences(entry)


def test_a_policy_that_another_version_judged_is_not_judged_by_this_one():
    other = POLICY.manifest.replace(b'"evaluator":1', b'"evaluator":9')
    entry = entry_of("GPTBot/1.3", b"/", Client("203.0.113.7", "203.0.113.0/24"))
    with pytest.raises(NotKept, match="evaluator 9"):
        differences({**entry, "policy": digest_of(other)}, {**TEXTS, digest_of(other): other})
    for cut in ({"cut": ["user_agent"]}, {"patterns_folded": []}):
        with pytest.raises(NotKept, match="cut"):
            differences({**entry, **cut})
