"""Lines of access logs → what was asked, by whom, when. Total: any octets are a hit, no request, or no line of a log.

Theory of operation. Three families are read, and may be mixed line by line. *Combined*: nginx's `combined` and Apache's,
with or without the virtual host in front (`vhost_combined`), with any fields after the User-Agent (nginx's `main`). *JSON
lines*: one object a line; which member is what is looked up by a list of usual names (nginx, Caddy, Traefik, Cloudflare
and others write each their own) or told by the caller. *Laid out otherwise* (`gateway.told.layout`): W3C logs, which name
their columns themselves, and lines whose layout is told; their members are looked up by the same names. Octets are read
as Latin-1, as header fields are on the wire, so that no encoding is ever wrong. A log line was written by software we
trust about text that we do not.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from gateway.instants import SECOND, instant
from gateway.told.layout import Columns, Layout, missing

#: Octets of a line that are read; a longer line is no line of a log.
MAX_LINE: Final = 65_536


class Hit(NamedTuple):
    """One request as a log tells it. ``at`` is in µs since 1970, ``octets`` those of the response; None: it does not say.

    ``target`` is as it was sent; ``host`` is as logged, port included.
    """

    address: str | None
    at: int | None
    host: str | None
    method: str
    target: str
    user_agent: str | None
    status: int | None
    octets: int


class NoHit(StrEnum):
    """Why a line gives none: ``malformed`` is no line of a log; ``unreplayable`` is one that does not say what was
    asked, or by whom."""

    MALFORMED = "malformed"
    UNREPLAYABLE = "unreplayable"


#: What a line may say, and the names that JSON logs give it, in the order in which they are tried.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "address": (
        "remote_addr", "client_ip", "clientip", "ClientIP", "ClientHost", "request.client_ip", "request.remote_ip",
        "http_x_forwarded_for", "remote_ip", "c-ip", "httpRequest.remoteIp", "client.ip", "source.ip", "address",
    ),
    "time": (
        "time_iso8601", "msec", "@timestamp", "timestamp", "time", "ts", "StartUTC", "time_local", "datetime",
        "EdgeStartTimestamp",
    ),
    "host": (
        "http_host", "host", "request.host", "RequestHost", "ClientRequestHost", "server_name", "vhost",
        "x-host-header", "cs-host", "cs(Host)", "url.domain",
    ),
    "method": (
        "request_method", "request.method", "RequestMethod", "ClientRequestMethod", "method", "cs-method",
        "httpRequest.requestMethod", "http.request.method",
    ),
    "target": (
        "request_uri", "request.uri", "RequestPath", "ClientRequestURI", "uri", "target", "path",
        "cs-uri-stem", "httpRequest.requestUrl", "url.original", "url",
    ),
    "request": ("request", "request_line"),
    "user-agent": (
        "http_user_agent", "request.headers.User-Agent.0", "request_User-Agent", "ClientRequestUserAgent", "user_agent",
        "userAgent", "useragent", "agent", "httpRequest.userAgent", "user_agent.original", "cs-user-agent", "cs(User-Agent)",
    ),
    "status": (
        "status", "DownstreamStatus", "EdgeResponseStatus", "response", "sc-status", "httpRequest.status",
        "http.response.status_code",
    ),
    "octets": (
        "body_bytes_sent", "bytes_sent", "size", "DownstreamContentSize", "EdgeResponseBytes", "bytes", "sc-bytes",
        "httpRequest.responseSize", "http.response.body.bytes", "octets",
    ),
}  # fmt: skip

_TEXT = rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_COMBINED = re.compile(
    rb"([^\[]{1,1200}) \[([^\]]{1,40})\] "
    + _TEXT
    + rb" (\d{3}|-) (\d{1,15}|-)(?: "
    + _TEXT
    + b" "
    + _TEXT
    + b")?"
)
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|u00([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"v": b"\v", b"f": b"\f"}
_REQUEST = re.compile(r"([^ ]{1,100}) (.*?)(?: HTTP/\d(?:\.\d)?)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?i)https?://([^/?#]*)(.*)", re.DOTALL)
_LOCAL_TIME = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII)
_MONTHS = {
    name: n
    for n, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
_ADDRESS = re.compile(rb"[0-9a-fA-F]*[.:][0-9a-fA-F.:%]*|-|unix:")
_REMEMBERED: Final = 4096


class Lines:
    """Reads lines of one log; what repeats from line to line is read once."""

    def __init__(self, fields: Mapping[str, str] | None = None, layout: Layout | None = None) -> None:
        """``fields`` says which member of a JSON line is what, as a path with dots (`request.headers.Host.0`), for names
        in `FIELDS`; the others are found by their usual names. ``layout`` is tried before what lines are like by themselves."""
        told = {name: (path,) for name, path in (fields or {}).items()}
        self._paths = {
            name: tuple((path, tuple(path.split("."))) for path in told.get(name, usual))
            for name, usual in FIELDS.items()
        }
        self._minutes: dict[bytes, int | None] = {}
        self._layout: Layout | Columns | None = layout

    def read(self, line: bytes) -> Hit | NoHit | None:
        """What one line tells; None for an empty one and for a comment."""
        line = line.strip(b"\r\n \t\xef\xbb\xbf")
        if not line or line.startswith(b"#"):
            if not isinstance(self._layout, Layout):
                self._layout = Columns.told(line) or self._layout
            return None
        if len(line) > MAX_LINE:
            return NoHit.MALFORMED
        members = None if self._layout is None else self._layout.read(line)
        if members is not None:
            return self._members(members)
        return self._json(line) if line.startswith(b"{") else self._combined(line)

    def _combined(self, line: bytes) -> Hit | NoHit:
        found = _COMBINED.match(line)
        if found is None:
            return NoHit.MALFORMED
        head, time, request, status, octets, _, user_agent = found.groups()
        at = self._local_time(time)
        who = head.split(b" ")
        if at is None or len(who) < 2:
            return NoHit.MALFORMED
        # `host address - user` or `address - user`; a user's name may have blanks of its own.
        host = None
        if len(who) > 3 and _ADDRESS.fullmatch(who[1]) and who[1] != b"-":
            host, who = who[0].decode("latin-1"), who[1:]
        if user_agent is None:
            return NoHit.UNREPLAYABLE  # the common format, which does not say who asked
        return _hit(
            who[0].decode("latin-1"),
            at,
            host,
            _plain(request),
            _plain(user_agent),
            int(status) if status != b"-" else None,
            int(octets) if octets != b"-" else 0,
        )

    def _local_time(self, text: bytes) -> int | None:
        """The instant of `24/Nov/2026:09:00:05 +0700`: all but the seconds is the same for many lines."""
        if len(text) != 26 or not text[18:20].isdigit():
            return None
        minute = text[:18] + b"00" + text[20:]
        if minute not in self._minutes:
            if len(self._minutes) >= _REMEMBERED:
                self._minutes.clear()
            self._minutes[minute] = _instant_of(minute.decode("latin-1"))
        start = self._minutes[minute]
        return None if start is None else start + int(text[18:20]) * SECOND

    def _json(self, line: bytes) -> Hit | NoHit:
        try:
            members = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
            return NoHit.MALFORMED
        return self._members(members) if isinstance(members, dict) else NoHit.MALFORMED

    def _members(self, members: Mapping[str, Any]) -> Hit | NoHit:
        method, target = self._text(members, "method"), self._text(members, "target")
        request = self._text(members, "request") if method is None or target is None else f"{method} {target}"
        user_agent = self._member(members, "user-agent")
        if request is None or not (isinstance(user_agent, str) or self._is_told_empty(members, user_agent)):
            return NoHit.UNREPLAYABLE
        return _hit(
            self._text(members, "address"),
            _any_time(self._member(members, "time")),
            self._text(members, "host"),
            request,
            user_agent or "",
            _whole(self._member(members, "status")),
            _whole(self._member(members, "octets")) or 0,
        )

    def _is_told_empty(self, members: Mapping[str, Any], user_agent: Any) -> bool:
        """Whether it is told that there was no User-Agent: the member is there and null, or all header fields are."""
        request = members.get("request")
        told = isinstance(request, dict) and isinstance(request.get("headers"), dict)
        return user_agent is None and (told or any(path in members for path, _ in self._paths["user-agent"]))

    def _text(self, members: Any, name: str) -> str | None:
        value = self._member(members, name)
        return value if isinstance(value, str) and value else None

    def _member(self, members: Any, name: str) -> Any:
        """The first of the members that a field may be: by its whole name, else step by step. What only holds other
        members is none of them."""
        for path, steps in self._paths[name]:
            if path in members and not isinstance(members[path], dict):
                return members[path]
            value = members
            for step in steps:
                if isinstance(value, dict):
                    value = value.get(step)
                elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 5:
                    value = value[int(step)] if int(step) < len(value) else None
                else:
                    value = None
            if value is not None and not isinstance(value, dict):
                return value
        return None


def _hit(
    address: str | None,
    at: int | None,
    host: str | None,
    request: str,
    user_agent: str,
    status: int | None,
    octets: int,
) -> Hit | NoHit:
    found = _REQUEST.fullmatch(request)
    if found is None:
        return NoHit.UNREPLAYABLE  # what was sent was no HTTP: a TLS greeting, nothing at all
    method, target = found.groups()
    if target[:4].lower() == "http":
        whole = _AUTHORITY.fullmatch(target)
        if whole is not None:  # absolute form (RFC 9112 section 3.2.2): its host is the one that counts
            host, target = whole[1], whole[2] if whole[2].startswith("/") else f"/{whole[2]}"
    agent = None if user_agent in ("", "-") else user_agent
    return Hit(address, at, None if host in ("", "-", "_") else host, method, target, agent, status, octets)


def layout_of(text: str) -> Layout:
    """The layout that a `log_format` of nginx describes. ValueError, worded for its writer, if it tells too little."""
    layout = Layout(text, _plain)
    lacking = missing(layout, FIELDS)
    if lacking:
        raise ValueError(f"it does not tell {lacking}")
    return layout


def _plain(text: bytes) -> str:
    """What stands between quotes, without the escapes of nginx (`\\x22`) and Apache (`\\"`, `\\xhh`)."""
    if b"\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return text.decode("latin-1")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1] or found[2]
    return bytes.fromhex(code.decode("ascii")) if code else _LETTERS.get(found[3], found[3])


def _instant_of(text: str) -> int | None:
    found = _LOCAL_TIME.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return None
    try:
        day, hour, minute, second = map(int, found.group(1, 4, 5, 6))
        moment = datetime(int(found[3]), _MONTHS[found[2]], day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    away = (int(found[8]) * 60 + int(found[9])) * 60 * SECOND
    at = instant(moment) + (away if found[7] == "-" else -away)
    return at if _FIRST <= at < _LAST else None


#: 1970 to 2255, which is what an instant can be.
_FIRST: Final = 0
_LAST: Final = 2**53


def _any_time(value: Any) -> int | None:
    """An instant from ISO 8601, from a log's local time, or from a number of s, ms, µs or ns since 1970."""
    if isinstance(value, str):
        local = _instant_of(value)
        if local is not None:
            return local
        try:
            return _any_time(float(value)) if value[:10].isdigit() else _iso(value)
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e20:
        return None
    for unit in (1_000_000.0, 1_000.0, 1.0, 0.001):
        if value * unit < 1e16:  # the first that leads to a year before 2287
            at = int(value * unit)
            return at if at < _LAST else None
    return None


def _iso(text: str) -> int | None:
    read = datetime.fromisoformat(text)
    at = instant(read if read.tzinfo else read.replace(tzinfo=UTC))
    return at if _FIRST <= at < _LAST else None


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return int(value) if isinstance(value, int | float) and 0 <= value < 1e15 else None
