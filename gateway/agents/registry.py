"""All the agents that are known, in a value that finds them by name."""

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from gateway.agents.agent import Agent
from gateway.digest import digest_of

_AGENT = msgspec.json.Decoder(Agent)


class Registry:
    """An unchangeable set of agents. Names are told apart as RFC 9309 section 2.2.1 does: letter case is nothing."""

    def __init__(self, agents: Iterable[Agent] = ()) -> None:
        self._agents: dict[str, Agent] = {}
        for agent in agents:
            key = agent.name.casefold()
            if key in self._agents:
                raise ValueError(f"the agent `{agent.name}` is described twice")
            self._agents[key] = agent

    def with_(self, more: Iterable[Agent]) -> "Registry":
        """A registry with these agents too; one with a name that is known already takes its place."""
        added = Registry(more)
        kept = [agent for agent in self if agent.name.casefold() not in added._agents]
        return Registry([*kept, *added])

    def find(self, name: str) -> Agent | None:
        """The agent of that name, in any letter case."""
        return self._agents.get(name.casefold())

    @cached_property
    def operators(self) -> tuple[str, ...]:
        """Each operator once, in alphabetical order."""
        return tuple(sorted({agent.operator for agent in self}, key=str.casefold))

    @cached_property
    def text(self) -> bytes:
        """Every fact about every agent: JSON Lines, sorted by name. Equal registries have equal texts."""
        lines = (msgspec.json.encode(self._agents[key], order="sorted") for key in sorted(self._agents))
        return b"".join(line + b"\n" for line in lines)

    @classmethod
    def read(cls, text: bytes) -> "Registry":
        """The registry that wrote this `text`; ValueError if none did."""
        return cls(_AGENT.decode_lines(text))

    @cached_property
    def digest(self) -> str:
        """``sha256:<hex>`` of ``text``."""
        return digest_of(self.text)

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def __len__(self) -> int:
        return len(self._agents)

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._agents

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, Registry) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)
