"""`izin audit hold`: entries that a dispute needs stay, whatever their time, until they are let go."""

from pathlib import Path
from typing import Final

import click
import msgspec

from gateway.audit import orders_file
from gateway.audit.order import read_order
from gateway.audit.reader import NoJournal, Reader
from gateway.cli.entries import dumps
from gateway.cli.filters import SINCE, UNTIL
from gateway.cli.giving import give, report
from gateway.cli.options import JOURNAL, fail, spoken
from gateway.cli.terminal import safe
from gateway.cli.words import WHICH_JOURNAL
from gateway.instants import rfc3339
from gateway.vocabulary import Sentence

_HELD: Final = Sentence(
    "Yang dicakup penahanan `{name}` tetap disimpan sampai penahanannya dicabut.",
    "What hold `{name}` covers stays until it is removed.",
)
_REMOVED: Final = Sentence("Penahanan `{name}` dicabut.", "Hold `{name}` is removed.")
_NOT_HELD: Final = Sentence("tidak ada yang ditahan dengan nama `{name}`", "nothing is held under `{name}`")
_SHOWS: Final = Sentence(
    "`izin audit hold list` menampilkan yang ada", "`izin audit hold list` shows what is"
)
_NONE: Final = Sentence("Tidak ada yang ditahan.", "Nothing is held.")
_EVERYBODY: Final = Sentence("semua orang", "everybody")
_TIMES: Final = Sentence("{since} sampai {until}", "{since} to {until}")
_LINE: Final = Sentence(*["{id}  {times}  {named}  {why}  ({by})"] * 2)

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON, one object a line.")


@click.group(short_help="Keep entries for a dispute, whatever their time.")
def hold() -> None:
    """Keep entries for a dispute: retention and erasure pass them over until the hold is removed."""


@hold.command(short_help="Hold entries under a name.")
@click.argument("name")
@click.option("--why", required=True, metavar="TEXT", help="The case, for the record.")
@SINCE
@UNTIL
@click.option(
    "--operator", "operators", multiple=True, metavar="TEXT", help="Only entries about this operator."
)
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar="TEXT",
    help="Only entries with this address or pseudonym.",
)
@JOURNAL
@_AS_JSON
def add(
    name: str,
    why: str,
    since: int | None,
    until: int | None,
    operators: tuple[str, ...],
    addresses: tuple[str, ...],
    journal: Path,
    as_json: bool,
) -> None:
    """Hold entries under NAME: all of the time given, or only those about whom the options say."""
    order = {
        "hold": name,
        "why": why,
        "since": since,
        "until": until,
        "operators": list(operators),
        "addresses": list(addresses),
    }
    try:
        read_order({"event": "hold", **order})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    reply = give(journal, "hold", order)
    if as_json:
        click.echo(dumps({**order, **reply}))
    else:
        report(order, reply, _HELD.filled(name=name), as_json=False)


@hold.command("list")
@JOURNAL
@_AS_JSON
def show(journal: Path, as_json: bool) -> None:
    """Show the holds in force."""
    try:
        Reader(journal)
    except NoJournal as error:
        fail(str(error), WHICH_JOURNAL, 2)
    held = orders_file.load(journal).holds.every
    if not held and not as_json:
        click.echo(spoken(_NONE), err=True)
    for one in held:
        if as_json:
            click.echo(dumps(msgspec.to_builtins(one)))
            continue
        times = [rfc3339(at) if at is not None else "…" for at in (one.since, one.until)]
        named = ", ".join((*one.operators, *one.addresses)) or _EVERYBODY
        times_said = _TIMES.filled(since=times[0], until=times[1])
        said = _LINE.filled(id=one.id, times=times_said, named=named, why=one.why, by=one.by)
        click.echo(safe(spoken(said)))


@hold.command()
@click.argument("name")
@JOURNAL
@_AS_JSON
def remove(name: str, journal: Path, as_json: bool) -> None:
    """Let go of what NAME holds: it goes when its time is over."""
    if all(one.id != name for one in orders_file.load(journal).holds.every):
        fail(_NOT_HELD.filled(name=safe(name)), _SHOWS)
    reply = give(journal, "release", {"hold": name})
    if as_json:
        click.echo(dumps({"hold": name, **reply}))
    else:
        report({"hold": name}, reply, _REMOVED.filled(name=name), as_json=False)
