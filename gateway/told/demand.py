"""Unlicensed demand: who asked for content that only a license opens, so who would be worth a call, and for what.

A fold over printed entries of the audit log. Only refusals count, and only of crawlers for AI that an operator answers for;
that a name is a mere claim is told beside it. Whoever proved a license is its statement's business (`gateway.told.usage`).
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from gateway.told.usage import Sections
from gateway.vocabulary import AI_PURPOSES, Assurance, Kind, Verdict

#: Pages of one operator that are told apart.
MOST_PAGES: Final = 200_000

_BORNE_OUT: Final = frozenset({Assurance.CORROBORATED, Assurance.SIGNED})


class Demand(NamedTuple):
    """What one operator asked for and did not get.

    ``borne_out`` is the part of ``requests`` whose claim evidence bears out, ``pages`` how many different ones were asked
    for, ``days`` on how many days; ``first`` and ``last`` are times in RFC 3339. ``agents``, ``purposes`` and ``sections``
    have their requests, the most frequent first.
    """

    operator: str
    requests: int
    borne_out: int
    pages: int
    days: int
    first: str
    last: str
    agents: tuple[tuple[str, int], ...]
    purposes: tuple[tuple[str, int], ...]
    sections: tuple[tuple[str | None, int], ...]


class _Counts:
    def __init__(self) -> None:
        self.requests = self.borne_out = 0
        self.pages: set[tuple[str, str | None]] = set()
        self.days: set[date] = set()
        self.first = self.last = ""
        self.agents: Counter[str] = Counter()
        self.purposes: Counter[str] = Counter()
        self.sections: Counter[str | None] = Counter()


class Wanted:
    """The fold."""

    def __init__(self, sections: Sections, zone: ZoneInfo) -> None:
        self._sections, self._zone = sections, zone
        self._operators: dict[str, _Counts] = {}

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take in one printed entry."""
        if entry["phase"] != "decision" or entry["verdict"] == Verdict.ALLOW or entry["license"] is not None:
            return
        identity = entry["identity"]
        operator, unlicensed = identity["operator"], not identity.get("proved")
        if identity["kind"] == Kind.AGENTS and operator and unlicensed and identity["purpose"] in AI_PURPOSES:
            self._count(self._operators.setdefault(operator, _Counts()), entry)

    def _count(self, one: _Counts, entry: Mapping[str, Any]) -> None:
        request, identity, time = entry["request"], entry["identity"], entry["time"]
        host, target = request["host"], request["target"]
        one.requests += 1
        one.borne_out += identity["assurance"] in _BORNE_OUT
        if len(one.pages) < MOST_PAGES:
            one.pages.add((host, target))
        one.days.add(datetime.fromisoformat(time).astimezone(self._zone).date())
        one.first = min(one.first or time, time)
        one.last = max(one.last, time)
        one.agents[identity["agent"] or identity["operator"]] += 1
        one.purposes[identity["purpose"]] += 1
        one.sections[self._sections(host, target)] += 1

    def ranked(self) -> tuple[Demand, ...]:
        """Who asked for most, first: by requests, then by pages."""
        found = [
            Demand(
                operator,
                one.requests,
                one.borne_out,
                len(one.pages),
                len(one.days),
                one.first,
                one.last,
                tuple(one.agents.most_common()),
                tuple(one.purposes.most_common()),
                tuple(one.sections.most_common()),
            )
            for operator, one in self._operators.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.requests, -one.pages, one.operator)))
