"""What `izin serve` is told about sharing: a password is seen nowhere."""

import pytest
from click.testing import CliRunner

from gateway import app
from gateway.cli.serve import command


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Run `izin serve` as far as the settings; gives how it ended, and them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sandi").write_text("rahasia\n")
    seen = []
    monkeypatch.setattr(app, "serve", seen.append)
    return lambda *words, **env: (CliRunner().invoke(command, ["policy", *words], env=env), seen)


def test_a_password_comes_by_file_or_environment(served):
    _, (settings,) = served(IZIN_REDIS="redis://:rahasia@a")
    assert settings.redis[0].password == "rahasia"
    assert "rahasia" not in repr(settings)
    ran, _ = served("--redis", "redis://a", "--redis-password-file", "sandi")
    assert ran.exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--redis", "redis://:rahasia@a"],
        ["--redis", "redis://:rahasia@a:x"],
        ["--redis-password-file", "sandi"],
    ],
)
def test_what_would_show_it_is_refused_without_it(served, words):
    ran, _ = served(*words)
    assert ran.exit_code == 2
    assert "rahasia" not in ran.output
