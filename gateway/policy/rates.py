"""`rate:` of a rule or a license: `30/minute`, or `{limit: 30/minute, burst: 10, by: address}`; `quota:` of a license,
`100000/month`; and rates held against each other."""

from collections.abc import Collection, Iterable
from typing import Final

from gateway.agents import Registry
from gateway.instants import DAY, instant
from gateway.licenses.license import License
from gateway.policy.model import Rule, Subject
from gateway.policy.paths import Pattern
from gateway.policy.reader import Reader
from gateway.policy.source import Node, Table, Text, shown
from gateway.policy.term import Term
from gateway.rates.quota import MOST as MOST_OF_A_QUOTA
from gateway.rates.quota import Period, Quota, read_quota
from gateway.rates.rate import FASTEST, LONGEST, MOST, Rate, Unit, read_limit
from gateway.vocabulary import By

#: Whose requests a rule may count together; there is no license that it could be about.
BY_RULES: Final = frozenset(By) - {By.LICENSE}


#: What people write for a unit.
_SHORT: Final = {
    **dict.fromkeys(("s", "sec", "secs", "seconds", "detik"), Unit.SECOND),
    **dict.fromkeys(("m", "min", "mins", "minutes", "menit"), Unit.MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hours", "jam"), Unit.HOUR),
    **dict.fromkeys(("d", "days", "hari"), Unit.DAY),
}


def read_rate(
    reader: Reader, node: Node, choices: Collection[By] = BY_RULES, default: By = By.ADDRESS
) -> Rate | None:
    """The rate, or None if it cannot be read. Without a burst the whole count may come at once."""
    if not isinstance(node, Table):
        limit = _read_limit(reader, node, "`rate`")
        return None if limit is None else Rate(*limit, burst=limit[0], by=default)
    fields = reader.fields(node, "`rate`", required=("limit",), optional=("burst", "by"))
    limit = _read_limit(reader, fields["limit"], "`limit`") if "limit" in fields else None
    burst = _read_burst(reader, fields["burst"]) if "burst" in fields else 0
    by: By | None = default
    if "by" in fields:
        by = reader.one_of(fields["by"], By, "`by`")
        if by is not None and by not in choices:
            hint = f"one of: {', '.join(one for one in By if one in choices)}"
            reader.wrong(fields["by"].place, f"a rule cannot count by `{by}`", hint)
            by = None
    if limit is None or burst is None or by is None:
        return None
    rate = Rate(*limit, burst=burst or limit[0], by=by)
    if rate.room > LONGEST * DAY:
        reader.wrong(
            fields["burst"].place if burst else node.place,
            f"a burst of {rate.burst} at `{rate.limit}` is not made up for within a year",
            "write a smaller burst",
        )
        return None
    return rate


def _read_limit(reader: Reader, node: Node, what: str) -> tuple[int, Unit] | None:
    text = reader.text(node, what, 40)
    if text is None:
        return None
    try:
        return read_limit(text)
    except ValueError as error:
        reader.wrong(node.place, str(error).replace(text, shown(text)), _hint(text))
        return None


def _hint(text: str) -> str:
    count, slash, unit = (part.strip() for part in text.partition("/"))
    if not slash or not (count.isascii() and count.isdecimal()):
        return "a whole number of requests and a time, such as `30/minute`"
    if int(count) == 0:
        return "a rule with `verdict: deny` closes the door"
    if unit in list(Unit) and f"{count}/{unit}" == text:
        return f"at most {FASTEST}/second, and {MOST} in any time; without a rate nobody is counted"
    meant = unit if unit in list(Unit) else _SHORT.get(unit.lower(), "")
    return f"did you mean `{int(count)}/{meant}`?" if meant else f"the time is one of: {', '.join(Unit)}"


def _read_burst(reader: Reader, node: Node) -> int | None:
    text = reader.text(node, "`burst`", 40)
    if text is None:
        return None
    if not (isinstance(node, Text) and text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST):
        reader.wrong(
            node.place,
            f"`{shown(text)}` is no burst",
            f"how many requests may come at once: a whole number from 1 to {MOST}",
        )
        return None
    return int(text)


#: What people write for a period.
_PERIODS: Final = {
    **dict.fromkeys(("d", "days", "hari"), Period.DAY),
    **dict.fromkeys(("w", "weeks", "minggu", "pekan"), Period.WEEK),
    **dict.fromkeys(("m", "mo", "months", "bulan"), Period.MONTH),
    **dict.fromkeys(("y", "years", "tahun"), Period.YEAR),
}


def read_license_quota(reader: Reader, node: Node) -> Quota | None:
    """The quota, or None if it cannot be read."""
    text = reader.text(node, "`quota`", 40)
    if text is None:
        return None
    try:
        return read_quota(text)
    except ValueError as error:
        reader.wrong(node.place, str(error).replace(text, shown(text)), _quota_hint(text))
        return None


def _quota_hint(text: str) -> str:
    count, slash, unit = (part.strip() for part in text.partition("/"))
    digits = count.replace(".", "").replace(",", "").replace("_", "")
    if not slash or not (digits.isascii() and digits.isdecimal()):
        return "a whole number of requests and a period, such as `100000/month`"
    if int(digits) == 0:
        return "without `quota` nobody is counted; a license that permits nothing is none"
    if int(digits) > MOST_OF_A_QUOTA:
        return f"at most {MOST_OF_A_QUOTA}; without `quota` nobody is counted"
    if unit in list(Unit):
        return f"how fast one may come is said by `rate`; a period is one of: {', '.join(Period)}"
    meant = unit if unit in list(Period) else _PERIODS.get(unit.lower(), "")
    return f"did you mean `{int(digits)}/{meant}`?" if meant else f"a period is one of: {', '.join(Period)}"


def check_promises(
    reader: Reader, licenses: Iterable[License], rules: Iterable[Rule], agents: Registry
) -> None:
    """Note each license that a rule makes slower than it says: every rate that speaks of a client holds."""
    paced = {rule.id: rule for rule in rules if rule.rate is not None}
    for license in licenses:
        if license.rate is None:
            continue
        keys = {key for name in license.agents for key in _subjects(name, agents)}
        keys.add(Subject.license(license.id).key)
        term = Term(instant(license.begins), instant(license.ends))
        for rule in paced.values():
            assert rule.rate is not None
            speaks = any(subject.key in keys for subject in rule.subjects) and rule.term.meets(term)
            if speaks and rule.rate.step > license.rate.step and _meet(license, rule):
                reader.warn(
                    license.place,
                    f"`{license.id}` permits `{license.rate.limit}`, and `{rule.id}` holds its agents to "
                    f"`{rule.rate.limit}`",
                    f"see {rule.place}; every rate that speaks of a client holds",
                )


def _subjects(name: str, agents: Registry) -> tuple[str, ...]:
    """The keys of rules that speak of an agent."""
    agent = agents.find(name)
    if agent is None:
        return ()
    kind, operator = Subject.kind(agent.kind), Subject.operator(agent.operator)
    found = (Subject.agent(agent.name), operator, kind, Subject.everyone())
    purpose = () if agent.purpose is None else (Subject.purpose(agent.purpose).key,)
    return (*(subject.key for subject in found), *purpose)


def _meet(license: License, rule: Rule) -> bool:
    """Whether they speak of the same paths somewhere."""
    return any(
        one.covers(other) or other.covers(one)
        for one in license.on or (Pattern("/"),)
        for other in rule.patterns
        if not any(excepted.covers(other) for excepted in license.closed)
    )
