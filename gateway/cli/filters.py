"""The options that the commands of `izin audit` share: the journal, and what narrows a question."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from gateway.cli.asked import JournalFolder, Moment, PathPattern, TraceId
from gateway.vocabulary import Audience, Kind, Phase, Purpose, Verdict

F = TypeVar("F", bound=Callable[..., Any])

READER = click.option(
    "--journal", "reader", type=JournalFolder(), envvar="IZIN_JOURNAL", required=True,
    metavar="DIR", help="The journal's folder. [env: IZIN_JOURNAL]",
)  # fmt: skip
AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON Lines, one entry a line.")
REBUILD = click.option("--rebuild", is_flag=True, help="Make the index anew from the journal first.")
SINCE = click.option(
    "--from", "since", type=Moment(), help="Not before: a UTC day, an RFC 3339 time, or 2h, 1d … ago."
)
UNTIL = click.option("--until", type=Moment(), help="Before, not at, that time.")

_TRACE = click.option(
    "--trace",
    "traces",
    type=TraceId(),
    multiple=True,
    help="The trace of a request, by its id or `traceparent`.",
)

_FILTERS: Final = (
    ("--agent", "agents", None, "Name or token of a crawler."),
    ("--operator", "operators", None, "The company that answers for it."),
    ("--purpose", "purposes", Purpose, "Why it crawls, such as ai-train."),
    ("--kind", "kinds", Kind, "people, agents, tools or impostors."),
    ("--verdict", "verdicts", Verdict, "allow, license or deny."),
    ("--audience", "audiences", Audience, "Who would have borne a failure: ai, people or welcome."),
    ("--rule", "rules", None, "The rule that decided."),
    ("--license", "licenses", None, "The license that was used."),
    ("--address", "addresses", None, "An address, a network (203.0.113.0/24) or a reader's pseudonym."),
    ("--phase", "phases", Phase, "decision, outcome or event."),
    ("--event", "events", None, "An event's name, such as policy, mode or removal."),
)


def filters(function: F) -> F:
    """The options that narrow a question. Each may be given several times: one of the values must fit."""
    function = click.option(
        "--path",
        "paths",
        type=PathPattern(),
        multiple=True,
        help="A path's beginning, or an RFC 9309 pattern.",
    )(_TRACE(SINCE(UNTIL(function))))
    for option, name, words, text in reversed(_FILTERS):
        one_of = None if words is None else click.Choice([word.value for word in words])
        function = click.option(option, name, type=one_of, multiple=True, metavar="TEXT", help=text)(function)
    return function
