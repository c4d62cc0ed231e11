"""`izin restore`: put a backup of a journal back."""

import json
import sys
from pathlib import Path

import click

from gateway.cli.options import fail


@click.command("restore")
@click.argument("backup", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="BACKUP")
@click.option(
    "--journal",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="IZIN_JOURNAL",
    required=True,
    metavar="DIR",
    help="The new folder. [env: IZIN_JOURNAL]",
)
@click.option(
    "--anchor",
    "anchors",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Checkpoints that were kept elsewhere: the journal must go as far. May be given several times.",
)
@click.option(
    "--write-on",
    is_flag=True,
    help="Let a gateway write on in DIR: only for a backup that was made after the gateway had ended.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(backup: Path, journal: Path, anchors: tuple[Path, ...], *, write_on: bool, as_json: bool) -> None:
    """Put the journal of BACKUP into the new folder DIR, and verify it.

    It can then be read, verified and proved from, and no gateway writes in it: where the journal had gone further after the
    backup, that would be a second history. A gateway begins a new one in a folder of its own. Ends with 1 where what was put
    back is not as it was sealed.
    """
    from gateway.audit.backup import EARLIER, octets_in
    from gateway.audit.receipt import JournalError
    from gateway.audit.restoring import about, restore
    from gateway.audit.restoring import write_on as let_write
    from gateway.cli.copied import failed, verified
    from gateway.cli.progress import Progress

    bar = Progress(octets_in(backup), "MB")
    try:
        facts = about(backup)
        if write_on and not (facts.ended and facts.keys):
            why = "without keys" if facts.ended else "while a gateway wrote: what it wrote since is not in it"
            fail(
                f"`{backup}` was made {why}",
                "without `--write-on` it can be read; a gateway begins a new journal",
            )
        files = restore(backup, journal, bar.more)
        bar.done()
        earlier = (backup / EARLIER,) if (backup / EARLIER).exists() else ()
        report = verified(journal, (*earlier, *anchors), None)
        writable = write_on and report.sound
        if writable:
            let_write(backup, journal)
    except (JournalError, OSError) as error:
        bar.done()
        failed(error)
    if as_json:
        found = {"made": facts.made, "files": files, **report.said, "writable": writable}
        click.echo(json.dumps(found))
    else:
        click.echo(f"{files} files of the backup of {facts.made}; {report}")
        click.echo(
            "A gateway may write on." if writable else "It can be read; a gateway begins a new journal."
        )
        if not report.sound:
            click.echo(f"    hint: see `izin audit verify --journal {journal}`", err=True)
    sys.exit(0 if report.sound else 1)
