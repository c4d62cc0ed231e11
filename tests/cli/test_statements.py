"""`izin statements`, as a user calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main

POLICIES = Path(__file__).parents[2] / "policies"


def run(*words: object):
    return CliRunner().invoke(main, ["statements", *map(str, words)])


def test_every_document_and_field_is_printed():
    result = run(POLICIES / "antara")
    assert result.exit_code == 0
    assert "-- /robots.txt (text/plain; charset=utf-8)" in result.stdout
    assert "User-agent: GPTBot\n" in result.stdout
    assert "\nContent-Usage: train-ai=n, ai-use=n\n" in result.stdout
    assert "\ntdm-reservation: 1\n" in result.stdout
    assert "robots.txt cannot say:" in result.stdout


def test_as_json():
    document = json.loads(run(POLICIES / "antara", "--json").stdout)
    assert document["terms"].startswith("sha256:")
    first = document["hosts"][0]
    assert first["host"] == "www.antara.example"
    assert [one["format"] for one in first["statements"]] == [
        "robots.txt",
        "license.xml",
        "tdmrep.json",
        "tdm-policy.json",
        "Link",
        "Content-Usage",
        "tdm-reservation",
        "tdm-policy",
        "X-Robots-Tag",
        "trust.txt",
        "HTML",
    ]
    assert all(isinstance(one["omits"], list) for one in first["statements"])


def test_documents_are_written_where_they_are_served(tmp_path):
    result = run(POLICIES / "antara", "--out", tmp_path / "out")
    assert result.exit_code == 0
    first = (tmp_path / "out" / "robots.txt").read_text("utf-8")
    other = (tmp_path / "out" / "hosts" / "_.antara.example" / "robots.txt").read_text("utf-8")
    assert "User-agent: ContohBot\nContent-Signal: ai-train=no\n" in first
    assert "# robots.txt · *.antara.example" in other
    assert result.stdout == ""


def test_a_policy_that_cannot_be_loaded(tmp_path):
    (tmp_path / "site.yaml").write_text("site: x\n")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "site.yaml:1:1" in result.stderr


@pytest.mark.parametrize("words", [[], ["/nonexistent/policy"]])
def test_wrong_usage(words):
    assert run(*words).exit_code == 2
