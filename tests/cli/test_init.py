"""`izin init`: a folder that passes `check` as soon as the publisher has said what only the publisher knows."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from gateway.cli import main
from gateway.lookups.folder import load
from gateway.policy.source import read_source
from tests.schema.editor import value_of

KNOWN = ("--host", "www.koran.example", "--origin", "http://127.0.0.1:8000")
RIGHTS = ("--holder", "Koran: Kita #1", "--contact", "mailto:lisensi@koran.example")


def izin(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)], catch_exceptions=False)


def test_what_is_left_to_the_publisher_is_all_that_check_complains_of(tmp_path):
    folder = tmp_path / "Koran Kita!"
    assert izin("init", folder).exit_code == 0
    found = json.loads(izin("check", folder, "--json").stdout)
    lines = (folder / "site.yaml").read_text("utf-8").splitlines()
    keys = [lines[problem["line"] - 1].strip().partition(":")[0] for problem in found["problems"]]
    assert sorted(keys) == ["contact", "holder", "hosts", "origin"]


def test_a_folder_whose_values_are_told_is_sound_and_its_examples_hold(tmp_path):
    folder = tmp_path / "Koran Kita!"
    said = izin("init", folder, *KNOWN, *RIGHTS, "--lang", "en")
    assert f"izin check {folder}" in said.stdout
    policy = load(folder)
    assert (policy.site, policy.rights.holder, policy.warnings) == ("koran-kita", "Koran: Kita #1", ())
    tested = json.loads(izin("test", folder, "--json").stdout)
    assert (tested["failed"], tested["unreached"]) == (0, [])
    assert izin("check", folder).exit_code == 0


@pytest.mark.parametrize("value", ['"', "a: b", "- x", "\\", "@HOST@", "no", "[x"])
def test_no_value_breaks_the_file(tmp_path, value):
    izin("init", tmp_path / "a", *KNOWN, "--contact", RIGHTS[3], "--holder", value)
    assert load(tmp_path / "a").rights.holder == value


def test_every_file_points_to_its_schema_which_lies_there(tmp_path):
    izin("init", tmp_path / "a", *KNOWN, *RIGHTS)
    for file in ("site.yaml", "rules.yaml", "tests/contoh.yaml"):
        path = tmp_path / "a" / file
        mark, _, where = path.read_text("utf-8").splitlines()[0].partition("=")
        assert mark == "# yaml-language-server: $schema"
        schema = json.loads((path.parent / where).read_text("utf-8"))
        document = value_of(read_source(file, path.read_bytes())[0])
        assert list(Draft202012Validator(schema).iter_errors(document)) == []
        assert schema["title"] in {"Izin: site.yaml", "Izin: rules.yaml", "Izin: tests/*.yaml"}


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "site.yaml").write_text("mine", "utf-8")
    found = izin("init", tmp_path)
    assert found.exit_code == 2
    assert "tidak kosong" in found.stderr
    assert (tmp_path / "site.yaml").read_text("utf-8") == "mine"
    assert izin("init", tmp_path / "site.yaml" / "x").exit_code == 1
