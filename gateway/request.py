"""What the gateway reads of a request: one frozen value, whichever door it came through.

Theory of operation. A target reaches the origin as it was sent, and the origin may read it in a way we
cannot know: `/foto%2Fa`, `/x/../foto/a` and `/foto;v=1/a` may or may not all be the photo page. So every
target has two readings. *Canonical* is the one of RFC 9309 section 2.2.2, which robots.txt speaks about:
unreserved octets are decoded, everything else stands percent-encoded in capitals. *Folded* is the one of
the most lenient server: decoded once, `\\` as `/`, parameters cut off, slashes collapsed, dots resolved.
People get the canonical verdict; everybody else the stricter of both.

Between the two stand servers that do some of this and not the rest. Wherever no step climbs, what they read begins with
the same folders as one of the two. But `//foto/..;/../a` is `/foto/a` to a server that knows nothing of parameters and
`/a` to one that does, and no list of readings is ever complete. So a path that *climbs*, by any name of `..`, is marked,
and judged as if it might lead anywhere: nobody who means well sends one, for every client resolves dots itself. Names of
`..` are also those that come out where a server behind a server decodes once more (`%252e%252e`), accepts overlong UTF-8
(`%c0%ae`), or cuts blanks off (`..%20`).

`*` and `$` are special in path patterns only, so in a reading they always stand as `%2A` and `%24`, which is
how a pattern names them literally (RFC 9309 section 2.2.3).
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from gateway.trace import TRACEPARENT, trace_of
from gateway.value import Value
from gateway.vocabulary import Reason

#: Longest target that is read at all, in octets; longer ones are malformed.
MAX_TARGET: Final = 16_384
#: Longest User-Agent that is read, in octets, ten times what the longest honest one has; a longer one is refused. It is
#: read to its end, or whoever puts a long enough text before the name would be taken for a reader.
MAX_USER_AGENT: Final = 8_192
#: Longest text of a client's choosing that any memory keeps as a key, so that what a memory costs is bounded in octets.
MOST_REMEMBERED: Final = 1_024

_PLAIN = re.compile(rb"(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*+)++/?|/")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = _UNRESERVED | frozenset(b":/?[]@!&'()+,;=")
_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")
#: How often a path is decoded in search of a `..` once it was decoded; and what some servers cut off a segment.
_MOST_LAYERS: Final = 3
_BLANKS: Final = bytes(range(0x21))
_HEX = {f"{n:02x}".encode(): n for n in range(256)}
ENCODED: Final = [f"%{n:02X}" for n in range(256)]
_AS_IS = [chr(n) if n in _KEPT else ENCODED[n] for n in range(256)]
_DECODED = [chr(n) if n in _UNRESERVED else ENCODED[n] for n in range(256)]


class Target(NamedTuple):
    """One target in both readings. ``raw`` is what goes to the origin; ``climbs``: some server may read a `..` in it."""

    raw: bytes
    path: str
    query: str | None
    folded: str
    climbs: bool = False

    @property
    def canonical(self) -> str:
        """Path and query as RFC 9309 compares them."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def lenient(self) -> str:
        """The folded path with the same query."""
        return self.folded if self.query is None else f"{self.folded}?{self.query}"

    def named_part(self, names: frozenset[str]) -> tuple[str, bool]:
        """The raw path with the query parameters of these names, and whether that is everything."""
        path, _, query = self.raw.decode("ascii").partition("?")
        if self.query is None:
            return path, True
        pieces = query.split("&")
        kept = [piece for piece in pieces if unquote_plus(piece.partition("=")[0]) in names] if names else []
        return (f"{path}?{'&'.join(kept)}" if kept else path), len(kept) == len(pieces)


def read_target(raw: bytes) -> Target | None:
    """Both readings of an origin-form target, or None if it is malformed.

    Malformed are control octets and spaces, raw non-ASCII, a fragment, a `%` without two hexadecimal digits, a
    target that does not begin with `/`, and one longer than `MAX_TARGET`.
    """
    # Long targets are not remembered, so that nobody can fill the memory with them.
    if len(raw) <= 512:
        return _remembered(raw)
    return _read(raw) if len(raw) <= MAX_TARGET else None


def _read(raw: bytes) -> Target | None:
    if _PLAIN.fullmatch(raw):
        text = raw.decode("ascii")
        return Target(raw, text, None, text)
    if not raw.startswith(b"/"):
        return None
    path, mark, query = raw.partition(b"?")
    canonical_path, canonical_query = canonical(path), canonical(query)
    if canonical_path is None or canonical_query is None:
        return None
    folded, climbs = _fold(path)
    return Target(raw, canonical_path, canonical_query if mark else None, folded, climbs)


_remembered = lru_cache(maxsize=2048)(_read)


def canonical(octets: bytes) -> str | None:
    """The normal form of RFC 9309 section 2.2.2, or None if the octets are no part of a target."""
    if any(o <= 0x20 or o >= 0x7F or o == 0x23 for o in octets):
        return None
    head, *rest = octets.split(b"%")
    out = [_AS_IS[o] for o in head]
    for piece in rest:
        octet = _HEX.get(piece[:2].lower())
        if octet is None:
            return None
        out.append(_DECODED[octet])
        out += [_AS_IS[o] for o in piece[2:]]
    return "".join(out)


