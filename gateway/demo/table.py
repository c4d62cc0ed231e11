"""The live table: who came, whom the gateway took it for, what it decided, and why."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import click

from gateway.names import KINDS, PURPOSES
from gateway.reasons import SENTENCES
from gateway.vocabulary import Assurance, Kind, Language, Purpose, Reason, Sentence, Verdict

WIDTHS = (25, 24, 12, 33)
GAP = "  "
COLOURS = {Verdict.ALLOW: "green", Verdict.LICENSE: "yellow", Verdict.DENY: "red"}

HEADINGS = (
    Sentence("klien", "client"),
    Sentence("dikenali sebagai", "taken for"),
    Sentence("putusan", "verdict"),
    Sentence("mengapa", "why"),
)
VERDICTS = {
    Verdict.ALLOW: Sentence("dilayani", "served"),
    Verdict.LICENSE: Sentence("lisensi", "license"),
    Verdict.DENY: Sentence("ditolak", "refused"),
}
#: Reasons beside the deciding one that a newcomer would ask for.
TELLING = frozenset(
    {
        Reason.ADDRESS_NOT_LICENSED,
        Reason.LICENSE_NOT_HERE,
        Reason.LICENSE_ENDED,
        Reason.LICENSE_OTHER_USE,
        Reason.OTHER_READING_STRICTER,
        Reason.ROBOTS_WOULD_REFUSE,
    }
)
UNKNOWN = Sentence("perayap tak dikenal", "an unknown crawler")
PROVED = Sentence("terbukti", "proved")
NO_ENTRY = Sentence("tidak tercatat", "not in the journal")
NO_ANSWER = Sentence("tanpa jawaban", "no answer")


class Table:
    """Writes rows of four columns, at most 100 characters wide; colour repeats what the words say."""

    def __init__(self, out: TextIO, language: Language, *, colour: bool) -> None:
        self.out = out
        self.language = language
        self.colour = colour

    def say(self, sentence: Sentence) -> str:
        """A sentence in the table's language."""
        return sentence.said(self.language)

    def head(self) -> None:
        """The names of the columns."""
        self._row([self.say(heading) for heading in HEADINGS], [{"bold": True}] * 4)

    def group(self, name: Sentence) -> None:
        """A line that says who comes next."""
        self._line("")
        self._line(self._styled(self.say(name), {"bold": True}))

    def row(self, name: Sentence, status: int | None, entry: Mapping[str, Any] | None) -> None:
        """One request: the client's name, the status it saw (None: no answer came), and the decision about it."""
        if entry is None:
            cells = [self.say(name), "?", str(status or self.say(NO_ANSWER)), self.say(NO_ENTRY)]
            self._row(cells, [{}, {}, {"fg": "red"}, {"fg": "red"}])
            return
        verdict = Verdict(entry["verdict"])
        cells = [
            self.say(name),
            self.taken_for(entry["identity"]),
            f"{self.say(VERDICTS[verdict])} {status or self.say(NO_ANSWER)}",
            self.why(entry),
        ]
        self._row(cells, [{}, {}, {"fg": COLOURS[verdict]}, {}])

    def differing(self, differences: Sequence[str]) -> None:
        """What was not as the script says."""
        for difference in differences:
            self._line(self._styled(f"  ≠ {difference}", {"fg": "red"}))

    def taken_for(self, identity: Mapping[str, Any]) -> str:
        """Whom the gateway took the client for: a name with its purpose, or a kind."""
        kind = self.say(UNKNOWN if identity["kind"] == Kind.AGENTS else KINDS[Kind(identity["kind"])])
        name = identity["agent"] or identity.get("name")
        notes = []
        if identity["purpose"] is not None:
            notes.append(self.say(PURPOSES[Purpose(identity["purpose"])]))
        elif name is not None:
            notes.append(kind)
        if identity["assurance"] in {Assurance.CORROBORATED, Assurance.SIGNED}:
            notes.append(self.say(PROVED))
        return f"{name}: {', '.join(notes)}" if name is not None else kind

    def why(self, entry: Mapping[str, Any]) -> str:
        """The deciding reason with the rule that gave it, and what was found about a license or a disguised path."""
        found = [*entry["reasons"][1:], *(piece["finding"] for piece in entry["identity"]["evidence"])]
        reasons = [entry["reasons"][0], *(reason for reason in found if reason in TELLING)]
        deciding, *others = (self.say(SENTENCES[Reason(reason)]) for reason in reasons)
        ruled = f"{deciding} ({entry['rule']})" if entry["rule"] else deciding
        return "; ".join([ruled, *others])

    def _row(self, cells: Sequence[str], styles: Sequence[Mapping[str, Any]]) -> None:
        columns = [
            textwrap.wrap(cell, width, break_on_hyphens=False)
            for cell, width in zip(cells, WIDTHS, strict=True)
        ]
        for number in range(max(map(len, columns))):
            parts = []
            for column, width, style in zip(columns, WIDTHS, styles, strict=True):
                text = column[number] if number < len(column) else ""
                parts.append(self._styled(text, style) + " " * (width - len(text)))
            self._line(GAP.join(parts).rstrip())

    def _styled(self, text: str, style: Mapping[str, Any]) -> str:
        return click.style(text, **style) if self.colour and style and text else text

    def _line(self, text: str) -> None:
        self.out.write(text + "\n")
        self.out.flush()
