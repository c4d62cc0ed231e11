"""One visit to a public site, as a value: who asks for what by which door, and what came back."""

import zlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

#: Octets of a body that are read, and that it may have once it is decompressed.
MOST_OCTETS: Final = 2 * 1024 * 1024


class Door(StrEnum):
    """Where a request is sent: to the public site, straight to what stands behind the gateway, or to the gateway's
    admin listener."""

    PUBLIC = "public"
    ORIGIN = "origin"
    ADMIN = "admin"


class Role(StrEnum):
    """What a visit is made for."""

    HOME = "home"
    DOCUMENT = "document"
    SITEMAP = "sitemap"
    FEED = "feed"
    ARTICLE = "article"
    AGAIN = "again"
    TRUST = "trust"
    PLAIN = "plain"
    OTHER_NAME = "other-name"
    OTHER_DOCUMENT = "other-document"
    ORIGIN = "origin"
    ORIGIN_ROBOTS = "origin-robots"
    READY = "ready"


class Trouble(StrEnum):
    """Why there is no answer."""

    NAME = "name"  # the name leads nowhere
    CLOSED = "closed"  # nobody accepts the connection
    TLS = "tls"
    SLOW = "slow"
    WIRE = "wire"  # what came is no HTTP, or broke off
    UNASKED = "unasked"  # over the limit of requests, or not within reach


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom we play. ``name`` is an agent's of the catalogue, empty for a reader; ``user_agent`` says who really asks."""

    name: str
    user_agent: str
    accept: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to make: always GET, without cookies, on a connection of its own."""

    role: Role
    visitor: Visitor
    scheme: str
    authority: str
    target: str
    door: Door = Door.PUBLIC

    @property
    def url(self) -> str:
        """The address asked for."""
        return f"{self.scheme}://{self.authority}{self.target}"


@dataclass(frozen=True)
class Got:
    """An answer. Field names are lower-case; ``octets`` are as they came, ``MOST_OCTETS`` at most, and ``cut`` says that
    there were more. ``at`` is when the head came, in microseconds since 1970 by our clock."""

    status: int
    fields: tuple[tuple[str, str], ...]
    octets: bytes
    cut: bool
    at: int

    def values(self, name: str) -> list[str]:
        """Each line of a field."""
        return [value for one, value in self.fields if one == name]

    def field(self, name: str) -> str:
        """The lines of a field as one (RFC 9110 section 5.3); empty where there is none."""
        return ", ".join(self.values(name))

    @cached_property
    def body(self) -> bytes:
        """The body without its gzip or deflate coding, at most `MOST_OCTETS` of it."""
        return inflated(self.octets) if self._coding in {"gzip", "x-gzip", "deflate"} else self.octets

    @property
    def readable(self) -> bool:
        """Whether it is in no other coding than those that were asked for."""
        return self._coding in {"", "identity", "gzip", "x-gzip", "deflate"}

    @property
    def _coding(self) -> str:
        return self.field("content-encoding").strip().lower()

    @cached_property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8", "replace").removeprefix("\ufeff")

    @property
    def media_type(self) -> str:
        """The media type without parameters."""
        return self.field("content-type").partition(";")[0].strip().lower()

    @property
    def served(self) -> bool:
        """Whether content was given."""
        return 200 <= self.status < 300

    @property
    def diverted(self) -> bool:
        """Whether it leads elsewhere."""
        return self.status in {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer, and why; ``detail`` is what the machine said."""

    trouble: Trouble
    detail: str = ""


Answer = Got | Failed


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, where its redirects led (``ask`` is the last one asked), and what came back at the end."""

    ask: Ask
    answer: Answer
    hops: tuple[str, ...] = ()

    @property
    def got(self) -> Got | None:
        """The answer, if there was one."""
        return self.answer if isinstance(self.answer, Got) else None

    @property
    def trouble(self) -> Trouble | None:
        """Why there was no answer."""
        return self.answer.trouble if isinstance(self.answer, Failed) else None


def inflated(octets: bytes) -> bytes:
    """Octets decompressed, at most `MOST_OCTETS`; as they are where they are not gzip or deflate after all."""
    for form in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by their marks, then bare deflate
        try:
            return zlib.decompressobj(form).decompress(octets, MOST_OCTETS)
        except zlib.error:
            continue
    return octets
