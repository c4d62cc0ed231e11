"""`izin license new`: a partner is let in within minutes, and nothing is written that does not hold."""

import json
import shlex
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.agents import catalogue
from gateway.cli import main
from gateway.cli.contract import QUESTIONS, license_text, split
from gateway.lookups.folder import load
from gateway.policy.compile import compile_policy
from gateway.policy.place import PolicyError
from tests.live import rig

FLAGS = (
    "--licensee",
    "PT Mitra: Kecil #1",
    "--contract",
    "ANT/9",
    "--agents",
    "MitraBot",
    "--until",
    "2090-01-04",
)
SAID = ("--attribution", "Sumber: Koran", "--approved-by", "Redaksi", "--embargo", "3h")


@pytest.fixture
def policy(tmp_path):
    return rig.write_policy(tmp_path / "policy")


def new(policy, *flags, code=0, **how):
    ran = CliRunner().invoke(main, ["license", "new", str(policy), *flags], **how)
    assert ran.exit_code == code, ran.output
    return ran


def untouched(policy):
    return not (policy / "licenses").exists() and not (policy / "agents").exists()


def test_flags_alone_make_a_license_that_holds(policy):
    made = json.loads(
        new(
            policy, *FLAGS, *SAID, "--yes", "--on", "/berita/, /ekonomi/", "--quota", "500/month", "--json"
        ).stdout
    )
    (held,) = load(policy).licenses
    assert (held.id, held.licensee) == (
        f"mitra-kecil-1-{datetime.now(ZoneInfo('Asia/Jakarta')).year}",
        "PT Mitra: Kecil #1",
    )
    assert ([one.text for one in held.on], held.quota.limit) == (["/berita/", "/ekonomi/"], "500/month")
    assert (held.attribution, held.approved_by, held.embargo) == ("Sumber: Koran", "Redaksi", 10_800)
    assert (held.agents, held.uses, held.proof.token) == (("MitraBot",), frozenset({"ai-input"}), True)
    assert set(made["mail"]) == {"id", "en"}
    for text in made["mail"].values():
        assert made["token"] in text
        assert made["curl"] in text
        assert "500" in text
    words = shlex.split(made["curl"])
    assert (words[0], words[-1]) == ("curl", f"https://{rig.HOST}/_izin/license")
    text = (policy / "licenses" / f"{held.id}.yaml").read_text("utf-8")
    assert made["token"] not in text
    # The same again is another contract, or a mistake.
    assert "sudah ada" in new(policy, *FLAGS, "--yes", code=1).output


def test_it_asks_until_the_answer_can_be_read(policy):
    answers = [
        "",
        "PT Mitra",
        "Mitra Kecil",
        "mitra-2026",
        "",
        "",
        "GPTBot, GPTBot",
        "ai-training",
        "",
        "lain.example",
        "",
    ]
    answers += [
        "berita",
        "/berita/",
        "",
        "2026-02-30",
        "2026-01-05",
        "2025-01-01",
        "2090-01-04",
        "seribu",
        "1000/day",
        "9",
        *[""] * 6,
    ]
    ran = new(policy, "--lang", "en", input="\n".join(answers) + "\n")
    (held,) = load(policy).licenses
    assert (held.id, held.agents, sorted(held.uses)) == ("mitra-2026", ("GPTBot",), ["ai-train"])
    assert (held.hosts, held.quota.limit, held.rate, held.contract) == ((), "1000/day", None, None)
    for said in (
        "an answer is needed",
        "`ai-training`",
        "the site has no host",
        "`seribu` is no quota",
        "`9` is no rate",
    ):
        assert said in ran.stderr
    assert ran.stdout.startswith("Lisensi mitra-2026 dari Koran Contoh")
    assert "\n---\n\nLicense mitra-2026 from Koran Contoh" in ran.stdout
    assert "Written: " in ran.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--quota", "seribu"], "`--quota`: `seribu` is no quota"),
        (["--from", "kemarin"], "`--from`"),
        (["--id", "Mitra Kecil"], "`--id`"),
        (["--id", "../site"], "`--id`"),
        (["--on", "berita"], "`--on`"),
        (["--addresses", "0.0.0.0/2"], "too broad"),
        (["--hosts", "lain.example"], "no host"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_wrong_call(policy, flags, said):
    assert said in new(policy, *FLAGS, *flags, "--yes", "--lang", "en", code=2).output
    assert untouched(policy)


def test_what_does_not_hold_together_is_not_written(policy):
    new(policy, *FLAGS, "--yes", "--id", "a", "--agents", "GPTBot")
    ran = new(policy, *FLAGS, "--yes", "--id", "b", "--agents", "GPTBot", code=1)
    assert "tidak ada yang ditulis" in ran.output
    assert sorted(path.name for path in (policy / "licenses").iterdir()) == ["a.yaml"]
    assert "is needed" in new(policy, "--yes", code=2).output


#: Texts in which each run of blanks, of whatever kind, is one space, as the reader makes it.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).map(
    lambda text: " ".join(text.split())
)


@settings(max_examples=40, deadline=None)
@given(WORDS, WORDS, st.lists(WORDS.filter(lambda text: "," not in text), max_size=3))
def test_whatever_is_answered_stays_an_answer(licensee, contract, hosts):
    """No text breaks out of its place in the file: it is read back as it was, or complained about on its own line."""
    answers = {question.name: "" for question in QUESTIONS} | {
        "licensee": licensee, "contract": contract, "id": "a", "agents": "GPTBot", "uses": "ai-train",
        "from": "2026-01-05", "until": "2090-01-04", "hosts": ", ".join(hosts),
    }  # fmt: skip
    site = rig.SITE.format(hosts=f"[{rig.HOST}]", mode="enforce", more="").encode()
    file = license_text(answers, date(2026, 11, 30)).encode()
    try:
        (held,) = compile_policy({"site.yaml": site, "licenses/a.yaml": file}, catalogue()).licenses
    except PolicyError as error:
        lines = file.decode().split("\n")
        for problem in error.problems:
            assert lines[problem.place.line - 1].split(":")[0] in {"licensee", "contract", "hosts"}
    else:
        assert held.licensee == licensee
        assert (held.contract.number if contract else None) == (contract or None)
        assert not split(answers["hosts"])


def test_answers_that_break_off_write_nothing(policy):
    ran = new(policy, code=1, input="PT Contoh AI\n")
    assert untouched(policy)
    assert "tidak ada yang ditulis" in ran.stderr
    assert "--yes" in ran.stderr
