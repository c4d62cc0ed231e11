"""What was stated when, for `izin statements`: by a journal, by a policy's folder, by a digest; and how two differ."""

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.audit import folder as folders
from gateway.audit.history import marks, reader_of_terms
from gateway.audit.reader import NoJournal, Reader
from gateway.audit.texts import Texts
from gateway.cli.asked import complain, opened
from gateway.cli.options import fail, load_policy, tell
from gateway.cli.terminal import fit
from gateway.cli.words import NO_JOURNAL, WHICH_JOURNAL
from gateway.cli.words_of_stated import (
    DAMAGED_TEXT,
    FIRST_TERMS,
    GATEWAY_WRITES,
    LAST_TERMS,
    MANY_DIGESTS,
    MORE_DIGEST,
    NAME_THE_JOURNAL,
    NO_DIGEST,
    NO_SUCH_FOLDER,
    NO_SUCH_HOST,
    NO_TERMS,
    NO_TERMS_AT,
    NONE_RAN,
    NOT_STATED,
    NOTHING_BEFORE,
    TERMS_LOST,
    THESE_ARE,
    YET_TO_COME,
)
from gateway.instants import moment, rfc3339, utc
from gateway.policy.place import PolicyError
from gateway.record.terms import Terms, TermsError, key_for, read_terms
from gateway.request import fold_host
from gateway.statements import publish
from gateway.told.history import Edition, Ended, Span, editions, spans
from gateway.told.stated import Stated, stated

_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{8,64})")
_TIMES: Final = "a time is a UTC day (2026-11-23), RFC 3339 (2026-11-23T08:00Z) or a while ago (2h)"


class Past(NamedTuple):
    """A journal's history: what was in force when, and the texts."""

    spans: list[Span]
    texts: Texts
    terms: Callable[[str], Terms | None]

    @property
    def editions(self) -> list[Edition]:
        """Every version of every statement."""
        return editions(self.spans, self.terms)


def past(journal: Path) -> Past:
    """The history that a journal tells; the command ends with 2 where there is none."""
    try:
        reader = Reader(journal)
    except NoJournal:
        fail(NO_JOURNAL.filled(path=journal), WHICH_JOURNAL, 2)
    with opened(reader) as index:
        for place in index.damage():
            complain(place)
        found = list(spans(marks(index)))
    if found and found[-1].ended is Ended.OPEN and not folders.held(journal):
        found[-1] = found[-1]._replace(ended=Ended.LOST)  # nobody writes it, and nobody said stop
    texts = Texts(journal)
    return Past(found, texts, reader_of_terms(texts))


def span_at(history: Past, at: int) -> Span:
    """What was in force at an instant; the command ends with 1 where nothing is known to have been."""
    if not history.spans:
        fail(NO_TERMS, GATEWAY_WRITES)
    now = history.spans[-1]
    if now.ended is Ended.OPEN and now.until < at <= _now():
        return now
    before = [span for span in history.spans if span.since <= at]
    if not before:
        first = rfc3339(history.spans[0].since)
        fail(NOTHING_BEFORE.filled(first=first), FIRST_TERMS)
    last = max(before, key=lambda span: (span.until, span.since))
    if not last.holds(at):
        why = YET_TO_COME if at > _now() else NONE_RAN
        hint = LAST_TERMS.filled(until=rfc3339(last.until), terms=last.terms)
        fail(NO_TERMS_AT.filled(at=rfc3339(at), why=why), hint)
    return last


class Side(NamedTuple):
    """One of two that are compared: what it is called, and what it states."""

    name: str
    said: Stated


def read_moment(text: str) -> int:
    """A time as people write it, UTC; a wrong call where it is none."""
    try:
        return moment(text, _now())
    except ValueError as error:
        fail(str(error), _TIMES, 2)


