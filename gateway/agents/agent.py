"""One crawler or tool, and where each fact about it comes from."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.vocabulary import Kind, NotMeantError, Purpose, Sentence


class Check(StrEnum):
    """What a failed check of the address means.

    ``strict``: the claim is false, for this operator's check is known to be reliable. ``soft``: honest clients fail
    it too (a preview fetched from a reader's telephone), so a failure is recorded and nothing follows from it.
    """

    STRICT = "strict"
    SOFT = "soft"


class Obeys(StrEnum):
    """Whether the agent keeps to robots.txt (RFC 9309), by its operator's word or by what is reported."""

    ALWAYS = "always"
    PARTLY = "partly"
    NEVER = "never"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where the facts were found on the day ``checked``, most reliable first. ``site``: the site's own file."""

    OPERATOR_PAGE = "operator-page"
    OPEN_LISTS = "open-lists"
    UNCONFIRMED = "unconfirmed"
    SITE = "site"


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:80])


class Verify(Struct, frozen=True, forbid_unknown_fields=True):
    """How a claim to be this agent can be borne out. Nothing here is looked up by this package.

    ``ranges`` are addresses of published lists; a fragment names the service within a list of several. ``networks``
    are prefixes that stand fast, ``asn`` autonomous systems that announce the operator's prefixes. ``names`` are
    suffixes for forward-confirmed reverse DNS, in which ``*`` stands for part of one label. ``directories`` are key
    directories for Web Bot Auth. With ``forward: incomplete`` the operator's own forward records have gaps, so that a
    name under its suffix which does not resolve back is not a contradiction.
    """

    check: Check = Check.SOFT
    ranges: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    asn: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    forward: str = "complete"
    directories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.forward not in {"complete", "incomplete"}:
            raise NotMeantError(_FORWARD.filled(text=_plain(self.forward)))
        if not (self.ranges or self.networks or self.asn or self.names or self.directories):
            raise NotMeantError(_NO_WAY)

    @property
    def strict(self) -> bool:
        """Whether a failed check disproves the claim."""
        return self.check is Check.STRICT


class Agent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One agent or tool, as its operator's documents have it.

    ``name`` is what people call it. ``match`` are the tokens looked for in a User-Agent: none for a name that only
    robots.txt knows. A ``^`` before a token means only at the very start, a ``*`` after it that the token may go on
    with ``-`` or ``_``. ``strict`` marks ordinary words: taken only as ``word/version`` (a phrase of several words as
    it stands), and only if nothing else matched. ``robots`` is the product token of RFC 9309 section 2.2.1, None if
    it has none (digits, which real crawlers use, are let pass).

    ``purpose`` is the one that is enforced, ``also`` are the others. ``kind`` is never ``impostors``; only ``agents``
    have a purpose. ``example`` is a User-Agent as it was seen, ``docs`` a page of the operator.
    """

    name: str
    operator: str
    match: tuple[str, ...]
    kind: Kind = Kind.AGENTS
    purpose: Purpose | None = None
    also: tuple[Purpose, ...] = ()
    strict: bool = False
    robots: str | None = None
    obeys: Obeys = Obeys.UNKNOWN
    verify: Verify | None = None
    example: str | None = None
    docs: str | None = None
    note: str | None = None
    source: Source = Source.SITE
    checked: date | None = None

    def __post_init__(self) -> None:
        for what, text in (("name", self.name), ("operator", self.operator)):
            if not _PLAIN.fullmatch(text):
                raise NotMeantError(_NAME.filled(what=what))
        if self.kind is Kind.IMPOSTORS:
            raise NotMeantError(_KIND)
        if (self.kind is Kind.AGENTS) != (self.purpose is not None):
            raise NotMeantError(_PURPOSE)
        if self.robots is not None and not _PRODUCT_TOKEN.fullmatch(self.robots):
            raise NotMeantError(_ROBOTS.filled(text=_plain(self.robots)))
        for token in self.match:
            if not _TOKEN.fullmatch(token):
                raise NotMeantError(_MATCH.filled(text=_plain(token)))


_FORWARD: Final = Sentence(
    "`forward` berisi `complete` atau `incomplete`, bukan `{text}`",
    "`forward` is `complete` or `incomplete`, not `{text}`",
)
_NO_WAY: Final = Sentence("`verify` tidak menyebut cara memeriksa", "`verify` names no way to check")
_NAME: Final = Sentence(
    "`{what}` terdiri atas 1 sampai 80 karakter ASCII tercetak",
    "`{what}` must be 1 to 80 printable ASCII characters",
)
_KIND: Final = Sentence(
    "`kind` berisi `agents`, `tools` atau `people`", "`kind` is `agents`, `tools` or `people`"
)
_PURPOSE: Final = Sentence(
    "`purpose` milik `kind: agents`, dan bukan milik jenis lain",
    "`purpose` belongs to `kind: agents`, and to no other kind",
)
_ROBOTS: Final = Sentence(
    "`robots` hanya memuat huruf, angka, `-` dan `_`, bukan `{text}`",
    "`robots` has letters, digits, `-` and `_` only, not `{text}`",
)
_MATCH: Final = Sentence(
    "`match` memuat 2 sampai 80 karakter ASCII tercetak yang diawali huruf atau angka, dengan `^` di depan atau `*` di belakang, "
    "bukan `{text}`",
    "`match` takes 2 to 80 printable ASCII characters that start with a letter or digit, with `^` before or `*` after, not "
    "`{text}`",
)
_PLAIN = re.compile(r"[ -~]{1,80}")
_PRODUCT_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,80}")
_TOKEN = re.compile(r"\^?[A-Za-z0-9][ -)+-~]{1,79}\*?")


def agent_from(fields: Mapping[str, Any]) -> Agent:
    """The agent that a mapping of plain text describes, as YAML without types gives it.

    ``match`` is the name unless it is given. Raises ValueError, which names the field: ``... - at `$.purpose```.
    """
    return msgspec.convert({"match": (fields.get("name"),), **fields}, Agent, strict=False)
