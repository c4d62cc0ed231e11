"""`audit:` in site.yaml: what is entered, and for how long it is kept."""

import re
from collections.abc import Mapping
from typing import Final

from gateway.policy.model import Audit, Keep
from gateway.policy.reader import Reader
from gateway.policy.source import Node, shown
from gateway.vocabulary import Audience, Static

_NUMBER = re.compile(r"[5-9][0-9]|[1-9][0-9]{2}|[1-4][0-9]{3}|5000")
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
FOREVER: Final = "forever"


def read_audit(reader: Reader, node: Node) -> Audit:
    """What `audit` says, and the default of what it does not."""
    fields = reader.fields(
        node, "`audit`", optional=("keep", "static", "threshold"), later=("anchors", "budget")
    )
    kept: dict[Audience, int | None] = {}
    if "keep" in fields:
        said = reader.fields(fields["keep"], "`keep`", optional=tuple(Audience))
        kept = _read_classes(reader, said)
    static = (
        reader.one_of(fields["static"], Static, "way to record static files") if "static" in fields else None
    )
    threshold = _read_threshold(reader, fields["threshold"]) if "threshold" in fields else None
    return Audit(Keep({**Keep().days, **kept}), static is Static.COUNTED, threshold)


def _read_threshold(reader: Reader, node: Node) -> int | None:
    text = reader.text(node, "`threshold`")
    if text is not None and not _NUMBER.fullmatch(text):
        reader.wrong(
            node.place,
            f"`{shown(text)}` is not how many articles a reader may take in a day",
            "a number from 50 to 5000, such as `500`",
        )
        return None
    return None if text is None else int(text)


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
