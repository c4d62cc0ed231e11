"""`izin block`: close the door to one agent, at once and on record."""

from pathlib import Path
from typing import Any

import click

from gateway.audit.order import read_order
from gateway.cli.giving import give, report, shown, until
from gateway.cli.options import JOURNAL, Parsed
from gateway.instants import duration


@click.command(short_help="Refuse one agent everywhere, at once.")
@click.option(
    "--agent",
    required=True,
    metavar="NAME",
    help="The agent, as `izin agents list` names it, such as GPTBot.",
)
@click.option(
    "--for",
    "seconds",
    type=Parsed("time", duration),
    metavar="TIME",
    help="How long: 30s, 15m, 2h, 1d. [default: for good]",
)
@click.option("--off", is_flag=True, help="Withdraw the block.")
@JOURNAL
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(agent: str, seconds: int | None, off: bool, journal: Path, as_json: bool) -> None:
    """Order the running gateway to refuse an agent on every host and path, whatever the policy allows it.

    The order takes effect at once, is kept over a restart, and is an event of the journal.
    """
    if off and seconds is not None:
        raise click.UsageError("`--for` and `--off` do not go together")
    order: dict[str, Any] = {"agent": agent, "until": 0 if off else until(seconds)}
    try:
        read_order({"event": "block", **order})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    reply = give(journal, "block", order)
    if off:
        sentence = f"`{agent}` is no longer blocked; the policy decides again."
    else:
        sentence = f"`{agent}` is refused everywhere {shown(order['until'])}."
    report({**order, "blocked": not off}, reply, sentence, as_json=as_json)
