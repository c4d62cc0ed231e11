"""What the processes of a gateway load is what they use: each module that is loaded stays in memory for their whole life.

The tables name what once was loaded for nothing, or would be by a thoughtless import: most take a MiB or more.
"""

import socket
import subprocess
import sys

import pytest

from tests import warm
from tests.live import rig

#: By nobody who is not asked for what needs it.
BY_NOBODY = {
    "aiohttp",  # posts alerts, ships entries
    "aiosmtplib",  # sends alerts
    "argon2",  # passwords of the console
    "cryptography.x509",  # certificates of clients
    "difflib",  # what a misspelt word of a policy may mean
    "email.headerregistry",
    "importlib.resources",  # files of the package: `zipfile` comes with it
    "joserfc",  # signs tokens
    "protego",
    "rfc3161_client",  # time stamps
    "sqlite3",  # the index
}
#: By no worker in a process of its own: the supervisor is scraped, and compiles policies.
BY_NO_WORKER = BY_NOBODY | {"prometheus_client", "starlette", "gateway.policy.compile"}
#: Nor by the journal's writer, which serves no one.
NOT_BY_THE_WRITER = BY_NO_WORKER | {
    "aiodns",
    "click",
    "gateway.enforce",
    "httptools",
    "jinja2",
    "uvicorn",
}
GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"


def loaded(said: str) -> set[str]:
    """The modules that Python says it has loaded."""
    return {line.rpartition("|")[2].strip() for line in said.splitlines() if line.startswith("import time:")}


def test_a_gateway_loads_nothing_for_what_nobody_asked_of_it(tmp_path, policy):
    with (
        rig.echoing() as origin,
        rig.serving(tmp_path, policy, origin, env={warm.NAME_MODULES: "1"}) as gateway,
    ):
        assert gateway.ask("/").status == 200
        assert gateway.ask("/", GPTBOT, Accept="text/html").status == 403
        assert gateway.metric("izin_decisions_total") == 2
        rig.until(lambda: gateway.events("origin-robots"))  # it has fetched something
        found = loaded(gateway.program.output())
    assert "gateway.proxy.relay" in found
    assert found & BY_NOBODY == set()


@pytest.mark.parametrize(
    ("role", "does", "unused"),
    [
        ("worker", "gateway.proxy.relay", BY_NO_WORKER),
        ("writer", "gateway.audit.lane_service", NOT_BY_THE_WRITER),
    ],
)
def test_a_process_of_several_loads_its_own_part(role, does, unused):
    ours, theirs = socket.socketpair()
    ours.close()  # there is nothing to do for it once it has loaded all that it needs
    with theirs:
        argv = [sys.executable, "-X", "importtime", "-m", "gateway.child", role, role]
        ran = subprocess.run(argv, stdin=theirs, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    found = loaded(ran.stderr)
    assert does in found
    assert found & unused == set()
