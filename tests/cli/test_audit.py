"""`izin audit` as its user meets it."""

import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.audit import segment
from gateway.audit.texts import Texts
from gateway.cli import tailing
from gateway.cli.audit import command
from gateway.decision import Decision
from gateway.rates.counters import Finding
from gateway.record import event_entry
from gateway.value import changed
from gateway.vocabulary import Audience, Reason, Verdict
from tests import journals
from tests.engines import until
from tests.journals import GPTBOT, REFUSED, VERSION, exchange, judged

GOLDEN = Path(__file__).parents[1] / "golden" / "journal-v1"
NOBODY = 65534
EVIL = "Evil/1.0 \x1b[2J\x1b]0;x\x07 \u202e\u2066\ud800\x9b31m\nizin: all is well"


@pytest.fixture
def journal(tmp_path):
    return Path(shutil.copytree(GOLDEN, tmp_path / "journal"))


def audit(*arguments, code=0, **how):
    result = CliRunner(env={"IZIN_LANG": "en"}).invoke(command, [str(one) for one in arguments], **how)
    assert result.exit_code == code, result.output
    return result


def lines(*arguments, **how):
    return [json.loads(line) for line in audit(*arguments, "--json", **how).stdout.splitlines()]


def test_query_prints_everything_oldest_first(journal):
    every = [json.loads(line) for line in (journal / "printed.jsonl").read_text("utf-8").splitlines()]
    asked = lines("query", "--journal", journal)
    assert [journals.as_written(entry) for entry in asked] == every
    assert lines("query", "--journal", journal, "--limit", 2) == asked[-2:]
    assert lines("query", "--rebuild", env={"IZIN_JOURNAL": str(journal)}) == asked
    refusals = [entry for entry in asked if entry.get("verdict", "allow") != "allow"]
    assert refusals
    assert all(entry["violation"] is None for entry in refusals), "nothing tells what was in force"


@pytest.mark.parametrize(
    ("options", "seqs"),
    [
        (["--agent", "gptbot"], [9]),
        (["--agent", "GPTBot", "--agent", "barubot"], [9, 13]),
        (["--operator", "PT Contoh AI"], [11]),
        (["--purpose", "search"], [14]),
        (["--kind", "impostors"], [14]),
        (["--verdict", "deny", "--kind", "people"], [17, 19]),
        (["--rule", "uses.ai-train"], [9]),
        (["--license", "contoh-ai-2026"], [11]),
        (["--path", "/foto/"], [9, 13]),
        (["--path", "/*.jpg$"], [9]),
        (["--address", "198.51.100.0/24"], [11]),
        (["--address", "2001:db8:7::1"], [13]),
        (["--phase", "event"], [1, 2, 21]),
        (["--from", "2026-11-19"], []),
        (["--from", "2026-11-18", "--until", "2026-11-19", "--limit", "1"], [21]),
        (["--from", "2026-11-18T11:06:50Z"], [21]),
        (["--until", "2026-11-18"], []),
    ],
)
def test_filters(journal, options, seqs):
    assert [entry["seq"] for entry in lines("query", "--journal", journal, *options)] == seqs


@pytest.mark.parametrize("piece", [1, 700, 3000, 1 << 18])
def test_tail_shows_the_newest_across_segments(journal, monkeypatch, piece):
    monkeypatch.setattr(tailing, "_PIECE", piece)
    assert [entry["seq"] for entry in lines("tail", "--journal", journal, "-n", 3)] == [19, 20, 21]
    assert [entry["seq"] for entry in lines("tail", "--journal", journal, "-n", 9)] == list(range(13, 22))
    assert len(lines("tail", "--journal", journal, "-n", 99)) == 21
    assert lines("tail", "--journal", journal, "-n", 0) == []


def test_every_line_fits(journal):
    for arguments in (["tail", "-n", 99], ["query"], ["stats"], ["show", "00000004"], ["show", "00000006"]):
        for line in audit(*arguments, "--journal", journal).stdout.splitlines():
            assert len(line) <= 100


def test_hostile_text_never_steers_the_terminal(tmp_path):
    hostile = judged(1, b"/a", identity=GPTBOT, decision=REFUSED, user_agent=EVIL, method=EVIL, host=EVIL)
    event = event_entry("01KBBFZ9M00000000000000002", journals.START, EVIL, {"note": EVIL, EVIL: [EVIL]})
    journals.write(tmp_path, [*exchange(hostile), event])
    for arguments in (
        ["tail"],
        ["query"],
        ["query", "--json"],
        ["stats"],
        ["show", "00000001"],
        ["show", "00000001", "--json"],
        ["show", "00000002"],
        ["show", EVIL.replace("\ud800", "")],
    ):
        result = CliRunner(env={"IZIN_LANG": "en"}).invoke(command, [*arguments, "--journal", str(tmp_path)])
        bad = {c for c in result.output if c != "\n" and unicodedata.category(c)[0] == "C"}
        assert bad == set()
        assert not re.search(r"^izin: all is well", result.output, re.MULTILINE)


