"""What no rule shows by itself: rules that contradict each other, never decide, or re-open what others close.

Theory of operation. On each host, a rule becomes rows: one for each of its subjects and paths. Which row wins is the
order of RFC 9309 (`gateway.policy.winner`), so the order of the file never matters and everything that would depend on it is
an error here. An error about a row stands only if it holds on every host that has the row, since sections differ from
host to host, and in every period of the host, since rules begin and end: two that are never in force together do not
contradict each other. Legal orders are held apart: they outrank every row, so that only a warning is left to give. "Covers" is exact for prefixes and for patterns whose `*` do not overlap; where it is not, a row is taken
to be reachable: nothing sound is ever refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from gateway.policy.family import Family
from gateway.policy.faults import conflicts as faults
from gateway.policy.faults.rules import TOO_MANY_CHANGES
from gateway.policy.faults.site import GRANT_TAKEN_BACK
from gateway.policy.model import ALWAYS_PASSED, OWN_PAGES, OWN_PATHS, Rule, Subject
from gateway.policy.paths import Pattern
from gateway.policy.place import Fault, Place, Problem, Severity
from gateway.policy.reader import Reader
from gateway.policy.rows import NO_ROWS, Row, Rows
from gateway.policy.term import ALWAYS
from gateway.vocabulary import USE_OF, Kind, Purpose, Sentence, Use, Verdict

#: Instants at which the rules of one host may begin or end: each period between them is looked at by itself.
MOST_CHANGES: Final = 100

_PLACES: Final = 3
_EVERYTHING: Final = Pattern("/")
_Name = tuple[str, str, str]
_IMPOSTORS: Final = Subject.kind(Kind.IMPOSTORS).key
_ALWAYS_OPEN: Final = tuple(
    map(Pattern, (*ALWAYS_PASSED, *(f"{path}$" for path in sorted(OWN_PATHS | OWN_PAGES))))
)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one host, those of `uses` too, with its passed paths."""

    rules: tuple[Rule, ...]
    passed: tuple[Pattern, ...]
    passed_at: Mapping[Pattern, Place] = field(default_factory=dict)

    @property
    def changes(self) -> tuple[int, ...]:
        """The instants at which a rule begins or ends."""
        both = ((rule.term.begins, rule.term.ends) for rule in self.rules)
        return tuple(sorted({at for pair in both for at in pair if at is not None}))

    def periods(self) -> "Iterator[Rules]":
        """The same host before, between and after its changes."""
        changes = self.changes
        for now in (changes[0] - 1, *changes) if changes else (0,):
            yield replace(self, rules=tuple(rule for rule in self.rules if rule.term.holds(now)))


def check_rules(reader: Reader, hosts: Iterable[Rules], family: Family) -> None:
    """Note every contradiction, unreachable rule and re-opening of all hosts, each once."""
    clashes: dict[Problem, None] = {}
    idle: dict[_Name, Problem] = {}
    live: set[_Name] = set()
    opened: dict[Place, Problem] = {}
    under: dict[_Name, Problem] = {}
    above: set[_Name] = set()
    for host in _each_once(reader, hosts):
        by_subject = _by_subject(rule for rule in host.rules if rule.order is None)
        orders = _by_subject(rule for rule in host.rules if rule.order is not None)
        clashes |= dict.fromkeys(_contradictions(by_subject, family))
        unreachable = dict(_unreachable(by_subject, family, host))
        unreachable |= _orders_never_asked(orders, family, host)
        idle |= unreachable
        names = {row.name for rows in (*by_subject.values(), *orders.values()) for row in rows}
        live |= names - unreachable.keys()
        outranked = dict(_outranked(by_subject, orders, family))
        under |= outranked
        above |= names - outranked.keys()
        for found in _reopenings(by_subject, family):
            opened.setdefault(found.place, found)  # one warning a rule is enough to look at it
    reader.problems += clashes
    reader.problems += (found for name, found in idle.items() if name not in live)
    reader.problems += opened.values()
    reader.problems += (found for name, found in under.items() if name not in above)


