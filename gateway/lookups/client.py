"""One request over HTTP/1.1, on a connection of its own: no cookies, no proxies, nothing followed, nothing unpacked.

Theory of operation. The gateway asks its origins and the world for small files now and then, for its whole life. A client
library for that takes 7 MiB in every worker; what is needed of it is here, on the parser that the relay has loaded already.
Where not ``anywhere`` may be asked, connections are made to public addresses only, whatever a name resolves to: the address
is looked at when the socket is made, after the last look-up of the name, so that no second answer of DNS can slip another
one in.
"""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

import httptools

#: Octets of a head, about: those of interim answers (1xx) count too, and twice what comes in pieces. Behind it as many may come
#: without one of the body among them: a trailer or a chunk's extension that does not end is kept, too, as long as it comes.
MOST_HEAD: Final = 32_768
#: Seconds for one address of a name that has others.
_NEXT: Final = 1.0
_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
#: All that was ever given to anybody on the internet (IANA's registry of the IPv6 address space): what lies outside is at most
#: something inside, such as a NAT64 of one's own (RFC 8215) or a site's own addresses (RFC 3879).
_GIVEN: Final = IPv6Network("2000::/3")
#: What `ipaddress` takes for public, and is not: addresses of protocols (RFC 6890), of which a cloud has one for its secrets, and
#: the address at which another has them.
_INSIDE: Final = (IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16/32"))
#: All that can be seen in US-ASCII goes out as it stands.
_SEEN: Final = "".join(map(chr, range(0x21, 0x7F)))


class WireError(ValueError):
    """What came is no answer; the message says why, in words of ours."""


class NotConnectedError(OSError):
    """Nobody takes the connection, at any address that may be asked."""


class Response(NamedTuple):
    """An answer. Field names are in lower case, values as they came; a body that is longer than was wanted is cut there, and
    is then not ``whole``."""

    status: int
    fields: tuple[tuple[str, bytes], ...]
    body: bytes
    whole: bool


#: An address as `getaddrinfo` gives it.
_Found = tuple[int, int, int, str, tuple[Any, ...]]

#: What is raised of a request. Whatever else is raised is a mistake of ours.
ERRORS: Final = (OSError, ValueError)


async def ask(
    url: str,
    fields: Mapping[str, str],
    octets: int,
    *,
    body: bytes | None = None,
    anywhere: bool = False,
    server_name: str | None = None,
    tls: ssl.SSLContext | None = None,
    on_head: Callable[[], object] = lambda: None,
) -> Response:
    """The answer to one GET, or with a ``body`` one POST, and ``octets`` of its body at most.

    ``server_name`` is whom TLS must show, where that is not in ``url``, and ``tls`` by whose word, where the system's is not to
    count. ``on_head`` is called when the head is there. Raises `ERRORS`; whoever asks sets the time.
    """
    parts = urlsplit(url)
    host, scheme = parts.hostname, parts.scheme
    if not host or scheme not in _PORTS:
        raise WireError("that is no address")
    if not host.isascii():
        host = host.encode("idna").decode()
    port = _PORTS[scheme] if parts.port is None else parts.port
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SEEN)
    if port == 0:
        raise WireError("that is no address")
    bracketed = f"[{host}]" if ":" in host else host
    named = bracketed if port == _PORTS[scheme] else f"{bracketed}:{port}"
    head = _head(target, {"Host": named, "Accept": "*/*", **fields}, body)
    context = None
    if scheme == "https":
        context = tls or await asyncio.to_thread(_trusted)
    line = _Line(octets, on_head)
    try:
        made = await _socket(host, port, anywhere=anywhere)
        try:
            name = (server_name or host) if context else None
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: line, sock=made, ssl=context, server_hostname=name
            )
        except BaseException:
            made.close()
            raise
    except (socket.gaierror, ssl.SSLError, NotConnectedError):
        raise
    except OSError as error:
        raise _not_connected(error) from error
    try:
        transport.write(head)
        return await line.answered
    finally:
        transport.abort()


def is_public(address: str) -> bool:
    """Whether an address in text is one that anybody on the internet may have. IPv4 inside IPv6 counts as IPv4."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(read, IPv6Address):
        translated = IPv4Address(int(read) & 0xFFFF_FFFF) if read in _NAT64 else None
        inner = read.ipv4_mapped or read.sixtofour or translated or (read.teredo[1] if read.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    if not (read in _GIVEN if isinstance(read, IPv6Address) else all(read not in one for one in _INSIDE)):
        return False
    return read.is_global and not read.is_multicast


def _head(target: str, fields: Mapping[str, str], body: bytes | None) -> bytes:
    rows = [*fields.items(), ("Connection", "close")]
    if body is not None:
        rows.append(("Content-Length", str(len(body))))
    for row in rows:
        if any(mark in text for text in row for mark in "\r\n\0"):
            raise WireError("a field has a line of its own")
    lines = [
        f"{'GET' if body is None else 'POST'} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in rows),
    ]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + (body or b"")


@cache
def _trusted() -> ssl.SSLContext:
    """By the system's authorities. To read them takes some 30 ms, so it is done in a thread, once."""
    return ssl.create_default_context()


