"""The list of decisions, and the search that leads there."""

from ipaddress import ip_network
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.audit.minutes import MINUTE
from gateway.audit.query import Query, by_code, count
from gateway.console import filters
from gateway.console.filters import CHOICES, NAMES, PERIODS, BadFilter, Filters
from gateway.console.listing import Cursor, Minute, Row, listing
from gateway.console.visit import Denied, Visit
from gateway.instants import rfc3339
from gateway.names import PURPOSES
from gateway.vocabulary import Purpose


def listed(visit: Visit) -> Response:
    """Decisions that match the filters in the address, a page at a time."""
    asked = read_filters(visit)
    if asked.first("address"):
        visit.look("address", {"addresses": len(asked.query.addresses)})
    each = visit.query.get("each") == "1"
    if each:
        times = {name: value for name, value in asked.given if name in {"since", "until"}}
        visit.look("readers", times)
    after = Cursor.read(visit.query.get("after", ""))
    with visit.console.review.index() as index:
        newest = index.last
        if visit.query.get("seen") == str(newest):
            return Response(status_code=204)
        page = listing(index, asked.query, after, each=each)
    live = after is None and not each
    fragment = "seen" in visit.query
    return visit.render(
        "rows.html" if fragment else "decisions.html",
        rows=[_row(visit, row) for row in page.rows],
        next=None if page.next is None else visit.here(after=str(page.next), seen=None),
        first=visit.here(after=None, seen=None),
        chips=chips(visit, asked),
        asked=asked,
        live=visit.here(seen=str(newest), after=None) if live else None,
        each=each,
        choices=CHOICES,
        purposes=tuple(Purpose),
        periods=PERIODS,
    )


def read_filters(visit: Visit) -> Filters:
    """The filters of the address. `Denied` where one cannot be read."""
    try:
        return filters.read(visit.query, visit.policy.zone, visit.now)
    except BadFilter as error:
        text = visit.say("bad filter", value=error.value, name=visit.say(_label(error.name)).lower())
        raise Denied(400, "error", text) from None


def search(visit: Visit) -> Response:
    """Leads to what was looked for: a decision by its code, or a list."""
    wanted = visit.query.get("q", "").strip()[:200]
    if not wanted:
        return visit.go("/decisions")
    if wanted.startswith("/"):
        return _to(path=wanted)
    try:
        ip_network(wanted, strict=False)
    except ValueError:
        pass
    else:
        return _to(address=wanted)
    with visit.console.review.index() as index:
        named = {
            "operator": Query(operators=(wanted,)),
            "agent": Query(agents=(wanted,)),
            "rule": Query(rules=(wanted,)),
            "license": Query(licenses=(wanted,)),
        }
        for name, query in named.items():
            if count(index, query):
                return _to(**{name: wanted})
        if by_code(index, wanted):  # last: for a reader's code the whole journal is looked through
            return visit.go(f"/decisions/{urlencode({'': wanted})[1:]}")
    return visit.render("nothing.html", 404, what=wanted)


def _to(**wanted: str) -> Response:
    return Visit.go(f"/decisions?{urlencode(wanted)}")


def chips(visit: Visit, asked: Filters) -> list[dict[str, str]]:
    """The filters as words, each with the address without it."""
    return [
        {
            "text": _said(visit, name, value),
            "label": visit.say(_label(name)),
            "without": f"{visit.path}?{urlencode([one for one in asked.given if one != (name, value)])}",
        }
        for name, value in asked.given
    ]


def _said(visit: Visit, name: str, value: str) -> str:
    if name in CHOICES and value in CHOICES[name]:
        return visit.say(f"{name} {value}")
    if name == "purpose" and value in set(Purpose):
        return PURPOSES[Purpose(value)].said(visit.language)
    if name == "since" and value in PERIODS:
        return visit.say(f"ago {value}")
    return visit.say("violations") if name == "violations" else value


def _label(name: str) -> str:
    return {"since": "from", "until": "until day"}.get(name, name)


def _row(visit: Visit, row: Row | Minute) -> dict[str, Any]:
    """A row as the template shows it."""
    clock = visit.clock
    if isinstance(row, Minute):
        asked = [(name, value) for name, value in visit.query.multi_items() if name in NAMES]
        asked = [one for one in asked if one[0] not in {"since", "until", "kind", "verdict"}]
        span = {
            "kind": "people",
            "verdict": "allow",
            "since": rfc3339(row.begins),
            "until": rfc3339(row.begins + MINUTE),
        }
        return {
            "minute": True,
            "when": clock.short(row.begins)[:-3],
            "requests": row.requests,
            "open": f"/decisions?{urlencode([*asked, *span.items(), ('each', '1')])}",
        }
    entry = row.entry
    if entry is None:
        return {"minute": False, "when": clock.short(row.at), "entry": None}
    identity, request = entry["identity"], entry["request"]
    name = identity["agent"] or identity.get("name") or visit.say(f"kind {identity['kind']}")
    purpose = identity["purpose"]
    return {
        "minute": False,
        "entry": entry,
        "when": clock.short(row.at),
        "name": name,
        "purpose": PURPOSES[Purpose(purpose)].said(visit.language) if purpose in set(Purpose) else purpose,
        "target": "-" if request["target"] is None else request["target"],
        "violation": row.violation,
    }
