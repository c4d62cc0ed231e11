"""Entries as canonical bytes: what is kept of a decision, an outcome and an event, and what never is.

Theory of operation. A decision has a part of its own (id, time, request, client) and a *ruling*: identity, verdict,
reasons, policy, terms, all that repeats from one request to the next. A *full* entry is a JSON object with the ruling
inside. A *compact* one, for people who are let in, is a JSON array whose last three items, host, User-Agent and
ruling, are numbers of a table that the segment carries; the entry that uses a value first defines it. Both are
canonical JSON (RFC 8785: keys are ASCII and sorted, numbers are integers below 2^53, strings hold no lone surrogate),
and `gateway.record.printed` shows both with the same members.

Whom a full decision is about stands not in it: it commits to the address or pseudonym, the network, the User-Agent, the
trace that the request belongs to and what the checks of the address found, and these lie beside it, so that they can be
erased (`gateway.seal.erasable`). Of people no trace is kept: it leads to logs elsewhere that may have their address. A compact
one holds a network, and a pseudonym whose key is destroyed after a day, and goes as a whole.

Of a request that rates count, the ruling has their names, which repeat, and the entry what each found, which does not:
`[remaining, wait, reset]` in the order of the names, times in microseconds, or null where it was not counted; a fourth item
says that gateways which count together did not (`Reach`). In a
compact entry, whose first item is then `r1`, that is one more item before the shared ones. What was taken from a quota has
``booked``: the day of the site's calendar on which it counts, unless its outcome tells of another answer than 200 or 206.

Never in an entry: cookies, credentials, query parameters that the site does not name, the address of people.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from gateway.judgement import Alike, Judgement
from gateway.record.kept import (
    CAPS,
    MAX_TEXT,
    Patterns,
    as_json,
    capped,
    cut_target,
    encoded,
    target_of,
    user_agent_of,
)
from gateway.record.ruling import details_of, ruling_of
from gateway.request import MOST_REMEMBERED
from gateway.seal.erasable import commitment, with_opening
from gateway.trace import TRACEPARENT
from gateway.value import Value
from gateway.vocabulary import End, Kind, Level, Reach, Verdict

#: The versions of entries that commit to something and of all others written here; earlier ones are read for ever (tests/golden/).
FULL, VERSION = 2, 1
#: The newest of them, which a segment says it may hold.
FORM: Final = max(FULL, VERSION)

#: Octets that an entry may have.
MAX_ENTRY: Final = 16_384
_MAX_INTEGER = 2**53 - 1

#: What events commit to, by their names: members of the details that tell of somebody.
PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "case": ("address", "network", "pseudonym"),
    "hold": ("addresses",),
}

#: Most values that one segment's table holds; values that come later are written out where they stand, as number 0.
MAX_SHARED: Final = 50_000

#: Rates of which a compact entry has room to tell.
_MOST_COMPACT_RATES: Final = 2
_SHORT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_LONGEST_REMEMBERED = 512
_PEOPLE: Final = Kind.PEOPLE


class Compact(Value):
    """A compact entry before its segment is known: the octets of its own values, and the values it shares.

    ``head`` is a JSON array without its end; each of ``shared`` is the canonical JSON of one value.
    """

    __slots__ = ("head", "shared")

    def __init__(
        self,
        head: bytes,
        shared: tuple[bytes, ...],
    ) -> None:
        self.head: Final = head
        self.shared: Final = shared

    def encode(self, table: dict[bytes, int]) -> bytes:
        """The payload for the segment whose numbers are ``table``, to which values new to it are added.

        A value stands as its number, or as ``[number, value, "<sha-256 in hex>"]`` where it is first used; numbers
        count from 1. If the payload is not written after all, ``forget(table, size_before)`` takes the new ones out.
        """
        out = [self.head]
        for value in self.shared:
            number = table.get(value)
            if number is None:
                number = len(table) + 1 if len(table) < MAX_SHARED else 0
                if number:
                    table[value] = number
                digest = hashlib.sha256(value).hexdigest().encode("ascii")
                out.append(b'[%d,%b,"%b"]' % (number, value, digest))
            else:
                out.append(b"%d" % number)
        return b",".join(out) + b"]"


def forget(table: dict[bytes, int], size: int) -> None:
    """Take out of a segment's table what was added after it had ``size`` values, for entries that were not written."""
    while len(table) > size:
        table.popitem()


def private(judgement: Judgement) -> bool:
    """Whether the client's address is kept only as a pseudonym: it is, for people."""
    return judgement.identity.kind is _PEOPLE


class _Form(Value):
    """What repeats from one entry of a client to its next: the values that a compact one shares; of a full one what stands before
    the target, what the checks of the address found, and the end of what it commits to."""

    __slots__ = ("before", "compact", "found", "shared", "values")

    def __init__(
        self,
        compact: bool,
        shared: tuple[bytes, bytes, bytes],
        before: bytes,
        found: str,
        values: bytes,
    ) -> None:
        self.compact: Final = compact
        self.shared: Final = shared
        self.before: Final = before
        self.found: Final = found
        self.values: Final = values


_FORMS: Final = Alike[_Form]()


