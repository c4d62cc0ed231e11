"""What no rule shows by itself: rules that contradict each other, never decide, or re-open what others close.

Theory of operation. On each host, a rule becomes rows: one for each of its subjects and paths. Which row wins is the
order of RFC 9309 (`gateway.decide`), so the order of the file never matters and everything that would depend on it is
an error here. An error about a row stands only if it holds on every host that has the row, since sections differ from
host to host. "Covers" is exact for prefixes and for patterns whose `*` do not overlap; where it is not, a row is taken
to be reachable: nothing sound is ever refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from gateway.agents import Registry
from gateway.policy.family import Family
from gateway.policy.model import ALWAYS_PASSED, OWN_PATHS, Rule, Subject
from gateway.policy.paths import Pattern
from gateway.policy.place import Place
from gateway.policy.reader import Reader
from gateway.policy.rows import NO_ROWS, Row, Rows
from gateway.vocabulary import USE_OF, Kind, Purpose, Use, Verdict

_EVERYTHING: Final = Pattern("/")
_IMPOSTORS: Final = Subject.kind(Kind.IMPOSTORS).key
_ALWAYS_OPEN: Final = tuple(map(Pattern, (*ALWAYS_PASSED, *(f"{path}$" for path in sorted(OWN_PATHS)))))


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one host, those of `uses` too, with its passed paths."""

    rules: tuple[Rule, ...]
    passed: tuple[Pattern, ...]


def check_rules(reader: Reader, hosts: Iterable[Rules], registry: Registry) -> None:
    """Note every contradiction, unreachable rule and re-opening of all hosts, each once."""
    family = Family(registry)
    clashes: dict[tuple[Place, str], str] = {}
    idle: dict[tuple[str, str, str], _Found] = {}
    live: set[tuple[str, str, str]] = set()
    opened: dict[Place, _Found] = {}
    for host in hosts:
        by_subject = _by_subject(host.rules)
        for place, message, hint in _contradictions(by_subject, family):
            clashes.setdefault((place, message), hint)
        unreachable = dict(_unreachable(by_subject, family, (*_ALWAYS_OPEN, *host.passed)))
        idle |= unreachable
        live |= {row.name for rows in by_subject.values() for row in rows} - unreachable.keys()
        for found in _reopenings(by_subject, family):
            opened.setdefault(found[0], found)  # one warning a rule is enough to look at it
    for (place, message), hint in clashes.items():
        reader.wrong(place, message, hint)
    for name, found in idle.items():
        if name not in live:
            reader.wrong(*found)
    for found in opened.values():
        reader.warn(*found)


def _by_subject(rules: Iterable[Rule]) -> dict[str, Rows]:
    found: dict[str, list[Row]] = defaultdict(list)
    for rule in rules:
        for subject in rule.subjects:
            found[subject.key] += (Row(subject, pattern, rule) for pattern in rule.patterns)
    return {key: Rows(rows) for key, rows in found.items()}


def check_grants(reader: Reader, grants: Mapping[Use, Place], hosts: Iterable[Rules]) -> None:
    """Note grants that a rule takes back somewhere: a statement must not promise more than the gate gives."""
    seen = set()
    for rule in (rule for host in hosts for rule in host.rules):
        if rule.use is not None or rule.verdict is Verdict.ALLOW:
            continue
        for subject in rule.subjects:
            use = _USE_BY_SUBJECT.get(subject.key)
            if use in grants and use is not None and (rule.id, use) not in seen:
                seen.add((rule.id, use))
                reader.warn(
                    grants[use],
                    f"`grant` gives `{use}` on the whole site, and `{rule.id}` takes it back in part",
                    f"see {rule.place}; leave the grant unsaid if that is meant",
                )


_USE_BY_SUBJECT: Final = {Subject.purpose(purpose).key: use for purpose, use in USE_OF.items()}

_Found = tuple[Place, str, str]


def _contradictions(by_subject: Mapping[str, Rows], family: Family) -> Iterator[_Found]:
    """Same subject, same path, another verdict; and uses that are declared open where a broader rule closes all."""
    for rows in by_subject.values():
        first: dict[str, Row] = {}
        for row in rows:
            other = first.setdefault(row.pattern.text, row)
            if other.rule.verdict is not row.rule.verdict:
                yield _contradiction(row, other, family)
    broad = [row for key in ("everyone", "kind:agents") for row in by_subject.get(key, NO_ROWS)]
    closing = [
        row for row in broad if row.rule.verdict is not Verdict.ALLOW and row.pattern.covers(_EVERYTHING)
    ]
    for rows in by_subject.values():
        for row in rows:
            if row.rule.use is not None and row.rule.verdict is Verdict.ALLOW:
                for other in closing:
                    yield _contradiction(other, row, family)


