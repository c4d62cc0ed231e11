"""Families of hosts: the forty sub-sites of an agency, for which the same holds, are spoken of as one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

#: The name that a family stands below, and the first labels of its members.
Family = tuple[str, tuple[str, ...]]

#: Fewer hosts than these are named one by one.
LEAST: Final = 4


def families(groups: Iterable[Sequence[str]]) -> tuple[Family, ...]:
    """The families in groups of host patterns, each group being those for which the same holds.

    Two families below one name that have as many members would be taken for each other, so these are none.
    """
    found: list[Family] = []
    for group in groups:
        below: dict[str, list[str]] = {}
        for pattern in group:
            label, _, name = pattern.partition(".")
            if label != "*" and "." in name:
                below.setdefault(name, []).append(label)
        found += [(name, tuple(labels)) for name, labels in below.items() if len(labels) >= LEAST]
    counts = Counter((name, len(labels)) for name, labels in found)
    return tuple(family for family in found if counts[family[0], len(family[1])] == 1)
