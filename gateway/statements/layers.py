"""All that policy and origin say about one agent, as entries in the layers of the gate's order.

From below: the subjects of rules, each above the broader one, with the origin's file merged in; the licenses that the agent
may prove, two layers each, for a license has exceptions; rules about their holders; legal orders; what is open to everybody.
`gateway.statements.merge` makes one group of a robots.txt out of them.
"""

from datetime import datetime
from typing import Final

from gateway.agents import Agent
from gateway.identify import subjects_of
from gateway.identify.claim import Claim
from gateway.instants import utc
from gateway.licenses.license import License
from gateway.policy.globs import TangledError, glob_of, walking
from gateway.policy.model import ALWAYS_PASSED, OWN_PATHS, Policy, Rule, Subject
from gateway.policy.paths import PathTable, Pattern
from gateway.policy.robots import Group
from gateway.statements.merge import Entry, Leeway, within
from gateway.statements.origin import binds, stricter
from gateway.statements.statement import Statement
from gateway.vocabulary import USE_OF, Kind, Verdict

# Our own documents, which whoever may read this may read too; of itself RFC 9309 section 2.2.2 says so.
_OWN: Final = tuple(Pattern(f"{path}$") for path in sorted(OWN_PATHS - {"/robots.txt"}))

#: Paths that are open to everybody, whatever the origin says: what machines look for under these names is meant for them.
_ALWAYS: Final = frozenset(map(Pattern, ALWAYS_PASSED))

# Layers of the gate's order. Subjects have those below; each license takes two.
_PASSED_BELOW: Final = 9
_LICENSES: Final = 10
_LICENSEES: Final = 800_000  # rules about those who hold a license
_LEGAL: Final = 900_000
_PASSED: Final = 1_000_000


def running(statement: Statement) -> list[License]:
    """The licenses in force for this host at the statement's instant."""
    return [one for one in statement.policy.licenses if told_of(statement, one) and in_force(statement, one)]


def unpublished(statement: Statement) -> list[License]:
    """The licenses in force for this host that are not published."""
    return [one for one in statement.policy.licenses if not one.publish and in_force(statement, one)]


def in_force(statement: Statement, license: License) -> bool:
    """Whether a license holds for this host at the statement's instant."""
    hosts = license.hosts
    return license.begins <= statement.at < license.ends and (not hosts or statement.host.pattern in hosts)


def told_of(statement: Statement, license: License) -> bool:
    """Whether whoever is told may know of a license."""
    return license.publish or license.id == statement.told_to


def entries_for(
    statement: Statement, agent: Agent | None, group: Group | None = None, leeway: Leeway | None = None
) -> list[Entry]:
    """All that the policy says about an agent (None: a crawler that nothing names), each entry with its rank; with a
    group of the origin's file, for which there must be leeway, all that both say."""
    host = statement.host
    keys, holders = subjects(agent), licensees(statement, agent)
    entries: list[Entry] = []
    for layer, key in enumerate(reversed(keys)):
        entries += _ruled(host.tables.get(key), layer)
    passed = [pattern for pattern, _ in host.passed.rows() if "*" not in pattern.text]
    if group is not None and leeway is not None:
        if not binds(agent):
            # The gate passes these on for everybody; to a welcome crawler the origin may say that it wants none there.
            entries += [_open(pattern, _PASSED_BELOW) for pattern in passed if pattern not in _ALWAYS]
            passed = [pattern for pattern in passed if pattern in _ALWAYS]
        entries = stricter(entries, group, leeway)
    for number, one in enumerate(held(statement, agent)):
        layer = _LICENSES + 2 * number
        below = tuple(entries)
        entries += [
            Entry(text, True, (layer, (len(text),)), one) for text in [p.text for p in one.on] or ["/"]
        ]
        entries += [
            back for p in one.closed for entry in below for back in _back(entry, p.text, layer + 1, leeway)
        ]
    for key in holders:
        entries += _ruled(host.tables.get(key), _LICENSEES)
    for key in (*keys, *holders):
        entries += _ruled(host.legal.get(key), _LEGAL)
    entries += [_open(pattern, _PASSED) for pattern in (*_OWN, *passed)]
    return entries


def _open(pattern: Pattern, layer: int) -> Entry:
    return Entry(pattern.text, True, (layer, (pattern.octets,)), pattern)


def _back(entry: Entry, pattern: str, layer: int, leeway: Leeway | None) -> list[Entry]:
    """An entry on the paths that a license excepts."""
    if leeway is None:
        return within(entry, pattern, layer)
    leeway.spend(walking(entry.glob, glob_of(pattern)))
    try:
        return within(entry, pattern, layer)
    except TangledError:  # closing all of it is stricter, and so is opening none of it
        leeway.inexact[entry.text, pattern] = None
        return [] if entry.allow else [entry._replace(rank=(layer, entry.rank))]


def next_change(policy: Policy, at: datetime) -> datetime | None:
    """The first instant after ``at`` at which a license or a rule begins or ends, and with it the text; None if none does."""
    days = [day for one in policy.licenses for day in (one.begins, one.ends)]
    days += [utc(change) for change in {change for host in policy.hosts for change in host.changes}]
    return min((day for day in days if day > at), default=None)


def subjects(agent: Agent | None) -> tuple[str, ...]:
    """The keys of the rules about an agent, as the gate has them."""
    if agent is None:
        return subjects_of(Claim(Kind.AGENTS, unknown=True))
    return subjects_of(Claim(agent.kind, agent.name, agent.operator, agent.purpose, agent.also))


def _ruled(table: PathTable[Rule] | None, layer: int) -> list[Entry]:
    """The rules of one subject. A pattern may begin with a star, robots.txt lines begin with a slash."""
    entries = []
    for pattern, rule in table.rows() if table is not None else ():
        allow = rule.verdict is Verdict.ALLOW
        entry = Entry(pattern.text, allow, (layer, (pattern.octets, allow)), rule)
        entries += [entry] if pattern.text.startswith("/") else _slashed(entry)
    return entries


def licensees(statement: Statement, agent: Agent | None) -> list[str]:
    """The keys of rules about the licenses that an agent may prove, whatever they cover."""
    if agent is None:
        return []
    return [
        Subject.license(one.id).key
        for one in statement.policy.licenses_of(agent.name)
        if one.begins <= statement.at < one.ends and told_of(statement, one)
    ]


def _slashed(entry: Entry) -> list[Entry]:
    return [back._replace(rank=entry.rank) for back in within(entry, "/", 0)]


def held(statement: Statement, agent: Agent | None) -> list[License]:
    """The licenses under which this agent may come, for the use that its purpose is."""
    if agent is None:
        return []
    use = USE_OF.get(agent.purpose) if agent.purpose else None
    return [
        one
        for one in statement.policy.licenses_of(agent.name)
        if told_of(statement, one)
        and in_force(statement, one)
        and (use is None or any(use in permitted.single for permitted in one.uses))
    ]
