"""`izin license issue`, `revoke` and `rotate-key`: the tokens by which a license is proved, and the keys that sign them."""

from pathlib import Path
from typing import Any, Final

import click
import msgspec
from msgspec.structs import replace

from gateway.cli.contracts import ID, JSON, issued_in, license_called, now_in_utc, secrets_of, token_row
from gateway.cli.giving import give, report
from gateway.cli.options import JOURNAL, LICENSE_KEYS, POLICY, Parsed, fail, load_policy, spoken
from gateway.cli.terminal import safe
from gateway.cli.words import ADD_TOKEN, NO_LICENSES, NO_TOKEN, ONE_OF
from gateway.instants import DAY, instant, rfc3339
from gateway.licenses.license import License
from gateway.licenses.proof import thumbprint
from gateway.lookups.license_keys import NAME, Issued, KeyFolder, KeyFolderError
from gateway.policy.model import Policy
from gateway.vocabulary import Sentence

#: How many days a token holds where nothing else is said; the license may end earlier.
DAYS: Final = 30

_ENDED: Final = Sentence("`{name}` sudah berakhir", "`{name}` has ended")
_NEW_FILE: Final = Sentence(
    "kontrak baru adalah berkas baru di licenses/", "a new contract is a new file in licenses/"
)
_FEWER_PATHS: Final = Sentence(
    "sebutkan jalur yang lebih sedikit atau lebih pendek dalam `on`", "name fewer or shorter paths in `on`"
)
_NEITHER: Final = Sentence(
    "`{what}` bukan lisensi, bukan pula token yang pernah diterbitkan",
    "`{what}` is neither a license nor a token that was issued",
)
_TO_END: Final = Sentence(
    "untuk mengakhirinya ubah `until`; `izin block` menutup pintu bagi sebuah agen seketika",
    "to end it change `until`; `izin block` closes the door to an agent at once",
)
_TOKEN_OVER: Final = Sentence(
    "Token `{token}` dari `{license}` tidak membuktikan apa-apa lagi.",
    "The token `{token}` of `{license}` proves nothing any more.",
)
_TOKENS_OVER: Final = Sentence(
    "Semua token yang pernah diterbitkan untuk `{license}` tidak membuktikan apa-apa lagi.",
    "Every token issued so far for `{license}` proves nothing any more.",
)
_SECRET_LEFT: Final = Sentence(
    "Pemegangnya masih memiliki rahasia untuk mengambil token baru: {withdraw} mencabutnya.",
    "The licensee still has a secret with which it fetches new tokens: {withdraw} withdraws it.",
)


@click.command("issue", short_help="Issue a token for a license, and print it.")
@POLICY
@ID
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=DAYS,
    show_default=True,
    help="For how many days the token holds, at most until the license ends.",
)
@click.option(
    "--bind",
    type=Parsed("THUMBPRINT", thumbprint),
    metavar="THUMBPRINT",
    help="Bind the token to a key of Web Bot Auth, by its thumbprint (RFC 7638): it proves nothing in a request that is not signed with that key.",
)
@LICENSE_KEYS
@JSON
def issue(
    policy: Path, license_id: str, days: int, bind: str | None, license_keys: Path | None, as_json: bool
) -> None:
    """Issue a token for the license ID, and print it: hand it to the licensee, for it is kept nowhere.

    The first token of a policy makes the key that signs. Give the token in `Authorization: License TOKEN`.
    """
    compiled = load_policy(policy)
    held, keys = license_called(compiled, license_id), license_keys or policy / NAME
    text, noted = issued_token(compiled, held, days, keys, bind)
    if as_json:
        click.echo(msgspec.json.encode({"token": text, **token_row(noted, noted.issued)}))
    else:
        click.echo(text)