def _each_once(reader: Reader, hosts: Iterable[Rules]) -> Iterator[Rules]:
    """Every period of every host, but for those in which the same rules hold: forty sub-sites are often one."""
    seen = set()
    for host in hosts:
        if len(host.changes) > MOST_CHANGES:
            place = max(rule.place for rule in host.rules if rule.term != ALWAYS)
            reader.wrong(place, TOO_MANY_CHANGES, most=MOST_CHANGES)
            continue
        for period in host.periods():
            if (key := (period.rules, period.passed)) not in seen:
                seen.add(key)
                yield period


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
                reader.warn(grants[use], GRANT_TAKEN_BACK, use=use, rule=rule.id, place=rule.place)


_USE_BY_SUBJECT: Final = {Subject.purpose(purpose).key: use for purpose, use in USE_OF.items()}


def _contradictions(by_subject: Mapping[str, Rows], family: Family) -> Iterator[Problem]:
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
            if row.rule.use is not None and not row.rule.section and row.rule.verdict is Verdict.ALLOW:
                for other in closing:
                    yield _contradiction(other, row, family)


def _contradiction(row: Row, other: Row, family: Family) -> Problem:
    if row.rule.use is not None:  # the rule is what can be changed most easily
        row, other = other, row
    whom = other.subject if other.rule.use is None else row.subject
    of_dataset = other.rule.use is Use.AI_TRAIN and row.subject == Subject.purpose(Purpose.DATASET)
    return faults.CONTRADICTION.at(
        row.rule.place,
        faults.CONTRADICTION_OF_DATASET.filled(place=other.rule.place) if of_dataset else None,
        rule=row.rule.id,
        verdict=row.rule.verdict,
        other=other.rule.id,
        otherwise=other.rule.verdict,
        whom=family.describe(whom),
        path=row.pattern.text,
        place=other.rule.place,
    )


def _about(
    row: Row, family: Family, fault: Fault, hint: Sentence | None = None, /, **values: object
) -> Problem:
    """A fault of a row: which rule, about whom, on which path."""
    whom = family.describe(row.subject)
    return fault.at(row.rule.place, hint, rule=row.rule.id, whom=whom, path=row.pattern.text, **values)


def _warned(problem: Problem) -> Problem:
    return replace(problem, severity=Severity.WARNING)


def _unreachable(
    by_subject: Mapping[str, Rows], family: Family, host: Rules
) -> Iterator[tuple[_Name, Problem]]:
    """Rows that no request can ever come to, by name."""
    for rows in by_subject.values():
        first: dict[str, Row] = {}
        for row in rows:
            found = _idle(row, first.setdefault(row.pattern.text, row), by_subject, family, host)
            if found is not None:
                yield row.name, found


def _idle(
    row: Row,
    first: Row,
    by_subject: Mapping[str, Rows],
    family: Family,
    host: Rules,
) -> Problem | None:
    """Why a row never decides; ``first`` is the first row of its subject with the same pattern."""
    if row.rule.rate is not None:
        return _counts_nobody(row, by_subject, family, host)
    # Only a pattern with `*` or `$` can be longer than another and yet be about every path of it.
    covering = by_subject[row.subject.key].globs_covering(row.pattern)
    shadow = next((one for one in covering if _wins(one, row)), None)
    # A section may be the whole of one host, and say there what the host says.
    repeats = not (row.rule.section is not None and first.rule.use is not None)
    if first is not row and first.rule.verdict is row.rule.verdict and repeats:
        return _about(row, family, faults.SAID_AGAIN, first=first.rule.id, place=first.rule.place)
    if shadow is not None:
        wins = {"shadow": shadow.rule.id, "longer": shadow.pattern.text, "place": shadow.rule.place}
        return _about(row, family, faults.SHADOWED, **wins)
    if row.rule.use is not None:
        return None
    always_open = _always_open(row, family, host)
    if always_open is not None:
        return always_open
    instead = _replacing(row, by_subject, family)
    if instead:
        places = ", ".join(str(place) for place in sorted({one.rule.place for one in instead})[:_PLACES])
        return _about(row, family, faults.REPLACED, places=places)
    return None


