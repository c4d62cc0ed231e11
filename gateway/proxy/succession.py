"""One gateway takes another's place without a gap: a new version of the program, or new settings.

Theory of operation. The *old* one starts the *new* one beside itself, by the words it was started with, and passes it every
socket (unix(7), SCM_RIGHTS). The new one loads what it needs, reads the policy and says `prepared`; if it ends before that,
nothing has happened. Then the old one takes nothing more on, ends what is under way, closes the journal, and says `free`: a
journal has one writer at any time. Meanwhile clients wait in the queues of sockets that never close. The new one says
`serving`, and the old one is gone.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Final, Self

from gateway.proxy.children import BEGIN, ChildError
from gateway.proxy.passed import Passed

#: In the environment of the new one: the descriptor of its end of the line between them.
VARIABLE: Final = "IZIN_SUCCEEDS"
_PREPARED, _FREE, _SERVING = b"prepared\n", b"free\n", b"serving\n"
#: Sockets that go into one message, at most (unix(7), SCM_MAX_FD).
_MOST: Final = 253


class Successor:
    """The new one, as the old one sees it."""

    def __init__(self, process: "subprocess.Popen[bytes]", line: socket.socket) -> None:
        """``line`` is this end of the line between them."""
        self._process, self._line = process, line

    @classmethod
    async def prepared(cls, sockets: Passed, environ: Mapping[str, str]) -> Self:
        """Start it with these sockets and these variables besides ours, and wait until it is prepared. ChildError where it
        ends or takes too long."""
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            process = subprocess.Popen(  # noqa: ASYNC220, S603 -- asyncio would end it with its loop; our own words
                _words(), env={**os.environ, **environ, VARIABLE: str(number)}, pass_fds=(number,)
            )
        named = [(name, one.fileno()) for name, many in sockets.items() for one in many][:_MOST]
        socket.send_fds(
            ours, [json.dumps([name for name, _ in named]).encode()], [number for _, number in named]
        )
        ours.setblocking(False)
        self = cls(process, ours)
        try:
            if await self._says(_PREPARED):
                return self
        except BaseException:
            self.give_up()  # we are to end meanwhile, and nobody takes over
            raise
        self.give_up()
        raise ChildError("the next gateway does not begin its work", "its own lines above say why")

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    async def takes_over(self) -> bool:
        """Say that the journal is free, and wait until it serves; whether it does."""
        with suppress(OSError):
            await asyncio.get_running_loop().sock_sendall(self._line, _FREE)
        return await self._says(_SERVING)

    def give_up(self) -> None:
        """End it."""
        self._line.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    async def _says(self, word: bytes) -> bool:
        got = b""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(BEGIN):
                while not got.endswith(b"\n"):
                    piece = await asyncio.get_running_loop().sock_recv(self._line, 64)
                    if not piece:
                        break
                    got += piece
        return got == word


class Predecessor:
    """The old one, as the new one sees it. Everything but `serving` is for the time before there is an event loop."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    @classmethod
    def here(cls, environ: MutableMapping[str, str]) -> Self | None:
        """Whoever started this process to take its place, None if nobody did."""
        number = environ.pop(VARIABLE, "")
        if not number.isascii() or not number.isdigit():
            return None
        line = socket.socket(fileno=int(number))
        line.set_inheritable(False)
        return cls(line)

    def sockets(self) -> Passed:
        """Its sockets, by what they are for."""
        octets, numbers, _, _ = socket.recv_fds(self._line, 65_536, _MOST)
        found: dict[str, tuple[socket.socket, ...]] = {}
        for name, number in zip(json.loads(octets), numbers, strict=True):
            one = socket.socket(fileno=number)
            one.setblocking(False)
            found[name] = (*found.get(name, ()), one)
        return found

    def wait(self) -> None:
        """Say that all is prepared, and wait until the journal is free; also where the old one is gone without a word."""
        with suppress(OSError):
            self._line.sendall(_PREPARED)
            self._line.recv(64)

    def serving(self) -> None:
        """Say that clients are served."""
        with suppress(OSError):
            self._line.sendall(_SERVING)
        self._line.close()


def _words() -> list[str]:
    """What starts this program again: the file that was run, which may be a link to a newer version by now."""
    program = os.path.abspath(sys.argv[0])  # noqa: PTH100 -- the link itself, and not where it leads
    runs = os.access(program, os.X_OK) and not program.endswith(".py")
    return [*([program] if runs else [sys.executable, "-m", "gateway"]), *sys.argv[1:]]
