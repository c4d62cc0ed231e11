"""`izin license recount`: say how much of a quota was used, where the journal can no longer tell."""

import json
import time
from pathlib import Path
from typing import Final

import click

from gateway.cli.giving import give
from gateway.cli.options import JOURNAL, POLICY, fail, load_policy, spoken
from gateway.cli.terminal import safe
from gateway.cli.words import RECORDED, no_license
from gateway.rates.ledger import RECOUNT
from gateway.rates.quota import MOST
from gateway.vocabulary import Sentence

_USED: Final = Sentence(
    "`{name}` sudah memakai {used} dari {limit} sejak {first} sampai {last}; sisanya {left}.",
    "`{name}` has used {used} of {limit} from {first} to {last}; {left} are left.",
)
_LATER: Final = Sentence(
    "Tidak ada gerbang yang sedang menulis jurnal ini; yang berikutnya berjalan dengannya menghitung dari sana.",
    "No gateway writes this journal now; the next one to start with it counts from there.",
)
_NO_QUOTA: Final = Sentence("lisensi `{name}` tidak berkuota", "the license `{name}` has no quota")
_GIVE_QUOTA: Final = Sentence(
    "tulis `quota: 100000/month` di dalamnya untuk memberinya kuota",
    "write `quota: 100000/month` in it to give it one",
)


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
        fail(*no_license(safe(license_id), known))
    if held.quota is None:
        fail(_NO_QUOTA.filled(name=held.id), _GIVE_QUOTA)
    span = held.quota.span(time.time_ns() // 1000, compiled.zone)
    days = {"day": str(span.day), "first": str(span.first), "last": str(span.last)}
    order = {"license": held.id, "used": used, **days}
    reply = give(journal, RECOUNT, order)
    left = max(0, held.quota.count - used)
    if as_json:
        click.echo(json.dumps({**order, "limit": held.quota.limit, "left": left, **reply}))
        return
    counts = {"used": used, "limit": held.quota.limit, "left": left}
    click.echo(spoken(_USED.filled(name=held.id, first=span.first, last=span.last, **counts)))
    if not reply["running"]:
        click.echo(spoken(_LATER))
    click.echo(spoken(RECORDED.filled(seq=reply["seq"], id=reply["id"])))
