"""The answers of `izin statements` that come from a journal: at a time, the history, the difference of two."""

from functools import cache
from pathlib import Path
from typing import Any

import click

from gateway.cli.entries import dumps
from gateway.cli.options import fail
from gateway.cli.stated import (
    Past,
    Side,
    as_object,
    at_span,
    key_of,
    listing,
    past,
    read_moment,
    side,
    span_at,
)
from gateway.cli.terminal import coloured, paint, safe
from gateway.cli.words import NOT_WRITTEN
from gateway.cli.words_of_stated import LEAVES_FOLDER, NOT_ALIKE, TEXTS_LOST, TWO_ALIKE
from gateway.cli.written import write
from gateway.instants import rfc3339
from gateway.record.terms import is_document
from gateway.told.history import Ended, Span
from gateway.told.stated import Change, Stated, difference, differences

_PAINT = {"+": "green", "-": "red", "@": "dim"}


def tell_at(journal: Path, at: str, host: str | None, out: Path | None, *, as_json: bool) -> None:
    """What was published at a time."""
    history = past(journal)
    span = span_at(history, read_moment(at))
    said = at_span(history, span, host)
    lost = [
        name for texts in (said.notice, *said.hosts.values()) for name, text in texts.items() if text is None
    ]
    if out is not None:
        _write(said, span, out)
    if as_json:
        click.echo(dumps(_object(said, span)))
    elif out is None:
        for line, colour in _lines(said, span):
            click.echo(paint(safe(line), colour, on=coloured()) if colour else safe(line))
    if lost:
        fail(TEXTS_LOST.filled(names=", ".join(sorted(set(lost)))))


def tell_history(journal: Path, host: str | None, *, as_json: bool) -> None:
    """Every version of every statement."""
    history = past(journal)
    found = history.editions
    if host is not None:
        key = key_of(sorted({one for edition in found for one in edition.hosts}), host)
        found = [edition._replace(hosts=(key,)) for edition in found if key in edition.hosts]
    if as_json:
        click.echo(dumps(as_object(history, found)))
        return
    for line, colour in listing(found):
        click.echo(paint(safe(line), colour, on=coloured()) if colour else safe(line))
    unknown = {span.terms for span in history.spans if history.terms(span.terms) is None}
    if unknown:
        click.echo(f"\n{len(unknown)} terms were in force whose text is not in this journal.", err=True)
    if not found:
        click.echo("No statements.")


def compare(before: str, after: str, journal: Path | None, host: str | None, *, as_json: bool) -> None:
    """How two sets of statements, or two texts, differ."""

    @cache
    def history() -> Past | None:
        return None if journal is None else past(journal)

    sides = side(before, history, host), side(after, history, host)
    match sides:
        case (str(one), str(other)):
            names, changes = (before, after), [Change("", (), difference(one, other))] if one != other else []
        case (Side(first, one), Side(second, other)):
            names, changes = (first, second), differences(one, other)
        case _:
            fail(NOT_ALIKE, TWO_ALIKE, 2)
    if as_json:
        click.echo(
            dumps({"before": names[0], "after": names[1], "changes": [one._asdict() for one in changes]})
        )
        return
    on = coloured()
    click.echo(paint(safe(f"--- {names[0]}"), "bold", on=on))
    click.echo(paint(safe(f"+++ {names[1]}"), "bold", on=on))
    for change in changes:
        where = f"{change.name} · {', '.join(change.hosts)}" if change.hosts else change.name
        if where:
            click.echo("\n" + paint(safe(where), "bold", on=on))
        for line in change.lines:
            colour = _PAINT.get(line[:1])
            click.echo(paint(safe(line), colour, on=on) if colour else safe(line))
    if not changes:
        click.echo("Nothing differs.")


def _write(said: Stated, span: Span, out: Path) -> None:
    """The documents at their paths. A name out of a journal is no path until it is known to stay in the folder."""
    hosts = {}
    for host in sorted(said.hosts, key=lambda host: (host != span.first, host)):
        documents = {
            name: text.encode("utf-8", "surrogateescape")
            for name, text in said.hosts[host].items()
            if is_document(name) and text is not None
        }
        bad = [name for name in (host, *documents) if not _stays(name)]
        if bad:
            fail(LEAVES_FOLDER.filled(name=bad[0]))
        hosts[host] = documents
    try:
        write(hosts, out)
    except OSError as error:
        fail(NOT_WRITTEN.filled(path=out, why=(error.strerror or "unknown error").lower()))


def _stays(name: str) -> bool:
    return (
        name.isascii()
        and name.isprintable()
        and "\\" not in name
        and ".." not in name.split("/")
        and name != "/"
    )


def _object(said: Stated, span: Span) -> dict[str, Any]:
    return {
        "terms": span.terms,
        "policy": span.policy,
        "from": rfc3339(span.since),
        "until": None if span.ended is Ended.OPEN else rfc3339(span.until),
        "ended": span.ended.value,
        "notice": said.notice,
        "hosts": [{"host": host, "statements": texts} for host, texts in said.hosts.items()],
    }


def _lines(said: Stated, span: Span) -> list[tuple[str, str]]:
    """The texts as `izin statements POLICY` prints them, each line with a colour."""
    ends = {
        Ended.REPLACED: f"until {rfc3339(span.until)}",
        Ended.STOPPED: f"until {rfc3339(span.until)}, when the gateway stopped",
        Ended.LOST: f"last known in force until {rfc3339(span.until)}",
        Ended.OPEN: "and still in force",
    }
    lines = [
        (f"terms {span.terms}", "bold"),
        (f"in force from {rfc3339(span.since)}", ""),
        (ends[span.ended], ""),
    ]
    for name, text in said.notice.items():
        lines += [("", ""), (f"-- {name}", "bold"), *_text(text)]
    for host, texts in said.hosts.items():
        lines += [("", ""), (f"== {host}", "bold")]
        for name, text in texts.items():
            title = name if is_document(name) else f"header field {name}"
            lines += [("", ""), (f"-- {title}", "bold"), *_text(text)]
    return lines


def _text(text: str | None) -> list[tuple[str, str]]:
    if text is None:
        return [("(its text is not in this journal)", "dim")]
    return [(line, "") for line in text.splitlines()]
