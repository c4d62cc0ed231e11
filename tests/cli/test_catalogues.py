"""`izin agents keygen`, `pack`, `update` and `list --stale` from outside."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.agents import catalogue
from gateway.cli import main
from gateway.cli.age import chapter
from gateway.signed_catalogue import open_catalogue, pack
from gateway.vocabulary import Language
from tests.live import rig
from tests.live.rig import write_policy
from tests.test_signed_catalogue import KEY, STRANGER, TRUSTED, agent

AGENTS = """\
operator: PT Baru
agents:
  - {name: BaruReader, purpose: ai-train, source: open-lists, checked: 2026-11-30}
  - {name: GPTBot, purpose: monitor, source: operator-page, checked: 2026-11-30}
"""


def izin(*words, **how):
    return CliRunner().invoke(main, ["agents", *map(str, words)], **{"env": {"IZIN_LANG": "en"}, **how})


@pytest.fixture
def journal(tmp_path):
    """A journal that a gateway once wrote to, with nobody's decisions in it."""
    from gateway.audit.folder import prepare
    from gateway.audit.lane import Lane
    from gateway.proxy.ids import Ids

    prepare(tmp_path / "journal")
    Lane(tmp_path / "journal", site="koran", new_id=Ids()).close()
    return tmp_path / "journal"


@pytest.fixture
def key(tmp_path):
    made = izin("keygen", "contoh.example/katalog", "--out", tmp_path / "key")
    assert made.exit_code == 0, made.output
    return made.stdout.strip()


def packed(tmp_path, text=AGENTS, *more):
    (tmp_path / "agents").mkdir(exist_ok=True)
    (tmp_path / "agents" / "baru.yaml").write_text(text, "utf-8")
    return izin("pack", tmp_path / "agents", "--key", tmp_path / "key", "--out", tmp_path / "file", *more)


def test_a_key_is_kept_secret_and_never_overwritten(tmp_path, key):
    assert key.startswith("contoh.example/katalog+")
    secret = tmp_path / "key"
    assert oct(secret.stat().st_mode & 0o777) == "0o600"
    assert secret.read_text().startswith("PRIVATE+KEY+contoh.example/katalog+")
    again = izin("keygen", "contoh.example/katalog", "--out", secret)
    assert (again.exit_code, "never written over" in again.stderr) == (1, True)
    assert izin("keygen", "a b", "--out", tmp_path / "other").exit_code == 2


