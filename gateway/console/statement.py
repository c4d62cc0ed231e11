"""The monthly statement of what a license was used for: as a page to be read or printed, and as CSV."""

from typing import Any, Final

from starlette.responses import Response

from gateway.console import shown
from gateway.console.letter import being_made, found_letter, month_asked
from gateway.console.sheets import as_file
from gateway.console.visit import Denied, Visit
from gateway.licenses.license import License
from gateway.reasons import SENTENCES
from gateway.told.letter import Letter
from gateway.told.month import Month
from gateway.told.usage import Statement, as_csv
from gateway.vocabulary import Reason

#: What requests are summed by, with the keys of a table's title and of what stands above its first column.
_TABLES: Final = (
    ("day", "by day", "statement day"),
    ("host", "by host", "statement host"),
    ("section", "by section", "statement section"),
)


def statement(visit: Visit) -> Response:
    """One license in one month; without one the last that is over."""
    month = month_asked(visit)
    letter = found_letter(visit, month)
    if letter is None:
        return being_made(visit)
    held, found = _of(visit, letter)
    running = Month.of(visit.clock.local(visit.now).date())
    return visit.render(
        "statement.html",
        license=held,
        statement=found,
        month=month,
        before=month.before,
        after=month.after if month < running else None,
        language=visit.language,
        tables=[
            (visit.say(title), visit.say(head), _rows(visit, found, name)) for name, title, head in _TABLES
        ],
        because=[(_why(visit, reason), count) for reason, count in found.because],
    )


def lines(visit: Visit) -> Response:
    """The same as CSV: a line for each day, host and section."""
    month = month_asked(visit)
    letter = found_letter(visit, month)
    if letter is None:
        return being_made(visit)
    held, found = _of(visit, letter)
    return as_file(visit, f"{month}-{held.id}", as_csv(found))


def _of(visit: Visit, letter: Letter) -> tuple[License, Statement]:
    for held, used in letter.licenses:
        if held.id == visit.parts["name"]:
            return held, used
    raise Denied(404, "no license")


def _rows(visit: Visit, found: Statement, name: str) -> list[tuple[str, Any]]:
    def label(key: Any) -> str:
        if name == "day":
            return shown.day(key, visit.language)
        return visit.say("no section") if key is None else str(key)

    return [(label(key), row) for key, row in found.by(name).items()]


def _why(visit: Visit, reason: str) -> str:
    known = reason in list(Reason)
    return SENTENCES[Reason(reason)].said(visit.language) if known else reason
