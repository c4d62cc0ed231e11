"""What was published when, and what changed from one time to the next."""

from collections.abc import Iterable
from typing import Any, Final

from starlette.responses import Response

from gateway.audit import folder
from gateway.audit.history import marks, reader_of_terms
from gateway.console.sheets import sheet
from gateway.console.visit import Denied, Visit
from gateway.instants import rfc3339
from gateway.told.history import Ended, Span, spans
from gateway.told.stated import differences, stated

#: Times that are listed, and lines of a difference that are shown, at most.
_MOST, _LINES = 200, 2_000
_NOTHING: Final = ""


def history(visit: Visit) -> Response:
    """The terms that were in force, newest first; runs of the gateway under the same terms are one."""
    runs = _runs(visit)
    rows = [
        {
            "since": visit.clock.full(run[0].since),
            "until": None if run[-1].ended is Ended.OPEN else visit.clock.full(run[-1].until),
            "terms": run[0].terms,
            "policy": run[0].policy,
            "before": _NOTHING if place == 0 else runs[place - 1][0].terms,
        }
        for place, run in enumerate(runs)
    ]
    return visit.render("history.html", rows=rows[: -_MOST - 1 : -1])


def history_sheet(visit: Visit) -> Response:
    """The same as CSV, with the digests of what was in force and instants in UTC; the newest first."""
    rows = (
        (
            rfc3339(run[0].since),
            None if run[-1].ended is Ended.OPEN else rfc3339(run[-1].until),
            run[0].terms,
            run[0].policy,
        )
        for run in reversed(_runs(visit))
    )
    return sheet(visit, "terms", ("since", "until", "terms", "policy"), rows)


def _runs(visit: Visit) -> list[list[Span]]:
    with visit.console.review.index() as index:
        found = list(spans(marks(index)))
    if found and found[-1].ended is Ended.OPEN and not folder.held(visit.console.folder):
        found[-1] = found[-1]._replace(ended=Ended.LOST)  # nobody writes it, and nobody said stop
    return together(found)


def together(found: Iterable[Span]) -> list[list[Span]]:
    """Spans one after the other, those under the same terms and policy in one list."""
    runs: list[list[Span]] = []
    for span in found:
        if runs and (runs[-1][-1].terms, runs[-1][-1].policy) == (span.terms, span.policy):
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


def difference(visit: Visit) -> Response:
    """What is said differently under two terms, statement by statement, as unified differences."""
    texts = visit.console.review.texts
    read = reader_of_terms(texts)
    before, after = (read(visit.query.get(name, "")) for name in ("before", "after"))
    if before is None or after is None:
        raise Denied(404, "no text")
    changes: list[dict[str, Any]] = [
        {"name": one.name, "hosts": one.hosts, "lines": _marked(one.lines)}
        for one in differences(stated(before, texts.read), stated(after, texts.read))
    ]
    return visit.render("difference.html", changes=changes)


def _marked(lines: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each line of a difference with what it is: added, removed, or neither."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    return [(kinds.get(line[:1], "same"), line) for line in lines[:_LINES]]
