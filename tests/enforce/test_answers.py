"""What a door is told to do, verdict by verdict, as octets that a client would see."""

import json
import re
import time
from dataclasses import replace
from ipaddress import ip_network

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decide import decide
from gateway.decision import FAULT_STATUS, Question
from gateway.enforce import ENFORCERS, answer_to, unreachable, unrecorded
from gateway.enforce.answer import Forward, Reply
from gateway.enforce.messages import BY_STATUS
from gateway.enforce.refusal import RETRY_AFTER
from gateway.policy.model import Rights, Subject
from gateway.rates.counters import Finding
from gateway.rates.rate import Rate, Unit
from gateway.value import changed
from gateway.vocabulary import By, Mode, Purpose, Reason, Sentence, Use, Verdict
from tests.goldens import assert_golden
from tests.sites import BAN, NOTICE, ORDER, ORIGIN, ULID, host, judgement, license_, policy, rule, version

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
OFFERED = version(policy(host(uses={**BAN, Use.AI_INPUT: Verdict.LICENSE})))


def fields(reply: Reply) -> dict[str, str]:
    names = [name for name, _ in reply.fields]
    assert len(set(names)) == len(names)
    return {name.decode("ascii"): value.decode("ascii") for name, value in reply.fields}


def test_the_tables_are_full():
    assert set(ENFORCERS) == set(Verdict)
    assert set(BY_STATUS) == {*FAULT_STATUS.values(), 421, 502, 503, 504}


def test_who_is_allowed_is_passed_on_with_the_terms():
    answer = answer_to(judgement(version(), "Mozilla/5.0 Firefox/130.0"))
    assert isinstance(answer, Forward)
    assert answer.origin == ORIGIN
    obliged = answer.obligations
    assert obliged.decision == ULID.encode()
    home = b"https://www.antara.example"
    rsl = b'<%b/license.xml>; rel="license"; type="application/rsl+xml"' % home
    assert obliged.link == rsl + b', <%b/ketentuan>; rel="terms-of-service"' % home
    assert (obliged.content_usage, obliged.tdm_reservation) == (b"train-ai=n, ai-use=n", b"1")
    assert (obliged.tdm_policy, obliged.x_robots_tag) == (b"%b/tdm-policy.json" % home, b"noai, noimageai")
    assert not obliged.private


def test_who_is_refused_for_the_same_is_said_the_same_but_for_what_is_their_own():
    """What is said is remembered by the very identity, decision and version; the same values anew say the same."""
    two = version(policy(host(), host("*.antara.example", uses={**BAN, Use.AI_INPUT: Verdict.LICENSE})))
    for its in (two, OFFERED):
        first = judgement(its, "ClaudeBot/1.0", accept=BROWSER)
        others = [
            {},
            {"path": b"/foto/2?x"},
            {"accept": "*/*"},
            {"host": "foto.antara.example"},
            {"fault": Reason.MALFORMED_MESSAGE},
        ]
        for number, other in enumerate(others):
            fresh = changed(
                judgement(its, "ClaudeBot/1.0", **{"accept": BROWSER, **other}), id=f"{ULID[:-1]}{number}"
            )
            same = fresh.identity == first.identity and fresh.decision == first.decision
            alike = {"identity": first.identity, "decision": first.decision} if same else {}
            assert same or "host" in other or "fault" in other
            answer_to(first)
            assert answer_to(changed(fresh, **alike)) == answer_to(fresh)


def test_observe_passes_a_refusal_on():
    its = version(policy(host(mode=Mode.OBSERVE)))
    assert isinstance(answer_to(judgement(its)), Forward)


def test_a_licensed_answer_is_private_and_leaves_the_word_to_the_contract():
    held = license_("contoh", ["ChatGPT-User"], addresses=(ip_network("203.0.113.0/24"),))
    answer = answer_to(judgement(version(policy(licenses=[held])), "ChatGPT-User/1.0"))
    assert isinstance(answer, Forward)
    assert answer.obligations.private
    assert answer.obligations.content_usage == b"train-ai=n"


