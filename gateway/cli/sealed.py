"""`izin audit verify`: whether a journal is as it was sealed, as far as that can be told, and by whose word."""

import sys
from pathlib import Path

import click
import msgspec

from gateway.audit.backup import octets_in
from gateway.audit.folder import lane_of
from gateway.audit.points import held_key
from gateway.audit.receipt import JournalError
from gateway.audit.site_log import heads_of
from gateway.audit.verification import Progress, Verification
from gateway.cli.entries import dumps
from gateway.cli.options import FILE, LANGUAGE, fail
from gateway.cli.pace import Pace
from gateway.cli.progress import Progress as Bar
from gateway.cli.resumed import StateFile
from gateway.cli.sealed_site import CODES, is_site, print_parts, verify_site
from gateway.seal.note import NoteError
from gateway.seal.report import Report
from gateway.told.verified import parts
from gateway.vocabulary import Language

SEALED_JOURNAL = click.option(
    "--journal",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="IZIN_JOURNAL",
    required=True,
    metavar="DIR",
    help="The journal's folder. [env: IZIN_JOURNAL]",
)
KEY = click.option(
    "--key",
    type=FILE,
    metavar="FILE",
    help="The public key (C2SP vkey) as you had it from outside; else the journal's own `public.vkey`.",
)


@click.command(short_help="Check every octet of the journal against its seal.")
@SEALED_JOURNAL
@KEY
@click.option(
    "--anchor",
    "anchors",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Checkpoints that were kept elsewhere. May be given several times.",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write down how far it is, and go on from there next time. Keep it where nobody else can write.",
)
@click.option(
    "--here",
    is_flag=True,
    help="Lanes of hosts that were joined over HTTP are not missing: their entries are with these.",
)
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify(
    journal: Path,
    key: Path | None,
    anchors: tuple[Path, ...],
    state: Path | None,
    language: Language,
    *,
    here: bool,
    as_json: bool,
) -> None:
    """Check every octet of the journal against its seal, also while the gateway runs.

    Where DIR holds the lanes of a site, or --key is the site's, every lane and the site's log are checked.

    Ends with 0 if all is sound, 1 if something was changed, 3 if something is missing that no event tells of.
    """
    if is_site(journal, key):
        verify_site(journal, key, anchors, language, StateFile(state), here=here, as_json=as_json)
        return
    bar, pace = Bar(octets_in(journal), "entries"), Pace()
    try:
        report = examined(journal, key, anchors, StateFile(state), bar)
    except JournalError as error:
        fail(str(error), error.hint, 2)
    except NoteError as error:
        fail(
            str(error), "a journal is sealed since it has a `public.vkey`; `--key FILE` names another copy", 2
        )
    except OSError as error:
        fail(f"the journal cannot be read: {(error.strerror or 'unknown error').lower()}", "", 2)
    finally:
        bar.done()
    pace.stop(report.last - report.resumed_at)
    if as_json:
        click.echo(dumps({**msgspec.to_builtins(report), **pace.figures}))
    else:
        print_parts(parts(report, language), report.outcome)
        click.echo(f"\n{pace.said(language)}", err=True)
    sys.exit(CODES[report.outcome])


def examined(journal: Path, key: Path | None, anchors: tuple[Path, ...], kept: StateFile, bar: Bar) -> Report:
    """What a verification of a lane finds. JournalError, NoteError and OSError where it cannot be begun."""
    facts, held = lane_of(journal), held_key(journal, key)
    if facts is None:
        raise JournalError(
            f"`{journal}` holds no journal", "the folder that `izin serve --journal` names is wanted here"
        )
    before = kept.load(Progress, held.name, held.vkey)
    report = Verification(
        journal,
        (facts["site"], facts["lane"]),
        held,
        outside=key is not None,
        anchors=anchors,
        heads=heads_of(journal, held.name, 0 if before is None else before.following - 1),
        progress=before,
        told=bar.at,
        keep=kept.keep,
    ).run()
    kept.done()
    return report