def _always_open(row: Row, family: Family, host: Rules) -> Problem | None:
    """Why a row never decides where everybody is let in."""
    found = next((one for one in (*_ALWAYS_OPEN, *host.passed) if one.covers(row.pattern)), None)
    if found is None:
        return None
    place = host.passed_at.get(found)
    fault = faults.ALWAYS_OPEN if row.rule.rate is None else faults.RATE_ALWAYS_OPEN
    hint = None if place is None else faults.PASSED_AT.filled(place=place)
    return _about(row, family, fault, hint, open=found.text)


def _counts_nobody(row: Row, by_subject: Mapping[str, Rows], family: Family, host: Rules) -> Problem | None:
    """Why the rate of a row counts nobody. It counts whoever is let in, whichever rule lets them in."""
    always_open = _always_open(row, family, host)
    if always_open is not None:
        return always_open
    same = by_subject[row.subject.key]
    twin = next((one for one in same if one.pattern == row.pattern and one.rule.rate == row.rule.rate), row)
    if twin.rule is not row.rule:
        return _about(row, family, faults.COUNTS_AGAIN, twin=twin.rule.id, place=twin.rule.place)
    if family.licensed(row.subject.key):
        return None  # whoever proves a license may be let in all the same, and is counted then
    strict = {key: Rows(one for one in rows if _refuses(one)) for key, rows in by_subject.items()}
    covering = strict[row.subject.key].globs_covering(row.pattern)
    shadow = next((one for one in covering if _wins(one, row)), None)
    if shadow is not None:
        return _about(row, family, faults.COUNTS_REFUSED, shadow=shadow.rule.id, place=shadow.rule.place)
    if _replacing(row, strict, family):
        return _about(row, family, faults.COUNTS_NOBODY)
    return None


def _refuses(row: Row) -> bool:
    return row.rule.verdict is not Verdict.ALLOW


def _orders_never_asked(orders: Mapping[str, Rows], family: Family, host: Rules) -> dict[_Name, Problem]:
    """Legal orders about what is open to everybody, always: robots.txt and the like cannot be closed."""
    rows = (row for several in orders.values() for row in several)
    found = ((row, _always_open(row, family, host)) for row in rows)
    return {row.name: why for row, why in found if why is not None}


def _outranked(
    by_subject: Mapping[str, Rows], orders: Mapping[str, Rows], family: Family
) -> Iterator[tuple[_Name, Problem]]:
    """Rows on paths that a legal order closes to all their clients: sound, but of no effect while it stands."""
    for key, rows in by_subject.items():
        closing = [orders[one] for one in (key, *family.broader(key)) if one in orders]
        for row in rows if closing else ():
            order = next((one for several in closing for one in several.covering(row.pattern)), None)
            if order is not None and row.rule.use is None:
                above = {"order": order.rule.id, "place": order.rule.place}
                yield row.name, _warned(_about(row, family, faults.OUTRANKED, **above))


def _replacing(row: Row, by_subject: Mapping[str, Rows], family: Family) -> list[Row]:
    """Rows of more specific subjects that leave no client to this one; empty where some client is left."""
    found = []
    for keys in family.below(row.subject.key):
        instead = next(
            (
                other
                for key in keys
                for other in by_subject.get(key, NO_ROWS).covering(row.pattern)
                # An impostor is judged by the stricter of the rules about impostors and about everyone.
                if key != _IMPOSTORS or other.rule.verdict.strictness >= row.rule.verdict.strictness
            ),
            None,
        )
        if instead is None:
            return []
        found.append(instead)
    return found


def _wins(one: Row, other: Row) -> bool:
    """Whether ``one`` wins over ``other``, of the same subject, where both match."""
    longer = one.pattern.octets - other.pattern.octets
    wins = longer > 0 or (longer == 0 and one.rule.verdict.strictness < other.rule.verdict.strictness)
    return wins and one.pattern != other.pattern


def _reopenings(by_subject: Mapping[str, Rows], family: Family) -> Iterator[Problem]:
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
                yield faults.REOPENS.at(
                    row.rule.place,
                    None,
                    Severity.WARNING,
                    rule=row.rule.id,
                    path=path.text,
                    whom=family.describe(row.subject),
                    other=other.rule.id,
                    verdict=other.rule.verdict,
                    place=other.rule.place,
                )


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