def test_a_refusal_to_a_program():
    reply = answer_to(judgement(version()))
    assert isinstance(reply, Reply)
    assert reply.status == 403
    said = fields(reply)
    assert said["content-type"] == "application/problem+json"
    assert said["cache-control"] == "no-store"
    assert said["vary"] == "Accept"
    assert said["content-language"] == "id, en"
    assert said["x-robots-tag"] == "noindex"
    assert said["izin-decision"] == ULID
    assert 'rel="license"; type="application/rsl+xml"' in said["link"]
    body = json.loads(reply.body)
    assert body["status"] == 403
    assert body["rule"] == "uses.ai-train"
    assert body["decision"] == ULID
    assert body["short"] == ULID[-8:]
    assert body["reasons"][0]["code"] == "use-denied"
    assert body["client"]["agent"] == "GPTBot"
    assert body["notice"]["id"] == NOTICE.id
    assert body["contact"] == "mailto:lisensi@antara.example"
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body["instance"])


@pytest.mark.parametrize(
    ("name", "judged"),
    [
        ("403", lambda: judgement(version(), accept=BROWSER)),
        ("402", lambda: judgement(OFFERED, "ChatGPT-User/1.0", accept=BROWSER)),
        ("403-rule", lambda: judgement(RULED, "AhrefsBot/7.0", b"/foto/1", accept=BROWSER)),
        ("400", lambda: judgement(version(), fault=Reason.MALFORMED_TARGET, accept=BROWSER)),
    ],
)
def test_pages_are_as_they_were(name, judged):
    reply = answer_to(judged())
    assert fields(reply)["content-type"] == "text/html; charset=utf-8"
    assert len(reply.body) < 12_000
    assert_golden(f"pages/{name}.html", reply.body)


def test_problems_are_as_they_were():
    for name, judged in [("403", judgement(version())), ("402", judgement(OFFERED, "ChatGPT-User/1.0"))]:
        body = answer_to(judged).body
        assert_golden(f"pages/{name}.json", msgspec.json.format(body, indent=2) + b"\n")


RULED = version(
    policy(
        host(
            rules=[
                rule(
                    "foto-tidak-untuk-seo",
                    Subject.purpose(Purpose.SEO),
                    ["/foto/"],
                    Verdict.DENY,
                    because=Sentence("Foto hanya untuk pelanggan", "Photos are for subscribers only"),
                )
            ]
        )
    )
)


def test_a_rule_says_why_in_its_writers_words():
    reply = answer_to(judgement(RULED, "AhrefsBot/7.0", b"/foto/1"))
    assert json.loads(reply.body)["because"] == {
        "id": "Foto hanya untuk pelanggan",
        "en": "Photos are for subscribers only",
    }


@pytest.mark.parametrize("fault", FAULT_STATUS)
@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_faults_have_their_status_and_a_reason(fault, accept):
    reply = answer_to(judgement(version(), fault=fault, accept=accept))
    assert reply.status == FAULT_STATUS[fault]
    assert ULID in reply.body.decode()


def test_a_host_that_is_not_ours():
    reply = answer_to(judgement(version(), "Mozilla/5.0 Firefox/130.0", host="www.evil.example"))
    assert reply.status == 421
    assert json.loads(reply.body)["rule"] == "host"
    assert "notice" not in json.loads(reply.body)


def test_what_could_not_be_recorded_is_not_served():
    reply = unrecorded(judgement(version()))
    assert reply.status == 503
    assert fields(reply)["retry-after"] == str(RETRY_AFTER)
    assert json.loads(reply.body)["rule"] == "journal"


@pytest.mark.parametrize("status", [502, 504])
def test_an_origin_that_fails_is_no_refusal(status):
    reply = unreachable(judgement(version(), "Mozilla/5.0 Firefox/130.0"), status)
    assert reply.status == status
    body = json.loads(reply.body)
    assert (body["rule"], body["reasons"]) == (None, [])
    assert "tidak ditolak" in body["detail"]


