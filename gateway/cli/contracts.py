"""`izin license list` and `show`: the contracts of a policy, in rows and in plain words."""

from datetime import UTC, datetime
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import click
import msgspec

from gateway.cli.giving import standing_orders
from gateway.cli.options import JOURNAL, LANGUAGE, LICENSE_KEYS, POLICY, fail, load_policy
from gateway.cli.terminal import line_width, safe
from gateway.cli.words import no_license
from gateway.instants import DAY, SECOND, instant, rfc3339, utc
from gateway.licenses.license import License
from gateway.lookups.license_keys import NAME, Issued, KeyFolder, KeyFolderError
from gateway.orders import NO_ORDERS
from gateway.policy.model import Policy
from gateway.vocabulary import Language, Sentence

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
ID = click.argument("license_id", metavar="ID")


_STATES: Final = {
    "not begun": Sentence("mulai {begins}", "from {begins}"),
    "runs": Sentence("sampai {ends}, {days} hari lagi", "until {ends}, {days} days left"),
    "ended": Sentence("berakhir {ends}", "ended {ends}"),
}
_NONE: Final = Sentence(
    "Belum ada izin tertulis yang diberikan: satu izin ialah satu berkas di licenses/.",
    "No written permission was given yet: a license is a file in licenses/.",
)
_TOKENS: Final = Sentence("token beredar: {}", "tokens out: {}")
_TOKEN: Final = Sentence("token {}  terbit {}  sampai {}", "token {}  issued {}  until {}")
_REVOKED: Final = Sentence("  dicabut", "  revoked")
_NO_TOKEN: Final = Sentence("Belum ada token yang beredar", "No token is out")


@click.command("list", short_help="List the licenses: who holds them, and until when.")
@POLICY
@LICENSE_KEYS
@LANGUAGE
@JSON
def list_(policy: Path, license_keys: Path | None, language: Language, as_json: bool) -> None:
    """List the licenses of POLICY: who holds them, until when, and how many tokens are out."""
    compiled, now = load_policy(policy), now_in_utc()
    issued = issued_in(license_keys or policy / NAME)
    rows = [_row(one, issued, now) for one in compiled.licenses]
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(row))
        return
    for held, row in zip(compiled.licenses, rows, strict=True):
        begins, ends = (
            utc(at).astimezone(compiled.zone).date() for at in (instant(held.begins), instant(held.ends) - 1)
        )
        state = _STATES[row["state"]].said(language).format(begins=begins, ends=ends, days=row["days_left"])
        out = f"  {_TOKENS.said(language).format(row['tokens'])}" if row["tokens"] else ""
        click.echo(f"{row['license']:<24} {state:<34} {safe(row['licensee'])}{out}")
    if not rows:
        click.echo(_NONE.said(language))


@click.command("show", short_help="Show a license in plain words, and its tokens.")
@POLICY
@ID
@JOURNAL
@LICENSE_KEYS
@LANGUAGE
@JSON
def show(
    policy: Path,
    license_id: str,
    journal: Path,
    license_keys: Path | None,
    language: Language,
    as_json: bool,
) -> None:
    """Show the license ID in plain words, in both languages, and the tokens that were issued for it and have not ended.

    Which of them were revoked stands in the journal.
    """
    from gateway.policy.sentences import license_sentences

    compiled, now = load_policy(policy), now_in_utc()
    held = license_called(compiled, license_id)
    issued = issued_in(license_keys or policy / NAME)
    revoked = standing_orders(journal).revoked if journal.is_dir() else NO_ORDERS.revoked
    tokens = [
        {**token_row(one, now), "revoked": revoked.holds(one.license, one.id, one.issued)}
        for one in issued
        if one.license == held.id and one.ends > now
    ]
    if as_json:
        click.echo(msgspec.json.encode({**_row(held, issued, now), "tokens": tokens}))
        return
    for each in Language:
        for line in wrap(" ".join(license_sentences(compiled, held, each)), line_width()):
            click.echo(safe(line))
        click.echo()
    for one in tokens:
        told = _TOKEN.said(language).format(one["id"], one["issued"], one["ends"])
        click.echo(told + (_REVOKED.said(language) if one["revoked"] else ""))
    if held.proof.token and all(one["revoked"] for one in tokens):
        click.echo(f"{_NO_TOKEN.said(language)}: `izin license issue {policy} {held.id}`.")


def license_called(policy: Policy, name: str) -> License:
    """The license of that id; the command ends where there is none."""
    found = policy.license(name)
    if found is None:
        known = ", ".join(f"`{one.id}`" for one in policy.licenses[:20])
        fail(*no_license(safe(name), known))
    return found


def issued_in(folder: Path) -> list[Issued]:
    """The tokens in the register of a folder of keys, the oldest first."""
    try:
        return KeyFolder(folder).issued()
    except KeyFolderError as error:
        fail(str(error), error.hint)


def secrets_of(folder: Path, license: str) -> int:
    """How many secrets a license has in a folder of keys, with which its tokens are fetched; 0 where they cannot be read, for
    then none is fetched."""
    try:
        return sum(one.license == license for one in KeyFolder(folder).secrets())
    except KeyFolderError:
        return 0


def _row(held: License, issued: list[Issued], now: int) -> dict[str, Any]:
    begins, ends = instant(held.begins), instant(held.ends)
    state = "not begun" if now < begins else "ended" if now >= ends else "runs"
    return {
        "license": held.id,
        "licensee": held.licensee,
        "state": state,
        "from": rfc3339(begins),
        "until": rfc3339(ends),
        "days_left": max(0, (ends - now) // DAY),
        "agents": held.agents,
        "uses": sorted(held.uses),
        "proof": sorted(held.proof.methods),
        "tokens": sum(one.license == held.id and one.ends > now for one in issued),
    }


def token_row(one: Issued, now: int) -> dict[str, Any]:
    """A token as `--json` prints it."""
    return {
        "id": one.id,
        "license": one.license,
        "issued": rfc3339(one.issued),
        "ends": rfc3339(one.ends),
        "seconds": max(0, (one.ends - now) // SECOND),
    }


def now_in_utc() -> int:
    """The clock, in microseconds since 1970."""
    return instant(datetime.now(UTC))
