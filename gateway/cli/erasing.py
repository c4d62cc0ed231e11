"""`izin audit erase`: what tells of one client goes on request, and every proof stays valid."""

from typing import Any

import click

from gateway.audit import orders_file
from gateway.audit.erasure import Erased, Whose
from gateway.audit.erasure import erase as erased
from gateway.audit.reader import Reader
from gateway.audit.receipt import JournalError
from gateway.cli.entries import dumps
from gateway.cli.filters import READER, SINCE, UNTIL
from gateway.cli.giving import NotGiven, given
from gateway.cli.options import fail
from gateway.cli.progress import Progress
from gateway.cli.words import NOT_REWRITTEN


@click.command(short_help="Erase what tells of one client.")
@READER
@click.option("--address", "addresses", multiple=True, metavar="IP", help="An address as entries have it.")
@click.option(
    "--pseudonym", "pseudonyms", multiple=True, metavar="TEXT", help="A reader's pseudonym of some day."
)
@click.option("--id", "ids", multiple=True, metavar="ID", help="One decision, by its whole id.")
@click.option("--everybody", is_flag=True, help="Whoever came in the time from --from to --until.")
@SINCE
@UNTIL
@click.option("--why", required=True, metavar="TEXT", help="The request that is granted, for the record.")
@click.option(
    "--whole", is_flag=True, help="Take out whole entries, also where whom they are about can go alone."
)
@click.option("--dry-run", is_flag=True, help="Only say how many entries that would be.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def erase(
    reader: Reader,
    addresses: tuple[str, ...],
    pseudonyms: tuple[str, ...],
    ids: tuple[str, ...],
    since: int | None,
    until: int | None,
    why: str,
    *,
    everybody: bool,
    whole: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take out of the journal what tells of a client: of full entries the address, network, User-Agent and names, so that
    only the decision stays; of readers' compact entries all, with the outcomes, so that only hashes are left in their place.

    An event says how many went from where, and why; never whose they were. What a legal hold covers stays and is counted.
    The segment that is being written is closed at midnight UTC at the latest: run the command again then, if it says so.
    """
    named = (*addresses, *pseudonyms, *ids)
    if bool(named) == everybody:
        raise click.UsageError("say whose: `--address`, `--pseudonym` or `--id`, or `--everybody`")
    if everybody and (since is None or until is None):
        raise click.UsageError("`--everybody` needs `--from` and `--until`")
    if any(one in why for one in named):
        raise click.UsageError("`--why` names the client; it would stay in the journal")
    if not why.isprintable() or len(why) > 200:
        raise click.UsageError("`--why` is a text of at most 200 characters")
    folder = reader.folder

    def record(details: dict[str, Any]) -> None:
        given(folder, "removal", details)

    progress = Progress(len(reader.segments()), "found")
    try:
        holds = orders_file.load(folder).holds.every
        whose = Whose(named, since, until, whole)
        found = erased(folder, whose, holds, why, None if dry_run else record, progress.at)
    except (NotGiven, JournalError) as error:
        fail(str(error), error.hint)
    except OSError as error:
        fail(NOT_REWRITTEN.filled(path=folder, why=(error.strerror or str(error)).lower()))
    finally:
        progress.done()
    if as_json:
        click.echo(dumps({**found._asdict(), "dry_run": dry_run}))
        return
    _tell(found, "would be" if dry_run else "were")


def _tell(found: Erased, done: str) -> None:
    click.echo(f"{found.entries:,} entries {done} erased.")
    if found.cleared:
        click.echo(f"{found.cleared:,} entries {done} cleared of whom they are about, and stay.")
    if found.torn:
        click.echo(f"{found.torn:,} files of octets that a crash left {done} deleted.")
    if found.held:
        click.echo(f"{found.held:,} are held by `izin audit hold` and stay.")
    if found.waiting:
        click.echo(
            f"{found.waiting:,} are in the segment that is being written: run this again after midnight UTC."
        )
