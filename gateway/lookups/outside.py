"""How anything is fetched from elsewhere: with limits on time, octets and redirects, and never from inside the house.

Theory of operation. `fetch` asks for one address and follows redirects as far as it is allowed to; what goes wrong is a fact
(`Unavailable`), never an exception. Connections are made to public addresses only, whatever a name resolves to: the address
is looked at when the socket is made, after the last look-up of the name, so that no second answer of DNS can slip another
one in. This also holds for redirects, and for addresses written out. Only who asks a server of the site itself asks
``anywhere``. `asked` and `at_most` are the two steps that `fetch` is made of, for those who follow redirects their own way.
"""

import asyncio
import errno
import socket
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from ssl import SSLContext
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import hdrs
from multidict import istr
from yarl import URL

from gateway import __version__
from gateway.identify.identity import Unavailable

#: Who asks.
AGENT: Final = f"Izin/{__version__}"
#: The errors of a request. Whatever else is raised is a mistake of ours.
ERRORS: Final = (aiohttp.ClientError, OSError, ValueError)

#: What errors mean whose own words may be the server's.
_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (aiohttp.ServerDisconnectedError, "the connection was closed before an answer"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
    (aiohttp.ClientResponseError, "what answers does not speak HTTP"),
    (aiohttp.InvalidURL, "that is no address"),
)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LONGEST_LOCATION: Final = 2048
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
#: To zlib: the header says whether it is gzip or zlib.
_ANY_HEADER: Final = zlib.MAX_WBITS | 32


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one fetch: seconds for all of it, octets of the body, as it comes and unpacked, and redirects followed."""

    seconds: float
    octets: int
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. Field names are lower-case, values as they came. The body is unpacked; one that is longer than the limit is
    cut there, and one that was cut or broke off is not ``whole``."""

    status: int
    fields: Mapping[str, str]
    body: bytes
    whole: bool

    @property
    def redirects(self) -> bool:
        """Whether it leads on to where it was not to be followed."""
        return self.status in _REDIRECTS


def onward(url: str, location: str) -> str | None:
    """Where a redirect leads, None if that is no place to go: from https only to https."""
    there = urljoin(url, location)
    known = ("https",) if url.startswith("https:") else ("https", "http")
    return there if urlsplit(there).scheme in known else None


async def fetch(
    url: str,
    limits: Limits,
    fields: Mapping[str, str] | None = None,
    *,
    body: bytes | None = None,
    follow: Callable[[str, str], str | None] = onward,
    anywhere: bool = False,
    server_name: str | None = None,
    tls: SSLContext | None = None,
) -> Fetched | Unavailable:
    """The answer at an address, or why there is none. Raises nothing.

    ``fields`` are sent to every address on the way (conditions, `Accept`); a secret may be among them only if ``follow``,
    which is given an address and its `Location`, never leads to another server. Where it gives None, or the redirects are
    too many, the redirect itself is the answer. With a ``body`` it is a POST. ``server_name`` and ``tls`` are as in `asked`.
    """
    sent = {hdrs.USER_AGENT: AGENT, hdrs.ACCEPT_ENCODING: "gzip, deflate", **(fields or {})}
    try:
        async with asyncio.timeout(limits.seconds):
            left = limits.redirects
            while True:
                async with asked(
                    url, sent, body=body, anywhere=anywhere, server_name=server_name, tls=tls
                ) as response:
                    there = None
                    if left and response.status in _REDIRECTS:
                        there = follow(url, response.headers.get(hdrs.LOCATION, "")[:_LONGEST_LOCATION])
                    if there is None:
                        return await _answer(response, limits.octets)
                url, left = there, left - 1
    except TimeoutError:
        return Unavailable(f"no answer within {limits.seconds:g} s")
    except ERRORS as error:
        return Unavailable(detail(error)[:200])


@asynccontextmanager
async def asked(
    url: str,
    fields: Mapping[istr, str] | Mapping[str, str],
    *,
    body: bytes | None = None,
    anywhere: bool = False,
    server_name: str | None = None,
    tls: SSLContext | None = None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """One GET, or with a ``body`` one POST, on a connection of its own: no cookies, no proxies, nothing followed, nothing unpacked. ``server_name`` is
    whom TLS must show, where that is not in ``url``, and ``tls`` by whose word, where the system's is not to count. Raises `ERRORS`; whoever asks sets the time."""
    factory = None if anywhere else _public_socket
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=1, socket_factory=factory),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as session,
        session.request(
            hdrs.METH_GET if body is None else hdrs.METH_POST,
            URL(url, encoded=True),
            data=body,
            headers=fields,
            allow_redirects=False,
            server_hostname=server_name,
            ssl=tls or True,
        ) as response,
    ):
        yield response


async def at_most(response: aiohttp.ClientResponse, octets: int) -> tuple[bytes, bool]:
    """So much of a body as it comes, and whether that is all of it. A body that breaks off raises."""
    body = bytearray()
    while piece := await response.content.read(65_536):
        body += piece
        if len(body) > octets:
            return bytes(body[:octets]), False
    return bytes(body), True


def detail(error: Exception) -> str:
    """What can be said of an error of a request: in words of ours, of the system or of OpenSSL, never of the server's."""
    if isinstance(error, _CodingError):
        return str(error)
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), "")
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    said = getattr(cause, "verify_message", None) or getattr(cause, "strerror", None)
    return words or (str(said).lower() if said else type(cause).__name__)


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
    return read.is_global and not read.is_multicast


class _CodingError(ValueError):
    """A body whose coding cannot be undone; the message says why."""


async def _answer(response: aiohttp.ClientResponse, octets: int) -> Fetched:
    packed, whole = await at_most(response, octets)
    fields = {name.lower(): ", ".join(response.headers.getall(name)) for name in response.headers}
    coding = fields.get("content-encoding", "").strip().lower()
    if coding in ("", "identity") or not packed:
        return Fetched(response.status, fields, packed, whole)
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise _CodingError("it is in a coding that was not asked for")
    # A few octets may stand for gigabytes: no more is unpacked than may be read.
    unpacking = zlib.decompressobj(_ANY_HEADER)
    try:
        body = unpacking.decompress(packed, octets + 1)
    except zlib.error:
        raise _CodingError("its coding is broken") from None
    return Fetched(response.status, fields, body[:octets], whole and unpacking.eof and len(body) <= octets)


def _public_socket(found: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
    family, kind, protocol, _, address = found
    if not is_public(str(address[0])):
        raise OSError(errno.EACCES, f"`{address[0]}` is no public address")
    made = socket.socket(family=family, type=kind, proto=protocol)
    made.setblocking(False)
    return made
