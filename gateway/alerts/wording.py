"""Alerts as people read them, Indonesian first, and as programs do.

What an alert speaks of may come from a policy, an operator's list or a broken server: whatever of it could end a line or a
header, or turn a text around, is written out.
"""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from textwrap import wrap
from typing import Any, Final, NamedTuple

from gateway.alerts.kinds import KINDS, Severity
from gateway.alerts.ledger import Notice, Standing, Told
from gateway.enforce.times import times
from gateway.inert import inert
from gateway.instants import SECOND, rfc3339
from gateway.vocabulary import Language, Sentence

#: Characters of one alert's text, and of a subject, at most.
_LONGEST: Final = 500
_SUBJECT: Final = 140
#: Characters of a line of a letter (RFC 3676 section 4.2).
_WIDTH: Final = 72
#: Alerts that one message has room for; of the others it says how many there are.
_MOST: Final = 25

_SEVERITIES: Final = {
    Severity.CRITICAL: Sentence("GENTING", "CRITICAL"),
    Severity.WARNING: Sentence("PERINGATAN", "WARNING"),
    Severity.INFO: Sentence("KABAR", "NOTE"),
}
_OVER: Final = Sentence("SELESAI", "OVER")
_HEAD: Final = Sentence(
    "Gerbang Izin untuk situs {site} di {machine} memberi tahu:",
    "The Izin gateway for the site {site} on {machine} says:",
)
_STATES: Final = {
    Told.NEW: Sentence("sejak {since}", "since {since}"),
    Told.STILL: Sentence("masih berlangsung, sejak {since}", "still so, since {since}"),
    Told.OVER: Sentence("dari {since} sampai {over}", "from {since} to {over}"),
}
_MORE: Final = Sentence("dan {count} lagi; lihat /ready", "and {count} more; see /ready")
_TO_DO: Final = Sentence("yang perlu dilakukan: {page}", "what to do: {page}")
_FOOT: Final = Sentence(
    "Semua yang sedang bermasalah ada di `/ready`, pada pendengar admin gerbang itu.",
    "All that is wrong now is in `/ready`, on the admin listener of that gateway.",
)
_PAGE: Final = "docs/manual/watching.md"


class Place(NamedTuple):
    """Which gateway speaks, and in which zone its people live."""

    site: str
    machine: str
    zone: tzinfo


def subject(place: Place, notices: Sequence[Notice]) -> str:
    """The line that a person sees first: the most severe, and how many more there are."""
    first = notices[0]
    text = f"[Izin {_said(place.site)}] {_label(first).id}: {_text(first.standing, Language.ID)}"
    more = f" (+{len(notices) - 1})" if len(notices) > 1 else ""
    return (text if len(text) + len(more) <= _SUBJECT else text[: _SUBJECT - len(more) - 1] + "…") + more


def letter(place: Place, notices: Sequence[Notice]) -> str:
    """The whole message, in both languages."""
    return "\n\n-- \n\n".join("\n".join(_lines(place, notices, language)) for language in Language)


def _lines(place: Place, notices: Sequence[Notice], language: Language) -> Iterable[str]:
    yield _HEAD.filled(site=_said(place.site), machine=_said(place.machine)).said(language)
    for notice in notices[:_MOST]:
        one = notice.standing
        yield ""
        yield from wrap(
            f"{_label(notice).said(language)}: {_text(one, language)}", _WIDTH, subsequent_indent="    "
        )
        state = _STATES[notice.told if one.over is None else Told.OVER]
        instants = {"since": _when(one.since, place.zone), "over": _when(one.over or 0, place.zone)}
        yield f"    {state.filled(**instants).said(language)}"
        yield f"    {_TO_DO.filled(page=f'{_PAGE}#{KINDS[one.kind].page}').said(language)}"
    if len(notices) > _MOST:
        yield ""
        yield _MORE.filled(count=len(notices) - _MOST).said(language)
    yield ""
    yield _FOOT.said(language)


def members(place: Place, notices: Sequence[Notice], now: int) -> dict[str, Any]:
    """The same for programs. ``text`` is what chat services show of a webhook, ``type``, ``timestamp`` and ``data`` are as
    Standard Webhooks has them."""
    return {
        "type": "izin.alerts",
        "timestamp": rfc3339(now),
        "text": "\n".join(
            f"[Izin {_said(place.site)}] {_label(one).said(language)}: {_text(one.standing, language)}"
            for one in notices[:_MOST]
            for language in Language
        ),
        "data": {
            "site": _said(place.site),
            "machine": _said(place.machine),
            "alerts": [_members(one) for one in notices[:_MOST]],
            "more": max(0, len(notices) - _MOST),
        },
    }


def _members(notice: Notice) -> dict[str, Any]:
    one = notice.standing
    return {
        "state": notice.told.value,
        "kind": one.kind,
        "about": _said(one.about),
        "severity": one.severity.value,
        "since": rfc3339(one.since),
        "over": None if one.over is None else rfc3339(one.over),
        "says": {language.value: _text(one, language) for language in Language},
        "manual": f"{_PAGE}#{KINDS[one.kind].page}",
    }


def _label(notice: Notice) -> Sentence:
    return _OVER if notice.told is Told.OVER else _SEVERITIES[notice.standing.severity]


def _text(one: Standing, language: Language) -> str:
    return _said(one.says.said(language))


def _said(text: str) -> str:
    return inert(" ".join(text.split())[:_LONGEST])


def _when(at: int, zone: tzinfo) -> Sentence:
    when = times(at // SECOND, zone)
    return Sentence(when.local, when.utc)
