"""Entries as canonical bytes: what is kept of a decision, an outcome and an event, and what never is.

Theory of operation. A decision has a part of its own (id, time, request, client) and a *ruling*: identity, verdict,
reasons, policy, terms, all that repeats from one request to the next. A *full* entry is a JSON object with the ruling
inside. A *compact* one, for people who are let in, is a JSON array whose last three items, host, User-Agent and
ruling, are numbers of a table that the segment carries; the entry that uses a value first defines it. Both are
canonical JSON (RFC 8785: keys are ASCII and sorted, numbers are integers below 2^53, strings hold no lone surrogate),
and `gateway.record.printed` shows both with the same members.

Of a request that rates count, the ruling has their names, which repeat, and the entry what each found, which does not:
`[remaining, wait, reset]` in the order of the names, times in microseconds, or null where it was not counted. In a
compact entry, whose first item is then `r1`, that is one more item before the shared ones. What was taken from a quota has
``booked``: the day of the site's calendar on which it counts, unless its outcome tells of another answer than 200 or 206.

Never in an entry: cookies, credentials, query parameters that the site does not name, the address of people.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec
from msgspec import Struct

from gateway.decision import Decision
from gateway.digest import digest_of
from gateway.identify.identity import Identity
from gateway.judgement import Judgement, Version
from gateway.policy.model import Host, Policy
from gateway.policy.paths import Pattern
from gateway.request import MOST_REMEMBERED, Target
from gateway.vocabulary import End, Kind, Level, Verdict

#: The version of the entries written here; every earlier one is read for ever (tests/golden/).
VERSION: Final = 1

#: Octets that a value may have; what is longer is cut, ends in `…` and is named in the entry's ``cut``.
CAPS: Final = {"target": 2048, "user_agent": 512, "host": 255, "method": 32, "detail": 200, "name": 64}
#: Octets that an entry may have.
MAX_ENTRY: Final = 16_384
_MAX_RULING = 7_000
_MAX_LIST, _MAX_EVIDENCE, _MAX_TEXT, _MAX_INTEGER = 12, 9, 200, 2**53 - 1

#: Most values that one segment's table holds; values that come later are written out where they stand, as number 0.
MAX_SHARED: Final = 50_000

#: Rates of which a compact entry has room to tell.
_MOST_COMPACT_RATES: Final = 2
_SHORT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_CACHED = 8192
_LONGEST_REMEMBERED = 512
_MAX_HOST = CAPS["host"]


class Compact(Struct, frozen=True):
    """A compact entry before its segment is known: the octets of its own values, and the values it shares.

    ``head`` is a JSON array without its end; each of ``shared`` is the canonical JSON of one value.
    """

    head: bytes
    shared: tuple[bytes, ...]

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
    return judgement.identity.kind is Kind.PEOPLE


def decision_entry(judgement: Judgement, level: Level, pseudonym: str = "") -> bytes | Compact:
    """The entry of a decision, accepted at ``level``; ``pseudonym`` stands for the address of people.

    Compact for people who are let in without a proof, full for everybody else.
    """
    request, identity, decision = judgement.request, judgement.identity, judgement.decision
    target, client = request.target, request.client
    said = request.fields.get("user-agent")
    remembered = said is None or len(said) <= MOST_REMEMBERED
    agent, agent_cut = _user_agent(said) if remembered else _user_agent.__wrapped__(said)
    if (
        target is not None
        and target.query is None
        and len(target.raw) <= _LONGEST_REMEMBERED
        and not agent_cut
    ):
        kept = _target(target.raw)  # nearly every time
        ruling = _remembered_ruling(judgement, level, None, ())
    else:
        cut: list[str] = []
        kept, patterns = _cut_target(judgement, cut)
        if agent_cut:
            cut.append("user_agent")
        ruling = _remembered_ruling(judgement, level, patterns, tuple(cut))
    host = _text(request.host, _MAX_HOST)
    counted = f",{_counted(judgement)}" if decision.rates else ""
    if identity.kind is Kind.PEOPLE:
        if (
            decision.verdict is Verdict.ALLOW
            and not identity.proved
            and decision.license is None
            and request.method in _SHORT_METHODS
            and len(decision.rates) <= _MOST_COMPACT_RATES
        ):
            head = (
                f'["{"r" if counted else "d"}{VERSION}","{judgement.id}",{judgement.at},"{request.method}",{kept},'
                f'"{pseudonym}","{client.network}"{counted}'
            )
            return Compact(head.encode(), (host, agent, ruling))
        who = f'"network":{_json(client.network)},"pseudonym":"{pseudonym}"'
    else:
        who = f'"address":{_json(client.address)},"network":{_json(client.network)}'
    method = _text(request.method, CAPS["method"]).decode()
    rates = f'"rates":{counted[1:]},' if counted else ""
    booked = f'"booked":"{judgement.booked}",' if judgement.booked else ""
    return (
        f'{{"at":{judgement.at},{booked}"client":{{{who}}},"id":"{judgement.id}","phase":"decision",{rates}"request":'
        f'{{"host":{host.decode()},"method":{method},"target":{kept},"user_agent":'
    ).encode() + b'%b},"ruling":%b,"v":%d}' % (agent, ruling, VERSION)


def _counted(judgement: Judgement) -> str:
    """What each rate found, in the order in which the decision names them."""
    found = {one.name: f"[{one.remaining},{one.wait},{one.reset}]" for one in judgement.rates}
    return f"[{','.join([found.get(name, 'null') for name in judgement.decision.rates])}]"


def outcome_entry(of: str, at: int, status: int | None, octets: int, end: End) -> bytes:
    """The entry of how the exchange of decision ``of`` ended: the status and body octets the client was sent."""
    shown = "null" if status is None else status
    return f'["o{VERSION}","{of}",{at},{shown},{octets},"{end}"]'.encode("ascii")


def event_entry(id: str, at: int, name: str, details: Mapping[str, Any]) -> bytes:
    """The entry of an event. Details are capped like everything else; floats become text."""
    kept = clean(details)
    entry = {"v": VERSION, "phase": "event", "id": id, "at": at, "event": clean(name), "details": kept}
    octets = _encode(entry)
    if len(octets) > MAX_ENTRY:
        digest = hashlib.sha256(_encode(kept)).hexdigest()
        octets = _encode({**entry, "details": {"sha256": digest}, "cut": ["details"]})
    return octets


def clean(value: Any) -> Any:
    """A value as canonical JSON can hold it: strings without surrogates and capped, keys ASCII, no floats."""
    if isinstance(value, str):
        return _capped(value, 4 * _MAX_TEXT)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INTEGER else str(value)
    if isinstance(value, Mapping):
        return {ascii(str(key))[1:-1][:64]: clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in value]
    return _capped(str(value), 4 * _MAX_TEXT)


# ── what is kept of each value ──────────────────────────────────────────────────────────────────────────────────────

_Patterns = tuple[tuple[str, ...], tuple[str, ...]]
_RULINGS: dict[object, bytes] = {}
_SAME: dict[object, tuple[Identity, Decision, Version, bytes]] = {}
_SENSITIVE: dict[tuple[int, int], tuple[Host, Policy, tuple[Pattern, ...]]] = {}
_encode = msgspec.json.Encoder(order="sorted").encode


def _json(text: str) -> str:
    return _encode(text).decode()


@lru_cache(_CACHED)
def _text(text: str, cap: int) -> bytes:
    return _encode(_capped(text, cap))


@lru_cache(_CACHED)
def _user_agent(text: str | None) -> tuple[bytes, bool]:
    """Its JSON, and whether it was cut."""
    if text is None:
        return b"null", False
    kept = _capped(text, CAPS["user_agent"])
    return _encode(kept), kept != _whole(text)


def _whole(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which UTF-8 cannot write."""
    return (
        text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    )


