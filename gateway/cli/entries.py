"""How entries and counts look in a terminal, and as JSON Lines."""

import json
from collections.abc import Callable
from typing import Any, Final

import click

from gateway.audit.stats import Stats
from gateway.cli.terminal import WIDEST, coloured, fit, line_width, paint, safe, width
from gateway.instants import rfc3339, utc
from gateway.told.verified import say_in
from gateway.vocabulary import Language, Sentence


def dumps(entry: Any) -> str:
    """JSON on one line, ASCII only: whatever an entry holds, no terminal and no tool stumbles over it."""
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":"))


def printer(language: Language, *, as_json: bool) -> Callable[[dict[str, Any]], None]:
    """What prints one entry: a line for people, or JSON on one line."""
    if as_json:
        return lambda entry: click.echo(dumps(entry))
    columns, colour = line_width(), coloured()
    return lambda entry: click.echo(_line(entry, columns, language, colour=colour))


#: The members of events that are microseconds since 1970.
_INSTANTS: Final = frozenset({"at", "since", "until"})
#: How wide the names of things are that are counted.
_LABEL: Final = 30
_PAINT: Final = {"allow": "green", "license": "yellow", "deny": "red"}


def _line(entry: dict[str, Any], columns: int, language: Language, *, colour: bool) -> str:
    """One entry on one line: time, code, verdict, who, rule, what."""
    when = entry["time"][5:19].replace("T", " ")
    if entry["phase"] == "event":
        details = " ".join(f"{name}={_detail(name, value)}" for name, value in entry["details"].items())
        rest = f"{entry['event']}  {details}"
        return f"{when}  {fit(entry['id'][-8:], 8)}  {paint('event  ', 'dim', on=colour)}  {fit(rest, columns - 35)}".rstrip()
    if entry["phase"] == "outcome":
        status = "-" if entry["status"] is None else entry["status"]
        octets = say_in(_WORDS, language)("octets", entry["bytes"])
        text = f"{status}  {octets}  {entry['end']}"
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


def tables(counted: Stats, top: int, language: Language) -> None:
    """Print the counts as tables of at most ``top`` lines each."""
    say, n_of = say_in(_WORDS, language), language.number
    if counted.first is None or counted.last is None:
        click.echo(say("nothing"))
        return
    first, last = (f"{utc(at):%Y-%m-%d %H:%M:%S}" for at in (counted.first, counted.last))
    click.echo(say("total", counted.decisions, first, last))
    for name, rows in counted.by.items():
        _shares(
            say(name),
            [(value, n) for value, n in rows if value is not None],
            top,
            counted.decisions,
            language,
        )
    if counted.paths:
        _head(fit(say("path"), 60), say("decisions"), say("refused"))
        for target, n, refused in counted.paths:
            click.echo(f"  {fit(target, 58)}  {n_of(n):>12}  {n_of(refused):>12}")
    if counted.operators:
        _head(fit(say("by operator"), _LABEL), say("refused"), say("violations"), say("not yet"))
        for operator, *figures in counted.operators[:top]:
            _row(operator or "-", figures, language)
    _referred(counted, top, language)
    _trend(counted, language)
    if counted.ends:
        octets = say("octets sent", counted.octets)
        click.echo(f"\n{paint(say('outcome'), 'bold', on=coloured())}  {octets}")
        for end, n in counted.ends:
            click.echo(f"  {fit(end or '-', _LABEL)}  {n_of(n):>12}")


def _referred(counted: Stats, top: int, language: Language) -> None:
    if not counted.referred:
        return
    say = say_in(_WORDS, language)
    _head(fit(say("sent back by"), _LABEL), say("readers"))
    for service, operator, readers in counted.referred[:top]:
        name = service if operator in (None, service) else f"{service} ({operator})"
        _row(name, [readers], language)


def _shares(title: str, named: list[tuple[str, int]], top: int, whole: int, language: Language) -> None:
    """Values with their counts, and the share of the whole that each has."""
    if not named:
        return
    click.echo(f"\n{paint(title, 'bold', on=coloured())}")
    for value, n in named[:top]:
        share = f"{100 * n / whole:.1f} %"
        share = share.replace(".", ",") if language is Language.ID else share
        click.echo(f"  {fit(value, _LABEL)}  {language.number(n):>12}  {share:>7}")
    if len(named) > top:
        rest, more = sum(n for _, n in named[top:]), say_in(_WORDS, language)("more", len(named) - top)
        click.echo(f"  {fit(more, _LABEL)}  {language.number(rest):>12}")


def _head(label: str, *columns: str) -> None:
    """What stands above a table: its label, and its columns of figures."""
    click.echo("\n" + paint("  ".join([label, *(f"{one:>12}" for one in columns)]), "bold", on=coloured()))


def _row(name: str, figures: list[int], language: Language) -> None:
    click.echo("  ".join([f"  {fit(name, _LABEL - 2)}", *(f"{language.number(n):>12}" for n in figures)]))


#: Steps of the trend that a screen shows, the newest, and how long its longest bar is.
_STEPS: Final = 24
_BAR: Final = 24


def _trend(counted: Stats, language: Language) -> None:
    """The newest steps, each with a bar of which the refused part is full."""
    steps, say = counted.trend[-_STEPS:], say_in(_WORDS, language)
    if len(steps) < 2:
        return
    most = max(one.decisions for one in steps)
    _head(fit(say(f"by {counted.step}"), 30), say("decisions"), say("refused"))
    for one in steps:
        when = f"{utc(one.at):%Y-%m-%d %H:%M}" if counted.step == "hour" else f"{utc(one.at):%Y-%m-%d}"
        full = -(-_BAR * one.refused // most)
        bar = "#" * full + "-" * (-(-_BAR * one.decisions // most) - full)
        figures = f"{language.number(one.decisions):>12}  {language.number(one.refused):>12}"
        click.echo(f"  {fit(when, 28)}  {figures}  {bar}".rstrip())


_WORDS: Final = {
    "nothing": Sentence("Tidak ada keputusan.", "No decisions."),
    "total": Sentence("{} keputusan dari {} sampai {} UTC", "{} decisions from {} to {} UTC"),
    "verdict": Sentence("putusan", "verdict"),
    "kind": Sentence("jenis", "kind"),
    "purpose": Sentence("keperluan", "purpose"),
    "operator": Sentence("operator", "operator"),
    "agent": Sentence("agen", "agent"),
    "rule": Sentence("aturan", "rule"),
    "more": Sentence("{} lagi", "{} more"),
    "path": Sentence("halaman", "path"),
    "decisions": Sentence("keputusan", "decisions"),
    "refused": Sentence("ditolak", "refused"),
    "by operator": Sentence("ditolak, menurut operator", "refused, by operator"),
    "violations": Sentence("pelanggaran", "violations"),
    "not yet": Sentence("belum", "not yet"),
    "sent back by": Sentence("dikirim balik oleh", "sent back by"),
    "readers": Sentence("pembaca", "readers"),
    "by hour": Sentence("per jam (UTC)", "by hour (UTC)"),
    "by day": Sentence("per hari (UTC)", "by day (UTC)"),
    "by week": Sentence("per minggu (UTC)", "by week (UTC)"),
    "outcome": Sentence("hasil", "outcome"),
    "octets sent": Sentence("{} oktet isi terkirim", "{} octets of body sent"),
    "octets": Sentence("{} oktet", "{} octets"),
}
