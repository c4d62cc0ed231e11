"""Payloads of the journal as entries with the members that `izin audit query --json` shows.

Whatever the octets, `printed` gives an entry or raises `EntryError`: a journal may have come from anywhere. What it
gives has the types that its readers rely on; members that this version does not know are shown as they are.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from gateway.instants import rfc3339
from gateway.record.entry import FULL
from gateway.seal.erasable import Opening, entry_of, opening_of

#: The values that the entries of one segment share, by number.
Shared = dict[int, Any]


#: What the decoder and the checks below raise on octets that are no entry.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError, ValueError)


class EntryError(ValueError):
    """A payload that is no entry of a version known here; the message says why."""


def printed(payload: bytes, seq: int, site: str, lane: str, shared: Shared) -> dict[str, Any]:
    """One entry. ``shared`` holds the segment's values so far; those that the payload defines are put into it."""
    entry = read(payload, shared)
    moment = {"time": rfc3339(entry.pop("at")), "site": site, "lane": lane, "seq": seq}
    return {"v": entry.pop("v"), "id": entry.pop("id"), **moment, **entry}


def read(payload: bytes, shared: Shared) -> dict[str, Any]:
    """As `printed`, with the time as ``at`` in microseconds, and without what is known only to the journal."""
    try:
        return _from_array(payload, shared) if payload[:1] == b"[" else _from_object(payload)
    except _UNREADABLE as error:
        raise EntryError(str(error) or "nested too deeply") from error


def values_of(payload: bytes) -> dict[str, Any]:
    """What an event commits to, which `printed` does not show; nothing where that was erased. EntryError as there."""
    try:
        opening = opening_of(payload)
        values = {} if opening is None else msgspec.json.decode(opening.values)
    except _UNREADABLE as error:
        raise EntryError(str(error)) from error
    if not isinstance(values, dict):
        raise EntryError("values without names")
    return values


def definitions(payload: bytes) -> Shared:
    """The values that a compact payload defines; nothing of an unreadable one."""
    found: Shared = {}
    if payload[:3] in (b'["d', b'["r'):
        with suppress(*_UNREADABLE):
            references = _compact(payload)[-len(_KINDS) :]
            for reference, kind in zip(references, _KINDS, strict=True):
                if bytes(reference).startswith(b"["):
                    _value(bytes(reference), kind, found)
    return found


def references(payload: bytes) -> frozenset[int]:
    """The numbers of the values that a compact payload takes from others; none of an unreadable one."""
    if payload[:3] not in (b'["d', b'["r'):
        return frozenset()
    with suppress(*_UNREADABLE):
        ends = map(bytes, _compact(payload)[-len(_KINDS) :])
        return frozenset(int(one) for one in ends if not one.startswith(b"["))
    return frozenset()


class _Request(Struct):
    method: str
    host: str
    target: str | None
    user_agent: str | None = None


class _Client(Struct):
    network: str
    address: str | None = None
    pseudonym: str | None = None


class _Values(_Client):
    """What a full decision commits to."""

    user_agent: str | None = None
    trace: str | None = None
    details: list[str] = []


class _Evidence(Struct):
    probe: str
    finding: str
    detail: str = ""


class _Identity(Struct):
    kind: str
    assurance: str
    agent: str | None
    operator: str | None
    purpose: str | None
    evidence: list[_Evidence]
    name: str | None = None
    robots: str | None = None


class _Ruling(Struct):
    audience: str
    durability: str
    enforced: bool
    grants: list[str]
    identity: _Identity
    license: str | None
    policy: str
    reasons: list[str]
    rule: str | None
    status: int | None
    terms: str
    verdict: str
    robots_file: str | None = None
    served: str | None = None
    source: str | None = None
    certain: bool = True
    private: bool = False
    patterns: list[str] | None = None
    rates: list[str] | None = None
    cut: list[str] | None = None


_Time = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
_Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class _Counted(NamedTuple):
    """What a rate found: requests that remain, microseconds to wait, and to being as good as new; ``counted`` where gateways that
    count together did not (`Reach`)."""

    remaining: _Count
    wait: _Count
    reset: _Count
    counted: Literal["here", "nowhere"] | None = None