def _capped(text: str, cap: int) -> str:
    """The text in at most ``cap`` octets of UTF-8, `…` at the end if it was longer."""
    if len(text) <= cap and text.isascii():
        return text
    octets = _whole(text).encode()
    if len(octets) <= cap:
        return octets.decode()
    return octets[: cap - 3].decode("utf-8", "ignore") + "…"


@lru_cache(_CACHED)
def _target(raw: bytes) -> str:
    """A target without a query, as JSON."""
    return _json(raw.decode("ascii"))


def _cut_target(judgement: Judgement, cut: list[str]) -> tuple[str, _Patterns | None]:
    """What is kept of a target, as JSON, and the patterns that what is left out may have decided."""
    target, host = judgement.request.target, judgement.host
    if target is None:
        return "null", None
    text, whole = _named_part(target, host)
    if len(text) > CAPS["target"]:
        cut.append("target")
        whole = False
    patterns = None if whole else _patterns(target, host, judgement.version.policy)
    return _json(_capped(text, CAPS["target"])), patterns


def _named_part(target: Target, host: Host | None) -> tuple[str, bool]:
    """The raw path with the parameters that the host names, and whether that is everything."""
    path, _, query = target.raw.decode("ascii").partition("?")
    if target.query is None:
        return path, True
    named = host.query if host else frozenset[str]()
    pieces = query.split("&")
    kept = [piece for piece in pieces if unquote_plus(piece.partition("=")[0]) in named] if named else []
    return (f"{path}?{'&'.join(kept)}" if kept else path), len(kept) == len(pieces)


