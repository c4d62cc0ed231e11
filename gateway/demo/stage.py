"""Sets the stage: a copy of the reference policy, and `izin serve` in front of the stub site as a child process."""

import asyncio
import os
import random
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from gateway.demo.wire import AnswerError, Ask, send
from gateway.proxy.starting import start

HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8080
#: However slow the machine: a gateway that ends is noticed sooner.
READY_SECONDS: Final = 120.0
CONSOLE_SECONDS: Final = 20.0
STOP_SECONDS: Final = 20.0
_PAUSE: Final = 0.05
_FIRST_ACCOUNT: Final = re.compile(rb'"first_account":"(http[^"]+)"')
_BELOW: Final = range(10_240, 32_000)
#: The reference policy: beside this file in an installed package, at the top of the repository in a checkout.
POLICIES: Final = (
    Path(__file__).parent / "policy",
    Path(__file__).parents[2] / "policies" / "antara",
)


class StageError(Exception):
    """The demonstration cannot begin; the message is for people, ``log`` what the gateway last said."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: where it listens, and its journal's folder."""

    port: int
    journal: Path
    process: asyncio.subprocess.Process
    log: Path | None = None

    async def console(self) -> str | None:
        """Where the first account of its review console is made; None if that is not said in time."""
        deadline = asyncio.get_running_loop().time() + CONSOLE_SECONDS
        while self.log is not None and asyncio.get_running_loop().time() < deadline:
            found = _FIRST_ACCOUNT.search(self.log.read_bytes())
            if found is not None:
                return found[1].decode()
            await asyncio.sleep(_PAUSE)
        return None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://{HOST}:{self.port}"


def copy_policy(folder: Path, today: date) -> None:
    """Copies the reference policy to ``folder``, its licenses renewed so that they hold ``today``.

    Their contracts run for a year from 5 January; the demonstration goes on after the written ones have ended.
    """
    source = next((path for path in POLICIES if (path / "site.yaml").is_file()), None)
    if source is None:
        raise StageError("the reference policy is not installed with this package")
    shutil.copytree(source, folder)
    year = (today - timedelta(days=4)).year
    for path in folder.glob("licenses/*.yaml"):
        text = path.read_text("utf-8")
        text = re.sub(r"(from:|signed:) \d{4}-01-05", rf"\g<1> {year}-01-05", text)
        text = re.sub(r"(until:) \d{4}-01-04", rf"\g<1> {year + 1}-01-04", text)
        path.write_text(text, "utf-8")


def choose_port(wanted: int | None) -> int:
    """``wanted``, or where that is None the usual port, or a free one if that is taken. Raises `StageError`."""
    if wanted is None:
        with suppress(OSError):
            return _free(DEFAULT_PORT)
        return _some_port()
    try:
        return _free(wanted)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise StageError(f"nothing can listen on {HOST}:{wanted}: {reason}") from None


def _free(port: int) -> int:
    with socket.create_server((HOST, port)) as listener:
        chosen: int = listener.getsockname()[1]
        return chosen


def _is_free(port: int) -> bool:
    with suppress(OSError):
        return _free(port) == port
    return False


def _some_port() -> int:
    """A port that is free, below those that the system gives to connections as they are made: one of them could take it
    before the gateway listens."""
    for port in random.sample(_BELOW, 100):
        with suppress(OSError):
            return _free(port)
    return _free(0)


def check_sources(sources: set[str]) -> None:
    """Raises `StageError` where a client's address is not one of this machine's; Linux has all of 127.0.0.0/8."""
    for source in sorted(sources):
        try:
            socket.create_server((source, 0)).close()
        except OSError:
            raise StageError(
                f"this machine has no loopback address {source}, from which a client comes"
            ) from None


@asynccontextmanager
async def gateway(
    policy: Path, origin: int, wanted: int | None, folder: Path, *, console: bool = False
) -> AsyncIterator[Gateway]:
    """`izin serve` with ``policy`` in front of a site on port ``origin``, ready, for the length of the block, on a port as
    `choose_port` has it: on another one where somebody takes that before the gateway does.

    It keeps its journal and its log in ``folder``, and has a review console where one is wanted. Raises `StageError` if it does not get ready.
    """
    port, running = choose_port(wanted), None
    async with AsyncExitStack() as stack:
        while running is None:
            try:
                running = await stack.enter_async_context(_gateway(policy, origin, port, folder, console))
            except StageError:
                if _is_free(port):
                    raise
                port = choose_port(wanted)
        yield running


@asynccontextmanager
async def _gateway(
    policy: Path, origin: int, port: int, folder: Path, console: bool
) -> AsyncIterator[Gateway]:
    journal, log, admin = folder / "journal", folder / "gateway.log", _some_port()
    arguments = [
        *(sys.executable, "-m", "gateway", "serve", str(policy), "--no-fetch"),
        *("--origin", f"http://{HOST}:{origin}", "--listen", f"{HOST}:{port}"),
        *("--admin", f"{HOST}:{admin}", "--journal", str(journal)),
    ]
    if console:
        arguments += ["--console", f"{HOST}:{_some_port()}"]
    with log.open("wb") as sink:
        # A session of its own: Ctrl-C is for us, and we stop it when the clients have gone.
        process = await start(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sink,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        await _ready(process, admin, log)
        yield Gateway(port, journal, process, log)
    finally:
        await _stop(process)


async def _ready(process: asyncio.subprocess.Process, admin: int, log: Path) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            while process.returncode is None:
                try:
                    answer = await send(Ask("/ready", headers=(("Host", HOST),)), HOST, admin)
                    if answer.status == 200:
                        return
                except AnswerError:
                    pass  # it does not listen yet
                await asyncio.sleep(_PAUSE)
    except TimeoutError:
        raise StageError(f"the gateway is not ready after {READY_SECONDS:.0f} s", _last(log)) from None
    raise StageError(f"the gateway ended with exit code {process.returncode}", _last(log))


def _last(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-20:])


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
