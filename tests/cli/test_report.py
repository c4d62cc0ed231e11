"""The monthly letter equals a count of what `izin audit query --json` prints, and says what it cannot know."""

import csv
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.decision import Decision
from gateway.identify.identity import Evidence, Identity
from gateway.instants import DAY, SECOND, instant
from gateway.record import event_entry, outcome_entry
from gateway.value import changed
from gateway.vocabulary import Assurance, Audience, End, Kind, Level, Purpose, Reason, Verdict
from tests import journals
from tests.cli.test_usage import LICENSE, NOT_HERE, PROVED, SERVED
from tests.journals import decision_entry
from tests.live import rig

BEGIN = instant(datetime(2026, 10, 5, tzinfo=UTC))
GOOGLE = Identity(
    Kind.AGENTS, Assurance.CORROBORATED, "Googlebot", "Google", Purpose.SEARCH,
    evidence=(Evidence("claim", Reason.CLAIM_BELIEVED, "Googlebot"),),
)  # fmt: skip
CLAUDE = changed(journals.GPTBOT, agent="ClaudeBot", operator="Anthropic")
FALSE = changed(
    GOOGLE, kind=Kind.IMPOSTORS, assurance=Assurance.CONTRADICTED, agent="Googlebot", operator="Google"
)
SLOWED = Decision(Verdict.DENY, 429, "laju", (Reason.RATE_EXCEEDED,), Audience.WELCOME)
ACCUSED = Decision(Verdict.DENY, 403, "impostors", (Reason.CLAIM_CONTRADICTED,), Audience.AI)
LAW = Decision(Verdict.DENY, 451, "perintah", (Reason.LEGAL_ORDER,), Audience.PEOPLE)
ALLOWED = changed(journals.LET_IN, audience=Audience.WELCOME)
HOSTILE = b"/berita/%3Cscript%3E'\"onload=x"
#: Who came, what became of it, what was asked for, and how often.
TRAFFIC = (
    (journals.GPTBOT, journals.REFUSED, b"/berita/banjir", 5),
    (journals.GPTBOT, changed(journals.REFUSED, enforced=False), b"/foto/1", 3),
    (CLAUDE, journals.REFUSED, b"/berita/banjir", 2),
    (CLAUDE, journals.REFUSED, HOSTILE, 1),
    (GOOGLE, ALLOWED, b"/berita/banjir", 4),
    (GOOGLE, SLOWED, b"/berita/banjir", 1),
    (FALSE, ACCUSED, b"/berita/banjir", 6),
    (PROVED, SERVED, b"/berita/izin", 3),
    (PROVED, NOT_HERE, b"/foto/2", 1),
    (journals.READER, journals.LET_IN, b"/berita/banjir", 20),
    (journals.READER, LAW, b"/berita/tutup", 2),
)


def entries():
    """Traffic of some days, with the events around it, and two requests of the next month."""
    number = 0

    def exchange(identity, decision, target, at):
        nonlocal number
        number += 1
        one = changed(journals.judged(number, target, identity=identity, decision=decision), at=at)
        people = identity.kind is Kind.PEOPLE
        yield decision_entry(one, Level.WRITTEN if people else Level.DURABLE, "c2FtYXJh" if people else "")
        yield outcome_entry(one.id, at + 900, decision.status or 200, 1000, End.COMPLETE)

    yield event(1, BEGIN, "start", {})
    yield event(2, BEGIN, "policy", {"policy": "sha256:00", "terms": journals.TERMS, "hosts": []})
    at = BEGIN
    for identity, decision, target, count in TRAFFIC:
        for _ in range(count):
            at += SECOND
            yield from exchange(identity, decision, target, at)
    yield event(3, at, "referrals", {"since": at, "until": at, "readers": {"ChatGPT": 7, "=1+1": 2}})
    yield event(4, at, "gap", {"since": at, "until": at, "queued": 9, "refused": 0, "dropped": 5})
    yield event(5, at, "static", {"since": at, "until": at, "requests": 100, "bytes": 1})
    yield event(6, BEGIN + DAY, "stop", {})
    for _ in range(2):
        yield from exchange(journals.GPTBOT, journals.REFUSED, b"/", BEGIN + 30 * DAY)


