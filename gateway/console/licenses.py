"""Licenses: who may, until when, and how much of it was used; one contract in plain words."""

from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from gateway.audit.index import Index
from gateway.audit.scorecard import use_of
from gateway.console import shown
from gateway.console.filters import day_begins
from gateway.console.sheets import sheet
from gateway.console.visit import Denied, Visit
from gateway.instants import DAY, instant
from gateway.licenses.license import License
from gateway.policy.sentences import license_sentences
from gateway.policy.wording import PERIODS

_COLUMNS: Final = (
    "id",
    "licensee",
    "contract",
    "agents",
    "uses",
    "state",
    "days",
    "served",
    "refused",
    "quota",
)


def licenses(visit: Visit) -> Response:
    """Every license of the policy, those that run first, and of them those that end first."""
    return visit.render("licenses.html", licenses=_rows(visit))


def licenses_sheet(visit: Visit) -> Response:
    """The same as CSV."""
    return sheet(visit, "licenses", _COLUMNS, ([row[name] for name in _COLUMNS] for row in _rows(visit)))


def _rows(visit: Visit) -> list[dict[str, Any]]:
    with visit.console.review.index() as index:
        rows = [_row(visit, index, one) for one in visit.policy.licenses]
    return sorted(rows, key=lambda row: (row["state"] != "runs", row["ends"]))


def license_(visit: Visit) -> Response:
    """One license, as a contract would put it, with what was used of it; to be printed."""
    found = visit.policy.license(visit.parts["name"])
    if found is None:
        raise Denied(404, "no license")
    with visit.console.review.index() as index:
        row = _row(visit, index, found)
    sentences = license_sentences(visit.policy, found, visit.language)
    return visit.render("license.html", license=row, sentences=sentences)


def _row(visit: Visit, index: Index, one: License) -> dict[str, Any]:
    begins, ends, now = instant(one.begins), instant(one.ends), visit.now
    month = visit.clock.local(now).date().replace(day=1)
    since = (
        day_begins(month, visit.policy.zone)
        if one.quota is None
        else one.quota.span(now, visit.policy.zone).begins
    )
    use = use_of(index, one.id, since)
    return {
        "id": one.id,
        "licensee": one.licensee,
        "agents": ", ".join(one.agents),
        "uses": ", ".join(sorted(one.uses)),
        "state": "waits" if now < begins else "over" if now >= ends else "runs",
        "days": max(0, (ends - now) // DAY),
        "ends": ends,
        "last": shown.day(_last(one, visit).date(), visit.language),
        "served": use.served,
        "refused": use.refused,
        "quota": None if one.quota is None else one.quota.count,
        "period": None if one.quota is None else PERIODS[one.quota.period].said(visit.language),
        "since": visit.clock.day(since),
        "contract": None if one.contract is None else one.contract.number,
    }


def _last(one: License, visit: Visit) -> datetime:
    """Its last day: it ends with the midnight after."""
    return visit.clock.local(instant(one.ends) - 1)
