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
    assert f"{tmp_path}/rules.yaml:3:5: peringatan: `b` membuka kembali" in result.stderr
    assert "Aturan khusus" in result.stdout
    english = check(tmp_path, "good/reopening-path", "--lang", "en")
    assert f"{tmp_path}/rules.yaml:3:5: warning: `b` re-opens" in english.stderr


def test_errors_fail_with_every_problem_and_no_sentence(tmp_path: Path):
    result = check(tmp_path, "bad/many-at-once", "--lang", "en")
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
    result = check(tmp_path, "bad/timezone-wib", "--json", "--lang", "en")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["policy"] is None
    assert document["problems"][0]["hint"] == "did you mean `Asia/Jakarta`?"
    assert document["chapters"] == []
    again = json.loads(check(tmp_path, "bad/timezone-wib", "--json").stdout)
    assert again["problems"][0]["hint"] == "maksudnya `Asia/Jakarta`?"


def test_what_robots_txt_cannot_say_is_an_error(tmp_path: Path):
    # About `/b…a` the gate follows the more exact subject, robots.txt the longer pattern.
    (tmp_path / "rules.yaml").write_text(
        "rules:\n"
        '  - {id: exact, who: agents, where: ["/b"], verdict: allow}\n'
        '  - {id: broad, who: everyone, where: ["/*b*a"], verdict: deny}\n'
    )
    result = check(tmp_path, "good/least", "--lang", "en")
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


def test_robots_txt_is_read_back(tmp_path: Path):
    said = " ".join(check(tmp_path, "good/least").stdout.split())
    assert re.search(
        r"robots\.txt dibaca ulang dengan Protego, .*: \d+ kelompok × \d+ alamat, tidak ada beda\.", said
    )
    said = " ".join(check(tmp_path, "good/least", "--lang", "en").stdout.split())
    assert re.search(r"robots\.txt read back with Protego, .*: \d+ groups × \d+ paths, no difference\.", said)
    back = json.loads(check(tmp_path, "good/least", "--json").stdout)["readback"]
    assert back["asked"] == back["groups"] * back["paths"] > 0
    assert (back["reader"], back["files"], back["cut"]) == ("protego", 1, False)
    assert (back["skipped"], back["differences"]) == ([], [])


def test_what_a_reader_takes_otherwise_is_a_warning(tmp_path: Path):
    (tmp_path / "rules.yaml").write_text(
        "rules:\n"
        '  - {id: shut, who: everyone, where: ["/a/"], verdict: deny}\n'
        '  - {id: open, who: everyone, where: ["/a/index.html"], verdict: allow}\n'
    )
    result = check(tmp_path, "good/least", "--lang", "en")
    assert result.exit_code == 0
    (line,) = [line for line in result.stderr.splitlines() if "Protego" in line]
    assert line.startswith(
        f"{tmp_path}/rules.yaml:2:5: warning: by robots.txt, as Protego reads it, a crawler that "
    )
    assert line.endswith("may fetch `/a/` on `www.antara.example`; the gate says `deny`")
    assert " not as the gate decides." in " ".join(result.stdout.split())
    document = json.loads(check(tmp_path, "good/least", "--json").stdout)
    difference = document["readback"]["differences"][0]
    assert difference == {
        "hosts": ["www.antara.example"],
        "token": "*",
        "path": "/a/",
        "verdict": "deny",
        "rule": "shut",
        "fetches": True,
    }
    assert any("Protego" in problem["message"] for problem in document["problems"])


def test_many_differences_are_counted_and_what_is_not_read_is_said(tmp_path: Path):
    folders = [f"/a{number}/" for number in range(30)]
    pages = [f"{folder}index.html" for folder in folders]
    (tmp_path / "rules.yaml").write_text(
        "rules:\n"
        f"  - {{id: shut, who: everyone, where: {json.dumps(folders)}, verdict: deny}}\n"
        f"  - {{id: open, who: everyone, where: {json.dumps(pages)}, verdict: allow}}\n"
    )
    result = check(tmp_path, "good/least", "--lang", "en")
    assert result.exit_code == 0
    assert (
        "site.yaml:1:1: warning: robots.txt, as Protego reads it, differs from the gate in 10 more places"
        in (result.stderr)
    )
    (tmp_path / "rules.yaml").write_text(
        'rules:\n  - {id: r, who: everyone, where: ["/*a*b*c*d*e"], verdict: deny}\n'
    )
    said = " ".join(check(tmp_path, "good/least", "--lang", "en").stdout.split())
    assert "Not read back, for a pattern with more than 4 stars or too many lines: robots.txt of www." in said


def test_what_was_not_asked_is_said(tmp_path: Path):
    paths = json.dumps([f"/p{number}/" for number in range(5000)])
    (tmp_path / "rules.yaml").write_text(
        f"rules:\n  - {{id: r, who: everyone, where: {paths}, verdict: deny}}\n"
    )
    said = " ".join(check(tmp_path, "good/least").stdout.split())
    assert re.search(r"Tidak semuanya ditanyakan: \d+ dari 50\d\d alamat, (\d+) dari \1 kelompok\.", said)
