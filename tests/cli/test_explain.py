"""`izin explain`: what the policy does with one request, for people and for programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli import main
from gateway.reasons import SENTENCES
from gateway.vocabulary import Reason

ROOT = Path(__file__).parents[2]
ANTARA = str(ROOT / "policies" / "antara")
MEMBERS = {
    "verdict",
    "status",
    "kind",
    "agent",
    "operator",
    "purpose",
    "assurance",
    "rule",
    "reasons",
    "license",
}


def izin(*words: str, **how: dict[str, str]) -> Result:
    return CliRunner().invoke(main, ["explain", *words], catch_exceptions=False, **how)


def told(*words: str) -> dict:
    found = izin(ANTARA, "--json", *words)
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)


def test_json_has_what_programs_rely_on():
    found = told("--user-agent", "AhrefsBot/7.0", "--path", "/foto/1")
    assert found.keys() >= MEMBERS | {
        "policy",
        "enforced",
        "audience",
        "place",
        "because",
        "evidence",
        "changes",
    }
    assert (found["verdict"], found["status"], found["rule"]) == ("deny", 403, "foto-tidak-untuk-seo")
    assert found["reasons"] == ["rule-denies"]
    assert found["because"] == {"id": "Foto hanya untuk pelanggan", "en": "Photos are for subscribers only"}
    assert found["sentences"]["rule-denies"]["id"] == SENTENCES[Reason.RULE_DENIES].id
    assert found["policy"].startswith("sha256:")
    assert found["steps"][-1] == "rules"


def test_the_place_is_one_that_an_editor_opens(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = izin("policies/antara/", "--user-agent", "AhrefsBot/7.0", "--path", "/foto/1")
    place = next(word for word in found.stdout.split() if word.startswith("policies/antara/rules.yaml:"))
    file, line, column = place.split(":")
    text = Path(file).read_text("utf-8").splitlines()[int(line) - 1]
    assert text[int(column) - 1 :].startswith("id: foto-tidak-untuk-seo")
    use = json.loads(izin("policies/antara", "--user-agent", "GPTBot", "--json").stdout)
    assert use["place"].startswith("policies/antara/site.yaml:")
    licensed = told("--user-agent", "ContohBot/1", "--path", "/berita/1", "--address", "127.0.0.2")
    assert licensed["place"].startswith(f"{ANTARA}/licenses/contoh-ai-2026.yaml:")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ["verdict", "deny (403)", "Photos are for subscribers only", "a rule of the policy forbids it"],
        ),
        ("id", ["putusan", "deny (403)", "Foto hanya untuk pelanggan", "suatu aturan kebijakan melarangnya"]),
    ],
)
def test_text_speaks_both_languages(lang, words):
    found = izin(ANTARA, "--user-agent", "AhrefsBot/7.0", "--path", "/foto/1", "--lang", lang)
    assert found.exit_code == 0
    flat = " ".join(found.stdout.split())
    assert [word for word in [*words, "foto-tidak-untuk-seo", "AhrefsBot"] if word not in flat] == []


def test_a_license_runs_from_and_until():
    asked = ("--user-agent", "ContohBot/1", "--path", "/berita/1", "--address", "127.0.0.2", "--at")
    assert told(*asked, "2026-01-04T23:59")["reasons"] == ["use-denied", "license-not-yet"]
    assert told(*asked, "2026-01-05")["license"] == "contoh-ai-2026"
    assert told(*asked, "2026-01-04T17:00+00:00")["license"] == "contoh-ai-2026"
    assert told(*asked, "2027-01-04T23:59")["grants"] == ["ai-input"]
    assert told(*asked, "2027-01-05")["reasons"] == ["use-denied", "license-ended"]


def test_the_origins_robots_txt_is_read_from_a_file(tmp_path):
    (file := tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /cari\n", "utf-8")
    asked = ("--user-agent", "AhrefsBot/7.0", "--path", "/cari")
    assert told(*asked)["verdict"] == "allow"
    found = told(*asked, "--robots", str(file))
    assert (found["verdict"], found["rule"]) == ("deny", "origin-robots")
    assert izin(ANTARA, "--robots", str(tmp_path / "none")).exit_code == 2


def test_header_fields_and_methods_are_those_of_the_request():
    assert (
        told("--header", "From: ops@kecil.example", "--header", "User-Agent: Sesuatu/1")["agent"] == "Sesuatu"
    )
    two = told("--header", "User-Agent: Mozilla/5.0 Firefox/131.0", "--header", "USER-AGENT: GPTBot/1.3")
    assert two["agent"] == "GPTBot"
    assert told("--path", "/robots.txt")["status"] == 200
    assert told("--path", "/robots.txt", "--method", "PUT")["status"] is None


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["--path", "/a b"], 400, "malformed-target"),
        (["--path", "berita"], 400, "malformed-target"),
        (["--path", "/" + "a" * 20_000], 414, "target-too-long"),
        (["--host", "a@b"], 400, "malformed-host"),
        (["--host", "lain.example"], 421, "host-unknown"),
        (["--method", "G T"], 400, "malformed-message"),
        (["--header", "Accept: a\r\nX: b"], 400, "malformed-message"),
    ],
)
def test_a_request_that_is_none_is_refused_as_a_door_refuses_it(words, status, reason):
    found = told(*words)
    assert (found["status"], found["reasons"]) == (status, [reason])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--address", "nowhere"], "`nowhere` is not an IP address"),
        (["--at", "tomorrow"], "`tomorrow` is not a time"),
        (["--at", "0001-01-01"], "`0001-01-01` is not a time"),
        (["--at", "9999-12-31T23:59-12:00"], "is not a time"),
        (["--header", "x"], "`x` is no header"),
        (["--header", ": x"], "is no header"),
        (["--header", "Host: www.antara.example"], "`--host www.antara.example`"),
        (["--lang", "fr"], "fr"),
        (["--no-such-option"], "No such option"),
    ],
)
def test_wrong_usage_is_told(words, said):
    found = izin(ANTARA, *words, env={"IZIN_LANG": "en"})
    assert found.exit_code == 2
    assert found.stdout == ""
    assert said in found.stderr


def test_a_policy_with_problems_tells_them(tmp_path):
    (tmp_path / "site.yaml").write_text("site: [", "utf-8")
    found = izin(str(tmp_path))
    assert found.exit_code == 1
    assert "site.yaml:1:" in found.stderr


def test_a_policy_that_is_not_there_is_a_wrong_call(tmp_path):
    assert izin(str(tmp_path / "none")).exit_code == 2


HOSTILE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30) | st.sampled_from(
    [
        "\x1b[31mBot/1",
        "\u202eBot",
        "\udcff\udc80",
        "bot " * 300,
        "Bot/1 (+http://x)",
        "a\nb: c",
        "\u2028",
        "\x9b31m",
    ]
)


@settings(max_examples=40)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_nothing_that_is_typed_breaks_it_or_steers_a_terminal(user_agent, path, host, method):
    words = (ANTARA, f"--user-agent={user_agent}", f"--path=/{path}", f"--host={host}", f"--method={method}")
    found = izin(*words)
    assert found.exit_code == 0
    assert [line for line in found.stdout.splitlines() if len(line) > 100] == []
    assert found.stdout.replace("\n", "").isprintable()
    assert json.loads(izin(*words, "--json").stdout).keys() >= MEMBERS


def test_a_signature_is_verified_by_the_keys_at_hand_or_supposed(tmp_path):
    from tests.live.rig import HOST, write_policy
    from tests.signatures.signing import Signer

    signer, policy = Signer(), write_policy(tmp_path / "policy")
    (policy / "licenses").mkdir()
    key = json.dumps(signer.jwk)
    (policy / "licenses" / "a.yaml").write_text(
        f"license: a\nlicensee: A\nagents: [GPTBot]\nuses: [ai-train]\nproof: {{web-bot-auth: {{keys: [{key}]}}}}\n"
        "from: 2025-01-05\nuntil: 2099-01-04\n"
    )
    agent = 'sig1="https://siapa.example"'
    covered = ("@authority", "@path", "x-satu", '"signature-agent";key="sig1"')
    headers = signer.sign(
        f"https://{HOST}/a", agent, covered, now=1_764_000_000, headers={"X-Satu": " dua,  tiga"}
    )
    signed = [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]
    asked = ("--user-agent", "GPTBot/1", "--at", "2025-11-24T16:01:00Z", "--json")
    asked = (str(policy), "--journal", str(tmp_path), *asked)
    found = json.loads(izin(*asked, "--path", "/a", *signed).stdout)
    assert (found["verdict"], found["assurance"], found["license"]) == ("allow", "signed", "a")
    found = json.loads(izin(*asked, "--path", "/b", *signed).stdout)
    assert (found["verdict"], found["assurance"], found["license"]) == ("deny", "claimed", None)
    supposed = json.loads(izin(*asked, "--signed-by", signer.keyid).stdout)
    assert (supposed["assurance"], supposed["license"]) == ("signed", "a")
    assert izin(*asked, "--signed-by", "x").exit_code == 2


def test_who_signs_with_a_browsers_user_agent_is_told():
    found = told("--user-agent", "Mozilla/5.0 Chrome/138.0", "--signed-by", "https://chatgpt.com")
    assert (found["agent"], found["assurance"], found["rule"]) == ("ChatGPT Agent", "signed", "uses.ai-input")
    found = told("--signed-by", "https://siapa.example")
    assert (found["kind"], found["assurance"]) == ("people", "anonymous")
