"""What `izin doctor` prints: a line for each finding, and the count; or a list for machines."""

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, Final

from gateway.cli.terminal import fit, paint, safe
from gateway.told.doctor import Check, Finding, Outcome
from gateway.told.doctor.finding import READER_NAME
from gateway.vocabulary import Language, Sentence

Found = Sequence[tuple[Check, Finding]]

_WORDS: Final = {
    Outcome.OK: Sentence("cocok", "ok"),
    Outcome.DIFFERS: Sentence("berbeda", "differs"),
    Outcome.UNCLEAR: Sentence("tak pasti", "unclear"),
}
_COLOURS: Final = {Outcome.OK: "green", Outcome.DIFFERS: "red", Outcome.UNCLEAR: "yellow"}
_EXPECTED: Final = Sentence("seharusnya: {what}", "expected: {what}")
_REMEDY: Final = Sentence("lakukan: {what}", "what to do: {what}")
_COUNT: Final = Sentence(
    "Permintaan: {requests}. Cocok: {ok}, berbeda: {differs}, tak pasti: {unclear}.",
    "Requests: {requests}. Ok: {ok}, differing: {differs}, unclear: {unclear}.",
)
_READER: Final = Sentence("pembaca", "a reader")
_OUTCOME: Final = 9
_TITLE: Final = 18


def as_text(found: Found, requests: int, language: Language, width: int, *, colour: bool) -> Iterator[str]:
    """The findings in their order, then how many there are of each outcome."""
    indent = " " * (_OUTCOME + 2 + _TITLE + 2)
    told, target = "", ""
    for check, finding in found:
        word = paint(
            fit(_WORDS[finding.outcome].said(language), _OUTCOME), _COLOURS[finding.outcome], on=colour
        )
        title = check.title.said(language) if check.name != told else ""
        client = finding.subject.client
        client = _READER.said(language) if client == READER_NAME else client
        # One article is looked at again and again; its path is told once.
        path = finding.subject.target if finding.subject.target != target else ""
        told, target = check.name, finding.subject.target or target
        about = ", ".join(filter(None, (path, client)))
        said = finding.seen.said(language)
        lines = _wrapped(f"{about}: {said}" if about else said, width - len(indent))
        yield f"{word}  {fit(title, _TITLE)}  {lines[0]}"
        yield from (indent + line for line in lines[1:])
        for label, more in ((_EXPECTED, finding.expected), (_REMEDY, finding.remedy)):
            if more is not None:
                text = label.said(language).format(what=more.said(language))
                yield from (f"{indent}  {line}" for line in _wrapped(text, width - len(indent) - 2))
    counts = Counter(finding.outcome for _, finding in found)
    yield ""
    yield _COUNT.said(language).format(
        requests=requests, **{outcome.value: counts[outcome] for outcome in Outcome}
    )


def as_objects(found: Found) -> list[dict[str, Any]]:
    """Each finding with what was seen, what was expected and what to do, in both languages."""
    return [
        {
            "check": check.name,
            "outcome": finding.outcome.value,
            "subject": finding.subject.target or None,
            "client": finding.subject.client or None,
            "seen": finding.seen._asdict(),
            "expected": None if finding.expected is None else finding.expected._asdict(),
            "remedy": None if finding.remedy is None else finding.remedy._asdict(),
        }
        for check, finding in found
    ]


def _wrapped(text: str, width: int) -> list[str]:
    """Lines that fit, of a text that may be a stranger's."""
    return wrap(safe(text), max(20, width), break_on_hyphens=False) or [""]
