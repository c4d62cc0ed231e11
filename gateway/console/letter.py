"""The monthly letter as a page, to be read or printed, and each of its tables as CSV."""

from dataclasses import replace

from starlette.responses import Response

from gateway.console.apology import apology
from gateway.console.letters import PAGES
from gateway.console.sheets import as_file
from gateway.console.visit import Denied, Visit
from gateway.rates.quota import Quota
from gateway.told.letter import UNSEEN, Letter, titled
from gateway.told.letter_tables import Cell, Titled, as_csv, said, tables, together
from gateway.told.letter_words import headline, seen, summary
from gateway.told.month import Month


def letter(visit: Visit) -> Response:
    """One month; without one the last that is over."""
    month, language = month_asked(visit), visit.language
    found = found_letter(visit, month)
    if found is None:
        return being_made(visit)
    running = Month.of(visit.clock.local(visit.now).date())
    return visit.render(
        "letter.html",
        headline=headline(found).said(language),
        summary=" ".join(summary(found, language)),
        tables=[
            {
                "name": table.name,
                "title": table.title.said(language),
                "empty": table.empty.said(language),
                "heads": [column.head.said(language) for column in table.columns],
                "rows": [
                    [(said(cell, language), isinstance(cell, int | Quota), _title(cell)) for cell in row]
                    for row in table.rows[:PAGES]
                ],
                "more": table.more + max(0, len(table.rows) - PAGES),
            }
            for table in map(together, tables(found, visit.now))
        ],
        seen=" ".join(seen(found, language)),
        unseen=UNSEEN.said(language),
        month=month,
        before=month.before,
        after=month.after if month < running else None,
        language=language,
    )


def table(visit: Visit) -> Response:
    """One table of a month as CSV."""
    month = month_asked(visit)
    found = found_letter(visit, month)
    if found is None:
        return being_made(visit)
    if visit.parts["name"] == "pages" and found.more_pages:
        pages = visit.console.letters.pages(visit.console.folder, visit.policy, month)
        found = titled(replace(found, pages=pages, more_pages=0), visit.headlines)
    for one in tables(found, visit.now):
        if one.name == visit.parts["name"]:
            name = f"{month}-{one.name}"
            return as_file(visit, name, as_csv(one))
    raise Denied(404, "not found")


def month_asked(visit: Visit) -> Month:
    """The month that is asked for; without one the last that is over. `Denied` where it is none, or yet to come."""
    running = Month.of(visit.clock.local(visit.now).date())
    asked = visit.query.get("month")
    if asked is None:
        return running.before
    month = Month.read(asked)
    if month is None or month > running:
        raise Denied(404, "not found")
    return month


def found_letter(visit: Visit, month: Month) -> Letter | None:
    """The letter of a month, with headlines; None while it is made."""
    found = visit.console.letters.letter(visit.console.folder, visit.policy, month, visit.now)
    return None if found is None else titled(found, visit.headlines)


def being_made(visit: Visit) -> Response:
    """A page that looks again by itself."""
    return apology(visit, Denied(503, "letter being made"))


def _title(cell: Cell) -> str:
    return cell.title if isinstance(cell, Titled) else ""