def _patterns(target: Target, host: Host | None, policy: Policy) -> _Patterns:
    """The patterns that a cut query may have decided, as far as they match: by the canonical reading, by the folded."""
    if host is None:
        return (), ()
    key = (id(host), id(policy))
    known = _SENSITIVE.get(key)
    if known is None or known[0] is not host or known[1] is not policy:
        if len(_SENSITIVE) >= _CACHED:
            _SENSITIVE.clear()
        known = _SENSITIVE[key] = (host, policy, sensitive(host, policy))
    canonical = tuple(pattern.text for pattern in known[2] if pattern.matches(target.canonical))
    if target.folded == target.path:
        return canonical, canonical
    return canonical, tuple(pattern.text for pattern in known[2] if pattern.matches(target.lenient))


def sensitive(host: Host, policy: Policy) -> tuple[Pattern, ...]:
    """The patterns of a policy on a host that a query may decide, or the end of a path, each once."""
    every = [pattern for rule in host.rules for pattern in rule.patterns]
    every += [pattern for pattern, _ in host.passed.rows()]
    every += [pattern for license in policy.licenses for pattern in license.patterns]
    found = {pattern.text: pattern for pattern in every if not pattern.plain or "?" in pattern.text}
    return tuple(found[text] for text in sorted(found))


@lru_cache(64)
def _digest(octets: bytes) -> str:
    return digest_of(octets)


def _remembered_ruling(
    judgement: Judgement, level: Level, patterns: _Patterns | None, cut: tuple[str, ...]
) -> bytes:
    """The ruling, looked up by the very same identity, decision and version, else by equal ones."""
    identity, decision, version = judgement.identity, judgement.decision, judgement.version
    client = judgement.request.client
    document = None if decision.document is None else judgement.document
    served = None if document is None else _digest(document.body)
    rest = (level, client.certain, client.private, judgement.robots, patterns, cut, served)
    # To hash whole identities and decisions costs more than all else here. What is kept is alive, so its id is its own.
    same = (id(identity), id(decision), id(version), rest)
    found = _SAME.get(same)
    if found is not None:
        return found[3]
    key = (identity, decision, version.policy.digest, version.published.terms, rest)
    ruling = _RULINGS.get(key)
    if ruling is None:
        if len(_RULINGS) >= _CACHED:
            _RULINGS.clear()
        ruling = _RULINGS[key] = _ruling(judgement, level, patterns, [*cut], served)
    if len(_SAME) >= _CACHED:
        _SAME.clear()
    _SAME[same] = (identity, decision, version, ruling)
    return ruling


