"""The tools that start real programs do start, await, show and stop them."""

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests import engines
from tests.engines import eventually, listening, need, running, until

PYTHON = sys.executable


def test_need_finds_a_program_outside_of_path(monkeypatch, tmp_path):
    (program := tmp_path / "made-up").write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(engines, "_FOLDERS", str(tmp_path))
    assert need("made-up", "made-up-package") == program


@pytest.mark.parametrize(("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_need_names_the_package_that_is_missing(monkeypatch, required, outcome):
    monkeypatch.setenv("IZIN_REQUIRE_ENGINES", required)
    with pytest.raises(outcome, match=r"no-such-program is not installed .Debian package such-a-package"):
        need("no-such-program", "such-a-package")


def test_until_gives_the_first_true_answer_and_fails_after_the_deadline():
    answers = iter([0, "", "at last"])
    assert until(lambda: next(answers)) == "at last"
    with pytest.raises(AssertionError, match=r"not within 0\.15 s: the sun rises"):
        until(lambda: False, 0.05, "the sun rises")


async def test_eventually_awaits_coroutines_and_fails_after_the_deadline():
    answers = iter([None, 7])

    async def ask():
        return next(answers)

    assert await eventually(ask) == 7
    with pytest.raises(AssertionError, match="not within"):
        await eventually(lambda: False, 0.05)


def test_a_program_is_awaited_shown_and_stopped(tmp_path):
    code = "import os, sys, time; print('hello from', os.environ['WHO'], flush=True); time.sleep(60)"
    with running(
        [PYTHON, "-c", code],
        tmp_path,
        env={"WHO": "a child"},
        ready=lambda child: "hello" in child.output(),
    ) as program:
        assert program.running
        assert program.output() == "hello from a child\n"
    assert program.process.returncode == -signal.SIGTERM


def test_a_program_that_will_not_end_is_made_to(tmp_path):
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    with running([PYTHON, "-c", code], tmp_path, ready=lambda child: child.output()) as program:
        assert program.stop(seconds=0.1) == -signal.SIGKILL


def test_a_program_that_ends_before_it_is_ready_fails_at_once(tmp_path):
    with (
        pytest.raises(AssertionError, match="ended with 3 before it was ready"),
        running([PYTHON, "-c", "raise SystemExit(3)"], tmp_path, ready=lambda _: False),
    ):
        pass


def test_what_a_program_wrote_stands_in_the_report_of_a_failed_test(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it(start):\n"
        "    child = start([sys.executable, '-c', 'print(6 * 7, \"is the answer\")'])\n"
        "    child.wait()\n"
        "    assert child.running\n"
    )
    ran = subprocess.run(
        [
            PYTHON,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.conftest",
            "-p",
            "no:cacheprovider",
            tmp_path / "test_it.py",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "output of python" in ran.stdout
    assert "42 is the answer" in ran.stdout


def test_nginx_serves_files_and_ends_with_the_test(nginx):
    server = nginx(server="location = /gone { return 410; }")
    (server.root / "page.html").write_text("<p>Berita</p>")
    with urllib.request.urlopen(f"{server.url}/page.html", timeout=5) as reply:
        assert reply.read() == b"<p>Berita</p>"
        assert reply.headers["Content-Type"] == "text/html"
    with pytest.raises(urllib.error.HTTPError, match="410") as refusal:
        urllib.request.urlopen(f"{server.url}/gone", timeout=5)
    refusal.value.close()
    assert server.program.stop() == 0
    assert not listening(server.port)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "izin.example"])
def test_no_test_reaches_beyond_this_machine(host):
    with pytest.raises(PermissionError, match="tests talk to loopback only"):
        socket.create_connection((host, 9), timeout=1)
