"""Two robots.txt compared by what they mean: for every agent and path that either speaks of, may it or may it not?

Read and matched by `gateway.policy.robots`, as the gate reads them, whose time is linear: one of the files is a stranger's.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from gateway.policy.robots import Group, RobotsFile
from gateway.request import read_target

_MOST_PATHS: Final = 400
#: How many patterns are looked at in all, so that no file can hold us up.
_MOST_WORK: Final = 4_000_000
#: Stands for every agent that no file names.
NOBODY: Final = "*"
_SILENT: Final = Group(NOBODY, ())


class Difference(NamedTuple):
    """The first question that two files answer differently; ``opens``: the served one allows what the other does not."""

    token: str
    path: str
    opens: bool


def differences(
    served: bytes, meant: bytes, tokens: Iterable[str], paths: Iterable[str], origin: RobotsFile | None
) -> Iterator[Difference]:
    """Where ``served`` allows or closes something else than ``meant``. What ``origin``, the file of the site behind the
    gateway, closes may be closed too. ``tokens`` and ``paths`` are asked for beside all that the files name."""
    theirs, ours = RobotsFile(served).groups, RobotsFile(meant).groups
    also: Mapping[str, Group] = {} if origin is None else origin.groups
    # Agents that share their rules in all files are one question.
    asked: dict[tuple[int, ...], tuple[str, list[Group]]] = {}
    for token in dict.fromkeys([NOBODY, *map(str.casefold, tokens), *ours, *theirs]):
        several = [groups.get(token, groups.get("*", _SILENT)) for groups in (theirs, ours, also)]
        asked.setdefault(tuple(id(group.lines) for group in several), (token, several))
    rules = max(1, sum(len(group.lines) for _, several in asked.values() for group in several))
    paths = list(dict.fromkeys([*paths, *_paths(ours), *_paths(theirs)]))[: max(20, _MOST_WORK // rules)]
    for token, (served_group, meant_group, origin_group) in asked.values():
        for path in paths[:_MOST_PATHS]:
            may, should = _allows(served_group, path), _allows(meant_group, path)
            if may != should and (may or _allows(origin_group, path)):
                yield Difference(token, path, opens=may)


def _allows(group: Group, path: str) -> bool:
    found = group.table.best(path)
    return found is None or found[1]


def _paths(groups: Mapping[str, Group]) -> Iterator[str]:
    """A path that each pattern of a file matches."""
    for lines in {id(group.lines): group.lines for group in groups.values()}.values():
        for pattern, _ in lines:
            path = pattern.text.removesuffix("$").replace("*", "x")
            read = read_target(path.encode("ascii")) if path.startswith("/") else None
            if read is not None:
                yield read.canonical
