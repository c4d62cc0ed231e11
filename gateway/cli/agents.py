"""`izin agents`: who is in the catalogue, and what a User-Agent is taken for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from gateway.agents import Agent, Registry
from gateway.agents.age import STALE_DAYS, age_of, checked_before
from gateway.cli.catalogues import keygen, pack_, update
from gateway.cli.known import known_agents
from gateway.cli.options import FOLDER, JOURNAL, Parsed, fail, load_policy
from gateway.cli.terminal import fit, line_width, safe
from gateway.identify.claim import Claims
from gateway.instants import duration
from gateway.vocabulary import Kind, Purpose

_POLICY = click.option(
    "--policy",
    type=FOLDER,
    metavar="POLICY",
    help="A policy's folder, whose own agents are then known too.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")


@click.group("agents")
def command() -> None:
    """The catalogue of crawlers and tools: one file an operator, each fact with its source and date."""


@command.command("list")
@click.option(
    "--purpose", type=click.Choice([one.value for one in Purpose]), help="Only agents with this purpose."
)
@click.option("--operator", metavar="NAME", help="Only agents of this operator.")
@click.option("--kind", type=click.Choice(["agents", "tools", "people"]), help="Only agents of this kind.")
@click.option(
    "--stale", is_flag=True, help="Only agents whose facts were last read long ago, the oldest first."
)
@click.option(
    "--older-than",
    type=Parsed("time", duration),
    default=f"{STALE_DAYS}d",
    show_default=True,
    metavar="TIME",
    help="What `--stale` calls long ago.",
)
@_POLICY
@_JSON
def list_(
    purpose: str | None,
    operator: str | None,
    kind: str | None,
    stale: bool,
    older_than: int,
    policy: Path | None,
    as_json: bool,
) -> None:
    """List the agents, sorted by name."""
    found = [
        agent
        for agent in sorted(_registry(policy), key=lambda one: one.name.casefold())
        if (purpose is None or agent.purpose == purpose)
        and (operator is None or agent.operator.casefold() == operator.casefold())
        and (kind is None or agent.kind == kind)
    ]
    if stale:
        _list_stale(found, older_than, as_json=as_json)
        return
    if as_json:
        for agent in found:
            click.echo(msgspec.json.encode(agent))
        return
    name, who = 32, max(20, line_width() - 32 - 12 - 12 - 3)
    for agent in found:
        what = agent.purpose or agent.kind
        click.echo(
            f"{fit(agent.name, name)} {fit(agent.operator, who)} {fit(what, 12)} {'robots' if agent.robots else ''}".rstrip()
        )
    click.echo(f"{len(found)} agents", err=True)


def _list_stale(agents: list[Agent], older_than: int, *, as_json: bool) -> None:
    """The agents by the day on which their facts were last read. A site's own, which have no day, are left out."""
    today = datetime.now(UTC).date()
    found = checked_before(agents, today - timedelta(seconds=older_than))
    for day, agent in found:
        days = (today - day).days
        if as_json:
            click.echo(
                msgspec.json.encode(
                    {"agent": agent.name, "operator": agent.operator, "checked": day, "days": days}
                )
            )
        else:
            click.echo(f"{day} {days:>5} days  {fit(agent.name, 32)} {safe(agent.operator)}")
    if not as_json:
        age = age_of(agents)
        since = f"; the oldest fact is of {age.oldest}, the newest of {age.newest}" if age else ""
        click.echo(f"{len(found)} of {len(agents)} agents{since}", err=True)


@command.command("show", short_help="Show all that is known of an agent.")
@click.argument("token")
@_POLICY
@_JSON
def show(token: str, policy: Path | None, as_json: bool) -> None:
    """Show all that is known of the agent called TOKEN, with source and date."""
    registry = _registry(policy)
    agent = registry.find(token)
    if agent is None:
        near = [one.name for one in registry if token.casefold() in one.name.casefold()][:5]
        fail(
            f"no agent is called `{safe(token)}`",
            f"did you mean {', '.join(f'`{one}`' for one in near)}?" if near else "",
        )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(agent), indent=2))
        return
    for label, value in _facts(agent):
        click.echo(f"{label:<11} {safe(value)}")


@command.command("find", short_help="Say what a client is taken for by its User-Agent.")
@click.argument("user_agent", metavar="UA")
@_POLICY
@_JSON
def find(user_agent: str, policy: Path | None, as_json: bool) -> None:
    """Say what a client with the User-Agent UA is taken for, before any proof."""
    claim = Claims(_registry(policy)).read(user_agent)
    if as_json:
        click.echo(msgspec.json.encode(claim))
        return
    click.echo(f"kind        {claim.kind}")
    for label, value in (
        ("agent", claim.agent),
        ("calls itself", claim.name),
        ("operator", claim.operator),
        ("purpose", claim.purpose),
    ):
        if value is not None:
            click.echo(f"{label:<11} {safe(value)}")
    if len(claim.tokens) > 1:
        click.echo(f"also named  {', '.join(map(safe, claim.tokens[1:]))}")
    if claim.kind is Kind.PEOPLE and not claim.tokens:
        click.echo("It does not say that it is a crawler or a tool.")


