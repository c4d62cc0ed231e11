"""`izin check` from outside: exit codes, streams, and both forms of output."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.volume import Range, amount
from gateway.vocabulary import Language
from tests.policy.cases import TESTS, read_case


def check(folder: Path, case: str, *options: str) -> Result:
    for name, octets in read_case(TESTS / f"{case}.txt").files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    return CliRunner().invoke(main, ["check", str(folder), *options])


def test_a_sound_policy_is_read_aloud_in_indonesian(tmp_path: Path):
    result = check(tmp_path, "good/least")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith("Situs dan pemegang hak\n  - Kebijakan `antara` berlaku untuk")
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_and_in_english(tmp_path: Path):
    result = check(tmp_path, "good/least", "--lang", "en")
    assert result.stdout.startswith("The site and who holds its rights\n")


def test_warnings_alone_are_no_failure(tmp_path: Path):
    result = check(tmp_path, "good/reopening-path")
    assert result.exit_code == 0
    assert f"{tmp_path}/rules.yaml:3:5: warning: `b` re-opens" in result.stderr
    assert "Aturan khusus" in result.stdout


def test_errors_fail_with_every_problem_and_no_sentence(tmp_path: Path):
    result = check(tmp_path, "bad/many-at-once")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"{tmp_path}/rules.yaml:2:54: unknown verdict `forbid`\n    hint: one of: allow" in result.stderr
    assert result.stderr.count("\n    hint: ") == 6


def test_json_has_problems_and_chapters(tmp_path: Path):
    result = check(tmp_path, "good/reopening-path", "--json")
    document = json.loads(result.stdout)
    assert document["policy"].startswith("sha256:")
    (problem,) = document["problems"]
    assert (problem["severity"], problem["file"], problem["line"], problem["column"]) == (
        "warning",
        "rules.yaml",
        3,
        5,
    )
    assert document["chapters"][0]["sentences"]


def test_json_of_a_bad_policy(tmp_path: Path):
    result = check(tmp_path, "bad/timezone-wib", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["policy"] is None
    assert document["problems"][0]["hint"] == "did you mean `Asia/Jakarta`?"
    assert document["chapters"] == []


def test_what_robots_txt_cannot_say_is_an_error(tmp_path: Path):
    # About `/b…a` the gate follows the more exact subject, robots.txt the longer pattern.
    (tmp_path / "rules.yaml").write_text(
        "rules:\n"
        '  - {id: exact, who: agents, where: ["/b"], verdict: allow}\n'
        '  - {id: broad, who: everyone, where: ["/*b*a"], verdict: deny}\n'
    )
    result = check(tmp_path, "good/least")
    assert result.exit_code == 1
    assert "rules.yaml:2:5: robots.txt of `www.antara.example` cannot say rule `exact`" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("arguments", [["nowhere"], [], ["README.md"]])
def test_wrong_usage(arguments: list[str]):
    assert CliRunner().invoke(main, ["check", *arguments]).exit_code == 2


def test_how_much_the_journal_grows_is_said_with_what_is_assumed(tmp_path: Path):
    said = " ".join(check(tmp_path, "good/least").stdout.split())
    assert "Dengan 1.000.000 permintaan sehari (90 % pembaca, 5 % perayap AI, 5 % perayap lain" in said
    assert re.search(r"jurnal bertambah sekitar 0,\d+–0,\d+ GB sehari\.", said)
    options = ("--requests-per-day", "20000000", "--shares", "people=1,ai=3", "--lang", "en")
    said = " ".join(check(tmp_path, "good/least", *options).stdout.split())
    assert "With 20,000,000 requests a day (25 % readers, 75 % AI crawlers, 0 % other" in said
    assert re.search(r"grows by some \d+–\d+ GB a day\.", said)
    day = json.loads(check(tmp_path, "good/least", "--json").stdout)["day"]
    assert day["shares"] == {"people": 90, "ai": 5, "welcome": 5}
    assert day["journal_octets"][0] < day["journal_octets"][1]


@pytest.mark.parametrize(
    "shares", ["", "people", "people=x", "people=-1", "x=1", "ai=1,ai=2", "people=0", "ai=nan"]
)
def test_shares_that_are_none_are_refused(tmp_path: Path, shares: str):
    assert check(tmp_path, "good/least", "--shares", shares).exit_code == 2


@pytest.mark.parametrize(
    ("least", "most", "text"),
    [
        (342e6, 406e6, "0.3–0.5 GB"),
        (210e6, 284e6, "0.21–0.29 GB"),
        (1.05e9, 1.42e9, "1.0–1.5 GB"),
        (60e9, 78e9, "60–80 GB"),
        (7e9, 7e9, "7 GB"),
        (1200, 2100, "1.2–2.1 kB"),
        (0, 0, "0 B"),
    ],
)
def test_a_range_claims_no_more_than_is_known(least, most, text):
    assert amount(Range(least, most), Language.EN) == text
    assert amount(Range(least, most), Language.ID) == text.replace(".", ",")
