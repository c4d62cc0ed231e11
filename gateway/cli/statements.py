"""`izin statements`: every document and header field that a policy publishes, and what each cannot say."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill

import click
import msgspec

from gateway.cli.options import POLICY, tell
from gateway.lookups.folder import load
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError
from gateway.statements import FORMATS, Format, Statement, publish
from gateway.statements.statement import Published

_WIDTH = 100


@click.command()
@POLICY
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the documents into this folder, at their paths; hosts that differ go under hosts/.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(policy: Path, out: Path | None, as_json: bool) -> None:
    """Print what POLICY, a folder, publishes today: documents, header fields, lines for pages, and what each cannot say.

    Exit code 0, or 1 where the policy cannot be loaded or its rules cannot be stated.
    """
    at = datetime.now(UTC)
    try:
        found = load(policy)
        published = publish(found, at)
    except PolicyError as error:
        tell(policy, error.problems)
        raise SystemExit(1) from None
    if out is not None:
        _write(published, out)
    if as_json:
        sys.stdout.buffer.write(_json(found, published, at))
    elif out is None:
        click.echo(_prose(found, at), nl=False)


def _write(published: Published, out: Path) -> None:
    """The first host's documents at their paths, those of hosts that say something else under ``hosts/``."""
    first = next(iter(published.hosts.values())).documents
    for pattern, said in published.hosts.items():
        for path, document in said.documents.items():
            if said.documents is first:
                place = out / path.lstrip("/")
            elif path in first and first[path].body == document.body:
                continue
            else:
                # A host pattern is letters, digits, hyphens, dots and a leading star: it cannot leave the folder.
                place = out / "hosts" / pattern.replace("*", "_") / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(document.body)
            click.echo(f"wrote {click.format_filename(place)}", err=True)


def _json(policy: Policy, published: Published, at: datetime) -> bytes:
    document = {
        "policy": policy.digest,
        "terms": published.terms,
        "hosts": [
            {
                "host": host.pattern,
                "statements": [
                    {
                        "format": format_.name,
                        "path": format_.path,
                        "media_type": format_.media_type or None,
                        "place": format_.place or None,
                        "text": format_.render(Statement(policy, host, at)) or None,
                        "omits": format_.omits(Statement(policy, host, at)),
                    }
                    for format_ in FORMATS
                ],
            }
            for host in policy.hosts
        ],
    }
    return msgspec.json.encode(document) + b"\n"


def _prose(policy: Policy, at: datetime) -> str:
    blocks = []
    for host in policy.hosts:
        statement = Statement(policy, host, at)
        blocks.append(f"== {host.pattern}\n")
        blocks += [_one(format_, statement) for format_ in FORMATS]
    return "\n".join(blocks)


def _one(format_: Format, statement: Statement) -> str:
    text = format_.render(statement)
    if format_.place:
        lines = [f"-- {format_.place}", text or "(nothing to say)"]
    elif format_.path is not None:
        lines = [f"-- {format_.path} ({format_.media_type})", text.rstrip("\n")]
    elif text:
        lines = [f"-- header field {format_.name}", f"{format_.name}: {text}"]
    else:
        lines = [f"-- header field {format_.name}", "(nothing to say)"]
    omitted = format_.omits(statement)
    if omitted:
        lines += ["", f"{format_.name} cannot say:"]
        lines += [
            fill(what, _WIDTH, initial_indent="  - ", subsequent_indent="    ", break_long_words=False)
            for what in omitted
        ]
    return "\n".join(lines) + "\n"
