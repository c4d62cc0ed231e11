"""The units of deploy/systemd: systemd's own linter accepts them, and what they set is there to be set. That the service does what
they count on (notify, watchdog, sockets, hand-over) is shown by tests/live/test_service.py, without systemd."""

import re
import shutil
import subprocess
from pathlib import Path

import yaml

from docs import generate
from tests.engines import need

UNITS = Path(__file__).parents[2] / "deploy/systemd"
OPTIONS = {option.opts[-1].removeprefix("--"): option.envvar for option in generate.serve_settings()}


def test_systemd_accepts_the_units_and_finds_little_exposed(tmp_path):
    analyze = need("systemd-analyze", "systemd")
    for name in ("izin.service", "izin.socket"):
        text = (UNITS / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/opt/izin/current/bin/izin", "/bin/true"), "utf-8")
    (tmp_path / "izin.service.d").mkdir()
    shutil.copy(UNITS / "secrets.conf", tmp_path / "izin.service.d")
    for words in (["verify", "izin.service", "izin.socket"], ["security", "--threshold=15", "izin.service"]):
        offline = ["--offline=yes"] if words[0] == "security" else []
        ran = subprocess.run(
            [analyze, words[0], "--no-pager", *offline, *words[1:]],
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert ran.stderr == ""


def test_what_they_set_can_be_set():
    settings = yaml.safe_load((UNITS / "serve.yaml").read_text("utf-8"))
    assert settings.keys() <= OPTIONS.keys()
    for name in ("izin.service", "secrets.conf"):
        named = re.findall(r"\b(IZIN_[A-Z_]+)=", (UNITS / name).read_text("utf-8"))
        assert named
        assert set(named) <= set(OPTIONS.values())
