"""Finding the catalogue's tokens in a User-Agent: whole tokens at boundaries, in one pass, however many there are.

A User-Agent is cut into *runs* of letters, digits, ``-`` and ``_``. Each token is filed under its own first run, so a
run finds its candidates by one look in a dictionary; longer tokens (``Screaming Frog SEO Spider``, ``archive.org_bot``)
are then compared in place. Before a token may stand anything but a letter or digit, after it anything but a letter,
digit, ``-`` or ``_``: ``Googlebot`` is not found in ``Googlebot-Image``, ``NotebookLM`` is in ``Google-NotebookLM``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.agents import Agent

_RUN = re.compile(r"[0-9a-z_-]*[0-9a-z][0-9a-z_-]*")
_VERSION = re.compile(r"/v?[0-9]")
_WORD = frozenset("0123456789abcdefghijklmnopqrstuvwxyz-_")


@dataclass(frozen=True, slots=True)
class Match:
    """A token found in a text: whose it is, and the part of the text that it takes up."""

    agent: Agent
    place: int
    start: int
    end: int

    def within(self, other: "Match") -> bool:
        """Whether this is only a part of a longer match."""
        return (
            other.start <= self.start
            and self.end <= other.end
            and other.end - other.start > self.end - self.start
        )


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    agent: Agent
    place: int
    at_start: bool
    goes_on: bool
    versioned: bool
    bounded: bool

    @classmethod
    def of(cls, written: str, agent: Agent, place: int) -> "_Token":
        text = written.removeprefix("^").removesuffix("*").lower()
        return cls(
            text=text,
            agent=agent,
            place=place,
            at_start=written.startswith("^"),
            goes_on=written.endswith("*"),
            versioned=agent.strict and " " not in text,
            bounded=text[-1] in _WORD,
        )

    def stands(self, text: str, start: int, run: int) -> bool:
        """Whether the token is in the text at ``start``, in a run that begins at ``run``."""
        if (self.at_start and start) or (self.agent.strict and start != run):
            return False
        if not text.startswith(self.text, start):
            return False
        end = start + len(self.text)
        if self.versioned:
            return _VERSION.match(text, end) is not None
        if self.goes_on:
            return text[end : end + 1] in {"", "-", "_"} or text[end] not in _WORD
        return not self.bounded or text[end : end + 1] not in _WORD


class Tokens:
    """The tokens of many agents, ready to be found."""

    def __init__(self, agents: Iterable[Agent]) -> None:
        whole: defaultdict[str, list[_Token]] = defaultdict(list)
        begun: defaultdict[str, list[_Token]] = defaultdict(list)
        for place, agent in enumerate(agents):
            for written in agent.match:
                token = _Token.of(written, agent, place)
                first = _RUN.match(token.text)
                assert first is not None  # Agent sees to it that a token starts with a letter or digit
                (begun if token.goes_on else whole)[first.group()].append(token)
        self._whole = dict(whole)
        self._begun = dict(begun)

    def find(self, text: str) -> list[Match]:
        """Every token in a text of lower-case ASCII, parts of longer ones left out."""
        found = [
            Match(token.agent, token.place, start, start + len(token.text))
            for run, start, candidates in self._candidates(text)
            for token in candidates
            if token.stands(text, start, run)
        ]
        if len(found) < 2:
            return found
        return [match for match in found if not any(match.within(other) for other in found)]

    def _candidates(self, text: str) -> Iterator[tuple[int, int, list[_Token]]]:
        whole, begun = self._whole, self._begun
        for found in _RUN.finditer(text):
            run, start = found.group(), found.start()
            if run in whole:
                yield start, start, whole[run]
            if "-" in run or "_" in run:
                yield from self._inside(run, start)
        for first, tokens in begun.items():
            start = text.find(first)
            if start >= 0 and (start == 0 or not text[start - 1].isalnum()):
                yield start, start, tokens

    def _inside(self, run: str, start: int) -> Iterator[tuple[int, int, list[_Token]]]:
        """Tokens that a run ends with: ``NotebookLM`` in ``google-notebooklm``."""
        for cut in range(1, len(run)):
            if run[cut - 1] in "-_" and run[cut:] in self._whole:
                yield start, start + cut, self._whole[run[cut:]]
