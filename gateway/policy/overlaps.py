"""Licenses held against each other: of two that cover the same request, nobody could say which contract it counts to."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.licenses.license import License
from gateway.policy.faults import licenses as faults
from gateway.policy.globs import TangledError, glob_of, holds, meet
from gateway.policy.reader import Reader
from gateway.vocabulary import Sentence


def check_licenses(reader: Reader, licenses: Sequence[License], zone: ZoneInfo) -> None:
    """Note each pair that gives one agent the same use of the same paths at the same time."""
    paths = [_paths_of(one) for one in licenses]
    for first, second in _sharing_agents(licenses):
        one, other = licenses[first], licenses[second]
        begins, ends = max(one.begins, other.begins), min(one.ends, other.ends)
        if (
            begins >= ends
            or not _same_uses(one, other)
            or not _same_hosts(one, other)
            or not _same_paths(paths[first], paths[second])
        ):
            continue
        reader.wrong(
            other.place,
            faults.BOTH,
            other=other.id,
            one=one.id,
            agent=min(name for name in one.agents if other.names(name)),
            period=_period(begins, ends, zone),
            place=one.place,
        )


class _Paths(NamedTuple):
    """Where a license holds, and where within that it does not, as globs."""

    on: tuple[str, ...]
    closed: tuple[str, ...]


def _paths_of(license: License) -> _Paths:
    on = (pattern.text for pattern in license.on) if license.on else ("/",)
    return _Paths(tuple(map(glob_of, on)), tuple(glob_of(pattern.text) for pattern in license.closed))


def _sharing_agents(licenses: Sequence[License]) -> Iterator[tuple[int, int]]:
    """The pairs that name an agent in common, by their numbers, in order: of a thousand licenses few do."""
    by_agent: dict[str, list[int]] = {}
    for number, one in enumerate(licenses):
        for agent in {name.casefold() for name in one.agents}:
            by_agent.setdefault(agent, []).append(number)
    pairs = {pair for numbers in by_agent.values() for pair in combinations(numbers, 2)}
    yield from sorted(pairs)


def _period(begins: datetime, ends: datetime, zone: ZoneInfo) -> Sentence:
    first = begins.astimezone(zone).date()
    last = (ends.astimezone(zone) - timedelta(days=1)).date()
    return (faults.ON_DAY if first == last else faults.FROM_UNTIL).filled(first=first, last=last)


def _same_uses(one: License, other: License) -> bool:
    return bool(
        {single for use in one.uses for single in use.single}
        & {single for use in other.uses for single in use.single}
    )


def _same_hosts(one: License, other: License) -> bool:
    if not one.hosts or not other.hosts:
        return True
    return any(_within(a, b) or _within(b, a) for a in one.hosts for b in other.hosts)


def _within(host: str, pattern: str) -> bool:
    return host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:]))


def _same_paths(one: _Paths, other: _Paths) -> bool:
    """Whether something that both patterns of a pair match is excepted by no pattern of either license."""
    return any(
        not any(holds(excepted, piece) for excepted in (*one.closed, *other.closed))
        for a in one.on
        for b in other.on
        for piece in _common(a, b)
    )


def _common(one: str, other: str) -> list[str]:
    """What two globs have in common; nothing where that is too much to be written out, for nobody may be refused in doubt."""
    try:
        return meet(one, other)
    except TangledError:
        return []
