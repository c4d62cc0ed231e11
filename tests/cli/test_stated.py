"""`izin statements` by a journal: what was published when, every version, and how two differ; and who broke the terms."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.goldens import assert_golden
from tests.told.scripted import CLAUDE, GPTBOT, HOUR, Script, version

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def script():
    """GPTBot may have everything but photos, then is banned, reads robots.txt and comes again; and a crash."""
    made = Script()
    made.event("start", software="izin", lane="mesin")
    made.policy("photos")
    made.robots()
    made.wait(HOUR).policy("ban")
    made.early = made.ask()
    made.photo = made.ask(path="/foto/1")
    made.read_at = made.robots(status=304)
    made.knew = made.ask(path="/berita/2")
    made.other = made.ask(CLAUDE)
    made.order = made.ask(GPTBOT, rule="alat")
    made.ask("BaruBot/1.0 (+https://baru.example)", rule="alat")
    made.wait(HOUR).event("start", software="izin", lane="mesin")
    made.policy("seo")
    made.wait(HOUR).event("stop")
    return made


@pytest.fixture(scope="module")
def journal(tmp_path_factory, script):
    return script.write(tmp_path_factory.mktemp("journal"))


def izin(*words, code=0, **how):
    result = CliRunner().invoke(main, list(map(str, words)), **how)
    assert result.exit_code == code, result.output
    return result


def statements(*words, **how):
    how["env"] = {"IZIN_LANG": "en", **how.get("env", {})}
    return izin("statements", *words, **how)


def test_the_history_of_a_scripted_journal(tmp_path):
    made = Script()
    made.event("start")
    made.terms({"a.example": {"/robots.txt": "satu"}, "*.a.example": {"/robots.txt": "satu"}}, "Dilarang.")
    made.wait(HOUR).terms(
        {"a.example": {"/robots.txt": "dua"}, "*.a.example": {"/robots.txt": "satu"}}, "Dilarang."
    )
    made.wait(HOUR).event("start")  # it was killed
    made.terms(
        {"a.example": {"/robots.txt": "satu"}, "*.a.example": {"/robots.txt": "satu"}}, "Dilarang keras."
    )
    made.wait(HOUR).event("stop")
    said = statements("--journal", made.write(tmp_path), "--history").stdout
    assert_golden("history/scripted.txt", said.encode())
    assert all(len(line) <= 100 for line in said.splitlines())


def test_the_history_as_json(journal, script):
    told = json.loads(statements("--journal", journal, "--history", "--json").stdout)
    assert [one["ended"] for one in told["terms"]] == ["replaced", "lost", "stopped"]
    assert told["terms"][0]["until"] == told["terms"][1]["from"]
    assert told["terms"][1]["until"] < told["terms"][2]["from"]
    robots = [one for one in told["statements"] if one["name"] == "/robots.txt"]
    assert {one["digest"] for one in robots} <= script.texts.keys()
    only = json.loads(
        statements("--journal", journal, "--history", "--host", "foto.antara.example", "--json").stdout
    )
    assert {tuple(one["hosts"]) for one in only["statements"]} == {("*.antara.example",)}


def test_what_was_published_then(journal, script, tmp_path):
    at = script.time(2)
    said = statements("--journal", journal, "--at", at, "--host", "www.antara.example").stdout
    assert "-- /robots.txt\n" in said
    assert "User-agent: GPTBot\n" in said
    assert version("photos").published.terms in said
    assert "== *.antara.example" not in said
    statements("--journal", journal, "--at", at, "--out", tmp_path)
    hosts = version("photos").published.hosts
    assert (tmp_path / "robots.txt").read_bytes() == hosts["www.antara.example"].documents["/robots.txt"].body
    other = tmp_path / "hosts" / "_.antara.example" / "robots.txt"
    assert other.read_bytes() == hosts["*.antara.example"].documents["/robots.txt"].body
    told = json.loads(statements("--at", at, "--json", env={"IZIN_JOURNAL": str(journal)}).stdout)
    assert told["terms"] == version("photos").published.terms
    assert told["ended"] == "replaced"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--at", "2020-01-01"], 1, "nothing is known before 2026-11-23T05:00:01"),
        (["--at", "2026-11-23T12:00Z"], 1, "last known in force, until"),
        (["--at", "kemarin"], 2, "`kemarin` is no time"),
        (["--at", "2026-11-23T05:30Z", "--host", "lain.example"], 2, "`lain.example` is none of the hosts"),
        (["--diff", "2026-11-23T05:30Z", "sha256:" + "0" * 64], 1, "no text of this journal has the digest"),
        (["--diff", "2026-11-23T05:30Z", "besok"], 2, "`besok` is no time"),
        (["--history", "--host", "lain.example"], 2, "none of the hosts"),
        (["--history", "--at", "2h"], 2, "name a POLICY, or one of"),
        (["--history", "--out", "x"], 2, "say which with `--at`"),
        ([], 2, "name a POLICY, or one of"),
        ([POLICIES / "antara", "--history"], 2, "a policy's folder has no history"),
        ([POLICIES / "antara"], 2, "a policy's folder has no history"),
    ],
)
def test_wrong_calls_are_told(journal, words, code, said):
    assert said in statements("--journal", journal, *words, code=code).stderr


def test_without_a_journal(tmp_path):
    assert "name it with `--journal DIR`" in statements("--history", code=2).stderr
    assert "are looked up in a journal" in statements("--diff", "2h", "1h", code=2).stderr
    assert "holds no journal" in statements("--history", "--journal", POLICIES, code=2).stderr
    (tmp_path / "journal").mkdir()
    assert "knows no terms" in statements("--journal", tmp_path / "journal", "--at", "2h", code=1).stderr
    assert "/robots.txt" in statements(POLICIES / "antara", env={"IZIN_JOURNAL": "/nowhere"}).stdout


def test_how_two_times_differ(journal):
    said = statements("--journal", journal, "--diff", "2026-11-23T05:30Z", "2026-11-23T06:30Z").stdout
    assert "\n/robots.txt · www.antara.example\n" in said, (
        "its comment names the host, so each differs on its own"
    )
    assert "\n-Disallow: /foto/\n" in said
    assert "\n+Disallow: /\n" in said
    assert "\x1b" not in said
    same = statements("--journal", journal, "--diff", "2026-11-23T05:30Z", "2026-11-23T05:40Z").stdout
    assert "Nothing differs." in same


def test_how_two_texts_or_terms_differ_by_their_digests(journal):
    one, other = (version(name).published for name in ("photos", "ban"))
    by_terms = statements("--journal", journal, "--diff", one.terms, other.terms[7:20]).stdout
    assert "+Disallow: /" in by_terms
    texts = [
        json.loads(p.manifest)["hosts"]["www.antara.example"]["documents"]["/robots.txt"]
        for p in (one, other)
    ]
    told = json.loads(statements("--journal", journal, "--diff", *texts, "--json").stdout)
    assert "-Disallow: /foto/" in told["changes"][0]["lines"]
    mixed = statements("--journal", journal, "--diff", texts[0], other.terms, code=2)
    assert "the other a single text" in mixed.stderr


def test_how_two_policies_differ():
    said = statements("--diff", POLICIES / "antara", POLICIES / "jawaban").stdout
    assert said.startswith(f"--- {POLICIES / 'antara'}\n+++ ")
    assert "notice id" in said
    same = statements("--diff", POLICIES / "antara", POLICIES / "antara").stdout
    assert same.endswith("Nothing differs.\n")


def test_a_policy_at_a_time():
    before = statements(POLICIES / "antara", "--at", "2020-01-01", "--host", "www.antara.example").stdout
    during = statements(POLICIES / "antara", "--host", "www.antara.example").stdout
    assert "User-agent: ContohBot\n" in during
    assert before != during
    assert "== *.antara.example" not in before


def test_a_text_that_is_gone_is_said_to_be(script, tmp_path):
    folder = script.write(tmp_path / "journal")
    digest = json.loads(version("ban").published.manifest)["hosts"]["www.antara.example"]["documents"][
        "/robots.txt"
    ]
    (folder / "texts" / digest[7:]).unlink()
    result = statements("--journal", folder, "--at", "2026-11-23T06:30Z", code=1)
    assert "(its text is not in this journal)" in result.stdout
    assert "/robots.txt" in result.stderr


@pytest.mark.parametrize(
    ("host", "path"), [("../../a", "/x"), ("a", "/../../b"), ("a\x1b[2J", "/x"), ("a", "/")]
)
def test_a_hostile_manifest_writes_nothing_outside(tmp_path, host, path):
    script = Script()
    script.event("start")
    script.terms({"w": {}, host: {path: "x"}}, "Dilarang.")
    words = ["--journal", script.write(tmp_path / "journal"), "--at", script.time(2)]
    result = statements(*words, "--out", tmp_path / "out" / "deep", code=1)
    assert "would leave the folder" in result.stderr
    assert "\x1b" not in result.output + statements(*words).output
    assert sorted(one.name for one in tmp_path.iterdir()) == ["journal"]


# ── violations ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_stats_count_violations_by_operator(journal):
    told = json.loads(izin("audit", "stats", "--journal", journal, "--json").stdout)
    assert told["operators"] == [
        {"operator": "OpenAI", "refused": 4, "violations": 3, "not_yet": 1},
        {"operator": "Anthropic", "refused": 1, "violations": 0, "not_yet": 1},
    ]
    assert "refused, by operator" in izin("audit", "stats", "--journal", journal, "--lang", "en").stdout


def test_query_finds_violations(journal, script):
    words = ["audit", "query", "--journal", journal, "--json"]
    every = [json.loads(line) for line in izin(*words).stdout.splitlines()]
    standing = {
        one["seq"]: (one["violation"], one.get("standing")) for one in every if one.get("verdict") == "deny"
    }
    assert standing == {
        script.early: (False, "not-yet"),
        script.photo: (True, "served"),
        script.knew: (True, "served"),
        script.other: (False, "not-yet"),
        script.order: (True, "served"),
        script.order + 2: (None, None),
    }
    found = [json.loads(line)["seq"] for line in izin(*words, "--violations").stdout.splitlines()]
    assert found == [script.photo, script.knew, script.order]
    assert izin(*words, "--violations", "--operator", "Anthropic").stdout == ""


def test_show_says_whether_it_is_one_and_why(journal, script):
    def shown(seq, *words):
        return " ".join(izin("audit", "show", f"{seq:08d}", "--journal", journal, *words).stdout.split())

    early = shown(script.early)
    assert "ditolak, belum pelanggaran: robots.txt melarangnya sejak 2026-11-23T06:" in early
    knew = shown(script.knew, "--lang", "en")
    assert (
        f"a violation: OpenAI had been served robots.txt, which forbids it, on {script.time(script.read_at)}"[
            :-9
        ]
        in knew
    )
    assert f"(entry {script.read_at}, sha256:" in knew
    (entry,) = [
        json.loads(line)
        for line in izin("audit", "query", "--journal", journal, "--json").stdout.splitlines()
        if json.loads(line)["seq"] == script.read_at
    ]
    assert entry["served"] in knew
    assert (journal / "texts" / entry["served"][7:]).exists()


def test_an_index_that_is_caught_up_entry_by_entry_says_the_same(script, tmp_path, journal):
    words = ["audit", "query", "--json", "--journal"]
    expected = izin(*words, journal).stdout
    part = Script()
    part.texts, said = script.texts, ""
    for length in range(1, len(script.entries) + 1):
        part.entries = script.entries[:length]
        part.write(tmp_path)
        if length % 7 == 0 or length == len(script.entries):
            said = izin(*words, tmp_path).stdout
    assert said == expected
