"""What a client says of itself in its User-Agent.

Theory of operation. A User-Agent is a string without a grammar that anybody follows, so it is read with three
precautions. Addresses are taken out first, for ``Baiduspider`` carries ``/spider.html``. What follows ``like`` or
``compatible with`` is taken out too, for ``TelegramBot (like TwitterBot)`` does not claim to be the second one (``like
Gecko`` and ``like Mac OS X`` are every browser's). Then whole tokens are matched, never substrings.

Where several agents are named, the claim that costs the client decides, by `PRECEDENCE`: somebody who says both GPTBot
and Googlebot gains nothing by the first and much by the second. Agents come before crawlers that the catalogue does
not know, these before tools (a crawler names the library it is built with), tools before app network stacks and marks
of in-app browsers, which are people. Among equals the longest token decides, then the one that stands later.

A claim is all this is: `gateway.identify` weighs it against evidence.
"""

import re

from gateway.agents import Agent, Registry
from gateway.frozen import Frozen
from gateway.identify import unlisted
from gateway.identify.tokens import Match, Tokens
from gateway.request import MAX_USER_AGENT, MOST_REMEMBERED
from gateway.vocabulary import AI_PURPOSES, Kind, Purpose

#: Which purpose decides where several agents are named, the one that costs most first.
PRECEDENCE: tuple[Purpose, ...] = (
    # refused without written permission
    Purpose.AI_TRAIN,
    Purpose.DATASET,
    Purpose.AI_INPUT,
    Purpose.AI_INDEX,
    # held to the origin's robots.txt
    Purpose.SEO,
    # welcome; who needs proof to gain anything comes last
    Purpose.SECURITY,
    Purpose.MONITOR,
    Purpose.ACADEMIC,
    Purpose.ARCHIVE,
    Purpose.OTHER,
    Purpose.FEED,
    Purpose.PREVIEW,
    Purpose.ADS,
    Purpose.SEARCH,
)

#: How many User-Agents are remembered, together at most about 5 MB.
REMEMBERED = 4096

_COSTLY = AI_PURPOSES | {Purpose.SEO}
_COST = {purpose: len(PRECEDENCE) - place for place, purpose in enumerate(PRECEDENCE)}
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s;,()]*")
_LIKENESS = re.compile(r"\b(?:like|compatible with) +(?!gecko|mac os x)[^;()]*")


class Claim(Frozen, frozen=True):
    """What a client says that it is.

    ``agent``, ``operator``, ``purpose`` and ``also`` come from the catalogue. ``tokens`` are the names of all agents
    found, the deciding one first. A self-declared crawler that the catalogue does not know is ``unknown``, and ``name``
    is what it calls itself: printable ASCII, at most 64 characters, chosen by a stranger. People have no agent, even
    where ``tokens`` names the network stack or the in-app browser they use.
    """

    kind: Kind
    agent: str | None = None
    operator: str | None = None
    purpose: Purpose | None = None
    also: tuple[Purpose, ...] = ()
    tokens: tuple[str, ...] = ()
    unknown: bool = False
    name: str | None = None

    @property
    def costs(self) -> bool:
        """Whether the claim brings nothing but refusals or suspicion, so that it is believed at once."""
        return self.purpose in _COSTLY or self.kind is Kind.TOOLS


NO_CLAIM = Claim(Kind.PEOPLE)


class Claims:
    """Reads claims by a registry of agents, and remembers the latest `REMEMBERED` of them."""

    def __init__(self, registry: Registry) -> None:
        self._tokens = Tokens(registry)
        self._known: dict[tuple[str, bool], Claim] = {}

    def read(self, user_agent: str | None, from_header: bool = False) -> Claim:
        """The claim of a client with this User-Agent; ``from_header``: it sent a From field (RFC 9110 section 10.1.2).

        Total: any string has a claim, in time bounded by `MAX_USER_AGENT`.
        """
        if not user_agent:
            return NO_CLAIM
        key = (user_agent[:MAX_USER_AGENT], from_header)
        if len(user_agent) > MOST_REMEMBERED:
            return self._read(*key)
        claim = self._known.get(key)
        if claim is None:
            claim = self._read(*key)
            while len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = claim
        return claim

    def _read(self, user_agent: str, from_header: bool) -> Claim:
        written = (
            user_agent if user_agent.isascii() else user_agent.encode("ascii", "replace").decode("ascii")
        )
        whole = written.lower()
        text = _ADDRESS.sub(_blank, whole) if "://" in whole or "www." in whole else whole
        if "compatible with" in text or text.count("like ") != text.count("like gecko") + text.count(
            "like mac os"
        ):
            text = _LIKENESS.sub(_blank, text)

        found = _ranked(self._tokens.find(text))
        best = found[0].agent if found else None
        if best is None or best.kind is not Kind.AGENTS:
            name = unlisted.named(written, _without(found, text))
            if name is None and best is None:
                name = unlisted.contacted(written, whole)
            if name is None and best is None and from_header:
                name = unlisted.first_name(written, text)
            if name is not None:
                return Claim(Kind.AGENTS, tokens=_names(found), unknown=True, name=name)
        if best is None:
            return NO_CLAIM
        if best.kind is Kind.PEOPLE:
            return Claim(Kind.PEOPLE, tokens=_names(found))
        return Claim(best.kind, best.name, best.operator, best.purpose, best.also, _names(found))


def _ranked(found: list[Match]) -> list[Match]:
    """Matches, the deciding one first. Ordinary words count only where nothing else was found."""
    if len(found) < 2:
        return found
    if any(not match.agent.strict and match.agent.kind is not Kind.PEOPLE for match in found):
        found = [match for match in found if not match.agent.strict]
    return sorted(found, key=_weight, reverse=True)


def _weight(match: Match) -> tuple[int, int, int, int]:
    return _cost(match.agent), match.end - match.start, match.start, match.place


def _cost(agent: Agent) -> int:
    if agent.purpose is not None:
        return _COST[agent.purpose]
    return 0 if agent.kind is Kind.TOOLS else -1


def _names(found: list[Match]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.agent.name for match in found))


def _without(found: list[Match], text: str) -> str:
    for match in found:
        text = text[: match.start] + " " * (match.end - match.start) + text[match.end :]
    return text


def _blank(found: re.Match[str]) -> str:
    """As many blanks, so that places in the text still are places in what was sent."""
    return " " * len(found.group())
