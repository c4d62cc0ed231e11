"""Every check, by faults put one at a time into a site that does all that its policy says."""

import json
from dataclasses import replace

import pytest

from gateway.told.doctor import CHECKS, Outcome
from gateway.told.doctor.finding import Finding
from gateway.told.doctor.tour import MOST_REQUESTS
from gateway.told.doctor.visit import Ask, Failed, Got, Role, Trouble
from gateway.vocabulary import Mode, Use, Verdict
from tests import sites
from tests.told.doctor import ideal
from tests.told.doctor.ideal import HOST, article, case, diagnosis, got

BARE = HOST.removeprefix("www.")


def outcomes(found: list[tuple[str, Finding]], outcome: Outcome) -> set[str]:
    return {name for name, finding in found if finding.outcome is outcome}


def differing(change, its=None) -> set[str]:
    return outcomes(diagnosis(its or case(), change), Outcome.DIFFERS)


def fields(answer: Got, *, drop: str = "", add: tuple[tuple[str, str], ...] = ()) -> Got:
    kept = tuple(one for one in answer.fields if one[0] not in drop.split())
    return replace(answer, fields=kept + add)


def body(answer: Got, text: bytes) -> Got:
    return replace(answer, octets=text)


def on(role: Role, target: str = ""):
    return lambda ask: ask.role is role and target in ask.target


ROBOTS = on(Role.DOCUMENT, "/robots.txt")
ORIGIN = on(Role.ORIGIN)


def test_a_site_that_keeps_to_its_policy_is_clean():
    its = case(ideal.policy(HOST, BARE), origin=True, admin=True)
    site = ideal.Ideal(its.policy)
    seen = ideal.visited(its, site)
    assert seen.targets == (ideal.ARTICLE,)
    found = diagnosis(its)
    assert {finding.outcome for _, finding in found} == {Outcome.OK}, found
    assert {name for name, _ in found} == {check.name for check in CHECKS}
    assert len(site.asked) <= MOST_REQUESTS
    assert {ask.authority for ask in site.asked} == {HOST, BARE}


