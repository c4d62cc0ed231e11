"""Rules that are never in force together with what they speak of, and rules whose time is over."""

from collections.abc import Iterable, Sequence

from gateway.instants import instant
from gateway.licenses.license import License
from gateway.policy.faults.conflicts import NEVER_TOGETHER
from gateway.policy.faults.rules import ENDED
from gateway.policy.model import Policy
from gateway.policy.place import Problem, Severity
from gateway.policy.reader import Reader
from gateway.policy.rules import WrittenRule
from gateway.policy.term import Term, told


def check_standing(reader: Reader, rules: Iterable[WrittenRule], licenses: Sequence[License]) -> None:
    """Note rules about a license that does not run on any day on which the rule is in force."""
    held = {f"license:{one.id}": one for one in licenses}
    for rule in rules:
        for subject in rule.subjects:
            license = held.get(subject.key)
            if license is not None and not rule.term.meets(term_of(license)):
                reader.wrong(
                    rule.place, NEVER_TOGETHER, rule=rule.id, license=license.id, place=license.place
                )


def term_of(license: License) -> Term:
    """The term of a license, as rules have theirs."""
    return Term(instant(license.begins), instant(license.ends))


def ended(policy: Policy, now: int) -> tuple[Problem, ...]:
    """A warning for each rule that is over for good at an instant (microseconds since 1970, UTC)."""
    found = {}
    for rule in (rule for host in policy.hosts for rule in host.rules):
        if rule.term.ends is not None and rule.term.ends <= now:
            day, time = told(rule.term.ends, policy.zone, last=True)
            when = f"{day} {time.replace('.', ':')}".strip()
            found[rule.id] = ENDED.at(rule.place, None, Severity.WARNING, rule=rule.id, when=when)
    return tuple(found.values())
