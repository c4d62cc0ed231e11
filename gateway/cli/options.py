"""Options and value types that several commands share, and how a command ends in an error."""

import os
import sys
from collections.abc import Callable, Iterable
from functools import reduce
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from gateway.cli.known import known_agents
from gateway.cli.terminal import safe
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError, Problem
from gateway.settings import DEFAULT_JOURNAL, parse_name
from gateway.told.asking import NotAsked
from gateway.vocabulary import Language, Sentence


class Parsed(click.ParamType[Any, Any]):
    """A value read by one of the parsers of `gateway.settings`; what that raises is a usage error."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value parsed, or a usage error in the parser's words."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


Command = TypeVar("Command", bound=Callable[..., Any])


def together(options: tuple[Callable[[Any], Any], ...]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order in which help shows them."""
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


#: A policy's folder. One that is not there is a wrong call, not a problem of the policy.
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
#: A file that is to be read.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
POLICY = click.argument("policy", type=FOLDER, metavar="POLICY")

JOURNAL = click.option(
    "--journal",
    type=click.Path(path_type=Path),
    envvar="IZIN_JOURNAL",
    default=DEFAULT_JOURNAL,
    show_default=True,
    metavar="DIR",
    help="The journal's folder. [env: IZIN_JOURNAL]",
)

LICENSE_KEYS = click.option(
    "--license-keys",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="IZIN_LICENSE_KEYS",
    metavar="DIR",
    help="The folder of the keys of license tokens; else `.keys` in POLICY. [env: IZIN_LICENSE_KEYS]",
)
ORIGIN_CA = click.option(
    "--origin-ca",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="IZIN_ORIGIN_CA",
    metavar="FILE",
    help="The authorities (PEM) of which one must have signed the certificate of an https origin; else the system's. [env: IZIN_ORIGIN_CA]",
)
ORIGIN_NAME = click.option(
    "--origin-name",
    type=Parsed("NAME", parse_name),
    envvar="IZIN_ORIGIN_NAME",
    default="",
    help="The name that the certificate of an https origin must have, sent as SNI; else the host of its address. [env: IZIN_ORIGIN_NAME]",
)

LANGUAGE = click.option(
    "--lang",
    "language",
    type=click.Choice([language.value for language in Language]),
    callback=lambda _context, _option, value: Language(value),
    envvar="IZIN_LANG",
    default=Language.ID.value,
    show_default=True,
    help="Indonesian or English. [env: IZIN_LANG]",
)


_HINT = Sentence("petunjuk", "hint")
_ONE_PROBLEM = Sentence(
    "`{path}` punya 1 masalah; `izin check {path}` menjelaskannya",
    "`{path}` has 1 problem; `izin check {path}` says more",
)
_PROBLEMS = Sentence(
    "`{path}` punya {count} masalah; `izin check {path}` menjelaskannya",
    "`{path}` has {count} problems; `izin check {path}` says more",
)


def fail(message: str | Sentence, hint: str | Sentence = "", code: int = 1) -> NoReturn:
    """End the command: what is wrong on one line of stderr, the hint on its own, in the language of whoever runs it as far as
    it is said in both. Neither can steer a terminal."""
    click.echo("\n".join(map(safe, f"izin: {spoken(message)}".splitlines())), err=True)
    if hint:
        label = spoken(_HINT) if isinstance(hint, Sentence) else _HINT.en
        click.echo(f"    {label}: {safe(spoken(hint))}", err=True)
    sys.exit(code)


def spoken(said: str | Sentence) -> str:
    """A sentence in the language of whoever runs the command; what is said in one alone, as it is."""
    return said.said(preferred()) if isinstance(said, Sentence) else said


def tell(folder: Path, problems: Iterable[Problem], language: Language | None = None) -> None:
    """Each problem of a policy on stderr, its file by the folder as it was given, so that an editor opens it."""
    for problem in problems:
        told = problem.told(preferred() if language is None else language)
        click.echo(f"{click.format_filename(folder)}/{told}", err=True)


def preferred() -> Language:
    """The language of whoever runs the command: what `--lang` says where it has that option, else IZIN_LANG."""
    context = click.get_current_context(silent=True)
    said = None if context is None else context.params.get("language")
    wanted = said or os.environ.get("IZIN_LANG", "")
    return Language(wanted) if wanted in set(Language) else Language.ID


def load_policy(path: Path, journal: Path | None = None) -> Policy:
    """The policy of a folder; if it does not load, every problem is printed and the command ends with 1. Agents are known as
    a gateway with this journal knows them (`known_agents`)."""
    from gateway.lookups.folder import load

    try:
        return load(path, known_agents(journal))
    except PolicyError as error:
        tell(path, error.problems)
        count, language = len(error.problems), preferred()
        told = _ONE_PROBLEM if count == 1 else _PROBLEMS
        fail(told.filled(path=path, count=count).said(language))


def not_asked(error: NotAsked) -> NoReturn:
    """End the command: what was told is no request."""
    language = preferred()
    fail(error.why.said(language), error.hint.said(language), 2)


def secret_in(path: Path | None) -> bytes | None:
    """The secret that a file begins with; what is none ends the command."""
    if path is None:
        return None
    try:
        line = path.read_bytes().split(b"\n", 1)[0].strip()
    except OSError as error:
        fail(f"the secret in `{path}` cannot be read: {error.strerror}")
    if not 16 <= len(line) <= 512 or not all(0x21 <= octet < 0x7F for octet in line):
        fail(f"the first line of `{path}` is no secret", "16 to 512 printable ASCII characters, no spaces")
    return line