def event(number, at, name, details):
    return event_entry(f"01KBBFZ9M1{number:016d}", at, name, details)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A policy and a journal."""
    folder = tmp_path_factory.mktemp("letter")
    policy = rig.write_policy(folder / "policy")
    (policy / "licenses").mkdir()
    (policy / "licenses/contoh.yaml").write_text(LICENSE, "utf-8")
    return policy, journals.write(folder / "journal", entries())


def izin(*words, code=0):
    ran = CliRunner().invoke(main, [str(word) for word in words])
    assert ran.exit_code == code, ran.output
    return ran.stdout


def report(told, *more, month="2026-10"):
    policy, journal = told
    return izin("report", policy, "--journal", journal, "--month", month, *more)


def test_it_equals_a_count_of_the_entries(told):
    said = json.loads(report(told, "--json"))
    lines = izin("audit", "query", "--journal", told[1], "--until", "2026-10-31", "--json").splitlines()
    decisions = [entry for entry in map(json.loads, lines) if entry["phase"] == "decision"]
    refused = [one for one in decisions if one["verdict"] != "allow" and one["enforced"]]
    agents = Counter(one["identity"]["operator"] for one in refused if one["identity"]["kind"] == "agents")
    every = Counter(one["identity"]["operator"] for one in decisions if one["identity"]["kind"] == "agents")
    assert said["refused"] == len(refused)
    rows = {row["operator"]: row for row in said["tables"]["operators"]}
    assert {name: row["refused"] for name, row in rows.items()} == {name: agents[name] for name in every}
    assert {name: row["refused"] + row["served"] for name, row in rows.items()} == every
    assert said["seen"]["requests"] == len(decisions) == sum(one[-1] for one in TRAFFIC)


def test_an_impostor_is_not_laid_to_whom_it_names(told):
    said = json.loads(report(told, "--json"))
    assert said["impostors"] == 6
    assert {"operator": "Google", "refused": 1, "violations": 0, "served": 4} in said["tables"]["operators"]


def test_what_ai_wanted_is_asked_of_crawlers_for_ai_alone(told):
    wanted = json.loads(report(told, "--json"))["tables"]["pages"]
    assert wanted[0] == {"page": "www.antara.example/berita/banjir", "requests": 7, "operators": 2}
    assert wanted[1] == {"page": "www.antara.example/foto/1", "requests": 3, "operators": 1}


def test_a_welcome_client_that_was_refused_is_told_and_a_legal_order_is_not(told):
    said = json.loads(report(told, "--json"))
    assert said["welcome_refused"] == 1
    assert said["tables"]["welcome-refused"] == [
        {"kind": "agents", "agent": "Googlebot", "rule": "laju", "requests": 1}
    ]
    assert json.loads(report(told, "--json", month="2026-09"))["welcome_refused"] == 0


def test_licenses_readers_and_what_was_seen(told):
    said = json.loads(report(told, "--json", "--delivered", "1000"))
    held = said["tables"]["licenses"][0]
    assert (held["license"], held["requests"], held["quota"], held["refused"]) == (
        "contoh", 3, "100000/month", 1,
    )  # fmt: skip
    assert said["sent_back"] == 9
    assert said["tables"]["readers"][0] == {"service": "ChatGPT", "operator": "OpenAI", "readers": 7}
    assert said["seen"] == {
        "requests": 48, "static": 100, "lost": 5, "watched": DAY // SECOND, "seconds": 31 * DAY // SECOND,
        "delivered": 1000,
    }  # fmt: skip


def test_the_page_is_bilingual_runs_nothing_and_says_what_is_not_seen(told, tmp_path):
    report(told, "--out", tmp_path / "surat.html")
    text = (tmp_path / "surat.html").read_text("utf-8")
    assert "Surat bulanan Oktober 2026" in text
    assert "Yang tidak dapat dilihat Izin" in text
    assert "What Izin cannot see" in text
    assert "pengambil konten yang menyamar" in text
    assert not re.search(r"<script|<img|<link|https?://|url\(", text)
    assert "banjir" in text


def test_every_table_is_a_csv_and_no_cell_is_a_formula(told, tmp_path):
    report(told, "--csv", tmp_path / "tabel")
    texts = {path.name: path.read_text("utf-8") for path in (tmp_path / "tabel").iterdir()}
    found = {name: list(csv.reader(io.StringIO(text, newline=""))) for name, text in texts.items()}
    assert sorted(found) == [
        "licenses.csv", "operators.csv", "pages.csv", "readers.csv", "welcome-refused.csv",
    ]  # fmt: skip
    assert found["readers.csv"] == [
        ["service", "operator", "readers"], ["ChatGPT", "OpenAI", "7"], ["'=1+1", "", "2"],
    ]  # fmt: skip
    assert not [cell for rows in found.values() for row in rows for cell in row if cell.startswith("=")]


@pytest.mark.parametrize(
    ("language", "words"), [("id", "Surat bulanan Oktober 2026"), ("en", "Monthly letter")]
)
def test_a_terminal_is_told_in_either_language(told, language, words):
    said = report(told, "--lang", language)
    assert words in said
    assert max(map(len, said.splitlines())) <= 100


def test_a_month_without_entries_is_said_to_have_none(told):
    said = report(told, month="2026-08")
    assert "0 permintaan ditolak" in said
    assert "Tidak ada perayap yang dikenal" in said


SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://www.antara.example/berita/banjir</loc><news:news><news:title>=Banjir
 surut \u202e</news:title></news:news></url>
</urlset>"""


def test_headlines_stand_beside_the_pages(told, tmp_path):
    saved = tmp_path / "berita.xml"
    saved.write_text(SITEMAP, "utf-8")
    rows = json.loads(report(told, "--titles", saved, "--json"))["tables"]["pages"]
    named = {row["page"]: row["headline"] for row in rows}
    assert named["www.antara.example/berita/banjir"] == "=Banjir surut \u202e"
    assert None in named.values()  # the sitemap does not have every page
    for text in (report(told, "--titles", saved), report(told, "--titles", saved, "--html")):
        assert "Banjir surut" in text
        assert "\u202e" not in text
    report(told, "--titles", saved, "--csv", tmp_path / "csv")
    assert "'=Banjir surut" in (tmp_path / "csv/pages.csv").read_text("utf-8")
    assert "headline" not in json.loads(report(told, "--json"))["tables"]["pages"][0]
    saved.write_text("<!DOCTYPE x><x/>", "utf-8")
    policy, journal = told
    said = CliRunner().invoke(main, ["report", *map(str, (policy, "--journal", journal, "--titles", saved))])
    assert said.exit_code == 1
    assert "bukan peta situs: ada deklarasi jenis dokumen" in " ".join(said.stderr.split())
