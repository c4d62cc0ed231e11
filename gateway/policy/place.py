"""Where something stands in a policy file, and what is wrong there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from gateway.vocabulary import Language, Sentence

NOTHING: Final = Sentence("", "")
_WARNING: Final = Sentence("peringatan", "warning")
_HINT: Final = Sentence("petunjuk", "hint")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """An error keeps a policy from loading; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a policy: in the writer's words, lower case, no full stop, the hint apart."""

    place: Place
    message: Sentence
    hint: Sentence = NOTHING
    severity: Severity = Severity.ERROR

    def told(self, language: Language) -> str:
        """Place and message on one line, the hint on its own."""
        mark = "" if self.severity is Severity.ERROR else f"{_WARNING.said(language)}: "
        text = f"{self.place}: {mark}{self.message.said(language)}"
        hint = self.hint.said(language)
        return f"{text}\n    {_HINT.said(language)}: {hint}" if hint else text

    def __str__(self) -> str:
        return self.told(Language.EN)


class Fault(NamedTuple):
    """One way in which a policy can be wrong, in both languages, with ``{names}`` for what was written."""

    id: str
    en: str
    id_hint: str = ""
    en_hint: str = ""

    def at(
        self,
        place: Place,
        hint: Sentence | None = None,
        severity: Severity = Severity.ERROR,
        /,
        **values: object,
    ) -> Problem:
        """The fault where it was found; a ``hint`` that is given, and filled in already, stands in place of its own."""
        told = Sentence(self.id_hint, self.en_hint).filled(**values) if hint is None else hint
        return Problem(place, Sentence(self.id, self.en).filled(**values), told, severity)


class PolicyError(Exception):
    """A policy that cannot be loaded, with every problem found, in the order of their places."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
