"""The catalogue of crawlers and tools: one operator a YAML file under ``catalogue/``, each fact with its source.

The files are read once, as text without types (`no` and `12:30` mean what they say), and become frozen values. A
site's own agents join by `Registry.with_`. How the tokens are found in a User-Agent is `gateway.identify.claim`.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gateway.agents.agent import Agent, Check, Obeys, Source, Verify, agent_from
from gateway.agents.registry import Registry

__all__ = ["Agent", "Check", "Obeys", "Registry", "Source", "Verify", "agent_from", "catalogue"]

# libyaml is ten times as fast and is in every wheel of PyYAML; built without it, the same files are read slowly.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@cache
def catalogue() -> Registry:
    """The built-in agents, read at the first call."""
    return Registry(_built_in())


def _built_in() -> Iterator[Agent]:
    folder = Path(__file__).with_name("catalogue")
    texts = (file.read_text("utf-8") for file in sorted(folder.iterdir(), key=lambda file: file.name))
    for document in yaml.load_all("\n---\n".join(texts), Loader=_LOADER):
        for fields in document["agents"]:
            yield agent_from({"operator": document["operator"], **fields})
