"""What a client is told that asks what it is taken for."""

import json
import re

import msgspec
import pytest

from gateway.decide import decide
from gateway.decision import Question
from gateway.enforce import answer_to
from gateway.enforce.answer import Reply
from gateway.enforce.whoami import ADDRESSES, INSIDE, VERDICTS, document
from gateway.identify.identity import Evidence
from gateway.orders import ModeOrder, Orders
from gateway.policy.model import Subject
from gateway.rates.counters import Finding
from gateway.reasons import SENTENCES
from gateway.supposed import LONGEST, suppose
from gateway.value import changed
from gateway.vocabulary import Mode, Purpose, Reason, Sentence, Verdict
from tests.goldens import assert_golden
from tests.sites import host, judgement, policy, rule, version

READER = "Mozilla/5.0 (Windows NT 10.0; rv:142.0) Gecko/20100101 Firefox/142.0"
GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)"
RULED = version(
    policy(
        host(
            rules=[
                rule(
                    "foto-tidak-untuk-seo",
                    Subject.purpose(Purpose.SEO),
                    ["/foto/"],
                    Verdict.DENY,
                    because=Sentence("Foto <hanya> untuk pelanggan", "Photos are for subscribers only"),
                )
            ]
        )
    )
)


def whoami(user_agent=GPTBOT, query=b"", its=None, **fields):
    return judgement(its or version(), user_agent, b"/_izin/whoami" + query, **fields)


def told(judged):
    reply = answer_to(judged)
    assert isinstance(reply, Reply)
    assert reply.status == 200
    return json.loads(reply.body)


def page_of(judged):
    request = changed(judged.request, fields={**judged.request.fields, "accept": "text/html"})
    reply = answer_to(changed(judged, request=request))
    assert isinstance(reply, Reply)
    fields = dict(reply.fields)
    assert fields[b"content-type"] == b"text/html; charset=utf-8"
    assert b"content-security-policy" in fields
    assert len(reply.body) < 12_000
    return reply.body.decode()


def test_it_is_never_stored_and_names_its_decision():
    for accept in ("text/html", "*/*"):
        fields = dict(answer_to(whoami(accept=accept)).fields)
        assert fields[b"cache-control"] == b"no-store"
        assert fields[b"vary"] == b"Accept"
        assert fields[b"izin-decision"].decode() == whoami().id


def test_a_crawler_is_told_what_it_was_taken_for_and_what_would_be_decided():
    said = told(whoami(query=b"?path=/berita/1"))
    assert said["client"]["agent"] == "GPTBot"
    assert said["client"]["assurance"] == "claimed"
    assert [(one["check"], one["code"]) for one in said["checks"]] == [("user-agent", "claim-believed")]
    assert said["checks"][0]["en"] == SENTENCES[Reason.CLAIM_BELIEVED].en
    assert said["proofs"] == {"ranges": ["https://openai.com/gptbot.json"]}
    page = said["page"]
    assert (page["path"], page["verdict"], page["status"], page["rule"]) == (
        "/berita/1",
        "deny",
        403,
        "uses.ai-train",
    )
    assert said["contact"] == "mailto:lisensi@antara.example"


def test_each_check_is_told_with_its_finding():
    judged = whoami("Googlebot/2.1 (+http://www.google.com/bot.html)")
    evidence = (
        Evidence("published-ranges", Reason.ADDRESS_NOT_PUBLISHED, "common-crawlers.json, 2026-11-23"),
        Evidence("reverse-dns", Reason.NAME_FOREIGN, "host.elsewhere.example"),
    )
    judged = changed(judged, identity=changed(judged.identity, evidence=evidence))
    assert [(one["check"], one["code"], one["detail"]) for one in told(judged)["checks"]] == [
        ("published-ranges", "address-not-published", "common-crawlers.json, 2026-11-23"),
        ("reverse-dns", "name-foreign", "host.elsewhere.example"),
    ]
    page = page_of(judged)
    for one in evidence:
        assert one.probe in page
        assert one.detail in page
        assert SENTENCES[one.finding].id in page


@pytest.mark.parametrize(
    ("certain", "proxied", "how"),
    [
        (True, False, "connection"),
        (True, True, "trusted-proxy"),
        (False, False, "untrusted-fields"),
        (False, True, "unreadable-fields"),
    ],
)
def test_it_says_how_the_address_was_seen(certain, proxied, how):
    judged = whoami(READER)
    for private in (False, True):
        client = changed(judged.request.client, certain=certain, proxied=proxied, private=private)
        judged = changed(judged, request=changed(judged.request, client=client))
        said = told(judged)["address"]
        assert (said["address"], said["certain"], said["private"]) == ("203.0.113.7", certain, private)
        assert (said["rule"], said["id"]) == (how, ADDRESSES[how].id)
        page = page_of(judged)
        assert ADDRESSES[how].en in page
        assert (INSIDE.id in page) == private


