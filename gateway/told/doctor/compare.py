"""Two robots.txt compared by what they mean: for every agent and path that either speaks of, may it or may it not?

Read by `gateway.policy.robots`, matched by our own patterns, whose time is linear: one of the two files is a stranger's.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from gateway.policy.paths import PathTable, Pattern
from gateway.policy.robots import Rules, read_groups
from gateway.request import read_target

_MOST_PATHS: Final = 400
#: How many patterns are looked at in all, so that no file can hold us up.
_MOST_WORK: Final = 4_000_000
#: Stands for every agent that no file names.
NOBODY: Final = "*"


class Difference(NamedTuple):
    """The first question that two files answer differently; ``opens``: the served one allows what the other does not."""

    token: str
    path: str
    opens: bool


def differences(
    served: bytes, meant: bytes, tokens: Iterable[str], paths: Iterable[str], origin: bytes | None
) -> Iterator[Difference]:
    """Where ``served`` allows or closes something else than ``meant``. What ``origin``, the file of the site behind the
    gateway, closes may be closed too. ``tokens`` and ``paths`` are asked for beside all that the files name."""
    theirs, ours = read_groups(served), read_groups(meant)
    also = {} if origin is None else read_groups(origin)
    # Agents that share their rules in all files are one question.
    asked: dict[tuple[tuple[tuple[str, str], ...], ...], str] = {}
    for token in dict.fromkeys([NOBODY, *map(str.casefold, tokens), *ours, *theirs]):
        key = tuple(tuple(groups.get(token, groups.get("*", []))) for groups in (theirs, ours, also))
        asked.setdefault(key, token)
    rules = max(1, sum(len(group) for key in asked for group in key))
    paths = list(dict.fromkeys([*paths, *_paths(ours), *_paths(theirs)]))[: max(20, _MOST_WORK // rules)]
    for key, token in asked.items():
        served_may, meant_may, origin_may = map(_table, key)
        for path in paths[:_MOST_PATHS]:
            may, should = _allows(served_may, path), _allows(meant_may, path)
            if may != should and (may or _allows(origin_may, path)):
                yield Difference(token, path, opens=may)


def _table(rules: Iterable[tuple[str, str]]) -> PathTable[bool]:
    """The rules of one group, allow before disallow where both are equally long (RFC 9309 section 2.2.2)."""
    rows = []
    for verb, text in sorted(rules):  # `allow` sorts before `disallow`
        try:
            rows.append((Pattern(text), verb == "allow"))
        except ValueError:
            continue  # empty, or no pattern: it closes nothing
    return PathTable(rows)


def _allows(table: PathTable[bool], path: str) -> bool:
    found = table.best(path)
    return found is None or found[1]


def _paths(groups: dict[str, Rules]) -> Iterator[str]:
    """A path that each pattern of a file matches."""
    for rules in groups.values():
        for _, pattern in rules:
            path = pattern.removesuffix("$").replace("*", "x")
            read = read_target(path.encode("utf-8", "replace")) if path.startswith("/") else None
            if read is not None:
                yield read.canonical
