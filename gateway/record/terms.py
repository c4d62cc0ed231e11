"""The manifest that ``terms`` of an entry names, read back: what was stated for which host, each text by its digest.

A manifest may come from anybody's journal, so it is checked here once and trusted afterwards. The keys of ``hosts``
are host names and patterns (``*.name``); a host is spoken for by its own name, else by the longest pattern above it.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

#: Where robots.txt stands among the documents of a host.
ROBOTS: Final = "/robots.txt"
#: Octets that a manifest may have: some thousand hosts with all their documents.
MOST_OCTETS: Final = 32 << 20

#: The digests of what is stated, by name: a document's is its path, a header field's the field, the notice's `notice id`.
Names = Mapping[str, str]


class Terms(NamedTuple):
    """Everything that was stated at once. ``notice`` is there even where no host is; each host's names hold it not."""

    site: str
    notice: Names
    hosts: Mapping[str, Names]

    def key_for(self, host: str) -> str | None:
        """The entry of ``hosts`` that speaks for a host (folded), or None."""
        return key_for(self.hosts, host)


class TermsError(ValueError):
    """A text that is no manifest of terms; the message says why."""


class _Host(Struct):
    documents: dict[str, str]
    fields: dict[str, str | None] = {}


class _Manifest(Struct):
    v: int
    site: str
    notice: dict[str, str | None]
    hosts: dict[str, _Host]


_DECODER: Final = msgspec.json.Decoder(_Manifest)


def read_terms(octets: bytes) -> Terms:
    """The manifest in a text; TermsError if it is none."""
    if len(octets) > MOST_OCTETS:
        raise TermsError("the manifest is too long")
    try:
        read = _DECODER.decode(octets)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise TermsError(str(error)) from error
    if read.v != 1:
        raise TermsError(f"a manifest of version {read.v} is not known here")
    hosts = {
        key: {**said.documents, **{name: digest for name, digest in said.fields.items() if digest}}
        for key, said in read.hosts.items()
    }
    return Terms(
        read.site,
        {f"notice {language}": digest for language, digest in read.notice.items() if digest},
        hosts,
    )


def key_for(hosts: Mapping[str, object], host: str) -> str | None:
    """Which key speaks for a host name: itself, else the longest ``*.`` pattern above it (`Policy.host`)."""
    return next((key for key in _keys(host) if key in hosts), None)


def _keys(host: str) -> Iterator[str]:
    yield host
    rest = host
    while "." in rest:
        _, _, rest = rest.partition(".")
        yield f"*.{rest}"


def is_document(name: str) -> bool:
    """Whether what has this name is a document with a path."""
    return name.startswith("/")
