"""`izin agents update`, `pack` and `keygen`: a catalogue of agents that is handed on apart from a release, signed."""

import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import msgspec

from gateway.agents import Registry, catalogue
from gateway.cli.giving import NotGiven, given
from gateway.cli.options import FILE, JOURNAL, Parsed, fail
from gateway.cli.terminal import safe
from gateway.lookups.catalogue import Catalogues
from gateway.seal.note import NoteError, Verifier
from gateway.settings import parse_vkeys
from gateway.signed_catalogue import (
    AHEAD,
    MOST_OCTETS,
    CatalogueError,
    SignedCatalogue,
    open_catalogue,
    pack,
)

#: Names and rows that are shown of what differs; `--json` has all.
_SHOWN: Final = 20
#: Problems of a file that are shown.
_PROBLEMS: Final = 50
#: Seconds in which a file must have come from elsewhere.
_PATIENCE: Final = 60.0


class Changed(NamedTuple):
    """How two catalogues differ: names of agents."""

    added: list[str]
    removed: list[str]
    described_anew: list[str]


@click.command("keygen", short_help="Make a key that signs catalogues.")
@click.argument("name")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the secret key is written, readable by its owner alone.",
)
def keygen(name: str, out: Path) -> None:
    """Make a key that signs catalogues, called NAME (`contoh.example/katalog`), and print its public half, a C2SP vkey: what
    gateways are given as IZIN_CATALOGUE_KEY.
    """
    from gateway.audit.keys import new_key

    try:
        signer, text = new_key(name)
    except NoteError as error:
        fail(str(error), code=2)
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        fail(f"`{out}` cannot be written: {error.strerror}", "a key is never written over another file")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    click.echo(signer.verifier.vkey)


@click.command("pack", short_help="Make one signed file of a folder of agents.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--key",
    "keys",
    required=True,
    multiple=True,
    type=FILE,
    metavar="FILE",
    help="A secret key made by `izin agents keygen`; may be repeated, while one key follows another.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The file to write."
)
@click.option(
    "--over-built-in",
    is_flag=True,
    help="Begin with the catalogue of this release; what DIR describes is added or takes its place.",
)
def pack_(folder: Path, keys: tuple[Path, ...], out: Path, *, over_built_in: bool) -> None:
    """Make one signed file of the agents in DIR: YAML files, one an operator, as those of the catalogue are."""
    from gateway.audit.keys import read_secret
    from gateway.cli.options import tell
    from gateway.policy.agent_file import read_catalogue
    from gateway.policy.place import PolicyError
    from gateway.policy.source import MAX_OCTETS

    try:
        files = {path.name: _read(path, MAX_OCTETS) for path in sorted(folder.glob("*.yaml"))}
        signers = [read_secret(_read(path, 4096).decode("ascii")) for path in keys]
    except OSError as error:
        fail(f"`{error.filename}` cannot be read: {error.strerror}")
    except ValueError as error:
        fail(f"a key cannot be used: {error}", "`izin agents keygen` makes one")
    try:
        agents = read_catalogue(files)
    except PolicyError as error:
        tell(folder, error.problems)
        fail(f"`{folder}` has {len(error.problems)} problem{'s' if len(error.problems) != 1 else ''}")
    registry = catalogue().with_(agents) if over_built_in else Registry(agents)
    try:
        octets = pack(registry, datetime.now(UTC), *signers)
    except CatalogueError as error:
        fail("\n".join(error.problems), error.hint)
    try:
        out.write_bytes(octets)
    except OSError as error:
        fail(f"`{out}` cannot be written: {error.strerror}")
    click.echo(f"{len(registry)} agents, {len(octets):,} octets, {registry.digest}", err=True)


def _keys(text: str) -> tuple[Verifier, ...]:
    path = Path(text)
    return parse_vkeys(path.read_text("utf-8") if "+" not in text and path.is_file() else text)


