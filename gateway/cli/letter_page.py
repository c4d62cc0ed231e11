"""The monthly letter as a page: in Indonesian, which governs, and English; made to be printed on one sheet."""

from typing import Any, Final

from markupsafe import Markup

from gateway.cli.used_page import PAGES
from gateway.enforce.messages import WORDS, Message
from gateway.enforce.times import times
from gateway.inert import inert
from gateway.policy.model import Policy
from gateway.told.letter import UNSEEN, Letter
from gateway.told.letter_tables import Cell, Table, Titled, said, tables, together
from gateway.told.letter_words import MORE, TITLE, headline, seen, summary
from gateway.vocabulary import Language, Sentence

#: So many rows of a table fit; CSV has them all.
ROWS: Final = {"operators": 8, "pages": 6, "readers": 5, "welcome-refused": 4, "licenses": 4}
_STYLE: Final = Markup(  # noqa: S704 -- our own style sheets, the one text that is not escaped
    "".join(PAGES.get_template(name).render().strip() for name in ("style.css", "usage.css", "letter.css"))
)
_SAID: Final = {
    "seen": Sentence("Berapa yang terlihat", "How much was seen"),
    "made": Sentence("Dibuat", "Made"),
    "policy": Sentence("Kebijakan", "Policy"),
    "governs": Sentence("Teks Indonesia yang berlaku.", "The Indonesian text governs."),
}


def page(letter: Letter, policy: Policy, now: int) -> str:
    """The whole page, which fetches nothing and runs nothing; made ``now`` (µs UTC)."""
    made = times(now // 1_000_000, policy.zone)
    return PAGES.get_template("letter.html").render(
        style=_STYLE,
        message=Message(TITLE, headline(letter), _both(letter, summary)),
        words=WORDS,
        said=_SAID,
        publication=inert(policy.rights.publication or policy.rights.holder),
        tables=[_shown(table) for table in map(together, tables(letter, now))],
        seen=_both(letter, seen),
        unseen=UNSEEN,
        made=Sentence(made.local, made.utc),
        digest=policy.digest,
    )


def _both(letter: Letter, say: Any) -> Sentence:
    return Sentence(*(" ".join(say(letter, language)) for language in Language))


def _shown(table: Table) -> dict[str, Any]:
    rows = table.rows[: ROWS[table.name]]
    more = len(table.rows) - len(rows)
    return {
        "title": table.title,
        "empty": table.empty,
        "heads": [column.head for column in table.columns],
        "rows": [[_cell(cell) for cell in row] for row in rows],
        "more": Sentence(*(MORE.said(one).format(count=one.number(more)) for one in Language))
        if more
        else None,
    }


def _cell(cell: Cell) -> tuple[str, str, bool, str]:
    """A cell in both languages, whether it is a number, and the headline above it. Figures are written in the Indonesian
    form alone."""
    shown = inert(said(cell, Language.ID))
    figure = isinstance(cell, int)
    title = inert(cell.title) if isinstance(cell, Titled) else ""
    return shown, shown if figure else inert(said(cell, Language.EN)), figure, title
