"""`rate:` of a rule or a license: `30/minute`, or `{limit: 30/minute, burst: 10, by: address}`; `quota:` of a license,
`100000/month`; and rates held against each other."""

from collections.abc import Collection, Iterable
from typing import Final

from gateway.agents import Registry
from gateway.instants import DAY, instant
from gateway.licenses.license import License
from gateway.policy.faults import rules as faults
from gateway.policy.faults.licenses import (
    QUOTA_IS_NO_RATE,
    QUOTA_PERIODS,
    QUOTA_SHAPE,
    QUOTA_TOO_LARGE,
    QUOTA_ZERO,
)
from gateway.policy.faults.values import DID_YOU_MEAN, ONE_OF, TOLD
from gateway.policy.model import Rule, Subject
from gateway.policy.paths import Pattern
from gateway.policy.reader import Reader
from gateway.policy.source import Node, Table, Text, shown
from gateway.policy.term import Term
from gateway.rates.quota import MOST as MOST_OF_A_QUOTA
from gateway.rates.quota import Period, Quota, read_quota
from gateway.rates.rate import FASTEST, LONGEST, MOST, Rate, Unit, read_limit
from gateway.vocabulary import By, NotMeantError, Sentence

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
            hint = ONE_OF.filled(words=", ".join(one for one in By if one in choices))
            reader.wrong(fields["by"].place, faults.NO_BY, hint, by=by)
            by = None
    if limit is None or burst is None or by is None:
        return None
    rate = Rate(*limit, burst=burst or limit[0], by=by)
    if rate.room > LONGEST * DAY:
        reader.wrong(
            fields["burst"].place if burst else node.place,
            faults.BURST_TOO_LONG,
            burst=rate.burst,
            limit=rate.limit,
        )
        return None
    return rate


def _read_limit(reader: Reader, node: Node, what: str) -> tuple[int, Unit] | None:
    text = reader.text(node, what, 40)
    if text is None:
        return None
    try:
        return read_limit(text)
    except NotMeantError as error:
        reader.wrong(node.place, TOLD, _hint(text), why=error.why)
        return None


def _hint(text: str) -> Sentence:
    count, slash, unit = (part.strip() for part in text.partition("/"))
    if not slash or not (count.isascii() and count.isdecimal()):
        return faults.RATE_SHAPE
    if int(count) == 0:
        return faults.RATE_ZERO
    if unit in list(Unit) and f"{count}/{unit}" == text:
        return faults.RATE_TOO_FAST.filled(fastest=FASTEST, most=MOST)
    meant = unit if unit in list(Unit) else _SHORT.get(unit.lower(), "")
    return (
        DID_YOU_MEAN.filled(word=f"{int(count)}/{meant}")
        if meant
        else faults.RATE_UNITS.filled(units=", ".join(Unit))
    )


def _read_burst(reader: Reader, node: Node) -> int | None:
    text = reader.text(node, "`burst`", 40)
    if text is None:
        return None
    if not (isinstance(node, Text) and text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST):
        reader.wrong(node.place, faults.NO_BURST, text=shown(text), most=MOST)
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
    except NotMeantError as error:
        reader.wrong(node.place, TOLD, _quota_hint(text), why=error.why)
        return None


def _quota_hint(text: str) -> Sentence:
    count, slash, unit = (part.strip() for part in text.partition("/"))
    digits = count.replace(".", "").replace(",", "").replace("_", "")
    if not slash or not (digits.isascii() and digits.isdecimal()):
        return QUOTA_SHAPE
    if int(digits) == 0:
        return QUOTA_ZERO
    if int(digits) > MOST_OF_A_QUOTA:
        return QUOTA_TOO_LARGE.filled(most=MOST_OF_A_QUOTA)
    if unit in list(Unit):
        return QUOTA_IS_NO_RATE.filled(periods=", ".join(Period))
    meant = unit if unit in list(Period) else _PERIODS.get(unit.lower(), "")
    return (
        DID_YOU_MEAN.filled(word=f"{int(digits)}/{meant}")
        if meant
        else QUOTA_PERIODS.filled(periods=", ".join(Period))
    )


def check_promises(
    reader: Reader, licenses: Iterable[License], rules: Iterable[Rule], agents: Registry
) -> None:
    """Note each license that a rule makes slower than it says: every rate that speaks of a client holds."""
    # A rule about a section may be another one on each host; of those that are the same, one is enough.
    paced = dict.fromkeys(rule for rule in rules if rule.rate is not None)
    for license in licenses:
        if license.rate is None:
            continue
        keys = {key for name in license.agents for key in _subjects(name, agents)}
        keys.add(Subject.license(license.id).key)
        term = Term(instant(license.begins), instant(license.ends))
        for rule in paced:
            assert rule.rate is not None
            speaks = any(subject.key in keys for subject in rule.subjects) and rule.term.meets(term)
            if speaks and rule.rate.step > license.rate.step and _meet(license, rule):
                reader.warn(
                    license.place,
                    faults.SLOWER_THAN_PROMISED,
                    license=license.id,
                    limit=license.rate.limit,
                    rule=rule.id,
                    rate=rule.rate.limit,
                    place=rule.place,
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
