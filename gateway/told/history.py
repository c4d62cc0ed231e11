"""Which terms were in force when: a fold over the events of a journal, in their order.

Theory of operation. Terms come into force with a `policy` event, which is written before the first decision under them,
and end with the next one, or when the gateway stops. A gateway that was killed said no `stop`: then the next `start`
ends them, and they are *last known* in force at the entry before it. What was told to the world while no gateway ran,
nobody knows, and nothing is claimed of it. So the spans of one run lie end to end, and between runs there are holes.

A clock that was set back cannot make a span end before it begins: times are taken as they come, but never backwards.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from gateway.record.terms import Terms

#: The events by which terms come into force or end.
BOUNDS: Final = ("policy", "start", "stop")


class Ended(StrEnum):
    """How a span ended: other terms came into force, the gateway stopped, it was lost sight of, or it has not ended."""

    REPLACED = "replaced"
    STOPPED = "stopped"
    LOST = "lost"
    OPEN = "open"


class Span(NamedTuple):
    """Terms in force from ``since`` until just before ``until`` (µs UTC); if ``lost`` or ``open``, last known at ``until``.

    ``first`` is the first host of the policy, whose documents `izin statements --out` writes at their own paths.
    """

    since: int
    until: int
    ended: Ended
    terms: str
    policy: str
    first: str | None = None

    def holds(self, at: int) -> bool:
        """Whether these terms are known to have been in force at an instant."""
        return self.since <= at and (at < self.until or (at == self.until and self.ended in _KNOWN_AT_END))


_KNOWN_AT_END = frozenset({Ended.LOST, Ended.OPEN})


class Mark(NamedTuple):
    """One entry as far as the history goes: when it was written, and what it says if it is an event."""

    at: int
    event: str | None = None
    details: Mapping[str, Any] = {}


class _Begun(NamedTuple):
    since: int
    terms: str
    policy: str
    first: str | None

    def span(self, until: int, ended: Ended) -> Span:
        return Span(self.since, until, ended, self.terms, self.policy, self.first)


def spans(marks: Iterable[Mark]) -> Iterator[Span]:
    """The spans that the marks make, oldest first. Entries that are no events may be left out, but not the last one
    before a `start`, nor the journal's last one: how far the gateway was seen depends on them."""
    begun: _Begun | None = None
    now = 0
    for mark in marks:
        seen, now = now, max(now, mark.at)
        if mark.event not in BOUNDS:
            continue
        if begun is not None:
            yield begun.span(*_end(mark.event, seen, now))
            begun = None
        if mark.event == "policy":
            begun = _begun(now, mark.details)
    if begun is not None:
        yield begun.span(now, Ended.OPEN)


def _end(event: str, seen: int, now: int) -> tuple[int, Ended]:
    match event:
        case "start":
            return seen, Ended.LOST
        case "stop":
            return now, Ended.STOPPED
        case _:
            return now, Ended.REPLACED


def _begun(now: int, details: Mapping[str, Any]) -> _Begun | None:
    """What a policy event says; None where it names no terms, as one that was too large to be kept whole."""
    terms, policy = details.get("terms"), details.get("policy")
    if not isinstance(terms, str) or not isinstance(policy, str):
        return None
    return _Begun(now, terms, policy, first_host(details))


def first_host(details: Mapping[str, Any]) -> str | None:
    """The first host that a policy event names."""
    match details.get("hosts"):
        case [{"host": str(host)}, *_]:
            return host
        case _:
            return None


class Edition(NamedTuple):
    """One version of one statement: what said it, to which hosts, from when until when, as a `Span` has it.

    ``name`` is as `gateway.record.terms` has it; the notice, the same for all hosts, has every one of them.
    """

    name: str
    digest: str
    since: int
    until: int
    ended: Ended
    hosts: tuple[str, ...]


def editions(found: Iterable[Span], terms_of: Callable[[str], Terms | None]) -> list[Edition]:
    """Every version of every statement, by name, then by time; terms whose manifest is not there are left out.

    A statement that stayed the same from one span to the next is one edition; hosts that were told the same from the
    same instant to the same instant share one.
    """
    open_: dict[tuple[str, str], Edition] = {}
    closed: list[Edition] = []
    for span in found:
        said = terms_of(span.terms)
        now = {} if said is None else _said(said)
        for key, edition in list(open_.items()):
            if (
                edition.ended is not Ended.REPLACED
                or edition.until != span.since
                or now.get(key) != edition.digest
            ):
                closed.append(open_.pop(key))
        for (host, name), digest in now.items():
            before = open_.get((host, name))
            since = span.since if before is None else before.since
            open_[host, name] = Edition(name, digest, since, span.until, span.ended, (host,))
    return _shared([*closed, *open_.values()])


def _said(terms: Terms) -> dict[tuple[str, str], str]:
    return {
        (host, name): digest
        for host, names in terms.hosts.items()
        for name, digest in (*names.items(), *terms.notice.items())
    }


def _shared(every: list[Edition]) -> list[Edition]:
    hosts: dict[Edition, list[str]] = {}
    for one in every:
        hosts.setdefault(one._replace(hosts=()), []).extend(one.hosts)
    shared = (one._replace(hosts=tuple(sorted(names))) for one, names in hosts.items())
    return sorted(shared, key=lambda one: (one.name, one.since, one.hosts))