def decision_entry(
    judgement: Judgement, level: Level, pseudonym: str, salt: Callable[[], bytes]
) -> bytes | Compact:
    """The payload of a decision, accepted at ``level``; ``pseudonym`` stands for the address of people.

    Compact for people who are let in without a proof, full for everybody else: the entry, and beside it what it commits to
    under a ``salt``, which gives `SALT` octets that nobody can guess, others each time.
    """
    request, id, at = judgement.request, judgement.id, judgement.at
    target, client = request.target, request.client
    if target is not None and target.query is None and len(target.raw) <= _LONGEST_REMEMBERED:
        kept = target_of(target.raw)  # nearly every time
        form = _form(judgement, level, None, ())
    else:
        cut: list[str] = []
        kept, patterns = cut_target(judgement, cut)
        form = _form(judgement, level, patterns, tuple(cut))
    counted = _counted(judgement) if judgement.decision.rates else ""
    if form.compact:
        version, rates = ("r", f",{counted}") if counted else ("d", "")
        head = f'["{version}{VERSION}","{id}",{at},"{request.method}",{kept},"{pseudonym}","{client.network}"{rates}'
        return Compact(head.encode(), form.shared)
    if private(judgement):
        who = f'"network":{as_json(client.network)},"pseudonym":"{pseudonym}"'.encode()
    else:
        who = _address(client.address, form.found, client.network)
        trace = request.trace if TRACEPARENT in request.fields else None
        if trace is not None:
            who += b',"trace":"%b"' % trace.encode()
    own, values = salt(), b"{%b%b" % (who, form.values)
    rates = f'"rates":{counted},' if counted else ""
    booked = f'"booked":"{judgement.booked}",' if judgement.booked else ""
    committed = (
        f'{{"at":{at},{booked}"committed":"{commitment(own, values)}","id":"{id}","phase":"decision",{rates}'
    )
    entry = b'%b%b%b},"ruling":%b,"v":%d}' % (
        *(committed.encode(), form.before, kept.encode(), form.shared[2]),
        FULL,
    )
    return with_opening(entry, own, values)


def _form(judgement: Judgement, level: Level, patterns: Patterns | None, cut: tuple[str, ...]) -> _Form:
    """What repeats of an entry; of a client that says much of itself it is not remembered."""
    request, client = judgement.request, judgement.request.client
    said = request.fields.get("user-agent")
    where = (request.host, request.method, client.certain, client.private)
    rest = (level, said, where, judgement.robots, judgement.source, patterns, cut)
    found = _FORMS.get(judgement, rest)
    if found is None:
        found = _formed(judgement, level, patterns, cut)
        if said is None or len(said) <= MOST_REMEMBERED:
            _FORMS.keep(judgement, rest, found)
    return found


def _formed(judgement: Judgement, level: Level, patterns: Patterns | None, cut: tuple[str, ...]) -> _Form:
    request, identity, decision = judgement.request, judgement.identity, judgement.decision
    agent, agent_cut = user_agent_of(request.fields.get("user-agent"))
    host = encoded(capped(request.host, CAPS["host"]))
    method = encoded(capped(request.method, CAPS["method"]))
    ruling = ruling_of(judgement, level, patterns, (*cut, "user_agent") if agent_cut else cut)
    details = details_of(identity)
    compact = (
        identity.kind is Kind.PEOPLE
        and decision.verdict is Verdict.ALLOW
        and not identity.proved
        and decision.license is None
        and request.method in _SHORT_METHODS
        and len(decision.rates) <= _MOST_COMPACT_RATES
    )
    return _Form(
        compact,
        (host, agent, ruling),
        b'"request":{"host":%b,"method":%b,"target":' % (host, method),
        f'"details":{details},' if details else "",
        b',"user_agent":%b}' % agent,
    )


@lru_cache(4096)
def _address(address: str, details: str, network: str) -> bytes:
    return f'"address":{as_json(address)},{details}"network":{as_json(network)}'.encode()


#: As is said of a count that was not made by all gateways together.
_REACH: Final = {reach: "" if reach is Reach.TOGETHER else f',"{reach}"' for reach in Reach}


def _counted(judgement: Judgement) -> str:
    """What each rate found, in the order in which the decision names them."""
    found = {
        one.name: f"[{one.remaining},{one.wait},{one.reset}{_REACH[one.reach]}]" for one in judgement.rates
    }
    return f"[{','.join([found.get(name, 'null') for name in judgement.decision.rates])}]"


def outcome_entry(of: str, at: int, status: int | None, octets: int, end: End) -> bytes:
    """The entry of how the exchange of decision ``of`` ended: the status and body octets the client was sent."""
    shown = "null" if status is None else status
    return f'["o{VERSION}","{of}",{at},{shown},{octets},"{end}"]'.encode("ascii")


def event_entry(
    id: str, at: int, name: str, details: Mapping[str, Any], salt: Callable[[], bytes] | None = None
) -> bytes:
    """The payload of an event. Details are capped like everything else; floats become text.

    What is `PERSONAL` lies beside the entry, which commits to it under a ``salt``, as in `decision_entry`; ValueError where
    such an event comes without one.
    """
    kept = clean(details)
    values = {member: kept.pop(member) for member in PERSONAL.get(name, ()) if member in kept}
    entry = {"v": VERSION, "phase": "event", "id": id, "at": at, "event": clean(name), "details": kept}
    own, beside = b"", b""
    if values:
        if salt is None:
            raise ValueError(f"an event `{name}` needs a salt")
        own, beside = salt(), encoded(values)
        entry |= {"v": FULL, "committed": commitment(own, beside)}
    octets = encoded(entry)
    if len(octets) > MAX_ENTRY:
        digest = hashlib.sha256(encoded(kept)).hexdigest()
        octets = encoded({**entry, "details": {"sha256": digest}, "cut": ["details"]})
    return with_opening(octets, own, beside) if values else octets


def clean(value: Any) -> Any:
    """A value as canonical JSON can hold it: strings without surrogates and capped, keys ASCII, no floats."""
    if isinstance(value, str):
        return capped(value, 4 * MAX_TEXT)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INTEGER else str(value)
    if isinstance(value, Mapping):
        return {ascii(str(key))[1:-1][:64]: clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in value]
    return capped(str(value), 4 * MAX_TEXT)
