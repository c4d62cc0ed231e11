"""The statement of use equals an independent count of what `izin audit query --json` prints."""

import csv
import io
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.decision import Decision
from gateway.instants import DAY, SECOND, instant, utc
from gateway.record import event_entry, outcome_entry
from gateway.value import changed
from gateway.vocabulary import Assurance, Audience, End, Level, Reason, Use, Verdict
from tests import journals
from tests.journals import decision_entry
from tests.live import rig

JAKARTA = ZoneInfo("Asia/Jakarta")
BEGIN = instant(datetime(2026, 9, 29, tzinfo=UTC))
LICENSE = """\
license: contoh
licensee: PT Contoh <b>AI</b>
contract: {number: ANT/1, signed: 2026-01-05}
agents: [GPTBot]
uses: [ai-train]
proof: {addresses: [192.0.2.0/24]}
from: 2026-01-05
until: 2027-01-04
quota: 100000/month
"""
SECTIONS = "sections: {berita: [/berita/], foto: [/foto/, /berita/foto/]}\n"
PROVED = changed(journals.GPTBOT, assurance=Assurance.CORROBORATED, proved=("contoh",))
SERVED = Decision(
    Verdict.ALLOW, None, "license.contoh", (Reason.LICENSE_COVERS,), Audience.AI, license="contoh",
    grants=(Use.AI_TRAIN,),
)  # fmt: skip
USED_UP = Decision(
    Verdict.DENY,
    429,
    "license.contoh",
    (Reason.QUOTA_EXCEEDED, Reason.LICENSE_COVERS),
    Audience.AI,
    license="contoh",
)
NOT_HERE = Decision(
    Verdict.DENY, 403, "uses.ai-train", (Reason.USE_DENIED, Reason.LICENSE_NOT_HERE), Audience.AI
)
OBSERVED = changed(USED_UP, enforced=False)
KINDS = (
    [(PROVED, SERVED)] * 8
    + [(PROVED, USED_UP), (PROVED, NOT_HERE), (PROVED, OBSERVED)]
    + [(journals.GPTBOT, journals.REFUSED)] * 2
    + [(journals.READER, journals.LET_IN)]
)
TARGETS = [
    f"/{part}/{number}".encode()
    for part in ("berita", "foto", "berita/foto", "ekonomi")
    for number in range(9)
]