def issued_token(
    policy: Policy, held: License, days: int, keys: Path, bind: str | None = None
) -> tuple[str, Issued]:
    """A new token for a license, bound to a key if its thumbprint is given, and what the register of the folder ``keys`` says
    of it. Ends the command where none can be issued."""
    from gateway.licenses.token import sign, token_for
    from gateway.proxy.ids import Ids

    now = now_in_utc()
    if not held.proof.token:
        fail(NO_TOKEN.filled(name=held.id), ADD_TOKEN)
    if now >= instant(held.ends):
        fail(_ENDED.filled(name=held.id), _NEW_FILE)
    hosts = tuple(host.pattern for host in policy.hosts)
    token = replace(token_for(held, policy.site, hosts, Ids()(now), now, days * DAY), key=bind)
    folder = KeyFolder(keys)
    try:
        with folder.held():
            key = folder.signing()
            text = sign(token, key)
            noted = Issued(token.id, held.id, now, token.ends, key.kid or "")
            folder.note(noted)
    except KeyFolderError as error:
        fail(str(error), error.hint)
    except ValueError as error:
        fail(str(error), _FEWER_PATHS)
    return text, noted


@click.command("revoke", short_help="Revoke the tokens of a license, or one of them.")
@POLICY
@click.argument("what", metavar="ID|TOKEN-ID")
@JOURNAL
@LICENSE_KEYS
@JSON
def revoke(policy: Path, what: str, journal: Path, license_keys: Path | None, as_json: bool) -> None:
    """Revoke all tokens issued so far for the license ID, or the one with the id TOKEN-ID, at once and for good.

    A running gateway obeys within seconds; where none runs, the next one to start does. Tokens issued afterwards hold:
    to end the permission itself, change `until` in the license. A licensee that fetches its tokens by itself fetches the next
    one: `izin license secret --none` withdraws its secret.
    """
    compiled, now = load_policy(policy), now_in_utc()
    issued = issued_in(license_keys or policy / NAME)
    token = next((one for one in issued if one.id == what), None)
    if token is not None:
        order: dict[str, Any] = {"license": token.license, "token": token.id, "at": now, "until": token.ends}
        sentence = _TOKEN_OVER.filled(token=token.id, license=token.license)
    else:
        held = compiled.license(what)
        if held is None:
            known = ", ".join(f"`{one.id}`" for one in compiled.licenses[:20])
            fail(_NEITHER.filled(what=safe(what)), ONE_OF.filled(known=known) if known else NO_LICENSES)
        if not held.proof.token:
            fail(NO_TOKEN.filled(name=held.id), _TO_END)
        order = {"license": held.id, "token": None, "at": now, "until": None}
        sentence = _TOKENS_OVER.filled(license=held.id)
    reply = give(journal, "revoke", order)
    secrets = secrets_of(license_keys or policy / NAME, order["license"])
    report(order, {**reply, "secrets": secrets}, sentence, as_json=as_json)
    if secrets and not as_json:
        withdraw = f"`izin license secret {policy} {order['license']} --none`"
        click.echo(spoken(_SECRET_LEFT.filled(withdraw=withdraw)))


@click.command("rotate-key", short_help="Let a new key sign tokens from now on.")
@POLICY
@LICENSE_KEYS
@JSON
def rotate_key(policy: Path, license_keys: Path | None, as_json: bool) -> None:
    """Let a new key sign from now on; tokens already issued hold until they end, then the old key counts no more."""
    from gateway.licenses.token import SKEW

    load_policy(policy)
    folder = KeyFolder(license_keys or policy / NAME)
    try:
        with folder.held():
            key, public = folder.rotate(now_in_utc())
    except KeyFolderError as error:
        fail(str(error), error.hint)
    old = {name: one.until - SKEW for name, one in public.items() if one.until is not None}
    if as_json:
        ends = {name: rfc3339(until) for name, until in old.items()}
        click.echo(msgspec.json.encode({"key": key.kid, "old": ends}))
        return
    click.echo(f"The key {key.kid} signs from now on.")
    for name, until in old.items():
        click.echo(f"The key {name} counts until {rfc3339(until)}.")
