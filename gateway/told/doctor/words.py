"""Sentences and signs that several checks share."""

import re
from typing import Any, Final

import msgspec

from gateway.told.doctor.finding import READER_NAME, Finding, Subject, say, unclear
from gateway.told.doctor.visit import Failed, Got, Trouble, Visit
from gateway.vocabulary import Sentence

_HIT: Final = re.compile(r"\bhit\b", re.IGNORECASE)
#: Fields by which caches say that they gave a copy they kept (Cache-Status is RFC 9211).
_CACHE_FIELDS: Final = (
    "cf-cache-status",
    "x-cache",
    "x-cache-status",
    "cache-status",
    "x-proxy-cache",
    "x-drupal-cache",
)
_DIGITS: Final = re.compile(r"[0-9]{1,10}")

TROUBLES: Final = {
    Trouble.NAME: Sentence("nama ini tidak ditemukan ({detail})", "the name is not found ({detail})"),
    Trouble.CLOSED: Sentence(
        "tidak ada yang menerima sambungan ({detail})", "nobody accepts the connection ({detail})"
    ),
    Trouble.TLS: Sentence("sambungan TLS tidak sah ({detail})", "the TLS connection is not valid ({detail})"),
    Trouble.SLOW: Sentence("tidak dijawab pada waktunya ({detail})", "not answered in time ({detail})"),
    Trouble.WIRE: Sentence(
        "jawabannya bukan HTTP yang utuh ({detail})", "what came is no whole HTTP ({detail})"
    ),
    Trouble.UNASKED: Sentence("tidak ditanyakan ({detail})", "not asked ({detail})"),
}


def trouble(visit: Visit) -> Finding:
    """There is no answer, so nothing can be told."""
    return unclear(visit.ask.url, failure(visit))


def failure(visit: Visit) -> Sentence:
    """Why there is no answer."""
    failed = visit.answer
    assert isinstance(failed, Failed)
    return say(TROUBLES[failed.trouble], detail=failed.detail or failed.trouble.value)


def subject(visit: Visit) -> Subject:
    """What a line about a client's visit is about."""
    return Subject(visit.ask.target, visit.ask.visitor.name or READER_NAME)


def kept(got: Got) -> str:
    """What shows that a reply is a copy that a cache kept, as the cache says it; empty if nothing does."""
    age = got.field("age").strip()
    if _DIGITS.fullmatch(age) and int(age) > 0:
        return f"Age: {age}"
    for name in _CACHE_FIELDS:
        if _HIT.search(got.field(name)):
            return f"{name.title()}: {got.field(name)}"
    # Varnish names two requests: this one, and the one that the copy was made for.
    if len(got.field("x-varnish").split()) > 1:
        return f"X-Varnish: {got.field('x-varnish')}"
    return ""


def problem(got: Got) -> dict[str, Any]:
    """The problem document of a refusal of ours; empty if it is none."""
    if got.served or "json" not in got.media_type:
        return {}
    try:
        read = msgspec.json.decode(got.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    if isinstance(read, dict) and isinstance(read.get("decision"), str) and "rule" in read:
        return read
    return {}


def decision_of(got: Got) -> str:
    """The id of the decision that a reply bears."""
    return got.field("izin-decision").strip()