@click.command("update", short_help="Take up a newer, signed catalogue of agents.")
@click.argument("source", metavar="FILE|URL")
@JOURNAL
@click.option(
    "--key",
    type=Parsed("VKEY,…", _keys),
    envvar="IZIN_CATALOGUE_KEY",
    default="",
    help="Public keys, or a file with them, of which one must have signed it. [env: IZIN_CATALOGUE_KEY]",
)
@click.option(
    "--days",
    type=click.IntRange(0, 366),
    default=7,
    show_default=True,
    help="So many days of the journal are asked what they would have met; 0 asks none.",
)
@click.option("--allow-older", is_flag=True, help="Take a catalogue that is older than the one in force.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and take nothing.")
@click.option("--yes", is_flag=True, help="Take it without asking.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def update(
    source: str,
    journal: Path,
    key: tuple[Verifier, ...],
    days: int,
    *,
    allow_older: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Take up a signed catalogue of agents, a file or an https address, apart from a release.

    It is verified before it is read, must be newer than the one in force, and must go with the policy that the journal names.
    Before it is taken, the traffic of the last days is asked what it would have met. A gateway that runs with this journal,
    and knows the key, takes it up within a second; every decision names it.
    """
    if not key:
        raise click.UsageError("say by `--key` or IZIN_CATALOGUE_KEY who may sign a catalogue")
    catalogues = Catalogues(journal, key)
    before = catalogues.in_force()
    octets = _fetched(source) if "://" in source else _read_file(Path(source))
    offered = _offered(source, octets, key)
    if offered.registry.digest == before.registry.digest:
        click.echo("This catalogue is in force already.", err=True)
        return
    _refuse_old(offered, before.made, allow_older=allow_older)
    changed = _changed(before.registry, offered.registry)
    met = _met(journal, offered, days)
    if not as_json:
        _show(before.made, offered, changed)
        _show_met(met, days)
    if not dry_run:
        if not yes:
            _ask()
        _take(journal, catalogues, octets, before.registry, offered)
        click.echo("Taken up. `/ready` of a running gateway names the catalogue that is in force.", err=True)
    if as_json:
        after = {"digest": offered.registry.digest, "made": offered.made, "signed_by": offered.signed_by}
        result = {
            "before": {"digest": before.registry.digest, "made": before.made},
            "after": after,
            **changed._asdict(),
            "traffic": None if met is None else met.as_object(),
            "taken": not dry_run,
        }
        click.echo(msgspec.json.encode(result))


def _ask() -> None:
    """Ask whoever sits at the terminal; the command ends where nobody does, or says no."""
    if not os.isatty(0):
        fail("nobody is there to be asked", "`--yes` takes it without asking", 2)
    click.confirm("Take it up?", abort=True, err=True)


def _take(
    journal: Path, catalogues: Catalogues, octets: bytes, before: Registry, offered: SignedCatalogue
) -> None:
    """Put it on record, then where a gateway finds it."""
    order = {
        "before": before.digest,
        "after": offered.registry.digest,
        "made": f"{offered.made:%Y-%m-%dT%H:%M:%SZ}",
        "signed_by": list(offered.signed_by),
    }
    try:
        given(journal, "catalogue", order)
        catalogues.take(octets, int(time.time()))
    except NotGiven as error:
        fail(str(error), error.hint)
    except OSError as error:
        fail(f"it cannot be laid down in `{journal}`: {error.strerror}")


def _offered(source: str, octets: bytes, keys: tuple[Verifier, ...]) -> SignedCatalogue:
    try:
        return open_catalogue(octets, keys)
    except CatalogueError as error:
        more = len(error.problems) - _PROBLEMS
        rest = [f"… and {more} problems more"] if more > 0 else []
        fail("\n".join([f"`{source}` is not taken:", *error.problems[:_PROBLEMS], *rest]), error.hint)


def _read(path: Path, most: int) -> bytes:
    """At most so many octets of a regular file, and one more."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a regular file", str(path))
        return file.read(most + 1)


def _read_file(path: Path) -> bytes:
    try:
        return _read(path, MOST_OCTETS)
    except OSError as error:
        fail(f"`{path}` cannot be read: {error.strerror}")


