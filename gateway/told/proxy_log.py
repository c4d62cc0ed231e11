"""What the access log of a proxy beside us tells: how a request ended, and, where Izin was not asked, what was requested.

A line is one JSON object. `deploy/` has the format of each proxy; names that proxies give by themselves are known too, so
that Caddy and Traefik need no format of their own. A line was written by software we trust about text that we do not: octets
are read as Latin-1, as header fields are, so that none is ever in a wrong encoding. Total: any octets are `Ended` or None.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from gateway.instants import SECOND
from gateway.vocabulary import End

#: Octets of a line that are read; nobody's request makes a longer one.
MAX_LINE: Final = 65_536
#: What a request is said to have been ``unasked`` for: the policy lets it pass anyway, or Izin did not answer.
PREFILTER, DOWN = "prefilter", "down"

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_REQUEST_ID: Final = re.compile(r"[0-9a-f]{32}")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "decision": (
        "decision",
        "resp_headers.Izin-Decision.0",
        "downstream_Izin-Decision",
        "request_Izin-Decision",
    ),
    "status": ("status", "request_Izin-Status", "DownstreamStatus"),
    "octets": ("octets", "size", "DownstreamContentSize"),
}
#: What of Traefik's request only counts in a line of a router: there our middlewares have taken out a client's own word, and where
#: no router wanted the request (`GET *`) nobody has.
_OF_ROUTER, _ROUTER = "request_", "RouterName"
#: nginx: a client that went before it was answered.
_GONE: Final = 499
#: The connection went on in another protocol, such as WebSocket.
_UPGRADED: Final = 101
_OF_PROXY: Final = frozenset({502, 503, 504})


class Unasked(NamedTuple):
    """A request that Izin was not asked about. ``at`` is in µs since 1970, ``id`` the id of its decision, which follows from
    the log alone, so that a line read again makes no second one."""

    why: str
    id: str
    at: int
    address: str
    scheme: str
    host: str
    method: str
    target: str
    user_agent: str | None


class Ended(NamedTuple):
    """How a request ended: the status and body octets that the client was sent, ``status`` None where it was sent nothing.
    ``decision`` is the id of the decision about it; empty where there is none."""

    decision: str
    status: int | None
    octets: int
    end: End
    unasked: Unasked | None = None


def read_line(line: bytes) -> Ended | None:
    """What one line tells; None for what is no line of such a log, or tells of no decision and no request."""
    if len(line) > MAX_LINE:
        return None
    try:
        members = msgspec.json.decode(line.decode("latin-1"))
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    if not isinstance(members, dict):
        return None
    decision = _found(members, "decision")
    known = isinstance(decision, str) and _ID.fullmatch(decision) is not None
    unasked = None if known else _unasked(members, line)
    if not known and unasked is None:
        return None
    status, octets = _whole(_found(members, "status")), _whole(_found(members, "octets")) or 0
    if status is None or status in (0, _GONE):
        return Ended(decision if known else "", None, 0, End.CLIENT_GONE, unasked)
    return Ended(decision if known else "", status, octets, _end(members, status), unasked)


def _end(members: Mapping[str, Any], status: int) -> End:
    """nginx says `OK`, or nothing where it was broken off, Envoy `-` or letters for what went wrong, HAProxy `--` or two letters, a
    C first where it was the client; others say nothing."""
    end = members.get("end")
    if status in _OF_PROXY and members.get("origin") == "-":
        return End.ORIGIN_ERROR
    if status == _UPGRADED:
        return End.COMPLETE  # either side may close
    if end is None or end in ("OK", "-", "--"):
        return End.COMPLETE
    if end == "":
        return End.UNKNOWN
    left = isinstance(end, str) and ("DC" in end.split(",") or (len(end) == 2 and end[0] in "Cc"))
    return End.CLIENT_GONE if left else End.ORIGIN_ERROR


def _unasked(members: Mapping[str, Any], line: bytes) -> Unasked | None:
    why, time, request_id = members.get("unasked"), members.get("time"), _request_id(members, line)
    if why not in (PREFILTER, DOWN) or not isinstance(time, float | int) or not 0 <= time < 2**53 / SECOND:
        return None
    if request_id is None:
        return None
    names = ("address", "scheme", "host", "method", "target", "user_agent")
    texts = {name: text for name in names if isinstance(text := members.get(name), str)}
    if len(texts) < len(names) or not texts["address"]:
        return None
    at = round(time * SECOND)
    return Unasked(
        why,
        decision_id(at, request_id),
        at,
        texts["address"],
        texts["scheme"],
        texts["host"],
        texts["method"],
        texts["target"],
        texts["user_agent"] or None,
    )


def _request_id(members: Mapping[str, Any], line: bytes) -> str | None:
    """`$request_id`; or, where nginx says which request on which of its connections it was, what follows from such a line."""
    named = members.get("request_id")
    if named is not None:
        return named if isinstance(named, str) and _REQUEST_ID.fullmatch(named) else None
    if _whole(members.get("connection")) is None or _whole(members.get("number")) is None:
        return None
    return sha256(line).hexdigest()[:32]


def decision_id(at: int, request_id: str) -> str:
    """The id of the decision about a request of which nginx knows `$msec` and `$request_id`: a ULID of that time and of its
    first 80 bits."""
    number = (at // 1000) << 80 | int(request_id[:20], 16)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def _found(members: Mapping[str, Any], name: str) -> Any:
    for path in _NAMES[name]:
        if path.startswith(_OF_ROUTER) and _ROUTER not in members:
            continue
        value: Any = members
        for step in path.split("."):
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step == "0":
                value = value[0] if value else None
            else:
                value = None
        if value is not None:
            return value
    return None


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15 else None
