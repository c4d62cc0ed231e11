"""The console's process: opens what it needs, and serves until it is told to stop."""

import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from gateway.audit.index import Index
from gateway.console.accounts import Accounts
from gateway.console.app import console_app
from gateway.console.guard import Place
from gateway.console.hours import HOUR, PERIODS
from gateway.console.policies import Policies
from gateway.console.review import Review
from gateway.console.sign_in import SignIn
from gateway.console.visit import Console, Record
from gateway.lookups.folder import PolicyFolder
from gateway.policy.place import PolicyError


class NotOpened(Exception):  # noqa: N818 -- as it is said
    """Why the console does not start, in words for people."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `izin console` is told. With ``child`` it ends when its standard input does: with the process that started it."""

    folder: PolicyFolder
    journal: Path
    place: Place
    sign_in: SignIn
    record: Record
    child: bool


def serve(wanted: Wanted, listener: socket.socket, tell: Callable[[str, str | None], None]) -> None:
    """Serve on a bound socket until SIGTERM, SIGINT or, for a child, the end of its input.

    ``tell`` is given the address, and the link at which the first account is made while there is none. Raises NotOpened and
    PolicyError.
    """
    policies = Policies(wanted.folder)
    try:
        accounts = Accounts(wanted.journal)
    except (OSError, sqlite3.Error) as error:
        raise NotOpened(f"`{wanted.journal}` cannot keep the console's accounts: {error}") from None
    review = Review(wanted.journal)
    console = Console(
        wanted.place,
        wanted.journal,
        accounts,
        review,
        policies,
        wanted.record,
        _now,
        lambda: policies.problems,
    )
    review.beside = counting(console)
    link = accounts.link(_now())
    server = uvicorn.Server(
        uvicorn.Config(
            console_app(console, wanted.sign_in),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            limit_concurrency=256,
            timeout_graceful_shutdown=3,
        )
    )
    if wanted.child:
        threading.Thread(target=_until_left, args=(server,), daemon=True).start()
    review.open()
    tell(str(wanted.place), None if link is None else f"{wanted.place}/first/{link}")
    try:
        server.run(sockets=[listener])
    finally:
        review.close()
        accounts.close()


def counting(console: Console) -> Callable[[Index], None]:
    """Counts what *Today* shows ahead of time, one period each time that it is called, and again when an hour is over; first of all
    it has the letters begun, and again when entries were removed or erased."""
    waiting, last, rewritten, begun = [*PERIODS.values()], 0, 0, False

    def count(index: Index) -> None:
        nonlocal last, rewritten, begun
        now = console.clock()
        if index.rewritten != rewritten:
            rewritten, begun = index.rewritten, False
            console.letters.forget()
        if not begun:
            with suppress(PolicyError):  # the pages say what is wrong with it
                begun = console.letters.begin(console.folder, console.policy(), now)
        if not waiting and now // HOUR != last:
            waiting.append(max(PERIODS.values()))
        if waiting:
            console.hours.warm(index, waiting.pop(0), now)
            last = now // HOUR

    return count


def _until_left(server: uvicorn.Server) -> None:
    """Stop when whoever started this process is gone, however it went."""
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True


def _now() -> int:
    return time.time_ns() // 1000
