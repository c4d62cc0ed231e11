"""The case file of an operator: everything of theirs in a period, proved, in one file."""

from datetime import date, timedelta
from urllib.parse import unquote

from starlette.responses import Response

from gateway.audit.proof import About
from gateway.console.decision import handed_over
from gateway.console.filters import day_begins
from gateway.console.visit import Denied, Visit


def case(visit: Visit) -> Response:
    """The form for a period, and the file."""
    name, zone = unquote(visit.parts["name"])[:200], visit.policy.zone
    today = visit.clock.local(visit.now).date()
    if not visit.form:
        begins = today - timedelta(days=30)
        return visit.render("case.html", name=name, since=begins.isoformat(), until=today.isoformat())
    try:
        since, until = (date.fromisoformat(visit.form.get(field, "")) for field in ("since", "until"))
    except ValueError:
        raise Denied(400, "error", visit.form.get("since", "")[:40]) from None
    about = About(
        operator=name, since=day_begins(since, zone), until=day_begins(until + timedelta(days=1), zone)
    )
    return handed_over(visit, about, f"{name}-{since}-{until}")
