"""Read the heads of requests and responses: strictly, and remembering what is sent again and again.

Theory of operation. There is one reader of a head, and it knows one framing: what RFC 9112 allows in two ways, or what
two servers are known to read differently, is refused. The fields come from `fields`, which is httptools behind a check
of every octet; the lines that are passed on stay the octets they were, but for the hop-by-hop fields of RFC 9110 section
7.6.1 and those that Izin itself sets.

Origins send the same head with each copy of a page. To compare octets costs a hundredth of reading them, so some heads of
theirs are kept, none that sets a cookie; of those of clients `repeated` does. Heads are never changed once read.
"""

import re
from collections.abc import Iterable
from typing import Final

from gateway.licenses.credential import FIELD, license_credential
from gateway.proxy.fields import read_fields, sound
from gateway.proxy.heads import Lines, Noted, OriginError, RequestHead, ResponseHead, WireError
from gateway.proxy.names import DRESSED, REROUTING, TOLD
from gateway.request import FIELDS_READ, MAX_USER_AGENT
from gateway.trace import TRACED
from gateway.vocabulary import Reason

_TEXT: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*+")
_METHOD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")
_LENGTHS: Final = re.compile(rb"^content-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE | re.MULTILINE)
_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: (.*))?")
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#]*)((?:[/?].*)?)", re.IGNORECASE | re.DOTALL)
_REMEMBERED: Final = 4096
#: How many response heads are kept, and the longest head, or block of a request's fields, that is, in octets.
_HEADS_KEPT: Final = 512
MOST_KEPT: Final = 2048

#: Fields that no Connection field may take out, for framing and routing rest on them.
_PROTECTED: Final = frozenset({b"host", b"content-length", b"transfer-encoding"})

_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
_HOP: Final = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"})
#: CGI and its heirs cannot tell `_` from `-`: a name that they would read as one of these is not passed on, under a name
#: of our own.
_IMITATED: Final = _FRAMING | TOLD | REROUTING
_IMITATION: Final = b"_"
_NOT_PASSED: Final = _HOP | TOLD | REROUTING | {_IMITATION}
#: Connection options that name no other field.
_PLAIN_OPTIONS: Final = _HOP | {b"close", b""}
_READ: Final = {name.encode(): name for name in FIELDS_READ}
_CREDENTIAL: Final = FIELD.encode()
_READ_APART: Final = {b"host", b"expect", b"trailer", _CREDENTIAL}
#: Fields that are a client's own, or another's with each request: a block with one of them is kept for nobody else.
_OWN: Final = {
    b"cookie",
    b"proxy-authorization",
    b"signature-input",
    b"referer",
    b"if-none-match",
    _CREDENTIAL,
    *(name.encode() for name in TRACED),
}
_SPECIAL_REQUEST: Final = _NOT_PASSED | _FRAMING | set(_READ) | _READ_APART | _OWN
_COOKIE: Final = b"set-cookie"
_SPECIAL_RESPONSE: Final = _HOP | _FRAMING | DRESSED | {_COOKIE}


_names: dict[bytes, bytes] = {}


def _name(raw: bytes) -> bytes:
    """The lower-case name."""
    if len(_names) >= _REMEMBERED:
        _names.clear()
    name = raw.lower()
    if b"_" in name and name.replace(b"_", b"-") in _IMITATED:
        name = _IMITATION
    _names[raw] = name
    return name


def name_of(line: bytes) -> bytes:
    """The lower-case name of a field line that was read."""
    return line.partition(b":")[0].lower()


def read_request(head: bytes, max_fields: int = 100, max_target: int = 16_384) -> RequestHead:
    """Read one head, its final empty line included. Raises WireError."""
    first, _, block = head.partition(b"\r\n")
    start = first.split(b" ")
    if len(start) != 3 or start[2] not in (b"HTTP/1.1", b"HTTP/1.0") or _METHOD.fullmatch(start[0]) is None:
        raise WireError(Reason.MALFORMED_MESSAGE)
    method, target, version = start
    if len(target) > max_target:
        raise WireError(Reason.TARGET_TOO_LONG, RequestHead(method, target, int(version[7:]), [], {}))
    read = RequestHead(method, target, int(version[7:]), [], {})
    if _TEXT.fullmatch(first) is None or not sound(block):
        raise WireError(Reason.MALFORMED_MESSAGE, read)
    lines = block[:-4].split(b"\r\n") if len(block) > 2 else []
    if len(lines) > max_fields:
        raise WireError(Reason.HEAD_TOO_LARGE, read)
    fields = read_fields(block)
    special = _sort(fields, lines, read.lines, _SPECIAL_REQUEST, _NOT_PASSED)
    hosts = _note_request(read, special)
    if len(fields) != len(lines):
        raise WireError(Reason.MALFORMED_MESSAGE, read)
    if len(block) <= MOST_KEPT and target.startswith(b"/"):
        read.block, read.own = block, not _OWN.isdisjoint([name for name, _ in special])
    _set_request_framing(read, special)
    _set_authority(read, hosts)
    if len(read.fields.get("user-agent", "")) > MAX_USER_AGENT:
        raise WireError(Reason.HEAD_TOO_LARGE, read)
    read.octets = joined(read.lines)
    return read


