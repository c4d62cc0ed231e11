"""The rules of one subject on one host, row by row, found by what their paths cover.

Theory of operation. A policy may have thousands of rules, nearly all of them about plain prefixes. A prefix is covered
by its own beginnings, which are looked up, and covers what follows it in sorted order; only patterns with `*` or `$`
are held against each other one by one.
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
        self.globs = tuple(row for row in self.all if not row.pattern.plain)
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
        yield from (row for row in self.globs if row.pattern.covers(pattern))

    def covered(self, pattern: Pattern) -> Iterator[Row]:
        """Every row whose path this pattern covers. What it covers begins with its own prefix."""
        at = bisect_left(self._prefixes, pattern.prefix)
        while at < len(self._sorted) and self._prefixes[at].startswith(pattern.prefix):
            if pattern.covers(self._sorted[at].pattern):
                yield self._sorted[at]
            at += 1


NO_ROWS = Rows()
