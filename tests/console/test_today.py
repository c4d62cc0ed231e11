"""Counts by the hour, and the pages that are made of them: Today, and operators."""

import re
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from gateway.audit import hourly
from gateway.audit.index import Index
from gateway.audit.query import Query
from gateway.audit.reader import Reader
from gateway.audit.retention import retain
from gateway.audit.stats import stats
from gateway.console.hours import HOUR, Hours, audience_of, new_agents
from gateway.console.role import Role
from gateway.console.words_of_events import EVENTS
from gateway.decision import Decision
from gateway.identify.identity import Identity
from gateway.instants import DAY
from gateway.record import event_entry
from gateway.vocabulary import Assurance, Audience, Kind, Purpose, Reason, Verdict
from tests import journals
from tests.audit.test_retention import sealed
from tests.audit.test_uses import KEEP
from tests.console.conftest import PASSWORD, stage_at
from tests.journals import GPTBOT, REFUSED, START, exchange, judged

GOOGLE = Identity(Kind.AGENTS, Assurance.CLAIMED, "Googlebot", "Google", Purpose.SEARCH)
IMPOSTOR = Identity(Kind.IMPOSTORS, Assurance.CONTRADICTED, "Googlebot", "Google", Purpose.SEARCH)
DENIED = Decision(Verdict.DENY, 403, "salah-aturan", (Reason.RULE_DENIES,), Audience.WELCOME)
MINUTE = 60_000  # in the milliseconds by which `judged` tells one from another
NOW = START + 30 * HOUR


def entries(*, mistake=False):
    found = []
    for number in range(200):
        who = {"identity": GPTBOT, "decision": REFUSED} if number % 4 == 0 else {}
        found += exchange(judged(number * 8 * MINUTE, b"/berita/%d" % (number % 7), **who))
    found += exchange(judged(26 * 60 * MINUTE, identity=IMPOSTOR, decision=DENIED))
    if mistake:
        found += exchange(judged(27 * 60 * MINUTE + 1, identity=GOOGLE, decision=DENIED))
    case = {"case": "01KBBFZ9M00000000000000099", "articles": 1200, "network": "203.0.113.0/24"}
    found.append(event_entry("01KBBFZ9M00000000000000099", START + 27 * HOUR, "case", case, journals.salt))
    return found


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = stage_at(journals.write(tmp_path_factory.mktemp("today"), entries()), NOW)
    stage.accounts.add("sari", PASSWORD, Role.ADMIN, 0)
    yield stage
    stage.console.review.close()
    stage.accounts.close()


@pytest.fixture(scope="module")
def client(stage):
    return stage.client(name="sari")


def test_hours_add_up_to_what_is_there(tmp_path):
    with closing(Index(Reader(journals.write(tmp_path, entries())))) as index:
        hours = Hours()
        counts, _ = hours.counted(index, START - HOUR, NOW, NOW)
        assert sum(counts.values()) == stats(index, Query()).decisions
        assert sum(n for group, n in counts.items() if group.refused) == 51
        whole = Counter()
        for _, hour in hours.span(index, START - HOUR, NOW, NOW):
            whole.update(hour or {})
        sorts = Counter()
        for group, n in counts.items():
            sorts[audience_of(group.kind, group.purpose), group.refused] += n
        assert whole == sorts
        assert {audience for audience, _ in whole} == {Audience.AI, Audience.PEOPLE}
        index.db.execute("DELETE FROM tallies")
        assert hours.counted(index, START - HOUR, NOW, NOW).counts == counts, "from memory now"
        assert [hour for _, hour in hours.span(index, START - HOUR, NOW, NOW) if hour]


def test_an_hour_that_runs_is_counted_again(tmp_path):
    folder = journals.write(tmp_path, exchange(judged(1)))
    with closing(Index(Reader(folder))) as index:
        hours, now = Hours(), START + 10
        assert hours.counted(index, START, now, now).counts.total() == 1
        journals.write(folder, exchange(judged(2)), first=3)
        index.catch_up()
        assert hours.counted(index, START, now, now).counts.total() == 2


def test_what_was_removed_is_in_no_hour_that_is_kept(tmp_path):
    invented = Identity(Kind.AGENTS, Assurance.CLAIMED, "Karangan")
    folder = sealed(tmp_path / "j", exchange(judged(1, identity=invented, decision=REFUSED)), (2,))
    hours, later = Hours(), START + 40 * DAY
    with closing(Index(Reader(folder))) as index:
        assert hours.counted(index, START, START + HOUR, later).counts.total() == 1
        assert retain(folder, KEEP, later, (), lambda event: None) == 2
        index.catch_up()
        sealed(folder, exchange(judged(2, identity=GPTBOT, decision=REFUSED)), (2,))
        index.catch_up()
        assert hours.counted(index, START, START + HOUR, later) == Hours().counted(
            index, START, START + HOUR, later
        )
        assert hours.span(index, START, START + HOUR, later) == Hours().span(
            index, START, START + HOUR, later
        )


def test_an_agent_is_new_once(tmp_path):
    with closing(Index(Reader(journals.write(tmp_path, entries())))) as index:
        hours = Hours()
        late = hours.counted(index, START + 20 * HOUR, NOW, NOW).agents
        assert new_agents(index, late, START + 20 * HOUR - START % HOUR) == ["Googlebot"]
        assert "GPTBot" in new_agents(index, hours.counted(index, START, NOW, NOW).agents, START - HOUR)


