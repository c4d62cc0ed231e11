"""Which pages nothing in a policy tells apart.

Theory of operation. All that a decision reads of a path are the patterns that match it. Pages that the same patterns match
lie in one *region*, and what is decided about one of them is decided about all. A site has millions of pages and some dozens
of regions. Of plain prefixes the longest that matches tells which others do, for these are prefixes of it too.

A target whose two readings differ lies in no region: it is so rare that nothing need be known of it.
"""

from collections.abc import Hashable, Iterable
from typing import Final

from gateway.policy.model import OWN_PAGES, OWN_PATHS, Host, Policy
from gateway.policy.paths import PathTable, Pattern
from gateway.policy.robots import RobotsFile
from gateway.request import MOST_REMEMBERED, Target

#: Patterns with `*` are tried one by one; where there are more than so many, nothing is gained.
MOST_GLOBS: Final = 64
_REMEMBERED: Final = 2048

#: What is the same for all pages of a region, and for no others: the patterns that match the path, and with a query.
Region = str | tuple[Hashable, ...]

_OWN: Final = tuple(Pattern(f"{path}$") for path in sorted(OWN_PATHS | OWN_PAGES))


class Regions:
    """Divides paths by patterns."""

    __slots__ = ("_divides", "_known", "_several", "_table")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        distinct = set(patterns)
        globs = sum("*" in pattern.text for pattern in distinct)
        self._divides, self._several = globs <= MOST_GLOBS, globs > 0
        self._table = PathTable((pattern, pattern.text) for pattern in distinct if self._divides)
        self._known: dict[bytes, Region] = {}

    def of(self, target: Target) -> Region | None:
        """The region of a target, None where it is not known to lie in one."""
        found = self._known.get(target.raw)
        if found is None:
            if target.folded != target.path or target.climbs or not self._divides:
                return None
            found = self._around(target.path)
            if target.query is not None:
                found = (found, self._around(target.canonical))
            if len(target.raw) <= MOST_REMEMBERED:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[target.raw] = found
        return found

    def _around(self, reading: str) -> Region:
        if self._several:
            return tuple(self._table.every(reading))
        found = self._table.best(reading)
        return "" if found is None else found[1]


def regions_of(policy: Policy, host: Host, robots: RobotsFile | None) -> Regions:
    """The regions of a host as it stands between two changes, where ``robots`` is the origin's robots.txt."""
    patterns = [*_OWN, *(pattern for pattern, _ in host.passed.rows())]
    patterns += [pattern for rule in host.rules for pattern in rule.patterns]
    patterns += [pattern for license_ in policy.licenses for pattern in license_.patterns]
    for file in (robots, host.robots_file):
        patterns += [] if file is None else file.patterns
    return Regions(patterns)
