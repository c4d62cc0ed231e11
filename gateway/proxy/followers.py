"""The followers of a gateway: one child process each, so that shipping entries costs no request anything.

A child that ends is started again, after waits that grow; where it got to is kept by itself and its sink. How far each is
behind is read from what it remembers.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from gateway import warned
from gateway.audit.sinks import memory
from gateway.audit.sinks.set_aside import SetAside
from gateway.proxy.starting import start
from gateway.warned import Warned

#: Seconds until a child is started again: the first wait, and the longest.
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 60.0
#: Seconds that a child has for its last batch when the gateway ends.
_PATIENCE: Final = 5.0


class Followers:
    """Keeps one child process for each target, from `run` until it is cancelled."""

    def __init__(self, journal: Path, lane: str, targets: Sequence[str], token_file: Path | None) -> None:
        self._journal, self._lane, self._targets, self._token_file = journal, lane, targets, token_file
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Keep them going, for ever."""
        await asyncio.gather(*(self._keep(target) for target in self._targets))

    def behind(self, last: int) -> dict[str, int]:
        """By address, how many entries up to ``last`` are not shipped yet."""
        return {
            memory.shown(target): max(0, last - self._remembered(target).lanes.get(self._lane, 0))
            for target in self._targets
        }

    @property
    def set_aside(self) -> int:
        """How many entries were refused for good, by all of them."""
        return sum(len(self._aside(target).whys) for target in self._targets)

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What an operator should know."""
        found = [(memory.shown(target), self._remembered(target).trouble) for target in self._targets]
        waiting = [warned.FOLLOWER_WAITS.of(target=name, why=trouble) for name, trouble in found if trouble]
        refused = [(memory.shown(target), self._aside(target).whys) for target in self._targets]
        told = [
            warned.SET_ASIDE.of(target=name, count=len(whys), why=whys[-1]) for name, whys in refused if whys
        ]
        return (*waiting, *told)

    def _aside(self, target: str) -> SetAside:
        return SetAside(memory.path_of(self._journal / memory.FOLDER, target))

    def _remembered(self, target: str) -> memory.Memory:
        return memory.load(memory.path_of(self._journal / memory.FOLDER, target), target)

    async def _keep(self, target: str) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                how: dict[str, object] = {"code": await self._child(target)}
            except OSError as error:  # the system permits no further process at the moment
                how = {"why": error.strerror}
            self._log.error("a follower ended", to=memory.shown(target), **how, again_in=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _child(self, target: str) -> int:
        words = ["-m", "gateway", "audit", "follow", "--journal", str(self._journal), "--to", target]
        words += [] if self._token_file is None else ["--token-file", str(self._token_file)]
        child = await start(sys.executable, *words, "--with-parent", stdin=asyncio.subprocess.DEVNULL)
        try:
            return await child.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                child.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), _PATIENCE)
            if child.returncode is None:
                child.kill()
                await child.wait()
            raise
