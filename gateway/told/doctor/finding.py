"""What a check found: one line of the diagnosis, in both languages."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from gateway.vocabulary import Sentence

#: What is shown of anything that a site says of itself.
_MOST_SHOWN: Final = 120


class Outcome(StrEnum):
    """``ok``: as the policy says; ``differs``: not so; ``unclear``: it cannot be told from here."""

    OK = "ok"
    DIFFERS = "differs"
    UNCLEAR = "unclear"


class Subject(NamedTuple):
    """What a line is about: an address or a path, empty for the whole site; and the client that was played."""

    target: str
    client: str = ""


#: A reader, where a client's name stands.
READER_NAME: Final = "reader"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. What is as it should be needs no ``expected`` and no ``remedy``."""

    outcome: Outcome
    subject: Subject
    seen: Sentence
    expected: Sentence | None = None
    remedy: Sentence | None = None


def say(sentence: Sentence, **values: object) -> Sentence:
    """The sentence with its values, each cut to what a line can bear. Values come from strangers: whoever prints them
    makes them harmless."""
    shown = {name: shorten(str(value)) for name, value in values.items()}
    return Sentence(sentence.id.format(**shown), sentence.en.format(**shown))


def shorten(text: str) -> str:
    """The text on one line, cut with `…`."""
    text = " ".join(text[: 4 * _MOST_SHOWN].split())
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def ok(subject: str | Subject, seen: Sentence) -> Finding:
    """As the policy says."""
    return Finding(Outcome.OK, _about(subject), seen)


def differs(subject: str | Subject, seen: Sentence, expected: Sentence, remedy: Sentence) -> Finding:
    """Not as the policy says."""
    return Finding(Outcome.DIFFERS, _about(subject), seen, expected, remedy)


def unclear(subject: str | Subject, seen: Sentence, remedy: Sentence | None = None) -> Finding:
    """It cannot be told, and what would tell."""
    return Finding(Outcome.UNCLEAR, _about(subject), seen, None, remedy)


def _about(subject: str | Subject) -> Subject:
    return subject if isinstance(subject, Subject) else Subject(subject)