def test_show_answers_who_what_why_and_what_came_of_it(journal):
    said = audit("show", "00000004", "--journal", journal, "--lang", "id").stdout
    for part in (
        "01KBBFZ9M00000000000000004",
        "GPTBot milik OpenAI",
        "ditolak (403)",
        "uses.ai-train",
        "penggunaan ini dilarang tanpa izin tertulis",
        "203.0.113.7",
        "status 403, 1000 oktet",
        VERSION.published.terms,
        "tidak ada di jurnal",
    ):
        assert part in said
    said = audit("show", "oooo ooo4", "--lang", "en", "--journal", journal).stdout
    assert "refused (403)" in said
    assert "this use is forbidden without written permission" in said
    said = audit("show", "00000006", "--journal", journal, "--lang", "id").stdout
    assert "mode amati" in said


def test_show_says_what_rates_found(tmp_path):
    names = ("alat-pelan", "alat-sejam", "bersama")
    found = (Finding("alat-pelan", 0, 1_200_000, 9), Finding("alat-sejam", 7, 0, 9))
    decision = Decision(
        Verdict.DENY, 429, "alat-pelan", (Reason.RATE_EXCEEDED,), Audience.WELCOME, rates=names
    )
    one = judged(1, identity=GPTBOT, decision=decision, rates=found)
    journals.write(tmp_path, exchange(one))
    said = audit("show", one.id, "--lang", "en", "--journal", tmp_path).stdout
    for part in ("alat-pelan: used up, 2 s to wait", "alat-sejam: 7 more at once", "bersama: not counted"):
        assert part in said


def test_show_knows_which_texts_are_kept(journal):
    said = audit("show", "00000004", "--lang", "en", "--journal", journal).stdout
    assert said.count("its text is not in this journal") == 2
    Texts(journal).keep(VERSION.published.texts)
    said = audit("show", "00000004", "--lang", "en", "--journal", journal).stdout
    assert said.count("its text is not in this journal") == 1


def test_show_lists_all_that_share_a_code(tmp_path):
    first, second = judged(1), judged(2, b"/berita/2")
    entries = exchange(first)
    same = changed(second, id="01KCCFZ9M0" + first.id[10:])
    journals.write(tmp_path, [*entries, *exchange(same)])
    said = audit("show", first.short, "--journal", tmp_path, "--lang", "en").stdout
    assert first.id in said
    assert same.id in said
    assert "2 entries have the code" in said
    assert [one["seq"] for one in lines("show", first.id, "--journal", tmp_path)] == [1, 2]
    assert [one["seq"] for one in lines("show", first.short, "--journal", tmp_path)] == [1, 2, 3, 4]


def test_a_code_that_is_not_there(journal):
    result = audit("show", "ZZZZZZZZ", "--journal", journal, code=1)
    assert result.stdout == ""
    assert result.stderr.splitlines()[1].startswith("    hint: ")


def test_stats(journal):
    counted = json.loads(audit("stats", "--journal", journal, "--json").stdout)
    assert counted["decisions"] == 12
    assert counted["events"] == 3
    assert {"value": "deny", "decisions": 5} in counted["by"]["verdict"]
    assert counted["paths"][0] == {"target": "/berita/1", "decisions": 4, "refused": 2}
    assert "uses.ai-train" in audit("stats", "--journal", journal).stdout
    assert "No decisions" in audit("stats", "--journal", journal, "--agent", "Nobody").stdout


def test_counts_and_what_is_wrong_are_said_in_indonesian(journal, tmp_path):
    told = audit("stats", "--journal", journal, "--lang", "id").stdout
    assert told.startswith("12 keputusan dari 2026-11-18")
    for part in ("\nputusan\n", "41,7 %", "ditolak, menurut operator", "oktet isi terkirim"):
        assert part in told
    asked = ("--journal", journal, "--lang", "id")
    assert audit("query", *asked, "--agent", "Nobody").stderr == "Tidak ada catatan yang cocok.\n"
    assert audit("cases", *asked).stderr == "Tidak ada perkara.\n"
    wrong = audit("show", "ABCDEFGH", *asked, code=1).stderr
    assert "tidak ada catatan dengan nomor atau kode `ABCDEFGH`\n    petunjuk: kode terdiri" in wrong
    run = CliRunner(env={"IZIN_LANG": "id"}).invoke
    assert run(command, ["hold", "list", "--journal", str(journal)]).stderr == "Tidak ada yang ditahan.\n"
    missing = run(command, ["query", "--journal", str(tmp_path / "tiada")])
    assert "petunjuk: sebutkan folder yang disebut `izin serve --journal`" in missing.stderr