def test_our_documents_are_always_200_or_304():
    document = version().published.hosts["www.antara.example"].documents["/robots.txt"]
    for agent in ["GPTBot/1.3", "Mozilla/5.0 Firefox/130.0", ""]:
        reply = answer_to(judgement(version(), agent, b"/robots.txt"))
        assert (reply.status, reply.body) == (200, document.body)
        assert fields(reply)["etag"] == document.etag
        assert fields(reply)["content-type"] == "text/plain; charset=utf-8"
    for condition, status in [
        (document.etag, 304),
        (f'"x", W/{document.etag}', 304),
        ("*", 304),
        ('"x"', 200),
        ("", 200),
    ]:
        reply = answer_to(judgement(version(), "GPTBot/1.3", b"/robots.txt", if_none_match=condition))
        assert reply.status == status
        assert (reply.body == b"") is (status == 304)


def test_an_unknown_agents_name_is_a_text_in_page_and_problem():
    its = version(policy(host(rules=[rule("semua", Subject(1, "kind:agents"), ["/"], Verdict.DENY)])))
    judged = judgement(its, "Evilbot/1.0 (bot)")
    evil = changed(judged.identity, name='<script>alert("1")</script>\\')
    for accept in ("*/*", BROWSER):
        request = changed(judged.request, fields={"accept": accept})
        reply = answer_to(changed(judged, identity=evil, request=request))
        assert reply.status == 403
        if accept == "*/*":
            assert json.loads(reply.body)["client"]["name"] == evil.name
        else:
            assert b"<script" not in reply.body
            assert b"&lt;script&gt;" in reply.body


EVIL = st.text(max_size=60) | st.sampled_from(
    [
        '"><script>',
        "\r\nSet-Cookie: a=b",
        "\ue000id\ue001",
        "{{ 7*7 }}",
        "javascript:alert(1)",
        "\u2028",
        "</style>",
    ]
)


@given(EVIL, EVIL, EVIL, st.binary(max_size=60))
def test_hostile_words_break_neither_page_nor_field(holder, notice, contact, path):
    rights = Rights(holder, Sentence(notice, notice), contact, contact, holder)
    its = version(policy(rights=rights))
    its = msgspec.structs.replace(its, published=under_other_terms(its.published, holder + notice + contact))
    for accept in ("*/*", BROWSER):
        judged = judgement(its, path=b"/" + path, accept=accept)
        reply = answer_to(judged)
        for name, value in reply.fields:
            assert not set(name + value) & set(b"\r\n\0")
        if accept == "*/*":
            assert json.loads(reply.body)["decision"] == ULID
        else:
            page = reply.body.decode()
            assert page.count("<script") == 0
            assert page.count("</style>") == 1
            assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', page))
            assert all(
                link.startswith(("mailto:", "http", "/robots.txt"))
                for link in re.findall(r'href="([^"]*)"', page)
            )
            assert "\ue000" not in page


def under_other_terms(published, salt: str):
    """Another set of terms, so that no page is taken from memory."""
    return replace(published, terms=f"sha256:{hash(salt)}")


def test_a_refusal_is_quick():
    """Fifty times the time it takes, so that only a lost cache is noticed: rendering anew takes milliseconds."""
    judged = judgement(version(), accept=BROWSER)
    answer_to(judged)
    start = time.process_time()
    for _ in range(200):
        answer_to(judged)
    assert (time.process_time() - start) / 200 < 0.001


COURT = version(
    policy(
        host(
            rules=[
                rule(
                    "putusan",
                    Subject.everyone(),
                    ["/berita/1"],
                    Verdict.DENY,
                    order=ORDER,
                    because=Sentence("Putusan sela", "An interim ruling"),
                )
            ]
        )
    )
)
FIREFOX = "Mozilla/5.0 Firefox/130.0"


def test_a_legal_order_is_a_451_that_names_the_authority_and_who_carries_it_out():
    reply = answer_to(judgement(COURT, FIREFOX))
    assert isinstance(reply, Reply)
    assert reply.status == 451
    link = fields(reply)["link"]
    assert link.startswith('<https://www.antara.example/ketentuan>; rel="blocked-by", ')
    assert ORDER.url not in link, "blocked-by is who carries it out, never the authority (RFC 7725 section 4)"
    assert fields(reply)["cache-control"] == "no-store"
    body = json.loads(reply.body)
    assert body["legal_order"] == {
        "by": ORDER.by,
        "number": ORDER.number,
        "date": "2026-10-01",
        "url": ORDER.url,
    }
    assert body["rule"] == "putusan"
    assert body["because"] == {"id": "Putusan sela", "en": "An interim ruling"}
    assert ORDER.by in body["detail"].partition(" / ")[0]
    assert ORDER.by in body["detail"].partition(" / ")[2]
    assert "notice" not in body, "it is no matter of permission"


