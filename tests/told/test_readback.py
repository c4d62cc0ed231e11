"""robots.txt read back with Protego: what is published agrees with the gate, and whatever is tampered with does not."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given

from gateway.instants import instant
from gateway.lookups.folder import load
from gateway.policy.model import Policy, Subject
from gateway.policy.place import PolicyError
from gateway.policy.robots import RobotsFile
from gateway.statements import publish
from gateway.told.readback import ANYBODY, MOST_ASKED, MOST_LINES, read_back, robots_texts
from gateway.vocabulary import RobotsFrom, Use, Verdict
from tests.sites import NOON, host, license_, policy, rule
from tests.statements.test_agreement import LICENSES, RULES, USES, made

POLICIES = Path(__file__).parents[2] / "policies"
NOW = instant(NOON)
WWW = "www.antara.example"


def texts_of(its: Policy) -> dict[str, str]:
    return robots_texts(its, publish(its, NOON))


def group_of(text: str, token: str) -> str:
    """The group that names a token, as it stands."""
    return next(block for block in text.split("\n\n") if f"User-agent: {token}\n" in block)


def told(its: Policy, texts: dict[str, str]) -> set[tuple[str, str, Verdict, bool]]:
    return {
        (one.token, one.path, one.verdict, one.fetches)
        for one in read_back(its, texts, NOW).differences
        if WWW in one.hosts
    }


@pytest.fixture(scope="module")
def antara() -> Policy:
    return load(POLICIES / "antara")


@pytest.mark.parametrize(("name", "files"), [("antara", 2), ("jawaban", 1), ("nusantara", 4)])
def test_the_worked_policies_are_read_as_they_are_meant(name, files):
    its = load(POLICIES / name)
    found = read_back(its, texts_of(its), NOW)
    assert found.differences == ()
    assert (found.files, found.cut, found.skipped) == (files, False, ())
    assert found.asked == found.groups * found.paths > 50


@given(RULES, USES, LICENSES)
def test_and_so_is_every_policy_that_can_be_published(rules, uses, licenses):
    its = made(rules, uses, licenses)
    try:
        texts = texts_of(its)
    except PolicyError:
        assume(False)
        raise
    found = read_back(its, texts, NOW)
    assert found.differences == ()
    assert found.asked > 0


def test_who_is_refused_must_not_be_invited(antara):
    texts = texts_of(antara)
    closed = group_of(texts[WWW], "GPTBot")
    texts[WWW] = texts[WWW].replace(closed, closed.replace("Disallow: /\n", "Allow: /\n"))
    found = told(antara, texts)
    assert {(verdict, fetches) for _, _, verdict, fetches in found} == {(Verdict.DENY, True)}
    assert "/" in {path for _, path, _, _ in found}


def test_a_group_that_is_missing_is_found(antara):
    texts = texts_of(antara)
    texts[WWW] = texts[WWW].replace(group_of(texts[WWW], "GPTBot"), "")
    assert any(path == "/" and fetches for _, path, _, fetches in told(antara, texts))


def test_who_is_let_in_must_not_be_kept_away(antara):
    texts = texts_of(antara)
    texts[WWW] = texts[WWW].replace("Allow: /berita/\n", "Disallow: /berita/\n")
    assert ("ContohBot", "/berita/", Verdict.ALLOW, False) in told(antara, texts)


def test_a_crawler_that_nobody_knows_is_asked_for_too(antara):
    texts = texts_of(antara)
    everybody = group_of(texts[WWW], "*")
    texts[WWW] = texts[WWW].replace(everybody, f"{everybody}\nDisallow: /en/")
    assert (ANYBODY, "/en/", Verdict.ALLOW, False) in told(antara, texts)


def test_one_of_many_hosts_that_says_otherwise_is_a_file_of_its_own():
    its = load(POLICIES / "nusantara")
    texts = texts_of(its)
    everybody = group_of(texts["bali.nusantara.example"], "*")
    texts["bali.nusantara.example"] = texts["bali.nusantara.example"].replace(
        everybody, f"{everybody}\nDisallow: /foto/"
    )
    found = read_back(its, texts, NOW)
    assert found.files == 5
    assert {one.hosts for one in found.differences} == {("bali.nusantara.example",)}


def test_a_reader_that_takes_a_page_for_its_folder_is_invited_to_more():
    """An allowed `index.html` opens the folder's own page too, as Google and Protego read it; the gate says otherwise."""
    rules = [
        rule("closed", Subject.everyone(), ["/a/"], Verdict.DENY),
        rule("open", Subject.everyone(), ["/a/index.html"], Verdict.ALLOW),
    ]
    its = policy(host(rules=rules))
    found = read_back(its, texts_of(its), NOW).differences
    assert {(one.path, one.verdict, one.rule, one.fetches) for one in found} == {
        ("/a/", Verdict.DENY, "closed", True)
    }


def test_what_the_origin_asks_of_welcome_crawlers_is_no_difference():
    file = RobotsFile(b"User-agent: *\nDisallow: /cari/\n")
    its = policy(replace(host(), robots_from=RobotsFrom.FILE, robots_file=file))
    texts = texts_of(its)
    assert "Disallow: /cari/" in texts[WWW]
    assert read_back(its, texts, NOW).differences == ()
    texts[WWW] = texts[WWW].replace("Disallow: /cari/", "Disallow: /ads.txt")
    assert ("/ads.txt", Verdict.ALLOW, False) in {found[1:] for found in told(its, texts)}


def test_a_license_that_is_not_published_is_no_difference():
    # The first of all crawlers for AI, so that it is the one which is asked for them.
    secret = license_("rahasia", ["AI2Bot"], uses=frozenset({Use.AI_ALL}), publish=False)
    its = policy(host(), licenses=[secret])
    assert told(its, texts_of(its)) == set()


def test_two_readings_and_what_readers_measure_differently_are_left_out():
    patterns = ["/a;b/", "/a//b", "/a%20b", "/*?x=", "/$$", "*.jpg$", "/b*/c"]
    its = policy(host(rules=[rule("r", Subject.everyone(), patterns, Verdict.DENY)], passed=()))
    texts = texts_of(its)
    found = read_back(its, dict.fromkeys(texts, ""), NOW)
    asked = {one.path for one in found.differences if one.token == ANYBODY}
    assert asked == {"/a.jpg", "/ba/c"}


def test_what_it_costs_is_bounded():
    patterns = [f"/p{number}/" for number in range(20_000)]
    its = policy(host(rules=[rule("r", Subject.everyone(), patterns, Verdict.DENY)]))
    short = read_back(its, {WWW: "User-agent: *\nDisallow: /p\n"}, NOW)
    assert short.cut
    assert MOST_ASKED / 2 < short.asked <= MOST_ASKED
    lines = "".join(f"Disallow: {pattern}\n" for pattern in patterns)
    long = read_back(its, {WWW: f"User-agent: *\n{lines}"}, NOW)
    assert long.cut
    assert 0 < long.asked * len(patterns) <= MOST_LINES


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /a*b*c*d*e*f\n",
        "".join(f"User-agent: t{number}\n" for number in range(300)) + "Disallow: /a\n" * 1000,
    ],
    ids=["stars", "rules"],
)
def test_a_file_that_would_take_too_long_is_named(text):
    its = policy()
    found = read_back(its, {WWW: text}, NOW)
    assert found.skipped == (WWW,)
    assert (found.files, found.asked, found.cut, found.differences) == (0, 0, False, ())
