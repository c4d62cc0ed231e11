"""Tables of cases: YAML that people edit, read by libyaml, which is ten times as fast, where PyYAML was built with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_TESTS = Path(__file__).parent
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(name: str) -> Any:
    """The one document of a file, by its place in this folder: `cases/robots.yaml`."""
    return yaml.load((_TESTS / name).read_text("utf-8"), _LOADER)


def read_all(name: str) -> Iterator[Any]:
    """Each document of a file."""
    return yaml.load_all((_TESTS / name).read_text("utf-8"), _LOADER)
