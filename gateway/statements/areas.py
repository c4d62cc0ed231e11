"""Parts of a host on which different uses are refused, for formats that speak of uses and paths but not of agents.

Theory of operation. A rule counts here if it is about everyone, all agents, or a purpose that has a use. It makes rows
of a path, a use and a verdict; a row is left out where a rule about a more specific subject holds instead. A legal order
makes rows that nothing replaces. Each area
then carries every refusal of every row that holds it, so that what a narrower area says is never laxer than what a
broader one says: readers that take the narrowest, the longest, or all that match and the strictest of them, come to
nothing that the gate would not let through. That a narrower rule opens again what a broader one closes is therefore not
said; `gateway.statements.rsl.omits` prints it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway.identify import subjects_of
from gateway.identify.claim import Claim
from gateway.policy.globs import TangledError, glob_of, holds, meet, pattern_of
from gateway.policy.model import Host, Rule
from gateway.policy.paths import PathTable, Pattern
from gateway.vocabulary import USE_OF, Kind, Purpose, Use, Verdict

#: The uses, in the order in which they are written.
USES: Final = tuple(use for use in Use if use.single == {use})

#: Beyond these the whole host is told as one area: patterns with a star within, and all of them (a site may have to close
#: some hundred pages by law). A pattern of many stars hangs readers that make a regular expression of it.
MOST_STARRED: Final = 64
MOST_AREAS: Final = 400
MOST_STARS: Final = 4

_ROOT: Final = glob_of("/")


@dataclass(frozen=True, slots=True)
class Area:
    """Paths by one RFC 9309 pattern, and the uses refused there: `deny`, or `license` where permission is on offer."""

    pattern: str
    refusals: Mapping[Use, Verdict]


#: Areas by the host's identity; the host is kept with them, so that no other gets its place.
_KNOWN: Final[dict[int, tuple[Host, tuple[Area, ...]]]] = {}
_REMEMBERED: Final = 64


class Row(NamedTuple):
    """A refusal of one use on one glob."""

    glob: str
    use: Use
    verdict: Verdict


def areas(host: Host) -> tuple[Area, ...]:
    """The whole host first, then every part on which more is refused, shorter patterns first."""
    # Each format asks for them, and most ask twice: for what they say and for what they omit.
    known = _KNOWN.get(id(host))
    if known is None or known[0] is not host:
        if len(_KNOWN) >= _REMEMBERED:
            _KNOWN.clear()
        known = _KNOWN[id(host)] = (host, _areas(host))
    return known[1]


def _areas(host: Host) -> tuple[Area, ...]:
    every = rows(host)
    try:
        found = _told_apart(every)
    except TangledError:
        found = (Area("/", _strictest(every)),)
    return found


def joined(host: Host) -> bool:
    """Whether parts of this host could not be told apart, so that the strictest of all of them is said of the whole."""
    every = rows(host)
    return dict(areas(host)[0].refusals) != _strictest(_above(every, _ROOT))


def rows(host: Host) -> list[Row]:
    """Every refusal that a use meets somewhere on the host, without those that the whole host has already."""
    every = [row for purpose in USE_OF for row in _rows_of(host, purpose)]
    whole = _strictest(row for row in every if row.glob == _ROOT)
    return [
        row
        for row in every
        if row.glob == _ROOT or row.verdict.strictness > whole.get(row.use, Verdict.ALLOW).strictness
    ]


def _rows_of(host: Host, purpose: Purpose) -> list[Row]:
    """The refusals that an agent with a purpose meets, if nothing else is known of it."""
    found = [
        Row(glob, USE_OF[purpose], rule.verdict)
        for key in subjects_of(Claim(Kind.AGENTS, purpose=purpose))
        if (table := host.legal.get(key)) is not None
        for pattern, rule in table.rows()
        for glob in _rooted(pattern)
    ]
    closer: list[PathTable[Rule]] = []
    for key in subjects_of(Claim(Kind.AGENTS, purpose=purpose)):
        table = host.tables.get(key)
        if table is None:
            continue
        found += [
            Row(glob, USE_OF[purpose], rule.verdict)
            for pattern, rule in table.rows()
            if rule.verdict is not Verdict.ALLOW
            for glob in _rooted(pattern)
            # Read as a path, in which a star is matched by a star alone, a glob is matched by what holds it.
            if all(one.best(glob) is None for one in closer)
        ]
        closer.append(table)
    return found


def _rooted(pattern: Pattern) -> list[str]:
    """The paths of a pattern as globs that begin with a slash."""
    glob = glob_of(pattern.text)
    return [glob] if glob.startswith("/") else meet(glob, _ROOT)


def _told_apart(every: list[Row]) -> tuple[Area, ...]:
    """One area for each distinct set of refusals. Raises TangledError where there are too many, or where a narrower
    area would have the shorter pattern, so that a reader who lets the longest win would miss it."""
    found: list[tuple[str, Area]] = []
    for glob in sorted(_closed({_ROOT, *(row.glob for row in every)}), key=lambda g: (len(pattern_of(g)), g)):
        if any(holds(glob, other) for other, _ in found):
            raise TangledError
        area = Area(pattern_of(glob), _strictest(_above(every, glob)))
        around = [(other, one) for other, one in found if holds(other, glob)]
        nearest = [
            one for other, one in around if not any(o is not one and holds(other, g) for g, o in around)
        ]
        if not nearest or any(one.refusals != area.refusals for one in nearest):
            found.append((glob, area))
    return tuple(area for _, area in found)


def _closed(globs: set[str]) -> set[str]:
    """The globs and all that any of them have in common. Raises TangledError where these are too many."""
    done: set[str] = set()
    todo = set(globs)
    starred = 0
    while todo:
        new = todo.pop()
        starred += _is_starred(new)
        if starred > MOST_STARRED or len(done) + len(todo) > MOST_AREAS or new.count("*") > MOST_STARS:
            raise TangledError
        for other in done:
            # Two prefixes hold one another or have nothing in common.
            if not (_is_prefix(new) and _is_prefix(other)):
                todo.update(meet(new, other))
        done.add(new)
        todo -= done
    return done


def _is_prefix(glob: str) -> bool:
    return glob.find("*") == len(glob) - 1


def _is_starred(glob: str) -> bool:
    return "*" in glob[:-1]


def _above(every: Iterable[Row], glob: str) -> list[Row]:
    return [row for row in every if holds(row.glob, glob)]


def _strictest(several: Iterable[Row]) -> dict[Use, Verdict]:
    found: dict[Use, Verdict] = {}
    for row in several:
        if row.verdict.strictness > found.get(row.use, Verdict.ALLOW).strictness:
            found[row.use] = row.verdict
    return {use: found[use] for use in USES if use in found}