def test_what_is_packed_is_taken_and_shown_before(tmp_path, journal, key):
    assert packed(tmp_path, AGENTS, "--over-built-in").exit_code == 0
    how = (tmp_path / "file", "--journal", journal, "--key", key)
    tried = izin("update", *how, "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "1 added: BaruReader" in tried.stdout
    assert "1 described anew: GPTBot" in tried.stdout
    assert not (journal / "catalogue").exists()
    asked = izin("update", *how)
    assert (asked.exit_code, "`--yes` takes it" in asked.stderr) == (2, True)
    done = json.loads(izin("update", *how, "--yes", "--json").stdout)
    assert (done["added"], done["removed"], done["taken"]) == (["BaruReader"], [], True)
    assert done["after"]["signed_by"] == ["contoh.example/katalog"]
    assert "in force already" in izin("update", *how, "--yes").stderr
    here = {"IZIN_JOURNAL": str(journal), "IZIN_CATALOGUE_KEY": key}
    assert izin("show", "BaruReader", env=here).exit_code == 0
    assert izin("show", "BaruReader", env={**here, "IZIN_CATALOGUE_KEY": ""}).exit_code == 1
    foreign = izin("show", "GPTBot", env={**here, "IZIN_CATALOGUE_KEY": STRANGER.verifier.vkey})
    assert "OpenAI" in foreign.stdout
    assert "is not in force: none of the signatures" in foreign.stderr
    rules = "rules:\n  - {id: a, who: {agent: BaruReader}, where: [/], verdict: deny}\n"
    policy = str(write_policy(tmp_path / "policy", rules=rules))
    assert CliRunner().invoke(main, ["check", policy], env=here).exit_code == 0
    assert "unknown agent `BaruReader`" in CliRunner().invoke(main, ["check", policy, "--lang", "en"]).stderr
    lost = rig.izin("serve", policy, "--journal", str(journal), code=1)  # the key was forgotten
    assert "unknown agent `BaruReader`" in lost
    assert "the signed catalogue of agents is not in force: no key for catalogues is set" in lost
    said = CliRunner().invoke(main, ["audit", "query", "--journal", str(journal), "--json"]).stdout
    (event,) = [one for one in map(json.loads, said.splitlines()) if one.get("event") == "catalogue"]
    assert event["details"]["before"] == catalogue().digest
    assert event["details"]["after"] == done["after"]["digest"]


def test_what_cannot_be_packed_is_said_with_its_place(tmp_path, key):
    bad = packed(tmp_path, "operator: X\nagents:\n  - {name: A1, purpose: x}\n  - {name: B1, purpose: ads}\n")
    assert bad.exit_code == 1
    assert "agents/baru.yaml:3:25: unknown purpose `x`" in bad.stderr
    assert "baru.yaml:4:5: `source` of `B1` is missing" in bad.stderr
    assert "`checked` of `B1` is missing" in bad.stderr
    assert "has 3 problems" in bad.stderr
    (tmp_path / "nokey").write_text("PRIVATE+KEY+x")
    wrong = izin("pack", tmp_path / "agents", "--key", tmp_path / "nokey", "--out", tmp_path / "file")
    assert (wrong.exit_code, "a key cannot be used" in wrong.stderr) == (1, True)


def test_what_is_not_to_be_taken_is_refused(tmp_path, journal):
    path, now = tmp_path / "file", datetime.now(UTC)
    vkeys = ",".join(verifier.vkey for verifier in TRUSTED)
    registry = catalogue().with_([agent("SatuReader")])

    def refused(octets, *more):
        path.write_bytes(octets)
        done = izin("update", path, "--journal", journal, "--key", vkeys, "--yes", *more)
        return done.exit_code, done.stderr

    assert refused(pack(registry, now, STRANGER))[1].count("none of the signatures") == 1
    code, said = refused(pack(registry, now - timedelta(900), KEY))
    assert (code, "`--allow-older` takes it all the same" in said) == (1, True)
    assert "still to come" in refused(pack(registry, now + timedelta(2), KEY))[1]
    assert "still to come" in refused(pack(registry, now + timedelta(2), KEY), "--allow-older")[1]
    assert "larger than 8 MB" in refused(b"x" * (9 * 1024 * 1024))[1]
    assert not (journal / "catalogue").exists()
    assert refused(pack(registry, now - timedelta(900), KEY), "--allow-older")[0] == 0
    assert (journal / "catalogue" / "current").is_file()

    assert izin("update", path, "--journal", journal, env={"IZIN_CATALOGUE_KEY": ""}).exit_code == 2
    assert izin("update", path, "--journal", journal, "--key", "nonsense").exit_code == 2
    assert (
        "`http://x.example/` is no https"
        in izin("update", "http://x.example/", "--journal", journal, "--key", vkeys).stderr
    )
    assert (
        "no public address"
        in izin("update", "https://127.0.0.1:9/", "--journal", journal, "--key", vkeys).stderr
    )
    assert "cannot be read" in izin("update", tmp_path, "--journal", journal, "--key", vkeys).stderr
    assert izin("update", path, "--journal", tmp_path / "none", "--key", vkeys).exit_code == 1


def test_old_facts_are_listed_the_oldest_first():
    rows = [
        json.loads(line)
        for line in izin("list", "--stale", "--older-than", "1d", "--json").stdout.splitlines()
    ]
    today = datetime.now(UTC).date()
    old = [one for one in catalogue() if one.checked < today - timedelta(1)]
    assert len(rows) == len(old)
    assert [row["checked"] for row in rows] == sorted(row["checked"] for row in rows)
    assert rows[0]["days"] == (today - min(one.checked for one in old)).days
    told = izin("list", "--stale", "--older-than", "366d", "--operator", "Google")
    google = [one for one in catalogue() if one.operator == "Google"]
    assert (
        f" of {len(google)} agents; the oldest fact is of {min(one.checked for one in google)}" in told.stderr
    )


@pytest.mark.parametrize("language", list(Language))
def test_a_catalogue_that_is_old_is_said_to_be(language):
    newest = max(one.checked for one in catalogue())
    young, old = (chapter(catalogue(), newest + timedelta(days), language) for days in (180, 181))
    assert young is not None
    assert old is not None
    assert (len(young.sentences), len(old.sentences)) == (1, 2)
    assert str(newest) in young.sentences[0]
    assert chapter([], newest, language) is None
    assert open_catalogue(pack(catalogue(), datetime.now(UTC), KEY), TRUSTED).registry == catalogue()


def test_check_says_how_old_the_catalogue_is():
    policy = Path(__file__).parents[2] / "policies" / "antara"
    told = CliRunner().invoke(main, ["check", str(policy), "--json"])
    assert json.loads(told.stdout)["catalogue"]["oldest"] == "2026-11-23"
    assert "Katalog perayap" in [one["title"] for one in json.loads(told.stdout)["chapters"]]
