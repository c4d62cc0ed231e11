"""The review console as a child of `izin serve`: started with it, started again if it ends, gone when it is gone.

Its standard input is a pipe that nobody writes to: when this process ends, however it ends, so does the pipe, and the
child with it. It shares nothing else with the gateway.
"""

import asyncio
import os
import socket
import sys
from contextlib import suppress
from typing import Final

import structlog

from gateway.proxy.starting import start
from gateway.settings import Settings

#: Seconds before a console that ended is started again: at first, and at most.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: Seconds that it may take to end.
_PATIENCE: Final = 5.0


async def keep_console(settings: Settings, listener: socket.socket | None) -> None:
    """Run the console of these settings until cancelled; it listens on ``listener`` where that was passed."""
    log, pause = structlog.get_logger(), FIRST_PAUSE
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            how: dict[str, object] = {"code": await _run(settings, listener)}
        except OSError as error:  # the system permits no further process at the moment
            how = {"why": error.strerror}
        pause = FIRST_PAUSE if loop.time() - began > LONGEST_PAUSE else min(LONGEST_PAUSE, 2 * pause)
        log.error("the console has ended and is started again", **how, seconds=pause)
        await asyncio.sleep(pause)


async def _run(settings: Settings, listener: socket.socket | None) -> int:
    """Run it once; gives how it ended."""
    process = await start(
        *_command(settings, listener),
        pass_fds=() if listener is None else (listener.fileno(),),
        stdin=asyncio.subprocess.PIPE,
        env={**os.environ, "IZIN_CATALOGUE_KEY": ",".join(key.vkey for key in settings.catalogue_key)},
        start_new_session=True,  # Ctrl-C is for the gateway, which then ends it
    )
    try:
        return await process.wait()
    finally:
        await _end(process)


def _command(settings: Settings, listener: socket.socket | None) -> list[str]:
    at = ["--listen", str(settings.console)] if listener is None else ["--listen-fd", str(listener.fileno())]
    where = ["--journal", str(settings.journal), *at]
    return [sys.executable, "-m", "gateway", "console", str(settings.policy), *where, "--child"]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    if process.stdin is not None:
        process.stdin.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _PATIENCE)
    if process.returncode is None:
        process.kill()
        await process.wait()