def _ruling(
    judgement: Judgement, level: Level, patterns: _Patterns | None, cut: list[str], served: str | None
) -> bytes:
    """The part of a decision that repeats, as canonical JSON. Members that would be empty are left out."""
    decision, client = judgement.decision, judgement.request.client
    names = list(cut)
    ruling: dict[str, Any] = {
        "audience": decision.audience.value,
        "durability": level.value,
        "enforced": decision.enforced,
        "grants": [use.value for use in decision.grants],
        "identity": _identity(judgement.identity, names),
        "license": _name(decision.license, "license", names, _MAX_TEXT),
        "policy": judgement.version.policy.digest,
        "reasons": [reason.value for reason in decision.reasons],
        "rule": _name(decision.rule, "rule", names, _MAX_TEXT),
        "status": decision.status,
        "terms": judgement.version.published.terms,
        "verdict": decision.verdict.value,
    }
    optional = {
        "rates": list(decision.rates) or None,
        "robots_file": judgement.robots,
        "served": served,
        "certain": None if client.certain else False,
        "private": client.private or None,
    }
    ruling |= {name: value for name, value in optional.items() if value is not None}
    if patterns is not None:
        canonical, folded = patterns
        ruling["patterns"] = _list(canonical, "patterns", names)
        if folded != canonical:
            ruling["patterns_folded"] = _list(folded, "patterns_folded", names)
    for dropped in ("patterns_folded", "patterns"):
        if len(_encode(ruling)) > _MAX_RULING and ruling.pop(dropped, None) is not None:
            names.append(dropped)  # noqa: PERF401 -- it reads what it changes
    if names:
        ruling["cut"] = sorted(set(names))
    return _encode(ruling)


def _identity(identity: Identity, cut: list[str]) -> dict[str, Any]:
    """Who, and why. Of people no detail is kept: it may speak of their address."""
    said = [
        (one, "" if identity.kind is Kind.PEOPLE else _name(one.detail, "evidence", cut, CAPS["detail"]))
        for one in identity.evidence[:_MAX_EVIDENCE]
    ]
    kept: dict[str, Any] = {
        "kind": identity.kind.value,
        "agent": _name(identity.agent, "agent", cut),
        "operator": _name(identity.operator, "operator", cut, _MAX_TEXT),
        "purpose": identity.purpose.value if identity.purpose else None,
        "assurance": identity.assurance.value,
        "evidence": [
            {"probe": one.probe, "finding": one.finding.value, "detail": text} for one, text in said
        ],
        "subjects": _list(identity.subjects, "subjects", cut),
    }
    optional = {
        "also": [purpose.value for purpose in identity.also],
        "name": _name(identity.name, "name", cut),
        "unknown": identity.unknown,
        "proved": _list(identity.proved, "proved", cut),
        "claimed": _list(identity.claimed, "claimed", cut),
        "robots": _name(identity.robots, "robots", cut),
    }
    return kept | {name: value for name, value in optional.items() if value}


def _name(text: str | None, name: str, cut: list[str], cap: int = CAPS["name"]) -> str | None:
    if text is None:
        return None
    kept = _capped(text, cap)
    if kept != _whole(text):
        cut.append(name)
    return kept


def _list(texts: tuple[str, ...], name: str, cut: list[str]) -> list[str | None]:
    if len(texts) > _MAX_LIST:
        cut.append(name)
    return [_name(text, name, cut, _MAX_TEXT) for text in texts[:_MAX_LIST]]
