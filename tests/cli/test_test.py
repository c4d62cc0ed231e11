"""`izin test` from outside: what fails is told with its place and a command that explains it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main

POLICIES = Path(__file__).parents[2] / "policies"


def izin(*words: object) -> Result:
    return CliRunner().invoke(main, ["test", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path):
    """A copy of the reference policy with no examples."""
    shutil.copytree(POLICIES / "antara", tmp_path / "antara", ignore=shutil.ignore_patterns("tests"))
    (tmp_path / "antara" / "tests").mkdir()
    return tmp_path / "antara"


def write(folder: Path, text: str, name: str = "a.yaml") -> None:
    (folder / "tests" / name).write_text(text, "utf-8")


@pytest.mark.parametrize("name", ["antara", "jawaban"])
def test_the_examples_that_come_along_hold_and_reach_every_rule(name):
    found = izin(POLICIES / name, "--json")
    told = json.loads(found.stdout)
    assert (found.exit_code, told["failed"], told["failures"], told["unreached"]) == (0, 0, [], [])
    assert told["examples"] > 5


def test_a_difference_is_told_with_its_place(folder):
    write(
        folder,
        "examples:\n"
        "  - {name: salah, client: GPTBot/1, path: /a, expect: {verdict: allow, status: none, kind: agents}}\n",
    )
    found = izin(folder, "--lang", "en")
    assert found.exit_code == 1
    assert found.stdout.splitlines()[:3] == [
        f"{folder}/tests/a.yaml:2:5: salah",
        "    verdict: expected `allow`, found `deny`",
        "    status: expected `none`, found `403`",
    ]
    assert "0 of 1 examples hold." in found.stdout
    assert "No example reaches: `uses.ai-input`" in found.stdout
    (failure,) = json.loads(izin(folder, "--json").stdout)["failures"]
    assert failure["differences"][0] == {"member": "verdict", "expected": "allow", "found": "deny"}


def test_the_command_it_prints_gives_the_answer_it_found(folder):
    write(
        folder,
        "examples:\n  - client: {user-agent: ContohBot/1.0, address: 127.0.0.2}\n    path: /berita/1?id=2\n"
        "    at: 2026-02-01\n    expect: {verdict: deny}\n",
    )
    command = json.loads(izin(folder, "--json").stdout)["failures"][0]["explain"]
    words = subprocess.run(
        ["sh", "-c", f'for word in {command}; do printf "%s\\n" "$word"; done'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    explained = CliRunner().invoke(main, [*words[1:], "--json"])
    assert json.loads(explained.stdout)["license"] == "contoh-ai-2026"


def test_the_clock_of_an_example_comes_before_the_files_and_that_before_the_commands(folder):
    client = "client: {user-agent: ContohBot/1.0, address: 127.0.0.2}, path: /berita/"
    write(folder, f"examples:\n  - {{{client}, expect: {{verdict: allow}}}}\n", "a.yaml")
    write(
        folder,
        f"at: 2027-06-01\nexamples:\n  - {{{client}, expect: {{verdict: deny}}}}\n"
        f"  - {{{client}, at: '2027-01-04T23:59', expect: {{verdict: allow}}}}\n",
        "b.yaml",
    )
    assert izin(folder, "--at", "2026-06-01").exit_code == 0
    assert izin(folder, "--at", "2027-06-01").exit_code == 1
    assert izin(folder, "--at", "tomorrow").exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("examples: [{expect: {verdikt: deny}}]", "tests/a.yaml:1:22: unknown key `verdikt`"),
        ("examples: [{path: /a}]", "an example has no `expect`"),
        ("examples: [{expect: {}}]", "`expect` is empty"),
        ("examples: [{client: {address: sini}, expect: {kind: people}}]", "`sini` is not an IP address"),
        ("examples: [{at: besok, expect: {kind: people}}]", "`besok` is not a time"),
        ("examples: [{client: {headers: {Host: a}}, expect: {kind: people}}]", "the host is given apart"),
        ("examples: [{client: {signed-by: x}, expect: {kind: people}}]", "`x` cannot have signed"),
        (
            "examples: [{client: {user-agent: curl/8, check: fails}, expect: {kind: tools}}]",
            "tests/a.yaml:1:21: nothing is known by which `curl` could be checked",
        ),
        (
            "examples: [{client: {headers: {Authorization: License a, authorization: x}}, expect: {kind: people}}]",
            "tests/a.yaml:1:21: a license token beside a second Authorization field",
        ),
        ("examples: [{robots: [a], expect: {kind: people}}]", "takes the text of a robots.txt"),
        ("examples: [{expect: {enforced: maybe}}]", "`enforced` takes `yes` or `no`"),
        ("contoh: []", "a file of examples has no `examples`"),
        ("examples: [", "this is not YAML"),
        ("examples: x", "`examples` takes a list"),
    ],
)
def test_what_cannot_be_read_is_told(folder, text, said):
    write(folder, text)
    found = izin(folder, "--lang", "en")
    assert found.exit_code == 1
    assert found.stdout == ""
    assert said in found.stderr


def test_header_fields_count_and_observing_can_be_expected(folder):
    site = (folder / "site.yaml").read_text("utf-8").replace("mode: enforce", "mode: observe")
    (folder / "site.yaml").write_text(site, "utf-8")
    write(
        folder,
        "examples:\n"
        "  - {client: {user-agent: Sesuatu/1, headers: {From: ops@kecil.example}}, expect: {agent: Sesuatu}}\n"
        "  - {client: GPTBot/1, expect: {verdict: deny, enforced: no}}\n"
        "  - {client: GPTBot/1, method: G T, expect: {status: 400, rule: malformed, enforced: yes}}\n",
    )
    assert izin(folder).exit_code == 0


def test_a_policy_without_examples_is_told_so(folder):
    found = izin(folder, "--lang", "en")
    assert (found.exit_code, found.stdout) == (0, "")
    assert "has no examples" in found.stderr
    assert json.loads(izin(folder, "--json").stdout)["examples"] == 0
    shutil.rmtree(folder / "tests")
    assert izin(folder).exit_code == 0


def test_a_link_out_of_the_folder_is_not_followed(folder, tmp_path):
    (tmp_path / "elsewhere.yaml").write_text("examples: []", "utf-8")
    (folder / "tests" / "a.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    found = izin(folder, "--lang", "en")
    assert found.exit_code == 1
    assert "leads out of the folder" in found.stderr
