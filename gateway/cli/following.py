"""`izin audit follow`: ship the journal's entries to a file, an address or a database, from wherever that one got to."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from gateway.audit.follower import EVENT, Follower, Following, offer_again, ship_again
from gateway.audit.reader import Reader
from gateway.audit.sinks import SinkError, Target, sink_to
from gateway.audit.sinks import memory as memories
from gateway.audit.sinks.set_aside import SetAside
from gateway.cli.asked import complain
from gateway.cli.entries import dumps
from gateway.cli.filters import READER
from gateway.cli.giving import NotGiven, given
from gateway.cli.options import FILE, Parsed, fail, secret_in
from gateway.cli.progress import Progress
from gateway.targets import check_target

#: Seconds between two looks whether the gateway that started this one is still there.
_LOOK = 1.0


@click.command(short_help="Ship entries to a file, an address or a database, for ever.")
@READER
@click.option(
    "--to",
    "url",
    type=Parsed("ADDRESS", check_target),
    required=True,
    help="file:///path/name.jsonl, a folder file:///path/, https://… that takes JSON Lines by POST, postgresql://user@host/database, or clickhouse://user@host:8123.",
)
@click.option(
    "--token-file",
    type=FILE,
    envvar="IZIN_FOLLOW_TOKEN_FILE",
    metavar="FILE",
    help="Its first line is shown to the address as a bearer token, to ClickHouse as the password. [env: IZIN_FOLLOW_TOKEN_FILE]",
)
@click.option("--once", is_flag=True, help="End when everything that is there is shipped.")
@click.option(
    "--retry-set-aside",
    "again",
    is_flag=True,
    help="First offer once more what the place had refused for good.",
)
@click.option(
    "--compare",
    is_flag=True,
    help="First ship once more, to a database, what it had acknowledged and does not have.",
)
@click.option("--with-parent", is_flag=True, hidden=True)
@click.option("--json", "as_json", is_flag=True, help="At the end, one JSON object.")
def follow(
    reader: Reader,
    url: str,
    token_file: Path | None,
    *,
    once: bool,
    again: bool,
    compare: bool,
    with_parent: bool,
    as_json: bool,
) -> None:
    """Ship every entry in order and at least once. A place that does not answer delays and loses nothing.

    An entry that the place refuses for good is set aside, and the journal says so; --retry-set-aside offers it once more.

    How far it got is kept in the folder `followers` of the journal, and at the place itself where that can be asked. Started
    again, it goes on from there.
    """
    # A loss of power must not leave elsewhere what is not here: its numbers would be given again.
    reader = Reader(reader.folder, synced=True)
    token = secret_in(token_file)
    target = Target(url, reader.folder / memories.FOLDER, None if token is None else token.decode("ascii"))
    shown, aside = _Shown(target), SetAside(memories.path_of(target.memory, url))
    try:
        if again:
            _offer_again(reader, target, aside)
        if compare:
            _ship_again(reader, target)
        asyncio.run(_run(reader, target, aside, shown, once=once, with_parent=with_parent))
    except OSError as error:
        fail(f"`{memories.shown(url)}` cannot be used: {(error.strerror or str(error)).lower()}")
    except KeyboardInterrupt:
        pass
    finally:
        shown.progress.done()
    refused = len(aside.whys)
    if as_json:
        click.echo(dumps({**shown.now._asdict(), "behind": shown.now.behind, "set_aside": refused}))
    elif once:
        but = f" but {refused:,} that it refused" if refused else ""
        click.echo(f"{memories.shown(url)} has everything up to entry {shown.now.shipped:,}{but}.")


class _Shown:
    """Tells the terminal, and whoever watches the gateway, how far it is."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._path = memories.path_of(target.memory, target.url)
        self._trouble = memories.load(self._path, target.url).trouble
        self._begun: int | None = None
        self.now = Following(0, 0, None)
        self.progress = Progress(1, "entries")

    def __call__(self, now: Following) -> None:
        self.now = now
        if self._begun is None:
            self._begun = now.shipped
            self.progress = Progress(max(1, now.last - now.shipped), "entries")
        self.progress.at(now.shipped - self._begun, now.shipped - self._begun)
        if now.trouble == self._trouble:
            return
        self._trouble = now.trouble
        place = memories.shown(self._target.url)
        click.echo(f"{place}: {now.trouble or 'it takes entries again'}, {now.behind:,} behind", err=True)
        remembered = memories.load(self._path, self._target.url)
        remembered.trouble = now.trouble
        with suppress(OSError):
            memories.save(self._path, remembered, sync=False)


def _offer_again(reader: Reader, target: Target, aside: SetAside) -> None:
    async def offer() -> int:
        sink = sink_to(target)
        try:
            return await offer_again(reader, sink, aside)
        finally:
            await sink.close()

    place, before = memories.shown(target.url), len(aside.whys)
    try:
        taken = asyncio.run(offer())
    except SinkError as error:
        fail(f"{place} takes nothing now: {error}", "what was set aside stays so; try again later")
    click.echo(f"{place}: {taken:,} of {before:,} entries that were set aside were taken", err=True)


def _ship_again(reader: Reader, target: Target) -> None:
    progress = Progress(1, "entries")

    async def ship() -> int:
        sink = sink_to(target)
        try:
            if sink.copy is None:
                fail("files and addresses cannot be asked what they have", "--compare is for databases", 2)
            return await ship_again(reader, sink.copy, lambda at, last: progress.of(last).at(at, at))
        finally:
            progress.done()
            await sink.close()

    place = memories.shown(target.url)
    try:
        lacked = asyncio.run(ship())
    except SinkError as error:
        fail(f"{place} cannot be compared now: {error}")
    click.echo(f"{place}: {lacked:,} entries that it had acknowledged were not there, and are now", err=True)


async def _run(
    reader: Reader, target: Target, aside: SetAside, shown: _Shown, *, once: bool, with_parent: bool
) -> None:
    async def record(details: dict[str, Any]) -> bool:
        details |= {"to": memories.shown(target.url)}
        click.echo(
            f"{details['to']}: set aside, of entries: {details['entries']:,}, {details['why']}", err=True
        )
        try:
            await asyncio.to_thread(given, reader.folder, EVENT, details)
        except NotGiven as error:
            click.echo(f"the journal cannot say so now: {error}", err=True)
            return False
        return True

    sink = sink_to(target)
    follower = Follower(reader, sink, aside, shown, record=record)
    task = asyncio.create_task(follower.run(once=once))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    watching = asyncio.create_task(_with_parent(task)) if with_parent else None
    try:
        with suppress(asyncio.CancelledError):
            await task
    finally:
        if watching is not None:
            watching.cancel()
        await sink.close()
        for place in follower.damaged:
            complain(place)


async def _with_parent(task: asyncio.Task[None]) -> None:
    """End with the gateway that started this: nobody would end it otherwise."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 -- the system tells nobody of it
        await asyncio.sleep(_LOOK)
    task.cancel()
