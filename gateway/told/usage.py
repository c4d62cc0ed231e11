"""A statement of use: what became of one license in some days, from the audit log alone, so that both sides can count again.

Theory of operation. `Usage` is a fold over printed entries (`izin audit query --json`), each decision before its outcome.
Counted is what a quota counts: a request that was let in by the license and answered with content, 200 or 206, or whose
outcome nobody knows, because the gateway was killed meanwhile (*unsettled*) or the answer is still under way. HEAD, 304,
redirects and errors are told apart and count nothing. A request counts on the day on which it was booked, or else made, by
the site's calendar. Refused are requests of the license's agents that proved it, or showed a token that was issued
for it, and answers that were withheld for its embargo; those that did neither are told apart, since anybody may use a name.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from io import StringIO
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from gateway.identify import license_token
from gateway.licenses.challenge import CHALLENGES
from gateway.licenses.license import License
from gateway.policy.model import Policy
from gateway.rates.ledger import RECOUNT, delivered
from gateway.record.exported import csv_cell
from gateway.request import read_target
from gateway.vocabulary import End, Reason, Verdict

#: Reasons that tell a licensee more than that the page is closed without a license.
_ABOUT: Final = frozenset({*CHALLENGES, Reason.LICENSE_NOT_YET, Reason.LICENSE_ENDED, Reason.QUOTA_EXCEEDED})

#: Which section of a host a target lies in; None where it lies in none.
Sections = Callable[[str, str | None], str | None]


class Place(NamedTuple):
    """What requests are summed by: a day of the site's calendar, a host, a section of it."""

    day: date
    host: str
    section: str | None


class Sum(NamedTuple):
    """Requests that count, the octets of their bodies, and requests that were refused."""

    requests: int = 0
    octets: int = 0
    refused: int = 0

    def plus(self, other: "Sum") -> "Sum":
        """Both together."""
        return Sum(self.requests + other.requests, self.octets + other.octets, self.refused + other.refused)


class Recount(NamedTuple):
    """An operator said at ``time`` (RFC 3339) that ``used`` requests of the period around it count against the quota."""

    time: str
    used: int
    by: str


class Statement(NamedTuple):
    """What became of one license from ``first`` to ``last``, both included.

    ``rows`` have what counts and what was refused by `Place`, in order. ``because`` says why requests were refused,
    ``unproved`` why those of the license's agents were that did not prove it, ``uncounted`` how requests were answered that
    count nothing (a status, `HEAD`, or `none`), each the most frequent first. ``unsettled`` is the part of what counts that
    has no outcome, ``observed`` what would have been refused under `enforce`. ``recounts`` are what operators said of the quota;
    they change no count of this statement. ``earliest`` and ``latest`` are the times of
    the first and last request that counts, in RFC 3339.
    """

    first: date
    last: date
    rows: tuple[tuple[Place, Sum], ...]
    articles: int
    because: tuple[tuple[str, int], ...]
    unproved: tuple[tuple[str, int], ...]
    uncounted: tuple[tuple[str, int], ...]
    unsettled: int
    observed: int
    earliest: str | None
    latest: str | None
    recounts: tuple[Recount, ...] = ()

    @property
    def total(self) -> Sum:
        """Everything together."""
        return _total(row for _, row in self.rows)

    def by(self, member: str) -> dict[Any, Sum]:
        """What counts and what was refused by ``day``, ``host`` or ``section``, in order."""
        found: dict[Any, Sum] = {}
        for place, row in self.rows:
            key = getattr(place, member)
            found[key] = found.get(key, Sum()).plus(row)
        return dict(sorted(found.items(), key=lambda one: (one[0] is None, one[0])))


def as_csv(statement: Statement) -> str:
    """A line for each day, host and section, after one that names the columns (RFC 4180)."""
    out = StringIO()
    lines = csv.writer(out)
    lines.writerow(("day", "host", "section", "requests", "bytes", "refused"))
    for place, row in statement.rows:
        cells = (place.day.isoformat(), csv_cell(place.host), csv_cell(place.section or ""))
        lines.writerow((*cells, row.requests, row.octets, row.refused))
    return out.getvalue()


class _Pending(NamedTuple):
    place: Place
    time: str
    head: bool
    article: tuple[str, str | None]


