"""How entries and counts look in a terminal, and as JSON Lines."""

import json
from collections.abc import Callable
from typing import Any, Final

import click

from gateway.audit.stats import Stats
from gateway.cli.terminal import WIDEST, coloured, fit, line_width, paint, safe, width
from gateway.instants import rfc3339, utc


def dumps(entry: Any) -> str:
    """JSON on one line, ASCII only: whatever an entry holds, no terminal and no tool stumbles over it."""
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":"))


def printer(*, as_json: bool) -> Callable[[dict[str, Any]], None]:
    """What prints one entry: a line for people, or JSON on one line."""
    if as_json:
        return lambda entry: click.echo(dumps(entry))
    columns, colour = line_width(), coloured()
    return lambda entry: click.echo(_line(entry, columns, colour=colour))


#: The members of events that are microseconds since 1970.
_INSTANTS: Final = frozenset({"at", "since", "until"})
_PAINT: Final = {"allow": "green", "license": "yellow", "deny": "red"}


def _line(entry: dict[str, Any], columns: int, *, colour: bool) -> str:
    """One entry on one line: time, code, verdict, who, rule, what."""
    when = entry["time"][5:19].replace("T", " ")
    if entry["phase"] == "event":
        details = " ".join(f"{name}={_detail(name, value)}" for name, value in entry["details"].items())
        rest = f"{entry['event']}  {details}"
        return f"{when}  {fit(entry['id'][-8:], 8)}  {paint('event  ', 'dim', on=colour)}  {fit(rest, columns - 35)}".rstrip()
    if entry["phase"] == "outcome":
        status = "-" if entry["status"] is None else entry["status"]
        text = f"{status}  {entry['bytes']:,} octets  {entry['end']}"
        return f"{when}  {fit(entry['of'][-8:], 8)}  {paint('outcome', 'dim', on=colour)}  {fit(text, columns - 35)}".rstrip()
    identity, request = entry["identity"], entry["request"]
    who = identity["agent"] or identity.get("name") or identity["kind"]
    if identity["operator"]:
        who = f"{who}, {identity['operator']}"
    verdict = entry["verdict"] if entry["enforced"] else f"{entry['verdict']}?"
    shown = paint(fit(verdict, 7), _PAINT.get(entry["verdict"], "bold"), on=colour)
    target = "-" if request["target"] is None else request["target"]
    what = f"{request['method']} {target}"
    head = f"{when}  {fit(entry['id'][-8:], 8)}  {shown}  {fit(who, 20)}  {fit(entry['rule'] or '-', 16)}"
    return f"{head}  {fit(what, max(8, columns - 75))}".rstrip()


def _detail(name: str, value: Any) -> Any:
    """What an event tells, its instants as times."""
    return rfc3339(value) if name in _INSTANTS and type(value) is int and value else value


def wrapped(label: str, text: str) -> None:
    """A labelled line, broken between words where it would be too wide; only a word wider than any line is cut."""
    room, shown = line_width() - 13, safe(text)
    head = paint(f"{label:<11}", "bold", on=coloured())
    while True:
        cut = len(shown)
        while width(shown[:cut]) > room:
            if " " in shown[1:cut]:
                cut = shown.rfind(" ", 0, cut)
            else:
                word = shown.partition(" ")[0] if not shown.startswith(" ") else shown
                cut = len(word) if width(word) <= WIDEST else min(cut - 1, room)
                break
        click.echo(f"{head}  {shown[:cut]}".rstrip())
        shown, head = shown[cut:].lstrip(" "), " " * 11
        if not shown:
            return