def side(text: str, history: Callable[[], Past | None], host: str | None) -> Side | str:
    """What is meant by one operand of `--diff`: a policy's folder, a digest, a time; a lone statement is its text."""
    if Path(text).is_dir():
        said, name = of_policy(Path(text)), text
        return Side(name, narrowed(*said, host))
    known = history()
    digest = _DIGEST.fullmatch(text)
    if known is None:
        fail(NO_SUCH_FOLDER.filled(text=text), NAME_THE_JOURNAL, 2)
    if digest is None:
        span = span_at(known, read_moment(text))
        return Side(f"{text}, {span.terms}", narrowed(_there(known, span.terms), known.texts.read, host))
    found = known.texts.named(digest[1])
    if not found:
        fail(NO_DIGEST.filled(text=text))
    if len(found) > 1:
        fail(MANY_DIGESTS.filled(count=len(found), text=text), MORE_DIGEST)
    octets = known.texts.read(found[0])
    if octets is None:
        fail(DAMAGED_TEXT.filled(name=found[0]))
    try:
        return Side(found[0], narrowed(read_terms(octets), known.texts.read, host))
    except TermsError:
        return octets.decode("utf-8", "surrogateescape")


def of_policy(path: Path) -> tuple[Terms, Callable[[str], bytes | None]]:
    """What a policy's folder states now; the command ends with 1 where it cannot be loaded or stated."""
    try:
        published = publish(load_policy(path), datetime.now(UTC))
    except PolicyError as error:
        tell(path, error.problems)
        fail(NOT_STATED.filled(path=path))
    return read_terms(published.manifest), published.texts.get


def at_span(history: Past, span: Span, host: str | None) -> Stated:
    """The texts that were in force in a span."""
    return narrowed(_there(history, span.terms), history.texts.read, host)


def narrowed(terms: Terms, text: Callable[[str], bytes | None], host: str | None) -> Stated:
    """The texts of all hosts, or of those that speak for one; a wrong call where none does."""
    return stated(terms, text, None if host is None else key_of(terms.hosts, host))


def key_of(hosts: Iterable[str], host: str) -> str:
    """The host or pattern that speaks for a host; a wrong call where none does."""
    every = dict.fromkeys(hosts)
    key = host if host in every else key_for(every, fold_host(host) or "")
    if key is None:
        fail(NO_SUCH_HOST.filled(host=host), THESE_ARE.filled(every=", ".join(every) or "–"), 2)
    return key


def as_object(history: Past, found: list[Edition]) -> dict[str, Any]:
    """The history as one JSON object."""
    return {
        "terms": [{"terms": one.terms, "policy": one.policy, **_times(one)} for one in history.spans],
        "statements": [
            {"name": one.name, "digest": one.digest, **_times(one), "hosts": one.hosts} for one in found
        ],
    }


def listing(found: list[Edition]) -> list[tuple[str, str]]:
    """The history in lines for people, each with a colour; the name of a statement above its versions."""
    lines: list[tuple[str, str]] = []
    name = None
    for one in found:
        if one.name != name:
            name = one.name
            lines += [("", ""), (name, "bold")] if lines else [(name, "bold")]
        hosts = one.hosts[0] if len(one.hosts) == 1 else f"{len(one.hosts)} hosts"
        end = {
            Ended.REPLACED: f"{_short(one.until)}",
            Ended.STOPPED: f"{_short(one.until)} (stopped)",
            Ended.LOST: f"{_short(one.until)} (last known)",
            Ended.OPEN: "in force",
        }[one.ended]
        digest = one.digest.removeprefix("sha256:")[:12]
        lines.append((f"  {fit(digest, 12)}  {_short(one.since)}  {end:<32}  {fit(hosts, 29)}".rstrip(), ""))
    return lines


def _times(one: Span | Edition) -> dict[str, Any]:
    until = None if one.ended is Ended.OPEN else rfc3339(one.until)
    return {"from": rfc3339(one.since), "until": until, "ended": one.ended.value}


def _there(history: Past, digest: str) -> Terms:
    terms = history.terms(digest)
    if terms is None:
        fail(TERMS_LOST.filled(digest=digest))
    return terms


def _short(at: int) -> str:
    return f"{utc(at):%Y-%m-%d %H:%M:%S}"


def _now() -> int:
    return time.time_ns() // 1000
