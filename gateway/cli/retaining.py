"""`izin audit retain`: let go what is over, where no gateway does it by itself."""

import time
from pathlib import Path
from typing import Any

import click

from gateway.audit import orders_file
from gateway.audit.reader import Reader
from gateway.audit.receipt import JournalError
from gateway.audit.retention import retain as retained
from gateway.cli.entries import dumps
from gateway.cli.filters import READER
from gateway.cli.giving import NotGiven, given
from gateway.cli.options import POLICY, fail, load_policy
from gateway.cli.words import NOT_REWRITTEN


@click.command(short_help="Remove the entries whose time is over.")
@POLICY
@READER
@click.option("--dry-run", is_flag=True, help="Only say how many entries that would be.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def retain(policy: Path, reader: Reader, *, dry_run: bool, as_json: bool) -> None:
    """Remove what POLICY keeps no longer, as a running gateway does once an hour by itself."""
    folder, now = reader.folder, time.time_ns() // 1000
    keep = load_policy(policy).audit.keep

    def record(details: dict[str, Any]) -> None:
        given(folder, "removal", details)

    try:
        holds = orders_file.load(folder).holds.every
        gone = retained(folder, keep, now, holds, None if dry_run else record)
    except (NotGiven, JournalError) as error:
        fail(str(error), error.hint)
    except OSError as error:
        fail(NOT_REWRITTEN.filled(path=folder, why=(error.strerror or str(error)).lower()))
    if as_json:
        click.echo(dumps({"entries": gone, "dry_run": dry_run}))
    else:
        click.echo(f"{gone:,} entries {'would go' if dry_run else 'went'}.")
