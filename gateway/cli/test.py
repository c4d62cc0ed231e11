"""`izin test`: the policy's own examples, and which rule none of them reaches."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.cli.options import LANGUAGE, POLICY, fail, load_policy, not_asked, tell
from gateway.cli.terminal import safe
from gateway.cli.words_of_stated import NO_EXAMPLES
from gateway.instants import instant, rfc3339
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError
from gateway.proxy.hops import read_hop
from gateway.proxy.peer import Peers
from gateway.request import Client
from gateway.told.asking import NotAsked, read_moment
from gateway.told.examples import Asked, ask, read_examples, unreached
from gateway.vocabulary import Language, Sentence

_HELD = Sentence("{held} dari {count} contoh sesuai.", "{held} of {count} examples hold.")
_EXPECTED = Sentence("diharapkan {expected}, ternyata {found}", "expected {expected}, found {found}")
_UNREACHED = Sentence("Tidak ada contoh yang mencapai: {rules}", "No example reaches: {rules}")
_NO_EXAMPLES = Sentence(
    "`{policy}` tidak punya contoh: tulislah di `{policy}/tests/`",
    "`{policy}` has no examples: write some in `{policy}/tests/`",
)


@click.command("test")
@POLICY
@click.option(
    "--at", metavar="TIME", help="The clock of examples that tell no time, in the site's zone; else now."
)
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(policy: Path, at: str | None, language: Language, as_json: bool) -> None:
    """Put the examples in tests/*.yaml of POLICY to it, say what is not as they expect, and name the rules and licenses
    that no example reaches.

    Exit code 0 where all hold, 1 where one does not or cannot be read.
    """
    from gateway.lookups import folder

    compiled = load_policy(policy)
    try:
        examples = read_examples(folder.read_examples(policy), compiled, _client)
        now = instant(datetime.now(UTC)) if at is None else read_moment(at, compiled)
    except PolicyError as error:
        tell(policy, error.problems)
        fail(NO_EXAMPLES.filled(path=policy))
    except NotAsked as error:
        not_asked(error)
    asked = list(ask(examples, compiled, now))
    missed = unreached(compiled, asked)
    if as_json:
        click.echo(json.dumps(_object(compiled, asked, missed, policy), indent=2))
    elif not asked:
        click.echo(_NO_EXAMPLES.said(language).format(policy=policy), err=True)
    else:
        for line in _lines(asked, missed, policy, language):
            click.echo(line)
    if any(one.differences for one in asked):
        raise SystemExit(1)


def _client(text: str) -> Client | None:
    address = read_hop(text.encode("ascii", "replace"))
    return None if address is None else Peers().client(address)


def _lines(asked: Sequence[Asked], missed: Sequence[str], folder: Path, language: Language) -> Iterator[str]:
    """Each failure with what differs and what decided instead, then the count, then what nothing reaches."""
    for one in asked:
        if one.differences:
            yield f"{folder}/{one.example.place}: {safe(one.example.name or _told(one))}"
            for each in one.differences:
                text = _EXPECTED.said(language).format(expected=f"`{each.expected}`", found=f"`{each.found}`")
                yield f"    {each.member}: {safe(text)}"
            yield f"    $ {safe(_command(one, folder))}"
    held = sum(not one.differences for one in asked)
    yield _HELD.said(language).format(held=held, count=len(asked))
    if missed:
        yield _UNREACHED.said(language).format(rules=", ".join(f"`{id}`" for id in missed))


def _told(one: Asked) -> str:
    return f"{one.example.method} {one.example.host}{one.example.target.decode('utf-8')}"


def _command(one: Asked, folder: Path) -> str:
    """The command that explains the answer, to be copied."""
    import shlex

    example = one.example
    words = ["izin", "explain", str(folder), "--path", example.target.decode("utf-8"), "--host", example.host]
    if example.user_agent:
        words += ["--user-agent", example.user_agent]
    words += ["--address", example.client.address, "--at", rfc3339(one.question.now)]
    for name, value in example.fields:
        words += ["--header", f"{name}: {value}"]
    if example.method != "GET":
        words += ["--method", example.method]
    return shlex.join(words)


def _object(policy: Policy, asked: Sequence[Asked], missed: Sequence[str], folder: Path) -> dict[str, Any]:
    return {
        "policy": policy.digest,
        "examples": len(asked),
        "failed": sum(bool(one.differences) for one in asked),
        "unreached": list(missed),
        "failures": [
            {
                "place": f"{folder}/{one.example.place}",
                "name": one.example.name,
                "differences": [
                    {"member": each.member, "expected": each.expected, "found": each.found}
                    for each in one.differences
                ],
                "explain": _command(one, folder),
            }
            for one in asked
            if one.differences
        ],
    }
