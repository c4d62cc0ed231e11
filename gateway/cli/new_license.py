"""`izin license new`: from the questions of a contract to a license in force, a token, and the mail that brings it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from gateway.agents import Registry, catalogue
from gateway.cli.contract import (
    PURPOSE,
    QUESTIONS,
    Question,
    agents_text,
    license_lines,
    license_text,
    unknown_agents,
)
from gateway.cli.contracts import JSON, now_in_utc, token_row
from gateway.cli.known import known_agents
from gateway.cli.options import LANGUAGE, LICENSE_KEYS, POLICY, fail, load_policy, tell
from gateway.cli.terminal import safe
from gateway.cli.tokens import DAYS, issued_token
from gateway.cli.words import NOT_WRITTEN, THERE_ALREADY
from gateway.cli.words_of_stated import ANOTHER_ID, ANSWER_OTHERWISE, ANSWERS_AS_OPTIONS, NOTHING_WRITTEN
from gateway.instants import utc
from gateway.lookups.license_keys import NAME
from gateway.policy.faults import values as faults
from gateway.policy.place import Fault, Place, PolicyError, Problem, Severity
from gateway.policy.source import shown
from gateway.vocabulary import AI_PURPOSES, Language, Sentence

F = TypeVar("F", bound=Callable[..., Any])

_WRITTEN: Final = Sentence("Ditulis: {files}", "Written: {files}")
_SEND: Final = Sentence(
    "Kirimkan surat di bawah ini kepada pemegang lisensi; tokennya tidak disimpan di mana pun.",
    "Send the mail below to the licensee; the token is kept nowhere.",
)
#: Stands in a file for what was not asked yet while an answer is tried.
_TRIAL: Final = {"licensee": "PT Contoh", "id": "percobaan", "from": "2026-01-01", "until": "2099-12-31"}


def _options(function: F) -> F:
    """An option for each question."""
    for question in reversed((*QUESTIONS, PURPOSE)):
        name = question.name
        many = " Several have commas between them." if question.several else ""
        function = click.option(
            f"--{name}", f"said_{name.replace('-', '_')}", metavar="TEXT", help=f"{question.words.en}.{many}"
        )(function)
    return function


@click.command("new", short_help="Write a license, issue its token, and print the mail to send.")
@POLICY
@_options
@click.option("--yes", is_flag=True, help="Ask nothing: take the default for whatever is not given.")
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=DAYS,
    show_default=True,
    help="For how many days the token holds.",
)
@click.option(
    "--url",
    metavar="URL",
    help="Where the site is reached, for the line to try it. [default: https and its name]",
)
@LICENSE_KEYS
@JSON
@LANGUAGE
def new(
    policy: Path, yes: bool, days: int, url: str | None, license_keys: Path | None, as_json: bool, language: Language,
    **said: str | None,
) -> None:  # fmt: skip
    """Ask the questions of a contract, write licenses/ID.yaml in POLICY, issue its token, and print the mail that brings it
    to the licensee.

    Each answer is read as the policy will be, and nothing is written before all of them hold together. A crawler that the
    catalogue does not know gets a file in agents/. A running gateway takes the license up within seconds.
    """
    before = load_policy(policy)
    today = utc(now_in_utc()).astimezone(before.zone)
    asking = _Asking(policy, before.agents, today, language, ask=not yes)
    answers = asking.all(
        {name.removeprefix("said_").replace("_", "-"): value for name, value in said.items()}
    )
    made = asking.made(answers)
    warnings = asking.kept(made)
    compiled = load_policy(policy)
    held = compiled.license(answers["id"])
    assert held is not None
    text, noted = issued_token(compiled, held, days, license_keys or policy / NAME)
    from gateway.cli.offer import curl, mail

    command = curl(compiled, held, text, url)
    mails = {one.value: mail(compiled, held, text, noted.ends, command, one) for one in Language}
    if as_json:
        files = [str(policy / name) for name in made]
        row = {
            "files": files,
            "token": text,
            **token_row(noted, noted.issued),
            "curl": command,
            "mail": mails,
        }
        click.echo(msgspec.json.encode(row))
        return
    tell(policy, warnings)
    files_said = ", ".join(click.format_filename(policy / name) for name in made)
    click.echo(_WRITTEN.said(language).format(files=files_said), err=True)
    click.echo(_SEND.said(language), err=True)
    click.echo("\n---\n\n".join(mails[one.value] for one in Language), nl=False)


class _Asking:
    """One run of the questions."""

    def __init__(
        self, folder: Path, agents: Registry, today: datetime, language: Language, *, ask: bool
    ) -> None:
        from gateway.lookups.folder import read_folder

        self._folder, self._agents, self._today = folder, agents, today.date()
        self._language, self._ask = language, ask
        self._files = read_folder(folder)

    def all(self, said: Mapping[str, str | None]) -> dict[str, str]:
        """Every answer: given, asked for, or by default."""
        answers: dict[str, str] = {}
        for question in QUESTIONS:
            answers[question.name] = self._answer(question, answers, said.get(question.name))
            if question.name == "agents" and unknown_agents(answers, self._agents):
                answers["purpose"] = self._answer(PURPOSE, answers, said.get("purpose"))
        return answers

    def made(self, answers: Mapping[str, str]) -> dict[str, bytes]:
        """The files that the answers make, by their names in the policy."""
        made = {f"licenses/{answers['id']}.yaml": license_text(answers, self._today).encode()}
        strangers = unknown_agents(answers, self._agents)
        if strangers:
            made[f"agents/{answers['id']}.yaml"] = agents_text(answers, strangers).encode()
        return made

    def kept(self, made: Mapping[str, bytes]) -> list[Problem]:
        """Write the files if the policy holds with them; what it warns of. Else say what is wrong, and write nothing."""
        for name in made:
            if name in self._files or (self._folder / name).exists():
                fail(THERE_ALREADY.filled(path=name), ANOTHER_ID)
        problems = self._problems(made)
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            tell(self._folder, errors, self._language)
            fail(NOTHING_WRITTEN, ANSWER_OTHERWISE)
        try:
            for name, octets in sorted(made.items()):  # agents first: a reload in between finds them known
                path = self._folder / name
                path.parent.mkdir(exist_ok=True)
                with path.open("xb") as file:
                    file.write(octets)
        except OSError as error:
            fail(NOT_WRITTEN.filled(path=self._folder, why=error.strerror or error))
        return [problem for problem in problems if problem.place.file in made]

    def _answer(self, question: Question, answers: Mapping[str, str], given: str | None) -> str:
        if given is not None:
            wrong = self._wrong(question, answers, given.strip())
            if wrong is not None:
                raise click.UsageError(f"`--{question.name}`: {'; '.join(self._told(wrong))}")
            return given.strip()
        default = question.default(answers, self._agents, self._today)
        if not self._ask:
            if question.needed and not default:
                raise click.UsageError(f"`--{question.name}` is needed with `--yes`")
            return default
        while True:
            words = question.words.said(self._language)
            try:
                text = str(click.prompt(words, default=default, show_default=bool(default), err=True)).strip()
            except click.Abort:
                click.echo(err=True)
                fail(NOTHING_WRITTEN, ANSWERS_AS_OPTIONS)
            wrong = self._wrong(question, answers, text)
            if wrong is None:
                return text
            for line in self._told(wrong):
                click.echo(f"  {line}", err=True)

    def _told(self, wrong: Problem) -> list[str]:
        """What is wrong with an answer, and the hint if there is one."""
        both = (wrong.message.said(self._language), wrong.hint.said(self._language))
        return [safe(text) for text in both if text]

    def _wrong(self, question: Question, answers: Mapping[str, str], text: str) -> Problem | None:
        """What the policy's reader objects to an answer, on the line that it makes."""
        nowhere = Place("", 1, 1)
        if not text:
            return _NEEDED.at(nowhere) if question.needed else None
        if question.name == "purpose":
            wanted = sorted(AI_PURPOSES)
            return (
                None
                if text in wanted
                else faults.UNKNOWN.at(
                    nowhere,
                    faults.ONE_OF.filled(words=", ".join(wanted)),
                    what=faults.PURPOSE,
                    text=shown(text),
                )
            )
        tried = {one.name: "" for one in QUESTIONS}
        tried |= (
            _TRIAL
            | {"agents": _someone(), "uses": "ai-train", "purpose": "ai-input"}
            | dict(answers)
            | {question.name: text}
        )
        if question.name == "signed" and not tried["contract"]:
            return None
        tried["id"] = tried["id"] if question.name == "id" else "percobaan"
        lines = license_lines(tried)
        number = list(lines).index("contract" if question.name == "signed" else question.name) + 1
        file = f"licenses/{tried['id']}.yaml"
        made = {file: ("\n".join(lines.values()) + "\n").encode()}
        strangers = unknown_agents(tried, self._agents)
        if strangers:
            made["agents/percobaan.yaml"] = agents_text(tried, strangers).encode()
        places = {file: number, "agents/percobaan.yaml": None}
        for problem in self._problems(made):
            line = places.get(problem.place.file, 0)
            if problem.severity is Severity.ERROR and (line is None or line == problem.place.line):
                return problem
        return None

    def _problems(self, made: Mapping[str, bytes]) -> tuple[Problem, ...]:
        """What is wrong with the policy as it would be."""
        from gateway.policy.compile import compile_policy

        try:
            return compile_policy({**self._files, **made}, known_agents()).warnings
        except PolicyError as error:
            return error.problems


_NEEDED = Fault("jawaban diperlukan", "an answer is needed")


def _someone() -> str:
    """Some crawler for AI, to stand where none was named yet."""
    return next(agent.name for agent in catalogue() if agent.purpose in AI_PURPOSES)