def joined(lines: Iterable[bytes]) -> bytes:
    """Field lines in one piece, each with its end."""
    return b"".join([line + b"\r\n" for line in lines])


def _sort(
    fields: Noted, lines: Lines, plain: Lines, special: frozenset[bytes], taken: frozenset[bytes]
) -> Noted:
    """Put the line of every field into ``plain``, and give back those whose name is special, their names lower-case.

    Those whose name is in ``taken``, a part of ``special``, are given back only.
    """
    found: Noted = []
    known = _names
    for (raw, value), line in zip(fields, lines, strict=False):
        name = known.get(raw) or _name(raw)
        if name in special:
            found.append((name, value.strip(b" \t")))
            if name in taken:
                continue
        plain.append(line)
    return found


def _note_request(read: RequestHead, special: Noted) -> list[bytes]:
    """Fold what judging needs and take out what is not passed on; gives the values of Host."""
    fields = read.fields
    hosts, credentials = list[bytes](), list[bytes]()
    dropped: Noted = []
    for name, value in special:
        word = _READ.get(name)
        if word is not None:
            text = value.decode("latin-1")
            fields[word] = f"{fields[word]}, {text}" if word in fields else text
        elif name == b"host":
            hosts.append(value)
        elif name in _NOT_PASSED:
            dropped.append((name, value))
        elif name == b"expect":
            read.expects = value.lower() == b"100-continue"
        elif name == _CREDENTIAL:
            credentials.append(value)
    _note_credential(read, credentials)
    read.close = read.minor == 0
    if dropped:
        _take_out(read, dropped)
    return hosts


def _note_credential(read: RequestHead, credentials: list[bytes]) -> None:
    """Keep a license token for judging, and from the origin; other credentials are the origin's own business."""
    try:
        found = license_credential([value.decode("latin-1") for value in credentials])
    except ValueError:
        raise WireError(Reason.MALFORMED_MESSAGE, read) from None
    if found:
        read.fields[FIELD] = found
        read.lines = [line for line in read.lines if name_of(line) != _CREDENTIAL]


def _take_out(read: RequestHead, dropped: Noted) -> None:
    """Note what the hop-by-hop fields and a client's forwarding fields said, and take out what they name."""
    options = _all_options(dropped, b"connection")
    read.lines = _without(read.lines, options)
    read.noted = [field for field in dropped if field[0] in TOLD]
    read.close = read.close or b"close" in options
    read.trailers = b"te" in options and b"trailers" in _all_options(dropped, b"te")
    read.websocket = (
        read.method == b"GET"
        and read.minor == 1
        and b"upgrade" in options
        and [value.lower() for name, value in dropped if name == b"upgrade"] == [b"websocket"]
    )


def _without(lines: Lines, options: set[bytes]) -> Lines:
    """The lines without those that a Connection field names."""
    named = options - _PLAIN_OPTIONS - _PROTECTED
    return [line for line in lines if name_of(line) not in named] if named else lines


def _all_options(fields: Noted, wanted: bytes) -> set[bytes]:
    """The members of every field of that name, lower-cased."""
    return {
        part.strip(b" \t") for name, value in fields if name == wanted for part in value.lower().split(b",")
    }


def _set_request_framing(read: RequestHead, special: Noted) -> None:
    """One framing without doubt (RFC 9112 section 6), or a WireError."""
    lengths = [value for name, value in special if name == b"content-length"]
    codings = [value for name, value in special if name == b"transfer-encoding"]
    if codings:
        if lengths or read.minor == 0 or len(codings) > 1:
            raise WireError(Reason.MALFORMED_MESSAGE, read)
        if codings[0].lower() != b"chunked":
            parts = [part.strip(b" \t") for part in codings[0].lower().split(b",")]
            doubtful = b"chunked" in parts[:-1] or not all(_TOKEN.match(part) for part in parts)
            raise WireError(Reason.MALFORMED_MESSAGE if doubtful else Reason.UNSUPPORTED_CODING, read)
        read.length = None
        read.lines = _plainly(read.lines, b"transfer-encoding", b"chunked")
    elif lengths:
        if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
            raise WireError(Reason.MALFORMED_MESSAGE, read)
        read.length = int(lengths[0])
        read.lines = _plainly(read.lines, b"content-length", b"%d" % read.length)


