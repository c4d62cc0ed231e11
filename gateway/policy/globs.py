"""Sets of paths, written as globs: when one holds another, and what two have in common.

A path pattern of RFC 9309 section 2.2.3 is a glob: a prefix is one with a final `*`, and `$` takes that star away. In
the normal form of a pattern a literal star is `%2A`, so that here every `*` is a wildcard. `holds` is a plain match of
the broader glob against the text of the narrower one, in which a star is a letter that only a star can take; the
alphabet is large enough for this to be exact. The intersection of two globs is a small union of globs: both are walked
at once, and at each star the walk branches.
"""

from typing import Final

#: Beyond these, what two globs have in common is not written out rather than worked on for minutes.
MOST_STEPS: Final = 250_000
MOST_PIECES: Final = 64


class TangledError(ValueError):
    """Two globs whose intersection is too large to be written out."""


def glob_of(pattern: str) -> str:
    """The glob of a pattern in its normal form (`gateway.policy.paths.Pattern.text`)."""
    glob = pattern[:-1] if pattern.endswith("$") else f"{pattern}*"
    while "**" in glob:
        glob = glob.replace("**", "*")
    return glob


def pattern_of(glob: str) -> str:
    """The shortest pattern for a glob."""
    return glob[:-1] if glob.endswith("*") else f"{glob}$"


def holds(broad: str, narrow: str) -> bool:
    """Whether every path of ``narrow`` is one of ``broad``."""
    first, *rest = broad.split("*")
    if not rest:
        return broad == narrow
    if not narrow.startswith(first):
        return False
    at = len(first)
    for piece in rest[:-1]:
        found = narrow.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return narrow.endswith(rest[-1]) and len(narrow) - len(rest[-1]) >= at


def meet(one: str, other: str) -> list[str]:
    """Globs that together are the paths common to both; none holds another. Raises TangledError."""
    if not overlap(one, other):
        return []
    if holds(one, other):
        return [other]
    if holds(other, one):
        return [one]
    same = _same(one, other)
    return [one[:same] + rest for rest in _walk(one[same:], other[same:])]


def walking(one: str, other: str) -> int:
    """About how many steps `meet` takes, so that work can be counted before it is done."""
    if not overlap(one, other) or holds(one, other) or holds(other, one):
        return 1
    same = _same(one, other)
    return (len(one) - same + 1) * (len(other) - same + 1)


def overlap(one: str, other: str) -> bool:
    """Whether some path is in both.

    If both have a star, nothing but what stands before the first and behind the last can keep them apart: all the pieces
    between may stand one after the other in one path, those of one where a star of the other takes them.
    """
    if "*" not in one:
        return holds(other, one)
    if "*" not in other:
        return holds(one, other)
    head, tail = one[: one.index("*")], one[one.rindex("*") + 1 :]
    other_head, other_tail = other[: other.index("*")], other[other.rindex("*") + 1 :]
    return (head.startswith(other_head) or other_head.startswith(head)) and (
        tail.endswith(other_tail) or other_tail.endswith(tail)
    )


def _same(one: str, other: str) -> int:
    """How far both begin alike, before any star."""
    return min(len(one.partition("*")[0]), len(other.partition("*")[0]))


def _walk(one: str, other: str) -> list[str]:
    """The intersection, from the ends of both to their beginnings."""
    if (len(one) + 1) * (len(other) + 1) > MOST_STEPS:
        raise TangledError
    after: list[list[str]] = []
    for i in range(len(one), -1, -1):
        row: list[list[str]] = [[] for _ in range(len(other) + 1)]
        for j in range(len(other), -1, -1):
            if i == len(one) or j == len(other):
                row[j] = [""] if one[i:] in ("", "*") and other[j:] in ("", "*") else []
                continue
            a, b = one[i], other[j]
            if a == "*" and b == "*":
                row[j] = _least([_starred(rest) for rest in (*after[j], *row[j + 1])])
            elif a == "*":
                row[j] = _least([*after[j], *(b + rest for rest in row[j + 1])])
            elif b == "*":
                row[j] = _least([*row[j + 1], *(a + rest for rest in after[j])])
            elif a == b:
                row[j] = [a + rest for rest in after[j + 1]]
        after = row
    return after[0]


def _starred(rest: str) -> str:
    return rest if rest.startswith("*") else f"*{rest}"


def _least(globs: list[str]) -> list[str]:
    """The same set of paths with no glob that another holds."""
    if len(globs) < 2:
        return globs
    globs = list(dict.fromkeys(globs))
    kept = [g for g in globs if not any(other != g and holds(other, g) for other in globs)]
    if len(kept) > MOST_PIECES:
        raise TangledError
    return kept
