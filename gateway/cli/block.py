"""`izin block`: close the door to one agent, at once and on record."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import click

from gateway.audit.order import read_order
from gateway.cli.giving import give, report, shown, until
from gateway.cli.known import known_agents
from gateway.cli.options import JOURNAL, Parsed, spoken
from gateway.cli.terminal import safe
from gateway.instants import duration
from gateway.vocabulary import Sentence

BLOCKED: Final = Sentence(
    "`{agent}` ditolak di mana-mana {until}.", "`{agent}` is refused everywhere {until}."
)
_OFF: Final = Sentence(
    "`{agent}` tidak diblokir lagi; kebijakan yang memutuskan.",
    "`{agent}` is no longer blocked; the policy decides again.",
)
_STRANGER: Final = Sentence(
    "peringatan: katalog tidak mengenal agen `{agent}`", "warning: the catalogue knows no agent `{agent}`"
)
_STRANGER_NEAR: Final = Sentence(
    "peringatan: katalog tidak mengenal agen `{agent}`; maksudnya {names}?",
    "warning: the catalogue knows no agent `{agent}`; did you mean {names}?",
)


@click.command()
@click.option(
    "--agent",
    required=True,
    metavar="NAME",
    help="The agent, as `izin agents list` names it, such as GPTBot.",
)
@click.option(
    "--for",
    "seconds",
    type=Parsed("time", duration),
    metavar="TIME",
    help="How long: 30s, 15m, 2h, 1d. [default: for good]",
)
@click.option("--off", is_flag=True, help="Withdraw the block.")
@JOURNAL
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(agent: str, seconds: int | None, off: bool, journal: Path, as_json: bool) -> None:
    """Order the running gateway to refuse an agent on every host and path, whatever the policy allows it.

    The order takes effect at once, is kept over a restart, and is an event of the journal.
    """
    if off and seconds is not None:
        raise click.UsageError("`--for` and `--off` do not go together")
    order: dict[str, Any] = {"agent": agent, "until": 0 if off else until(seconds)}
    try:
        read_order({"event": "block", **order})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    reply = give(journal, "block", order)
    if not off:
        _warn_of_stranger(agent, journal)
    if off:
        sentence = _OFF.filled(agent=agent)
    else:
        sentence = BLOCKED.filled(agent=agent, until=shown(order["until"]))
    report({**order, "blocked": not off}, reply, sentence, as_json=as_json)


def _warn_of_stranger(agent: str, journal: Path) -> None:
    """Say on stderr that no agent of the catalogue has this name, and which come near. The order is given all the same: the
    policy may know more agents, and a crawler that nobody knows is blocked by what it calls itself."""
    agents = known_agents(journal)
    if agents.find(agent) is None:
        near = get_close_matches(agent.casefold(), [one.name.casefold() for one in agents], 3)
        names = ", ".join(f"`{found.name}`" for found in map(agents.find, near) if found)
        said = (_STRANGER_NEAR if names else _STRANGER).filled(agent=safe(agent), names=names)
        click.echo(spoken(said), err=True)
