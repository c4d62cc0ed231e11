"""A refusal, or another answer of our own that is no document: a page for people, problem+json for programs.

A `Wording` is rendered once (`_prepared`), and filled for each request with its id, its time and its path. Who is refused
for the same is said the same (`standing`): what that is, is not even asked again.
"""

from collections.abc import Callable
from html import escape
from typing import Final

import msgspec

from gateway.enforce import page, problem
from gateway.enforce.accept import prefers_html
from gateway.enforce.answer import Fields, Reply
from gateway.enforce.slots import Slotted
from gateway.enforce.times import times
from gateway.enforce.wording import Wording, because
from gateway.judgement import Alike, Judgement
from gateway.value import Value

#: Seconds after which to come back: the journal or the origin may be well again.
RETRY_AFTER: Final = 30

_MOST_OF_A_PATH: Final = 160
_MOST_PREPARED: Final = 2048
_PREPARED: Final[dict[tuple[Wording, bool], Slotted]] = {}
_SAID: Final = Alike["_Standing"]()
_TO_BASE_32: Final = bytes.maketrans(b"JKMNPQRSTVWXYZ", b"IJKLMNOPQRSTUV")

#: Fields of whatever is made for one request.
ALWAYS: Final[Fields] = (
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept"),
    (b"content-language", b"id, en"),
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
)
#: Fields of every page of ours.
AS_PAGE: Final[Fields] = (
    *ALWAYS,
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", page.CONTENT_SECURITY_POLICY.encode()),
)
_AS_PROBLEM: Final[Fields] = (*ALWAYS, (b"content-type", problem.MEDIA_TYPE.encode()))


#: What is said, and further header fields.
Said = tuple[Wording, Fields]


class _Standing(Value):
    """What is the same for all who are refused for the same: the status, fields and their lines before and behind that of the
    decision, the text and its language."""

    __slots__ = ("as_page", "before", "behind", "lines", "status", "text")

    def __init__(
        self,
        status: int,
        before: Fields,
        behind: Fields,
        lines: tuple[bytes, bytes],
        text: Slotted,
        as_page: bool,
    ) -> None:
        self.status: Final = status
        self.before: Final = before
        self.behind: Final = behind
        self.lines: Final = lines
        self.text: Final = text
        self.as_page: Final = as_page


def reply(judgement: Judgement, said: Wording, extra: Fields = ()) -> Reply:
    """The answer to one request, in the representation its client prefers, with further header fields."""
    return _filled(judgement, _standing(judgement, said, extra, _as_page(judgement)))


def standing(judgement: Judgement, say: Callable[[Judgement], Said]) -> Reply:
    """The answer where all that ``say`` gives follows from identity, decision, version and host."""
    host, as_page = judgement.host, _as_page(judgement)
    same = None if host is None else host.pattern, judgement.request.host, as_page, say
    found = _SAID.get(judgement, same)
    if found is None:
        said, extra = say(judgement)
        found = _SAID.keep(judgement, same, _standing(judgement, said, extra, as_page))
    return _filled(judgement, found)


def _standing(judgement: Judgement, said: Wording, extra: Fields, as_page: bool) -> _Standing:
    before, text = AS_PAGE if as_page else _AS_PROBLEM, _prepared(judgement, said, as_page)
    return _Standing(said.status, before, extra, (_lines(before), _lines(extra)), text, as_page)


def _lines(fields: Fields) -> bytes:
    return b"".join([b"%b: %b\r\n" % field for field in fields])


def _as_page(judgement: Judgement) -> bool:
    return prefers_html(judgement.request.fields.get("accept", ""))


def _filled(judgement: Judgement, it: _Standing) -> Reply:
    request, decision_id = judgement.request, judgement.id
    id, (before, behind) = decision_id.encode("ascii"), it.lines
    fields = (*it.before, (b"izin-decision", id), *it.behind)
    lines = b"%bizin-decision: %b\r\n%b" % (before, id, behind)
    at = times(judgement.at // 1_000_000, judgement.version.policy.zone)
    name = judgement.identity.name or ""
    short = judgement.short
    if it.as_page:
        path = request.target.path if request.target is not None else ""
        values = {
            "id": decision_id,
            "short": f"{short[:4]}-{short[4:]}",
            "local": at.local,
            "utc": at.utc,
            "iso": at.iso,
            "page": escape(path if len(path) <= _MOST_OF_A_PATH else f"{path[:_MOST_OF_A_PATH]}…"),
            "name": escape(name),
        }
    else:
        values = {
            "id": decision_id,
            "short": short,
            "uuid": _uuid(decision_id),
            "iso": at.iso,
            "name": msgspec.json.encode(name)[1:-1].decode() if name else "",
        }
    return Reply(it.status, fields, it.text(values), lines)


def pointer(judgement: Judgement) -> Fields:
    """The Link field that points to the terms."""
    host = judgement.host
    link = judgement.version.published.said(host, judgement.request.host).link if host is not None else None
    return () if link is None else ((b"link", link),)


def _prepared(judgement: Judgement, said: Wording, as_page: bool) -> Slotted:
    """The text with its slots, from memory where the same was said before: the oldest makes room."""
    found = _PREPARED.get((said, as_page))
    if found is None:
        if len(_PREPARED) >= _MOST_PREPARED:
            _PREPARED.pop(next(iter(_PREPARED)), None)
        found = Slotted((page if as_page else problem).render(said, because(judgement)))
        _PREPARED[said, as_page] = found
    return found


def _uuid(decision_id: str) -> str:
    """The same 128 bits as RFC 9562 writes them, for a URN that every program can read."""
    digits = f"{int(decision_id.encode().translate(_TO_BASE_32), 32):032x}"[-32:]
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