def test_the_page_of_a_legal_order():
    reply = answer_to(judgement(COURT, FIREFOX, accept=BROWSER))
    page = reply.body.decode()
    for said in (
        ORDER.by,
        ORDER.number,
        "1 Oktober 2026",
        "1 October 2026",
        "Putusan sela",
        "An interim ruling",
    ):
        assert said in page
    assert f'href="{ORDER.url}"' in page
    assert "mailto:lisensi@antara.example?subject=Halaman%20yang%20ditutup" in page
    assert NOTICE.id not in page
    assert_golden("pages/451.html", reply.body)


def test_everybody_gets_the_same_451_and_observe_lets_it_pass():
    for agent in (FIREFOX, "GPTBot/1.3", "Googlebot/2.1", "curl/8.5.0"):
        assert answer_to(judgement(COURT, agent)).status == 451
    observed = version(policy(host(rules=COURT.policy.hosts[0].rules[-1:], mode=Mode.OBSERVE)))
    assert isinstance(answer_to(judgement(observed, FIREFOX)), Forward)


@given(EVIL, EVIL)
def test_hostile_words_of_an_order_break_neither_page_nor_field(by, number):
    order = replace(ORDER, by=by, number=number, url=f"javascript:{number}")
    its = version(policy(host(rules=[rule("x", Subject.everyone(), ["/"], Verdict.DENY, order=order)])))
    its = msgspec.structs.replace(its, published=under_other_terms(its.published, by + number))
    for accept in ("*/*", BROWSER):
        reply = answer_to(judgement(its, accept=accept))
        assert reply.status == 451
        for name, value in reply.fields:
            assert not set(name + value) & set(b"\r\n\0")
        page = reply.body.decode()
        if accept == BROWSER:
            assert page.count("<script") == 0
            assert page.count("</style>") == 1
            assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', page))
        else:
            assert json.loads(page)["decision"] == ULID


PACED = rule("alat", Subject.everyone(), ["/"], Verdict.ALLOW, rate=Rate(30, Unit.MINUTE, 10, By.ADDRESS))


def paced(user_agent="curl/8.5.0", mode=Mode.ENFORCE, wait=1_500_000, **more):
    """A judgement by what one rate found."""
    its = version(policy(host(rules=[PACED], mode=mode)))
    judged = judgement(its, user_agent, **more)
    found = (Finding("alat", 0 if wait else 9, wait, 20_000_000),)
    question = Question(judged.request, judged.identity, its.policy, judged.host, judged.at, rates=found)
    return changed(judged, decision=decide(question), rates=found)


def test_who_comes_too_fast_is_told_when_to_come_back():
    answer = answer_to(paced())
    assert isinstance(answer, Reply)
    said = fields(answer)
    assert answer.status == 429
    assert said["retry-after"] == "2"
    assert said["ratelimit"] == '"alat";r=0;t=2'
    assert said["ratelimit-policy"] == '"alat";q=30;w=60'
    problem = json.loads(answer.body)
    assert (problem["rule"], problem["reasons"][0]["code"]) == ("alat", "rate-exceeded")
    assert "faster" in problem["detail"]
    page = answer_to(paced(accept=BROWSER)).body.decode()
    assert "Permintaan datang terlalu cepat." in page
    assert "Requests came too fast." in page


def test_whoever_is_let_in_under_a_rate_is_told_how_much_is_left_but_people():
    answer = answer_to(paced(wait=0))
    assert isinstance(answer, Forward)
    assert answer.obligations.rates[0] == (b"ratelimit", b'"alat";r=9;t=20')
    assert answer_to(paced("Mozilla/5.0 Firefox/130.0", wait=0)).obligations.rates == ()
    assert answer_to(paced(mode=Mode.OBSERVE)).obligations.rates[0] == (b"ratelimit", b'"alat";r=0;t=2')
    assert answer_to(paced("Mozilla/5.0 Firefox/130.0")).status == 429
