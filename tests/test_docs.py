"""The manual says all there is, and what it says is so: tables are current, links lead somewhere, commands run."""

import dataclasses
import inspect
import os
import re
import subprocess
import sys
from enum import StrEnum
from importlib import import_module
from pathlib import Path

import click
import pytest

from docs import generate, publish, translations
from docs.contents import contents
from gateway import vocabulary
from gateway.agents import catalogue
from gateway.cli import main as izin
from gateway.policy.compile import compile_policy
from gateway.reasons import SENTENCES
from gateway.settings import Settings
from tests.engines import need

ROOT = Path(__file__).parents[1]
MANUAL = ROOT / "docs" / "manual"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "policies").rglob("*.md")])
MEMBERS = [
    member
    for _, enumeration in inspect.getmembers(vocabulary, inspect.isclass)
    if issubclass(enumeration, StrEnum) and enumeration.__module__ == vocabulary.__name__
    for member in enumeration
]

#: A block of README.md that is run: the mark, then the fence.
RUNS = re.compile(r"<!-- runs -->\n+```(?:sh|console)?\n(.*?)```", re.DOTALL)
COMMANDS = RUNS.findall((ROOT / "README.md").read_text("utf-8"))


def test_generated_tables_are_current():
    pages = {path: path.read_text("utf-8") for path in MANUAL.rglob("*.md")}
    stale = [name for name, page in pages.items() if generate.written_anew(page) != page]
    assert stale == [], "`make docs` writes them anew"
    marked = {block["name"] for page in pages.values() for block in generate.BLOCK.finditer(page)}
    assert marked == generate.BLOCKS.keys(), "each table stands on some page"


def test_every_command_and_option_says_what_it_does():
    silent = []
    for command, context in generate.walk(izin, "izin"):
        if not command.help:
            silent.append(context.command_path)
        silent += [
            f"{context.command_path} {parameter.opts[-1]}"
            for parameter in command.params
            if isinstance(parameter, click.Option) and not parameter.hidden and not parameter.help
        ]
    assert silent == []


def test_every_command_and_option_is_in_the_manual():
    page = (MANUAL / "commands.md").read_text("utf-8")
    missing = []
    for command, context in generate.walk(izin, "izin"):
        _, found, rest = page.partition(f"# `{context.command_path}`\n")
        section = rest.partition("\n#")[0]
        options = [
            option for option in command.params if isinstance(option, click.Option) and not option.hidden
        ]
        missing += [] if found else [context.command_path]
        missing += [
            f"{context.command_path} {name}"
            for option in options
            for name in option.opts
            if f"`{name}`" not in section
        ]
    assert missing == []


def test_every_setting_is_in_the_manual():
    page = (MANUAL / "settings.md").read_text("utf-8")
    names = [field.name for field in dataclasses.fields(Settings) if field.name != "policy"]
    variables = [f"IZIN_{name.upper()}" for name in names]  # a secret is named by its file
    assert [name for name in variables if f"`{name}`" not in page and f"`{name}_FILE`" not in page] == []
    options = generate.serve_settings()
    assert [option.opts[-1] for option in options if f"`{option.opts[-1]}`" not in page] == []


def test_every_word_of_the_vocabulary_is_in_the_manual():
    pages = {vocabulary.Verdict: "verdicts.md", vocabulary.Reason: "reasons.md"}
    missing = [
        f"{type(member).__name__}.{member.name}: `{member.value}` in {page}"
        for member in MEMBERS
        if f"`{member.value}`"
        not in (MANUAL / (page := pages.get(type(member), "words.md"))).read_text("utf-8")
    ]
    assert missing == []


def test_every_member_of_an_entry_is_in_the_manual():
    page = (MANUAL / "audit.md").read_text("utf-8")
    printed = import_module("gateway.record.printed")  # the package has a function of that name
    known = [
        printed._Request,
        printed._Client,
        printed._Identity,
        printed._Evidence,
        printed._Committed,
        printed._Event,
    ]
    members = {member for struct in known for member in struct.__struct_fields__} | {
        "of",
        "bytes",
        "end",
        "erased",
    }
    members |= {*printed._Ruling.__struct_fields__, *("remaining", "wait", "reset")}
    members -= {"at", "ruling"}  # shown as `time`, and as the members of it
    assert sorted(member for member in members if f"`{member}`" not in page) == []


