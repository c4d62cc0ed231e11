"""`izin audit rotate-key` and `izin audit declare-key`: the key that a journal is sealed with."""

from pathlib import Path
from typing import Any

import click

from gateway.audit import folder, keys, site_log
from gateway.audit.receipt import JournalError
from gateway.cli.entries import dumps
from gateway.cli.options import fail
from gateway.cli.sealed import SEALED_JOURNAL
from gateway.cli.terminal import safe
from gateway.seal.note import NoteError, Verifier
from gateway.told.declaration import declaration
from gateway.vocabulary import Language


@click.command("rotate-key", short_help="Seal with a new key, named by the old one.")
@SEALED_JOURNAL
@click.option("--site", "of_site", is_flag=True, help="The key of the site's log, not the lane's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def rotate_key(journal: Path, *, of_site: bool, as_json: bool) -> None:
    """Make a new key and seal with it from now on, also while the gateway runs.

    The old key names the new one in a note that both sign (`hand-overs` in the journal's folder), so whoever holds the
    old public key verifies on with it. The new `public.vkey` should be handed on all the same.

    Where DIR holds the lanes of a site, the site's key is changed.
    """
    try:
        found = _rotated(journal, of_site=of_site)
    except JournalError as error:
        fail(str(error), error.hint)
    if "error" in found:
        fail(f"the key was not changed: {safe(str(found['error']))}")
    new = Verifier.read(str(found["new"]))
    if as_json:
        click.echo(dumps({**found, "fingerprint": new.fingerprint}))
        return
    click.echo(f"old  {safe(str(found['old']))}\nnew  {new.vkey}\n     {new.fingerprint}")
    click.echo(
        f"Sealed before: {found['size']:,} entries. Hand the new {keys.PUBLIC} on, and back {keys.KEY} up."
    )


def _rotated(journal: Path, *, of_site: bool) -> dict[str, Any]:
    if of_site or (not (journal / folder.LANE).exists() and (journal / site_log.FOLDER).is_dir()):
        return site_log.rotate(journal)
    if folder.held(journal):
        try:
            return folder.call(journal, {"rotate-key": {}}, seconds=15.0)
        except OSError:
            raise JournalError(
                f"the process that writes `{journal}` does not answer",
                "run the command as the gateway's user",
            ) from None
    from gateway.audit.lane import Lane
    from gateway.proxy.ids import Ids

    lane = Lane(journal, site=None, new_id=Ids())
    try:
        return lane.rotate_key()
    finally:
        lane.close()


@click.command("declare-key", short_help="The statement by which an officer adopts the key.")
@SEALED_JOURNAL
@click.option(
    "--holder", default="______________________________", metavar="NAME", help="Who holds the rights."
)
def declare_key(journal: Path, holder: str) -> None:
    """Print the statement by which an officer of the rights holder adopts the public key, in Indonesian and English.

    Signed, it goes with the license contract or to a notary: it says whose key it is, which no seal can say of itself.
    """
    try:
        said = folder.lane_of(journal)
        key = Verifier.read(keys.public_of(journal) or "")
    except JournalError as error:
        fail(str(error), error.hint, 2)
    except NoteError:
        fail(
            f"there is no `{keys.PUBLIC}` in `{journal}`",
            "it is made when a gateway first writes the journal",
            2,
        )
    if said is None:
        fail(
            f"`{journal}` holds no journal", "the folder that `izin serve --journal` names is wanted here", 2
        )
    for number, language in enumerate(Language):
        if number:
            click.echo(f"\n{'-' * 79}\n")
        text = declaration(
            language,
            holder=holder,
            site=said["site"],
            lane=said["lane"],
            vkey=key.vkey,
            fingerprint=key.fingerprint,
        )
        click.echo("\n".join(map(safe, text.splitlines())))
