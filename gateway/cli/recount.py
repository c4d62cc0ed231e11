"""`izin license recount`: say how much of a quota was used, where the journal can no longer tell."""

import json
import time
from pathlib import Path

import click

from gateway.cli.giving import give
from gateway.cli.options import JOURNAL, POLICY, fail, load_policy
from gateway.cli.terminal import safe
from gateway.rates.ledger import RECOUNT
from gateway.rates.quota import MOST


@click.command("recount", short_help="Say how much of a quota was used, and open it if it is closed.")
@POLICY
@click.argument("license_id", metavar="ID")
@click.option(
    "--used",
    type=click.IntRange(0, MOST),
    required=True,
    metavar="N",
    help="So many requests were used in the period that runs now.",
)
@JOURNAL
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def recount(policy: Path, license_id: str, used: int, journal: Path, as_json: bool) -> None:
    """Count the quota of the license ID from N in the period that runs now, whatever was counted before.

    A quota closes where entries are missing that it was counted by; this opens it again. Requests that are under way are
    counted on top of N. It holds at once, is kept over a restart, and is an event of the journal.
    """
    compiled = load_policy(policy)
    held = compiled.license(license_id)
    if held is None:
        known = ", ".join(f"`{one.id}`" for one in compiled.licenses[:20])
        fail(
            f"there is no license `{safe(license_id)}`", f"one of: {known}" if known else "licenses/ is empty"
        )
    if held.quota is None:
        fail(f"the license `{held.id}` has no quota", "write `quota: 100000/month` in it to give it one")
    span = held.quota.span(time.time_ns() // 1000, compiled.zone)
    days = {"day": str(span.day), "first": str(span.first), "last": str(span.last)}
    order = {"license": held.id, "used": used, **days}
    reply = give(journal, RECOUNT, order)
    left = max(0, held.quota.count - used)
    if as_json:
        click.echo(json.dumps({**order, "limit": held.quota.limit, "left": left, **reply}))
        return
    click.echo(
        f"`{held.id}` has used {used} of {held.quota.limit} from {span.first} to {span.last}; {left} are left."
    )
    if not reply["running"]:
        click.echo("No gateway writes this journal now; the next one to start with it counts from there.")
    click.echo(f"Recorded as entry {reply['seq']} ({reply['id']}).")
