"""The way through a site: a generator that yields each request to make and is sent what came back. It does no I/O.

Theory of operation. What to ask depends on what was seen: a sitemap leads to an article, and the article is then asked
for as a reader, as GPTBot, as a reader again (by now a cache has had its chance to mix the two up), and as one crawler
for each purpose. Redirects are followed on hosts that the policy names, and only for the front page and a reader's
article; everywhere else a redirect is itself what was seen. `Seen` is all visits in their order: the checks look at
nothing else.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from gateway.policy.model import OWN_PATHS
from gateway.policy.robots import RobotsFile
from gateway.told.doctor.article import feeds, is_index, likeliest, links, locations, sitemaps
from gateway.told.doctor.case import CRAWLERS, GPTBOT, READER, SEARCH, Case, address
from gateway.told.doctor.visit import Answer, Ask, Door, Got, Role, Visit, Visitor, inflated

#: Requests at most, in all; hops of one redirect; articles that may be named.
MOST_REQUESTS: Final = 25
MOST_HOPS: Final = 4
MOST_ARTICLES: Final = 3

#: Our own documents, robots.txt first: it names the sitemaps.
DOCUMENTS: Final = ("/robots.txt", *sorted(OWN_PATHS - {"/robots.txt"}))

Tour = Generator[Ask, Answer, "Seen"]
_Way = Generator[Ask, Answer, Visit]


@dataclass(frozen=True)
class Seen:
    """Everything that was visited. ``scheme`` and ``authority`` are where the site turned out to be; ``targets`` the
    articles; ``robots`` is the origin's own robots.txt, where it could be read; ``sitemaps`` are
    those that robots.txt names on this host."""

    scheme: str
    authority: str
    visits: tuple[Visit, ...]
    targets: tuple[str, ...] = ()
    robots: RobotsFile | None = None
    sitemaps: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The site's address."""
        return f"{self.scheme}://{self.authority}/"

    def of(self, role: Role, visitor: Visitor | None = None, target: str | None = None) -> Iterator[Visit]:
        """The visits made for something, of one visitor, to one target."""
        for visit in self.visits:
            if visit.ask.role is not role or visitor not in (None, visit.ask.visitor):
                continue
            if target is None or visit.ask.target == target:
                yield visit

    def first(self, role: Role, visitor: Visitor | None = None, target: str | None = None) -> Visit | None:
        """The first of them."""
        return next(self.of(role, visitor, target), None)


def tour(case: Case) -> Tour:
    """The requests that the examination of a case needs, one at a time."""
    visits: list[Visit] = []
    home = yield from _follow(case, Ask(Role.HOME, READER, case.scheme, case.authority, "/"))
    visits.append(home)
    if home.got is None:
        return Seen(case.scheme, case.authority, tuple(visits), case.targets)
    site = Site(home.ask.scheme, home.ask.authority)
    visits += yield from _each(site.ask(Role.DOCUMENT, GPTBOT, path) for path in DOCUMENTS)
    named = _here(site, sitemaps(_text(visits[1])))
    if case.admin:
        ready = Ask(Role.READY, READER, "http", site.authority, "/ready", Door.ADMIN)
        visits.append((yield from _once(ready)))
    found = yield from _sitemap(site, named[0] if named else "/sitemap.xml")
    visits += found
    targets = case.targets
    if not targets:
        targets, more = yield from _discover(case, site, home, found)
        visits += more
    for number, target in enumerate(targets):
        reader = yield from _follow(case, site.ask(Role.ARTICLE, READER, target))
        visits.append(reader)
        there = Site(reader.ask.scheme, reader.ask.authority)
        others = [(Role.ARTICLE, GPTBOT), (Role.AGAIN, READER)]
        others += [(Role.ARTICLE, crawler) for crawler in CRAWLERS[1:] if number == 0]
        visits += yield from _each(there.ask(role, one, reader.ask.target) for role, one in others)
    visits.append((yield from _once(site.ask(Role.TRUST, READER, "/trust.txt"))))
    targets = tuple(dict.fromkeys(visit.ask.target for visit in visits if visit.ask.role is Role.AGAIN))
    visits += yield from _ways_round(case, site, targets[0] if targets else "/")
    return Seen(site.scheme, site.authority, tuple(visits), targets, _origin_robots(visits), tuple(named))


@dataclass(frozen=True, slots=True)
class Site:
    """Where the site turned out to be."""

    scheme: str
    authority: str

    def ask(self, role: Role, visitor: Visitor, target: str) -> Ask:
        """A request to it."""
        return Ask(role, visitor, self.scheme, self.authority, target)

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://{self.authority}/"