async def _socket(host: str, port: int, *, anywhere: bool) -> socket.socket:
    """A connection to the first address of a name that takes one."""
    loop = asyncio.get_running_loop()
    found = _by_turns(await loop.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM))
    failed: OSError = NotConnectedError(errno.EADDRNOTAVAIL, "the name has no address")
    for number, one in enumerate(found, 1):
        family, kind, protocol, _, address = one
        if not (anywhere or _may_be_asked(one)):
            failed = NotConnectedError(errno.EACCES, f"`{address[0]}` is no public address")
            continue
        try:
            made = socket.socket(family, kind, protocol)
        except OSError as error:  # a system without IPv6 is told of such addresses all the same
            failed = _not_connected(error)
            continue
        try:
            made.setblocking(False)
            async with asyncio.timeout(_NEXT if number < len(found) else None):
                await loop.sock_connect(made, address)
        except OSError as error:
            made.close()
            failed = _not_connected(error)
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise failed


def _may_be_asked(found: _Found) -> bool:
    return is_public(str(found[4][0]))


def _by_turns(found: Sequence[_Found]) -> list[_Found]:
    """Addresses in the order of RFC 6724, of the two families by turns: where one of them leads nowhere, the other is soon tried."""
    rank: dict[int, int] = {}
    turns: list[tuple[int, _Found]] = []
    for one in found:
        turn = rank[one[0]] = rank.get(one[0], -1) + 1
        turns.append((turn, one))
    return [one for _, one in sorted(turns, key=lambda pair: pair[0])]


def _not_connected(error: OSError) -> NotConnectedError:
    """In the system's words: the event loop's own name its tuple of an address."""
    code = errno.ETIMEDOUT if isinstance(error, TimeoutError) else error.errno
    known = code in errno.errorcode
    return NotConnectedError(code or 0, os.strerror(code or 0) if known else type(error).__name__)


class _Line(asyncio.Protocol):
    """The connection: `answered` is the answer, or why there is none. Interim answers are passed over."""

    def __init__(self, octets: int, on_head: Callable[[], object]) -> None:
        self.answered: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._octets, self._on_head = octets, on_head
        self._parser = httptools.HttpResponseParser(self)
        self._fields: list[tuple[str, bytes]] = []
        self._body = bytearray()
        self._status, self._read, self._headed = 0, 0, False

    # ── the connection ──────────────────────────────────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        if self.answered.done():
            return
        before = len(self._body), self._headed
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(WireError("what answers does not speak HTTP"))
        if (len(self._body), self._headed) == before:  # a field that never ends is told by nobody else
            self._count(len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        known = {name for name, _ in self._fields}
        if exc is not None:
            self._fail(exc if isinstance(exc, ERRORS) else WireError("the connection was lost"))
        elif not self._headed:
            self._fail(WireError("the connection was closed before an answer"))
        elif known & {"content-length", "transfer-encoding"}:
            self._fail(WireError("the answer broke off"))
        else:
            self._end(whole=True)

    def _count(self, octets: int) -> None:
        self._read += octets
        if self._read > MOST_HEAD:
            self._fail(WireError("its fields are too long"))

    def _fail(self, error: Exception) -> None:
        if not self.answered.done():
            self.answered.set_exception(error)

    def _end(self, *, whole: bool) -> None:
        if not self.answered.done():
            body = bytes(self._body[: self._octets])
            self.answered.set_result(Response(self._status, tuple(self._fields), body, whole))

    # ── the parser ──────────────────────────────────────────────────────────────────────────────────────────────────

    def on_message_begin(self) -> None:
        if not self._headed:
            self._fields.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._headed:  # else it is a trailer
            self._fields.append((name.decode("latin-1").lower(), value.strip(b" \t")))
            self._count(len(name) + len(value) + len(b": \r\n"))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._status >= 200 and not self._headed:
            self._headed, self._read = True, 0
            self._on_head()

    def on_body(self, octets: bytes) -> None:
        self._body += octets
        self._read = 0
        if len(self._body) > self._octets:
            self._end(whole=False)

    def on_message_complete(self) -> None:
        if self._status >= 200:
            self._end(whole=True)
