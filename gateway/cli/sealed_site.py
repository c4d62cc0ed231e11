"""`izin audit verify` where the folder holds the lanes of a site, and `izin audit seal-site`, which signs over all of them."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
import msgspec

from gateway.audit import site_log
from gateway.audit.backup import octets_in
from gateway.audit.folder import LANE, lane_of
from gateway.audit.points import held_key
from gateway.audit.receipt import JournalError
from gateway.audit.site_verification import SiteProgress, SiteVerification
from gateway.cli.entries import dumps
from gateway.cli.options import fail
from gateway.cli.pace import Pace
from gateway.cli.progress import Progress
from gateway.cli.resumed import StateFile
from gateway.cli.terminal import coloured, paint, safe
from gateway.seal.note import NoteError
from gateway.seal.report import Outcome, SiteReport
from gateway.seal.site import origin_of_site
from gateway.told.verified import Part, parts
from gateway.told.verified_site import site_parts
from gateway.vocabulary import Language

#: The exit code of each outcome.
CODES: Final = {Outcome.VALID: 0, Outcome.BROKEN: 1, Outcome.INCOMPLETE: 3}
_COLOURS: Final = {Outcome.VALID: "green", Outcome.BROKEN: "red", Outcome.INCOMPLETE: "yellow"}


def is_site(folder: Path, key: Path | None) -> bool:
    """Whether a folder is to be verified as a site's: it holds several lanes, or a log over lanes elsewhere, or the key is that
    of the site."""
    if not (folder / LANE).exists():
        return (folder / site_log.FOLDER).is_dir() or bool(site_log.lanes_of(folder))
    named = "" if key is None else key.read_text("utf-8", "replace").strip().partition("+")[0]
    return (
        named.startswith("izin/") and named.count("/") == 1 if named else len(site_log.lanes_of(folder)) > 1
    )


def verify_site(
    parent: Path,
    key: Path | None,
    anchors: tuple[Path, ...],
    language: Language,
    state: StateFile,
    *,
    here: bool,
    as_json: bool,
) -> None:
    """Verify every lane and the log of the site, print what was found, and exit with its code."""
    bar, pace = Progress(octets_in(parent), "entries"), Pace()
    try:
        report = examined_site(parent, key, anchors, state, bar, here=here)
    except JournalError as error:
        fail(str(error), error.hint, 2)
    except NoteError as error:
        fail(str(error), "--key names the site's key, which `izin audit seal-site` made", 2)
    except OSError as error:
        fail(f"the journal cannot be read: {(error.strerror or 'unknown error').lower()}", "", 2)
    finally:
        bar.done()
    pace.stop(sum(lane.last - lane.resumed_at for lane in report.lanes))
    if as_json:
        click.echo(dumps({**msgspec.to_builtins(report), **pace.figures}))
    else:
        print_parts(site_parts(report, language), report.outcome)
        for lane in report.lanes:
            click.echo()
            print_parts(parts(lane, language), lane.outcome)
        click.echo(f"\n{pace.said(language)}", err=True)
    sys.exit(CODES[report.outcome])


def examined_site(
    parent: Path,
    key: Path | None,
    anchors: tuple[Path, ...],
    state: StateFile,
    bar: Progress,
    *,
    here: bool,
) -> SiteReport:
    """What a verification of a site finds; ``here`` as `SiteVerification` has it. JournalError, NoteError and OSError where it cannot be begun."""
    sealed = key is not None or (parent / site_log.FOLDER).is_dir()
    held = held_key(parent / site_log.FOLDER, key) if sealed else None
    site = held.name.removeprefix("izin/") if held else _site_of(parent)
    report = SiteVerification(
        parent,
        site,
        held,
        outside=key is not None,
        anchors=anchors,
        told=bar.at,
        progress=state.load(SiteProgress, origin_of_site(site), held.vkey if held else ""),
        keep=state.keep,
        here=here,
    ).run()
    state.done()
    return report


def print_parts(told: Iterable[Part], outcome: Outcome) -> None:
    """Print the parts of a report; the first heading is its outcome."""
    for number, (heading, lines) in enumerate(told):
        colour = "bold" if number else _COLOURS[outcome]
        click.echo(("\n" if number else "") + paint(heading, colour, on=coloured()))
        for line in lines:
            click.echo(f"  {safe(line)}")


def _site_of(parent: Path) -> str:
    return str((lane_of(site_log.lanes_of(parent)[0]) or {}).get("site", ""))


@click.command("seal-site", short_help="Sign one checkpoint over all lanes of a site.")
@click.option(
    "--journal",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="IZIN_JOURNAL",
    required=True,
    help="The folder below which the lanes lie.",
)
@click.option(
    "--anchor",
    "anchors",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Append the checkpoint to this file, which others keep. May be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def seal_site(journal: Path, anchors: tuple[Path, ...], *, as_json: bool) -> None:
    """Take the newest checkpoint of every lane below DIR into the site's log, and sign one checkpoint over all.

    The log, with a key of its own, is the folder `site` there. A lane that does not go on from what was taken up before is
    left out, and the exit code is 1.
    """
    try:
        joined = site_log.join(journal, anchors)
    except JournalError as error:
        fail(str(error), error.hint)
    except NoteError as error:
        fail(f"the site's log is damaged: {error}", "`izin audit verify` says where")
    except OSError as error:
        fail(f"the anchor cannot be written: {(error.strerror or 'unknown error').lower()}")
    if joined is None:
        fail(
            "another process is sealing the site at this moment",
            "nothing has to be done: it takes up all lanes",
        )
    if as_json:
        click.echo(dumps(joined._asdict()))
    else:
        click.echo(f"{joined.size:,} heads of lanes sealed, {joined.heads} of them new")
    if joined.lost_key:
        click.echo(f"the site's key was lost, and a new one made: {joined.lost_key}", err=True)
    for lane, why in joined.left_out:
        click.echo(f"left out: {safe(lane)}: {safe(why)}", err=True)
    sys.exit(1 if joined.left_out else 0)
