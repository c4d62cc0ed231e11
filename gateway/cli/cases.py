"""`izin audit cases`: readers who took more articles than anybody reads."""

from contextlib import suppress
from typing import Any, Final

import click

from gateway.audit.cases import EVENT
from gateway.audit.index import Index
from gateway.audit.query import Query, ask
from gateway.audit.reader import Damage, Reader
from gateway.cli.asked import opened
from gateway.cli.entries import dumps
from gateway.cli.filters import AS_JSON, READER, SINCE, UNTIL
from gateway.cli.options import LANGUAGE
from gateway.cli.terminal import safe
from gateway.record import EntryError
from gateway.record.entry import PERSONAL
from gateway.record.printed import values_of
from gateway.vocabulary import Language, Sentence

_NOT_KEPT: Final = Sentence("(alamat tidak disimpan lagi)", "(address not kept)")
_ARTICLES: Final = Sentence("{n} artikel", "{n} articles")
_NONE: Final = Sentence("Tidak ada perkara.", "No case.")


@click.command(short_help="List readers who took more articles than anybody reads.")
@READER
@SINCE
@UNTIL
@LANGUAGE
@AS_JSON
def cases(reader: Reader, since: int | None, until: int | None, language: Language, *, as_json: bool) -> None:
    """List the cases, oldest first: when, how many articles, and the address, network and pseudonym while they are kept.

    They are shown only if they are those that the event commits to.
    """
    found = False
    with opened(reader) as index:
        for event in ask(index, Query(events=(EVENT,), since=since, until=until)):
            if isinstance(event, Damage):
                continue
            told = {"time": event["time"], **event["details"], "commitment": event.get("committed")}
            told |= dict.fromkeys(PERSONAL[EVENT]) | _values(index, event["seq"])
            if as_json:
                click.echo(dumps(told))
                continue
            found = True
            kept = f"{told['address']}  {told['pseudonym']}" if told["address"] else _NOT_KEPT.said(language)
            articles = _ARTICLES.said(language).format(n=language.number(told["articles"]))
            click.echo(safe(f"{event['time'][:19]}Z  {articles:>14}  {kept}"))
    if not found and not as_json:
        click.echo(_NONE.said(language), err=True)


def _values(index: Index, seq: int) -> dict[str, Any]:
    """What lies beside the event."""
    place = index.at(seq)
    with suppress(EntryError):
        return {} if place is None else values_of(index.places.entry(place).payload)
    return {}
