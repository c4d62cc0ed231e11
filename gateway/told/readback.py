"""What is published, read back as a stock crawler would: robots.txt by Protego, path by path, beside the gate's own verdict.

Theory of operation. Hosts of which robots.txt and policy say the same are asked about once. Of each such family one crawler
speaks for all that stand alike: those that read the same lines, and of whom the same rules, licenses and lines of a policy's
own robots.txt speak; one more stands for whoever nobody knows. Each is asked for the paths that the policy itself writes.
The gate is asked through `identify` and `decide`, for a client that holds the proofs its licenses ask for, as the laws of
`docs/manual/statements.md` are worded. Those are tested for policies of all kinds; this holds for the policy at hand, and
finds where a reader takes more, or less, from the very text than it was written to say.

Left out are paths that Protego and RFC 9309 measure differently (`?`, `%`, `$`), and those with two readings, of which
robots.txt knows nothing. What an origin's own robots.txt forbids a crawler on which the gate does not enforce it is no
difference either: these lines are published for the crawler to keep.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Final, NamedTuple

from protego import Protego

from gateway.agents import Agent
from gateway.decide import decide
from gateway.decision import Question
from gateway.identify import identify, subjects_of
from gateway.identify.claim import Claim
from gateway.identify.identity import Identity
from gateway.instants import utc
from gateway.policy.model import OWN_PATHS, Host, Policy
from gateway.policy.paths import Pattern
from gateway.policy.robots import read_groups
from gateway.request import Client, Request, read_target
from gateway.statements.layers import running
from gateway.statements.origin import binds, unnamed
from gateway.statements.statement import Published, Statement
from gateway.value import changed
from gateway.vocabulary import Kind, Verdict

#: Questions that are asked at most, and what one costs the gate, in lines of a group that Protego goes through.
MOST_ASKED: Final = 20_000
_GATE: Final = 20
MOST_LINES: Final = MOST_ASKED * _GATE
#: Rules that Protego holds of all files together; a line counts for each token of its group.
MOST_RULES: Final = 200_000
#: Stars of one pattern. What a question costs is not left to Protego's matcher, which goes through a path once in 0.7.
MOST_STARS: Final = 4

#: How the crawler that nobody knows is told, and what it calls itself.
ANYBODY: Final = "*"
_STRANGER: Final = "UnlistedCrawler"
_NOWHERE: Final = Client("203.0.113.1", "203.0.113.0")
_APART: Final = ("#", "License:", "Sitemap:")
_UNMEASURED: Final = frozenset("?%$")

_Lines = tuple[tuple[str, str], ...]


class Difference(NamedTuple):
    """A path of which gate and reader differ: ``verdict`` and ``rule`` are the gate's, ``fetches`` is what the reader takes
    from robots.txt. ``hosts`` all say the same; ``token`` is `ANYBODY` for a crawler that nobody knows."""

    hosts: tuple[str, ...]
    token: str
    path: str
    verdict: Verdict
    rule: str | None
    fetches: bool


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What was asked, and where the answers differ. ``files`` counts the different robots.txt that were read, ``groups`` the
    crawlers asked for in them; each was asked for the same ``paths``, out of ``all_paths``. ``skipped`` has the hosts whose
    file was not read back, for its stars or its length; ``unasked`` counts the crawlers for whom there was no room."""

    files: int
    groups: int
    paths: int
    all_paths: int
    skipped: tuple[str, ...] = ()
    unasked: int = 0
    differences: tuple[Difference, ...] = ()

    @property
    def asked(self) -> int:
        """How many questions it took."""
        return self.groups * self.paths

    @property
    def cut(self) -> bool:
        """Whether there was more to ask than is asked."""
        return self.paths < self.all_paths or self.unasked > 0


class _Family(NamedTuple):
    """Hosts of which the same holds; ``host`` is one of them, as it stands at the instant, and ``text`` its robots.txt."""

    host: Host
    text: str
    hosts: tuple[str, ...]


class _Crawler(NamedTuple):
    """Who is asked for, in which file; ``lines`` are how many its group has there."""

    family: _Family
    token: str
    agent: Agent | None
    lines: int


