"""A command that is forked from a process which has loaded it is a process like any other."""

import os
import signal
import subprocess

import pytest

from gateway import __version__, is_compiled
from tests import warm
from tests.engines import until
from tests.live import rig

HOW = "compiled" if is_compiled() else "not compiled"


def test_it_runs_to_its_exit_status_in_the_folder_and_environment_it_is_given(tmp_path):
    ran = warm.run(["--version"])
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"izin, version {__version__}, {HOW}\n", "")
    rig.write_policy(tmp_path / "policy")
    assert warm.run(["check", "policy"], tmp_path).returncode == 0
    wrong = warm.run(["serve", "policy"], tmp_path, {"IZIN_LISTEN": "8080"})
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "`8080` is not HOST:PORT" in wrong.stderr


def test_it_is_ended_by_a_signal_and_is_no_child_of_another(tmp_path):
    policy = rig.write_policy(tmp_path / "policy")
    with (
        rig.serving(tmp_path, policy, 9) as one,
        rig.serving(tmp_path, policy, 9, journal=tmp_path / "j") as other,
    ):
        assert len({one.program.pid, other.program.pid, os.getpid()}) == 3
        with pytest.raises(subprocess.TimeoutExpired):
            one.program.wait(0.05)
        one.program.process.kill()
        assert one.program.wait() == -signal.SIGKILL
        assert other.ready()[0] == 200
        other.program.send(signal.SIGTERM)
        assert other.program.wait() == 0
    assert until(lambda: not rig.Path(f"/proc/{one.program.pid}").exists())


def test_it_begins_at_nothing_where_its_modules_are_asked_for():
    ran = warm.run(["--version"], env={warm.NAME_MODULES: "1"})
    assert ran.returncode == 0
    assert ran.args[-3:] == ["-m", "gateway", "--version"]
    assert "click.core" in ran.stderr
