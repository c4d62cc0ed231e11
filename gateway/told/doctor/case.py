"""What is to be examined: a policy, the address of the site that should keep to it, and what it would answer to each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from gateway import __version__
from gateway.decide import decide
from gateway.decision import Decision, RobotsRules
from gateway.identify.claim import Claims
from gateway.instants import utc
from gateway.policy.model import Host, Policy
from gateway.request import MAX_TARGET, Client, fold_host, read_target
from gateway.statements import publish
from gateway.statements.statement import HostStatements, Published
from gateway.told.asking import question_of, request_of
from gateway.told.doctor.visit import Visitor

#: What every visitor of ours adds to its name: to be judged as GPTBot it must say GPTBot, and it says who it really is.
HONEST: Final = f"izin-doctor/{__version__}"
_HTML: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def _crawler(name: str, user_agent: str) -> Visitor:
    return Visitor(name, f"{user_agent} {HONEST}", "*/*")


READER: Final = Visitor(
    "",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 "
    + HONEST,
    _HTML,
)
#: One agent for each purpose of AI, then a search engine and a crawler that nobody knows.
GPTBOT: Final = _crawler(
    "GPTBot",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.3; +https://openai.com/gptbot",
)
SEARCH: Final = _crawler(
    "Googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)
CRAWLERS: Final = (
    GPTBOT,
    _crawler(
        "ChatGPT-User",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
    ),
    _crawler(
        "OAI-SearchBot",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; OAI-SearchBot/1.3; +https://openai.com/searchbot",
    ),
    _crawler("CCBot", "CCBot/2.0 (https://commoncrawl.org/faq/)"),
    SEARCH,
    _crawler("TamuBot", "TamuBot/1.0"),
)

#: Nobody's address (RFC 5737): we have no license and prove nothing.
_NOWHERE: Final = Client("203.0.113.1", "203.0.113.0/24")
_PORTS: Final = {"http": "80", "https": "443"}


@dataclass(frozen=True)
class Case:
    """A policy and a site. ``near``: reached at an address that was named, so that what the public would meet on other
    schemes cannot be seen. ``origin``: whether the address of what stands behind the gateway is known, ``admin``
    whether that of the gateway's admin listener is. ``now`` is in
    microseconds since 1970; ``targets`` are articles that were named."""

    policy: Policy
    scheme: str
    authority: str
    now: int
    near: bool = False
    origin: bool = False
    admin: bool = False
    targets: tuple[str, ...] = ()
    published: Published = field(init=False)
    claims: Claims = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "published", publish(self.policy, self.at))
        object.__setattr__(self, "claims", Claims(self.policy.agents))

    @property
    def at(self) -> datetime:
        """The instant of the examination, UTC."""
        return utc(self.now)

    def host(self, authority: str) -> Host | None:
        """The policy's entry for an authority; None for a host that it does not name."""
        name = fold_host(authority)
        return None if name is None else self.policy.host(name, near=False)

    def said(self, authority: str) -> HostStatements:
        """What is stated for a host that the policy names."""
        host = self.host(authority)
        assert host is not None, authority
        return self.published.hosts[host.pattern]

    def expected(
        self, authority: str, target: str, visitor: Visitor, robots: RobotsRules | None = None
    ) -> Decision:
        """What the gateway decides about this visitor, who proves nothing."""
        fields = {"user-agent": visitor.user_agent, "accept": visitor.accept}
        request = request_of("GET", authority, target.encode("ascii", "replace"), _NOWHERE, fields)
        return decide(question_of(request, self.policy, self.claims, self.now, robots))

    def other_name(self, authority: str) -> str | None:
        """The same site with `www.` or without it; None for an address or a port of its own."""
        name = fold_host(authority) or ""
        if name != authority.lower() or "." not in name or name.replace(".", "").isdigit():
            return None
        return name.removeprefix("www.") if name.startswith("www.") else f"www.{name}"


def address(base: str, written: str) -> tuple[str, str, str] | None:
    """Scheme, authority and target of an address that a site wrote, relative to ``base``; None if it is none of ours to
    read: another scheme, user information, octets that no target has."""
    written = written.strip()
    if len(written) > MAX_TARGET or not written.isprintable():
        return None
    try:
        parts = urlsplit(urljoin(base, written))
        authority = _authority(parts)
    except ValueError:
        return None
    if authority is None:
        return None
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    if read_target(target.encode("ascii", "replace")) is None:
        return None
    return parts.scheme, authority, target


def _authority(parts: SplitResult) -> str | None:
    port = parts.port
    if parts.scheme not in _PORTS or parts.username is not None:
        return None
    authority = (parts.hostname or "").rstrip(".")
    if ":" in authority:
        authority = f"[{authority}]"
    if port is not None and str(port) != _PORTS[parts.scheme]:
        authority += f":{port}"
    return authority if fold_host(authority) else None


def named_here(base: str, written: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Of the addresses that a page wrote, those on the host of ``base``, as (authority, target), each once."""
    home = urlsplit(base).netloc
    seen = set()
    for one in written:
        found = address(base, one)
        # A site writes its addresses with its public scheme and port, whatever it is reached by.
        if found is None or fold_host(found[1]) != fold_host(home) or found[2] in seen:
            continue
        seen.add(found[2])
        yield home, found[2]
