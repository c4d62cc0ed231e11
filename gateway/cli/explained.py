"""An explanation as `izin explain` shows it: as lines of text, or as JSON."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import wrap

import msgspec

from gateway.cli.terminal import safe
from gateway.decide import Question
from gateway.explain import Explanation
from gateway.vocabulary import SENTENCES

_LABELS = {
    "en": (
        "verdict",
        "rule",
        "because",
        "reasons",
        "taken for",
        "evidence",
        "asked",
        "would change it",
        "policy",
    ),
    "id": (
        "putusan",
        "aturan",
        "sebab",
        "alasan",
        "dianggap",
        "bukti",
        "ditanyakan",
        "yang mengubahnya",
        "kebijakan",
    ),
}
_WORDS = {
    "en": ("none: allowed by default", "observe mode: recorded, and let pass"),
    "id": ("tidak ada: dibiarkan secara bawaan", "mode amati: dicatat, lalu diteruskan"),
}


def as_json(question: Question, found: Explanation, folder: Path) -> str:
    """One JSON object, indented. ``folder`` is the policy's, as it was given."""
    decision, identity, rule = found.decision, question.identity, found.rule
    members = {
        "verdict": decision.verdict,
        "status": decision.status,
        "enforced": decision.enforced,
        "kind": identity.kind,
        "agent": identity.agent or identity.name,
        "operator": identity.operator,
        "purpose": identity.purpose,
        "assurance": identity.assurance,
        "audience": decision.audience,
        "rule": decision.rule,
        "place": _place(found, folder),
        "because": None if rule is None or rule.because is None else rule.because._asdict(),
        "reasons": decision.reasons,
        "sentences": {reason: SENTENCES[reason]._asdict() for reason in decision.reasons},
        "evidence": [
            {"probe": one.probe, "finding": one.finding, "detail": one.detail} for one in identity.evidence
        ],
        "license": decision.license,
        "grants": decision.grants,
        "steps": found.steps,
        "changes": [change._asdict() for change in found.changes],
        "policy": question.policy.digest,
    }
    return msgspec.json.format(msgspec.json.encode(members), indent=2).decode()


def as_text(question: Question, found: Explanation, folder: Path, lang: str, columns: int) -> Iterator[str]:
    """Lines of at most so many columns; ``lang`` is ``id`` or ``en``."""
    request, zone = question.request, question.policy.zone
    at = datetime.fromtimestamp(question.now / 1_000_000, UTC).astimezone(zone)
    target = request.target.raw.decode("ascii") if request.target else ""
    asked = f"{safe(request.method)} {safe(request.authority)}{target}"
    yield from wrap(asked, columns, subsequent_indent="    ", break_on_hyphens=False)
    yield f"{at:%Y-%m-%d %H:%M} {at.tzname()}"
    yield ""
    indent = max(map(len, _LABELS[lang])) + 4
    for label, texts in zip(_LABELS[lang], _rows(question, found, folder, lang), strict=True):
        begin = f"  {label}".ljust(indent)
        for text in texts:
            more = " " * (indent + 2)
            yield from wrap(
                safe(text), columns, initial_indent=begin, subsequent_indent=more, break_on_hyphens=False
            )
            begin = " " * indent


def _rows(question: Question, found: Explanation, folder: Path, lang: str) -> Iterator[Iterable[str]]:
    """The texts for each of `_LABELS`."""
    decision, identity, rule = found.decision, question.identity, found.rule
    by_default, observed = _WORDS[lang]
    status = "" if decision.status is None else f" ({decision.status})"
    yield [f"{decision.verdict}{status}" + ("" if decision.enforced else f", {observed}")]
    place = _place(found, folder)
    yield [decision.rule or by_default, *([] if place is None else [place])]
    yield [] if rule is None or rule.because is None else [getattr(rule.because, lang)]
    yield [f"{one}: {getattr(SENTENCES[one], lang)}" for one in decision.reasons]
    who = (
        identity.agent or identity.name,
        identity.operator,
        identity.kind,
        identity.purpose,
        identity.assurance,
    )
    yield [" · ".join(text for text in who if text)]
    yield [
        f"{one.finding}: {getattr(SENTENCES[one.finding], lang)}" + (f" ({one.detail})" if one.detail else "")
        for one in identity.evidence
    ]
    yield [" → ".join(found.steps)]
    yield [getattr(one, lang) for one in found.changes]
    yield [question.policy.digest]


def _place(found: Explanation, folder: Path) -> str | None:
    """Where the rule or the license stands, so that an editor opens it: the file by the folder as it was given."""
    return (
        None
        if found.place is None
        else f"{folder / found.place.file}:{found.place.line}:{found.place.column}"
    )
