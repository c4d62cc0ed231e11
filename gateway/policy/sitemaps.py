"""What a sitemap says of when articles were published, and of their headlines (sitemaps.org 0.9, with Google's news extension).

Theory of operation. The file is the origin's and may be anything: entities and other declarations of a document type are
refused before they can grow, and so is what is too long or too many. A page's date of publication goes before its
`lastmod`, which changes with each correction; of two dates of one kind the later counts, so that no article is too old.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple
from xml.parsers import expat
from zoneinfo import ZoneInfo

from gateway.policy.articles import published
from gateway.vocabulary import Sentence

#: Pages of one sitemap, or sitemaps of one index (sitemaps.org); characters of one address, and of one date.
MOST_PAGES: Final = 50_000
LONGEST_ADDRESS: Final = 2048
_LONGEST: Final = {"loc": LONGEST_ADDRESS, "lastmod": 64, "publication_date": 64}
#: Characters of a headline; what is longer is cut.
LONGEST_TITLE: Final = 200
_SPACES: Final = ("http://www.sitemaps.org/schemas/sitemap/", "http://www.google.com/schemas/sitemap-news/")


class SitemapError(ValueError):
    """A sitemap that cannot be read; the message says why in words of ours."""


class NoSitemapError(SitemapError):
    """A text that is none, or too much of one; ``why`` says it to whoever named it."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.en)
        self.why = why


_NO_XML: Final = Sentence("isinya bukan XML yang utuh", "it is no well-formed XML")
_ENCODING: Final = Sentence("pengodean hurufnya tidak dibaca", "its encoding is not read")
_DOCUMENT_TYPE: Final = Sentence(
    "ada deklarasi jenis dokumen (DOCTYPE) di dalamnya", "it declares a document type"
)
_TOO_LONG: Final = Sentence(
    "ada alamat atau tanggal yang terlalu panjang di dalamnya", "an address or a date in it is too long"
)
_TOO_MANY: Final = Sentence("isinya lebih dari {most} entri", "it has more than {most} entries")


class Dated(NamedTuple):
    """When a page was published (microseconds since 1970); ``exact`` if that was said, and not when it changed last.

    The greater of two is the one to go by.
    """

    exact: bool
    at: int


class Sitemap(NamedTuple):
    """The dates of pages by their address, the addresses of further sitemaps, as they stand there, and headlines of pages."""

    pages: Mapping[str, Dated]
    further: tuple[str, ...]
    titles: Mapping[str, str]


def read_sitemap(octets: bytes, zone: ZoneInfo) -> Sitemap:
    """A sitemap or an index of sitemaps; dates are those of `published`, in ``zone``. NoSitemapError."""
    reading = _Reading(zone)
    parser = expat.ParserCreate(namespace_separator=" ")
    heard = {
        "StartDoctypeDecl": _refused,
        "EntityDecl": _refused,
        "StartElement": reading.begin,
        "EndElement": reading.end,
        "CharacterData": reading.text,
    }
    for event, hear in heard.items():
        setattr(parser, f"{event}Handler", hear)
    try:
        parser.Parse(octets, True)
    except expat.ExpatError:
        raise NoSitemapError(_NO_XML) from None
    except SitemapError:
        raise
    except (LookupError, ValueError):  # an encoding that is unknown, or of several octets a letter
        raise NoSitemapError(_ENCODING) from None
    return Sitemap(reading.pages, tuple(reading.further), reading.titles)


def _refused(*_: object) -> None:
    raise NoSitemapError(_DOCUMENT_TYPE)


class _Reading:
    """What was read so far, and of the entry that is being read."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._open: str | None = None
        self._said: dict[str, str] = {}
        self.pages: dict[str, Dated] = {}
        self.further: list[str] = []
        self.titles: dict[str, str] = {}

    def begin(self, name: str, _: object) -> None:
        name = _local(name)
        if name in ("url", "sitemap"):
            self._said = {}
        self._open = name if name in _LONGEST or name == "title" else None
        if self._open:
            self._said[name] = ""

    def text(self, text: str) -> None:
        if self._open is None:
            return
        said = self._said[self._open] + text
        if self._open == "title":
            said = said[:LONGEST_TITLE]
        elif len(said) > _LONGEST[self._open]:
            raise NoSitemapError(_TOO_LONG)
        self._said[self._open] = said

    def end(self, name: str) -> None:
        self._open = None
        name, address = _local(name), self._said.get("loc", "").strip()
        if name == "sitemap" and address:
            self.further.append(address)
        if name == "url" and address:
            dated = self._dated()
            if dated is not None:
                self.pages[address] = max(dated, self.pages.get(address, dated))
            title = " ".join(self._said.get("title", "").split())
            if title:
                self.titles[address] = title
        if max(len(self.pages), len(self.titles)) + len(self.further) > MOST_PAGES:
            raise NoSitemapError(_TOO_MANY.filled(most=MOST_PAGES))

    def _dated(self) -> Dated | None:
        for name in ("publication_date", "lastmod"):
            at = published(self._said.get(name, ""), self._zone)
            if at is not None:
                return Dated(name == "publication_date", at)
        return None


def _local(name: str) -> str:
    """The name of an element of a sitemap; empty for those of other vocabularies (images have a `loc` too)."""
    space, _, local = name.rpartition(" ")
    return local if space.startswith(_SPACES) else ""
