"""`izin audit hold`: entries that a dispute needs stay, whatever their time, until they are let go."""

from pathlib import Path

import click
import msgspec

from gateway.audit import orders_file
from gateway.audit.order import read_order
from gateway.audit.reader import NoJournal, Reader
from gateway.cli.entries import dumps
from gateway.cli.filters import SINCE, UNTIL
from gateway.cli.giving import give, report
from gateway.cli.options import JOURNAL, fail
from gateway.cli.terminal import safe
from gateway.instants import rfc3339

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
        report(order, reply, f"What hold `{name}` covers stays until it is removed.", as_json=False)


@hold.command("list")
@JOURNAL
@_AS_JSON
def show(journal: Path, as_json: bool) -> None:
    """Show the holds in force."""
    try:
        Reader(journal)
    except NoJournal as error:
        fail(str(error), code=2)
    for one in orders_file.load(journal).holds.every:
        if as_json:
            click.echo(dumps(msgspec.to_builtins(one)))
            continue
        times = [rfc3339(at) if at is not None else "…" for at in (one.since, one.until)]
        named = ", ".join((*one.operators, *one.addresses)) or "everybody"
        click.echo(safe(f"{one.id}  {times[0]} to {times[1]}  {named}  {one.why}  ({one.by})"))


@hold.command()
@click.argument("name")
@JOURNAL
@_AS_JSON
def remove(name: str, journal: Path, as_json: bool) -> None:
    """Let go of what NAME holds: it goes when its time is over."""
    if all(one.id != name for one in orders_file.load(journal).holds.every):
        fail(f"nothing is held under `{safe(name)}`", "`izin audit hold list` shows what is")
    reply = give(journal, "release", {"hold": name})
    if as_json:
        click.echo(dumps({"hold": name, **reply}))
    else:
        report({"hold": name}, reply, f"Hold `{name}` is removed.", as_json=False)