def test_many_invented_agents_cost_no_more_than_some(tmp_path, monkeypatch):
    monkeypatch.setattr(hourly, "_LOOKED_AT", 5)
    named = [Identity(Kind.AGENTS, Assurance.CLAIMED, f"Karangan-{number}") for number in range(9)]
    made = [
        entry for n, who in enumerate(named) for entry in exchange(judged(n, identity=who, decision=REFUSED))
    ]
    with closing(Index(Reader(journals.write(tmp_path, made)))) as index:
        found = new_agents(index, Hours().counted(index, START, NOW, NOW).agents, START - HOUR)
    assert found == [f"Karangan-{number}" for number in range(4, 9)]


def test_an_event_is_headed_by_words(client):
    page = client.get("/decisions/00000099").text
    assert "<h1>Seorang pembaca mengambil sangat banyak artikel</h1>" in page
    assert "<code>case</code>" in page
    told = (Path(__file__).parents[2] / "docs/manual/journal.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", told.partition("| event |")[2], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row)} <= EVENTS.keys()


def test_today_says_what_happened(client):
    page = client.get("/?period=7d").text
    assert "Dalam 7 hari terakhir 51 permintaan ditolak." in page
    assert "begitulah seharusnya" in page
    assert "1 permintaan peniru" in page
    assert "Seorang pembaca mengambil 1.200 artikel sehari" in page
    assert "Gerbang tidak berjalan" in page
    assert "Belum pernah terlihat" in page
    assert "pelatihan AI" in page


def test_parts_of_the_site_lead_to_who_wanted_them(client, tmp_path):
    assert re.search(r"kemarin:.*section=foto&amp;since=2026-11-[0-9]+&amp;until=", client.get("/").text)
    stage = stage_at(journals.write(tmp_path, exchange(judged(1))), START + 60_000_000)
    stage.accounts.add("sari", PASSWORD, Role.READER, 0)
    assert "section=foto&amp;since=24h" in stage.client(name="sari").get("/").text
    stage.console.review.close()
    stage.accounts.close()


def test_welcome_clients_refused_are_said_aloud(tmp_path):
    stage = stage_at(journals.write(tmp_path, entries(mistake=True)), NOW)
    stage.accounts.add("sari", PASSWORD, Role.READER, 0)
    page = stage.client(name="sari").get("/?period=7d").text
    assert "Ada yang seharusnya dilayani tetapi ditolak" in page
    assert "operator=Google" in page
    stage.console.review.close()
    stage.accounts.close()


@pytest.mark.parametrize(("period", "hours"), [("24h", 24), ("7d", 168), ("30d", 720), ("nonsense", 24)])
def test_the_plot_has_every_hour(client, period, hours):
    found = client.get(f"/today.json?period={period}").json()
    assert len(found["at"]) in {hours, hours + 1}
    assert all(len(line) == len(found["at"]) for line in found["lines"])
    assert len(found["names"]) == len(found["lines"]) == 4
    if hours > 24:  # what was before the first entry is missing, not nought
        assert found["lines"][0][0] is None


def test_an_operator_has_a_scorecard(client):
    assert '<a href="/operators/OpenAI?period=7d">OpenAI</a>' in client.get("/operators").text
    page = client.get("/operators/OpenAI?period=7d").text
    assert "Dalam 7 hari terakhir 50 permintaannya ditolak, 0 di antaranya pelanggaran; 0 dilayani." in page
    assert "/berita/0" in page
    assert "7 dari 7 halaman yang ditolak diminta lagi." in page
    assert client.get("/operators/Tiada").status_code == 404


@pytest.mark.parametrize(
    ("path", "head", "first"),
    [
        (
            "/operators.csv?period=7d",
            "operator,purposes,refused,violations,served,readers",
            "OpenAI,pelatihan AI,50,0,0,0",
        ),
        ("/operators/OpenAI/pages.csv?period=7d", "page,requests,refused,headline", "/berita/0,8,8,"),
        ("/operators/OpenAI/days.csv?period=7d", "day,served,refused", None),
        ("/hours.csv?period=7d", "hour,people-served,welcome-served,ai-served,ai-refused", None),
        ("/purposes.csv?period=7d", "purpose,served,refused", "ai-train,0,50"),
        ("/licenses.csv", "id,licensee,contract,agents,uses,state,days,served,refused,quota", None),
        ("/policy/history.csv", "since,until,terms,policy", None),
    ],
)
def test_each_table_can_be_taken_along(client, path, head, first):
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == head
    if first is not None:
        assert first in lines


def test_the_trend_of_an_operator_has_every_day(client):
    found = client.get("/operators/OpenAI/days.json?period=7d").json()
    assert found["days"] is True
    assert [sum(line) for line in found["lines"]] == [0, 50]
    assert "menurut pengakuannya sendiri: 50" in client.get("/operators/OpenAI?period=7d").text


def test_an_empty_journal_is_said(empty):
    empty.accounts.add("sari", PASSWORD, Role.ADMIN, 0)
    client = empty.client(name="sari")
    assert "belum ada permintaan" in client.get("/").text
    assert "Belum ada keputusan" in client.get("/decisions").text
    assert "Belum ada perayap" in client.get("/operators").text
