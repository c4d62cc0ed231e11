"""A process of the gateway's own: begun, kept going, and gone when its supervisor is gone.

A child that ends is started again: at once at first, after waits that grow where it ends again and again, which is said
loudly. Its standard input is the socket by which it is spoken to (`gateway.proxy.control`), so that none outlives the
supervisor.
"""

import asyncio
import pickle
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, Final

import structlog

from gateway import warned
from gateway.proxy import control
from gateway.proxy.control import Channel
from gateway.proxy.starting import start
from gateway.warned import Warned

#: Seconds until a child that ended is started again: where it had run for `STEADY` seconds, at most, and how often in a row
#: before it is said that it ends again and again.
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 30.0
STEADY: Final = 10.0
MANY: Final = 4
#: Seconds that a child may take to begin, and to end when it should.
BEGIN: Final = 60.0
_PATIENCE: Final = 10.0
_USED_UP: Final = "memory, or what processes and files this user may have, may be used up"


class ChildError(Exception):
    """A child that cannot begin its work, in words for people; ``hint`` says what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


class Child:
    """Keeps one process of a role (`worker`, `writer`) going."""

    def __init__(
        self,
        role: str,
        label: str,
        spec: Callable[[bool, tuple[int, ...]], Any],
        *,
        heard: Callable[[Any], object] = lambda _: None,
        sockets: Callable[[], tuple[socket.socket, ...]] = tuple,
        gone: Callable[[], object] = lambda: None,
    ) -> None:
        """``sockets`` gives those that it inherits and that are then its own; ``spec`` what it is to do, by whether one was
        there before, and by the sockets' numbers. ``heard`` is told what it says, ``gone``
        is called whenever it has ended."""
        self.label, self.heard = label, heard
        self._role, self._spec, self._gone = role, spec, gone
        self._sockets = sockets
        self._channel: Channel | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._ready: asyncio.Future[None] | None = None
        self._numbers: tuple[int, ...] = ()
        self._spawned, self._loaded, self._begun = False, asyncio.Event(), False
        #: How often it was started again, and how often in a row it has ended too soon.
        self.restarts = self._failures = 0
        self._ending = asyncio.Event()
        self._log = structlog.get_logger()

    @property
    def running(self) -> bool:
        """Whether it does its work."""
        return self._ready is not None and self._ready.done() and self._channel is not None

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What an operator should know."""
        if self._failures < MANY:
            return ()
        return (warned.PROCESS_ENDS.of(process=self.label, times=self._failures),)

    def send(self, message: Any) -> None:
        """Tell it something; nothing while it is not there, or does not know what it is to do: its spec will say all of it."""
        if self._begun:
            self._tell(message)

    def _tell(self, message: Any) -> None:
        if self._channel is not None:
            self._channel.send(message)

    async def load(self) -> None:
        """Have its process load what it needs, so that `begin` takes less time; nothing where that fails, which `begin` says."""
        with suppress(OSError, TimeoutError):
            await self._spawn()
            self._spawned = True
            async with asyncio.timeout(BEGIN):
                await self._loaded.wait()

    async def begin(self) -> None:
        """Start it and wait until it does its work. ChildError where it does not."""
        try:
            await self._start(again=False)
        except BaseException:
            self.kill()
            await self.end(0)
            raise

    async def keep(self) -> None:
        """Start it again whenever it ends, until `end`."""
        loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        while True:
            code = await self._ended()
            if self._ending.is_set():
                return
            self._failures = 0 if loop.time() - began > STEADY else self._failures + 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 4 ** max(0, self._failures - 1))
            say = self._log.critical if self._failures >= MANY else self._log.error
            say(
                "a process has ended and is started again",
                process=self.label,
                code=code,
                seconds=pause,
                row=self._failures,
            )
            await asyncio.sleep(pause)
            if self._ending.is_set():
                return
            self.restarts += 1
            began = loop.time()
            try:
                await self._start(again=True)
            except ChildError as error:
                self._kill()
                self._log.error(
                    "a process does not begin", process=self.label, why=str(error), hint=error.hint
                )

    async def end(self, seconds: float, at_once: asyncio.Event | None = None) -> int:
        """Have it end within so many seconds, or soon once ``at_once`` is set; whoever does not is killed. Its exit code, 0 where all
        went well."""
        self._ending.set()
        self._tell(control.Drain(seconds))
        waiting = asyncio.ensure_future(self._ended())
        hurry = asyncio.ensure_future(
            at_once.wait() if at_once is not None else asyncio.sleep(seconds + _PATIENCE)
        )
        await asyncio.wait({waiting, hurry}, timeout=seconds + _PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            self._tell(control.Drain(0))
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), _PATIENCE)
        hurry.cancel()
        if self._process is not None and self._process.returncode is None:
            self._log.error("a process does not end and is killed", process=self.label)
            self._kill()
        code = await waiting
        if (channel := self._channel) is not None:
            channel.close()
            await channel.closed
        return code

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._ending.set()
        self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def _ended(self) -> int:
        return 0 if self._process is None else await self._process.wait()

    async def _spawn(self) -> None:
        """Start its process, which then waits to be told what to do."""
        loop = asyncio.get_running_loop()
        with ExitStack() as stack:
            inherited = [stack.enter_context(one) for one in self._sockets()]
            numbers = self._numbers = tuple(one.fileno() for one in inherited)
            ours, theirs = socket.socketpair()
            stack.enter_context(theirs)
            try:
                self._process = await start(
                    *(sys.executable, "-m", "gateway.child", self._role, self.label),
                    stdin=theirs.fileno(),
                    pass_fds=numbers,
                    start_new_session=True,  # Ctrl-C is for the supervisor
                )
            except BaseException:
                ours.close()
                raise
        self._begun = False
        ready = self._ready = loop.create_future()
        ready.add_done_callback(_seen)
        channel = self._channel = await Channel.over(ours, control.from_child, self._hears)
        channel.closed.add_done_callback(lambda _: self._left(channel, ready))

    async def _start(self, *, again: bool) -> None:
        if not self._spawned:
            try:
                await self._spawn()
            except OSError as error:
                why = (error.strerror or "unknown error").lower()
                raise ChildError(f"the process {self.label} cannot be started: {why}", _USED_UP) from None
        self._spawned = False
        ready = self._ready
        assert ready is not None
        self._tell(control.Begin(pickle.dumps(self._spec(again, self._numbers))))
        self._begun = True
        try:
            await asyncio.wait_for(asyncio.shield(ready), BEGIN)
        except TimeoutError:
            raise ChildError(f"the process {self.label} does not begin its work") from None
        if self._ending.is_set():  # meanwhile
            self._kill()

    def _hears(self, message: Any) -> None:
        assert self._ready is not None
        match message:
            case control.Loaded():
                self._loaded.set()
            case control.Ready():
                if not self._ready.done():
                    self._ready.set_result(None)
            case control.Failed(what, hint):
                if not self._ready.done():
                    self._ready.set_exception(ChildError(what, hint))
        self.heard(message)

    def _left(self, channel: Channel, ready: "asyncio.Future[None]") -> None:
        if not ready.done():
            ready.set_exception(ChildError(f"the process {self.label} ended before it began its work"))
        if self._channel is channel:
            self._channel = None
        self._gone()


def _seen(ready: "asyncio.Future[None]") -> None:
    if not ready.cancelled():
        ready.exception()
