"""`izin backup`: a copy of the journal, and of what belongs to it, while the gateway runs."""

import json
import sys
from pathlib import Path

import click

from gateway.cli.options import LICENSE_KEYS
from gateway.cli.sealed import SEALED_JOURNAL


@click.command("backup")
@SEALED_JOURNAL
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The backup: a new folder, or an earlier backup of the same journal, which is brought up to date.",
)
@click.option(
    "--policy",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Copy the policy's folder too, with the keys of license tokens in it.",
)
@LICENSE_KEYS
@click.option(
    "--without-keys",
    is_flag=True,
    help="Leave out what is secret: the keys of the seal and of license tokens. Keep copies of them elsewhere.",
)
@click.option("--full", is_flag=True, help="Verify all of the copy, and not only what is new in it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    journal: Path,
    out: Path,
    policy: Path | None,
    license_keys: Path | None,
    *,
    without_keys: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Copy the journal to DIR, also while the gateway writes on, and verify the copy.

    The copy is a journal itself: `izin audit` reads and verifies it. A backup that was cut short goes on where it was, and the
    next one copies what is new. What the journal has removed by its rules goes from the copy too; what was changed otherwise
    does not reach it. Ends with 1 where the copy is not as it was sealed, or does not go on from the one before.
    """
    from gateway.audit.backup import EARLIER, Backup, octets_in
    from gateway.audit.receipt import JournalError
    from gateway.audit.restoring import BESIDE, VERIFIED
    from gateway.cli.copied import begun, ended, failed, newest, remember, tree, verified
    from gateway.cli.progress import Progress
    from gateway.console.accounts import NAME as ACCOUNTS

    bar = Progress(octets_in(journal), "MB")
    try:
        facts = begun(journal, out, keys=not without_keys)
        copied = Backup(journal, out, secrets=not without_keys, told=bar.more).run()
        for name, source in zip(BESIDE, (policy, license_keys), strict=True):
            if source is not None:
                tree(source, out / name, secrets=not without_keys)
        facts = ended(journal, out, facts)
        bar.done()
        if full:
            (out / VERIFIED).unlink(missing_ok=True)
        earlier = out / EARLIER
        report = verified(out, (earlier,) if earlier.exists() else (), out / VERIFIED)
    except (JournalError, OSError) as error:
        bar.done()
        failed(error)
    sound = report.sound and not copied.wrong
    if sound:
        remember(out, newest(out))
    left_out = [name for name in (ACCOUNTS,) if (journal / name).exists()]
    found = {
        **facts,
        "left_out": left_out,
        "files": copied.files,
        "bytes": copied.octets,
        "wrong": list(copied.wrong),
    }
    if as_json:
        click.echo(json.dumps({**found, **report.said}))
    else:
        for line in copied.wrong:
            click.echo(f"izin: {line}", err=True)
        click.echo(f"{copied.files} files, {copied.octets / 1e6:,.1f} MB copied; {report}")
        for name in left_out:
            click.echo(
                f"not in it: the console's accounts (`{name}`), which are made anew where it is put back"
            )
        if not sound:
            click.echo(f"    hint: see `izin audit verify --journal {out}`", err=True)
    sys.exit(0 if sound else 1)
