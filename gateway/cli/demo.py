"""`izin demo`: a stub news site, the gateway in front of it, and clients of every kind, on this machine alone."""

import asyncio
import os
import random
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.options import LANGUAGE, fail
from gateway.cli.terminal import coloured, paint, safe
from gateway.demo.checkup import checkup
from gateway.demo.follow import Follower
from gateway.demo.play import Tally, improvise, play
from gateway.demo.script import cast
from gateway.demo.site import serving, site
from gateway.demo.stage import Gateway, StageError, check_sources, copy_policy, gateway
from gateway.demo.table import Table
from gateway.told.doctor import Outcome
from gateway.vocabulary import Language, Sentence, Verdict

OPENING = Sentence(
    "Situs berita tiruan, Izin di depannya, dan {count} klien berskenario; semuanya hanya di mesin ini.",
    "A stub news site, Izin in front of it, and {count} scripted clients; all of it on this machine alone.",
)
WELL = Sentence(
    "{clients} klien: {allow} dilayani, {deny} ditolak, {license} ditawari lisensi. "
    "Semua sesuai dengan kebijakan.",
    "{clients} clients: {allow} served, {deny} refused, {license} offered a license. "
    "Each got what the policy says.",
)
DIFFERING = Sentence(
    "{count} dari {clients} klien tidak mendapat yang dikatakan kebijakan: {ids}",
    "{count} of {clients} clients did not get what the policy says: {ids}",
)
EXAMINED = Sentence(
    "Diperiksa dari luar (izin doctor): {ok} cocok, {differs} berbeda, {unclear} tak pasti.",
    "Examined from outside (izin doctor): {ok} ok, {differs} differing, {unclear} unclear.",
)
RUNNING = Sentence(
    "Situsnya terbuka di {url}. Klien terus berdatangan sampai Ctrl-C.",
    "The site is open at {url}. Clients keep coming until Ctrl-C.",
)
CONSOLE = Sentence(
    "Ruang tinjau; buat akun pertamanya di sini: {url}",
    "The review console; make its first account here: {url}",
)
NO_CONSOLE = Sentence(
    "Ruang tinjau belum siap; log gerbang mengatakan mengapa.",
    "The review console is not ready; the gateway's log says why.",
)
NEXT = Sentence("Coba selanjutnya:", "Where to look next:")
KEPT = Sentence(
    "Kebijakan, jurnal, dan log peraga ini tinggal di {folder}; hapus bila sudah selesai.",
    "Policy, journal and log of this demonstration stay in {folder}; delete it when you are done.",
)
LYING = Sentence(
    "Kebijakannya ada di {folder}/policy: ubah, simpan, dan putusan berikutnya mengikutinya.",
    "The policy is in {folder}/policy: change it, save, and the next verdicts follow it.",
)


@click.command("demo")
@click.option(
    "--once",
    is_flag=True,
    help="End after the script; exit code 0 only if all is as the policy says.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="The gateway's port on 127.0.0.1; else 8080 or a free one."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep policy, journal and log in DIR, which must not exist; else in a temporary folder.",
)
@LANGUAGE
def command(once: bool, port: int | None, folder: Path | None, language: Language) -> None:
    """Run a stub news site, the gateway with the reference policy in front of it, and scripted clients.

    A table shows who came, whom the gateway took it for, what it decided and why. Without --once it goes on until
    Ctrl-C. Nothing leaves this machine.
    """
    if folder is not None and folder.exists():
        fail(f"`{folder}` exists already", "the demonstration makes its folder itself; name another one")
    table = Table(sys.stdout, language, colour=coloured())
    with _place(folder, keep=once) as place:
        try:
            well = asyncio.run(_run(place, table, once=once, port=port))
        except StageError as error:
            if error.log:
                click.echo("\n".join(map(safe, error.log.splitlines())), err=True)
            fail(str(error))
        except asyncio.CancelledError:
            sys.exit(130)
    sys.exit(0 if well else 1)


@contextmanager
def _place(folder: Path | None, *, keep: bool) -> Iterator[Path]:
    """The folder of this demonstration. A temporary one stays only where it is to be looked at afterwards."""
    if folder is not None:
        folder.mkdir(parents=True)
        yield folder
        return
    made = Path(tempfile.mkdtemp(prefix="izin-demo-"))
    kept = False
    try:
        yield made
        kept = keep
    finally:
        if not kept:
            shutil.rmtree(made, ignore_errors=True)


async def _run(folder: Path, table: Table, *, once: bool, port: int | None) -> bool:
    """Plays the script, then goes on if wanted; whether each client of the script got what it should."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    players, policy, now = cast(), folder / "policy", datetime.now(UTC)
    check_sources({client.ask.source for client in players})
    copy_policy(policy, now.date())
    async with (
        serving(site(now)) as origin,
        gateway(policy, origin, port, folder, console=not once) as stage,
    ):
        click.echo(table.say(OPENING).format(count=len(players)) + "\n")
        follower = Follower(stage.journal)
        tally = await play(players, stage, follower, table)
        _close(tally, table)
        examined = await checkup(policy, stage)
        tuple(follower.visitors())  # those were ours
        counts = {outcome.value: examined[outcome] for outcome in Outcome}
        click.echo(table.say(EXAMINED).format(**counts))
        _point(folder, stage, table, once=once)
        if not once:
            click.echo("\n" + table.say(RUNNING).format(url=stage.url))
            with suppress(asyncio.CancelledError):
                link = await stage.console()
                click.echo((table.say(CONSOLE).format(url=link) if link else table.say(NO_CONSOLE)) + "\n")
                await improvise(players, stage, follower, table, random.Random())  # noqa: S311 - who comes next is no secret
    return not tally.differing and not examined[Outcome.DIFFERS]


def _close(tally: Tally, table: Table) -> None:
    counts = {verdict.value: tally.verdicts[verdict] for verdict in Verdict}
    if tally.differing:
        ids = ", ".join(tally.differing)
        text = table.say(DIFFERING).format(count=len(tally.differing), clients=tally.clients, ids=ids)
    else:
        text = table.say(WELL).format(clients=tally.clients, **counts)
    click.echo("\n" + paint(text, "red" if tally.differing else "bold", on=table.colour))


def _point(folder: Path, stage: Gateway, table: Table, *, once: bool) -> None:
    """Commands to try next, as they can be copied, and where everything lies."""
    izin, policy, journal = _self(), shlex.quote(str(folder / "policy")), shlex.quote(str(stage.journal))
    explain = f"{izin} explain {policy} --user-agent GPTBot --path /berita/"
    query = f"{izin} audit query --journal {journal} --verdict deny"
    if once:
        commands = [query, f"{izin} audit verify --journal {journal}", explain, f"{izin} check {policy}"]
    else:
        commands = [f"curl -i -A GPTBot {stage.url}/berita/", query, explain]
    click.echo("\n" + table.say(NEXT))
    for command_line in commands:
        click.echo(f"  {command_line}")
    click.echo(table.say(KEPT if once else LYING).format(folder=folder))


def _self() -> str:
    """How this command can be called from here: by its name where that is on the path, else by where it lies."""
    called = Path(sys.argv[0])
    found = shutil.which("izin")
    if found is not None and called.exists() and Path(found).samefile(called):
        return "izin"
    if called.name != "izin":
        return f"{shlex.quote(sys.executable)} -m gateway"
    return shlex.quote(os.path.relpath(called))
