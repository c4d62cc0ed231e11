"""Which agents a policy refuses, and how their names are found in a User-Agent by a regular expression. Pure.

For the day on which Izin does not answer, and for caches in front of it, which must not answer in its place.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gateway.decide import decide
from gateway.decision import Question
from gateway.identify import NO_FACTS, identify
from gateway.identify.claim import Claims
from gateway.policy.model import Policy
from gateway.request import Client, Request, read_target
from gateway.vocabulary import Kind

_STRANGER = Client("192.0.2.1", "192.0.2.0/24", certain=False)


class Token(NamedTuple):
    """A token of an agent, and whether it is an ordinary word, which counts before a version only."""

    written: str
    strict: bool


def refused_tokens(policy: Policy, now: int) -> tuple[Token, ...]:
    """The tokens of all agents whose claim alone is refused on the first page of the policy's first host, at an instant (µs
    since 1970), in alphabetical order. What is only observed counts as refused."""
    claims, host = Claims(policy.agents), policy.hosts[0]
    name = host.pattern.removeprefix("*.")
    found = set()
    for agent in policy.agents:
        for token in agent.match if agent.kind is not Kind.PEOPLE else ():
            written = token.removeprefix("^").removesuffix("*")
            said = f"{written}/1.0"
            request = Request("GET", "https", name, name, read_target(b"/"), _STRANGER, {"user-agent": said})
            identity = identify(request, claims.read(said), policy, NO_FACTS)
            decision = decide(Question(request, identity, policy, host, now))
            if decision.status is not None and decision.status < 500:
                found.add(Token(token, agent.strict))
    return tuple(sorted(found, key=lambda token: token.written.casefold()))


def token_expression(token: Token) -> str:
    """A token as `gateway.identify.tokens` finds it: at the boundaries of words, ``^`` at the beginning alone."""
    written = token.written.removeprefix("^").removesuffix("*")
    body = re.escape(written).replace(r"\ ", " ").replace(r"\-", "-")
    if token.strict:
        body = f"(?<![-_.]){body}" + ("" if " " in written else "(?=/v?[0-9])")
    elif not written[-1].isalnum() and written[-1] not in "-_":
        body += "[a-z0-9_-]*"  # whatever follows, it is found
    elif token.written.endswith("*"):
        body += "(?:[-_][a-z0-9_-]*)?"
    return f"^{body}" if token.written.startswith("^") else body


def alternations(tokens: Iterable[Token], most: int) -> Iterator[str]:
    """Regular expressions of at most so many octets, each an alternative of tokens between boundaries."""
    start, end = "(?<![a-z0-9])(?:", ")(?![a-z0-9_-])"
    part: list[str] = []
    size = len(start) + len(end)
    for one in map(token_expression, tokens):
        if part and size + len(one) + 1 > most:
            yield start + "|".join(part) + end
            part, size = [], len(start) + len(end)
        part.append(one)
        size += len(one) + 1
    if part:
        yield start + "|".join(part) + end
