"""The monthly letter in the console: the same as `izin report` writes, with its tables as CSV."""

import csv
import dataclasses
import io
from contextlib import closing
from datetime import UTC, datetime

import pytest

from gateway.audit.index import Index
from gateway.audit.reader import Reader
from gateway.audit.retention import retain
from gateway.console.letters import GOOD_FOR, Letters
from gateway.console.role import Role
from gateway.console.serve import counting
from gateway.instants import DAY, SECOND, instant
from gateway.lookups.folder import load
from gateway.policy.model import Keep
from gateway.told.month import Month
from gateway.value import changed
from gateway.vocabulary import Audience
from tests import journals
from tests.audit.test_retention import sealed
from tests.cli.test_report import LICENSE, entries
from tests.console.conftest import PASSWORD, stage_at
from tests.live.rig import write_policy

NOW = instant(datetime(2026, 11, 6, tzinfo=UTC))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    stage = stage_at(journals.write(tmp_path_factory.mktemp("letter"), entries()), NOW)
    stage.accounts.add("sari", PASSWORD, Role.ADMIN, 0)
    client = stage.client(name="sari")
    client.stage = stage
    yield client
    stage.console.review.close()
    stage.accounts.close()


@pytest.fixture(scope="module")
def licensed(client, tmp_path_factory):
    """The same console under a policy with a license."""
    folder = write_policy(tmp_path_factory.mktemp("licensed") / "policy")
    (folder / "licenses").mkdir()
    (folder / "licenses/contoh.yaml").write_text(LICENSE, "utf-8")
    policy = load(folder)
    stage = client.stage
    other = dataclasses.replace(stage, console=dataclasses.replace(stage.console, policy=lambda: policy))
    return other.client(name="sari")


def page(client, address):
    """A page, asked for again while it is being made."""
    for _ in range(20):
        answer = client.get(address)
        if answer.status_code != 503:
            return answer
    raise AssertionError(answer.text)


def test_it_is_the_letter_of_the_last_month_that_is_over(client):
    answer = page(client, "/letter")
    assert answer.status_code == 200
    assert "Surat bulanan Oktober 2026" in answer.text
    assert "OpenAI" in answer.text
    assert "www.antara.example/berita/banjir" in answer.text
    assert "Yang tidak dapat dilihat Izin" in answer.text
    assert "November 2026 →" in answer.text
    assert '"onload=x' not in answer.text  # it was asked for by a stranger, and is escaped


def test_it_is_in_english_and_of_another_month(client):
    client.cookies.set("izin-language", "en")
    answer = page(client, "/letter?month=2026-09")
    client.cookies.delete("izin-language")
    assert "Monthly letter for September 2026" in answer.text
    assert "No known crawler came in this month." in answer.text


def test_a_table_is_a_csv_without_formulas(client):
    answer = page(client, "/letter/readers.csv?month=2026-10")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "koran-2026-10-readers.csv" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows[1:] == [["ChatGPT", "OpenAI", "7"], ["'=1+1", "", "2"]]


@pytest.mark.parametrize("month", ["2027-01", "0001-13", "x", "2026-10%00"])
def test_what_is_no_month_or_yet_to_come_is_not_found(client, month):
    assert client.get(f"/letter?month={month}").status_code == 404


def test_what_is_no_table_is_not_found(client):
    assert page(client, "/letter/rahasia.csv?month=2026-10").status_code == 404


def test_nobody_reads_it_without_signing_in(client):
    stranger = type(client)(client.app, base_url=str(client.base_url), follow_redirects=False)
    assert stranger.get("/letter").status_code == 303


def test_a_license_has_a_monthly_statement(licensed):
    answer = page(licensed, "/licenses/contoh/statement?month=2026-10")
    assert "3 permintaan dijawab dengan isi dan dihitung" in answer.text
    assert "PT Contoh &lt;b&gt;AI&lt;/b&gt;, Oktober 2026" in answer.text
    assert "5 Oktober 2026" in answer.text
    assert "Alasan penolakan" in answer.text
    rows = list(
        csv.reader(
            io.StringIO(page(licensed, "/licenses/contoh/statement.csv?month=2026-10").text, newline="")
        )
    )
    assert sum(int(row[3]) for row in rows[1:]) == 3
    assert page(licensed, "/licenses/tiada/statement?month=2026-10").status_code == 404
    assert "/licenses/contoh/statement" in licensed.get("/licenses/contoh").text


def test_what_comes_late_is_in_the_letter_of_a_month_that_has_just_ended(tmp_path, client):
    policy, letters = client.stage.console.policy(), Letters()
    ended = Month(2026, 10).span(policy.zone)[1]
    folder = journals.write(tmp_path, journals.exchange(_at(1, ended - 2 * SECOND)))
    assert letters.letter(folder, policy, Month(2026, 10), ended + SECOND).seen.requests == 1
    journals.write(folder, journals.exchange(_at(2, ended - SECOND)), first=3)
    assert letters.letter(folder, policy, Month(2026, 10), ended + GOOD_FOR + SECOND).seen.requests == 2


def test_what_was_removed_is_in_no_letter_any_more(tmp_path):
    at = Month(2026, 10).span(UTC)[0] + DAY
    stage = stage_at(sealed(tmp_path / "journal", journals.exchange(_at(1, at)), (2,)), NOW + 40 * DAY)
    count = counting(stage.console)

    def requests():
        with closing(Index(Reader(stage.console.folder))) as index:
            count(index)
        console, month = stage.console, Month(2026, 10)
        return console.letters.letter(console.folder, console.policy(), month, NOW + 40 * DAY).seen.requests

    assert requests() == 1
    kept = Keep(dict.fromkeys(Audience, 1))
    assert retain(stage.console.folder, kept, NOW + 40 * DAY, (), lambda event: None)
    assert requests() == 0
    stage.console.review.close()
    stage.accounts.close()


def _at(number, at):
    return changed(journals.judged(number), at=at)
