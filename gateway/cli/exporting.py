"""`izin audit export`: entries in a file for other programs, with its digest, and on record."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from gateway.audit.export import Exported, manifest_of
from gateway.audit.export import export as written
from gateway.audit.folder import lane_of, machine
from gateway.audit.query import Query
from gateway.audit.reader import Reader
from gateway.audit.receipt import JournalError
from gateway.cli.asked import complain, opened
from gateway.cli.entries import dumps
from gateway.cli.filters import READER, REBUILD, filters
from gateway.cli.giving import NotGiven, given
from gateway.cli.options import fail
from gateway.cli.progress import Progress
from gateway.cli.terminal import safe
from gateway.cli.words import NOT_WRITTEN, THERE_ALREADY
from gateway.record.exported import FORMS
from gateway.vocabulary import Sentence

_ANOTHER: Final = Sentence(
    "ekspor tidak menimpa apa pun: sebutkan berkas lain", "an export overwrites nothing: name another file"
)


@click.command(short_help="Write entries to a file, with its digest.")
@READER
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    default="jsonl",
    show_default=True,
    help="JSON Lines, CSV, or Combined Log.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The file, which must not exist; beside it comes FILE.manifest.json.",
)
@filters
@click.option("--violations", is_flag=True, help="Only refusals that are a violation.")
@click.option("--limit", type=click.IntRange(1), help="Only the newest so many.")
@REBUILD
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
def export(reader: Reader, form: str, out: Path, *, rebuild: bool, as_json: bool, **asked: Any) -> None:
    """Write what a question finds to FILE: JSON Lines, CSV for spreadsheets, or the Combined Log of web servers.

    The manifest beside it says what was asked of which journal, and names the file by its SHA-256. CSV and Combined tell of
    decisions alone, each with its outcome. The export itself becomes an event of the journal.
    """
    query = Query(**asked)
    with opened(reader, rebuild=rebuild) as index:
        for place in index.damage():
            complain(place)
        progress = Progress(index.last, "entries")
        index.progress = lambda done, _, __: progress.at(done, 0)
        try:
            exported = written(index, query, form, out, complain, progress.at)
        except FileExistsError as error:
            fail(THERE_ALREADY.filled(path=error.filename), _ANOTHER)
        except OSError as error:
            fail(NOT_WRITTEN.filled(path=out, why=(error.strerror or "unknown error").lower()))
        progress.done()
    trouble = _record(reader.folder, exported)
    if as_json:
        click.echo(dumps(asdict(exported)))
    else:
        click.echo(f"{exported.entries:,} entries, {exported.octets:,} octets: {out}")
        click.echo(f"SHA-256 {exported.sha256}, in {manifest_of(out)}")
    if trouble:
        click.echo(f"warning: the journal does not say that this was exported: {safe(trouble)}", err=True)


def _record(folder: Path, exported: Exported) -> str:
    # Whose entries were looked for is said by the manifest; in the journal it would stay for ever.
    addresses = {"address": len(exported.asked["address"])} if "address" in exported.asked else {}
    details = {name: getattr(exported, name) for name in ("format", "entries", "sha256")}
    return recorded(folder, {**details, "asked": exported.asked | addresses})


def recorded(folder: Path, details: dict[str, Any]) -> str:
    """Make an export an event of the journal; why not, where that cannot be. A copy elsewhere is never changed."""
    try:
        if (lane_of(folder) or {}).get("lane") != machine():
            return "this is a copy, which stays as it is"
        given(folder, "export", details)
    except (NotGiven, JournalError, OSError) as error:
        return str(error)
    return ""
