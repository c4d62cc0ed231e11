"""Programs that run during a comparison: found, started on a core of their own, stopped again."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

ROOT = Path(__file__).parent.parent
#: The core of the origin and the load, and that of the proxy under test.
LOAD_CORE: Final = "0"
PROXY_CORE: Final = "1"


class NotInstalledError(Exception):
    """A program is not installed; the text says how it is got."""


class Running(NamedTuple):
    """A program that listens."""

    port: int
    process: "subprocess.Popen[bytes]"

    def pids(self) -> list[int]:
        """Its process and that one's children."""
        mine = self.process.pid
        listed = Path(f"/proc/{mine}/task/{mine}/children").read_text().split()
        return [mine, *map(int, listed)]


def found(program: str, how: str) -> str:
    """The path of a program. Raises `NotInstalledError`."""
    path = os.environ.get("PATH", os.defpath) + f":/usr/sbin:{Path(sys.executable).parent}"
    where = shutil.which(program, path=path)
    if where is None:
        raise NotInstalledError(f"{program} is not installed ({how})")
    return where


def start(
    argv: Sequence[str],
    core: str,
    port: int,
    stack: ExitStack,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Running:
    """Start a program on a core and wait until it listens."""
    process = subprocess.Popen(
        ["taskset", "-c", core, *argv],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(_stop, process)
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{argv[0]} does not start: {' '.join(argv)}") from None
            time.sleep(0.05)
        else:
            return Running(port, process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
