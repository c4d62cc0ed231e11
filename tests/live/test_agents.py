"""Each client of the case tables through a real socket: AI is refused with the notice, everybody else served untouched."""

import json
import re
from functools import cache
from html import unescape

import pytest

from tests import tables
from tests.engines import until
from tests.live.rig import ask

NOTICE = (
    "Dilarang keras mengambil konten, melakukan crawling atau pengindeksan otomatis untuk AI di situs web ini tanpa "
    "izin tertulis dari Kantor Berita ANTARA."
)
#: What the gateway adds to a response or says in its own words (docs/manual/proxy.md).
OURS = {
    *("date", "connection", "izin-decision", "ratelimit", "ratelimit-policy"),
    *("link", "content-usage", "tdm-reservation", "tdm-policy", "x-robots-tag"),
}


@cache
def table(name):
    return tables.read(f"cases/user-agents/{name}.yaml")


@pytest.fixture(scope="module")
def pages(stub):
    """Addresses of the stub site: the front page, articles, a section, a photo, its feed and its sitemap."""
    home = ask(stub, "/").body.decode()
    articles = re.findall(r'href="(/(?:berita|en)/\d+/[^"]+)"', home)
    sitemap = re.findall(r"<loc>[a-z]+://[^/]+([^<]*)</loc>", ask(stub, "/sitemap.xml").body.decode())
    photos = re.findall(
        r'"(?:https?://[^/"]+)?(/foto/gambar/[^"]+)"', ask(stub, articles[0]).body.decode() + home
    )
    assert len(set(articles)) >= 3
    assert photos
    return {"articles": articles, "photo": photos[0], "listed": sitemap}


def same(direct, through):
    """Status, body and fields are the origin's, in their order, but for what is documented."""
    assert through.status == direct.status
    assert through.body == direct.body
    theirs = [(name, value) for name, value in direct.fields if name not in OURS]
    assert [(name, value) for name, value in through.fields if name not in OURS] == theirs


def test_every_ai_agent_is_refused_with_the_notice(antara, pages):
    refused = set()
    for number, row in enumerate(table("ai")):
        as_page = number % 2
        accept = "text/html,*/*;q=0.1" if as_page else "*/*"
        target = pages["articles"][number % len(pages["articles"])]
        answer = antara.ask(target, row["user-agent"], accept=accept)
        assert answer.status == 403, row
        assert answer["cache-control"] == "no-store"
        assert len(answer["izin-decision"]) == 26
        text = " ".join(unescape(answer.body.decode()).split())
        if as_page:
            assert answer["content-type"].startswith("text/html")
            assert NOTICE in text
        else:
            problem = json.loads(answer.body)
            assert answer["content-type"] == "application/problem+json"
            assert NOTICE in " ".join(str(problem).split())
            assert problem["decision"] == answer["izin-decision"]
            assert problem["rule"].startswith("uses.ai-")
        refused.add(row["agent"])
    assert len(refused) >= 155
    assert refused >= {"GPTBot", "ClaudeBot", "CCBot", "Bytespider", "PerplexityBot"}


def test_everybody_welcome_gets_what_the_origin_says(antara, stub, pages):
    targets = ["/", *pages["articles"][:3], pages["photo"], "/rss.xml", "/sitemap.xml", "/tidak-ada?a=1&b"]
    served = table("welcome") + table("people")
    assert len(served) >= 240
    for number, row in enumerate(served):
        target = targets[number % len(targets)]
        coding = ("gzip, deflate, br", "identity", "")[number % 3]
        how = {"accept_encoding": coding} if coding else {}
        through = antara.ask(target, row["user-agent"], source=f"127.0.1.{number % 250 + 1}", **how)
        same(ask(stub, target, row["user-agent"], **how), through)


