"""`allow`: one of our own documents, or the request passed on with what must accompany the response."""

from collections.abc import Callable, Mapping
from typing import Final

from gateway.enforce import holding, rate, sealed, whoami
from gateway.enforce.answer import Answer, Embargo, Fields, Forward, Obligations, Reply
from gateway.instants import SECOND
from gateway.judgement import Judgement, Version
from gateway.policy.model import CHECKPOINT, HOLDING, SITE_CHECKPOINT, TOKENS, WHOAMI, Host
from gateway.statements.usage import content_usage
from gateway.vocabulary import Kind, Use


def _no_desk(judgement: Judgement, extra: Fields) -> Reply:
    """What a door answers to a token request that has no folder of keys."""
    own: Fields = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
    fields = (*own, (b"izin-decision", judgement.id.encode("ascii")), *extra)
    return Reply(503, fields, b'{"error":"server_error","error_description":"No tokens are issued here"}')


#: Our own pages, by their paths.
PAGES: Final[Mapping[str, Callable[[Judgement, Fields], Reply]]] = {
    WHOAMI: whoami.reply,
    HOLDING: holding.reply,
    TOKENS: _no_desk,
    CHECKPOINT: sealed.reply,
    SITE_CHECKPOINT: sealed.reply,
}

_MOST_USAGES: Final = 256


class _Usages:
    """The preferences told to licensees under one version, by host and what was granted. A new version empties it: an old
    one is large, and nothing must keep it alive."""

    def __init__(self) -> None:
        self._version: Version | None = None
        self._kept: dict[tuple[int, tuple[Use, ...]], tuple[Host, bytes | None]] = {}

    def of(self, judgement: Judgement) -> bytes | None:
        """The preferences without those that the license speaks of: a contract goes before them (aipref-vocab 5.2)."""
        host, version, grants = judgement.host, judgement.version, judgement.decision.grants
        assert host is not None
        if version is not self._version or len(self._kept) >= _MOST_USAGES:
            self._kept.clear()
            self._version = version
        # What is kept is alive, so its id is its own.
        known = self._kept.get((id(host), grants))
        if known is None:
            granted = frozenset(single for use in grants for single in use.single)
            known = host, content_usage(version.policy, host, granted).encode() or None
            self._kept[id(host), grants] = known
        return known[1]


_USAGES: Final = _Usages()


def answer(judgement: Judgement) -> Answer:
    """The document or page of ours that the decision names, else the way to the origin."""
    page = PAGES.get(judgement.decision.document or "")
    if page is not None:
        return page(judgement, rate.fields(judgement))
    if judgement.decision.document is not None:
        return _document(judgement)
    return forward(judgement)


def forward(judgement: Judgement) -> Forward:
    """The request passed on: what is allowed, and what `observe` lets pass."""
    host, decision = judgement.host, judgement.decision
    assert host is not None, "a host that no policy names is never passed on"
    said = judgement.version.published.said(host, judgement.request.host)
    usage = said.content_usage
    if decision.license is not None and decision.grants:
        usage = _USAGES.of(judgement)
    return Forward(
        host.origin,
        Obligations(
            decision=judgement.id.encode("ascii"),
            link=said.link,
            content_usage=usage,
            tdm_reservation=said.tdm_reservation,
            tdm_policy=said.tdm_policy,
            x_robots_tag=None if decision.license is not None else said.x_robots_tag,
            private=bool(judgement.identity.proved),
            # Browsers have no use for them, and what is open to everybody should look the same to everybody.
            rates=rate.fields(judgement) if decision.rates and not _person(judgement) else (),
            embargo=None if decision.embargo is None else _embargo(judgement, decision.embargo),
        ),
    )


def _embargo(judgement: Judgement, age: int) -> Embargo | None:
    """What must be asked of the answer where an article must be so many seconds old."""
    assert judgement.host is not None
    field, zone = judgement.host.articles.field, judgement.version.policy.zone
    return None if field is None else Embargo(field.encode("ascii"), judgement.at - age * SECOND, zone)


def _person(judgement: Judgement) -> bool:
    return judgement.identity.kind is Kind.PEOPLE


def _document(judgement: Judgement) -> Reply:
    document = judgement.document
    assert document is not None, "every host states every document"
    fields = (
        (b"content-type", document.media_type.encode("ascii")),
        (b"etag", document.etag.encode("ascii")),
        (b"cache-control", b"max-age=%d" % document.max_age if document.max_age else b"private, no-store"),
        (b"izin-decision", judgement.id.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
    )
    if _matches(judgement.request.fields.get("if-none-match", ""), document.etag):
        return Reply(304, fields[1:])
    return Reply(200, fields, document.body)


def _matches(condition: str, etag: str) -> bool:
    """If-None-Match, by weak comparison (RFC 9110 section 13.1.2)."""
    if not condition:
        return False
    tags = (tag.strip().removeprefix("W/") for tag in condition.split(","))
    return any(tag in ("*", etag) for tag in tags)
