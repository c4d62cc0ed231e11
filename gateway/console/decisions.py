"""The list of decisions, and the search that leads there."""

from contextlib import suppress
from datetime import date, timedelta
from ipaddress import ip_network
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.audit.listing import Cursor, Minute, Row, asked_of, listing
from gateway.audit.minutes import MINUTE
from gateway.audit.query import Query, by_code, count
from gateway.audit.scorecard import NEWEST, Caller, callers
from gateway.console import filters, shown
from gateway.console.filters import CHOICES, NAMES, PERIODS, BadFilter, Filters
from gateway.console.sheets import as_file
from gateway.console.visit import Denied, Visit
from gateway.inert import inert
from gateway.instants import rfc3339
from gateway.names import PURPOSES
from gateway.policy.headlines import Headlines
from gateway.record.exported import FORMS
from gateway.vocabulary import Purpose

#: Decisions in a file of CSV, and operators that a sentence names, at most.
MOST_EXPORTED: Final = 2_000
_NAMED: Final = 4
#: Headlines that a choice is given of, at most.
_HEADLINES: Final = 30
_TIMES: Final = ("since", "until")


def listed(visit: Visit) -> Response:
    """Decisions that match the filters in the address, a page at a time."""
    asked = read_filters(visit)
    if asked.first("address"):
        visit.look("address", {"addresses": len(asked.query.addresses)})
    each = visit.query.get("each") == "1"
    if each:
        times = {name: value for name, value in asked.given if name in {"since", "until"}}
        visit.look("readers", times)
    after, fragment = Cursor.read(visit.query.get("after", "")), "seen" in visit.query
    with visit.console.review.index() as index:
        newest = index.last
        if visit.query.get("seen") == str(newest):
            return Response(status_code=204)
        page = listing(index, asked.query, after, each=each)
        told = asked.given and after is None and not each and not fragment
        who = callers(index, *asked_of(index, asked.query)) if told else []
    live, headlines = after is None and not each, visit.headlines
    return visit.render(
        "rows.html" if fragment else "decisions.html",
        rows=[_row(visit, row, headlines) for row in page.rows],
        next=None if page.next is None else visit.here(after=str(page.next), seen=None),
        first=visit.here(after=None, seen=None),
        chips=chips(visit, asked),
        who=_who_asked(visit, who),
        csv=f"/decisions.csv?{urlencode(asked.given)}",
        sections=tuple(filters.sections(visit.policy)),
        asked=asked,
        live=visit.here(seen=str(newest), after=None) if live else None,
        each=each,
        choices=CHOICES,
        purposes=tuple(Purpose),
        periods=PERIODS,
        day_before=urlencode(
            [*((n, v) for n, v in asked.given if n not in _TIMES), *yesterday(visit).items()]
        ),
    )


def exported(visit: Visit) -> Response:
    """The same decisions as CSV, the newest `MOST_EXPORTED`; readers who were served, only counted, are not among them."""
    asked = read_filters(visit)
    visit.look("list", {name: value for name, value in asked.given if name != "address"})
    rows: list[dict[str, Any]] = []
    after: Cursor | None = None
    while len(rows) < MOST_EXPORTED:
        with visit.console.review.index() as index:  # given back between pages: others look too
            page = listing(index, asked.query, after, each=False)
        rows += [row.entry for row in page.rows if isinstance(row, Row) and row.entry is not None]
        after = page.next
        if after is None:
            break
    lines = (FORMS["csv"].line(entry, None) for entry in rows[:MOST_EXPORTED])
    return as_file(visit, "decisions", "".join([FORMS["csv"].head, *lines]))


