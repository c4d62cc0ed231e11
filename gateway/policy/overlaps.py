"""Licenses held against each other: of two that cover the same request, nobody could say which contract it counts to."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from gateway.licenses.license import License
from gateway.policy.faults import licenses as faults
from gateway.policy.paths import Pattern
from gateway.policy.reader import Reader
from gateway.vocabulary import Sentence


def check_licenses(reader: Reader, licenses: Sequence[License], zone: ZoneInfo) -> None:
    """Note each pair that gives one agent the same use of the same paths at the same time."""
    for one, other in _sharing_agents(licenses):
        agents = sorted({name for name in one.agents if other.names(name)})
        if (
            not agents
            or not _same_uses(one, other)
            or not _same_hosts(one, other)
            or not _same_paths(one, other)
        ):
            continue
        begins, ends = max(one.begins, other.begins), min(one.ends, other.ends)
        if begins < ends:
            reader.wrong(
                other.place,
                faults.BOTH,
                other=other.id,
                one=one.id,
                agent=agents[0],
                period=_period(begins, ends, zone),
                place=one.place,
            )


def _sharing_agents(licenses: Sequence[License]) -> Iterator[tuple[License, License]]:
    """The pairs that name an agent in common, in their order: of a thousand licenses few do."""
    by_agent: dict[str, list[int]] = {}
    for number, one in enumerate(licenses):
        for agent in {name.casefold() for name in one.agents}:
            by_agent.setdefault(agent, []).append(number)
    pairs = {pair for numbers in by_agent.values() for pair in combinations(numbers, 2)}
    for first, second in sorted(pairs):
        yield licenses[first], licenses[second]


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


def _same_paths(one: License, other: License) -> bool:
    everything = (Pattern("/"),)
    for a in one.on or everything:
        for b in other.on or everything:
            if a.covers(b) and not _excepted(other, b) and not _excepted(one, b):
                return True
            if b.covers(a) and not _excepted(one, a) and not _excepted(other, a):
                return True
    return False


def _excepted(license: License, pattern: Pattern) -> bool:
    return any(one.covers(pattern) for one in license.closed)
