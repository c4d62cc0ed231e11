"""`audit:` in site.yaml: for how long entries are kept."""

import re
from collections.abc import Mapping
from typing import Final

from gateway.policy.model import Keep
from gateway.policy.reader import Reader
from gateway.policy.source import Node, shown
from gateway.vocabulary import Audience

_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
FOREVER: Final = "forever"


def read_keep(reader: Reader, node: Node) -> Keep:
    """How long the entries of each audience are kept, by `keep`; the default for those of which nothing is said."""
    fields = reader.fields(node, "`audit`", optional=("keep",), later=("anchors", "budget"))
    found: dict[Audience, int | None] = {}
    if "keep" in fields:
        said = reader.fields(fields["keep"], "`keep`", optional=tuple(Audience))
        found = _read_classes(reader, said)
    return Keep({**Keep().days, **found})


def _read_classes(reader: Reader, said: Mapping[str, Node]) -> dict[Audience, int | None]:
    found: dict[Audience, int | None] = {}
    for name, value in said.items():
        text = reader.text(value, f"`{name}`")
        days = None if text is None else _DAYS.fullmatch(text)
        if days is not None:
            found[Audience(name)] = int(days[1])
        elif text == FOREVER:
            found[Audience(name)] = None
        elif text is not None:
            reader.wrong(
                value.place,
                f"`{shown(text)}` is not how long entries are kept",
                "days such as `30d`, or `forever`",
            )
    return found
