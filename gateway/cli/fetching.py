"""`izin audit fetch`: make a journal again from the copy of it in a database."""

import asyncio
from pathlib import Path

import click

from gateway.audit import site_log
from gateway.audit.beside import LOG
from gateway.audit.fetched import Fetched, fetch, folder_of
from gateway.audit.sinks import SinkError, Source, Target, sink_to
from gateway.audit.sinks import memory as memories
from gateway.cli.entries import dumps
from gateway.cli.options import FILE, Parsed, fail, secret_in
from gateway.cli.progress import Progress
from gateway.cli.terminal import safe
from gateway.targets import check_target


@click.command("fetch", short_help="Make a journal again from its copy in a database.")
@click.argument("url", metavar="ADDRESS", type=Parsed("ADDRESS", check_target))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="A new or empty folder; below it one for each lane, if there are several.",
)
@click.option("--site", metavar="NAME", help="Which site, where the database has several.")
@click.option("--lane", metavar="NAME", help="Only this lane.")
@click.option(
    "--token-file",
    type=FILE,
    envvar="IZIN_FOLLOW_TOKEN_FILE",
    metavar="FILE",
    help="Its first line is the password of ClickHouse. [env: IZIN_FOLLOW_TOKEN_FILE]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a lane.")
def fetch_copy(
    url: str, out: Path, site: str | None, lane: str | None, token_file: Path | None, *, as_json: bool
) -> None:
    """Make a journal again, octet by octet, from the copy at ADDRESS, postgresql://user@host/database or clickhouse://user@host:8123.

    `izin audit verify` then says by that copy alone whether anything was changed, and every other command reads it. It is a
    copy: nobody writes it on, and nothing is erased in it.

    Ends with 1 if the copy lacks entries, or has what no journal has.
    """
    token = secret_in(token_file)
    target = Target(url, out / memories.FOLDER, None if token is None else token.decode("ascii"))
    place = memories.shown(url)
    if out.is_dir() and any(out.iterdir()):
        fail(f"`{out}` is not empty", "name a new folder", 2)
    try:
        fetched = asyncio.run(_fetch(target, out, site, lane))
    except SinkError as error:
        fail(f"{place} cannot be read: {error}")
    except ValueError as error:
        fail(f"{place}: {error}")
    except OSError as error:
        fail(f"`{out}` cannot be written: {(error.strerror or str(error)).lower()}")
    _tell(fetched, out, as_json=as_json)
    if any(one.troubles for one in fetched):
        raise SystemExit(1)


def _tell(fetched: list[Fetched], out: Path, *, as_json: bool) -> None:
    for one in fetched:
        if as_json:
            click.echo(dumps({**one._asdict(), "folder": str(one.folder)}))
        else:
            click.echo(f"{one.entries:,} entries of {safe(one.site)}, {safe(one.lane)}: {one.folder}")
        for trouble in one.troubles:
            click.echo(f"{safe(one.lane)}: {safe(trouble)}", err=True)
    if not as_json:
        whole = [out] if site_log.entries_of(out) else [one.folder for one in fetched]
        for folder in whole:
            click.echo(f"`izin audit verify --journal {folder}` checks it", err=True)


async def _fetch(target: Target, out: Path, site: str | None, lane: str | None) -> list[Fetched]:
    sink = sink_to(target)
    copy = sink.source
    if copy is None:
        fail(
            "only a database can be asked for what it has",
            "a folder that entries are shipped to is a journal already: `izin audit verify --journal`",
            2,
        )
    try:
        lanes = _wanted(await copy.lanes(), site, lane)
        # The log of several lanes that one of them has lies beside all of them, as a verification of the site wants it.
        logs = [LOG in (await copy.kept(site, lane)).notes for site, lane, _ in lanes]
        return [await _lane(copy, out, *one, alone=len(lanes) == 1, beside=sum(logs) == 1) for one in lanes]
    finally:
        await sink.close()


def _wanted(
    lanes: list[tuple[str, str, int]], site: str | None, lane: str | None
) -> list[tuple[str, str, int]]:
    found = [one for one in lanes if site in (None, one[0]) and lane in (None, one[1])]
    if not found:
        raise ValueError("it has no such lane" if lanes else "it has no lane of any journal")
    sites = sorted({one[0] for one in found})
    if len(sites) > 1:
        raise ValueError(f"it has several sites, of which --site names one: {', '.join(sites[:10])}")
    return found


async def _lane(
    copy: Source, out: Path, site: str, lane: str, last: int, *, alone: bool, beside: bool
) -> Fetched:
    folder = folder_of(out, lane, alone=alone)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    progress = Progress(last, "entries")
    try:
        home = out if beside else folder
        return await fetch(copy, site, lane, last, folder, home, lambda count: progress.at(count, count))
    finally:
        progress.done()
