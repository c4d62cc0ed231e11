"""`allow`: one of our own documents, or the request passed on with what must accompany the response."""

from collections.abc import Callable, Mapping
from typing import Final

from gateway.enforce import holding, rate, sealed, whoami
from gateway.enforce.answer import Answer, Embargo, Fields, Forward, Obligations, Reply
from gateway.instants import SECOND
from gateway.judgement import Judgement
from gateway.policy.model import CHECKPOINT, HOLDING, SITE_CHECKPOINT, TOKENS, WHOAMI, Host, Policy
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

#: The preferences told to licensees, by host, policy and what was granted.
_USAGES: Final[dict[tuple[int, int, tuple[Use, ...]], tuple[Host, Policy, bytes | None]]] = {}
_MOST_USAGES: Final = 256


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
        usage = _licensed_usage(judgement)
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


def _licensed_usage(judgement: Judgement) -> bytes | None:
    """The preferences without those that the license speaks of: a contract goes before them (aipref-vocab 5.2)."""
    host, policy, grants = judgement.host, judgement.version.policy, judgement.decision.grants
    assert host is not None
    # What is kept is alive, so its id is its own.
    known = _USAGES.get((id(host), id(policy), grants))
    if known is None:
        granted = frozenset(single for use in grants for single in use.single)
        if len(_USAGES) >= _MOST_USAGES:
            _USAGES.clear()
        known = host, policy, content_usage(policy, host, granted).encode() or None
        _USAGES[id(host), id(policy), grants] = known
    return known[2]


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
