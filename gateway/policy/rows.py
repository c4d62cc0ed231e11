"""The rules of one subject on one host, row by row, found by what their paths cover.

Theory of operation. A policy may have thousands of rules, nearly all of them about plain prefixes. A prefix is covered
by its own beginnings, which are looked up, and covers what follows it in sorted order; a pattern with `*` or `$` is held
only against those whose prefix begins as its own does.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.policy.model import Rule, Subject
from gateway.policy.paths import Pattern


@dataclass(frozen=True, slots=True)
class Row:
    """One subject and one path of a rule."""

    subject: Subject
    pattern: Pattern
    rule: Rule

    @property
    def name(self) -> tuple[str, str, str]:
        """What stays the same of a row from host to host."""
        return self.rule.id, self.subject.key, self.pattern.text


class Rows:
    """Rows in the order of the policy's files."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.all = tuple(rows)
        self._globs: dict[str, list[tuple[int, Row]]] = defaultdict(list)
        for order, row in enumerate(self.all):
            if not row.pattern.plain:
                self._globs[row.pattern.prefix].append((order, row))
        self._glob_lengths = sorted({len(prefix) for prefix in self._globs})
        self._plain: dict[str, list[Row]] = defaultdict(list)
        for row in self.all:
            if row.pattern.plain:
                self._plain[row.pattern.text].append(row)
        self._lengths = sorted({len(text) for text in self._plain}, reverse=True)
        self._sorted = sorted(self.all, key=lambda row: row.pattern.prefix)
        self._prefixes = [row.pattern.prefix for row in self._sorted]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.all)

    def covering(self, pattern: Pattern) -> Iterator[Row]:
        """Every row whose path covers this pattern: plain ones first, the longest of them before the others."""
        for length in self._lengths:
            if length <= len(pattern.prefix):
                yield from self._plain.get(pattern.prefix[:length], ())
        yield from self.globs_covering(pattern)

    def globs_covering(self, pattern: Pattern) -> list[Row]:
        """Those with `*` or `$` that cover this pattern, in the order of the files."""
        found: list[tuple[int, Row]] = []
        for length in self._glob_lengths:
            if length > len(pattern.prefix):
                break
            # What covers a pattern has no more before its first star than the pattern has before its own.
            found += self._globs.get(pattern.prefix[:length], ())
        return [row for _, row in sorted(found, key=_order) if row.pattern.covers(pattern)]

    def covered(self, pattern: Pattern) -> Iterator[Row]:
        """Every row whose path this pattern covers. What it covers begins with its own prefix."""
        at = bisect_left(self._prefixes, pattern.prefix)
        while at < len(self._sorted) and self._prefixes[at].startswith(pattern.prefix):
            if pattern.covers(self._sorted[at].pattern):
                yield self._sorted[at]
            at += 1


def _order(row: tuple[int, Row]) -> int:
    return row[0]


NO_ROWS = Rows()