def _fold(path: bytes) -> tuple[str, bool]:
    """The reading of the most lenient server, and whether it had to climb; ``path`` is known to be well formed."""
    octets = _decoded(path)
    segments = _segments(octets)
    if b".." not in segments:
        segments = _climbing_deeper(octets) or segments
    out: list[bytes] = []
    for segment in segments:
        if segment == b"..":
            if out:
                out.pop()
        elif segment not in (b"", b"."):
            out.append(segment)
    directory = out and segments[-1] in (b"", b".", b"..")
    text = b"/" + b"/".join(out) + (b"/" if directory else b"")
    return "".join(_AS_IS[o] if o != 0x3F else "%3F" for o in text), b".." in segments


def _climbing_deeper(octets: bytes) -> list[bytes] | None:
    """The segments of a decoded path in the reading in which some servers find a `..`, if there is one."""
    if b"%" not in octets and b".." not in octets and b"\xc0" not in octets:
        return None
    for _ in range(_MOST_LAYERS):
        octets = _decoded(octets)
        plain = octets.replace(b"\xc0\xae", b".").replace(b"\xc0\xaf", b"/")
        segments = [segment.strip(_BLANKS) for segment in _segments(plain)]
        if b".." in segments:
            return segments
    return None


def _segments(octets: bytes) -> list[bytes]:
    return [s.partition(b";")[0] for s in octets.replace(b"\\", b"/").split(b"/")]


def _decoded(octets: bytes) -> bytes:
    """Percent-decoded once; what is no encoding stays."""
    return _ENCODED.sub(lambda found: bytes((_HEX[found[1].lower()],)), octets) if b"%" in octets else octets


#: The header fields that a probe, a rule, a reply, a count or the record reads; a door folds these and no others, but for `authorization`, of
#: which it keeps a license token alone (`gateway.licenses.credential`).
FIELDS_READ: Final = frozenset(
    {
        *("accept", "accept-language", "from", "if-none-match", "referer", "user-agent"),
        *("signature", "signature-agent", "signature-input"),
        TRACEPARENT,
    }
)
#: The field without which a request is not signed (RFC 9421 section 4.1).
SIGNED: Final = "signature-input"

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_])?")
_IPV6 = re.compile(r"\[[0-9a-f:.]{2,45}\]")


class Client(Value):
    """Where a request came from.

    ``address`` is canonical text (an IPv4-mapped address is IPv4). ``certain`` is False where forwarding headers
    came from a peer that is not a trusted proxy, or were unreadable: then no check of the address counts.
    ``network`` is the address cut to /24 or /48, ``private`` whether it is loopback, private or link-local. ``proxied``: it
    came through a trusted proxy, whose word was asked for the address.
    """

    __slots__ = ("address", "certain", "network", "private", "proxied")

    def __init__(
        self,
        address: str,
        network: str,
        certain: bool = True,
        private: bool = False,
        proxied: bool = False,
    ) -> None:
        self.address: Final = address
        self.network: Final = network
        self.certain: Final = certain
        self.private: Final = private
        self.proxied: Final = proxied


class Request(Value):
    """One request as the gateway reads it.

    ``authority`` is the Host as sent, lower-cased, port included; ``host`` the same without port and final dot.
    ``target`` is None when it was malformed, and ``fault`` then says what was wrong; a fault is refused whatever
    the policy says. ``fields`` holds `FIELDS_READ` only, names lower-cased, repeated fields joined with ", ", and under
    ``authorization`` a license token, if one is shown, under ``client-cert`` a certificate that a proxy which may say so
    handed on. ``lines`` are the field lines of a signed request as they came, for a signature may cover any of them; of
    others there are none.
    """

    __slots__ = ("authority", "client", "fault", "fields", "host", "lines", "method", "scheme", "target")

    def __init__(
        self,
        method: str,
        scheme: str,
        authority: str,
        host: str,
        target: Target | None,
        client: Client,
        fields: dict[str, str],
        fault: Reason | None = None,
        lines: Sequence[bytes] = (),
    ) -> None:
        self.method: Final = method
        self.scheme: Final = scheme
        self.authority: Final = authority
        self.host: Final = host
        self.target: Final = target
        self.client: Final = client
        self.fields: Final = fields
        self.fault: Final = fault
        self.lines: Final = lines

    @property
    def user_agent(self) -> str:
        """The User-Agent, empty if there was none."""
        return self.fields.get("user-agent", "")

    @property
    def trace(self) -> str | None:
        """The trace that it belongs to, if it says so (`gateway.trace`)."""
        return trace_of(self.fields.get(TRACEPARENT))

    @property
    def safe(self) -> bool:
        """Whether the method changes nothing at the origin (RFC 9110 section 9.2.1)."""
        return self.method in ("GET", "HEAD", "OPTIONS", "TRACE")


def fold_host(authority: str) -> str | None:
    """The host of an authority: lower case, without port and final dot; None if it is not one.

    RFC 9110 section 7.2 and RFC 3986 section 3.2.2; user information is never accepted.
    """
    return _folded_host(authority) if len(authority) <= 300 else None


@lru_cache(maxsize=4096)
def _folded_host(authority: str) -> str | None:
    if not authority.isascii():
        return None  # the sign for kelvin would fold to a letter
    text = authority.lower()
    if text.startswith("["):
        host, bracket, port = text.partition("]")
        host += bracket
        if port and not (port.startswith(":") and _is_port(port[1:])):
            return None
        return host if _IPV6.fullmatch(host) else None
    host, colon, port = text.partition(":")
    if colon and not _is_port(port):
        return None
    host = host.removesuffix(".")
    return host if _HOST.fullmatch(host) and ".." not in host else None


def _is_port(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and int(text) < 65_536)