class _Full(Struct, kw_only=True):
    """What a full decision must look like; members beside these are let pass."""

    phase: Literal["decision"]
    id: str
    at: _Time
    request: _Request
    ruling: _Ruling
    rates: list[_Counted | None] | None = None
    booked: str | None = None


class _Decision(_Full, kw_only=True):
    v: Literal[1]
    client: _Client


class _Committed(_Full, kw_only=True):
    v: Literal[2]
    committed: str


class _Event(Struct):
    v: Literal[1, 2]
    phase: Literal["event"]
    id: str
    at: _Time
    event: str
    details: dict[str, Any]


_COMPACT: Final = msgspec.json.Decoder(
    tuple[Literal["d1"], str, _Time, str, str | None, str, str, msgspec.Raw, msgspec.Raw, msgspec.Raw]
)
_COMPACT_COUNTED: Final = msgspec.json.Decoder(
    tuple[  # as the other, with what the rates found
        Literal["r1"],
        str,
        _Time,
        str,
        str | None,
        str,
        str,
        list[_Counted | None],
        msgspec.Raw,
        msgspec.Raw,
        msgspec.Raw,
    ]
)
_OUTCOME: Final = msgspec.json.Decoder(tuple[Literal["o1"], str, _Time, int | None, _Count, str])
_DEFINITION: Final = msgspec.json.Decoder(tuple[_Count, msgspec.Raw, str])


class Brief(NamedTuple):
    """A compact decision, or an outcome with the id of its decision, without the dictionaries that printing takes: for those
    who read many. ``end``, ``status`` and ``octets`` are an outcome's, all else a decision's."""

    id: str
    at: int
    target: str | None = None
    pseudonym: str = ""
    network: str = ""
    ruling: Mapping[str, Any] = {}
    end: str | None = None
    status: int | None = None
    octets: int = 0


def read_brief(payload: bytes, shared: Shared) -> Brief | None:
    """As `read`, for a compact decision or an outcome; None for what is neither. EntryError as there."""
    try:
        if payload[:3] == b'["o':
            _, of, at, status, octets, end = _OUTCOME.decode(payload)
            return Brief(of, at, end=end, status=status, octets=octets)
        if payload[:1] != b"[":
            return None
        _, id, at, _, target, pseudonym, network, *rest = _compact(payload)
        *_, ruling = [
            _value(bytes(reference), kind, shared)
            for reference, kind in zip(rest[-len(_KINDS) :], _KINDS, strict=True)
        ]
    except _UNREADABLE as error:
        raise EntryError(str(error) or "nested too deeply") from error
    return Brief(id, at, target, pseudonym, network, ruling)


def _from_object(payload: bytes) -> dict[str, Any]:
    raw = msgspec.json.decode(entry_of(payload))
    if not isinstance(raw, dict):
        raise EntryError("neither an object nor an array")
    if raw.get("phase") == "event":
        msgspec.convert(raw, _Event)
        if raw["v"] == FULL and opening_of(payload) is None:
            raw["erased"] = True
        first = {name: raw.pop(name) for name in ("v", "id", "at", "phase", "event", "details")}
        return first | raw
    if raw.get("v") == FULL:
        msgspec.convert(raw, _Committed)
        raw |= _laid_open(raw["request"], raw["ruling"]["identity"]["evidence"], opening_of(payload))
    else:
        msgspec.convert(raw, _Decision)
    first = {name: raw.pop(name) for name in ("v", "id", "at", "phase")}
    request, client, ruling = raw.pop("request"), raw.pop("client"), raw.pop("ruling")
    return first | _decision(request, client, ruling, raw.pop("rates", None)) | raw


def _laid_open(
    request: dict[str, Any], evidence: list[dict[str, Any]], opening: Opening | None
) -> dict[str, Any]:
    """The client that a decision commits to; put into the rest is what else it commits to. What was erased is said so."""
    if opening is None:
        request["user_agent"] = None
        return {"client": {"network": None}, "erased": True}
    values = msgspec.json.decode(opening.values)
    msgspec.convert(values, _Values)
    request["user_agent"] = values.pop("user_agent", None)
    told = [one for one in evidence if "detail" not in one]
    for one, detail in zip(told, values.pop("details", ()), strict=True):
        one["detail"] = detail
    trace = values.pop("trace", None)
    return {"client": values} | ({} if trace is None else {"trace": trace})