def traffic(count):
    """The entries of some weeks around the turn of a month: decisions at random, most with an outcome some time later."""
    chance, waiting = random.Random(11), []
    for number in range(1, count + 1):
        at = BEGIN + number * (40 * DAY // count) + chance.randrange(SECOND)
        identity, decision = chance.choice(KINDS)
        one = journals.judged(
            number, chance.choice(TARGETS), identity=identity, decision=decision, address="192.0.2.7",
            method=chance.choice(["GET"] * 7 + ["HEAD"]),
        )  # fmt: skip
        day = (
            utc(at).astimezone(JAKARTA).date() if decision is SERVED and one.request.method == "GET" else None
        )
        level = Level.WRITTEN if identity is journals.READER else Level.DURABLE
        yield decision_entry(changed(one, at=at, booked=day), level)
        status = (
            decision.status if decision.refuses else chance.choice([200, 200, 200, 206, 304, 302, 404, None])
        )
        if decision is SERVED and chance.random() < 0.05:  # an embargo that the origin's answer told
            waiting.append(outcome_entry(one.id, at + 900, 403, 900, End.WITHHELD))
        elif chance.random() < 0.97:
            waiting.append(outcome_entry(one.id, at + 900, status, chance.randrange(90_000), End.COMPLETE))
        chance.shuffle(waiting)
        while waiting and chance.random() < 0.7:
            yield waiting.pop()
    yield from waiting
    yield event_entry("01KBBFZ9M0T4QJ8WZX7K3M9QXA", BEGIN, "uji", {})


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A policy and a journal."""
    folder = tmp_path_factory.mktemp("usage")
    policy = rig.write_policy(folder / "policy", more=SECTIONS)
    (policy / "licenses").mkdir()
    (policy / "licenses/contoh.yaml").write_text(LICENSE, "utf-8")
    return policy, journals.write(folder / "journal", traffic(1500))


def izin(*words, code=0):
    ran = CliRunner().invoke(main, [str(word) for word in words])
    assert ran.exit_code == code, ran.output
    return ran.stdout


def counted_anew(journal, month):
    """What a licensee computes who has nothing but the entries."""
    entries = [
        json.loads(line) for line in izin("audit", "query", "--journal", journal, "--json").splitlines()
    ]
    outcomes = {entry["of"]: entry for entry in entries if entry["phase"] == "outcome"}
    requests = size = refused = unsettled = 0
    days, articles = Counter(), set()
    for entry in entries:
        if entry["phase"] != "decision":
            continue
        here = datetime.fromisoformat(entry["time"]).astimezone(JAKARTA)
        if f"{here:%Y-%m}" != month:
            continue
        mine = entry["license"] == "contoh" or "contoh" in entry["identity"].get("proved", [])
        outcome = outcomes.get(entry["id"])
        if mine and entry["verdict"] == "allow" and outcome is not None and outcome["end"] == "withheld":
            refused += 1
        elif (
            entry["license"] == "contoh"
            and entry["verdict"] == "allow"
            and entry["request"]["method"] != "HEAD"
        ):
            if outcome is None or outcome["status"] in (200, 206):
                requests += 1
                days[f"{here:%Y-%m-%d}"] += 1
                articles.add((entry["request"]["host"], entry["request"]["target"]))
                size += 0 if outcome is None else outcome["bytes"]
                unsettled += outcome is None
        elif mine and entry["verdict"] != "allow" and entry["enforced"]:
            refused += 1
    return requests, size, refused, unsettled, len(articles), days


@pytest.mark.parametrize("month", ["2026-09", "2026-10", "2026-11", "2026-12"])
def test_it_equals_an_independent_count(told, month):
    policy, journal = told
    said = json.loads(
        izin("license", "usage", policy, "contoh", "--journal", journal, "--month", month, "--json")
    )
    requests, size, refused, unsettled, articles, days = counted_anew(journal, month)
    assert (said["requests"], said["bytes"], said["refused"]) == (requests, size, refused)
    assert (said["unsettled"], said["articles"]) == (unsettled, articles)
    assert {row["day"]: row["requests"] for row in said["by"]["day"] if row["requests"]} == days
    for name in ("day", "host", "section"):
        rows = said["by"][name]
        for member in ("requests", "bytes", "refused"):
            assert sum(row[member] for row in rows) == said[member], (name, member)
    assert sum(row["requests"] for row in said["because"]) == refused
    if month == "2026-10":
        assert {row["section"] for row in said["by"]["section"]} == {"berita", "foto", None}
        because = {row["reason"] for row in said["because"]}
        assert because == {"quota-exceeded", "license-not-here", "license-embargo"}
        assert {row["answer"] for row in said["uncounted"]} == {"HEAD", "304", "302", "404", "none"}
        assert (said["unproved"][0]["reason"], said["observed"] > 0) == ("use-denied", True)
        assert said["first"] < said["last"]
    if month == "2026-12":
        assert (requests, said["first"], said["by"]) == (0, None, {"day": [], "host": [], "section": []})


def test_csv_adds_up_to_the_same(told):
    policy, journal = told
    asked = ("license", "usage", policy, "contoh", "--journal", journal, "--month", "2026-10")
    rows = list(csv.DictReader(io.StringIO(izin(*asked, "--csv"))))
    said = json.loads(izin(*asked, "--json"))
    for member in ("requests", "bytes", "refused"):
        assert sum(int(row[member]) for row in rows) == said[member]
    assert len({(row["day"], row["host"], row["section"]) for row in rows}) == len(rows) > 60


def test_the_page_is_whole_bilingual_and_harmless(told):
    policy, journal = told
    page = izin("license", "usage", policy, "contoh", "--journal", journal, "--month", "2026-10", "--html")
    assert "Laporan penggunaan lisensi Oktober 2026" in page
    assert "Statement of use for October 2026" in page
    assert "PT Contoh &lt;b&gt;AI&lt;/b&gt;" in page
    assert "kuota lisensi untuk masa ini sudah habis" in page
    assert "31 Oktober" in page
    assert '"Source Serif 4"' in page, "the style is no text to be escaped"
    for banned in ("<script", "http://", "https://", "src=", "<b>"):
        assert banned not in page
    text = izin(
        "license", "usage", policy, "contoh", "--journal", journal, "--month", "2026-10", "--lang", "en"
    )
    assert "by section" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_demand_ranks_operators_by_what_they_did_not_get(told):
    policy, journal = told
    asked = ("license", "demand", policy, "--journal", journal, "--month", "2026-10")
    (one,) = [json.loads(line) for line in izin(*asked, "--json").splitlines()]
    assert (one["operator"], one["agents"][0]["agent"], one["proved"]) == ("OpenAI", "GPTBot", 0)
    assert (
        one["requests"] == one["purposes"][0]["requests"] == sum(row["requests"] for row in one["sections"])
    )
    assert one["licenses"] == ["contoh"]
    assert one["pages"] <= len(TARGETS)
    text = izin(*asked, "--lang", "en")
    assert "for AI training; sections: foto" in text
    assert "Tidak ada perayap AI" in izin(*asked[:-1], "2026-12")


def test_wrong_calls(told):
    policy, journal = told
    for month in ("2026-13", "Oktober", "2026-1", "0000-01"):
        izin("license", "usage", policy, "contoh", "--journal", journal, "--month", month, code=2)
    izin("license", "usage", policy, "lain", "--journal", journal, code=1)
    now = datetime.now(JAKARTA)
    said = json.loads(izin("license", "usage", policy, "contoh", "--journal", journal, "--json"))
    assert said["from"] == f"{now:%Y-%m}-01" or now + timedelta(minutes=5) >= now.replace(day=1)
