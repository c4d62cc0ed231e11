"""An explanation as `izin explain` shows it: as lines of text, or as JSON."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import msgspec

from gateway.cli.terminal import safe
from gateway.decide import in_force
from gateway.decision import Question
from gateway.explain import Explanation
from gateway.identify.address import NOT_ASKED
from gateway.identify.identity import Evidence
from gateway.instants import utc
from gateway.rates.due import limit_named
from gateway.rates.rate import Rate
from gateway.reasons import SENTENCES
from gateway.vocabulary import By, Language, Sentence

#: What stands before each part of the text, in its order (`_parts`).
_LABELS: Final = (
    Sentence("putusan", "verdict"),
    Sentence("aturan", "rule"),
    Sentence("sebab", "because"),
    Sentence("alasan", "reasons"),
    Sentence("dianggap", "taken for"),
    Sentence("laju", "rates"),
    Sentence("bukti", "evidence"),
    Sentence("ditanyakan", "asked"),
    Sentence("yang mengubahnya", "would change it"),
    Sentence("kebijakan", "policy"),
)
_BY_DEFAULT: Final = Sentence("tidak ada: dibiarkan secara bawaan", "none: allowed by default")
_NOT_ASKED: Final = Sentence(
    "tidak ditanyakan; lihat --address dan --check", "not asked; see --address and --check"
)
_OBSERVED: Final = Sentence("mode amati: dicatat, lalu diteruskan", "observe mode: recorded, and let pass")


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
        "rates": _rates(question, found),
        "license": decision.license,
        "grants": decision.grants,
        "steps": found.steps,
        "changes": [change._asdict() for change in found.changes],
        "policy": question.policy.digest,
    }
    return msgspec.json.format(msgspec.json.encode(members), indent=2).decode()


def _rates(question: Question, found: Explanation) -> list[dict[str, Any]]:
    """The rates that would count the request, tightest first, and the quota."""
    named, host = [], in_force(question).host
    for name in found.decision.rates:
        rate = None if host is None else limit_named(name, host, question.policy)
        if isinstance(rate, Rate):
            named.append({"rule": name, "limit": rate.limit, "burst": rate.burst, "by": rate.by.value})
        elif rate is not None:
            named.append({"rule": name, "limit": rate.limit, "burst": rate.count, "by": By.LICENSE.value})
    return named


def as_text(
    question: Question, found: Explanation, folder: Path, language: Language, columns: int
) -> Iterator[str]:
    """Lines of at most so many columns."""
    request, at = question.request, utc(question.now).astimezone(question.policy.zone)
    target = request.target.raw.decode("ascii") if request.target else ""
    asked = f"{safe(request.method)} {safe(request.authority)}{target}"
    yield from wrap(asked, columns, subsequent_indent="    ", break_on_hyphens=False)
    yield f"{at:%Y-%m-%d %H:%M} {at.tzname()}"
    yield ""
    labels = [label.said(language) for label in _LABELS]
    indent = max(map(len, labels)) + 4
    for label, texts in zip(labels, _parts(question, found, folder, language), strict=True):
        begin = f"  {label}".ljust(indent)
        for text in texts:
            more = " " * (indent + 2)
            yield from wrap(
                safe(text), columns, initial_indent=begin, subsequent_indent=more, break_on_hyphens=False
            )
            begin = " " * indent


def _parts(
    question: Question, found: Explanation, folder: Path, language: Language
) -> Iterator[Iterable[str]]:
    """The texts for each of `_LABELS`."""
    decision, identity, rule = found.decision, question.identity, found.rule
    status = "" if decision.status is None else f" ({decision.status})"
    yield [f"{decision.verdict}{status}" + ("" if decision.enforced else f", {_OBSERVED.said(language)}")]
    place = _place(found, folder)
    yield [decision.rule or _BY_DEFAULT.said(language), *([] if place is None else [place])]
    yield [] if rule is None or rule.because is None else [rule.because.said(language)]
    yield [f"{one}: {SENTENCES[one].said(language)}" for one in decision.reasons]
    name = identity.agent or identity.name
    who = (name, identity.operator, identity.kind, identity.purpose, identity.assurance)
    yield [" · ".join(text for text in who if text)]
    yield [
        f"{one['rule']}: {one['limit']}, burst {one['burst']}, by {one['by']}"
        for one in _rates(question, found)
    ]
    yield [
        f"{one.probe}: {SENTENCES[one.finding].said(language)} ({_detail(one, language)})"
        for one in identity.evidence
    ]
    yield [" → ".join(found.steps)]
    yield [change.said(language) for change in found.changes]
    yield [question.policy.digest]


def _detail(one: Evidence, language: Language) -> str:
    """The code of a finding, and what it is about."""
    detail = _NOT_ASKED.said(language) if one.detail == NOT_ASKED.why else one.detail
    return f"{one.finding}: {detail}" if detail else one.finding


def _place(found: Explanation, folder: Path) -> str | None:
    """Where the rule or the license stands, so that an editor opens it: the file by the folder as it was given."""
    return (
        None
        if found.place is None
        else f"{folder / found.place.file}:{found.place.line}:{found.place.column}"
    )
