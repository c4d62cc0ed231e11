"""`izin license list` and `show`: the contracts of a policy, in rows and in plain words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from gateway.cli.options import LICENSE_KEYS, POLICY, fail, load_policy
from gateway.cli.terminal import safe
from gateway.instants import DAY, SECOND, instant, rfc3339
from gateway.licenses.license import License
from gateway.lookups.license_keys import NAME, Issued, KeyFolder, KeyFolderError
from gateway.policy.model import Policy

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
ID = click.argument("license_id", metavar="ID")


@click.command("list")
@POLICY
@LICENSE_KEYS
@JSON
def list_(policy: Path, license_keys: Path | None, as_json: bool) -> None:
    """List the licenses of POLICY: who holds them, until when, and how many tokens are out."""
    compiled, now = load_policy(policy), now_in_utc()
    issued = issued_in(license_keys or policy / NAME)
    rows = [_row(one, issued, now) for one in compiled.licenses]
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(row))
        return
    for row in rows:
        days = f"{row['days_left']} days left" if row["state"] == "runs" else row["state"]
        click.echo(
            f"{row['license']:<28} {days:<14} until {row['until']}  {safe(row['licensee'])}"
            + (f"  ({row['tokens']} tokens)" if row["tokens"] else "")
        )
    if not rows:
        click.echo("No written permission was given yet: a license is a file in licenses/.")


@click.command("show")
@POLICY
@ID
@LICENSE_KEYS
@JSON
def show(policy: Path, license_id: str, license_keys: Path | None, as_json: bool) -> None:
    """Show the license ID in plain words, and the tokens that were issued for it and have not ended."""
    from gateway.policy.sentences import license_sentences
    from gateway.vocabulary import Language

    compiled, now = load_policy(policy), now_in_utc()
    held = license_called(compiled, license_id)
    issued = issued_in(license_keys or policy / NAME)
    tokens = [token_row(one, now) for one in issued if one.license == held.id and one.ends > now]
    if as_json:
        click.echo(msgspec.json.encode({**_row(held, issued, now), "tokens": tokens}))
        return
    for language in Language:
        click.echo(" ".join(license_sentences(compiled, held, language)))
        click.echo()
    for one in tokens:
        click.echo(f"token {one['id']}  issued {one['issued']}  ends {one['ends']}")
    if not tokens and held.proof.token:
        click.echo(f"No token is out: `izin license issue {policy} {held.id}`.")


def license_called(policy: Policy, name: str) -> License:
    """The license of that id; the command ends where there is none."""
    found = policy.license(name)
    if found is None:
        known = ", ".join(f"`{one.id}`" for one in policy.licenses[:20])
        fail(f"there is no license `{safe(name)}`", f"one of: {known}" if known else "licenses/ is empty")
    return found


def issued_in(folder: Path) -> list[Issued]:
    """The tokens in the register of a folder of keys, the oldest first."""
    try:
        return KeyFolder(folder).issued()
    except KeyFolderError as error:
        fail(str(error), error.hint)


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
