"""`izin audit cases`: readers who took more articles than anybody reads."""

from contextlib import closing
from typing import Any

import click

from gateway.audit.cases import EVENT, committed, read
from gateway.audit.query import Query, ask
from gateway.audit.reader import Damage, Reader
from gateway.cli.asked import opened
from gateway.cli.entries import dumps
from gateway.cli.filters import AS_JSON, READER, SINCE, UNTIL
from gateway.cli.terminal import safe


@click.command(short_help="List readers who took more articles than anybody reads.")
@READER
@SINCE
@UNTIL
@AS_JSON
def cases(reader: Reader, since: int | None, until: int | None, *, as_json: bool) -> None:
    """List the cases, oldest first: when, in which network, how many articles, and the address while it is kept.

    An address is shown only if it is the one that the event commits to.
    """
    with closing(opened(reader)) as index:
        events = list(ask(index, Query(phases=("event",), since=since, until=until)))
    kept = {one.case: one for one in read(reader.folder)}
    for event in events:
        if isinstance(event, Damage) or event["event"] != EVENT:
            continue
        details: dict[str, Any] = event["details"]
        aside = kept.get(str(details.get("case")))
        address = aside.address if aside and committed(aside) == details.get("address") else None
        if as_json:
            click.echo(
                dumps(
                    {
                        "time": event["time"],
                        **details,
                        "commitment": details.get("address"),
                        "address": address,
                    }
                )
            )
            continue
        who = address or f"{details.get('network')} (address not kept)"
        line = f"{event['time'][:19]}Z  {details.get('articles'):>6,} articles  {who}  {details.get('pseudonym')}"
        click.echo(safe(line))
