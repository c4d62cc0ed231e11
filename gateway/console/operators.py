"""Operators: a line each, and a scorecard of one."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import unquote

from starlette.responses import Response

from gateway.audit import hourly
from gateway.audit.index import Index
from gateway.audit.query import Query
from gateway.audit.scorecard import assurances, closed_pages, most_wanted, seen, sent_back
from gateway.console import shown
from gateway.console.filters import day_begins
from gateway.console.hours import HOUR, PERIODS
from gateway.console.plots import plotted
from gateway.console.sheets import sheet
from gateway.console.visit import Denied, Visit
from gateway.names import ASSURANCES, PURPOSES
from gateway.record.referrals import OPERATORS
from gateway.vocabulary import Assurance, Purpose

_DEFAULT: Final = "7d"
#: Pages that are named as most wanted, at most.
_PAGES: Final = 12
_COLUMNS: Final = ("operator", "purposes", "refused", "violations", "served", "readers")
#: Pages in a file of CSV, at most.
_MOST_PAGES: Final = 5_000


def operators(visit: Visit) -> Response:
    """Everybody who came in the period, by how often they were refused."""
    period = _period(visit)
    return visit.render(
        "operators.html", operators=_listed(visit, period), period=period, periods=tuple(PERIODS)
    )


def operators_sheet(visit: Visit) -> Response:
    """The same as CSV."""
    period = _period(visit)
    rows = ([one[name] for name in _COLUMNS] for one in _listed(visit, period))
    return sheet(visit, f"operators-{period}", _COLUMNS, rows)


def _listed(visit: Visit, period: str) -> list[dict[str, Any]]:
    since = visit.now - PERIODS[period]
    with visit.console.review.index() as index:
        counts, _ = visit.console.hours.counted(index, since, visit.now, visit.now)
        sent = sent_back(index, since)
    rows: dict[str, dict[str, Any]] = {}
    for group, n in counts.items():
        if group.operator is None:
            continue
        row = rows.setdefault(group.operator, {"served": 0, "refused": 0, "violations": 0, "purposes": set()})
        row["refused" if group.refused else "served"] += n
        row["violations"] += n if group.violation else 0
        row["purposes"].add(group.purpose)
    readers: dict[str, int] = {}
    for service, n in sent.items():
        owner = OPERATORS.get(service) or service
        readers[owner] = readers.get(owner, 0) + n
    return [
        {
            "operator": name,
            **row,
            "purposes": _purposes(visit, row["purposes"]),
            "readers": readers.get(name, 0),
        }
        for name, row in sorted(rows.items(), key=lambda one: (-one[1]["refused"], -one[1]["served"], one[0]))
    ]


def operator(visit: Visit) -> Response:
    """One operator: what it was refused, how much of that is a violation, whether it came back, and what it wants most."""
    name, period = unquote(visit.parts["name"])[:200], _period(visit)
    since = visit.now - PERIODS[period]
    query = Query(operators=(name,), since=since, phases=("decision",))
    with visit.console.review.index() as index:
        every, _ = visit.console.hours.counted(index, since, visit.now, visit.now)
        days = _days(visit, index, name, since)
        pages = most_wanted(index, query, _PAGES)
        closed = closed_pages(index, query)
        came = seen(index, name)
        borne = assurances(index, query)
    if came is None:
        raise Denied(404, "no operator")
    counts = [(group, n) for group, n in every.items() if group.operator == name]
    headlines = visit.headlines
    return visit.render(
        "operator.html",
        name=name,
        period=period,
        periods=tuple(PERIODS),
        first=visit.clock.full(came[0]),
        last=visit.clock.full(came[1]),
        served=sum(n for group, n in counts if not group.refused),
        refused=sum(n for group, n in counts if group.refused),
        violations=sum(n for group, n in counts if group.violation),
        impostors=sum(n for group, n in counts if group.kind == "impostors"),
        purposes=_purposes(visit, {group.purpose for group, _ in counts}),
        closed=closed.pages,
        again=closed.again,
        pages=[(page, headlines.of(None, page.path)) for page in pages],
        days=[(shown.day(day, visit.language), *sums) for day, sums in days.items() if any(sums)],
        assurances=_assurances(visit, borne),
    )


def pages_sheet(visit: Visit) -> Response:
    """The pages that an operator asked for, as CSV."""
    name, period = unquote(visit.parts["name"])[:200], _period(visit)
    query = Query(operators=(name,), since=visit.now - PERIODS[period], phases=("decision",))
    with visit.console.review.index() as index:
        pages, headlines = most_wanted(index, query, _MOST_PAGES), visit.headlines
    rows = ((*page, headlines.of(None, page.path)) for page in pages)
    return sheet(visit, f"{name}-{period}-pages", ("page", "requests", "refused", "headline"), rows)


def days_sheet(visit: Visit) -> Response:
    """An operator's days, as CSV; the newest first."""
    name, period = unquote(visit.parts["name"])[:200], _period(visit)
    with visit.console.review.index() as index:
        days = _days(visit, index, name, visit.now - PERIODS[period])
    rows = ((day.isoformat(), *sums) for day, sums in days.items())
    return sheet(visit, f"{name}-{period}-days", ("day", "served", "refused"), rows)


def trend(visit: Visit) -> Response:
    """The same for the plot."""
    name, period = unquote(visit.parts["name"])[:200], _period(visit)
    with visit.console.review.index() as index:
        days = [*reversed(_days(visit, index, name, visit.now - PERIODS[period]).items())]
    at = [day_begins(day, visit.policy.zone) for day, _ in days]
    return plotted(
        visit,
        at,
        {"served": "--allow", "refused": "--deny"},
        [[*line] for line in zip(*(sums for _, sums in days), strict=True)],
        days=True,
    )


def _assurances(visit: Visit, borne: Mapping[str, int]) -> list[tuple[str, int]]:
    """How far the claims were borne out, in words, the firmest first."""
    known = [(one, borne[one.value]) for one in reversed(Assurance) if borne.get(one.value)]
    return [(ASSURANCES[one].said(visit.language), n) for one, n in known]


def _days(visit: Visit, index: Index, name: str, since: int) -> dict[date, list[int]]:
    """Requests of an operator served and refused on each day from that instant (µs UTC) on, the newest first."""
    clock, since = visit.clock, since - since % HOUR
    days = {clock.local(at).date(): [0, 0] for at in range(visit.now, since, -HOUR)}
    days.setdefault(clock.local(since).date(), [0, 0])
    for at, refused, n in hourly.of_operator(index, name, since, visit.now + HOUR):
        days.setdefault(clock.local(at).date(), [0, 0])[refused] += n
    return days


def _period(visit: Visit) -> str:
    wanted = visit.query.get("period", "")
    return wanted if wanted in PERIODS else _DEFAULT


def _purposes(visit: Visit, purposes: set[str | None]) -> str:
    known = sorted(one for one in purposes if one is not None)
    return ", ".join(
        PURPOSES[Purpose(one)].said(visit.language) if one in set(Purpose) else one for one in known
    )