def test_every_reason_has_its_sentences():
    assert SENTENCES.keys() == set(vocabulary.Reason)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        place = path.parent / name if name else path
        if re.match(r"[a-z]+:", target):
            continue
        if not place.exists() or (anchor and place.suffix == ".md" and anchor not in publish.anchors(place)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_column_of_a_table_has_a_name(path):
    """Or nobody who hears the page, or sees it on a phone, knows what stands in it."""
    heads = re.findall(r"^(\|.*)\n\| ?-", path.read_text("utf-8"), re.MULTILINE)
    assert [head for head in heads if re.search(r"\|\s*\|", head)] == []


def test_each_indonesian_page_says_which_english_one_it_was_made_from():
    translated = [page for part in contents() for page in part.pages if page.translation]
    unmarked = [
        page.name
        for page in translated
        if not page.translation.read_text("utf-8").startswith("<!-- english: ")
    ]
    assert unmarked == [], "`python -m docs.translations NAME` marks one that is up to date"


def test_an_english_page_is_another_one_when_somebody_rewrote_it(tmp_path):
    def digest(text):
        (page := tmp_path / "page.md").write_text(text, "utf-8")
        return translations.digest(page)

    table = "<!-- generated: reasons -->\n{}\n<!-- end -->\n"
    assert digest("# Reasons\n" + table.format("| a |")) == digest("# Reasons\n" + table.format("| b |"))
    assert digest("# Reasons\n") != digest("# Grounds\n")


def test_the_code_points_to_pages_that_exist():
    sources = {path: path.read_text("utf-8") for path in (ROOT / "gateway").rglob("*.py")}
    named = {page for source in sources.values() for page in re.findall(r"docs/manual/[\w-]+\.md", source)}
    assert named, "the code names pages of the manual"
    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []


def test_every_page_is_in_the_contents():
    table = [page for part in contents() for page in part.pages]
    missing = sorted(
        {*(ROOT / "docs").rglob("*.md")}
        - {page.source for page in table}
        - {page.translation for page in table}
    )
    assert missing == [], "each needs a line in docs/contents.yaml"
    assert [page.file for page in table if not page.source.exists()] == [], (
        "docs/contents.yaml names no page that is not there"
    )
    assert [page.file for page in table if not page.about.endswith((".", "?"))] == [], "`about` is a sentence"
    assert len({page.name for page in table}) == len(table), "each page has a name of its own in the site"


def test_the_files_that_contributors_are_sent_to_are_there():
    named = re.findall(r"`((?:gateway|tests|docs)/[\w./*-]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert named
    assert [name for name in named if not list(ROOT.glob(name))] == []


def test_the_readme_has_commands_to_run():
    assert any("make demo" in block for block in COMMANDS)


def test_the_smallest_policy_of_the_readme_is_sound():
    readme = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(# koran/site\.yaml\n.*?)```", readme, re.DOTALL)
    policy = compile_policy({"site.yaml": block.encode()}, catalogue())
    assert policy.site == "koran"
    assert policy.warnings == ()


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.splitlines()[0])
def test_the_commands_of_the_readme_run(block, tmp_path):
    """In a folder that looks like the checkout, so that what a command writes does not stay there."""
    assert "make test" not in block, "that would run this test again"
    for path in ROOT.iterdir():
        if path.name not in {".git", ".venv"}:
            (tmp_path / path.name).symlink_to(path)
    (venv := tmp_path / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name != "installed":
            (venv / path.name).symlink_to(path)
    (venv / "installed").touch()  # else make might install the package anew, from this folder
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("IZIN_", "MAKE", "MFLAGS"))
    }
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    ran = subprocess.run(
        [need("bash", "bash"), "-euo", "pipefail", "-c", block],
        cwd=tmp_path,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