def test_a_rule_is_told_with_what_its_writer_says():
    judged = whoami("AhrefsBot/7.0", b"?path=%2Ffoto%2F1", RULED)
    page = told(judged)["page"]
    assert (page["path"], page["rule"]) == ("/foto/1", "foto-tidak-untuk-seo")
    assert page["because"]["id"] == "Foto <hanya> untuk pelanggan"
    assert "Foto &lt;hanya&gt; untuk pelanggan" in page_of(judged)
    assert VERDICTS[Verdict.DENY].id in page_of(judged)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (b"", "none"),
        (b"?", "none"),
        (b"?jalan=/berita/1", "none"),
        (b"?path=/", "/"),
        (b"?a=1&path=/berita/1&b", "/berita/1"),
        (b"?path=/berita/1?p=2", "/berita/1"),
        (b"?path=%2F_izin%2Fwhoami", "/_izin/whoami"),
        (b"?path=", None),
        (b"?path", None),
        (b"?path=berita", None),
        (b"?path=/a&path=/b", None),
        (b"?path=https://www.antara.example/", None),
        (b"?path=/a%20b", None),
        (b"?path=/a%00", None),
        (b"?path=/%ff", None),
        (b"?path=%2F%2525", "/%25"),
        (b"?path=/" + b"x" * LONGEST, None),
    ],
)
def test_the_page_asked_about_is_read_as_a_target_is(query, path):
    said = told(whoami(query=query))["page"]
    if path == "none":
        assert said is None
    else:
        assert said["path"] == path
        assert (said["verdict"] is None) == (path is None)


def test_what_strangers_chose_is_shown_harmless():
    judged = whoami("<b>evil</b>Bot/1.0 (+https://x.example)", b"?path=/<script>alert(1)</script>")
    nasty = Evidence("reverse-dns", Reason.NAME_FOREIGN, "<img src=x>\x1b[31m\ue000id\ue001")
    identity = changed(judged.identity, evidence=(nasty,), name="<i>\x1b\ue000short\ue001")
    judged = changed(judged, identity=identity)
    page = page_of(judged)
    for text in ("<b>", "<script", "<img", "<i>", "\x1b", "\ue000"):
        assert text not in page
    assert "\x1b" not in told(judged)["checks"][0]["detail"]
    assert "\x1b" not in told(judged)["client"]["name"]


def test_whoever_asks_too_often_waits_even_in_observe():
    judged = whoami()
    wait = (Finding("whoami", 0, 1_500_000, 20_000_000),)
    question = Question(
        judged.request, judged.identity, judged.version.policy, judged.host, judged.at, rates=wait
    )
    observe = Orders((ModeOrder(Mode.OBSERVE, "*", judged.at + 10),))
    for orders in (Orders(), observe):
        decision = decide(changed(question, orders=orders))
        assert (decision.status, decision.rule, decision.enforced) == (429, "whoami", True)
        reply = answer_to(changed(judged, decision=decision, rates=wait))
        assert isinstance(reply, Reply)
        fields = dict(reply.fields)
        assert (reply.status, fields[b"retry-after"]) == (429, b"2")
        assert fields[b"ratelimit-policy"] == b'"whoami";q=30;w=60'


def test_what_would_be_decided_is_the_decision():
    """The same question about another target has the same answer as the request itself would have."""
    for user_agent in (GPTBOT, READER, "AhrefsBot/7.0", "Googlebot/2.1", "curl/8.5", "BaruBot/1.0"):
        for path in (b"/", b"/foto/1", b"//foto//1", b"/robots.txt", b"/ads.txt", b"/.well-known/../foto/1"):
            asked = whoami(user_agent, b"?path=" + path, RULED)
            direct = judgement(RULED, user_agent, path)
            assert asked.supposed is not None
            assert asked.supposed.decision == direct.decision
            question = Question(direct.request, direct.identity, RULED.policy, direct.host, direct.at)
            assert suppose(question) is None


def test_pages_are_as_they_were():
    judged = whoami("Googlebot/2.1 (+http://www.google.com/bot.html)", b"?path=/berita/1", accept="text/html")
    assert_golden("pages/whoami.html", answer_to(judged).body)
    assert_golden(
        "pages/whoami.json", msgspec.json.format(msgspec.json.encode(document(judged)), indent=2) + b"\n"
    )


def test_every_sentence_is_there():
    assert VERDICTS.keys() == set(Verdict)
    for sentence in (*ADDRESSES.values(), INSIDE, *VERDICTS.values()):
        assert sentence.id
        assert sentence.en
        assert not re.search(r"\s\s", sentence.id + sentence.en)
