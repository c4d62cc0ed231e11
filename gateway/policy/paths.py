"""RFC 9309 path patterns and the table that lets the longest one win."""

from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from gateway.request import ENCODED, canonical
from gateway.vocabulary import NotMeantError, Sentence

T = TypeVar("T")

_START: Final = Sentence("pola jalur diawali dengan `/`", "a path pattern begins with `/`")
_LETTERS: Final = Sentence(
    "pola jalur tidak memuat spasi atau `#`, dan sesudah setiap `%` ada dua angka heksadesimal",
    "a path pattern has no spaces, no `#`, and two hexadecimal digits after each `%`",
)


class Pattern:
    """An RFC 9309 path pattern: a prefix, with `*` for any octets and a final `$` for the end.

    ``text`` is its normal form; its length in octets is what "longest match" compares.
    """

    __slots__ = ("_middle", "_tail", "anchored", "plain", "prefix", "text")

    def __init__(self, text: str) -> None:
        """Raises NotMeantError, worded for the policy's writer, if ``text`` is no pattern."""
        if not text.startswith(("/", "*")):
            raise NotMeantError(_START)
        body, anchored = (text[:-1], True) if text.endswith("$") else (text, False)
        parts = [canonical(_octets(part)) for part in body.split("*")]
        if any(part is None for part in parts):
            raise NotMeantError(_LETTERS)
        pieces = [part for part in parts if part is not None]
        self.text = "*".join(pieces) + ("$" if anchored else "")
        self.anchored = anchored
        self.plain = len(pieces) == 1 and not anchored
        self.prefix = pieces[0]
        self._middle = tuple(p for p in pieces[1:-1] if p)
        self._tail = pieces[-1] if len(pieces) > 1 else None

    def matches(self, text: str) -> bool:
        """Whether a reading (path and query) matches: linear, without backtracking."""
        if not text.startswith(self.prefix):
            return False
        if self.plain:
            return True
        if self._tail is None:
            return len(text) == len(self.prefix)
        at = len(self.prefix)
        for piece in self._middle:
            found = text.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        if self.anchored:
            return text.endswith(self._tail) and len(text) - len(self._tail) >= at
        return text.find(self._tail, at) >= 0

    def covers(self, other: "Pattern") -> bool:
        """Whether every reading that ``other`` matches is matched by this one too.

        ``other`` is read as a text in which a `*` is matched by nothing but a `*`: a literal one stands as `%2A`.
        """
        return self.matches(other.text[:-1] if other.anchored else other.text + "*")

    @property
    def octets(self) -> int:
        """Its length as RFC 9309 section 2.2.2 counts it."""
        return len(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"


def _octets(part: str) -> bytes:
    """What a writer typed, letters outside ASCII as their UTF-8 octets in percent-encoding."""
    return "".join(
        c if c.isascii() else "".join(ENCODED[o] for o in c.encode("utf-8", "replace")) for c in part
    ).encode("ascii")


class PathTable(Generic[T]):
    """Patterns with a value each; `best` finds the one that RFC 9309 lets win.

    Plain prefixes are probed in a dictionary, once for each distinct length, and whole paths (`/ads.txt$`) once, so that
    ten thousand of them cost what ten cost; of patterns with `*` those are tried that begin as the text does.
    """

    __slots__ = ("_exact", "_glob_lengths", "_globs", "_lengths", "_prefixes")

    def __init__(self, rows: Iterable[tuple[Pattern, T]]) -> None:
        """Of two rows whose patterns are equally long, the one given earlier wins: sort by what should win a tie."""
        self._exact: dict[str, tuple[int, Pattern, T]] = {}
        self._prefixes: dict[str, tuple[int, Pattern, T]] = {}
        self._globs: dict[str, list[tuple[int, Pattern, T]]] = {}
        for order, (pattern, value) in enumerate(rows):
            if "*" in pattern.text:
                self._globs.setdefault(pattern.prefix, []).append((order, pattern, value))
            else:
                table = self._exact if pattern.anchored else self._prefixes
                table.setdefault(pattern.prefix, (order, pattern, value))
        for several in self._globs.values():
            several.sort(key=_preferred)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)
        self._glob_lengths = sorted({len(prefix) for prefix in self._globs})

    def __bool__(self) -> bool:
        return bool(self._exact or self._prefixes or self._globs)

    def rows(self) -> list[tuple[Pattern, T]]:
        """Every row, longest pattern first, in the order in which they are preferred."""
        globs = (row for several in self._globs.values() for row in several)
        every = sorted([*self._exact.values(), *self._prefixes.values(), *globs], key=_preferred)
        return [(pattern, value) for _, pattern, value in every]

    def best(self, text: str) -> tuple[Pattern, T] | None:
        """The row with the longest pattern that matches this reading, if any."""
        found = self._exact.get(text)  # longer by its `$` than every prefix of the text
        if found is None:
            octets = len(text)
            for length in self._lengths:
                if length <= octets:
                    found = self._prefixes.get(text[:length])
                    if found is not None:
                        break
        for length in self._glob_lengths:
            for row in self._globs.get(text[:length], ()):
                if found is not None and _preferred(row) > _preferred(found):
                    break
                if row[1].matches(text):
                    found = row
                    break
        return None if found is None else (found[1], found[2])

    def every(self, text: str) -> list[T]:
        """The values of all rows whose pattern matches this reading. Of rows with one pattern there is only the first."""
        exact = self._exact.get(text)
        found = [] if exact is None else [exact[2]]
        octets = len(text)
        for length in self._lengths:
            row = self._prefixes.get(text[:length]) if length <= octets else None
            if row is not None:
                found.append(row[2])
        for length in self._glob_lengths:
            found += [row[2] for row in self._globs.get(text[:length], ()) if row[1].matches(text)]
        return found


def _preferred(row: tuple[int, Pattern, object]) -> tuple[int, int]:
    """The key by which rows are sorted: the longest pattern first, then the one given earlier."""
    return -row[1].octets, row[0]
