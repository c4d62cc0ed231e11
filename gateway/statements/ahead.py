"""What no robots.txt could say at some later instant, found before a policy comes into force.

Decisions follow rules and licenses from their first moment on, and stop with their last. A robots.txt that could not be
written then would go on to promise what was; and a gateway that starts then could not start at all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from gateway.agents import Agent
from gateway.instants import instant, utc
from gateway.licenses.license import License
from gateway.policy.model import Host, Policy
from gateway.policy.place import PolicyError, Problem
from gateway.statements import robots
from gateway.statements.layers import in_force, running, unpublished
from gateway.statements.statement import Statement


def check_ahead(policy: Policy, at: datetime) -> None:
    """Raise PolicyError if rules or licenses that begin or end after an instant (UTC) leave what cannot be said."""
    found = (*_of_rules(policy, at), *_of_licenses(policy, at))
    problems = {str(problem): problem for problem in found}
    if problems:
        raise PolicyError(tuple(sorted(problems.values(), key=lambda problem: problem.place)))


def _of_rules(policy: Policy, at: datetime) -> Iterator[Problem]:
    """Where rules begin or end: of every agent, for a rule may be about all of them."""
    seen: set[object] = set()
    for host in policy.hosts:
        for change in filter(instant(at).__lt__, host.changes):
            later = Statement(policy, host, utc(change))
            apart = [replace(later, told_to=one.id) for one in unpublished(later)]
            held = tuple(one.id for its in (later, *apart) for one in running(its))
            key = later.host.rules, tuple(pattern for pattern, _ in host.passed.rows()), held
            if key in seen:
                continue
            seen.add(key)
            made: robots.Bodies = {}
            for its in (later, *apart):
                try:
                    robots.groups(its, None, made)
                except PolicyError as found:
                    yield from found.problems


def _of_licenses(policy: Policy, at: datetime) -> Iterator[Problem]:
    """Where licenses begin or end: of their own agents alone, for a policy may have a thousand licenses."""
    agents = {agent.name.casefold(): agent for agent in robots.tokens_of(policy).values()}
    alike: set[object] = set()
    for host in policy.hosts:
        its = [one for one in policy.licenses if not one.hosts or host.pattern in one.hosts]
        passed = tuple(pattern for pattern, _ in host.passed.rows())
        key = host.rules, passed, tuple(one.id for one in its)
        if key not in alike:
            alike.add(key)
            yield from _on_host(policy, host, its, at, agents)


def _on_host(
    policy: Policy, host: Host, licenses: Iterable[License], at: datetime, agents: Mapping[str, Agent]
) -> Iterator[Problem]:
    seen: set[object] = set()
    for license in licenses:
        for change in (one for one in (license.begins, license.ends) if one > at):
            later, period = Statement(policy, host, change), host.period(instant(change))
            for agent in (agents[name.casefold()] for name in license.agents if name.casefold() in agents):
                for its in (later, *(replace(later, told_to=one.id) for one in _untold(later, agent))):
                    key = period, robots.spoken(its, agent)
                    problem = None if key in seen else robots.unsayable(its, agent)
                    seen.add(key)
                    if problem is not None:
                        yield problem


def _untold(statement: Statement, agent: Agent) -> list[License]:
    """The licenses of an agent that are in force and not published."""
    several = statement.policy.licenses_of(agent.name)
    return [one for one in several if not one.publish and in_force(statement, one)]
