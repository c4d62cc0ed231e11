"""Licenses that end soon, and days between two of the same agent on which it has none."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from gateway.licenses.license import License
from gateway.policy.faults import licenses as faults
from gateway.policy.model import Policy
from gateway.policy.place import Problem, Severity

#: How many days before its end a license is spoken of.
SOON: Final = 30
_DAY: Final = timedelta(days=1)


class End(NamedTuple):
    """When a license that runs ends, and whether another takes over without a gap."""

    license: License
    followed: bool


def ends(policy: Policy, now: datetime) -> tuple[End, ...]:
    """The ends of all licenses that run."""
    running = (one for one in policy.licenses if one.begins <= now < one.ends)
    return tuple(End(one, any(other.begins <= one.ends for other in _later(one, policy))) for one in running)


def ending(policy: Policy, now: datetime) -> tuple[License, ...]:
    """The licenses that run and end within `SOON` days, with none that takes over without a gap; the first to end first."""
    soon = (one for one, followed in ends(policy, now) if not followed and one.ends <= now + SOON * _DAY)
    return tuple(sorted(soon, key=lambda one: one.ends))


def told(policy: Policy, now: datetime) -> tuple[Problem, ...]:
    """A warning for each license that ends soon, and for each gap that is still to come."""
    return (*_endings(policy, now), *_gaps(policy, now))


def _endings(policy: Policy, now: datetime) -> Iterator[Problem]:
    for one in ending(policy, now):
        days = (one.ends - now) // _DAY
        when = {0: faults.TODAY, 1: faults.TOMORROW}.get(days, faults.IN_DAYS.filled(days=days))
        yield faults.ENDS_SOON.at(
            one.place,
            None,
            Severity.WARNING,
            license=one.id,
            licensee=one.licensee,
            when=when,
            last=_last(one, policy),
        )


def _gaps(policy: Policy, now: datetime) -> Iterator[Problem]:
    for one in policy.licenses:
        if one.ends <= now:
            continue
        later = _later(one, policy)
        following = min((other.begins for other in later), default=one.ends)
        if following > one.ends:
            other = next(other for other in later if other.begins == following)
            days = -(-(following - one.ends) // _DAY)
            agent = next(name for name in one.agents if other.names(name))
            yield faults.GAP.at(
                other.place,
                None,
                Severity.WARNING,
                agent=agent,
                days=faults.ONE_DAY if days == 1 else faults.DAYS.filled(days=days),
                one=one.id,
                other=other.id,
                last=_last(one, policy),
                place=one.place,
            )


def _later(one: License, policy: Policy) -> list[License]:
    """Licenses that end later and name an agent of it, for a use that it is for too."""
    found: Iterable[License] = (other for name in one.agents for other in policy.licenses_of(name))
    uses = frozenset().union(*(use.single for use in one.uses))
    return [
        other
        for other in dict.fromkeys(found)
        if other.ends > one.ends and any(use.single & uses for use in other.uses)
    ]


def _last(one: License, policy: Policy) -> str:
    return (one.ends.astimezone(policy.zone) - _DAY).date().isoformat()
