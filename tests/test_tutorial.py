"""The tutorial does what it says: its commands are run in their order, and show what it shows."""

import os
import re
import shlex
import subprocess
from contextlib import ExitStack
from functools import partial

import pytest

from docs.contents import MANUAL
from tests import warm
from tests.engines import free_port, listening, need, running, until
from tests.live.rig import CLEAN

#: A block that is run, and what stands below it as its output: each line of that, where `…` stands for anything.
STEP = re.compile(
    r"<!-- (?P<how>runs|stays|runs until it shows) -->\n```sh\n(?P<block>.*?)```\n(?:\n```text\n(?P<shown>.*?)```\n)?",
    re.DOTALL,
)
PAGES = {"id": MANUAL / "id" / "tutorial.md", "en": MANUAL / "tutorial.md"}


def steps(language):
    return [step.groupdict() for step in STEP.finditer(PAGES[language].read_text("utf-8"))]


def missing(shown, output):
    """The lines that a page shows and a command did not write, apart from where they are folded and spaced."""
    flat = " ".join(output.split())
    wanted = [" ".join(line.split()) for line in (shown or "").splitlines() if line.strip("… ")]
    return [
        line
        for line in wanted
        if not re.search(".*?".join(re.escape(part.strip()) for part in line.split("…")), flat)
    ]


def test_both_languages_run_the_same_commands():
    indonesian, english = ([(step["how"], step["block"]) for step in steps(language)] for language in PAGES)
    assert indonesian == [step for step in english if "IZIN_LANG" not in step[1]]


@pytest.mark.parametrize("language", PAGES)
def test_the_tutorial_does_what_it_says(language, tmp_path):
    ports = {"8000": str(free_port()), "8080": str(free_port()), "8081": str(free_port())}
    need("python3", "python3")
    need("curl", "curl")
    env = CLEAN | {"IZIN_LANG": language, "IZIN_FETCH": "no"}
    with ExitStack() as programs:
        for step in steps(language):
            if step["how"] == "stays" and language == "en" and "IZIN_REQUIRE_ENGINES" not in os.environ:
                break  # what follows is the same as in Indonesian: time is short
            block = re.sub("|".join(ports), lambda port: ports[port[0]], step["block"])
            if step["how"] == "stays":
                port = int(re.search(r"(?:--listen \S+:|http\.server )(\d+)", block)[1])
                stays = running(_words(block), tmp_path, env=env, ready=lambda _, port=port: listening(port))
                programs.enter_context(stays)
            else:
                until(partial(_shows, block, tmp_path, env, step), 30, block)


def _words(block):
    """A command of ours alone is forked from a loaded process; all else is a matter of the shell, whose last command takes its
    place, so that it is the one to be stopped."""
    flat = block.replace("\\\n", " ").strip()
    if re.fullmatch(r"izin [^|&>\n]+", flat):
        return shlex.split(flat)
    return [
        need("bash", "bash"),
        "-euo",
        "pipefail",
        "-c",
        re.sub(r"^(python3 )", r"exec \1", block, flags=re.MULTILINE),
    ]


def _shows(block, folder, env, step):
    words = _words(block)
    if words[0] == "izin":
        ran = warm.run(words[1:], folder, env)
    else:
        ran = subprocess.run(
            words, cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=60, check=False
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lost = missing(step["shown"], ran.stdout)
    assert lost == [] or "until" in step["how"], f"{lost} is not in:\n{ran.stdout}"
    return not lost
