"""`izin demo` from the outside, as somebody at a terminal has it."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest
from click.testing import CliRunner

from gateway.audit.index import Index
from gateway.audit.query import Query, ask
from gateway.audit.reader import Reader
from gateway.cli import main
from gateway.cli.repeated import repeat
from tests import warm
from tests.engines import free_port, listening, until


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """`izin demo --once`, run once for all: what it printed, and the folder it left."""
    folder = tmp_path_factory.mktemp("once") / "demo"
    command = [
        sys.executable,
        "-m",
        "gateway",
        "demo",
        "--once",
        "--port",
        str(free_port()),
        "--folder",
        folder,
        "--lang",
        "en",
    ]
    ran = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout, folder


def test_once_ends_by_itself_and_each_client_got_what_the_policy_says(once):
    said, _ = once
    assert "Each got what the policy says." in said
    assert "≠" not in said
    assert re.search(r"Examined from outside \(izin doctor\): \d\d ok, 0 differing, \d unclear\.", said)
    assert re.search(r"OpenAI \(training\) +GPTBot: AI training +refused 403", said)
    assert re.search(r"Google Search +Googlebot: search +served 200", said)
    assert re.search(r"PT Contoh AI \(proved\) +ContohBot: AI answers, +served 200", said)
    assert re.search(r"Says it is PT Contoh AI +ContohBot: AI answers +refused 403", said)


def test_the_table_fits_a_terminal_and_has_no_colour_in_a_file(once):
    table, _, _ = once[0].partition("Where to look next")
    assert max(map(len, table.splitlines())) <= 100
    assert "\x1b" not in once[0]


def test_the_commands_it_ends_with_work(once):
    said, folder = once
    _, _, end = said.partition("Where to look next:\n")
    commands = [line.strip() for line in end.splitlines() if line.startswith("  ")]
    assert len(commands) == 4
    for command in commands:
        assert str(folder) in command
        ran = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, command + ran.stdout + ran.stderr
        assert ran.stdout


def test_every_decision_of_a_run_comes_out_the_same_when_it_is_made_again(once):
    _, folder = once
    journal = str(folder / "journal")
    with closing(Index(Reader(folder / "journal"))) as index:
        entries = list(ask(index, Query(phases=("decision",))))
        repeated = repeat(index, entries)
    assert len(repeated) == len(entries) > 60
    assert any(entry.get("rates") for entry in entries)
    assert [one for one in repeated.values() if not one.identical] == []
    counted = CliRunner().invoke(main, ["replay", str(folder / "policy"), journal, "--json"])
    counted = json.loads(counted.stdout)
    assert (counted["requests"], counted["changed"], counted["unreplayable"]) == (len(entries), 0, 0)
    refused = next(entry["id"] for entry in entries if entry["verdict"] == "deny")
    shown = CliRunner().invoke(main, ["audit", "show", refused, "--replay", "--journal", journal])
    assert shown.exit_code == 0
    assert "sama persis, nilai demi nilai" in shown.stdout
    for text in (folder / "journal" / "texts").iterdir():
        text.unlink()
    shown = CliRunner().invoke(main, ["audit", "show", refused, "--replay", "--json", "--journal", journal])
    assert shown.exit_code == 1
    assert "not kept" in json.loads(shown.stdout.splitlines()[-1])["replay"]["unreplayable"]
    shown = CliRunner().invoke(main, ["audit", "show", refused, "--replay", "--journal", journal])
    assert "tidak dapat diulang: daftar isi kebijakan tidak tersimpan (" in " ".join(shown.stdout.split())


def test_it_goes_on_until_ctrl_c_and_cleans_up(start, tmp_path):
    port = free_port()
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    program = start([warm.IZIN, "demo", "--port", str(port)], env={"TMPDIR": str(scratch), "IZIN_LANG": "id"})
    until(lambda: "/first/" in program.output() or not program.running, 90, "the script was played")
    assert program.running, program.output()
    assert listening(port)
    assert len(list(scratch.iterdir())) == 1
    program.send(signal.SIGINT)
    assert program.wait(60) == 0, program.output()
    assert not listening(port)
    assert list(scratch.iterdir()) == []


def test_ctrl_c_in_the_middle_leaves_nothing_behind(start, tmp_path):
    port = free_port()
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    program = start([warm.IZIN, "demo", "--once", "--port", str(port)], env={"TMPDIR": str(scratch)})
    until(lambda: "mengapa" in program.output() or not program.running, 60, "the first client came on")
    program.send(signal.SIGTERM)
    assert program.wait(60) in (0, 130), program.output()
    assert "Traceback" not in program.output()
    assert not listening(port)
    if program.process.returncode == 130:
        assert list(scratch.iterdir()) == []


def test_a_port_that_is_taken_is_said_in_one_line(start, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = start([warm.IZIN, "demo", "--once", "--port", str(port)], env={"TMPDIR": str(tmp_path)})
        assert program.wait(60) == 1
    assert program.output() == f"izin: nothing can listen on 127.0.0.1:{port}: address already in use\n"


def test_a_folder_that_exists_is_left_alone(start, tmp_path):
    program = start([warm.IZIN, "demo", "--once", "--folder", str(tmp_path)])
    assert program.wait(60) == 1
    assert "exists already" in program.output()
