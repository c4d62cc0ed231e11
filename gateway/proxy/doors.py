"""The sockets of one gateway: those that it was passed, and for the others those that the settings name."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from gateway.proxy.passed import ADMIN, CHECK, CONSOLE, LISTEN, Passed
from gateway.proxy.sockets import bind, bind_near, release, reserve
from gateway.settings import Settings


@dataclass(slots=True)
class Doors:
    """``listeners`` are where clients come in. Where they were ``passed`` they listen, and workers share them; else, with several
    workers, the only one reserves the address for theirs. ``check`` and ``console`` are None where there are none; the
    console binds its own where it was not passed. ``path`` is a name in a folder that goes when they are closed,
    unless it is to ``keep_path``, since another gateway goes on there."""

    listeners: tuple[socket.socket, ...]
    admin: socket.socket
    check: socket.socket | None
    console: socket.socket | None
    passed: bool
    path: Path | None
    keep_path: bool = False

    @classmethod
    def take(cls, settings: Settings, passed: Passed) -> Self:
        """Bind what was not passed. ListenError where an address cannot be had."""
        own = bind if settings.workers == 1 else reserve
        listeners = passed.get(LISTEN) or (own(settings.listen, "--listen"),)
        admin = _only(passed, ADMIN) or bind(settings.admin, "--admin")
        check, path = _only(passed, CHECK), None
        if check is None and settings.check is not None:
            check = bind_near(settings.check, "--check")
            path = settings.check if isinstance(settings.check, Path) else None
        return cls(listeners, admin, check, _only(passed, CONSOLE), LISTEN in passed, path)

    def of_worker(self, number: int, workers: int) -> tuple[socket.socket, ...]:
        """Those of the passed listeners that one of several workers listens on: each listener has one, each worker too."""
        return self.listeners[number % len(self.listeners) :: workers]

    def close(self) -> None:
        """Let go of all of them."""
        for one in (*self.listeners, self.admin, self.console):
            if one is not None:
                one.close()
        if self.check is not None:
            release(self.check, None if self.keep_path else self.path)


def _only(passed: Passed, name: str) -> socket.socket | None:
    return next(iter(passed.get(name, ())), None)
