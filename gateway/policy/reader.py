"""Values out of nodes: every node of a policy is looked at here and nowhere else.

What does not fit is noted with its place, and None is given; nothing raises. A key in messages is in backticks, as
the writer wrote it.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from gateway.policy.faults import values as faults
from gateway.policy.paths import Pattern
from gateway.policy.place import Fault, Place, Problem, Severity
from gateway.policy.source import Broken, Many, Node, Table, Text, shown
from gateway.vocabulary import NotMeantError, Sentence

E = TypeVar("E", bound=StrEnum)

#: What a message is about: a key in backticks, which is the same in every language, or words.
What = str | Sentence

#: Longest path pattern, in characters as written.
MAX_PATTERN: Final = 1000

#: Looking for a similar word takes a millisecond; a file of nothing but mistakes has no need of more hints.
_MAX_GUESSES: Final = 100
#: More words than these are not listed in a hint.
_FEW: Final = 20

# What YAML 1.1 reads as something else than the text that was written: another program might, so it is no text.
_TRAPS: Final = (
    (re.compile(r"(?i)yes|no|on|off|true|false"), faults.MEANS_TRUTH),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"), faults.MEANS_SIXTIES),
    (re.compile(r"[-+]?(0[0-7_]+|0b[01_]+|0x[0-9a-fA-F_]+)"), faults.MEANS_BASE),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+|[-+]?[0-9]+_[0-9_]*|[-+]?\.(?i:inf|nan)"),
        faults.MEANS_NUMBER,
    ),
)
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Marks that turn the direction of text, so that a lawyer and a machine would read different sentences.
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Reader:
    """Reads values and keeps what was wrong with them, of all files of one policy."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._guesses = 0

    @property
    def errors(self) -> int:
        """How many errors were noted so far."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)

    def wrong(self, place: Place, fault: Fault, hint: Sentence | None = None, /, **values: object) -> None:
        """Note an error; the ``hint``, if one is given, in place of the fault's own."""
        self.problems.append(fault.at(place, hint, **values))

    def warn(self, place: Place, fault: Fault, hint: Sentence | None = None, /, **values: object) -> None:
        """Note a warning."""
        self.problems.append(fault.at(place, hint, Severity.WARNING, **values))

    def fields(
        self,
        node: Node,
        what: What,
        *,
        required: Collection[str] = (),
        optional: Collection[str] = (),
        later: Collection[str] = (),
    ) -> Mapping[str, Node]:
        """The values of a mapping by their keys, without those that are not known; empty if it is no mapping.

        ``later`` are keys of the format that this version cannot enforce: a policy never promises those in silence.
        """
        if not isinstance(node, Table):
            self._unfit(node, what, faults.LINES)
            return {}
        known = (*required, *optional)
        found = {}
        for key, value in node.rows:
            if key.text in known:
                found[key.text] = value
            elif key.text in later:
                self.wrong(key.place, faults.UNKNOWN_KEY, faults.LATER, key=shown(key.text))
            else:
                self.wrong(key.place, faults.UNKNOWN_KEY, self.guess(key.text, known), key=shown(key.text))
        for key_name in required:
            if key_name not in found and not any(key.text == key_name for key, _ in node.rows):
                self.wrong(node.place, faults.MISSING, what=what, key=key_name)
        return found

    def rows(self, node: Node, what: What) -> tuple[tuple[Text, Node], ...]:
        """The rows of a mapping whose keys the writer chooses; empty if it is no mapping."""
        if isinstance(node, Table):
            return node.rows
        self._unfit(node, what, faults.LINES)
        return ()

    def many(self, node: Node, what: What, *, single: bool = True) -> tuple[Node, ...]:
        """The items of a list; a ``single`` word may stand for a list of one."""
        if isinstance(node, Many):
            if not node.items:
                self.wrong(node.place, faults.EMPTY, what=what)
            return node.items
        if single and isinstance(node, Text) and not _is_nothing(node):
            return (node,)
        self._unfit(node, what, faults.LIST)
        return ()

    def text(self, node: Node, what: What, limit: int = 200) -> str | None:
        """A text of 1 to ``limit`` characters, with every run of white space as one space."""
        if not isinstance(node, Text) or _is_nothing(node):
            self._unfit(node, what, faults.TEXT)
            return None
        if node.plain:
            for pattern, meaning in _TRAPS:
                if pattern.fullmatch(node.text):
                    self.wrong(node.place, faults.NOT_TEXT, text=shown(node.text), meaning=meaning)
                    return None
        text = " ".join(node.text.split())
        if not text:
            self.wrong(node.place, faults.EMPTY, what=what)
            return None
        if not text.isprintable() or _UNSEEN.search(text):
            self.wrong(node.place, faults.UNSEEN, what=what)
            return None
        if len(text) > limit:
            self.wrong(node.place, faults.TOO_LONG, what=what, limit=limit)
            return None
        return text

    def name(self, node: Node, what: What) -> str | None:
        """An id: letters of ASCII, digits, `-`, `_` and `.`, at most 64."""
        text = self.text(node, what)
        if text is not None and not _ID.fullmatch(text):
            self.wrong(node.place, faults.NO_ID, text=shown(text))
            return None
        return text

    def one_of(self, node: Node, choices: type[E], what: What) -> E | None:
        """A member of a closed set, by its value."""
        if not isinstance(node, Text) or _is_nothing(node):
            self._unfit(node, what, faults.ONE_WORD)
            return None
        for choice in choices:
            if choice.value == node.text:
                return choice
        words = [choice.value for choice in choices]
        self.wrong(node.place, faults.UNKNOWN, self.guess(node.text, words), what=what, text=shown(node.text))
        return None

    def truth(self, node: Node, what: What) -> bool | None:
        """`yes` or `no` (or `true`, `false`), without quotes."""
        if isinstance(node, Text) and node.plain and node.text.lower() in {"yes", "true"}:
            return True
        if isinstance(node, Text) and node.plain and node.text.lower() in {"no", "false"}:
            return False
        self._unfit(node, what, faults.YES_OR_NO)
        return None

    def date(self, node: Node, what: What) -> date | None:
        """A day of the calendar, written 2026-01-05, of the years 1900 to 2999."""
        if not isinstance(node, Text) or _is_nothing(node):
            self._unfit(node, what, faults.DATE)
            return None
        try:
            found = date.fromisoformat(node.text) if _DATE.fullmatch(node.text) else None
        except ValueError:
            found = None
        if found is None or not 1900 <= found.year < 3000:
            self.wrong(node.place, faults.NO_DATE, text=shown(node.text))
            return None
        return found

    def pattern(self, node: Node, what: What = faults.PATTERN) -> Pattern | None:
        """An RFC 9309 path pattern."""
        text = self.text(node, what, MAX_PATTERN)
        if text is None:
            return None
        try:
            return Pattern(text)
        except NotMeantError as error:
            hint = faults.DID_YOU_MEAN.filled(word=f"/{shown(text)}") if text[0].isalnum() else None
            self.wrong(node.place, faults.NO_PATTERN, hint, text=shown(text), why=error.why)
            return None

    def patterns(self, node: Node, what: What) -> tuple[Pattern, ...]:
        """A list of path patterns, each once."""
        found = (self.pattern(item) for item in self.many(node, what))
        return tuple(dict.fromkeys(pattern for pattern in found if pattern is not None))

    def guess(self, word: str, choices: Iterable[str]) -> Sentence | None:
        """A hint for a word that is not among ``choices``: the most similar one, or all of them if they are few."""
        words = list(dict.fromkeys(choices))
        similar = self.similar(word, words)
        if similar is None and 0 < len(words) <= _FEW:
            return faults.ONE_OF.filled(words=", ".join(words))
        return similar

    def similar(self, word: str, choices: Iterable[str]) -> Sentence | None:
        """A hint at the one of ``choices`` that a word may have been meant for."""
        by_folded = {choice.casefold(): choice for choice in choices}
        self._guesses += 1
        if self._guesses <= _MAX_GUESSES:
            from difflib import get_close_matches  # late: a policy that is served has nothing to guess

            close = get_close_matches(word.casefold()[:100], by_folded, n=1, cutoff=0.7)
            if close:
                return faults.DID_YOU_MEAN.filled(word=by_folded[close[0]])
        return None

    def _unfit(self, node: Node, what: What, wanted: Sentence) -> None:
        """Note that a node is not what stands here, unless that was already said."""
        if isinstance(node, Broken):
            return
        if isinstance(node, Text) and _is_nothing(node):
            self.wrong(node.place, faults.EMPTY, faults.TAKES.filled(wanted=wanted), what=what)
            return
        if isinstance(node, Text):
            found: What = f"`{shown(node.text)}`"
        else:
            found = faults.LIST if isinstance(node, Many) else faults.LINES
        self.wrong(node.place, faults.UNFIT, what=what, wanted=wanted, found=found)


def _is_nothing(node: Text) -> bool:
    return node.plain and node.text in _NOTHING
