"""The list of decisions, the search, and one decision as a page."""

import csv
import dataclasses
import io
import random
import re
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest

from gateway.audit import listing as listings
from gateway.audit.index import Index
from gateway.audit.listing import Minute, listing
from gateway.audit.query import Query
from gateway.audit.reader import Reader
from gateway.console import words
from gateway.console.role import Role
from gateway.console.words import WORDS
from gateway.identify.identity import Evidence, Identity
from gateway.policy.paths import Pattern
from gateway.vocabulary import Assurance, Kind, Reason, Sentence, Verdict
from tests import journals, sites
from tests.console.conftest import PASSWORD, stage_at
from tests.journals import GPTBOT, LET_IN, REFUSED, exchange, judged

HOSTILE = "=cmd|' /C calc'!A0<script>alert(1)</script>\u202etxt\x1b[31m"
STRANGER = Identity(
    Kind.AGENTS,
    Assurance.CLAIMED,
    name="<img src=x onerror=alert(1)>\u202eBot",
    evidence=(Evidence("claim", Reason.CLAIM_BELIEVED, "<b>"),),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    entries = []
    for number in range(130):
        who = {"identity": GPTBOT, "decision": REFUSED} if number % 10 == 0 else {}
        entries += exchange(judged(number * 1000, b"/berita/%d" % number, **who))
    entries += exchange(
        judged(200_000, b"/foto/1", identity=STRANGER, decision=LET_IN, user_agent=HOSTILE * 20)
    )
    stage = stage_at(journals.write(tmp_path_factory.mktemp("journal"), entries))
    stage.accounts.add("sari", PASSWORD, Role.ADMIN, 0)
    yield stage
    stage.console.review.close()
    stage.accounts.close()


@pytest.fixture(scope="module")
def client(stage):
    return stage.client(name="sari")


def codes(answer):
    return re.findall(r'href="/decisions/([0-9A-Z]{26})"', answer.text)


def test_readers_are_one_line_a_minute(client, stage):
    answer = client.get("/decisions")
    assert len(codes(answer)) == 14  # 13 refusals and the stranger
    assert "permintaan pembaca" in answer.text
    before = len(stage.desk.events)
    opened = client.get(unescape(re.search(r'class="minute".*?href="([^"]+)"', answer.text, re.DOTALL)[1]))
    minutes = [int(n) for n in re.findall(r">(\d+) permintaan pembaca<", answer.text)]
    assert sum(minutes) == 117
    assert len(codes(opened)) == min(minutes[0], 50)
    ((event, details),) = stage.desk.events[before:]
    assert (event, details["page"], details["account"]) == ("look", "readers", "sari")


@pytest.mark.parametrize("paths", [(), (Pattern("/"),)])
@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_pages_show_everything_once_newest_first(tmp_path, monkeypatch, seed, each, paths):
    monkeypatch.setattr(listings, "ROWS", 4)
    monkeypatch.setattr(listings, "MINUTES", 3)
    chance, entries, people, others = random.Random(seed), [], 0, set()
    for number in range(120):
        kind = chance.choice([LET_IN, LET_IN, LET_IN, REFUSED])
        who = GPTBOT if kind is REFUSED and chance.random() < 0.5 else journals.READER
        moment = number * chance.choice([1, 1000, 30_000]) * 200 + number
        made = judged(moment, identity=who, decision=kind)
        entries += exchange(made)
        if who is journals.READER and kind is LET_IN and not each:
            people += 1
        else:
            others.add(made.id)
    with closing(Index(Reader(journals.write(tmp_path, entries)))) as index:
        seen, counted, after = [], 0, None
        query = Query(phases=("decision",), paths=paths)
        monkeypatch.setattr(listings, "FEW", 5_000 * seed)  # both ways lead to the same
        for _ in range(200):
            page = listing(index, query, after, each=each)
            assert [row.at for row in page.rows] == sorted((row.at for row in page.rows), reverse=True)
            counted += sum(row.requests for row in page.rows if isinstance(row, Minute))
            seen += [row.entry["id"] for row in page.rows if not isinstance(row, Minute)]
            after = page.next
            if after is None:
                break
    assert counted == people
    assert sorted(seen) == sorted(others)


def test_a_network_that_never_came_is_looked_for_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(listings, "COUNTED", 5)
    entries = [entry for n in range(200) for entry in exchange(judged(30_000 * n))]
    came = {"address": "198.18.7.7", "network": "198.18.7.0/24"}
    entries = [*exchange(judged(0, **came)), *entries]
    with closing(Index(Reader(journals.write(tmp_path, entries)))) as index:
        for network, requests in (("192.0.0.0/8", 0), ("198.18.0.0/15", 1), ("198.18.7.0/24", 1)):
            counted, after, pages = 0, None, 0
            query = Query(phases=("decision",), addresses=(network,))
            while pages < 110:
                page = listing(index, query, after, each=False)
                counted += sum(row.requests for row in page.rows if isinstance(row, Minute))
                after, pages = page.next, pages + 1
                if after is None:
                    break
            assert (counted, after) == (requests, None)
        assert pages == 1, "its mark leads there"


def test_filters_narrow_the_list(client):
    assert len(codes(client.get("/decisions?operator=openai&verdict=deny"))) == 13
    assert len(codes(client.get("/decisions?path=/foto/"))) == 1
    assert len(codes(client.get("/decisions?path=/foto/&operator=OpenAI"))) == 0
    assert "Tidak ada keputusan yang cocok" in client.get("/decisions?agent=tiada").text
    assert "Tidak ada keputusan yang cocok" in client.get("/decisions?until=2020-01-01").text
    assert "Agen" in client.get("/decisions?agent=GPTBot").text


@pytest.mark.parametrize(
    "query", ["since=kemarin", "path=foto", "until=2026-13-01", f"path=/{'a' * 600}", "since=%00"]
)
def test_a_filter_that_cannot_be_read_is_said(client, query):
    answer = client.get(f"/decisions?{query}")
    assert answer.status_code == 400
    assert "Permintaan itu tidak terbaca" in answer.text


def test_a_section_and_a_day_narrow_the_list(client):
    assert client.get("/decisions?section=tiada").status_code == 400
    assert client.get("/search?q=Foto").headers["location"] == "/decisions?section=foto"
    page = client.get("/decisions?section=foto").text
    assert len(codes(client.get("/decisions?section=foto"))) == 1
    assert "1 permintaan perayap dan perkakas, tidak ada yang ditolak" in page
    day = re.search(r'href="(/decisions[?]section=foto&amp;since=[^"]+)">kemarin', page)[1]
    assert "Tidak ada keputusan yang cocok" in client.get(unescape(day)).text
    assert "; 13 ditolak, dari OpenAI (13)." in client.get("/decisions?operator=openai").text


def test_a_list_can_be_taken_along(client, stage):
    answer = client.get("/decisions.csv?operator=OpenAI")
    assert stage.desk.events[-1][1]["page"] == "list"
    assert answer.headers["content-disposition"] == 'attachment; filename="koran-decisions.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["operator"] for row in rows] == ["OpenAI"] * 13
    assert [row["time"] for row in rows] == sorted((row["time"] for row in rows), reverse=True)
    hostile = client.get("/decisions.csv?path=/foto/").text
    assert next(csv.DictReader(io.StringIO(hostile)))["user_agent"].startswith("'=cmd")


def test_an_address_asked_for_is_on_record(client, stage):
    client.get("/decisions?address=203.0.113.7")
    assert stage.desk.events[-1] == (
        "look",
        {"page": "address", "asked": {"addresses": 1}, "account": "sari"},
    )


def test_the_live_list_says_nothing_where_nothing_is_new(client):
    answer = client.get("/decisions")
    again = unescape(re.search(r'hx-get="([^"]+)"', answer.text)[1])
    assert client.get(again, headers={"HX-Request": "true"}).status_code == 204
    rows = client.get("/decisions?seen=1", headers={"HX-Request": "true"}).text
    assert rows.lstrip().startswith("<tbody")


def test_search_leads_there(client):
    code = codes(client.get("/decisions?operator=OpenAI"))[0]
    assert (
        client.get(f"/search?q={code[-8:].lower()}").headers["location"] == f"/decisions/{code[-8:].lower()}"
    )
    assert client.get("/search?q=gptbot").headers["location"] == "/decisions?agent=gptbot"
    assert client.get("/search?q=openai").headers["location"] == "/decisions?operator=openai"
    assert client.get("/search?q=/foto/").headers["location"] == "/decisions?path=%2Ffoto%2F"
    assert client.get("/search?q=203.0.113.0/24").headers["location"].startswith("/decisions?address=203")
    assert client.get("/search?q=").headers["location"] == "/decisions"
    lost = client.get("/search?q=<script>")
    assert lost.status_code == 404
    assert "&lt;script&gt;" in lost.text


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_decision_answers_four_questions(client, stage, lang):
    assert client.get(f"/decisions?lang={lang}").status_code == 303
    code = codes(client.get("/decisions?operator=OpenAI"))[0]
    page = client.get(f"/decisions/{code[-8:]}").text
    for key in ("question who", "question rule", "question terms", "question wire", "download proof"):
        assert getattr(WORDS[key], lang) in page
    assert f'<html lang="{lang}">' in page
    assert "uses.ai-train" in page
    assert stage.desk.events[-1] == (
        "look",
        {"page": "decision", "asked": {"entry": code}, "account": "sari"},
    )


def test_a_rule_says_why_in_its_own_words_while_it_is_the_same_policy(client, stage):
    code = codes(client.get("/decisions?operator=OpenAI"))[0]
    rule = sites.rule(
        "uses.ai-train",
        sites.Subject.everyone(),
        ["/"],
        Verdict.DENY,
        because=Sentence("Foto hanya untuk pelanggan", "Subscribers only"),
    )
    now = sites.policy(sites.host(rules=[rule]))
    for digest, said in ((journals.VERSION.policy.digest, True), ("sha256:00", False)):
        policy = dataclasses.replace(now, digest=digest)
        later = dataclasses.replace(stage.console, policy=lambda policy=policy: policy)
        page = dataclasses.replace(stage, console=later).client(name="sari").get(f"/decisions/{code}").text
        assert ("Foto hanya untuk pelanggan" in page) is said


def test_what_cannot_be_recorded_is_not_shown(client, stage):
    code = codes(client.get("/decisions?operator=OpenAI"))[0]
    stage.desk.trouble = "the disk is full"
    try:
        answer = client.get(f"/decisions/{code}")
        assert answer.status_code == 503
        assert "203.0.113.7" not in answer.text
        assert client.get("/decisions").status_code == 200
    finally:
        stage.desk.trouble = ""


def test_hostile_text_is_only_text(client):
    code = codes(client.get("/decisions?path=/foto/"))[0]
    for page in (client.get("/decisions?path=/foto/").text, client.get(f"/decisions/{code}").text):
        for text in ("<script>alert", "<img", "\u202e", "\x1b", "<b>"):
            assert text not in page
        assert "\\u{202e}" in page


def test_there_is_no_such_decision(client):
    assert client.get("/decisions/7K3M9Q2D").status_code == 404
    assert client.get("/decisions/x").status_code == 404
    assert client.get("/texts/sha256:00").status_code == 404
    assert client.get("/texts/..%2f..%2fetc").status_code == 404


def test_the_texts_of_the_time_can_be_read(client, stage):
    stage.console.review.texts.keep({journals.TERMS: journals.MANIFEST})
    page = client.get(f"/texts/{journals.TERMS}?name=<b>")
    assert "ketentuan" in page.text
    assert "<b>" not in page.text


def test_every_word_is_said_twice_and_used():
    folder = Path(words.__file__).parent
    files = [*folder.glob("*.py"), *folder.glob("pages/*.html")]
    text = "".join(path.read_text("utf-8") for path in files if not path.name.startswith("words")).replace(
        "'", '"'
    )
    families = tuple(
        f"{one} "
        for one in (
            "verdict",
            "key",
            "kind",
            "one",
            "ago",
            "audience",
            "role",
            "headline",
            "question",
            "health",
            "mode",
            "hold",
            "state",
            "status",
        )
    )
    unused = [
        key for key in WORDS if f'"{key.removesuffix(" head")}"' not in text and not key.startswith(families)
    ]
    assert unused == []
    assert all(sentence.id and sentence.en for sentence in WORDS.values())


def test_verdicts_have_words():
    assert all(f"verdict {verdict}" in WORDS for verdict in Verdict)
    assert all(f"kind {kind}" in WORDS for kind in Kind)


def test_times_of_an_account_are_the_sites(client):
    code = codes(client.get("/decisions?operator=OpenAI"))[0]
    assert client.get("/decisions?lang=id").status_code == 303
    page = client.get(f"/decisions/{code}").text
    assert " WIB</p>" in page[page.index("Apa yang terjadi di jalur?") :]
