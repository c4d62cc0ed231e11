"""`izin statements`: every document and header field that a policy publishes, and what each cannot say."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

import click
import msgspec
from click.core import ParameterSource

from gateway.cli.known import known_agents
from gateway.cli.options import FILE, FOLDER, ORIGIN_CA, ORIGIN_NAME, fail, not_asked, secret_in, tell
from gateway.cli.terminal import safe
from gateway.cli.words_of_stated import (
    AT_ONE_TIME,
    IN_A_JOURNAL,
    JOURNAL_OR_POLICY,
    NAME_A_POLICY,
    NO_HISTORY,
    NO_SUCH_HOST,
    STANDS_IN_JOURNAL,
    THESE_ARE,
    WHAT_TO_STATE,
    WHICH_TIME,
    WITHOUT_POLICY,
)
from gateway.cli.written import write
from gateway.instants import utc
from gateway.lookups.folder import load
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError
from gateway.policy.robots import MOST_OCTETS, RobotsFile
from gateway.request import fold_host
from gateway.settings import ORIGIN_FIELD
from gateway.statements import FORMATS, Format, Statement, publish
from gateway.statements.statement import HostStatements, Published
from gateway.told.asking import NotAsked, read_moment

_WIDTH = 100


@click.command()
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
@click.option(
    "--origin-robots",
    "file",
    type=FILE,
    help="The origin's robots.txt, merged into that of every host.",
)
@click.option(
    "--fetch", "fetching", is_flag=True, help="Ask the origin of each host for its robots.txt, and merge it."
)
@click.option(
    "--origin-secret-file",
    "secret",
    type=FILE,
    envvar="IZIN_ORIGIN_SECRET_FILE",
    metavar="FILE",
    help="With --fetch, the secret that the origin asks for, as for `izin serve`. [env: IZIN_ORIGIN_SECRET_FILE]",
)
@ORIGIN_CA
@ORIGIN_NAME
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
    file: Path | None,
    fetching: bool,
    secret: Path | None,
    origin_ca: Path | None,
    origin_name: str,
    as_json: bool,
) -> None:
    """Print what POLICY, a folder, publishes: documents, header fields, lines for pages, and what each cannot say. Or print
    from a journal what was published at a time, every version there was, or how two differ.

    Without --origin-robots or --fetch a policy's robots.txt says the policy alone; what is served has the origin's lines too.
    Exit code 0, or 1 where the policy cannot be loaded or stated, an origin not be read, or the journal does not know.
    """
    if policy is not None:
        named = context.get_parameter_source("journal") is ParameterSource.COMMANDLINE
        if history or diff or named:
            fail(NO_HISTORY, WITHOUT_POLICY, 2)
        if file is not None and fetching:
            raise click.UsageError("--origin-robots and --fetch exclude each other")
        _of_policy(
            policy, at, host, out, _Origins(file, secret, origin_ca, origin_name, fetching), as_json=as_json
        )
        return
    if file is not None or fetching:
        fail(IN_A_JOURNAL, NAME_A_POLICY, 2)
    if history + bool(diff) + (at is not None) != 1:
        fail(WHAT_TO_STATE, code=2)
    if out is not None and at is None:
        fail(AT_ONE_TIME, WHICH_TIME, 2)
    # What reads a journal is not needed for the rest, and takes its time to load.
    from gateway.cli import published

    if diff:
        published.compare(*diff, journal, host, as_json=as_json)
    elif journal is None:
        fail(STANDS_IN_JOURNAL, JOURNAL_OR_POLICY, 2)
    elif history:
        published.tell_history(journal, host, as_json=as_json)
    else:
        published.tell_at(journal, at or "", host, out, as_json=as_json)


class _Origins(NamedTuple):
    """Where the origin's robots.txt comes from."""

    file: Path | None
    secret: Path | None
    authorities: Path | None
    name: str
    fetching: bool


def _of_policy(
    path: Path, at: str | None, host: str | None, out: Path | None, origins: _Origins, *, as_json: bool
) -> None:
    try:
        found = load(path, known_agents())
        when = datetime.now(UTC) if at is None else utc(read_moment(at, found))
        robots, whole = _fetched(found, origins) if origins.fetching else (_given(found, origins.file), True)
        published = publish(found, when, robots)
    except PolicyError as error:
        tell(path, error.problems)
        raise SystemExit(1) from None
    except NotAsked as error:
        not_asked(error)
    for warning in published.warnings:
        click.echo(f"warning: {safe(warning.en)}", err=True)
    if host is not None:
        found, published = _only(found, published, host)
    if out is not None:
        write({pattern: _bodies(said) for pattern, said in published.hosts.items()}, out)
    if as_json:
        sys.stdout.buffer.write(_json(found, published, when, robots))
    elif out is None:
        click.echo(_prose(found, when, robots), nl=False)
    if not whole:
        raise SystemExit(1)


def _given(policy: Policy, file: Path | None) -> dict[str, RobotsFile]:
    """A file for every host, if there is one."""
    if file is None:
        return {}
    with file.open("rb") as stream:
        its = RobotsFile(stream.read(MOST_OCTETS + 1))
    return {host.pattern: its for host in policy.hosts}


def _fetched(policy: Policy, origins: _Origins) -> tuple[dict[str, RobotsFile], bool]:
    """The origin's robots.txt by host, and whether all were read. A pattern of hosts has none."""
    from gateway.lookups.robots import read_now
    from gateway.proxy.origin_tls import OriginTLS
    from gateway.proxy.tls import CertificateError

    secret = secret_in(origins.secret)
    try:
        tls = OriginTLS.trusting(origins.authorities, origins.name)
    except CertificateError as error:
        fail(str(error), error.hint, 2)
    fields = {ORIGIN_FIELD: secret.decode("ascii")} if secret else {}
    found = asyncio.run(read_now(policy.hosts, fields, tls.context, origins.name or None))
    for name, failure in found.failed.items():
        click.echo(
            f"izin: the robots.txt of `{name}` was not read from its origin: {safe(failure)}", err=True
        )
    return found.files, not found.failed


def _only(policy: Policy, published: Published, name: str) -> tuple[Policy, Published]:
    """The one host that speaks for a name."""
    entry = next((one for one in policy.hosts if one.pattern == name), None)
    entry = entry or policy.host(fold_host(name) or "", near=False)
    if entry is None:
        every = ", ".join(one.pattern for one in policy.hosts)
        fail(NO_SUCH_HOST.filled(host=name), THESE_ARE.filled(every=every), 2)
    return replace(policy, hosts=(entry,)), replace(
        published, hosts={entry.pattern: published.hosts[entry.pattern]}
    )


def _bodies(said: HostStatements) -> dict[str, bytes]:
    return {path: document.body for path, document in said.documents.items()}


def _json(policy: Policy, published: Published, at: datetime, robots: Mapping[str, RobotsFile]) -> bytes:
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
                        "text": format_.render(statement) or None,
                        "omits": format_.omits(statement),
                    }
                    for format_ in FORMATS
                ],
            }
            for host in policy.hosts
            for statement in [Statement(policy, host, at, robots.get(host.pattern))]
        ],
    }
    return msgspec.json.encode(document) + b"\n"


def _prose(policy: Policy, at: datetime, robots: Mapping[str, RobotsFile]) -> str:
    blocks = []
    for host in policy.hosts:
        statement = Statement(policy, host, at, robots.get(host.pattern))
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
