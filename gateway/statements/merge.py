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

Rules of a policy that cannot be said are an error, for their writer can write others. A robots.txt of the origin is as it
is, so with `Leeway` nothing is an error: where two entries cannot be said together the allowing one gives way, which leaves
the verdict as it is or makes it stricter, and the pair is remembered. Its work and its length are counted, because that file
was written by a stranger.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Final, NamedTuple

from gateway.policy.globs import TangledError, glob_of, holds, meet, overlap, pattern_of, walking

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


#: The lines of a group below its `User-agent` block.
Body = tuple[str, ...]


class OverworkedError(ValueError):
    """More comparisons than a robots.txt is worth, or a longer one than is read."""


class Leeway:
    """What may be done where entries cannot be said exactly. ``inexact`` are the pairs of patterns of which the first
    should have decided, ``work`` the comparisons and ``octets`` the text that are left before `OverworkedError`."""

    def __init__(self, work: int = 0, octets: float = inf) -> None:
        self.work = work
        self.octets = octets
        self.inexact: dict[tuple[str, str], None] = {}
        self._written: set[Body] = set()

    def write(self, body: Body) -> None:
        """Count the text of a group. Groups with the same lines become one."""
        if body not in self._written:
            self._written.add(body)
            self.octets -= sum(len(line) + 1 for line in body)
            if self.octets < 0:
                raise OverworkedError

    def spend(self, comparisons: int) -> None:
        """Count work."""
        self.work -= comparisons
        if self.work < 0:
            raise OverworkedError


def by_rank(entry: Entry) -> Rank:
    """The gate's order."""
    return entry.rank


def by_length(entry: Entry) -> tuple[int, bool]:
    """The order of whoever reads robots.txt: more octets, allow on a tie (RFC 9309 section 2.2.2)."""
    return len(entry.text), entry.allow


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


def flatten(entries: Iterable[Entry], leeway: Leeway | None = None) -> list[Entry]:
    """The shortest list we find whose longest match gives the verdict of the highest rank, with leeway a stricter one
    where need be. Raises InexpressibleError, or with leeway OverworkedError."""
    once = {(entry.text, entry.rank): entry for entry in entries}
    deciding = _without_needless(list(once.values()), by_rank, leeway)
    return _without_needless(_written_out(deciding, leeway), by_length, leeway)


def _written_out(entries: list[Entry], leeway: Leeway | None) -> list[Entry]:
    todo = sorted(entries, key=by_rank)
    kept = _Kept(leeway)
    while todo:
        new = todo.pop()
        glob = new.glob
        rivals = kept.near(glob)
        if any(old.rank >= new.rank and old.text == new.text for _, old in rivals):
            continue
        if any(old.rank > new.rank and holds(its, glob) for its, old in rivals):
            continue
        rivals = [
            (its, old)
            for its, old in rivals
            if old.rank > new.rank or not kept.drop_if(old, holds(glob, its))
        ]
        kept.add(new, glob)
        for _, old in rivals:
            if old.allow != new.allow:
                higher, lower = (new, old) if new.rank > old.rank else (old, new)
                pieces = _pieces(higher, lower, leeway)
                if pieces is None:
                    # Either the lower one, which allows, gives way, or it denies and so is the stricter anyway.
                    kept.drop_if(lower, lower.allow)
                todo += pieces or ()
        if len(kept) + len(todo) > MOST_ENTRIES:
            raise InexpressibleError(new, new, new.text) if leeway is None else OverworkedError
    return kept.entries()


def _pieces(higher: Entry, lower: Entry, leeway: Leeway | None) -> list[Entry] | None:
    """What must be added so that the higher entry decides wherever both match; with leeway, None if that cannot be."""
    if by_length(higher) > by_length(lower):
        return []
    if leeway is not None:
        leeway.spend(walking(higher.glob, lower.glob))
    try:
        return _longer_pieces(higher, lower)
    except InexpressibleError:
        if leeway is None:
            raise
        leeway.inexact[higher.text, lower.text] = None
        return None


def _longer_pieces(higher: Entry, lower: Entry) -> list[Entry]:
    try:
        common = [pattern_of(glob) for glob in meet(higher.glob, lower.glob)]
    except TangledError as problem:
        raise InexpressibleError(higher, lower, higher.text) from problem
    pieces = [Entry(text, higher.allow, higher.rank, higher.origin) for text in common]
    for piece in pieces:
        if by_length(piece) <= by_length(lower):
            raise InexpressibleError(higher, lower, piece.text)
    return pieces


def _without_needless(
    entries: list[Entry], order: Callable[[Entry], Any], leeway: Leeway | None
) -> list[Entry]:
    """The same verdicts, in that order, without the entries that a broader one, or silence, already gives."""
    left = _Kept(leeway)
    for entry in entries:
        left.add(entry, entry.glob)
    for entry in sorted(entries, key=lambda entry: (order(entry), entry.text), reverse=True):
        glob, place = entry.glob, order(entry)
        near = left.near(glob)
        beaten = [
            order(other)
            for its, other in near
            if other.allow != entry.allow and order(other) < place and overlap(glob, its)
        ]
        highest = max(beaten, default=None)
        stand_in = any(
            other is not entry
            and other.allow == entry.allow
            and (highest is None or order(other) > highest)
            and holds(its, glob)
            for its, other in near
        )
        left.drop_if(entry, stand_in or (entry.allow and highest is None))
    return left.entries()


def near_of(entries: Iterable[Entry], leeway: Leeway) -> Callable[[str], list[Entry]]:
    """A function that gives those of the entries which may have a path in common with a glob."""
    kept = _Kept(leeway)
    for entry in entries:
        kept.add(entry, entry.glob)
    return lambda glob: [entry for _, entry in kept.near(glob)]


class _Kept:
    """Entries by the head of their glob, what stands before its first star: only globs of which one head begins the
    other's can have a path in common, so that a thousand sections cost little more than one."""

    def __init__(self, leeway: Leeway | None = None) -> None:
        self._leeway = leeway
        self._by_head: dict[str, list[tuple[str, Entry]]] = {}
        self._heads: list[str] = []
        self._lengths: list[int] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def entries(self) -> list[Entry]:
        """All of them."""
        return [entry for rows in self._by_head.values() for _, entry in rows]

    def add(self, entry: Entry, glob: str) -> None:
        """Keep an entry."""
        head = glob.partition("*")[0]
        if head not in self._by_head:
            self._by_head[head] = []
            insort(self._heads, head)
            if len(head) not in self._lengths:
                insort(self._lengths, len(head))
        self._by_head[head].append((glob, entry))
        self._count += 1

    def drop_if(self, entry: Entry, needless: bool) -> bool:
        """Drop this very entry if it is needless, and say so."""
        if needless:
            head = entry.glob.partition("*")[0]
            self._by_head[head] = [row for row in self._by_head[head] if row[1] is not entry]
            self._count -= 1
        return needless

    def near(self, glob: str) -> list[tuple[str, Entry]]:
        """Those that may have a path in common with a glob."""
        head = glob.partition("*")[0]
        shorter = self._lengths[: bisect_left(self._lengths, len(head))]
        found = [row for length in shorter for row in self._by_head.get(head[:length], ())]
        at = bisect_left(self._heads, head)
        while at < len(self._heads) and self._heads[at].startswith(head):
            found += self._by_head[self._heads[at]]
            at += 1
        if self._leeway is not None:
            self._leeway.spend(len(found) + 1)
        return found
