"""How anything is fetched from elsewhere: with limits on time, octets and redirects, and never from inside the house.

Theory of operation. `fetch` asks for one address and follows redirects as far as it is allowed to; what goes wrong is a fact
(`Unavailable`), never an exception. Connections are made to public addresses only (`gateway.lookups.client`). This also holds
for redirects, and for addresses written out. Only who asks a server of the site itself asks ``anywhere``.
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Final
from urllib.parse import urljoin, urlsplit

from gateway import __version__
from gateway.identify.identity import Unavailable
from gateway.lookups.client import ERRORS, Response, WireError, ask

#: Who asks.
AGENT: Final = f"Izin/{__version__}"

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LONGEST_LOCATION: Final = 2048
#: To zlib: the header says whether it is gzip or zlib.
_ANY_HEADER: Final = zlib.MAX_WBITS | 32
_GZIP: Final = b"\x1f\x8b"
#: Members of a gzip that are read, and octets that are handed to zlib at once: it copies what it leaves of them.
_MOST_MEMBERS: Final = 4096
_PIECE: Final = 16_384


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
    too many, the redirect itself is the answer. With a ``body`` it is a POST. ``server_name`` and ``tls`` are as in `ask`.
    """
    sent = {"User-Agent": AGENT, "Accept-Encoding": "gzip", **(fields or {})}
    try:
        async with asyncio.timeout(limits.seconds):
            left = limits.redirects
            while True:
                answer = await ask(
                    url, sent, limits.octets, body=body, anywhere=anywhere, server_name=server_name, tls=tls
                )
                there = None
                if left and answer.status in _REDIRECTS:
                    location = _read(answer).get("location", "")
                    there = follow(url, location[:_LONGEST_LOCATION])
                if there is None:
                    return _unpacked(answer, limits.octets)
                url, left = there, left - 1
    except TimeoutError:
        return Unavailable(f"no answer within {limits.seconds:g} s")
    except ERRORS as error:
        return Unavailable(detail(error)[:200])


def detail(error: Exception) -> str:
    """What can be said of an error of a request: in words of ours, of the system or of OpenSSL, never of the server's."""
    if isinstance(error, (WireError, _CodingError)):
        return str(error)
    said = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return str(said).lower() if said else type(error).__name__


class _CodingError(ValueError):
    """A body whose coding cannot be undone; the message says why."""


def _read(answer: Response) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, octets in answer.fields:
        value = octets.decode("utf-8", "surrogateescape")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _unpacked(answer: Response, octets: int) -> Fetched:
    fields, packed, whole = _read(answer), answer.body, answer.whole
    coding = fields.get("content-encoding", "").strip().lower()
    if coding in ("", "identity") or not packed:
        return Fetched(answer.status, fields, packed, whole)
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise _CodingError("it is in a coding that was not asked for")
    try:
        body, ended = unpacked(packed, octets)
    except zlib.error:
        raise _CodingError("its coding is broken") from None
    return Fetched(answer.status, fields, body, whole and ended)


def unpacked(packed: bytes, most: int) -> tuple[bytes, bool]:
    """What gzip or zlib has packed, so many octets at most, and whether that is all. zlib.error where it is neither.

    A few octets may stand for gigabytes: no more is unpacked than may be read. A gzip may have several members (RFC 1952 section
    2.2); what stands behind the last one is nothing.
    """
    view, at, body = memoryview(packed), 0, bytearray()
    for _ in range(_MOST_MEMBERS):
        unpacking = zlib.decompressobj(_ANY_HEADER)
        while not unpacking.eof and at < len(view):
            piece = view[at : at + _PIECE]
            body += unpacking.decompress(piece, most + 1 - len(body))
            if len(body) > most:
                return bytes(body[:most]), False
            at += len(piece) - len(unpacking.unused_data)
        if not unpacking.eof or not packed.startswith(_GZIP, at):
            return bytes(body), unpacking.eof
    return bytes(body), False
