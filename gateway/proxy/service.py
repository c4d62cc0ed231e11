"""How the gateway does, told to whoever started it and asks to hear (sd_notify(3)): that it serves, reloads or ends, a line for
`systemctl status`, and now and then that it is alive. Where nobody asks, nothing is said.
"""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Final

import structlog

#: Seconds between two looks at whether the line has changed.
LOOK: Final = 2.0
#: Seconds that a message may wait for room.
_PATIENCE: Final = 1.0
_LONGEST_STATUS: Final = 300
_VARIABLES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Service:
    """This process as the one who started it sees it."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        """The variables that ask for this are taken away, for children have nothing to say of it."""
        where, every, pid = (environ.pop(name, "") for name in _VARIABLES)
        #: The variables by which one that takes our place hears of it.
        self.environ = {"NOTIFY_SOCKET": where, "WATCHDOG_USEC": every}
        self._log = structlog.get_logger()
        if where and where[0] not in "/@":
            self._log.warning("nobody can be told how the gateway does", notify_socket=where[:100])
            where = ""
        #: Whether anybody wants to hear.
        self.heard = bool(where)
        self._where = "\0" + where[1:] if where.startswith("@") else where  # abstract: unix(7)
        ours = self.heard and every.isascii() and every.isdigit() and pid in {"", str(os.getpid())}
        #: Seconds between two signs of life, None where nobody waits for them: half of what is waited.
        self.alive_every: float | None = int(every) / 2_000_000 if ours and int(every) else None
        self._status = ""

    def say(self, **said: object) -> None:
        """Tell these: `READY=1` is written ``READY=1``. Blocks for as long as there is no room, but not long."""
        if not self.heard:
            return
        octets = "\n".join(f"{name}={value}" for name, value in said.items()).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.settimeout(_PATIENCE)
                line.sendto(octets, self._where)
        except OSError as error:
            self._log.warning("whoever started the gateway does not listen", error=error.strerror)

    def ready(self, status: str) -> None:
        """It serves, from the start or again."""
        self._status = _line(status)
        self.say(READY=1, STATUS=self._status)

    def reloading(self) -> None:
        """It reads its policy anew, and says `ready` when that is done."""
        self.say(RELOADING=1, MONOTONIC_USEC=time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)

    def stopping(self, seconds: float) -> None:
        """It ends, which may take so many seconds."""
        self.say(STOPPING=1, STATUS="draining", EXTEND_TIMEOUT_USEC=round(seconds * 1_000_000))

    def handed_over(self, pid: int) -> None:
        """Another process, which serves, is the service from now on."""
        self.say(MAINPID=pid, READY=1, WATCHDOG=1)

    async def tell(self, status: Callable[[], str]) -> None:
        """Say the line whenever it has changed, for ever."""
        while self.heard:
            await asyncio.sleep(LOOK)
            if (now := _line(status())) != self._status:
                self._status = now
                await asyncio.to_thread(self.say, STATUS=now)

    async def watch(self, well: Callable[[], Awaitable[bool]]) -> None:
        """Give signs of life, for ever; none while ``well``, which takes a while to say no, says so."""
        while self.alive_every is not None:
            asked = time.monotonic()
            if await well():
                await asyncio.to_thread(self.say, WATCHDOG=1)
                await asyncio.sleep(self.alive_every)
            else:
                self._log.error("not all processes answer, so no sign of life is given")
                await asyncio.sleep(max(0.0, 1 - (time.monotonic() - asked)))


def _line(status: str) -> str:
    """One line, whatever stands in it."""
    return " ".join(status.split())[:_LONGEST_STATUS]