def _once(ask: Ask) -> _Way:
    answer = yield ask
    return Visit(ask, answer)


def _each(asks: Iterable[Ask]) -> Generator[Ask, Answer, list[Visit]]:
    visits = []
    for ask in asks:
        answer = yield ask
        visits.append(Visit(ask, answer))
    return visits


def _follow(case: Case, ask: Ask) -> _Way:
    """The visit at the end of the redirects, as far as they lead to hosts that the policy names."""
    hops: list[str] = []
    asked = {ask.url}
    while True:
        answer = yield ask
        if not isinstance(answer, Got) or not answer.diverted or len(hops) == MOST_HOPS:
            return Visit(ask, answer, tuple(hops))
        written = answer.field("location")
        found = address(ask.url, written)
        if found is None or case.host(found[1]) is None:
            return Visit(ask, answer, tuple(hops))
        following = Ask(ask.role, ask.visitor, *found, ask.door)
        if following.url in asked or (case.near and following.scheme != ask.scheme):
            return Visit(ask, answer, tuple(hops))
        hops.append(following.url)
        asked.add(following.url)
        ask = following


def _sitemap(site: Site, target: str) -> Generator[Ask, Answer, list[Visit]]:
    """The sitemap as a search engine reads it, and where it only names others the first of those."""
    visits = [(yield from _once(site.ask(Role.SITEMAP, SEARCH, target)))]
    text = _text(visits[0])
    if is_index(text):
        below = _here(site, locations(text))[:1]
        visits += yield from _each(site.ask(Role.SITEMAP, SEARCH, target) for target in below)
    return visits


def _discover(
    case: Case, site: Site, home: Visit, found: list[Visit]
) -> Generator[Ask, Answer, tuple[tuple[str, ...], list[Visit]]]:
    """The likeliest article by the sitemap and the front page, or else by a feed."""
    page = _text(home)
    written = chain(locations(_text(found[-1])), links(page))
    target = likeliest(case, site.url, written)
    visits = []
    if target is None:
        for feed in _here(site, feeds(page))[:1]:
            visits.append((yield from _once(site.ask(Role.FEED, READER, feed))))
            target = likeliest(case, site.url, locations(_text(visits[0])))
    return (() if target is None else (target,)), visits


def _ways_round(case: Case, site: Site, target: str) -> Generator[Ask, Answer, list[Visit]]:
    """Doors beside the front door: without TLS, by the other name, and straight at the origin."""
    visits = []
    if site.scheme == "https" and not case.near and ":" not in site.authority:
        visits.append((yield from _once(Ask(Role.PLAIN, GPTBOT, "http", site.authority, target))))
    other = case.other_name(site.authority)
    if other is not None and case.host(other) is not None:
        visit = yield from _once(Ask(Role.OTHER_NAME, GPTBOT, site.scheme, other, target))
        visits.append(visit)
        if visit.got is not None and not visit.got.diverted:
            ask = Ask(Role.OTHER_DOCUMENT, GPTBOT, site.scheme, other, "/robots.txt")
            visits.append((yield from _once(ask)))
    if case.origin:
        asks: tuple[tuple[Role, str], ...] = ((Role.ORIGIN, target), (Role.ORIGIN_ROBOTS, "/robots.txt"))
        for role, wanted in asks:
            ask = Ask(role, GPTBOT, site.scheme, site.authority, wanted, Door.ORIGIN)
            visits.append((yield from _once(ask)))
    return visits


def _here(site: Site, written: Iterable[str]) -> list[str]:
    """The targets of addresses on hosts that the policy names and that are this site; no other is visited."""
    found = []
    for one in written:
        read = address(site.url, one)
        if read is not None and read[1].partition(":")[0] == site.authority.partition(":")[0]:
            found.append(read[2])
    return list(dict.fromkeys(found))


def _text(visit: Visit) -> str:
    got = visit.got
    if got is None or not got.served:
        return ""
    if got.body.startswith(b"\x1f\x8b"):  # a sitemap that is itself a gzip file
        return inflated(got.body).decode("utf-8", "replace")
    return got.text


def _origin_robots(visits: list[Visit]) -> RobotsFile | None:
    """The robots.txt behind the gateway, unless what answered there is the gateway itself."""
    for visit in visits:
        got = visit.got
        if visit.ask.role is Role.ORIGIN_ROBOTS and got is not None and got.served:
            return None if got.values("izin-decision") else RobotsFile(got.body)
    return None