def _from_array(payload: bytes, shared: Shared) -> dict[str, Any]:
    if payload[:3] == b'["o':
        _, of, at, status, octets, end = _OUTCOME.decode(payload)
        return {
            "v": 1,
            "id": f"{of}-outcome",
            "at": at,
            "phase": "outcome",
            "of": of,
            "status": status,
            "bytes": octets,
            "end": end,
        }
    _, id, at, method, target, pseudonym, network, *rest = _compact(payload)
    counted, references = (rest[0], rest[1:]) if len(rest) > len(_KINDS) else (None, rest)
    host, agent, ruling = [
        _value(bytes(reference), kind, shared) for reference, kind in zip(references, _KINDS, strict=True)
    ]
    request = {"method": method, "host": host, "target": target, "user_agent": agent}
    client = {"pseudonym": pseudonym, "network": network}
    return {"v": 1, "id": id, "at": at, "phase": "decision"} | _decision(
        request, client, dict(ruling), counted
    )


def _compact(payload: bytes) -> tuple[Any, ...]:
    return (_COMPACT_COUNTED if payload[:3] == b'["r' else _COMPACT).decode(payload)


def _decision(
    request: dict[str, Any], client: dict[str, Any], ruling: dict[str, Any], counted: list[Any] | None
) -> dict[str, Any]:
    """The members of a decision in the order in which they are read; ``ruling`` is used up."""
    if "rates" in ruling:
        names = ruling.pop("rates")
        ruling["rates"] = [_rate(name, found) for name, found in zip(names, counted or (), strict=True)]
    for name in ("certain", "private"):
        if name in ruling:
            client[name] = ruling.pop(name)
    first = {name: ruling.pop(name) for name in _ORDER}
    first["identity"] = _first(first["identity"], _IDENTITY_ORDER)
    return {"request": _first(request, _REQUEST_ORDER), "client": client, **first, **ruling}


def _rate(name: str, found: Sequence[Any] | None) -> dict[str, Any]:
    """A rate by its name; times in microseconds, and nothing else where the request was not counted."""
    if found is None:
        return {"rule": name}
    members = zip(_Counted._fields, found, strict=False)
    return {"rule": name} | {member: value for member, value in members if value is not None}


def _first(members: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The members with the named ones in front."""
    return {name: members[name] for name in names if name in members} | members


_REQUEST_ORDER: Final = ("method", "host", "target", "user_agent")
_IDENTITY_ORDER: Final = ("kind", "agent", "operator", "purpose", "assurance", "evidence")
_ORDER: Final = (
    "identity",
    "verdict",
    "enforced",
    "status",
    "rule",
    "reasons",
    "license",
    "grants",
    "policy",
    "terms",
    "durability",
    "audience",
)


#: What host, User-Agent and ruling are, and so what may stand in their places.
_KINDS: Final[tuple[Any, ...]] = (str, str | None, _Ruling)


def _value(reference: bytes, kind: Any, shared: Shared) -> Any:
    """The value that a number or a definition stands for; a definition is checked, also against its digest, and kept.

    Only a sound ruling is ever kept as a dictionary, so a dictionary in its place needs no second look.
    """
    if reference.startswith(b"["):
        number, raw, digest = _DEFINITION.decode(reference)
        if hashlib.sha256(bytes(raw)).hexdigest() != digest:
            raise EntryError(f"value {number} is not what its digest says")
        value = msgspec.json.decode(bytes(raw))
        msgspec.convert(value, kind)
        if number:
            shared[number] = value
        return value
    number = int(reference)
    try:
        value = shared[number]
    except KeyError:
        raise EntryError(f"the segment defines no value {number}") from None
    if not isinstance(value, dict if kind is _Ruling else kind):
        raise EntryError(f"value {number} is not of the kind that stands here")
    return value
