"""The command `izin` as a child process that need not begin at nothing.

Theory of operation: loading all modules and the catalogue is most of the CPU that a gateway takes in a test, and a
hundred tests start one. So one process of each test run loads them once, waits on a Unix socket, and forks for each
command that is asked for. What it forks is a process like any other: with its own environment, folder, descriptors
and process id, it runs `gateway.cli.main` from the command line to the exit status, and can be killed. What begins
at nothing, as users begin it, is tested by `tests/live/test_start.py`, the demonstration and the README.

A command is asked for on a connection of its own: a line of JSON with stdout and stderr as descriptors beside it. The
answer is the line ``pid``, and the line of the exit status once it has ended.
"""

import atexit
import gc
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

#: The command, where a test says what is to be run.
IZIN = "izin"
ROOT = Path(__file__).parents[1]
#: Has Python name every module as it loads it: where this is asked for, the command begins at nothing.
NAME_MODULES = "PYTHONPROFILEIMPORTTIME"
_PAUSE = 0.002
#: How many seconds the clock of a child's machine is ahead; `tests/clock` is on the path of what it starts itself.
AHEAD = "TESTS_AHEAD"


class Child:
    """A forked command; of `subprocess.Popen` it has what tests use."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._said = b""
        self.args: Sequence[str] = ()
        self.returncode: int | None = None
        while b"\n" not in self._said:
            piece = connection.recv(64)
            assert piece, "the process that forks has ended"
            self._said += piece
        pid, _, self._said = self._said.partition(b"\n")
        self.pid = int(pid)
        connection.setblocking(False)

    def poll(self) -> int | None:
        """Its exit status; None while it runs, and the negative number of the signal that ended it."""
        while self.returncode is None:
            try:
                piece = self._connection.recv(64)
            except BlockingIOError:
                break
            self._said += piece
            if self._said.endswith(b"\n") or not piece:
                self.returncode = int(self._said)
                self._connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; TimeoutExpired if it has none after ``timeout`` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(list(self.args), timeout or 0)
            time.sleep(_PAUSE)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def start(
    words: Sequence[str | Path], folder: Path, env: Mapping[str, str], out: IO[Any], err: IO[Any]
) -> "Child | subprocess.Popen[bytes]":
    """Run `izin` with these words in a folder and with this environment alone."""
    if NAME_MODULES in env:
        argv = [sys.executable, "-m", "gateway", *map(str, words)]
        return subprocess.Popen(argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_forking())
    asked = {"words": [str(word) for word in words], "folder": str(folder), "env": dict(env)}
    socket.send_fds(connection, [b"\0"], [out.fileno(), err.fileno()])
    connection.sendall(json.dumps(asked).encode() + b"\n")
    child = Child(connection)
    child.args = [IZIN, *asked["words"]]
    return child


def run(
    words: Sequence[str | Path],
    folder: Path = ROOT,
    env: Mapping[str, str] | None = None,
    seconds: float = 30,
) -> subprocess.CompletedProcess[str]:
    """Run `izin` with these words to its end, as `subprocess.run` would; ``env`` is added to ours."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = start(words, folder, {**os.environ, **(env or {})}, out, err)
        try:
            code = child.wait(seconds)
        finally:
            child.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(child.args, code, out.read().decode(), err.read().decode())


@cache
def _forking() -> str:
    """Where the process listens that forks for this process; it ends with it."""
    folder = Path(tempfile.mkdtemp(prefix="izin-warm-"))  # which it removes itself, however this process ends
    address, log = folder / "s", folder / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(address)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=sink,
        )
    atexit.register(process.communicate)
    deadline = time.monotonic() + 60
    while not address.exists():
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < deadline, "the process that forks is ready"
        time.sleep(_PAUSE)
    return str(address)


def _load() -> None:
    from gateway.agents import catalogue
    from gateway.cli import COMMANDS

    for module, _ in COMMANDS.values():
        import_module(module)
    import_module("gateway.app")
    assert catalogue().text
    gc.collect()
    gc.freeze()


def _serve(address: str) -> dict[str, Any] | None:
    """Fork for whoever asks until stdin ends: what was asked for in a child, None in this process."""
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{address}~")
    listener.listen(64)
    Path(f"{address}~").rename(address)
    chosen = selectors.DefaultSelector()
    for file in (sys.stdin, woken, listener):
        chosen.register(file, selectors.EVENT_READ)
    running: dict[int, socket.socket] = {}
    while True:
        for key, _ in chosen.select():
            if key.fileobj is sys.stdin:
                return None
            if key.fileobj is woken:
                woken.recv(64)
                _tell_who_ended(running)
                continue
            connection, _ = listener.accept()
            asked = _asked(connection)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                chosen.close()
                for held in (woken, wake, listener, connection, *running.values()):
                    held.close()
                return asked
            running[pid] = connection
            for descriptor in asked["descriptors"]:
                os.close(descriptor)
            connection.sendall(b"%d\n" % pid)


def _asked(connection: socket.socket) -> dict[str, Any]:
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 2)
    said = bytearray()
    while not said.endswith(b"\n"):
        said += connection.recv(65_536)
    asked: dict[str, Any] = json.loads(said)
    return asked | {"descriptors": descriptors}


def _tell_who_ended(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with running.pop(pid) as connection, suppress(BrokenPipeError):  # nobody waits for it any more
            connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(asked: dict[str, Any]) -> None:
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, descriptor in enumerate(asked["descriptors"], 1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["folder"])
    sys.argv[1:] = asked["words"]
    if AHEAD in os.environ:
        runpy.run_path(str(ROOT / "tests" / "clock" / "sitecustomize.py"))


if __name__ == "__main__":
    _load()
    if (command := _serve(sys.argv[1])) is None:
        shutil.rmtree(Path(sys.argv[1]).parent)
    else:
        _become(command)
        from gateway.cli import main

        main(prog_name=IZIN)
