"""`izin mode`: the emergency brake. At once, without the policy's files, and on record."""

import json
import time
from pathlib import Path
from typing import Any, Final

import click

from gateway.audit.order import read_order
from gateway.cli.block import BLOCKED
from gateway.cli.giving import give, report, shown, standing_orders, until
from gateway.cli.options import JOURNAL, Parsed, spoken
from gateway.instants import duration, rfc3339
from gateway.vocabulary import Sentence


@click.command()
@click.argument("mode", type=click.Choice(["observe", "enforce", "policy"]), required=False)
@click.option(
    "--host", default="*", metavar="HOST", help="Only this host of the policy. [default: all hosts]"
)
@click.option(
    "--for",
    "seconds",
    type=Parsed("time", duration),
    metavar="TIME",
    help="How long: 30s, 15m, 2h, 1d. [default: for good]",
)
@JOURNAL
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(mode: str | None, host: str, seconds: int | None, journal: Path, as_json: bool) -> None:
    """Order the running gateway to refuse nobody (`observe`), to act on its verdicts (`enforce`), or to do again what the
    policy says (`policy`). Without any of these, list the orders in force, those of `izin block` too.

    The order takes effect at once, outranks the policy's own mode, is kept over a restart, and is an event of the
    journal. What is malformed, or for a host that no policy names, is refused in `observe` too.
    """
    if mode is None:
        if host != "*" or seconds is not None:
            raise click.UsageError("`--host` and `--for` go with `observe`, `enforce` or `policy`")
        _list(journal, as_json=as_json)
        return
    folded = host.lower().removesuffix(".")
    if mode == "policy" and seconds is not None:
        raise click.UsageError(
            "`--for` goes with `observe` and `enforce`: `policy` withdraws an order at once"
        )
    order: dict[str, Any] = {
        "mode": None if mode == "policy" else mode,
        "host": folded,
        "until": until(seconds),
    }
    try:
        read_order({"event": "mode", **order})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    reply = give(journal, "mode", order)
    where = _where(folded)
    if mode == "policy":
        sentence = _AGAIN.filled(where=where)
    else:
        sentence = _HOLDS[mode].filled(where=where, until=shown(order["until"]))
    report(order, reply, sentence, as_json=as_json)


def _list(journal: Path, *, as_json: bool) -> None:
    """Print the orders in force, one a line."""
    standing = standing_orders(journal)
    now = time.time_ns() // 1000
    rows: list[tuple[dict[str, Any], int | None, Sentence]] = [
        *(
            (
                {"mode": one.mode.value, "host": one.host},
                one.until,
                _ON.filled(mode=one.mode.value, where=_where(one.host), until=shown(one.until)),
            )
            for one in standing.modes
        ),
        *(
            ({"block": one.agent}, one.until, BLOCKED.filled(agent=one.agent, until=shown(one.until)))
            for one in standing.blocks
        ),
    ]
    rows = [row for row in rows if row[1] is None or now < row[1]]
    for members, end, sentence in rows:
        if as_json:
            click.echo(json.dumps({**members, "until": None if end is None else rfc3339(end)}))
        else:
            click.echo(spoken(sentence))
    if not rows and not as_json:
        click.echo(spoken(_NONE))


def _where(host: str) -> str | Sentence:
    return _EVERYWHERE if host == "*" else host


_EVERYWHERE: Final = Sentence("semua situs", "all hosts")
_AGAIN: Final = Sentence(
    "Di {where} mode kebijakan sendiri berlaku lagi.", "On {where} the policy's own mode holds again."
)
_HOLDS: Final = {
    "observe": Sentence(
        "`observe` berlaku di {where} {until}: tidak seorang pun ditolak, semuanya dicatat.",
        "`observe` holds on {where} {until}: nobody is refused, everything is recorded.",
    ),
    "enforce": Sentence(
        "`enforce` berlaku di {where} {until}: putusan ditegakkan.",
        "`enforce` holds on {where} {until}: verdicts are enforced.",
    ),
}
_ON: Final = Sentence("`{mode}` di {where} {until}.", "`{mode}` on {where} {until}.")
_NONE: Final = Sentence(
    "Tidak ada perintah yang berlaku: mode kebijakan sendiri yang berlaku.",
    "No order is in force: the policy's own mode holds.",
)
