"""Everything that was stated at once, as texts: read from a manifest, shown, and compared document by document.

A text that is no longer kept is None; octets that are no UTF-8 are kept apart, so that a text can be written as it was.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from gateway.record.terms import Terms

#: Lines that are compared one by one; longer texts are compared only up to there.
MOST_LINES: Final = 50_000
_CONTEXT: Final = 3
#: What is said among the lines is said in both languages: a difference is text, whoever reads it.
_ENDS_ALONE: Final = "(hanya akhir barisnya yang berbeda / only the ends of lines differ)"


class Stated(NamedTuple):
    """The texts of all statements by host and name (as in `gateway.record.terms`), and the notice's. None: not kept."""

    hosts: Mapping[str, Mapping[str, str | None]]
    notice: Mapping[str, str | None]


def stated(terms: Terms, text: Callable[[str], bytes | None], only: str | None = None) -> Stated:
    """The texts that a manifest names, all of them or those of one key of its ``hosts``."""

    def read(names: Mapping[str, str]) -> dict[str, str | None]:
        octets = {name: text(digest) for name, digest in names.items()}
        return {
            name: None if one is None else one.decode("utf-8", "surrogateescape")
            for name, one in octets.items()
        }

    hosts = {key: read(names) for key, names in terms.hosts.items() if only is None or key == only}
    return Stated(hosts, read(terms.notice))


class Change(NamedTuple):
    """How one statement differs: what is compared, to which hosts it was said, and the unified difference."""

    name: str
    hosts: tuple[str, ...]
    lines: tuple[str, ...]


def differences(before: Stated, after: Stated) -> list[Change]:
    """What differs between two sets of statements: the notice first, then by name; hosts that differ alike together."""
    found = [Change(name, (), lines) for name, lines in _pairs(before.notice, after.notice)]
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for host in sorted(before.hosts.keys() | after.hosts.keys()):
        for name, lines in _pairs(before.hosts.get(host, {}), after.hosts.get(host, {})):
            alike.setdefault((name, lines), []).append(host)
    return found + sorted(Change(name, tuple(hosts), lines) for (name, lines), hosts in alike.items())


def difference(before: str | None, after: str | None) -> tuple[str, ...]:
    """The unified difference of two texts in lines, without a heading; empty where they are the same.

    A text that was not stated is empty; one that is not kept is said to be so.
    """
    compared = tuple(difflib.unified_diff(_lines(before), _lines(after), n=_CONTEXT, lineterm=""))[2:]
    return compared or ((_ENDS_ALONE,) if before != after else ())


def _pairs(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in sorted(before.keys() | after.keys()):
        lines = difference(before.get(name, ""), after.get(name, ""))
        if lines:
            yield name, lines


def _lines(text: str | None) -> list[str]:
    if text is None:
        return ["(naskahnya tidak tersimpan / the text is not kept)"]
    lines = text.splitlines()
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"({more} baris lagi / {more} more lines)"]
