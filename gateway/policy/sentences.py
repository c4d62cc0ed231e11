"""Policy → sentences that can be read aloud to a lawyer: all that is in force, what nobody wrote down too.

Theory of operation. The policy as compiled is read out, not its files: what a default says is said, and what two hosts
have in common is said once. The words are those of `wording`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.licenses.license import License
from gateway.names import MONTHS, PURPOSES
from gateway.policy import license_wording, wording
from gateway.policy.hosts import Family, families
from gateway.policy.model import ALWAYS_PASSED, Host, Policy, Rule, Subject
from gateway.policy.paths import Pattern
from gateway.policy.term import Term, told
from gateway.rates.rate import Rate
from gateway.vocabulary import Language, Mode, Purpose, RobotsFrom, Sentence, Use, Verdict

#: Paths of one rule that are read out; a rule with more says how many more there are.
_PATHS_READ: Final = 12


@dataclass(frozen=True, slots=True)
class Chapter:
    """Sentences about one matter."""

    title: str
    sentences: tuple[str, ...]


def chapters(policy: Policy, language: Language) -> tuple[Chapter, ...]:
    """The policy in force, in plain words."""
    return _Speaker(policy, language).chapters()


def license_sentences(policy: Policy, license: License, language: Language) -> tuple[str, ...]:
    """One license in plain words, as a contract would put it."""
    return tuple(_Speaker(policy, language).license(license))


class _Speaker:
    def __init__(self, policy: Policy, language: Language) -> None:
        self._policy = policy
        self._language = language
        self._families: tuple[Family, ...] = ()
        self._names = {Subject.agent(agent.name).key: agent.name for agent in policy.agents}
        self._names |= {Subject.operator(name).key: name for name in policy.agents.operators}

    def chapters(self) -> tuple[Chapter, ...]:
        alike: dict[object, list[Host]] = {}
        for host in self._policy.hosts:
            alike.setdefault(_terms(host), []).append(host)
        self._families = families([host.pattern for host in hosts] for hosts in alike.values())
        return (
            Chapter(self._say(wording.CHAPTERS["site"]), tuple(self._site(alike.values()))),
            *self._by_hosts("uses", self._uses),
            *self._by_hosts("legal", self._legal),
            *self._by_hosts("rules", self._rules),
            Chapter(self._say(wording.CHAPTERS["licenses"]), tuple(self._licenses())),
            *self._by_hosts("rest", self._rest),
        )

    def _by_hosts(self, name: str, speak: Callable[[Host], Iterable[str]]) -> Iterable[Chapter]:
        """One chapter for all hosts of which the same is said; none where nothing is."""
        groups: dict[tuple[str, ...], list[Host]] = {}
        for host in self._policy.hosts:
            groups.setdefault(tuple(speak(host)), []).append(host)
        for sentences, hosts in groups.items():
            title = self._say(wording.CHAPTERS[name])
            if len(groups) > 1:
                names = self._join(self._names_of(hosts))
                title = self._say(wording.CHAPTER_ON, chapter=title, hosts=names)
            if sentences:
                yield Chapter(title, sentences)

    def _site(self, groups: Iterable[Sequence[Host]]) -> Iterable[str]:
        policy, rights = self._policy, self._policy.rights
        hosts = self._join(name for group in groups for name in self._names_of(group))
        yield self._say(wording.SITE, site=policy.site, hosts=hosts)
        for name, labels in self._families:
            count, names = str(len(labels)), self._join(labels)
            yield self._say(wording.FAMILY_OF, count=count, name=name, names=names)
        yield self._say(wording.HOLDER, holder=rights.holder, contact=rights.contact)
        yield self._say(wording.NOTICE, notice=self._say(rights.notice))
        if rights.terms is not None:
            yield self._say(wording.TERMS, terms=rights.terms)
        if policy.grants:
            yield self._say(wording.GRANT, uses=self._use_names(policy.grants))
        else:
            yield self._say(wording.NO_GRANT)
        yield from self._kept()

    def _kept(self) -> Iterable[str]:
        audit = self._policy.audit
        long = {
            audience.value: self._say(wording.KEPT_FOREVER)
            if days is None
            else self._say(wording.KEPT_DAYS, days=str(days))
            for audience, days in audit.keep.days.items()
        }
        yield self._say(wording.KEPT, **long)
        if audit.keep.clients is not None:
            yield self._say(wording.CLIENTS_KEPT, days=str(audit.keep.clients))
        if audit.counts_static:
            yield self._say(wording.COUNTED)
        if audit.threshold is not None:
            yield self._say(wording.THRESHOLD, threshold=str(audit.threshold))
        if audit.budget is not None:
            yield self._say(wording.BUDGET, budget=f"{self._language.number(audit.budget // 10**9)} GB")

    def _uses(self, host: Host) -> Iterable[str]:
        yield self._say(wording.MODES[host.mode])
        for use in Use:
            if use.single != {use}:
                continue
            name = self._say(wording.USES[use])
            if use in host.uses:
                yield self._say(wording.USE_SAID[host.uses[use]], use=name, token=use.value)
                price = self._policy.prices.get(use)
                if price is not None and host.uses[use] is Verdict.LICENSE:
                    figures = f"{price.currency} {price.amount}"
                    yield self._say(
                        wording.PRICED, use=name, figures=figures, words=self._say(price.words).rstrip(".")
                    )
            else:
                yield self._say(wording.USE_UNSAID, use=name)
        for rule in host.rules:
            if rule.use is not None and rule.section is not None:
                words = wording.SECTION_SAID[rule.verdict]
                if (
                    rule.verdict is Verdict.ALLOW
                    and host.uses.get(rule.use, rule.verdict) is not rule.verdict
                ):
                    words = wording.SECTION_OPENED
                yield self._say(
                    words,
                    section=rule.section,
                    where=self._paths(rule.patterns),
                    use=self._say(wording.USES[rule.use]),
                    rule=rule.id,
                )
        if any(rule.use is Use.AI_TRAIN for rule in host.rules) or Use.AI_TRAIN in host.uses:
            yield self._say(wording.DATASET)

    def _legal(self, host: Host) -> Iterable[str]:
        ordered = [rule for rule in host.rules if rule.order is not None]
        if not ordered:
            return
        for rule in ordered:
            yield self._rule(rule)
        yield self._say(wording.LEGAL_FIRST)
        if host.mode is Mode.OBSERVE:
            yield self._say(wording.LEGAL_OBSERVED)

    def _rules(self, host: Host) -> Iterable[str]:
        rules = [rule for rule in host.rules if rule.use is None and rule.order is None]
        if not rules:
            yield self._say(wording.NO_RULES)
        for rule in rules:
            yield self._rule(rule)

    def _rule(self, rule: Rule) -> str:
        who = self._join(self._who(subject) for subject in rule.subjects)
        where, order = self._paths(rule.patterns), rule.order
        if order is None:
            licensees = all(subject.rank == Subject.license("").rank for subject in rule.subjects)
            words = wording.RULES_LICENSEE if licensees else wording.RULES
            text = self._say(words[rule.verdict], who=who, where=where, rule=rule.id)
        else:
            given = self._date(order.date)
            names = {"by": order.by, "number": order.number, "date": given, "rule": rule.id}
            text = self._say(wording.LEGAL, who=who, where=where, **names)
        text = text[0].upper() + text[1:]
        if order is not None and order.url is not None:
            text += " " + self._say(wording.LEGAL_READ, url=order.url)
        if rule.because is not None:
            because = self._say(rule.because).rstrip(".")
            text += " " + self._say(wording.BECAUSE, because=because)
        if rule.rate is not None:
            text += " " + self._rate(rule.rate)
        return text + self._term(rule.term)

    def _term(self, term: Term) -> str:
        """When a rule is in force, if it is not always."""
        words = wording.TERM.get((term.begins is not None, term.ends is not None))
        if words is None:
            return ""
        first = "" if term.begins is None else self._moment(*told(term.begins, self._policy.zone))
        last = "" if term.ends is None else self._moment(*told(term.ends, self._policy.zone, last=True))
        return " " + words.said(self._language).format(first=first, last=last, zone=self._policy.zone.key)

    def _moment(self, day: date, time: str) -> str:
        return self._say(wording.TIME, day=self._date(day), time=time) if time else self._date(day)

    def _rate(self, rate: Rate) -> str:
        each = self._say(wording.RATE_BY[rate.by])
        unit = self._say(wording.UNITS[rate.unit])
        return self._say(wording.RATE, each=each, count=str(rate.count), unit=unit, burst=str(rate.burst))

    def _licenses(self) -> Iterable[str]:
        if not self._policy.licenses:
            yield self._say(license_wording.NO_LICENSES)
        for license in self._policy.licenses:
            yield " ".join(self.license(license))

    def license(self, license: License) -> Iterable[str]:
        yield self._say(
            license_wording.HOLDS,
            licensee=license.licensee,
            license=license.id,
            uses=self._use_names(license.uses),
            agents=self._join(license.agents),
            hosts=self._hosts(license.hosts) if license.hosts else self._say(wording.ALL_HOSTS),
        )
        where = self._paths(license.on or (Pattern("/"),))
        if license.excepted:
            yield self._say(license_wording.EXCEPT, where=where, excepted=self._paths(license.excepted))
        else:
            yield self._say(license_wording.WHERE, where=where)
        zone = self._policy.zone
        first = license.begins.astimezone(zone).date()
        last = license.ends.astimezone(zone).date() - timedelta(days=1)
        yield self._say(license_wording.PERIOD, first=self._date(first), last=self._date(last), zone=zone.key)
        if license.contract is not None and license.contract.signed is not None:
            signed = self._date(license.contract.signed)
            yield self._say(license_wording.SIGNED, number=license.contract.number, signed=signed)
        elif license.contract is not None:
            yield self._say(license_wording.CONTRACT, number=license.contract.number)
        yield self._say(license_wording.PROVED, ways=self._say(license_wording.ways(license.proof)))
        if license.rate is not None:
            yield self._rate(license.rate)
        if license.quota is not None:
            period = self._say(wording.PERIODS[license.quota.period])
            yield self._say(wording.QUOTA, count=self._language.number(license.quota.count), period=period)
        yield from self._embargoes(license)
        if license.withdrawn:
            yield self._say(license_wording.WITHDRAWN, articles=self._articles(license.withdrawn))
        for words, text in (
            (license_wording.ATTRIBUTION, license.attribution),
            (license_wording.PRICE, license.price),
            (license_wording.APPROVED, license.approved_by),
        ):
            if text is not None:
                yield self._say(words, text=text.rstrip("."))
        if not license.publish:
            yield self._say(license_wording.UNPUBLISHED)

    def _embargoes(self, license: License) -> Iterable[str]:
        """How an embargo is reckoned on the hosts that the license covers, each way once."""
        if license.embargo is None:
            return
        hosts = [host for host in self._policy.hosts if not license.hosts or host.pattern in license.hosts]
        for field, sitemap in dict.fromkeys(
            (host.articles.field, host.articles.sitemap) for host in hosts or self._policy.hosts
        ):
            how = "sitemap" if sitemap else "path" if field is None else "field"
            words = license_wording.EMBARGO[how]
            yield self._say(words, age=self._age(license.embargo), field=f"`{field}`")

    def _age(self, seconds: int) -> str:
        """A length of time by the largest units that fit: `1 hari 12 jam`."""
        parts = []
        for size, words in license_wording.LENGTHS.items():
            count, seconds = divmod(seconds, size)
            if count:
                parts.append(f"{count} {self._say(words[0] if count == 1 else words[1])}")
        return " ".join(parts)

    def _articles(self, patterns: Sequence[Pattern]) -> str:
        """Withdrawn articles, each once."""
        texts = dict.fromkeys(pattern.text.rstrip("$?/") for pattern in patterns)
        return self._join(self._some([*texts]))

    def _rest(self, host: Host) -> Iterable[str]:
        if any(rule.use is None for rule in host.rules):
            yield self._say(wording.RULES_FIRST)
        if host.rates or any(license.rate for license in self._policy.licenses):
            yield self._say(wording.RATES)
        for sentence in wording.DEFAULTS:
            yield self._say(sentence)
        yield self._say(_robots(host))
        passed = [pattern.text.removesuffix("$") for pattern, _ in host.passed.rows()]
        always = [text.removesuffix("$") for text in ALWAYS_PASSED]
        own = sorted(set(passed) - set(always))
        yield self._say(wording.PASSED, paths=self._join([*always, *own]))
        if host.query:
            names = self._join(f"`{name}`" for name in sorted(host.query))
            yield self._say(wording.QUERY, names=names)
        else:
            yield self._say(wording.NO_QUERY)
        if host.headlines:
            yield self._say(wording.TITLES)

    def _who(self, subject: Subject) -> str:
        if subject.key in wording.WHO:
            return self._say(wording.WHO[subject.key])
        kind, _, name = subject.key.partition(":")
        if kind == "purpose":
            return self._say(wording.WHO_PURPOSE, purpose=self._say(PURPOSES[Purpose(name)]))
        if kind == "license":
            return self._say(wording.WHO_LICENSE, name=name)
        words = wording.WHO_OPERATOR if kind == "operator" else wording.WHO_AGENT
        return self._say(words, name=self._names.get(subject.key, name))

    def _paths(self, patterns: Sequence[Pattern]) -> str:
        return self._join(self._some([self._path(pattern) for pattern in patterns]))

    def _some(self, told: list[str]) -> list[str]:
        """The first few, and how many more there are."""
        if len(told) <= _PATHS_READ:
            return told
        return [*told[:_PATHS_READ], self._say(wording.MORE, count=str(len(told) - _PATHS_READ))]

    def _path(self, pattern: Pattern) -> str:
        if pattern.plain:
            words = wording.EVERYWHERE if pattern.text == "/" else wording.PREFIX
            return self._say(words, path=pattern.text)
        if pattern.anchored and "*" not in pattern.text:
            return self._say(wording.EXACTLY, path=pattern.text.removesuffix("$"))
        return self._say(wording.LIKE, path=pattern.text)

    def _use_names(self, uses: Iterable[Use]) -> str:
        return self._join(self._say(wording.USES[use]) for use in Use if use in set(uses))

    def _hosts(self, patterns: Iterable[str]) -> str:
        return self._join(map(self._host, patterns))

    def _host(self, pattern: str) -> str:
        return self._say(wording.BELOW, name=pattern[2:]) if pattern.startswith("*.") else pattern

    def _names_of(self, hosts: Sequence[Host]) -> list[str]:
        """Hosts for which the same holds, families of them by their number."""
        patterns = [host.pattern for host in hosts]
        counted = []
        for name, labels in self._families:
            members = {f"{label}.{name}" for label in labels}
            if members <= set(patterns):
                patterns = [pattern for pattern in patterns if pattern not in members]
                counted.append(self._say(wording.FAMILY, count=str(len(labels)), name=name))
        return [*map(self._host, patterns), *counted]

    def _date(self, day: date) -> str:
        return f"{day.day} {self._say(MONTHS[day.month - 1])} {day.year}"

    def _join(self, parts: Iterable[str]) -> str:
        *most, last = parts
        return f"{', '.join(most)}{self._say(wording.AND)}{last}" if most else last

    def _say(self, sentence: Sentence, **names: str) -> str:
        text = sentence.said(self._language)
        return text.format(**names) if names else text


def _robots(host: Host) -> Sentence:
    if host.robots_from is RobotsFrom.NONE:
        return wording.ROBOTS_NONE
    if not host.robots_enforced:
        return wording.NO_ROBOTS
    return wording.ROBOTS if host.robots_from is RobotsFrom.ORIGIN else wording.ROBOTS_FILE


def _terms(host: Host) -> object:
    """What must be equal for two hosts to be spoken of together."""
    rules = tuple((rule.id, tuple(p.text for p in rule.patterns), rule.verdict) for rule in host.rules)
    passed = tuple(pattern.text for pattern, _ in host.passed.rows())
    robots = host.robots_enforced, host.robots_from, host.robots_file and host.robots_file.digest
    return host.mode, tuple(host.uses.items()), rules, passed, host.query, robots
