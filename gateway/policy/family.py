"""Which subjects are about more clients than another, and which about fewer."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from gateway.agents import Registry
from gateway.licenses.license import License
from gateway.policy.faults import conflicts as faults
from gateway.policy.model import Subject
from gateway.vocabulary import Kind, Purpose, Sentence

_LICENSE: Final = Subject.license("").key
_NAMED: Final = {
    "operator": faults.OPERATOR,
    "agent": faults.AGENT,
    "license": faults.LICENSE,
    "purpose": faults.PURPOSE,
}


class Family:
    """The subjects there are by a registry and the licenses, and how they stand to each other."""

    def __init__(self, registry: Registry, licenses: Iterable[License] = ()) -> None:
        self._broader: dict[str, set[str]] = defaultdict(lambda: {"everyone"})
        self._below: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._names: dict[str, str] = {}
        self._broader["everyone"] = set()
        self._broader[Subject.unknown().key] |= {"kind:agents"}
        for purpose in Purpose:
            self._broader[Subject.purpose(purpose).key] |= {"kind:agents"}
        for agent in registry:
            own, operator = Subject.agent(agent.name).key, Subject.operator(agent.operator).key
            above = {Subject.kind(agent.kind).key}
            if agent.purpose is not None:
                purpose_key = Subject.purpose(agent.purpose).key
                above.add(purpose_key)
                self._below[purpose_key].add((own, operator))
            self._below[operator].add((own,))
            self._names |= {own: agent.name, operator: agent.operator}
            self._broader[operator] |= above
            self._broader[own] |= above | {operator}
        for license in licenses:
            agents = [Subject.agent(name).key for name in license.agents]
            self._broader[Subject.license(license.id).key] |= {
                *agents,
                *(key for own in agents for key in self._broader[own]),
            }
        self._below["everyone"] = {(Subject.kind(kind).key,) for kind in Kind}

    def describe(self, subject: Subject) -> Sentence:
        """A subject in a message."""
        kind, _, folded = subject.key.partition(":")
        named = _NAMED.get(kind)
        if named is not None:
            return named.filled(name=self._names.get(subject.key, folded))
        return faults.KINDS[folded or kind]

    def broader(self, key: str) -> list[str]:
        """The keys of subjects that share clients with this one and that it wins over, in a fixed order."""
        return sorted(self._broader[key])

    def licensed(self, key: str) -> bool:
        """Whether somebody that this subject is about may hold a license."""
        holders = (own for own in self._broader if own.startswith(_LICENSE))
        return key.startswith(_LICENSE) or any(key in self._broader[own] for own in holders)

    def below(self, key: str) -> frozenset[tuple[str, ...]]:
        """The more specific subjects that every client of this one falls under, or none if there is no such set.

        Each is given as the keys of which the first that has a rule is the one that decides.
        """
        return frozenset(self._below.get(key, ()))