def read_back(policy: Policy, texts: Mapping[str, str], now: int) -> ReadBack:
    """The robots.txt of each host (by its pattern) compared with the gate, at ``now`` (microseconds since 1970)."""
    crawlers: list[_Crawler] = []
    skipped: list[str] = []
    room = MOST_RULES
    for family in _families(policy, texts, now):
        groups = {token: tuple(rules) for token, rules in read_groups(family.text.encode()).items()}
        rules = sum(map(len, groups.values()))
        if rules > room or _stars(groups) > MOST_STARS:
            skipped += family.hosts
        else:
            room -= rules
            crawlers += _crawlers(policy, family, groups, now)
    costs = list(accumulate(crawler.lines + _GATE for crawler in crawlers))
    chosen = crawlers[: bisect_right(costs, MOST_LINES)]
    every = _paths(policy) if chosen else []
    most = MOST_LINES // costs[len(chosen) - 1] if chosen else 1
    paths = every[:: max(1, -(-len(every) // most))]
    differences: list[Difference] = []
    for family, its in groupby(chosen, key=lambda crawler: crawler.family):
        reader = Protego.parse(family.text)
        for crawler in its:
            differences += _asked(policy, crawler, reader, paths, now)
    return ReadBack(
        files=len({crawler.family.hosts for crawler in chosen}),
        groups=len(chosen),
        paths=len(paths),
        all_paths=len(every),
        skipped=tuple(skipped),
        unasked=len(crawlers) - len(chosen),
        differences=tuple(differences),
    )


def robots_texts(policy: Policy, published: Published) -> dict[str, str]:
    """The robots.txt of each host of the policy, by its pattern."""
    return {
        host.pattern: published.hosts[host.pattern].documents["/robots.txt"].body.decode()
        for host in policy.hosts
    }


def _families(policy: Policy, texts: Mapping[str, str], now: int) -> Iterator[_Family]:
    alike: dict[object, list[Host]] = {}
    for host in policy.hosts:
        text = "\n".join(line for line in texts[host.pattern].splitlines() if not line.startswith(_APART))
        its = Statement(policy, host, utc(now))
        file = None if its.robots is None else its.robots.digest
        passed = tuple(pattern for pattern, _ in its.host.passed.rows())
        held = tuple(one.id for one in running(its))
        key = text, its.host.rules, passed, file, its.host.robots_enforced, held
        alike.setdefault(key, []).append(its.host)
    for hosts in alike.values():
        yield _Family(hosts[0], texts[hosts[0].pattern], tuple(host.pattern for host in hosts))


def _stars(groups: Mapping[str, _Lines]) -> int:
    """The stars of the pattern that has most."""
    return max((pattern.count("*") for rules in set(groups.values()) for _, pattern in rules), default=0)


def _crawlers(policy: Policy, family: _Family, groups: Mapping[str, _Lines], now: int) -> Iterator[_Crawler]:
    """One crawler of all that stand alike, the one that nobody knows first."""
    host, seen = family.host, set()
    held = running(Statement(policy, host, utc(now)))
    for token, agent in ((ANYBODY, None), *_tokens(policy, host, groups).items()):
        rules = groups.get(token.casefold(), groups.get(ANYBODY, ()))
        spoken = [key for key in subjects_of(_claim(token, agent)) if key in host.tables or key in host.legal]
        licenses = [] if agent is None else [one.id for one in held if one.names(agent.name)]
        use = agent.purpose if agent is not None and licenses else None
        file = host.robots_file
        group = None if file is None else file.group(token)
        key = rules, tuple(spoken), tuple(licenses), use, group and (group.token, binds(agent))
        if key not in seen:
            seen.add(key)
            yield _Crawler(family, token, agent, len(rules))


def _tokens(policy: Policy, host: Host, groups: Iterable[str]) -> dict[str, Agent | None]:
    """Every product token that the policy knows or robots.txt names, with its agent. People read no robots.txt."""
    found: dict[str, Agent | None] = {}
    taken = {ANYBODY}
    for agent in sorted(policy.agents, key=lambda agent: (agent.robots or "").casefold()):
        if agent.robots is not None and agent.kind is not Kind.PEOPLE:
            if agent.robots.casefold() not in taken:
                found[agent.robots] = agent
            taken.add(agent.robots.casefold())
    if host.robots_file is not None:
        found |= unnamed(policy, host.robots_file, found)
        taken |= {token.casefold() for token in found}
    return found | dict.fromkeys(token for token in groups if token not in taken)


def _paths(policy: Policy) -> list[str]:
    """A path for each pattern that the policy writes."""
    patterns: list[Pattern] = []
    for host in policy.hosts:
        patterns += [pattern for rule in host.rules for pattern in rule.patterns]
        patterns += [pattern for its in host.sections.values() for pattern in its]
        patterns += [pattern for pattern, _ in host.passed.rows()]
        if host.robots_file is not None:
            patterns += [line.pattern for group in host.robots_file.groups.values() for line in group.lines]
    patterns += [pattern for one in policy.licenses for pattern in one.patterns]
    texts = dict.fromkeys(pattern.text for pattern in patterns)
    paths = (text.removesuffix("$").replace("*", "a") for text in texts)
    rooted = (path if path.startswith("/") else f"/{path}" for path in paths)
    return [path for path in dict.fromkeys(("/", *sorted(OWN_PATHS), *rooted)) if _plain(path)]


def _plain(path: str) -> bool:
    """Whether all agree what the path is, and how long."""
    target = None if _UNMEASURED.intersection(path) else read_target(path.encode())
    return target is not None and target.folded == target.path and not target.climbs


def _asked(
    policy: Policy, crawler: _Crawler, reader: Protego, paths: Iterable[str], now: int
) -> Iterator[Difference]:
    family, token, agent = crawler.family, crawler.token, crawler.agent
    host, name = family.host, family.host.pattern.replace("*.", "www.")
    # Lines of a file that the gate does not enforce on this crawler.
    unbound = None if binds(agent) and host.robots_enforced else host.robots_file
    claim = _claim(token, agent)
    for path in paths:
        request = Request("GET", "https", name, name, read_target(path.encode()), _NOWHERE, {})
        identity = _proving(identify(request, claim, policy, {}), policy)
        decision = decide(Question(request, identity, policy, host, now))
        allows = decision.verdict is Verdict.ALLOW
        fetches = reader.can_fetch(f"https://{name}{path}", _STRANGER if token == ANYBODY else token)
        kept = allows and unbound is not None and not unbound.allows(token, path)
        if fetches is not allows and not kept:
            yield Difference(family.hosts, token, path, decision.verdict, decision.rule, fetches)


def _claim(token: str, agent: Agent | None) -> Claim:
    if agent is None:
        return Claim(Kind.AGENTS, unknown=True, name=_STRANGER if token == ANYBODY else token)
    return Claim(agent.kind, agent.name, agent.operator, agent.purpose, agent.also)


def _proving(identity: Identity, policy: Policy) -> Identity:
    """It with the proofs that its licenses ask for: of those that everybody is told of, as in the text that is read."""
    held = (one.id for one in policy.licenses_of(identity.agent) if one.publish)
    return changed(identity, proved=tuple(held))
