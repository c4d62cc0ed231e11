"""`izin audit prove`: one file that shows an entry, or an operator's requests in a period, to somebody who trusts nobody."""

from pathlib import Path
from typing import Final

import click

from gateway.audit import keys, proof
from gateway.audit.proof import About
from gateway.audit.proving import NotProved
from gateway.audit.reader import Reader
from gateway.cli.asked import Moment, complain, opened
from gateway.cli.entries import dumps
from gateway.cli.exporting import recorded
from gateway.cli.filters import READER
from gateway.cli.options import fail
from gateway.cli.terminal import safe
from gateway.cli.words import NOT_WRITTEN, THERE_ALREADY
from gateway.seal.note import NoteError
from gateway.vocabulary import Sentence

_ANOTHER: Final = Sentence(
    "bukti tidak menimpa apa pun: sebutkan berkas lain", "a proof overwrites nothing: name another file"
)
_SEALED: Final = Sentence(
    "jurnal bermeterai sejak ada `public.vkey` padanya", "the journal is sealed since it has a `public.vkey`"
)


@click.command(short_help="Write one file that proves an entry, or a case.")
@READER
@click.argument("code", metavar="[ID]", required=False)
@click.option("--operator", metavar="O", help="Everything of this operator, in place of one entry.")
@click.option(
    "--from", "since", type=Moment(), help="Not before: a UTC day, an RFC 3339 time, or 2h, 1d … ago."
)
@click.option("--until", type=Moment(), help="Before, not at, that time.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The file, which must not exist; by custom it ends in .izin-proof.zip.",
)
@click.option(
    "--closed",
    is_flag=True,
    help="Leave out whom full entries are about: only commitments to it are handed over.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def prove(
    reader: Reader,
    code: str | None,
    operator: str | None,
    since: int | None,
    until: int | None,
    out: Path,
    *,
    closed: bool,
    as_json: bool,
) -> None:
    """Prove the entry ID, or all requests of an operator in a period, in one FILE for the other side.

    It holds the entries octet by octet, the hashes that lead from them to a signed checkpoint, the texts they name, and
    an account in Indonesian and English. docs/izin-verify.py checks it. Made twice, it is the same file.
    """
    if (code is None) == (operator is None):
        raise click.UsageError("name an ID, or an --operator")
    if code is not None and (since is not None or until is not None):
        raise click.UsageError("--from and --until go with --operator")
    if out.exists():
        fail(THERE_ALREADY.filled(path=out), _ANOTHER)
    try:
        with opened(reader, behind=code is not None) as index:
            for place in index.damage():
                complain(place)
            made = proof.prove(index, About(code, operator, since, until, closed))
    except NotProved as error:
        fail(error.said, error.hint)
    except NoteError as error:
        fail(str(error), _SEALED)
    try:
        with out.open("xb") as file:
            file.write(made.octets)
    except OSError as error:
        fail(NOT_WRITTEN.filled(path=out, why=(error.strerror or "unknown error").lower()))
    told = {
        "file": str(out),
        "sha256": made.sha256,
        "octets": len(made.octets),
        "entries": made.entries,
        "size": made.size,
        "asked": made.asked,
    }
    trouble = recorded(reader.folder, made.event)
    if as_json:
        click.echo(dumps(told))
    else:
        click.echo(f"{made.entries:,} entries under the seal over {made.size:,}: {out}")
        click.echo(f"SHA-256 {made.sha256}")
        click.echo(f"python docs/izin-verify.py {out} --key {keys.PUBLIC}")
    if trouble:
        click.echo(f"warning: the journal does not say that this was proved: {safe(trouble)}", err=True)
