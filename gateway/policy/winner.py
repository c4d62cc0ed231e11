"""Which rule wins: the most specific subject that has a matching rule, then the longest pattern, allow on a tie."""

from typing import Final

from gateway.policy.model import Host, Rule, Subject
from gateway.policy.paths import Pattern
from gateway.request import Target
from gateway.vocabulary import Reason, Verdict

_LICENSE: Final = Subject.license("").key

#: A verdict, the id of the rule that gives it, and why.
Ruled = tuple[Verdict, str, tuple[Reason, ...]]

_USE_REASONS: Final = {
    Verdict.DENY: Reason.USE_DENIED,
    Verdict.LICENSE: Reason.USE_NEEDS_LICENSE,
    Verdict.ALLOW: Reason.RULE_ALLOWS,  # a section's: elsewhere it is the absence of a rule
}
_RULE_REASONS: Final = {
    Verdict.DENY: Reason.RULE_DENIES,
    Verdict.LICENSE: Reason.RULE_NEEDS_LICENSE,
    Verdict.ALLOW: Reason.RULE_ALLOWS,
}


def ruled_by(host: Host, subjects: tuple[str, ...], target: Target, *, people: bool) -> Ruled | None:
    """What the rules say: by the canonical reading for people, by the stricter of both for everybody else."""
    rule = rule_for(host, subjects, target.canonical)
    if target.folded != target.path and not people:
        other = rule_elsewhere(host, subjects, target)
        if other is not None and other.verdict.strictness > (rule.verdict.strictness if rule else 0):
            return other.verdict, other.id, (_reason_of(other), Reason.OTHER_READING_STRICTER)
    return None if rule is None else (rule.verdict, rule.id, (_reason_of(rule),))


def _reason_of(rule: Rule) -> Reason:
    return (_USE_REASONS if rule.use else _RULE_REASONS)[rule.verdict]


def rule_for(host: Host, subjects: tuple[str, ...], reading: str) -> Rule | None:
    """The rule that wins for a client and one reading of a path: most specific subject, then longest pattern.

    Several licenses are equally specific, so that among their rules the longest pattern wins, and allow on a tie.
    """
    tables = host.tables
    best: tuple[Pattern, Rule] | None = None
    for key in subjects:
        if best is not None and not key.startswith(_LICENSE):
            return best[1]
        table = tables.get(key)
        if table is not None:
            found = table.best(reading)
            if found is not None:
                if not key.startswith(_LICENSE):
                    return found[1]
                best = found if best is None else max(best, found, key=_preferred)
    return None if best is None else best[1]


def rule_elsewhere(host: Host, subjects: tuple[str, ...], target: Target) -> Rule | None:
    """The rule for the folded reading; if the path climbs, the strictest that speaks of the client on any path."""
    rule = rule_for(host, subjects, target.lenient)
    if not target.climbs:
        return rule
    speaking = [
        one for one in host.rules if one.order is None and any(who.key in subjects for who in one.subjects)
    ]
    if rule is not None:
        speaking.insert(0, rule)  # named where it is as strict as any
    return max(speaking, key=lambda one: one.verdict.strictness, default=None)


def _preferred(row: tuple[Pattern, Rule]) -> tuple[int, int]:
    return row[0].octets, -row[1].verdict.strictness