def as_object(counted: Stats) -> dict[str, Any]:
    """The counts as one JSON object."""
    by = {name: [{"value": value, "decisions": n} for value, n in rows] for name, rows in counted.by.items()}
    return {
        "decisions": counted.decisions,
        "events": counted.events,
        "from": None if counted.first is None else rfc3339(counted.first),
        "until": None if counted.last is None else rfc3339(counted.last),
        "by": by,
        "paths": [{"target": target, "decisions": n, "refused": no} for target, n, no in counted.paths],
        "outcomes": [{"end": end, "exchanges": n} for end, n in counted.ends],
        "bytes": counted.octets,
        "operators": [
            {"operator": operator, "refused": n, "violations": yes, "not_yet": no}
            for operator, n, yes, no in counted.operators
        ],
        "step": counted.step,
        "trend": [{**one._asdict(), "at": rfc3339(one.at)} for one in counted.trend],
        "referrals": [one._asdict() for one in counted.referred],
    }


def tables(counted: Stats, top: int) -> None:
    """Print the counts as tables of at most ``top`` lines each."""
    if counted.first is None or counted.last is None:
        click.echo("No decisions.")
        return
    first, last = (f"{utc(at):%Y-%m-%d %H:%M:%S}" for at in (counted.first, counted.last))
    click.echo(f"{counted.decisions:,} decisions from {first} to {last} UTC")
    label = 30
    for name, rows in counted.by.items():
        named = [(value, n) for value, n in rows if value is not None]
        if not named:
            continue
        click.echo(f"\n{paint(name, 'bold', on=coloured())}")
        for value, n in named[:top]:
            share = f"{100 * n / counted.decisions:.1f} %"
            click.echo(f"  {fit(value, label)}  {n:>12,}  {share:>7}")
        if len(named) > top:
            click.echo(f"  {fit(f'{len(named) - top} more', label)}  {sum(n for _, n in named[top:]):>12,}")
    if counted.paths:
        click.echo(f"\n{paint(fit('path', 60), 'bold', on=coloured())}  {'decisions':>12}  {'refused':>12}")
        for target, n, refused in counted.paths:
            click.echo(f"  {fit(target, 58)}  {n:>12,}  {refused:>12,}")
    _operators(counted, top, label)
    _referred(counted, top, label)
    _trend(counted)
    if counted.ends:
        click.echo(f"\n{paint('outcome', 'bold', on=coloured())}  {counted.octets:,} octets of body sent")
        for end, n in counted.ends:
            click.echo(f"  {fit(end or '-', label)}  {n:>12,}")


def _operators(counted: Stats, top: int, label: int) -> None:
    if not counted.operators:
        return
    head = f"{fit('refused, by operator', label)}  {'refused':>12}  {'violations':>12}  {'not yet':>12}"
    click.echo(f"\n{paint(head, 'bold', on=coloured())}")
    for operator, n, yes, no in counted.operators[:top]:
        click.echo(f"  {fit(operator or '-', label - 2)}  {n:>12,}  {yes:>12,}  {no:>12,}")


def _referred(counted: Stats, top: int, label: int) -> None:
    if not counted.referred:
        return
    click.echo(f"\n{paint(fit('sent back by', label), 'bold', on=coloured())}  {'readers':>12}")
    for service, operator, readers in counted.referred[:top]:
        name = service if operator in (None, service) else f"{service} ({operator})"
        click.echo(f"  {fit(name, label - 2)}  {readers:>12,}")


#: Steps of the trend that a screen shows, the newest, and how long its longest bar is.
_STEPS: Final = 24
_BAR: Final = 24


def _trend(counted: Stats) -> None:
    """The newest steps, each with a bar of which the refused part is full."""
    steps = counted.trend[-_STEPS:]
    if len(steps) < 2:
        return
    most = max(one.decisions for one in steps)
    head = f"{fit(f'by {counted.step} (UTC)', 30)}  {'decisions':>12}  {'refused':>12}"
    click.echo(f"\n{paint(head, 'bold', on=coloured())}")
    for one in steps:
        when = f"{utc(one.at):%Y-%m-%d %H:%M}" if counted.step == "hour" else f"{utc(one.at):%Y-%m-%d}"
        full = -(-_BAR * one.refused // most)
        bar = "#" * full + "-" * (-(-_BAR * one.decisions // most) - full)
        click.echo(f"  {fit(when, 28)}  {one.decisions:>12,}  {one.refused:>12,}  {bar}".rstrip())