#: What goes wrong, the answers that it befalls, what becomes of each, and the checks that must say so.
FAULTS = {
    "Cloudflare's block": (
        ROBOTS,
        lambda a: body(a, b"# BEGIN Cloudflare Managed content\n" + a.octets),
        {"documents"},
    ),
    "a group put in front": (
        ROBOTS,
        lambda a: body(a, b"User-agent: GPTBot\nAllow: /berita/\n\n" + a.octets),
        {"documents"},
    ),
    "robots.txt opens": (
        ROBOTS,
        lambda a: body(a, a.octets.replace(b"User-agent: GPTBot\n", b"")),
        {"documents"},
    ),
    "robots.txt lacks terms": (
        ROBOTS,
        lambda a: body(a, a.octets.replace(b"License: ", b"# ")),
        {"documents"},
    ),
    "robots.txt grants more": (
        ROBOTS,
        lambda a: body(a, a.octets + b"\nContent-Signal: ai-train=yes\n"),
        {"documents"},
    ),
    "robots.txt is a page": (ROBOTS, lambda a: body(a, b"<html>hello"), {"documents"}),
    "robots.txt is not there": (ROBOTS, lambda a: got(404, ()), {"documents"}),
    "robots.txt leads away": (ROBOTS, lambda a: got(302, [("location", "/r")]), {"documents"}),
    "another license.xml": (on(Role.DOCUMENT, "/license.xml"), lambda a: body(a, b"<rsl/>"), {"documents"}),
    "a type of its own": (
        on(Role.DOCUMENT, "/license.xml"),
        lambda a: fields(a, drop="content-type", add=(("content-type", "text/html"),)),
        {"documents"},
    ),
    "kept for a month": (
        ROBOTS,
        lambda a: fields(a, drop="cache-control", add=(("cache-control", "max-age=2592000"),)),
        {"documents"},
    ),
    "no cache life": (ROBOTS, lambda a: fields(a, drop="cache-control"), {"documents"}),
    "no Link": (article, lambda a: fields(a, drop="link") if a.served else a, {"fields"}),
    "a second license": (
        article,
        lambda a: fields(a, add=(("link", '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'),)),
        {"fields"},
    ),
    "Link twice": (article, lambda a: fields(a, add=(("link", a.field("link")),)), {"fields"}),
    "no Content-Usage": (article, lambda a: fields(a, drop="content-usage"), {"fields"}),
    "a laxer Content-Usage": (
        article,
        lambda a: fields(a, add=(("content-usage", "train-ai=y"),)),
        {"fields"},
    ),
    "tdm-reservation waived": (
        article,
        lambda a: fields(a, drop="tdm-reservation", add=(("tdm-reservation", "0"),)),
        {"fields"},
    ),
    "tdm-reservation twice": (article, lambda a: fields(a, add=(("tdm-reservation", "0"),)), {"fields"}),
    "no noai": (article, lambda a: fields(a, drop="x-robots-tag"), {"fields"}),
    "out of search": (
        article,
        lambda a: fields(a, add=(("x-robots-tag", "googlebot: noindex"),)),
        {"fields"},
    ),
    "no notice": (
        article,
        lambda a: body(a, a.octets.replace(b"Dilarang keras", b"Silakan")) if a.served else a,
        {"notice"},
    ),
    "an element waives": (
        article,
        lambda a: body(a, a.octets.replace(b"<title>", b'<META content="0" name=tdm-reservation><title>')),
        {"elements"},
    ),
    "an element takes it out of search": (
        article,
        lambda a: body(a, a.octets.replace(b"max-image-preview:large", b"NOINDEX")),
        {"elements"},
    ),
    "no decision ids": (
        lambda ask: True,
        lambda a: fields(a, drop="izin-decision"),
        {"decisions", "refusals"},
    ),
    "one decision again": (
        article,
        lambda a: fields(a, drop="izin-decision", add=(("izin-decision", "01SAME"),)) if a.served else a,
        {"decisions"},
    ),
    "leave to store added": (
        article,
        lambda a: fields(a, add=(("cdn-cache-control", "max-age=600"),)) if a.served else a,
        {"decisions"},
    ),
    "a refusal that may be stored": (
        article,
        lambda a: a if a.served else fields(a, drop="cache-control", add=(("cache-control", "max-age=60"),)),
        {"kept-refusals"},
    ),
    "a refusal from a cache": (
        article,
        lambda a: a if a.served else fields(a, add=(("cf-cache-status", "HIT"),)),
        {"kept-refusals"},
    ),
    "a refusal without Vary": (article, lambda a: a if a.served else fields(a, drop="vary"), {"refusals"}),
    "another notice in refusals": (
        article,
        lambda a: a if a.served else body(a, a.octets.replace(b"Dilarang keras", b"Silakan")),
        {"refusals"},
    ),
    "a page of the CDN's own": (article, lambda a: a if a.served else got(403, [], b"blocked"), {"clients"}),
    "another policy": (
        article,
        lambda a: a if a.served else body(a, a.octets.replace(b"uses.ai-train", b"aturan-lain")),
        {"clients"},
    ),
    "no front page": (on(Role.HOME), lambda a: got(500, ()), {"answers"}),
    "a front page elsewhere": (
        on(Role.HOME),
        lambda a: got(301, [("location", "https://lain.example/")]),
        {"answers"},
    ),
    "a circle": (on(Role.HOME), lambda a: got(301, [("location", "/")]), {"answers"}),
    "a sitemap shut": (on(Role.SITEMAP), lambda a: got(403, (), b"no"), {"sitemap"}),
    "trust.txt says yes": (
        on(Role.TRUST),
        lambda a: got(200, [("content-type", "text/plain")], b"member=x\ndatatrainingallowed = yes\n"),
        {"trust-txt"},
    ),
    "trust.txt says nothing": (on(Role.TRUST), lambda a: got(200, (), b"member=x\n"), {"trust-txt"}),
    "served without TLS": (on(Role.PLAIN), lambda a: got(200, (), b"page"), {"tls"}),
    "an origin that answers": (ORIGIN, lambda a: got(200, (), b"page"), {"origin"}),
    "another name that serves": (on(Role.OTHER_NAME), lambda a: got(200, (), b"page"), {"other-name"}),
    "another name with another file": (
        on(Role.OTHER_DOCUMENT),
        lambda a: body(a, b"User-agent: *\n"),
        {"other-name"},
    ),
    "another name that leads away": (
        on(Role.OTHER_NAME),
        lambda a: got(301, [("location", "https://lain.example/")]),
        {"other-name"},
    ),
    "a wrong clock": (
        lambda ask: True,
        lambda a: fields(a, drop="date", add=(("date", "Tue, 24 Nov 2026 04:00:00 GMT"),)),
        {"clock"},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_by_its_check_and_no_other(name):
    """Where the sitemap is shut the front page leads to the article, so that nothing else is lost."""
    befalls, become, checks = FAULTS[name]

    def change(ask: Ask, answer):
        if not befalls(ask) or (isinstance(answer, Failed) and befalls is not ORIGIN):
            return answer
        return become(answer)

    its = case(ideal.policy(HOST, BARE), origin=True)
    found = diagnosis(its, change)
    assert outcomes(found, Outcome.DIFFERS) == checks
    for _, finding in found:
        assert (finding.outcome is Outcome.DIFFERS) == (finding.expected is not None)


def cached(ask: Ask, answer: Got) -> Got:
    """A CDN that keeps a reader's page and gives it to everybody."""
    if ask.role is Role.ARTICLE and ask.visitor.name and ask.visitor.name not in {"Googlebot", "TamuBot"}:
        page = ideal.Ideal(ideal.policy())(replace(ask, visitor=ideal_reader()))
        return fields(page, add=(("age", "12"), ("x-cache", "HIT")))
    return answer


def ideal_reader():
    from gateway.told.doctor.case import READER

    return READER


def test_a_kept_copy_is_told_from_a_way_round():
    found = diagnosis(case(), cached)
    assert outcomes(found, Outcome.DIFFERS) >= {"clients", "copies"}
    (line, *_) = [finding for name, finding in found if name == "copies"]
    assert line.seen.en == "a copy that a cache had kept (Age: 12)"
    assert line.subject.client == "GPTBot"
    silent = diagnosis(
        case(), lambda ask, answer: fields(cached(ask, answer), drop="age x-cache izin-decision")
    )
    assert {f.seen.en for n, f in silent if n == "copies"} == {
        "the same text as the reader's: a copy that a cache kept, or a way that does not lead through Izin"
    }


def test_a_reader_who_meets_a_kept_refusal():
    def change(ask: Ask, answer):
        return got(403, [("content-type", "text/html")], b"no") if ask.role is Role.AGAIN else answer

    found = diagnosis(case(), change)
    assert [f.seen.en for n, f in found if n == "kept-refusals"] == ["after GPTBot, a reader is answered 403"]


def test_what_cannot_be_known_from_here_is_no_difference():
    """A search engine's name that is not ours, an order at the gateway, a busy site, the origin's own robots.txt."""

    def ruled(rule: str, status: int = 403):
        text = json.dumps({"rule": rule, "decision": "01X"}).encode()
        return got(status, [("content-type", "application/problem+json")], text)

    for name, answer in {
        "Googlebot": ruled("impostors"),
        "GPTBot": ruled("block"),
        "TamuBot": ruled("origin-robots"),
        "CCBot": got(429, ()),
        "ChatGPT-User": got(502, ()),
    }.items():
        found = diagnosis(
            case(),
            lambda ask, a, name=name, answer=answer: (
                answer if ask.visitor.name == name and article(ask) else a
            ),
        )
        assert "clients" not in outcomes(found, Outcome.DIFFERS)
        assert [f.subject.client for n, f in found if n == "clients" and f.outcome is Outcome.UNCLEAR] == [
            name
        ]


def test_robots_txt_in_other_words_with_the_same_meaning_is_fine():
    def change(ask: Ask, answer):
        return (
            body(answer, answer.octets.replace(b"\n", b"\r\n") + b"\r\n# bye\r\n") if ROBOTS(ask) else answer
        )

    found = diagnosis(case(), change)
    assert outcomes(found, Outcome.DIFFERS) == set()
    assert "in other words, with the same meaning" in str(found)


def test_a_stricter_robots_txt_is_told_by_the_origins_own():
    """What the origin's file closes may be closed; what nobody closes may not."""
    extra = b"\nUser-agent: *\nDisallow: /cari\n"

    def change(ask: Ask, answer):
        if ROBOTS(ask):
            # A file of other lines, for which merging made one group of two.
            return body(answer, answer.octets.replace(b"Allow: /\n", b"Allow: /\nDisallow: /cari\n", 1))
        if ask.role is Role.ORIGIN_ROBOTS:
            return got(200, (), known)
        return answer

    known = extra
    assert "documents" not in outcomes(diagnosis(case(origin=True), change), Outcome.DIFFERS)
    known = b"User-agent: *\nAllow: /\n"
    assert "documents" in outcomes(diagnosis(case(origin=True), change), Outcome.DIFFERS)
    assert "documents" in outcomes(diagnosis(case(), change), Outcome.UNCLEAR)


@pytest.mark.parametrize(("tokens", "status"), [(None, 402), (3600, 401)])
def test_observe_and_licenses_on_offer_are_expected_as_the_policy_has_them(tokens, status):
    observed = sites.policy(sites.host(HOST, mode=Mode.OBSERVE))
    assert differing(lambda _ask, answer: answer, case(observed)) == set()
    host = sites.host(HOST, uses={**sites.BAN, Use.AI_INPUT: Verdict.LICENSE})
    found = diagnosis(case(offered := replace(sites.policy(host), tokens=tokens)))
    assert outcomes(found, Outcome.DIFFERS) == set()
    assert "ChatGPT-User" in {f.subject.client for _, f in found if f"license {status}" in f.seen.en}

    def silent(ask: Ask, answer):
        return fields(answer, drop="www-authenticate") if article(ask) else answer

    assert differing(silent, case(offered)) == {"refusals"}
    assert differing(lambda _ask, answer: answer, case(offered, origin=True)) == set()


@pytest.mark.parametrize(
    "page",
    [
        (
            "Dilarang&nbsp;keras\n  mengambil <b>konten</b>, melakukan <i>crawling</i> atau pengindeksan otomatis untuk "
            "AI di situs web ini tanpa izin ter&shy;tulis dari <abbr>Kantor</abbr> Berita ANTARA."
        ),
        sites.NOTICE.en,
        (
            "DILARANG KERAS mengambil konten, melakukan crawling atau pengindeksan otomatis untuk AI di situs web ini "
            "tanpa&#32;izin tertulis dari Kantor Berita &#65;NTARA."
        ),
    ],
)
def test_the_notice_is_found_whatever_stands_in_it(page):
    def change(ask: Ask, answer):
        return body(answer, f"<html><p>{page}</p>".encode()) if article(ask) and answer.served else answer

    assert differing(change) == set()


@pytest.mark.parametrize("page", [f"<script>'{sites.NOTICE.id}'</script>", f"<!-- {sites.NOTICE.id} -->", ""])
def test_a_notice_that_nobody_reads_is_none(page):
    def change(ask: Ask, answer):
        return body(answer, f"<html>{page}".encode()) if article(ask) and answer.served else answer

    assert differing(change) == {"notice"}


def test_a_site_that_does_not_answer_is_told_in_one_line():
    found = diagnosis(case(), lambda _ask, _answer: Failed(Trouble.TLS, "self-signed certificate"))
    assert [(name, finding.outcome) for name, finding in found] == [("answers", Outcome.DIFFERS)]
    assert "self-signed certificate" in found[0][1].seen.en


def test_redirects_are_followed_on_named_hosts_only():
    its = case(ideal.policy(HOST, BARE), authority=BARE)
    site = ideal.Ideal(
        its.policy,
        lambda ask, answer: (
            got(301, [("location", f"https://{HOST}{ask.target}")]) if ask.authority == BARE else answer
        ),
    )
    seen = ideal.visited(its, site)
    assert (seen.authority, seen.visits[0].hops) == (HOST, (f"https://{HOST}/",))
    away = ideal.Ideal(its.policy, lambda ask, answer: got(302, [("location", "//lain.example/")]))
    ideal.visited(its, away)
    assert {ask.authority for ask in away.asked} <= {HOST, BARE}


def test_a_coding_that_was_not_asked_for_is_not_taken_for_a_missing_notice():
    def change(ask: Ask, answer):
        coded = fields(body(answer, b"\x1b\x00"), add=(("content-encoding", "br"),))
        return coded if article(ask) and answer.served else answer

    found = diagnosis(case(), change)
    assert outcomes(found, Outcome.DIFFERS) == set()
    assert outcomes(found, Outcome.UNCLEAR) >= {"notice", "elements"}


def test_only_wildcards_named_and_a_port_of_its_own():
    """A policy of patterns alone is stated for each name under them; a port belongs to no other name."""
    its = case(ideal.policy("*.antara.example"), authority=f"{HOST}:8443")
    assert outcomes(diagnosis(its), Outcome.DIFFERS) == set()
    assert its.other_name(its.authority) is None