class Usage:
    """The fold. ``add`` takes every entry, in the journal's order; those that have nothing to do with it are passed over."""

    def __init__(self, license: License, sections: Sections, zone: ZoneInfo, first: date, last: date) -> None:
        self._license, self._sections, self._zone = license, sections, zone
        self._first, self._last = first, last
        self._agents = {name.casefold() for name in license.agents}
        self._rows: dict[Place, Sum] = {}
        self._pending: dict[str, _Pending] = {}
        self._articles: set[tuple[str, str | None]] = set()
        self._because: Counter[str] = Counter()
        self._unproved: Counter[str] = Counter()
        self._uncounted: Counter[str] = Counter()
        self._times: list[str] = []
        self._recounts: list[Recount] = []
        self._observed = 0

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take in one printed entry."""
        if entry["phase"] == "outcome":
            pending = self._pending.pop(entry["of"], None)
            if pending is not None:
                self._settle(pending, entry["status"], entry["bytes"], entry["end"])
        elif entry["phase"] == "decision":
            place = self._place(entry)
            if self._first <= place.day <= self._last:
                self._decision(entry, place)
        elif entry["event"] == RECOUNT and entry["details"]["license"] == self._license.id:
            details = entry["details"]
            self._recounts.append(Recount(entry["time"], details["used"], details["by"]))

    def done(self) -> Statement:
        """The statement of what was added; what has no outcome by now counts, until it has one."""
        waiting = [pending for pending in self._pending.values() if not pending.head]
        rows = dict(self._rows)
        for one in waiting:
            rows[one.place] = rows.get(one.place, Sum()).plus(Sum(1, 0))
        times = [*self._times, *(one.time for one in waiting)]
        return Statement(
            self._first,
            self._last,
            tuple(sorted(rows.items(), key=lambda row: (row[0].day, row[0].host, row[0].section or ""))),
            len(self._articles.union(one.article for one in waiting)),
            _ranked(self._because),
            _ranked(self._unproved),
            _ranked(self._uncounted),
            len(waiting),
            self._observed,
            min(times, default=None),
            max(times, default=None),
            tuple(self._recounts),
        )

    def _decision(self, entry: Mapping[str, Any], place: Place) -> None:
        identity, held = entry["identity"], self._license.id
        allowed = entry["verdict"] == Verdict.ALLOW
        its = (identity["agent"] or "").casefold() in self._agents
        if entry["license"] == held or (
            its and (held in identity.get("proved", ()) or _shown(identity, held))
        ):
            if allowed and entry["license"] == held:
                request = entry["request"]
                article = (place.host, request["target"])
                self._pending[entry["id"]] = _Pending(
                    place, entry["time"], request["method"] == "HEAD", article
                )
            elif not allowed and entry["enforced"]:
                self._refuse(place, _why(entry["reasons"]))
            elif not allowed:
                self._observed += 1
        elif its and not allowed and entry["enforced"]:
            self._unproved[_why(entry["reasons"])] += 1

    def _settle(self, pending: _Pending, status: int | None, octets: int, end: str) -> None:
        if (status, end) == (403, End.WITHHELD):  # what only the origin's answer could tell
            self._refuse(pending.place, Reason.LICENSE_EMBARGO)
        elif pending.head:
            self._uncounted["HEAD"] += 1
        elif delivered(status):
            self._count(pending, octets)
        else:
            self._uncounted["none" if status is None else str(status)] += 1

    def _refuse(self, place: Place, why: str) -> None:
        self._because[why] += 1
        self._rows[place] = self._rows.get(place, Sum()).plus(Sum(refused=1))

    def _count(self, pending: _Pending, octets: int) -> None:
        self._rows[pending.place] = self._rows.get(pending.place, Sum()).plus(Sum(1, octets))
        self._articles.add(pending.article)
        times = self._times
        if len(times) < 2:
            times.append(pending.time)
        else:
            times[:] = [min(*times, pending.time), max(*times, pending.time)]

    def _place(self, entry: Mapping[str, Any]) -> Place:
        day = entry.get("booked") or entry["time"]
        found = (
            date.fromisoformat(day)
            if len(day) == 10
            else datetime.fromisoformat(day).astimezone(self._zone).date()
        )
        host, target = entry["request"]["host"], entry["request"]["target"]
        return Place(found, host, self._sections(host, target))


def sections_of(policy: Policy) -> Sections:
    """Sections as the policy has them now: of several that a path lies in, that with the longest pattern that matches."""
    known: dict[tuple[str, str | None], str | None] = {}

    def section(host: str, target: str | None) -> str | None:
        asked = (host, target)
        if asked not in known:
            if len(known) >= 100_000:
                known.clear()
            known[asked] = _section(policy, host, target)
        return known[asked]

    return section


def _section(policy: Policy, name: str, target: str | None) -> str | None:
    host = policy.host(name)
    read = None if target is None else read_target(target.removesuffix("…").encode("ascii", "replace"))
    if host is None or read is None:
        return None
    matching = [
        (len(pattern.text), section)
        for section, patterns in host.sections.items()
        for pattern in patterns
        if pattern.matches(read.canonical)
    ]
    return max(matching)[1] if matching else None


def _shown(identity: Mapping[str, Any], held: str) -> bool:
    """Whether a token was shown that this site has issued for a license: its evidence names the license and the token."""
    return any(
        one["probe"] == license_token.NAME and one.get("detail", "").startswith(f"{held}; ")
        for one in identity["evidence"]
    )


def _why(reasons: Iterable[str]) -> str:
    """Of the reasons of a refusal the one that speaks of the license, else the deciding one."""
    several = list(reasons)
    about = [one for one in several if one in _ABOUT]
    return about[0] if about else several[0]


def _ranked(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _total(rows: Iterable[Sum]) -> Sum:
    found = Sum()
    for row in rows:
        found = found.plus(row)
    return found
