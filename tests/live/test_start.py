"""What is wrong is said in one line, with a hint, and never with a traceback."""

import os
import socket
import subprocess
import sys
from functools import partial

import pytest

from tests import warm
from tests.engines import free_port, need
from tests.live import rig

CLOSED = "http://127.0.0.1:9"


def begun(words, env, wrap=()):
    """`izin` as users begin it, and not forked from a process that has loaded it."""
    return subprocess.run(
        [*wrap, sys.executable, "-m", "gateway", *words],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.fixture
def fails(tmp_path, policy):
    """Start a gateway that must not start; what it says to stderr."""

    def fails(*flags, code=1, origin=CLOSED, journal=None, at=None, env=None, run=warm.run):
        words = rig.command(at or policy, journal or tmp_path / "journal", origin, *flags)
        ran = run(words, env={**rig.CLEAN, **(env or {})})
        assert ran.returncode == code, ran.stderr
        assert ran.stdout == ""
        assert "Traceback" not in ran.stderr
        return ran.stderr

    return fails


def is_line_and_hint(text, *words):
    """One line that says what is wrong, and one that says what to do."""
    lines = [line for line in text.splitlines() if not line.startswith("{")]
    assert len(lines) == 2, text
    assert lines[0].startswith("izin: ")
    assert lines[1].startswith("    hint: ")
    for word in words:
        assert word in lines[0] + lines[1]


@pytest.mark.parametrize("flag", ["--listen", "--admin"])
def test_a_port_that_is_taken(fails, flag):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        is_line_and_hint(
            fails(flag, f"127.0.0.1:{port}"), f"cannot listen on 127.0.0.1:{port}", "already in use", flag
        )


def test_an_address_that_this_machine_does_not_have(fails):
    is_line_and_hint(fails("--listen", "192.0.2.1:0"), "192.0.2.1", "--listen")


def test_a_policy_that_is_not_there(fails, tmp_path):
    said = fails(at=tmp_path / "nowhere", run=begun)
    assert "does not exist" in said
    assert "site.yaml" not in said
    assert "hint: `izin init DIR`" in said


def test_a_policy_with_problems(fails, policy):
    (policy / "rules.yaml").write_text(
        "rules:\n  - {id: a, who: robot, where: ['/'], verdict: tolak}\n", "utf-8"
    )
    said = fails()
    assert "rules.yaml:2:" in said
    assert "`tolak`" in said
    assert "`robot`" in said
    assert "hint: see `izin check" in said


def test_a_journal_where_a_file_lies(fails, tmp_path):
    (tmp_path / "journal").write_text("catatan", "utf-8")
    is_line_and_hint(fails(), "journal", "--journal DIR")


def test_a_journal_that_may_not_be_written(fails, tmp_path):
    folder = tmp_path / "journal"
    folder.mkdir(0o500)
    wrap = ()
    if os.geteuid() == 0:  # root may write anywhere, unless it gives up the right to
        wrap = (str(need("setpriv", "util-linux")), "--bounding-set=-dac_override,-dac_read_search")
    is_line_and_hint(fails(run=partial(begun, wrap=wrap)), "cannot be written", "gateway's user")


def test_a_journal_of_another_site(fails, tmp_path, policy):
    with rig.serving(tmp_path, policy, CLOSED):
        pass
    site = policy / "site.yaml"
    site.write_text(site.read_text("utf-8").replace("site: koran", "site: majalah"), "utf-8")
    is_line_and_hint(fails(), "`koran`", "`majalah`", "--journal DIR")


def test_a_journal_that_another_gateway_writes(fails, serve):
    gateway = serve()
    is_line_and_hint(
        fails(journal=gateway.journal), f"process {gateway.program.pid}", "one gateway, one folder"
    )
    assert gateway.ask("/").status == 200


def test_an_origin_that_does_not_answer_is_warned_of(serve):
    gateway = serve(origin=free_port())
    (line,) = rig.until(lambda: gateway.said("the origin does not answer yet; clients get 502 until it does"))
    assert line["level"] == "warning"
    assert gateway.ready()[0] == 200
    answer = gateway.ask("/", "Mozilla/5.0 Firefox/142.0")
    assert answer.status == 502
    entry = gateway.decision(answer)
    assert (entry["verdict"], entry["status"]) == ("allow", None)
    (outcome,) = rig.until(lambda: [one for one in gateway.entries("outcome") if one["of"] == entry["id"]])
    assert (outcome["status"], outcome["end"]) == (502, "origin-error")
    assert gateway.ask("/", "GPTBot/1.3").status == 403
    assert gateway.ask("/robots.txt", "GPTBot/1.3").status == 200


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--listen", "8080"], "`8080` is not HOST:PORT"),
        (["--listen", "a:b:80"], "brackets"),
        (["--admin", "127.0.0.1:99999"], "is not HOST:PORT"),
        (["--origin", "ftp://a"], "http"),
        (["--origin", "http://a/path"], "`http://a/path`"),
        (["--mode", "tolak"], "'observe'"),
        (["--trusted-proxies", "10.0.0.0/99"], "`10.0.0.0/99`"),
        (["--drain", "lama"], "`lama`"),
        (["--origin-secret-file", "/nonexistent/secret"], "/nonexistent/secret"),
        (["--tidak-ada"], "--tidak-ada"),
    ],
    ids=str,
)
def test_flags_with_wrong_values(fails, flags, words):
    said = fails(*flags, code=2)
    assert words in said
    assert "Usage: " in said


def test_a_secret_that_is_none(fails, tmp_path):
    (tmp_path / "secret").write_text("short\n", "utf-8")
    is_line_and_hint(fails("--origin-secret-file", str(tmp_path / "secret")), "secret", "16 to 512")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("listen: [a", "cannot be read as YAML"),
        ("- listen", "must hold one `name: value` a line"),
        ("lisen: 127.0.0.1:0", "unknown setting `lisen`"),
        ("listen: 8080", "`8080` is not HOST:PORT"),
    ],
)
def test_a_settings_file_that_is_wrong(fails, tmp_path, text, words):
    (tmp_path / "izin.yaml").write_text(text, "utf-8")
    said = fails_without_ports(tmp_path, "--settings", str(tmp_path / "izin.yaml"))
    assert words in said


def fails_without_ports(tmp_path, *flags):
    """As `fails`, where ports are left to the settings file."""
    ran = warm.run(["serve", tmp_path / "policy", *flags], env=rig.CLEAN)
    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stderr