def test_the_ban_holds_wherever_and_however_an_article_is_asked_for(antara, pages):
    (gptbot,) = [row["user-agent"] for row in table("ai") if row["agent"] == "GPTBot"][:1]
    for target in [
        "/",
        *pages["articles"],
        pages["photo"],
        "/sitemap.xml",
        "/cari?q=angin",
        "/terkini?page=2",
    ]:
        for method in ("GET", "HEAD"):
            assert antara.ask(target, gptbot, method=method).status == 403
    assert antara.ask("/surat", gptbot, method="POST", body=b"x" * 100).status == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"range": "bytes=0-99"},
        {"range": "bytes=-50"},
        {"range": "bytes=0-9,20-29"},
        {"range": "bytes=99999999-"},
        {"if_none_match": "*"},
        {"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"accept_encoding": "gzip"},
    ],
    ids=str,
)
def test_ranges_conditions_and_codings_are_the_origins(antara, stub, pages, fields):
    for target in (pages["photo"], pages["articles"][0]):
        direct = ask(stub, target, "Mozilla/5.0 Firefox/142.0", **fields)
        through = antara.ask(target, "Mozilla/5.0 Firefox/142.0", **fields)
        if "multipart" in direct["content-type"]:  # its boundary is chance
            assert through.status == direct.status == 206
            assert len(through.body) == len(direct.body)
        else:
            same(direct, through)


def test_a_validator_of_the_origin_is_honoured(antara, stub, pages):
    tag = antara.ask(pages["articles"][0], "Feedly/1.0")["etag"]
    direct = ask(stub, pages["articles"][0], "Feedly/1.0", if_none_match=tag)
    assert direct.status == 304
    same(direct, antara.ask(pages["articles"][0], "Feedly/1.0", if_none_match=tag))


def test_robots_txt_is_ours_for_everybody(antara, stub):
    for user_agent in ("GPTBot/1.3", "Googlebot/2.1", "Mozilla/5.0 Firefox/142.0", None):
        answer = antara.ask("/robots.txt", user_agent)
        assert answer.status == 200
        assert b"GPTBot" in answer.body
        assert answer.body != ask(stub, "/robots.txt").body
        assert antara.ask("/robots.txt", user_agent, if_none_match=answer["etag"]).status == 304


def test_terms_go_with_every_article(antara, pages):
    answer = antara.ask(pages["articles"][0], "Mozilla/5.0 Firefox/142.0")
    assert 'rel="license"' in answer["link"]
    assert "train-ai=n" in answer["content-usage"]
    assert answer["tdm-reservation"] == "1"
    assert answer["tdm-policy"].endswith("/tdm-policy.json")


def test_each_answer_has_its_entry(antara, pages):
    answers = {
        name: antara.ask(pages["articles"][0], name)
        for name in (
            "GPTBot/1.3",
            "Mozilla/5.0 Firefox/142.0",
            "Googlebot/2.1 (+http://www.google.com/bot.html)",
        )
    }
    for name, answer in answers.items():
        entry = antara.decision(answer)
        assert entry["request"]["target"] == pages["articles"][0]
        assert entry["request"]["user_agent"] == name
        assert entry["status"] == (403 if name.startswith("GPTBot") else None)
        (outcome,) = until(
            lambda id=entry["id"]: [one for one in antara.entries("outcome") if one["of"] == id]
        )
        assert (outcome["status"], outcome["bytes"], outcome["end"]) == (
            answer.status,
            len(answer.body),
            "complete",
        )


def test_a_license_is_proved_by_the_peer_and_never_by_a_header(antara, pages):
    article = next(path for path in pages["articles"] if path.startswith("/berita/"))
    held = antara.ask(article, "ContohBot/1.0", source="127.0.0.2")
    assert held.status == 200
    assert held["cache-control"] == "private, no-store"
    assert antara.decision(held)["license"] == "contoh-ai-2026"
    assert antara.ask(article, "ContohBot/1.0").status == 403
    for fields in ({"x_forwarded_for": "127.0.0.2"}, {"forwarded": "for=127.0.0.2"}):
        assert antara.ask(article, "ContohBot/1.0", **fields).status == 403
    # Nor does the licensee's own address count, once something in between has spoken for it.
    through = antara.ask(article, "ContohBot/1.0", source="127.0.0.2", x_forwarded_for="203.0.113.9")
    assert through.status == 403
    assert antara.ask(pages["photo"], "ContohBot/1.0", source="127.0.0.2").status == 403
