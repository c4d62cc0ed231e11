"""`audit:` in site.yaml: what is entered, for how long it is kept, and where its seal is anchored."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from gateway.licenses.license import License
from gateway.policy.faults import site as faults
from gateway.policy.faults.licenses import QUOTA_OUTLIVES
from gateway.policy.model import FOREVER, Anchor, Audit, Keep
from gateway.policy.reader import Reader
from gateway.policy.source import Node, shown
from gateway.rates.quota import KEPT_DAYS
from gateway.vocabulary import Audience, Static

_NUMBER = re.compile(r"[5-9][0-9]|[1-9][0-9]{2}|[1-4][0-9]{3}|5000")
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_SIZE = re.compile(r"([1-9][0-9]{0,5}) ?(GB|TB)")
_UNITS: Final = {"GB": 10**9, "TB": 10**12}
#: Anchors that a site may have.
MOST_ANCHORS: Final = 8
_FILE: Final = re.compile(r"/[^\0-\x1f\x7f]{1,1023}")
_TSA: Final = re.compile(r"https?://[!-~]{1,500}")


def read_audit(reader: Reader, node: Node) -> Audit:
    """What `audit` says, and the default of what it does not."""
    fields = reader.fields(node, "`audit`", optional=("keep", "static", "threshold", "anchors", "budget"))
    kept: dict[str, int | None] = {}
    if "keep" in fields:
        kept = _read_keep(reader, reader.fields(fields["keep"], "`keep`", optional=(*Audience, "clients")))
    clients = kept.pop("clients", None)
    static = reader.one_of(fields["static"], Static, faults.STATIC) if "static" in fields else None
    threshold = _read_threshold(reader, fields["threshold"]) if "threshold" in fields else None
    anchors = _read_anchors(reader, fields["anchors"]) if "anchors" in fields else []
    budget = _read_budget(reader, fields["budget"]) if "budget" in fields else None
    keep = Keep({**Keep().days, **{Audience(name): days for name, days in kept.items()}}, clients)
    return Audit(keep, static is Static.COUNTED, threshold, tuple(anchors), budget)


def check_counts(reader: Reader, licenses: Iterable[License], keep: Keep) -> None:
    """Note each quota whose period is longer than what counts to it is kept: a count that is lost cannot be made again."""
    days = keep.days[Audience.AI]
    for one in licenses:
        if days is not None and one.quota is not None and days < (least := KEPT_DAYS[one.quota.period]):
            reader.wrong(one.place, QUOTA_OUTLIVES, limit=one.quota.limit, days=days, least=least)


def _read_budget(reader: Reader, node: Node) -> int | None:
    text = reader.text(node, "`budget`")
    found = None if text is None else _SIZE.fullmatch(text)
    if text is not None and found is None:
        reader.wrong(node.place, faults.NO_ROOM, text=shown(text))
    return None if found is None else int(found[1]) * _UNITS[found[2]]


def _read_threshold(reader: Reader, node: Node) -> int | None:
    text = reader.text(node, "`threshold`")
    if text is not None and not _NUMBER.fullmatch(text):
        reader.wrong(node.place, faults.NO_THRESHOLD, text=shown(text))
        return None
    return None if text is None else int(text)


def _read_anchors(reader: Reader, node: Node) -> list[Anchor]:
    found: list[Anchor] = []
    for item in reader.many(node, "`anchors`", single=False):
        said = reader.fields(item, faults.AN_ANCHOR, optional=("file", "tsa"))
        if not said:
            reader.wrong(item.place, faults.ANCHOR_SHAPE)
        for name, value in said.items():
            text = reader.text(value, f"`{name}`", 1000)
            if text is None:
                continue
            if Anchor(name, text) in found:
                reader.wrong(value.place, faults.ANCHOR_TWICE, text=shown(text))
            elif not (_FILE if name == "file" else _TSA).fullmatch(text):
                reader.wrong(value.place, faults.NO_ANCHOR[name], text=shown(text))
            else:
                found.append(Anchor(name, text))
    if len(found) > MOST_ANCHORS:
        reader.wrong(node.place, faults.TOO_MANY_ANCHORS, most=MOST_ANCHORS)
    return found


def _read_keep(reader: Reader, said: Mapping[str, Node]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name, value in said.items():
        text = reader.text(value, f"`{name}`")
        days = None if text is None else _DAYS.fullmatch(text)
        if days is not None:
            found[name] = int(days[1])
        elif text == FOREVER:
            found[name] = None
        elif text is not None:
            reader.wrong(value.place, faults.NO_RETENTION, text=shown(text))
    return found
