"""`izin replay` from outside: what a log says of a policy, and what cannot be told."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.progress import line as progress_line
from gateway.cli.replayed import octets
from tests import journals

POLICIES = Path(__file__).parents[2] / "policies"
ANTARA = POLICIES / "antara"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def izin(*words: object) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, words)], catch_exceptions=False)


def told(*words: object) -> dict:
    found = izin(*words, "--json")
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)


def line(user_agent: str, path: str = "/berita/1", address: str = "192.0.2.9", host: str = "") -> str:
    when = "24/Nov/2026:09:00:05 +0700"
    return f'{host}{address} - - [{when}] "GET {path} HTTP/1.1" 200 1000 "-" "{user_agent}"\n'


@pytest.fixture
def log(tmp_path):
    """Readers, a search engine, AI crawlers, a licensee with and without proof, and what is no request."""
    lines = (
        [line(CHROME)] * 5 + [line(GOOGLE)] * 3 + [line("GPTBot/1.3")] * 4 + [line("AhrefsBot/7", "/foto/1")]
    )
    lines += [line("ContohBot/1.0", address="127.0.0.2"), line("ContohBot/1.0")]
    lines += ["garbage\n", "\n", line("x", "/a").replace("GET /a HTTP/1.1", "-"), line(CHROME, "/a%zz")]
    lines += [line(CHROME, host="lain.example ")]
    (path := tmp_path / "access.log").write_text("".join(lines), "utf-8")
    return path


def test_a_log_says_whom_a_policy_would_refuse(log):
    found = told(ANTARA, log)
    assert (found["requests"], found["malformed"], found["unreplayable"]) == (17, 1, 1)
    assert (found["faulty"], found["elsewhere"], found["changed"], found["changes"]) == (1, 1, 0, [])
    assert found["from"] == "2026-11-24T02:00:05.000000Z"
    assert {(one["agent"], one["rule"], one["requests"], one["bytes"]) for one in found["refused"]} == {
        ("GPTBot", "uses.ai-train", 4, 4000),
        ("ContohBot", "uses.ai-input", 1, 1000),
        ("AhrefsBot", "foto-tidak-untuk-seo", 1, 1000),
    }
    assert found["refused_by"]["operator"][0] == {"operator": "OpenAI", "requests": 4, "bytes": 4000}
    assert found["refused_by"]["purpose"][0]["purpose"] == "ai-train"
    assert {one["section"]: one["requests"] for one in found["refused_by"]["section"]} == {
        "berita": 5,
        "foto": 1,
    }
    assert found["welcome_refused"] == []
    assert found["clients"][0]["kind"] == "people"


def test_it_is_told_in_plain_words(log):
    found = izin(ANTARA, log)
    assert "GPTBot (OpenAI): ditolak, uses.ai-train" in found.stdout
    assert "tidak satu pun ditolak" in " ".join(found.stdout.split())
    assert max(map(len, found.stdout.splitlines())) <= 100
    assert "none would be refused" in izin(ANTARA, log, "--lang", "en").stdout


def test_a_rule_that_touches_welcome_clients_is_shown_as_such(log, tmp_path):
    shutil.copytree(ANTARA, folder := tmp_path / "salah")
    rules = "rules:\n  - {id: keliru, who: {purpose: search}, where: ['/berita/'], verdict: deny}\n"
    (folder / "rules.yaml").write_text(rules, "utf-8")
    (one,) = told(folder, log)["welcome_refused"]
    assert (one["agent"], one["rule"], one["requests"]) == ("Googlebot", "keliru", 3)
    assert (
        "ATTENTION: welcome clients would be refused: 3 requests" in izin(folder, log, "--lang", "en").stdout
    )


def test_the_difference_between_two_policies(log, tmp_path):
    shutil.copytree(ANTARA, folder := tmp_path / "lain")
    site = (folder / "site.yaml").read_text("utf-8").replace("ai-train: deny", "ai-train: license")
    (folder / "site.yaml").write_text(site, "utf-8")
    found = told(ANTARA, log, "--against", folder)
    assert found["changed"] == 4
    assert found["changes"] == [
        {"before": "deny", "after": "license", "agent": "GPTBot", "operator": "OpenAI", "requests": 4}
    ]
    said = izin(ANTARA, log, "--against", folder, "--lang", "en").stdout
    assert "GPTBot (OpenAI): 4 requests that were refused would be offered a license" in said
    assert told(ANTARA, log, "--against", ANTARA)["changed"] == 0


def test_compressed_mixed_and_several_logs_are_read_as_one(log, tmp_path):
    (packed := tmp_path / "old").write_bytes(gzip.compress(log.read_bytes()))
    entry = {"request": "GET /a HTTP/1.1", "ua": "CCBot/2.0", "host": "www.antara.example"}
    (mixed := tmp_path / "mixed.log").write_text(json.dumps(entry) + "\n" + line("GPTBot/1"), "utf-8")
    found = told(ANTARA, log, packed, mixed, "--fields", "user-agent=ua")
    assert found["requests"] == 36
    assert {one["agent"]: one["requests"] for one in found["refused"]}["CCBot"] == 1
    wrong = izin(ANTARA, log, "--fields", "ua=x")
    assert wrong.exit_code == 2
    assert "NAME is one of address" in wrong.stderr


def test_a_log_that_ends_too_soon_is_told_and_what_was_read_counts(log, tmp_path):
    (cut := tmp_path / "cut.gz").write_bytes(gzip.compress(log.read_bytes() * 50)[:-20])
    found = izin(ANTARA, cut)
    assert found.exit_code == 1
    assert "cannot be read to its end" in found.stderr
    (long := tmp_path / "long").write_bytes(b"x" * 300_000 + b"\n" + line("GPTBot/1").encode())
    found = told(ANTARA, long)
    assert (found["malformed"], found["requests"]) == (1, 1)


def test_the_origins_robots_txt_counts_if_it_is_given(tmp_path):
    (robots := tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /cari\n", "utf-8")
    (log := tmp_path / "log").write_text(line("AhrefsBot/7", "/cari"), "utf-8")
    assert told(ANTARA, log)["refused"] == []
    assert told(ANTARA, log, "--robots", robots)["refused"][0]["rule"] == "origin-robots"


def test_a_journal_is_compared_with_what_it_recorded(tmp_path):
    gptbot = {"identity": journals.GPTBOT, "user_agent": "GPTBot/1.3"}
    entries = [
        *journals.exchange(journals.judged(1)),
        *journals.exchange(journals.judged(2, decision=journals.REFUSED, **gptbot)),
        *journals.exchange(journals.judged(3, **gptbot)),  # let in, under another policy
        *journals.exchange(journals.judged(4, b"/foto/1?x=2", **gptbot)),  # what was cut may have decided
    ]
    folder = journals.write(tmp_path / "journal", entries)
    found = told(ANTARA, folder)
    assert (found["requests"], found["unreplayable"], found["changed"]) == (4, 0, 2)
    assert found["changes"] == [
        {"before": "allow", "after": "deny", "agent": "GPTBot", "operator": "OpenAI", "requests": 2}
    ]
    said = izin(ANTARA, folder, "--lang", "en").stdout
    assert "From what was recorded to" in said
    assert "GPTBot (OpenAI): 2 requests that were served would be refused" in said
    shutil.copytree(ANTARA, other := tmp_path / "lain")
    rules = "rules:\n  - {id: cetak, who: {purpose: seo}, where: ['/*cetak='], verdict: deny}\n"
    (other / "rules.yaml").write_text(rules, "utf-8")
    found = told(other, folder)
    assert (found["requests"], found["unreplayable"], found["changed"]) == (3, 1, 1)
    assert told(ANTARA, folder, "--against", other)["changed"] == 0


def test_octets_of_a_journal_are_those_of_its_outcomes(tmp_path):
    gptbot = {"identity": journals.GPTBOT, "user_agent": "GPTBot/1.3", "decision": journals.REFUSED}
    first, second, third = (journals.exchange(journals.judged(n, **gptbot), 700 * n) for n in (1, 2, 3))
    reader = journals.exchange(journals.judged(4), 50_000)
    # Requests overlap, and the third was never ended: the machine fell.
    entries = [first[0], second[0], reader[0], second[1], third[0], reader[1], first[1]]
    found = told(ANTARA, journals.write(tmp_path / "journal", entries))
    assert {one["agent"]: (one["requests"], one["bytes"]) for one in found["clients"]} == {
        "GPTBot": (3, 2100),
        None: (1, 50_000),
    }
    assert found["bytes"] == 52_100
    assert found["refused_by"]["operator"] == [{"operator": "OpenAI", "requests": 3, "bytes": 2100}]
    assert found["refused_by"]["section"] == [{"section": "berita", "requests": 3, "bytes": 2100}]
    assert "2.1 kB" in izin(ANTARA, tmp_path / "journal").stdout


def test_a_form_that_is_not_known_is_told_by_its_layout(tmp_path):
    lines = [f'1 "GET /berita/{n} HTTP/1.1" GPTBot/1.3\n' for n in range(5)]
    (log := tmp_path / "log").write_text("".join(lines), "utf-8")
    found = izin(ANTARA, log)
    assert found.exit_code == 0
    assert "hint: `--format` tells how they are laid out" in found.stderr
    layout = '$n "$request" $http_user_agent'
    assert told(ANTARA, log, "--format", layout)["refused_by"]["operator"][0]["requests"] == 5
    wrong = izin(ANTARA, log, "--format", "$request")
    assert wrong.exit_code == 2
    assert "it does not tell who asked, such as `$http_user_agent`" in wrong.stderr


def test_a_folder_that_is_no_journal_and_a_bad_policy_are_told(tmp_path, log):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "site.yaml").write_text("site: [", "utf-8")
    assert izin(ANTARA, tmp_path / "x").exit_code == 1
    assert izin(tmp_path / "x", log).exit_code == 1
    assert izin(ANTARA, tmp_path / "none").exit_code == 2


def test_a_strangers_name_cannot_steer_the_terminal(tmp_path):
    hostile = line("Jahat\\x1b[31mBot/1.0 (+http://x.example/bot)", "/foto/%00") + line(
        "\u202eBot/1 (bot)", "/\u202e"
    )
    (log := tmp_path / "log").write_text(hostile * 3, "utf-8")
    found = izin(ANTARA, log, "--against", POLICIES / "jawaban")
    assert found.exit_code == 0
    assert found.stdout.replace("\n", "").isprintable()


def test_progress_says_how_fast_and_how_much_longer():
    assert (
        progress_line(0.25, 250_000, 5.0, "lines")
        == f"[{'=' * 6}{' ' * 18}]  25%  250,000 lines  50,000/s  0:15 left"
    )
    assert "0%" in progress_line(0.0, 0, 0.0, "lines")


def test_octets_are_shown_in_a_unit_that_fits():
    assert [octets(n) for n in (0, 999, 1500, 123_456_789, 8_500_000_000)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "123 MB",
        "8.5 GB",
    ]


def hit(second: int, address: str = "192.0.2.9") -> str:
    return line("curl/8.5.0", address=address).replace(":05 ", f":{second:02} ")


def test_rates_are_counted_by_the_logs_own_times(tmp_path):
    lines = [hit(0)] * 12 + [hit(0, "192.0.2.10")] * 3 + [hit(2), hit(2), hit(30)]
    (first := tmp_path / "access.log").write_text("".join(lines), "utf-8")
    found = told(ANTARA, first)
    assert [(row["rule"], row["requests"]) for row in found["refused"]] == [("alat-pelan", 3)]
    (second := tmp_path / "access.log.1").write_text("".join([hit(0)] * 10), "utf-8")
    assert told(ANTARA, first, second)["refused"][0]["requests"] == 3, "each file begins anew"
    shutil.copytree(ANTARA, other := tmp_path / "lain")
    text = (other / "rules.yaml").read_text("utf-8").replace("burst: 10", "burst: 12")
    (other / "rules.yaml").write_text(text, "utf-8")
    assert told(ANTARA, first, "--against", other)["changes"][0] == {
        "before": "deny",
        "after": "allow",
        "agent": "curl",
        "operator": "open source",
        "requests": 2,
    }


def test_readers_of_a_journal_are_counted_by_their_pseudonyms(tmp_path):
    shutil.copytree(ANTARA, policy := tmp_path / "policy")
    rule = "\n  - {id: pembaca, who: people, where: ['/'], verdict: allow, rate: {limit: 1/day, burst: 2}}\n"
    with (policy / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write(rule)
    entries = [entry for number in range(5) for entry in journals.exchange(journals.judged(number))]
    found = told(policy, journals.write(tmp_path / "journal", entries))
    assert [(row["rule"], row["requests"]) for row in found["refused"]] == [("pembaca", 3)]
    assert found["welcome_refused"] == found["refused"]
