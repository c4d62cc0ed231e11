"""`izin statements`: every document and header field that a policy publishes, and what each cannot say."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill

import click
import msgspec
from click.core import ParameterSource

from gateway.cli.options import FOLDER, fail, tell
from gateway.instants import utc
from gateway.lookups.folder import load
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError
from gateway.request import fold_host
from gateway.statements import FORMATS, Format, Statement, publish
from gateway.statements.statement import HostStatements, Published
from gateway.told.asking import NotAsked, read_moment

_WIDTH = 100


@click.command(short_help="Print what a policy publishes, or what was published when.")
@click.argument("policy", type=FOLDER, metavar="[POLICY]", required=False)
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    envvar="IZIN_JOURNAL",
    metavar="DIR",
    help="Without POLICY: what was published, by this journal. [env: IZIN_JOURNAL]",
)
@click.option(
    "--at",
    metavar="TIME",
    help="What is, was or will be published then; UTC for a journal, the site's zone for a policy.",
)
@click.option(
    "--history", is_flag=True, help="Each version of each statement of the journal, from when until when."
)
@click.option(
    "--diff",
    nargs=2,
    metavar="A B",
    help="How two differ: policy folders, or times and digests (of terms or of one text) of the journal.",
)
@click.option("--host", metavar="H", help="Only what is said for this host.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the documents into this folder, at their paths; hosts that differ go under hosts/.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    context: click.Context,
    policy: Path | None,
    journal: Path | None,
    at: str | None,
    history: bool,
    diff: tuple[str, str] | None,
    host: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Print what POLICY, a folder, publishes: documents, header fields, lines for pages, and what each cannot say. Or print
    from a journal what was published at a time, every version there was, or how two differ.

    Exit code 0, or 1 where the policy cannot be loaded or stated, or the journal does not know.
    """
    if policy is not None:
        named = context.get_parameter_source("journal") is ParameterSource.COMMANDLINE
        if history or diff or named:
            fail(
                "a policy's folder has no history",
                "leave POLICY out with `--journal`, `--history` and `--diff`",
                2,
            )
        _of_policy(policy, at, host, out, as_json=as_json)
        return
    if history + bool(diff) + (at is not None) != 1:
        fail("name a POLICY, or one of `--at`, `--history` and `--diff` with `--journal`", code=2)
    if out is not None and at is None:
        fail("`--out` writes what was published at one time", "say which with `--at`", 2)
    # What reads a journal is not needed for the rest, and takes its time to load.
    from gateway.cli import published

    if diff:
        published.compare(*diff, journal, host, as_json=as_json)
    elif journal is None:
        fail("what was published stands in a journal", "name it with `--journal DIR`, or name a POLICY", 2)
    elif history:
        published.tell_history(journal, host, as_json=as_json)
    else:
        published.tell_at(journal, at or "", host, out, as_json=as_json)


def _of_policy(path: Path, at: str | None, host: str | None, out: Path | None, *, as_json: bool) -> None:
    try:
        found = load(path)
        when = datetime.now(UTC) if at is None else utc(read_moment(at, found))
        published = publish(found, when)
    except PolicyError as error:
        tell(path, error.problems)
        raise SystemExit(1) from None
    except NotAsked as error:
        fail(str(error), error.hint, 2)
    if host is not None:
        found, published = _only(found, published, host)
    if out is not None:
        write({pattern: _bodies(said) for pattern, said in published.hosts.items()}, out)
    if as_json:
        sys.stdout.buffer.write(_json(found, published, when))
    elif out is None:
        click.echo(_prose(found, when), nl=False)


def _only(policy: Policy, published: Published, name: str) -> tuple[Policy, Published]:
    """The one host that speaks for a name."""
    entry = next((one for one in policy.hosts if one.pattern == name), None)
    entry = entry or policy.host(fold_host(name) or "", near=False)
    if entry is None:
        fail(
            f"`{name}` is none of the hosts",
            f"these are: {', '.join(one.pattern for one in policy.hosts)}",
            2,
        )
    return replace(policy, hosts=(entry,)), replace(
        published, hosts={entry.pattern: published.hosts[entry.pattern]}
    )


def _bodies(said: HostStatements) -> dict[str, bytes]:
    return {path: document.body for path, document in said.documents.items()}


def write(hosts: Mapping[str, Mapping[str, bytes]], out: Path) -> None:
    """The first host's documents at their paths, those of hosts that say something else under ``hosts/``."""
    first = next(iter(hosts.values()), {})
    for pattern, documents in hosts.items():
        for path, body in documents.items():
            if documents is first:
                place = out / path.lstrip("/")
            elif first.get(path) == body:
                continue
            else:
                # A host pattern is letters, digits, hyphens, dots and a leading star: it cannot leave the folder.
                place = out / "hosts" / pattern.replace("*", "_") / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
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
