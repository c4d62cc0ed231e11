"""`izin schema`, as a user calls it."""

import json

from click.testing import CliRunner
from jsonschema import Draft202012Validator

from gateway.cli import main
from gateway.schema import FILES, schema


def run(*words: object):
    return CliRunner().invoke(main, ["schema", *map(str, words)])


def test_one_is_printed_and_all_by_name():
    one = json.loads(run("rules").stdout)
    Draft202012Validator.check_schema(one)
    assert one == schema("rules")
    every = json.loads(run().stdout)
    assert list(every) == list(FILES)
    assert every["rules"] == one


def test_they_are_written_and_written_anew(tmp_path):
    folder = tmp_path / "a" / ".schema"
    (tmp_path / "a").mkdir()
    for _ in range(2):
        assert run("--out", folder).exit_code == 0
    assert {path.name for path in folder.iterdir()} == {f"{name}.json" for name in FILES}
    assert json.loads((folder / "site.json").read_text("utf-8")) == schema("site")
    assert run("license", "--out", tmp_path / "b").exit_code == 0
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["license.json"]


def test_wrong_usage(tmp_path):
    assert run("policy").exit_code == 2
    (tmp_path / "file").write_text("", "utf-8")
    assert run("--out", tmp_path / "file" / "x").exit_code == 1