def _contradiction(row: Row, other: Row, family: Family) -> _Found:
    if row.rule.use is not None:  # the rule is what can be changed most easily
        row, other = other, row
    whom = family.describe(other.subject if other.rule.use is None else row.subject)
    message = (
        f"`{row.rule.id}` says {row.rule.verdict} where `{other.rule.id}` says {other.rule.verdict}, "
        f"about {whom} on `{row.pattern.text}`"
    )
    hint = f"see {other.rule.place}; both hold for the same clients and paths, so one of them must go"
    if other.rule.use is Use.AI_TRAIN and row.subject == Subject.purpose(Purpose.DATASET):
        hint += " (`dataset` follows `ai-train`)"
    return row.rule.place, message, hint


def _unreachable(
    by_subject: Mapping[str, Rows], family: Family, passed: tuple[Pattern, ...]
) -> Iterator[tuple[tuple[str, str, str], _Found]]:
    """Rows that no request can ever come to, by name."""
    for rows in by_subject.values():
        first: dict[str, Row] = {}
        for row in rows:
            found = _idle(row, first.setdefault(row.pattern.text, row), by_subject, family, passed)
            if found is not None:
                yield row.name, (row.rule.place, *found)


def _idle(
    row: Row,
    first: Row,
    by_subject: Mapping[str, Rows],
    family: Family,
    passed: tuple[Pattern, ...],
) -> tuple[str, str] | None:
    """Why a row never decides, and a hint; ``first`` is the first row of its subject with the same pattern."""
    about = f"about {family.describe(row.subject)} on `{row.pattern.text}`"
    # Only a pattern with `*` or `$` can be longer than another and yet be about every path of it.
    covering = by_subject[row.subject.key].globs_covering(row.pattern)
    shadow = next((one for one in covering if _wins(one, row)), None)
    if first is not row and first.rule.verdict is row.rule.verdict:
        return f"`{row.rule.id}` says again what `{first.rule.id}` says, {about}", f"see {first.rule.place}"
    if shadow is not None:
        return (
            f"`{row.rule.id}` never decides {about}: `{shadow.rule.id}` on `{shadow.pattern.text}` wins",
            f"see {shadow.rule.place}; the longest pattern wins, and allow on a tie",
        )
    if row.rule.use is not None:
        return None
    always_open = next((one for one in passed if one.covers(row.pattern)), None)
    if always_open is not None:
        return (
            f"`{row.rule.id}` never decides {about}: `{always_open.text}` is open to everybody, always",
            "take the path out of the rule",
        )
    if _is_replaced(row, by_subject, family):
        return (
            f"`{row.rule.id}` never decides {about}",
            "more exact rules cover everybody it is about",
        )
    return None


def _is_replaced(row: Row, by_subject: Mapping[str, Rows], family: Family) -> bool:
    """Whether rows of more specific subjects leave no client to this one."""
    below = family.below(row.subject.key)
    return bool(below) and all(
        any(
            # An impostor is judged by the stricter of the rules about impostors and about everyone.
            key != _IMPOSTORS or other.rule.verdict.strictness >= row.rule.verdict.strictness
            for key in keys
            for other in by_subject.get(key, NO_ROWS).covering(row.pattern)
        )
        for keys in below
    )


def _wins(one: Row, other: Row) -> bool:
    """Whether ``one`` wins over ``other``, of the same subject, where both match."""
    longer = one.pattern.octets - other.pattern.octets
    wins = longer > 0 or (longer == 0 and one.rule.verdict.strictness < other.rule.verdict.strictness)
    return wins and one.pattern != other.pattern


def _reopenings(by_subject: Mapping[str, Rows], family: Family) -> Iterator[_Found]:
    """Rows that are laxer than a row about more clients or more paths, over which they win."""
    strict = {
        key: Rows(row for row in rows if row.rule.verdict is not Verdict.ALLOW)
        for key, rows in by_subject.items()
    }
    for key, rows in by_subject.items():
        broader = [strict[one] for one in family.broader(key) if one in strict]
        for row in rows:
            if row.rule.use is not None or row.rule.verdict is Verdict.DENY:
                continue
            other = next(_closing(row, strict[key], broader), None)
            if other is not None:
                path = row.pattern if other.pattern.covers(row.pattern) else other.pattern
                whom = family.describe(row.subject)
                closed = f"which `{other.rule.id}` closes ({other.rule.verdict})"
                message = f"`{row.rule.id}` re-opens `{path.text}` to {whom}, {closed}"
                yield row.rule.place, message, f"see {other.rule.place}; nothing to do if that is meant"


def _closing(row: Row, same: Rows, broader: Iterable[Rows]) -> Iterator[Row]:
    """The stricter rows over which a row wins, of its own subject and of broader ones."""
    limit = row.rule.verdict.strictness
    for one in same.covering(row.pattern):
        shorter = one.pattern.octets <= row.pattern.octets and one.pattern != row.pattern
        if shorter and one.rule.verdict.strictness > limit:
            yield one
    for rows in broader:
        for one in chain(rows.covering(row.pattern), rows.covered(row.pattern)):
            if one.rule.verdict.strictness > limit and one.rule is not row.rule:
                yield one