def _who_asked(visit: Visit, who: list[Caller]) -> str:
    """How many decisions a list holds, how many of them are refusals, and whose: of the refusals, where there are any."""
    asked, refused = sum(one.decisions for one in who), sum(one.refused for one in who)
    if not asked:
        return ""

    def count(n: int) -> str:
        return visit.language.number(n)

    ranked = sorted(
        (
            (one.refused if refused else one.decisions, one.operator)
            for one in who
            if one.operator is not None
        ),
        key=lambda row: (-row[0], row[1]),
    )
    named = ", ".join(f"{inert(operator)} ({count(n)})" for n, operator in ranked[:_NAMED] if n) or "–"
    if not refused:
        return visit.say("none refused", n=count(asked), operators=named)
    key = "some refused of newest" if asked >= NEWEST else "some refused"
    return visit.say(key, n=count(asked), refused=count(refused), operators=named)


def read_filters(visit: Visit) -> Filters:
    """The filters of the address. `Denied` where one cannot be read."""
    try:
        return filters.read(visit.query, visit.policy, visit.now)
    except BadFilter as error:
        text = visit.say("bad filter", value=error.value, name=visit.say(_label(error.name)))
        raise Denied(400, "error", text) from None


def search(visit: Visit) -> Response:
    """Leads to what was looked for: a decision by its code, or a list."""
    wanted = visit.query.get("q", "").strip()[:200]
    if not wanted:
        return visit.go("/decisions")
    if wanted.startswith("/"):
        return _to(path=wanted)
    if wanted.lower() in filters.sections(visit.policy):
        return _to(section=wanted.lower())
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
    return _with_headline(visit, wanted) or visit.render("nothing.html", 404, what=wanted)


def _with_headline(visit: Visit, wanted: str) -> Response | None:
    """The list of the one page whose headline has these words, or a choice of several; None where none has."""
    found = [
        (title, host, page, urlencode({"path": f"{page}$"}))
        for host, page, title in visit.headlines.with_words(wanted, _HEADLINES)
        if not {"*", "$"} & {*page}  # which a pattern would take for more
    ]
    if len(found) == 1:
        return visit.go(f"/decisions?{found[0][-1]}")
    return visit.render("headlines.html", what=wanted, found=found) if found else None


def _to(**wanted: str) -> Response:
    return Visit.go(f"/decisions?{urlencode(wanted)}")


def chips(visit: Visit, asked: Filters) -> list[dict[str, str]]:
    """The filters as words, each with the address without it."""
    return [
        {
            "text": _said(visit, name, value),
            "label": visit.say("period" if value in PERIODS else _label(name)),
            "without": f"{visit.path}?{urlencode([one for one in asked.given if one != (name, value)])}",
        }
        for name, value in asked.given
    ]


def yesterday(visit: Visit) -> dict[str, str]:
    """The filters that ask for the whole day before this one."""
    day = (visit.clock.local(visit.now).date() - timedelta(days=1)).isoformat()
    return {"since": day, "until": day}


def _said(visit: Visit, name: str, value: str) -> str:
    if name in CHOICES and value in CHOICES[name]:
        return visit.say(f"{name} {value}")
    if name == "purpose" and value in set(Purpose):
        return PURPOSES[Purpose(value)].said(visit.language)
    if name == "since" and value in PERIODS:
        return visit.say(f"ago {value}")
    if name in {"since", "until"}:
        with suppress(ValueError):
            return shown.day(date.fromisoformat(value), visit.language)
    if name == "path":
        return visit.headlines.of(None, value.removesuffix("$")) or value
    return visit.say("violations") if name == "violations" else value


def _label(name: str) -> str:
    return {"since": "from", "until": "until day"}.get(name, name)


def _row(visit: Visit, row: Row | Minute, headlines: Headlines) -> dict[str, Any]:
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
    name = identity["agent"] or identity.get("name") or visit.say(f"one {identity['kind']}")
    purpose = identity["purpose"]
    return {
        "minute": False,
        "entry": entry,
        "when": clock.short(row.at),
        "name": name,
        "purpose": PURPOSES[Purpose(purpose)].said(visit.language) if purpose in set(Purpose) else purpose,
        "target": "-" if request["target"] is None else request["target"],
        "headline": headlines.of(request["host"], request["target"]),
        "violation": row.violation,
    }
