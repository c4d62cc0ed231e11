"""What a proxy may let pass without asking, as a policy has it, before any proxy's own language: hosts and paths. Pure.

A request can only be allowed if its client is one of people (`gateway.compiled.browsers`) who shows no proof, it reads and
does not write, its target has one reading, and no rule that may speak of people, now or later, has a pattern that its target
matches, be it to refuse, to count, or to give a document of ours. Whatever is in doubt is asked about: that costs a question.
"""

import re
from typing import Final, NamedTuple

from gateway.policy.model import OWN_PATHS, Host, Policy, Rule, Subject
from gateway.policy.paths import Pattern
from gateway.vocabulary import Kind, Verdict

_OF_PEOPLE: Final = frozenset({Subject.everyone().key, Subject.kind(Kind.PEOPLE).key})
#: A target of which every server has the same reading, and which is no longer than what is read.
_SEGMENT: Final = "(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)"
PLAIN_PATH: Final = f"(?:{_SEGMENT}+/?|/)"
PLAIN_QUERY: Final = r"(?:\?[A-Za-z0-9_.~=&+,:/@!*()-]*)?"
ANY_QUERY: Final = r"(?:\?(?:[A-Za-z0-9_.~=&+,:/@!*()-]|%[0-9A-Fa-f][0-9A-Fa-f])*)?"


class Guarded(NamedTuple):
    """A pattern of paths that is always asked about, and the rule that is the reason."""

    pattern: Pattern
    because: str


class Passing(NamedTuple):
    """A host: the pattern of its name, what is asked about there, and the pattern of the other targets."""

    host: str
    guarded: tuple[Guarded, ...]
    target: str


def passing(policy: Policy) -> tuple[Passing, ...]:
    """Each host of a policy, a name before the wildcards that have it too, as the gate finds it."""
    hosts = sorted(policy.hosts, key=lambda host: (host.pattern.startswith("*"), -len(host.pattern)))
    return tuple(_passing(host) for host in hosts)


def _passing(host: Host) -> Passing:
    guarded = tuple(
        Guarded(pattern, rule.id) for rule in host.rules if _speaks(rule) for pattern in rule.patterns
    )
    # A pattern that may match in the query needs one whose octets stand for themselves.
    reaches = any(not one.pattern.plain or "?" in one.pattern.text for one in guarded)
    return Passing(host.pattern, guarded, PLAIN_PATH + (PLAIN_QUERY if reaches else ANY_QUERY))


def _speaks(rule: Rule) -> bool:
    """Whether a rule may refuse people or count them."""
    stays = rule.verdict is Verdict.ALLOW and rule.rate is None
    return not stays and any(subject.key in _OF_PEOPLE for subject in rule.subjects)


def host_expression(pattern: str) -> str:
    """A regular expression of the names that a host's pattern has, as a Host field writes them in lower case."""
    if pattern.startswith("*."):
        return "[a-z0-9_-]+(?:[.][a-z0-9_-]+)*" + re.escape(pattern[1:])
    return re.escape(pattern)


def path_expression(pattern: Pattern) -> str:
    """A regular expression of the targets that an RFC 9309 pattern matches, from their beginning."""
    body = pattern.text[:-1] if pattern.anchored else pattern.text
    return ".*".join(map(_literal, body.split("*"))) + ("$" if pattern.anchored else "")


def own_expression() -> str:
    """A regular expression of the paths that Izin answers itself."""
    return "(?:" + "|".join(map(_literal, sorted(OWN_PATHS))) + "|/_izin)"


def _literal(text: str) -> str:
    """Octets of a pattern in its normal form; a literal `*` or `$` stands there as its encoding, which no plain target has."""
    return re.escape(text)
