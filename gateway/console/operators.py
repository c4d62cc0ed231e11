"""Operators: a line each, and a scorecard of one."""

from typing import Any, Final
from urllib.parse import unquote

from starlette.responses import Response

from gateway.audit.query import Query
from gateway.audit.scorecard import closed_pages, most_wanted, seen, sent_back
from gateway.console.hours import PERIODS, total
from gateway.console.visit import Denied, Visit
from gateway.names import PURPOSES
from gateway.record.referrals import OPERATORS
from gateway.vocabulary import Purpose

_DEFAULT: Final = "7d"
#: Pages that are named as most wanted, at most.
_PAGES: Final = 12


def operators(visit: Visit) -> Response:
    """Everybody who came in the period, by how often they were refused."""
    period = _period(visit)
    since = visit.now - PERIODS[period]
    with visit.console.review.index() as index:
        counts = total(visit.console.hours.span(index, since, visit.now, visit.now))
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
    listed = [
        {"name": name, **row, "purposes": _purposes(visit, row["purposes"]), "readers": readers.get(name, 0)}
        for name, row in sorted(rows.items(), key=lambda one: (-one[1]["refused"], -one[1]["served"], one[0]))
    ]
    return visit.render("operators.html", operators=listed, period=period, periods=tuple(PERIODS))


def operator(visit: Visit) -> Response:
    """One operator: what it was refused, how much of that is a violation, whether it came back, and what it wants most."""
    name, period = unquote(visit.parts["name"])[:200], _period(visit)
    since = visit.now - PERIODS[period]
    query = Query(operators=(name,), since=since, phases=("decision",))
    with visit.console.review.index() as index:
        hours = visit.console.hours.span(index, since, visit.now, visit.now)
        pages = most_wanted(index, query, _PAGES)
        closed = closed_pages(index, query)
        came = seen(index, name)
    if came is None:
        raise Denied(404, "no operator")
    counts = [(group, n) for group, n in total(hours).items() if group.operator == name]
    days: dict[str, list[int]] = {}
    for at, hour in reversed(hours):
        row = days.setdefault(visit.clock.day(at), [0, 0])
        for group, n in hour.counts.items():
            if group.operator == name:
                row[group.refused] += n
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
        pages=pages,
        days=[(day, *sums) for day, sums in days.items() if any(sums)],
    )


def _period(visit: Visit) -> str:
    wanted = visit.query.get("period", "")
    return wanted if wanted in PERIODS else _DEFAULT


def _purposes(visit: Visit, purposes: set[str | None]) -> str:
    known = sorted(one for one in purposes if one is not None)
    return ", ".join(
        PURPOSES[Purpose(one)].said(visit.language) if one in set(Purpose) else one for one in known
    )