def _plainly(lines: Lines, name: bytes, value: bytes) -> Lines:
    """The lines with the value that was read from a field, so that the origin cannot read another (a tab, a zero more)."""
    plain = b"%b: %b" % (name.title(), value)
    return [
        plain if name_of(line) == name and line[len(name) + 1 :].lstrip(b" ") != value else line
        for line in lines
    ]


def _set_authority(read: RequestHead, hosts: list[bytes]) -> None:
    """The authority, and the target in origin form (RFC 9112 section 3.2); a WireError without exactly one Host."""
    if len(hosts) > 1 or (not hosts and read.minor == 1):
        raise WireError(Reason.MALFORMED_HOST, read)
    if hosts:
        read.authority = hosts[0]
    if read.method == b"CONNECT":  # whose answer is a tunnel to some servers, whatever the target
        raise WireError(Reason.MALFORMED_TARGET, read)
    if not read.target.startswith(b"/"):
        absolute = _ABSOLUTE.fullmatch(read.target)
        if absolute is None:
            return
        # Section 3.2.2: the authority of the target counts, and Host is written anew from it.
        authority, rest = absolute[1], absolute[2]
        read.target = rest if rest.startswith(b"/") else b"/" + rest
        read.authority = authority
        host = b"Host: " + authority
        read.lines = [host if name_of(line) == b"host" else line for line in read.lines]
        if not hosts:
            read.lines.insert(0, host)


def read_response(head: bytes, max_fields: int = 200) -> ResponseHead:
    """Read one response head, its final empty line included. Raises OriginError."""
    read = _heads.get(head)
    if read is None:
        read, personal = _read_response(head, max_fields)
        if len(head) <= MOST_KEPT and not personal:
            if len(_heads) >= _HEADS_KEPT:
                _heads.clear()
            _heads[head] = read
    return read


_heads: dict[bytes, ResponseHead] = {}


def _read_response(head: bytes, max_fields: int) -> tuple[ResponseHead, bool]:
    """The head, and whether it sets a cookie."""
    first, _, block = head.partition(b"\r\n")
    start = _STATUS.fullmatch(first)
    if start is None or _TEXT.fullmatch(first) is None or not sound(block):
        raise OriginError("not a response head")
    block = _said_once(block)
    lines = block[:-4].split(b"\r\n") if len(block) > 2 else []
    fields = read_fields(block)
    if len(lines) > max_fields or len(fields) != len(lines):
        raise OriginError("too many fields, or the length of the message is in doubt")
    kept: Lines = []
    special = _sort(fields, lines, kept, _SPECIAL_RESPONSE, _HOP)
    read = ResponseHead(int(start[2]), b"%b %b" % (start[2], start[3] or b""), int(start[1]), kept, [])
    read.close = read.minor == 0
    framing: Noted = []
    dropped: Noted = []
    for field in special:
        name = field[0]
        (framing if name in _FRAMING else read.noted if name in DRESSED else dropped).append(field)
    if dropped:
        options = _all_options(dropped, b"connection")
        read.lines = _without(kept, options)
        read.close = read.close or b"close" in options
        read.websocket = b"upgrade" in options and (b"websocket" in _all_options(dropped, b"upgrade"))
    if framing:
        _set_response_framing(read, framing)
    read.octets = b"HTTP/1.1 %b\r\n%b" % (read.start, joined(read.lines))
    return read, any(name == _COOKIE for name, _ in dropped)


def _said_once(block: bytes) -> bytes:
    """The block with one Content-Length where it has several that are equal (RFC 9112 section 6.3)."""
    lengths = _LENGTHS.findall(block)
    if len(lengths) < 2 or len(set(lengths)) > 1:
        return block
    first = _LENGTHS.search(block)
    assert first is not None
    return block[: first.end()] + _LENGTHS.sub(b"", block[first.end() :])


def _set_response_framing(read: ResponseHead, framing: Noted) -> None:
    """One framing without doubt (RFC 9112 section 6.3), or an OriginError."""
    lengths = [value for name, value in framing if name == b"content-length"]
    codings = [value.lower() for name, value in framing if name == b"transfer-encoding"]
    if codings and (codings != [b"chunked"] or lengths or read.minor == 0):
        raise OriginError("a transfer coding other than chunked, or a length besides it")
    read.chunked = bool(codings)
    if not lengths:
        return
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
        raise OriginError("the length of the message is in doubt")
    read.length = int(lengths[0])
