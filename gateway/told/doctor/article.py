"""Where articles are: by sitemap, feed, or the links of the front page. Hostile text: read by pattern, never parsed."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Final

from gateway.told.doctor.case import GPTBOT, READER, Case, named_here
from gateway.vocabulary import Reason

#: How many addresses of one page are looked at.
_MOST: Final = 2_000
_LOC: Final = re.compile(r"<(?:loc|link|guid)\b[^<>]{0,200}>\s{0,80}(?:<!\[CDATA\[)?([^<>\]]{1,2048})")
_HREF: Final = re.compile(r"""<a\s[^<>]{0,500}?href\s{0,5}=\s{0,5}["']([^"'<>]{1,2048})["']""", re.IGNORECASE)
_FEED: Final = re.compile(r"<link\s[^<>]{0,500}application/(?:rss|atom)\+xml[^<>]{0,500}>", re.IGNORECASE)
_HREF_OF: Final = re.compile(r"""href\s{0,5}=\s{0,5}["']([^"'<>]{1,2048})["']""", re.IGNORECASE)
_FILE: Final = re.compile(
    r"\.(?:xml|rss|atom|json|js|css|png|jpe?g|gif|webp|svg|ico|pdf|mp4|gz|txt)$", re.IGNORECASE
)
_INDEX: Final = re.compile(r"<sitemapindex\b", re.IGNORECASE)
_SITEMAP: Final = re.compile(r"(?im)^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2048})")


def sitemaps(robots: str) -> list[str]:
    """The addresses in the Sitemap lines of a robots.txt."""
    return [found[1] for found in islice(_SITEMAP.finditer(robots), 20)]


def is_index(text: str) -> bool:
    """Whether a sitemap only names other ones."""
    return _INDEX.search(text[:4096]) is not None


def locations(text: str) -> Iterator[str]:
    """The addresses in a sitemap or a feed."""
    return (unescape(found[1]).strip() for found in islice(_LOC.finditer(text), _MOST))


def links(page: str) -> Iterator[str]:
    """The addresses that a page links to."""
    return (unescape(found[1]).strip() for found in islice(_HREF.finditer(page), _MOST))


def feeds(page: str) -> Iterator[str]:
    """The feeds that a page names in its head."""
    for element in islice(_FEED.finditer(page), 20):
        found = _HREF_OF.search(element[0])
        if found is not None:
            yield unescape(found[1]).strip()


def likeliest(case: Case, base: str, written: Iterator[str]) -> str | None:
    """The target among some addresses that is most like an article and tells most: a reader may have it, and GPTBot is
    refused where it is refused anywhere. None if none is like one."""
    best: tuple[int, str] | None = None
    for authority, target in named_here(base, written):
        score = _score(case, authority, target)
        if score and (best is None or score > best[0]):
            best = score, target
    return None if best is None else best[1]


def _score(case: Case, authority: str, target: str) -> int:
    """How much a target is like an article; 0 for one that is not."""
    path = target.partition("?")[0]
    words = path.count("-") + path.count("_")
    like = min(words, 6) + 3 * any(char.isdigit() for char in path)
    host = case.host(authority)
    assert host is not None
    if like < 3 or "?" in target or _FILE.search(path):
        return 0
    inside = any(
        pattern.matches(path) and len(path) > len(pattern.text) + 3
        for patterns in host.sections.values()
        for pattern in patterns
    )
    reader = case.expected(authority, target, READER)
    if reader.status is not None or Reason.PASSED_PATH in reader.reasons:
        return 0
    crawler = case.expected(authority, target, GPTBOT)
    return like + 10 * inside + 20 * crawler.refuses
