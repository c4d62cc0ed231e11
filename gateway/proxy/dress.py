"""What must accompany a response of the origin: which of its fields go and which come (pure).

Where the origin says something of its own about the use of its content, the stricter word is kept.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.enforce.answer import Obligations
from gateway.proxy.head import MOST_KEPT, joined, name_of
from gateway.proxy.heads import ResponseHead

Pairs = list[tuple[bytes, bytes]]

_MEMBER: Final = re.compile(rb"\s*([a-z*][a-z0-9_.*-]*)\s*=\s*([a-z?0-9]+)[^,]*", re.IGNORECASE)
_SHARED: Final = re.compile(rb"(?:^|[,\s])(?:public|s-maxage)(?:$|[=,\s])", re.IGNORECASE)
_CACHING: Final = frozenset({b"cache-control", b"cdn-cache-control", b"surrogate-control"})
_NOTHING: Final[frozenset[bytes]] = frozenset()
_DECISION: Final = frozenset({b"izin-decision"})


class Dress(NamedTuple):
    """Names of the origin's fields that are left out, lower-case, and the fields that are added after the rest."""

    drop: frozenset[bytes]
    add: Pairs


def dress(noted: Iterable[tuple[bytes, bytes]], obligations: Obligations) -> Dress:
    """The change to a response whose fields of interest (`gateway.proxy.names.DRESSED`) are ``noted``.

    Link and X-Robots-Tag are appended; Content-Usage (draft-ietf-aipref-vocab) and tdm-reservation (TDMRep 1.0) are set, the
    stricter kept; Izin-Decision and what was said of rates are left out where a shared cache has explicit leave to store
    the response; a licensed reply is private to its client.
    """
    add: Pairs = []
    noted = list(noted)
    drop = _NOTHING
    if noted:
        usage, reservation = obligations.content_usage is not None, obligations.tdm_reservation is not None
        policy = reservation and obligations.tdm_policy is not None
        drop = _drop(usage=usage, reservation=reservation, policy=policy, private=obligations.private)
    if obligations.link is not None:
        add.append((b"Link", obligations.link))
    if obligations.content_usage is not None:
        theirs = b", ".join([value for name, value in noted if name == b"content-usage"])
        add.append((b"Content-Usage", stricter_usage(obligations.content_usage, theirs)))
    if obligations.tdm_reservation is not None:
        theirs = b"1" if any(name == b"tdm-reservation" and value == b"1" for name, value in noted) else b""
        add.append((b"tdm-reservation", theirs or obligations.tdm_reservation))
        if obligations.tdm_policy is not None:
            add.append((b"tdm-policy", obligations.tdm_policy))
    if obligations.x_robots_tag is not None:
        add.append((b"X-Robots-Tag", obligations.x_robots_tag))
    if obligations.private:
        add.append((b"Cache-Control", b"private, no-store"))
    if obligations.private or not noted or not _shared(noted):
        add += obligations.rates
        add.append((b"Izin-Decision", obligations.decision))
    return Dress(drop, add)


def embargoed(head: ResponseHead, obligations: Obligations) -> bool:
    """Whether a response must be withheld for an embargo."""
    embargo = obligations.embargo
    if embargo is None:  # nearly every time
        return False
    fields = ((name_of(line), line.partition(b":")[2].strip()) for line in head.lines)
    return embargo.withholds(head.status, fields)


def dressed(head: ResponseHead, obligations: Obligations, without: frozenset[bytes] = _NOTHING) -> bytes:
    """Status line and fields as they go to the client, less those that are named, and but for the empty line."""
    change = _change if len(head.octets) <= MOST_KEPT else _change.__wrapped__
    drop, added, told = change(
        tuple(head.noted),
        obligations.link,
        obligations.content_usage,
        obligations.tdm_reservation,
        obligations.tdm_policy,
        obligations.x_robots_tag,
        obligations.private,
    )
    kept = head.octets
    if drop or without:
        drop |= without
        lines = joined([line for line in head.lines if name_of(line) not in drop])
        kept = b"HTTP/1.1 %b\r\n%b" % (head.start, lines)
    if not told:
        return kept + added
    if obligations.rates:
        added += joined([b"%b: %b" % field for field in obligations.rates])
    return b"%b%bIzin-Decision: %b\r\n" % (kept, added, obligations.decision)


@lru_cache(maxsize=1024)
def _change(
    noted: tuple[tuple[bytes, bytes], ...],
    link: bytes | None,
    usage: bytes | None,
    reservation: bytes | None,
    policy: bytes | None,
    tag: bytes | None,
    private: bool,
) -> tuple[frozenset[bytes], bytes, bool]:
    """What is the same for every response of a host whose fields of interest are these: the names among them that go, the lines
    that come, and whether the decision and the rates are told after them."""
    drop, add = dress(noted, Obligations(b"", link, usage, reservation, policy, tag, private))
    told = add[-1:] == [(b"Izin-Decision", b"")]
    lines = joined([b"%b: %b" % field for field in (add[:-1] if told else add)])
    return drop.intersection(name for name, _ in noted), lines, told


@lru_cache(maxsize=16)
def _drop(*, usage: bool, reservation: bool, policy: bool, private: bool) -> frozenset[bytes]:
    drop = set(_DECISION)
    if usage:
        drop.add(b"content-usage")
    if reservation:
        drop.add(b"tdm-reservation")
    if policy:
        drop.add(b"tdm-policy")
    if private:
        drop |= _CACHING | {b"expires"}
    return frozenset(drop)


def _shared(noted: Pairs) -> bool:
    """Whether a shared cache has explicit leave to store the response; `max-age` alone is none."""
    return any(
        name in (b"cdn-cache-control", b"surrogate-control")
        or (name == b"cache-control" and _SHARED.search(value) is not None)
        for name, value in noted
    )


@lru_cache(maxsize=256)
def stricter_usage(ours: bytes, theirs: bytes) -> bytes:
    """Two Content-Usage dictionaries as one: each category of either, `n` where either says `n`, ours first.

    What of theirs is no member with a plain value is left out; where a category has neither `y` nor `n`, ours counts.
    """
    said = dict(_members(ours))
    for category, value in _members(theirs):
        if category not in said or value == b"n":
            said[category] = value
    return b", ".join(b"%b=%b" % member for member in said.items()) if theirs else ours


def _members(field: bytes) -> Iterable[tuple[bytes, bytes]]:
    for part in field.split(b","):
        match = _MEMBER.fullmatch(part)
        if match is not None:
            yield match[1].lower(), match[2].lower()
