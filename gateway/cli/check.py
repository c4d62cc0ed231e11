"""`izin check`: every problem of a policy, and what it says in plain words."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill

import click
import msgspec

from gateway.cli import age, readback, volume
from gateway.cli.known import known_agents
from gateway.cli.options import LANGUAGE, POLICY, tell
from gateway.cli.volume import REQUESTS_A_DAY, SHARES_OF
from gateway.instants import instant
from gateway.lookups.folder import load
from gateway.policy import endings
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError, Problem
from gateway.policy.sentences import Chapter, chapters
from gateway.policy.standing import ended
from gateway.statements import check_ahead, next_change, publish
from gateway.statements.statement import Published
from gateway.told.readback import ReadBack, read_back, robots_texts
from gateway.vocabulary import Audience, Language

_WIDTH = 100
#: Instants at which what is published changes that are looked ahead to.
_CHANGES = 50


@click.command("check")
@POLICY
@LANGUAGE
@REQUESTS_A_DAY
@SHARES_OF
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    policy: Path, language: Language, requests: int, shares: Mapping[Audience, float], as_json: bool
) -> None:
    """Say everything that is wrong with POLICY, a folder, and then what it says in plain words, whether a stock crawler reads
    its robots.txt as the gate decides, and how much the journal would grow in a day.

    robots.txt is read back with Protego, the reader of many crawlers; where that differs from the gate, a warning names host,
    agent and path.

    Exit code 0 where the policy can be loaded and published (also with warnings), 1 where it cannot.
    """
    found: Policy | None = None
    published: Published | None = None
    back: ReadBack | None = None
    try:
        found = load(policy, known_agents())
        now = datetime.now(UTC)
        problems = _sorted((*found.warnings, *ended(found, instant(now)), *endings.told(found, now)))
        published = _state(found, now)
        back = read_back(found, robots_texts(found, published), instant(now))
        problems = _sorted((*problems, *readback.problems(back, found)))
    except PolicyError as error:
        problems = error.problems if found is None else _sorted((*error.problems, *found.warnings))
        found = None
    told: tuple[Chapter, ...] = ()
    day = None
    if found is not None and published is not None and back is not None:
        day = volume.expected(found, published, requests, shares)
        known = age.chapter(found.agents, datetime.now(UTC).date(), language)
        aloud = (*chapters(found, language), known, readback.chapter(back, language))
        told = (*(one for one in aloud if one is not None), volume.chapter(day, language))
    if as_json:
        sys.stdout.buffer.write(_json(found, problems, told, back, day, language))
    else:
        tell(policy, problems, language)
        if problems and told:
            click.echo(err=True)
        click.echo(_prose(told), nl=False)
    if found is None:
        raise SystemExit(1)


def _state(policy: Policy, now: datetime) -> Published:
    """What is published now. PolicyError if the policy cannot be published as it stands, now or once licenses have begun
    or ended."""
    first = publish(policy, now)
    check_ahead(policy, now)
    at = next_change(policy, now)
    for _ in range(_CHANGES - 1):
        if at is None:
            break
        publish(policy, at)
        at = next_change(policy, at)
    return first


def _sorted(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.place))


def _json(
    policy: Policy | None,
    problems: tuple[Problem, ...],
    told: tuple[Chapter, ...],
    back: ReadBack | None,
    day: volume.Expected | None,
    language: Language,
) -> bytes:
    document = {
        "policy": None if policy is None else policy.digest,
        "problems": [
            {
                "severity": problem.severity,
                "file": problem.place.file,
                "line": problem.place.line,
                "column": problem.place.column,
                "message": problem.message.said(language),
                "hint": problem.hint.said(language) or None,
            }
            for problem in problems
        ],
        "chapters": [{"title": chapter.title, "sentences": chapter.sentences} for chapter in told],
        "catalogue": None if policy is None else age.as_object(policy.agents),
        "readback": None if back is None else readback.as_object(back),
        "day": None if day is None else volume.as_object(day),
    }
    return msgspec.json.encode(document) + b"\n"


def _prose(told: tuple[Chapter, ...]) -> str:
    blocks = []
    for chapter in told:
        lines = [chapter.title]
        lines += [
            # Ids and addresses are to be copied, so they are never broken.
            fill(
                sentence,
                _WIDTH,
                initial_indent="  - ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            for sentence in chapter.sentences
        ]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)