def _fetched(url: str) -> bytes:
    """What is at an address. Its signature says whether it is the right thing, so nothing else is asked of it."""
    import asyncio

    from gateway.identify.identity import Unavailable
    from gateway.lookups.outside import Limits, fetch

    if not url.startswith("https://"):
        fail(f"`{url}` is no https address", code=2)
    found = asyncio.run(fetch(url, Limits(_PATIENCE, MOST_OCTETS)))
    if isinstance(found, Unavailable):
        fail(f"`{url}` cannot be fetched: {found.why}")
    if found.status != 200 or not found.whole:
        what = f"it answers {found.status}" if found.status != 200 else "it is too long, or broke off"
        fail(f"`{url}` cannot be fetched: {what}")
    return found.body


def _refuse_old(offered: SignedCatalogue, in_force: datetime, *, allow_older: bool) -> None:
    if offered.made > datetime.now(UTC) + AHEAD:
        fail(
            f"it was made on {offered.made:%Y-%m-%d %H:%M} UTC, which is still to come", "is the clock right?"
        )
    if offered.made <= in_force and not allow_older:
        fail(
            f"it was made on {offered.made:%Y-%m-%d %H:%M} UTC, and the one in force on {in_force:%Y-%m-%d %H:%M} UTC",
            "`--allow-older` takes it all the same",
        )


def _changed(before: Registry, after: Registry) -> Changed:
    return Changed(
        sorted((agent.name for agent in after if agent.name not in before), key=str.casefold),
        sorted((agent.name for agent in before if agent.name not in after), key=str.casefold),
        sorted(
            (one.name for one in after if (old := before.find(one.name)) is not None and old != one),
            key=str.casefold,
        ),
    )


def _met(journal: Path, offered: SignedCatalogue, days: int) -> Any:
    """What the traffic would have met, None where there is none to ask. The catalogue must go with the policy in any case."""
    from gateway.audit.reader import NoJournal, Reader
    from gateway.cli.met import difference, last_policy
    from gateway.instants import instant
    from gateway.policy.kept import NotKept
    from gateway.policy.place import PolicyError

    try:
        reader = Reader(journal)
    except NoJournal as error:
        fail(str(error), "name the folder that `izin serve --journal` names, or set IZIN_JOURNAL")
    policy = last_policy(reader)
    if policy is None:
        return None
    since = instant(datetime.now(UTC) - timedelta(days=days))
    try:
        return difference(reader, policy, offered.registry, since)
    except PolicyError as error:
        for problem in error.problems:
            click.echo(safe(str(problem)), err=True)
        fail("the policy in force does not go with this catalogue", "change the policy first")
    except NotKept as error:
        click.echo(f"izin: the traffic cannot be asked: {safe(str(error))}", err=True)
        return None


def _show(before: datetime, offered: SignedCatalogue, changed: Changed) -> None:
    click.echo(
        f"Made on {offered.made:%Y-%m-%d %H:%M} UTC, signed by {', '.join(map(safe, offered.signed_by))}; "
        f"the one in force was made on {before:%Y-%m-%d %H:%M} UTC."
    )
    for what, names in (
        ("added", changed.added),
        ("removed", changed.removed),
        ("described anew", changed.described_anew),
    ):
        if names:
            more = f" … and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            click.echo(f"{len(names):>6} {what}: {', '.join(map(safe, names[:_SHOWN]))}{more}")


def _show_met(met: Any, days: int) -> None:
    if met is None:
        click.echo("The journal names no policy that could be asked what would change.")
        return
    if not days:
        return
    click.echo(f"Of {met.requests:,} requests of the last {days} days:")
    if met.unreplayable:
        click.echo(f"{met.unreplayable:>9,} do not tell enough to be asked")
    if not met.changes:
        click.echo("        0 would have met anything else")
    for (then, now), requests in met.changes.most_common(_SHOWN):
        click.echo(f"{requests:>9,} {_client(then)} would have been {_client(now)}")
    if len(met.changes) > _SHOWN:
        click.echo(f"          … and {len(met.changes) - _SHOWN} kinds more: `--json` has them all")


def _client(met: Any) -> str:
    name = f"{safe(met.agent)} " if met.agent else ""
    return f"{name}({met.purpose or met.kind}, {met.verdict})"