@command.command("refresh")
@JOURNAL
@click.option(
    "--from",
    "source",
    type=FOLDER,
    metavar="DIR",
    help="Take the lists from a folder, another gateway's `lists` or files as `wget -x` lays them, and ask nobody.",
)
@click.option(
    "--to",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Then write every list at hand into a folder, to be carried to a gateway that cannot fetch.",
)
@_POLICY
@_JSON
def refresh(
    journal: Path, source: Path | None, target: Path | None, policy: Path | None, as_json: bool
) -> None:
    """Bring the address lists that operators publish up to date.

    A gateway that runs with this journal takes them up within seconds. A list that holds less than half or more than
    twice the addresses of the copy in use is taken only if it is offered a second time.
    """
    import asyncio
    from time import time

    from gateway.audit.folder import prepare
    from gateway.audit.receipt import JournalError
    from gateway.lookups.range_refresh import Refreshed, copy_all, refresh_all, refresh_from
    from gateway.lookups.range_store import Store
    from gateway.lookups.ranges import fetched_by, lists_folder, wanted_by

    try:
        prepare(journal)
    except JournalError as error:
        fail(str(error), error.hint)
    store, now = Store(lists_folder(journal)), int(time())
    urls = sorted(fetched_by(wanted_by(_registry(policy))))

    def told(one: Refreshed) -> None:
        if as_json:
            click.echo(msgspec.json.encode(one))
        else:
            said = one.why or (f"{one.prefixes} prefixes" if one.prefixes else "")
            click.echo(f"{one.what:<10} {fit(one.url, 70)} {safe(said)}".rstrip())

    if source is None:
        found = asyncio.run(refresh_all(store, urls, now, told=told))
    else:
        found = [one for url in urls if (one := refresh_from(store, url, source, now)) is not None]
        if not found:
            fail(
                f"`{source}` holds none of the {len(urls)} lists", "`izin agents show` prints their addresses"
            )
        for one in found:
            told(one)
    if target is not None:
        try:
            copied = copy_all(store, urls, Store(target))
        except OSError as error:
            fail(f"`{safe(str(target))}` cannot be written: {(error.strerror or 'unknown error').lower()}")
        click.echo(f"{copied} lists written to {safe(str(target))}", err=True)
    if any(one.what in ("failed", "doubted") for one in found):
        raise SystemExit(1)


@command.command("lists", short_help="List the published address lists, and their worth.")
@JOURNAL
@_POLICY
@_JSON
def lists(journal: Path, policy: Path | None, as_json: bool) -> None:
    """List the address lists that operators publish, and what each is worth here and now.

    What stands on a list that is fresh or stale is its operator's; what does not is another's only while it is fresh. From
    one that is too old, or not at hand, nothing follows.
    """
    from time import time

    from gateway.lookups.range_store import Store
    from gateway.lookups.ranges import inspected, lists_folder, wanted_by

    found = inspected(Store(lists_folder(journal)), wanted_by(_registry(policy)), time())
    for one in found:
        if as_json:
            click.echo(msgspec.json.encode(one))
        else:
            click.echo(
                f"{one.worth:<10} {one.date or '-':<10} {one.prefixes:>6} {fit(one.url, 70)} {safe(one.source)}".rstrip()
            )
    usable = sum(one.worth in ("fresh", "stale") for one in found)
    click.echo(f"{usable} of {len(found)} lists can be used", err=True)


command.add_command(update)
command.add_command(pack_)
command.add_command(keygen)


def _registry(policy: Path | None) -> Registry:
    return known_agents() if policy is None else load_policy(policy).agents


def _facts(agent: Agent) -> list[tuple[str, str]]:
    verify = agent.verify
    ways = (
        []
        if verify is None
        else [
            *verify.ranges,
            *verify.networks,
            *verify.names,
            *verify.directories,
            *(f"{one} (routes are not checked here)" for one in verify.asn),
        ]
    )
    rows = [
        ("name", agent.name),
        ("operator", agent.operator),
        ("kind", agent.kind),
        ("purpose", agent.purpose or ""),
        ("also", _also(agent)),
        ("match", ", ".join(agent.match) or "never seen in a User-Agent"),
        ("robots", agent.robots or "has no product token"),
        ("obeys it", agent.obeys),
        ("proof", ", ".join(ways) or "none is offered"),
        ("example", agent.example or ""),
        ("documents", agent.docs or ""),
        ("note", agent.note or ""),
        ("source", f"{agent.source}, {agent.checked}" if agent.checked else agent.source),
    ]
    return [(label, value) for label, value in rows if value]


def _also(agent: Agent) -> str:
    """What else the same fetch serves, and what follows from that."""
    if not agent.also:
        return ""
    uses = ", ".join(agent.also)
    return f"{uses}; one fetch serves them all, so refusing it refuses all: `{agent.purpose}` decides"