def test_an_index_that_is_damaged_within_is_said_and_made_anew(tmp_path):
    folder = journals.write(tmp_path, [e for n in range(400) for e in exchange(judged(n, b"/berita/%d" % n))])
    every = lines("query", "--journal", folder)
    path = folder / "index.sqlite"
    with closing(sqlite3.connect(path)) as db:
        ((page,),) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'minutes'").fetchall()
    octets = bytearray(path.read_bytes())
    octets[page * 4096 - 4096 : page * 4096 - 4032] = b"\xa5" * 64
    path.write_bytes(octets)
    said = audit("query", "--journal", folder, code=1).stderr
    assert "the index is damaged" in said
    assert "--rebuild" in said
    assert lines("query", "--journal", folder, "--rebuild") == every


@pytest.mark.parametrize("name", ["query", "tail", "stats"])
def test_an_empty_journal_is_no_error(tmp_path, name):
    said = audit(name, "--journal", tmp_path, "--json").stdout
    assert json.loads(said)["decisions"] == 0 if name == "stats" else said == ""


@pytest.mark.parametrize("name", ["query", "tail", "stats", "show"])
def test_an_absent_journal_is_said(tmp_path, name):
    more = ["00000001"] if name == "show" else []
    result = audit(name, *more, "--journal", tmp_path / "absent", code=2)
    assert f"there is no folder `{tmp_path / 'absent'}`" in result.stderr.replace("\n", "")
    assert "hint: " in result.stderr
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("options", [["--from", "yesterday"], ["--path", "foto"], ["--limit", "0"]])
def test_wrong_use(journal, options):
    audit("query", "--journal", journal, *options, code=2)


def test_damage_is_said_and_the_rest_shown(journal):
    path = journal / segment.name_of(1)
    octets = bytearray(path.read_bytes())
    octets[-20] ^= 1
    path.write_bytes(octets)
    for name in ("query", "tail", "stats"):
        result = audit(name, "--journal", journal)
        assert f"warning: {path.name}: octet " in result.stderr
    assert [entry["seq"] for entry in lines("query", "--journal", journal)] == [*range(1, 14), *range(15, 22)]


def test_colour_only_on_a_terminal(journal):
    assert "\x1b" not in audit("query", "--journal", journal, color=True).stdout


def test_follow_shows_what_is_written_meanwhile(tmp_path, start):
    entries = [entry for number in range(4) for entry in exchange(judged(number))]
    folder = tmp_path / "journal"
    journals.write(folder, entries[:2])
    follower = start(
        [sys.executable, "-m", "gateway", "audit", "tail", "-f", "-n", 1, "--json", "--journal", folder],
        ready=lambda program: program.output().count("\n") == 1,
    )
    journals.write(folder, entries[:4])
    until(lambda: follower.output().count("\n") == 3)
    journals.write(folder, entries[4:], first=5)
    until(lambda: follower.output().count("\n") == 7)
    follower.send(signal.SIGINT)
    assert follower.wait() == 0
    assert [json.loads(line)["seq"] for line in follower.output().splitlines()] == list(range(2, 9))


@pytest.mark.parametrize("option", ["--verdict", "--kind", "--phase", "--purpose"])
def test_a_word_that_no_entry_can_have_is_a_usage_error(option, journal):
    assert "is not one of" in audit("query", "--journal", journal, option, "denied", code=2).stderr


@pytest.fixture
def as_nobody(journal):
    """A folder with a journal, and not root in charge, who may write anywhere. What root alone may read is read before."""
    audit("query", "--journal", journal)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(GOLDEN, folder / "journal", ignore=shutil.ignore_patterns("index.sqlite*"))
        (folder / "cache").mkdir()
        if os.geteuid() != 0:
            yield folder
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, -1)
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)


def test_a_user_who_may_write_nowhere_is_told_what_to_do(as_nobody):
    own, shut = as_nobody / "journal", as_nobody / "cache"
    own.chmod(0o500)
    shut.chmod(0o500)
    told = audit("query", "--journal", own, code=1, env={"XDG_CACHE_HOME": str(shut)})
    assert "XDG_CACHE_HOME" in told.stderr
    own.chmod(0o700)
