"""`izin alerts test`: what came of it, for each whom alerts would go to."""

import json

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.addressees import hook, mail_server


def run(*words):
    return CliRunner().invoke(main, ["alerts", "test", *words])


def test_everybody_is_tried_and_the_exit_code_says_whether_all_were_reached(tmp_path, dead_port):
    settings = tmp_path / "settings.yaml"
    with hook() as receiver, mail_server() as server:
        whole = f"{receiver.url}?k=rahasia mailto:redaksi@koran.example"
        settings.write_text(
            f"alerts-to: {whole}\nsmtp: smtp://127.0.0.1:{server.port}\nalerts-from: izin@koran.example\nlisten: 127.0.0.1:8080\n"
        )
        ran = run("--settings", str(settings))
        assert ran.exit_code == 0, ran.output
        assert [line.split()[0] for line in ran.output.splitlines()] == ["sampai", "sampai"]
        dead = f"http://127.0.0.1:{dead_port}/rahasia"
        ran = run("--settings", str(settings), "--alerts-to", f"{whole} {dead}", "--json")
    assert ran.exit_code == 1
    assert [one["arrived"] for one in json.loads(ran.output)] == [True, True, False]
    assert "rahasia" not in ran.output
    assert receiver.alerts() == [("new", "trial")] * 2
    (first, _) = server.got
    assert "percobaan" in first["subject"]


def test_a_secret_that_is_none(tmp_path):
    (tmp_path / "rahasia").write_text("whsec_bukan-base64-sama-sekali")
    ran = run("--alerts-to", "http://127.0.0.1:9/", "--alerts-secret-file", str(tmp_path / "rahasia"))
    assert ran.exit_code == 1
    assert "Base64" in ran.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--alerts-to"),
        (["--alerts-to", "mailto:a@b.example"], "--smtp"),
        (["--alerts-to", "https://a.example", "--smtp", "smtp://izin@b.example"], "--smtp-password-file"),
        (["--alerts-to", "https://u:p@a.example"], "password"),
    ],
)
def test_what_cannot_be_tried(words, said):
    ran = run(*words)
    assert ran.exit_code == 2
    assert said in ran.output
