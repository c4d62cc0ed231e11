"""From rules about several subjects to the one flat list that a robots.txt group is.

Theory of operation. The gate lets the most specific subject decide, then the longest pattern, allow on a tie. A group of
robots.txt knows the second half only. So every `Entry` carries its ``rank``, the place it has in the gate's order, and
`flatten` adds entries until length alone says the same: wherever one of higher rank and one of lower rank disagree and
the higher one is not the longer, what both have in common is written out as further entries with the verdict and the
rank of the higher one.

Why this is exact: take any path, and the entry of highest rank that matches it. Each other entry that matches and
disagrees has a lower rank, so either it is shorter, or a written-out piece holds the path, agrees with the highest, and
is longer. So the longest entry agrees with the highest. The work ends, because pieces are intersections of finitely many
globs. Where a piece would be shorter than what it must beat, no robots.txt can say it, and `InexpressibleError` is raised.
Patterns are never padded with stars to win: readers that make regular expressions of them would hang.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from gateway.statements.globs import TangledError, glob_of, holds, meet, overlap, pattern_of

#: A place in the gate's order: first the layer, then what decides within it.
Rank = tuple[int, tuple[object, ...]]

MOST_ENTRIES: Final = 20_000


class Entry(NamedTuple):
    """One line: paths, verdict, its place in the gate's order, and what of the policy it says."""

    text: str
    allow: bool
    rank: Rank
    origin: object

    @property
    def glob(self) -> str:
        """The paths it is about."""
        return glob_of(self.text)

    def beats(self, other: "Entry") -> bool:
        """Whether a reader of robots.txt prefers it: more octets, allow on a tie (RFC 9309 section 2.2.2)."""
        return (len(self.text), self.allow) > (len(other.text), other.allow)


class InexpressibleError(ValueError):
    """Two entries that no robots.txt can state together: ``higher`` should decide on ``common``, but is not longer."""

    def __init__(self, higher: Entry, lower: Entry, common: str) -> None:
        super().__init__(common)
        self.higher = higher
        self.lower = lower
        self.common = common


def within(entry: Entry, pattern: str, layer: int) -> list[Entry]:
    """The entry restricted to the paths of a pattern, lifted to a layer in which the former ranks stay in order."""
    return [
        Entry(pattern_of(piece), entry.allow, (layer, entry.rank), entry.origin)
        for piece in meet(entry.glob, glob_of(pattern))
    ]


def flatten(entries: Iterable[Entry]) -> list[Entry]:
    """The shortest list we find whose longest match gives the verdict of the highest rank. Raises InexpressibleError."""
    return _without_needless(_written_out(list(entries)))


def _written_out(entries: list[Entry]) -> list[Entry]:
    todo = sorted(entries, key=lambda entry: entry.rank)
    kept: dict[str, Entry] = {}
    ranks: dict[str, str] = {}
    while todo:
        new = todo.pop()
        glob = ranks.setdefault(new.text, new.glob)
        rivals = [(text, old) for text, old in kept.items() if _near(glob, ranks[text])]
        if any(old.rank >= new.rank and old.text == new.text for _, old in rivals):
            continue
        if any(old.rank > new.rank and holds(ranks[text], glob) for text, old in rivals):
            continue
        for text, old in rivals:
            if old.rank < new.rank and holds(glob, ranks[text]):
                del kept[text]
        kept[new.text] = new
        for text, old in rivals:
            if text != new.text and text in kept and old.allow != new.allow:
                todo += _pieces(*((new, old) if new.rank > old.rank else (old, new)))
        if len(kept) + len(todo) > MOST_ENTRIES:
            raise InexpressibleError(new, new, new.text)
    return list(kept.values())


def _pieces(higher: Entry, lower: Entry) -> list[Entry]:
    """What must be added so that the higher entry decides wherever both match."""
    if higher.beats(lower):
        return []
    try:
        common = [pattern_of(glob) for glob in meet(higher.glob, lower.glob)]
    except TangledError as problem:
        raise InexpressibleError(higher, lower, higher.text) from problem
    pieces = [Entry(text, higher.allow, higher.rank, higher.origin) for text in common]
    for piece in pieces:
        if not piece.beats(lower):
            raise InexpressibleError(higher, lower, piece.text)
    return pieces


def _near(one: str, other: str) -> bool:
    """Whether two globs may have a path in common, as far as their beginnings tell."""
    head, other_head = one.partition("*")[0], other.partition("*")[0]
    return head.startswith(other_head) or other_head.startswith(head)


def _without_needless(entries: list[Entry]) -> list[Entry]:
    """The same verdicts without the entries that a broader one, or the silence of robots.txt, already gives."""
    globs = {entry.text: entry.glob for entry in entries}
    left = sorted(entries, key=lambda entry: (len(entry.text), entry.text))
    for entry in reversed(tuple(left)):
        glob = globs[entry.text]
        near = [other for other in left if other is not entry and _near(glob, globs[other.text])]
        beaten = [
            other
            for other in near
            if other.allow != entry.allow and entry.beats(other) and overlap(glob, globs[other.text])
        ]
        stand_in = any(
            other.allow == entry.allow
            and holds(globs[other.text], glob)
            and all(other.beats(rival) for rival in beaten)
            for other in near
        )
        if stand_in or (entry.allow and not beaten):
            left.remove(entry)
    return left
