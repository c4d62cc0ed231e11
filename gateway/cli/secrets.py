"""`izin license secret`: what a licensee needs to fetch its tokens by itself."""

import os
from pathlib import Path
from typing import Final

import click
import msgspec

from gateway.cli.contracts import ID, JSON, license_called, now_in_utc
from gateway.cli.options import LICENSE_KEYS, POLICY, fail, load_policy
from gateway.cli.words import ADD_TOKEN, NO_TOKEN
from gateway.licenses.client import MOST, SALT, SECRET, new_secret
from gateway.lookups.license_keys import NAME, KeyFolder, KeyFolderError
from gateway.vocabulary import Sentence

_NO_ENDPOINT: Final = Sentence("situs ini tidak melayani permintaan token", "the site runs no token endpoint")
_ADD_ENDPOINT: Final = Sentence(
    "tambahkan `tokens: {endpoint: yes}` dalam site.yaml", "add `tokens: {endpoint: yes}` to site.yaml"
)
_ENOUGH: Final = Sentence("`{name}` sudah punya {most} rahasia", "`{name}` has {most} secrets already")
_WITHDRAW: Final = Sentence("cabut dengan `--only`", "withdraw them with `--only`")


@click.command("secret", short_help="Make a secret with which a licensee fetches its tokens by itself.")
@POLICY
@ID
@click.option("--only", is_flag=True, help="Withdraw the secrets that the license had before.")
@click.option("--none", "withdraw", is_flag=True, help="Withdraw them and make none.")
@LICENSE_KEYS
@JSON
def secret(
    policy: Path, license_id: str, only: bool, withdraw: bool, license_keys: Path | None, as_json: bool
) -> None:
    """Make a secret for the license ID, and print it: hand it to the licensee, for only what scrypt makes of it is kept.

    With ID and secret the licensee's programs fetch tokens at the site's token endpoint (`tokens:` in site.yaml). The
    gateway heeds it at once.
    """
    compiled = load_policy(policy)
    held, now = license_called(compiled, license_id), now_in_utc()
    if only and withdraw:
        raise click.UsageError("`--only` and `--none` do not go together")
    if not withdraw and compiled.tokens is None:
        fail(_NO_ENDPOINT, _ADD_ENDPOINT)
    if not withdraw and not held.proof.token:
        fail(NO_TOKEN.filled(name=held.id), ADD_TOKEN)
    chance, text = os.urandom(SECRET + SALT), ""
    folder = KeyFolder(license_keys or policy / NAME)
    try:
        with folder.held():
            others = [one for one in folder.secrets() if one.license != held.id]
            its = [] if only or withdraw else [one for one in folder.secrets() if one.license == held.id]
            if len(its) >= MOST:
                fail(_ENOUGH.filled(name=held.id, most=MOST), _WITHDRAW)
            if not withdraw:
                text, kept = new_secret(held.id, chance, now, its)
                its.append(kept)
            folder.keep_secrets([*others, *its])
    except KeyFolderError as error:
        fail(str(error), error.hint)
    if as_json:
        row = {"client_id": held.id, "client_secret": text or None, "secrets": len(its)}
        click.echo(msgspec.json.encode(row))
    elif withdraw:
        click.echo(
            f"`{held.id}` fetches no tokens any more; those it has hold until they end, or are revoked."
        )
    else:
        click.echo(text)
