"""What is kept of each value of a request or a judgement: how much of a text, which parameters of a query.

A text that was cut ends in `…`, and its name is added to the list that is handed in.
"""

from typing import Final

import msgspec

from gateway.judgement import Judgement
from gateway.policy.model import Host, Policy
from gateway.policy.paths import Pattern
from gateway.request import Target

#: Octets that a value may have; what is longer is cut, ends in `…` and is named in the entry's ``cut``.
CAPS: Final = {"target": 2048, "user_agent": 512, "host": 255, "method": 32, "detail": 200, "name": 64}
#: Octets of every other text.
MAX_TEXT: Final = 200
_MAX_LIST: Final = 12
#: Policies and hosts of one policy of which it is remembered what a query may decide: policies are large, and are replaced.
_MOST_POLICIES: Final = 2
_MOST_HOSTS: Final = 8192

#: The patterns of a policy that the cut part of a target matches: by the canonical reading, by the folded.
Patterns = tuple[tuple[str, ...], tuple[str, ...]]
_SENSITIVE: Final[dict[int, tuple[Policy, dict[int, tuple[Host, tuple[Pattern, ...]]]]]] = {}
#: A value as canonical JSON, of what `clean` or `capped` gave.
encoded = msgspec.json.Encoder(order="sorted").encode


def as_json(text: str) -> str:
    """A text as canonical JSON."""
    return encoded(text).decode()


def user_agent_of(text: str | None) -> tuple[bytes, bool]:
    """What is kept of a User-Agent, as canonical JSON, and whether it was cut."""
    if text is None:
        return b"null", False
    kept = capped(text, CAPS["user_agent"])
    return encoded(kept), kept != writable(text)


def writable(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which UTF-8 cannot write."""
    return (
        text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    )


def capped(text: str, cap: int) -> str:
    """The text in at most ``cap`` octets of UTF-8, `…` at the end if it was longer."""
    if len(text) <= cap and text.isascii():
        return text
    octets = writable(text).encode()
    if len(octets) <= cap:
        return octets.decode()
    return octets[: cap - 3].decode("utf-8", "ignore") + "…"


def target_of(raw: bytes) -> str:
    """A target without a query, as JSON. Only two of the octets that it may have need more than quotation marks."""
    text = raw.decode("ascii")
    return as_json(text) if '"' in text or "\\" in text else f'"{text}"'


def cut_target(judgement: Judgement, cut: list[str]) -> tuple[str, Patterns | None]:
    """What is kept of a target, as JSON, and the patterns that what is left out may have decided."""
    target, host = judgement.request.target, judgement.host
    if target is None:
        return "null", None
    text, whole = target.named_part(host.query if host else frozenset())
    if len(text) > CAPS["target"]:
        cut.append("target")
        whole = False
    patterns = None if whole else _patterns(target, host, judgement.version.policy)
    return as_json(capped(text, CAPS["target"])), patterns


def _patterns(target: Target, host: Host | None, policy: Policy) -> Patterns:
    """The patterns that a cut query may have decided, as far as they match: by the canonical reading, by the folded."""
    if host is None:
        return (), ()
    its = _SENSITIVE.get(id(policy))  # what is kept is alive, so its id is its own
    if its is None:
        if len(_SENSITIVE) >= _MOST_POLICIES:
            _SENSITIVE.clear()
        its = _SENSITIVE[id(policy)] = policy, {}
    hosts = its[1]
    known = hosts.get(id(host))
    if known is None:
        if len(hosts) >= _MOST_HOSTS:
            hosts.clear()
        known = hosts[id(host)] = host, sensitive(host, policy)
    patterns = known[1]
    canonical = tuple(pattern.text for pattern in patterns if pattern.matches(target.canonical))
    if target.folded == target.path:
        return canonical, canonical
    return canonical, tuple(pattern.text for pattern in patterns if pattern.matches(target.lenient))


def sensitive(host: Host, policy: Policy) -> tuple[Pattern, ...]:
    """The patterns of a policy on a host that a query may decide, or the end of a path, each once."""
    every = [pattern for rule in host.rules for pattern in rule.patterns]
    every += [pattern for pattern, _ in host.passed.rows()]
    every += [pattern for license in policy.licenses for pattern in license.patterns]
    found = {pattern.text: pattern for pattern in every if not pattern.plain or "?" in pattern.text}
    return tuple(found[text] for text in sorted(found))


def kept_name(text: str | None, name: str, cut: list[str], cap: int = CAPS["name"]) -> str | None:
    """A name in at most ``cap`` octets; ``name`` is what ``cut`` calls it."""
    if text is None:
        return None
    kept = capped(text, cap)
    if kept != writable(text):
        cut.append(name)
    return kept


def kept_list(texts: tuple[str, ...], name: str, cut: list[str]) -> list[str | None]:
    """The first of the texts, each capped."""
    if len(texts) > _MAX_LIST:
        cut.append(name)
    return [kept_name(text, name, cut, MAX_TEXT) for text in texts[:_MAX_LIST]]
