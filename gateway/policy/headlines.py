"""Headlines of pages, as a site's sitemaps have them, found again by what the audit log says of a request.

Theory of operation. A sitemap names a page by an address, an entry by its host and its target, in which only the query
parameters stand that the policy names. So an address is cut like a target, and both are compared as RFC 9309 compares paths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from gateway.policy.model import Host, Policy
from gateway.request import Target, fold_host, read_target

#: Headlines by the canonical target of their page, by host.
Known = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Headlines:
    """What is known of the headlines of a site."""

    known: Known = field(default_factory=lambda: MappingProxyType({}))

    def of(self, host: str | None, target: str | None) -> str | None:
        """The headline of a page, None where it is not known. Where the host is not known either, it is the one that all
        hosts agree on."""
        if target is None or not self.known:
            return None
        page = _page(target)
        if host is not None:
            return self.known.get(host, {}).get(page)
        found = {pages[page] for pages in self.known.values() if page in pages}
        return found.pop() if len(found) == 1 else None

    def with_words(self, text: str, most: int) -> list[tuple[str, str, str]]:
        """Host, page and headline of those that have every word of a text, whatever their case; the newest ``most``."""
        words = text.casefold().split()
        found = [
            (host, page, title)
            for host, pages in self.known.items()
            for page, title in pages.items()
            if words and all(word in title.casefold() for word in words)
        ]
        return found[: -most - 1 : -1]

    def over(self, other: "Headlines") -> "Headlines":
        """These headlines, and the other ones where these have none."""
        hosts = dict.fromkeys((*other.known, *self.known))
        return Headlines({host: {**other.known.get(host, {}), **self.known.get(host, {})} for host in hosts})


NONE: Final = Headlines()


def placed(titles: Mapping[str, str], policy: Policy) -> dict[str, dict[str, str]]:
    """The headlines of a sitemap, by address, as `Headlines` takes them; what lies on none of the policy's hosts is left out."""
    found: dict[str, dict[str, str]] = {}
    for address, title in titles.items():
        try:
            parts = urlsplit(address)
            name = fold_host(parts.netloc)
        except ValueError:
            continue
        host = None if name is None else policy.host(name, near=False)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        target = read_target(path.encode("ascii")) if path.isascii() else None
        if host is not None and name is not None and target is not None:
            found.setdefault(name, {})[page_of(target, host)] = title
    return found


def page_of(target: Target, host: Host) -> str:
    """By what the headline of a page is found again."""
    return _page(target.named_part(host.query)[0])


def _page(target: str) -> str:
    read = read_target(target.encode("ascii", "replace"))
    return target if read is None else read.canonical
