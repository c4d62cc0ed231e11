"""Policy → sentences that can be read aloud to a lawyer: all that is in force, what nobody wrote down too.

Theory of operation. The policy as compiled is read out, not its files: what a default says is said, and what two hosts
have in common is said once. The words are those of `wording`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.licenses.license import License
from gateway.names import MONTHS, PURPOSES
from gateway.policy import wording
from gateway.policy.model import ALWAYS_PASSED, Host, Policy, Rule, Subject
from gateway.policy.paths import Pattern
from gateway.vocabulary import Language, Purpose, Sentence, Use

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


class _Speaker:
    def __init__(self, policy: Policy, language: Language) -> None:
        self._policy = policy
        self._language = language
        self._names = {Subject.agent(agent.name).key: agent.name for agent in policy.agents}
        self._names |= {Subject.operator(name).key: name for name in policy.agents.operators}

    def chapters(self) -> tuple[Chapter, ...]:
        groups: dict[object, list[Host]] = {}
        for host in self._policy.hosts:
            groups.setdefault(_terms(host), []).append(host)
        alone = len(groups) == 1
        found = [self._chapter("site", self._site())]
        for hosts in groups.values():
            where = "" if alone else self._hosts(host.pattern for host in hosts)
            found.append(self._chapter("uses", self._uses(hosts[0]), where))
            found.append(self._chapter("rules", self._rules(hosts[0]), where))
        found.append(self._chapter("licenses", self._licenses()))
        for hosts in groups.values():
            where = "" if alone else self._hosts(host.pattern for host in hosts)
            found.append(self._chapter("rest", self._rest(hosts[0]), where))
        return tuple(found)

    def _chapter(self, name: str, sentences: Iterable[str], hosts: str = "") -> Chapter:
        title = self._say(wording.CHAPTERS[name])
        if hosts:
            title = self._say(wording.CHAPTER_ON, chapter=title, hosts=hosts)
        return Chapter(title, tuple(sentences))

    def _site(self) -> Iterable[str]:
        policy, rights = self._policy, self._policy.rights
        hosts = self._hosts(host.pattern for host in policy.hosts)
        yield self._say(wording.SITE, site=policy.site, hosts=hosts)
        yield self._say(wording.HOLDER, holder=rights.holder, contact=rights.contact)
        yield self._say(wording.NOTICE, notice=self._say(rights.notice))
        if rights.terms is not None:
            yield self._say(wording.TERMS, terms=rights.terms)
        if policy.grants:
            yield self._say(wording.GRANT, uses=self._use_names(policy.grants))
        else:
            yield self._say(wording.NO_GRANT)

    def _uses(self, host: Host) -> Iterable[str]:
        yield self._say(wording.MODES[host.mode])
        for use in Use:
            if use.single != {use}:
                continue
            name = self._say(wording.USES[use])
            if use in host.uses:
                yield self._say(wording.USE_SAID[host.uses[use]], use=name, token=use.value)
            else:
                yield self._say(wording.USE_UNSAID, use=name)
        if Use.AI_TRAIN in host.uses:
            yield self._say(wording.DATASET)

    def _rules(self, host: Host) -> Iterable[str]:
        rules = [rule for rule in host.rules if rule.use is None]
        if not rules:
            yield self._say(wording.NO_RULES)
        for rule in rules:
            yield self._rule(rule)

    def _rule(self, rule: Rule) -> str:
        who = self._join(self._who(subject) for subject in rule.subjects)
        text = self._say(wording.RULES[rule.verdict], who=who, where=self._paths(rule.patterns), rule=rule.id)
        text = text[0].upper() + text[1:]
        if rule.because is not None:
            because = self._say(rule.because).rstrip(".")
            text += " " + self._say(wording.BECAUSE, because=because)
        return text

    def _licenses(self) -> Iterable[str]:
        if not self._policy.licenses:
            yield self._say(wording.NO_LICENSES)
        for license in self._policy.licenses:
            yield " ".join(self._license(license))

    def _license(self, license: License) -> Iterable[str]:
        yield self._say(
            wording.LICENSE,
            licensee=license.licensee,
            license=license.id,
            uses=self._use_names(license.uses),
            agents=self._join(license.agents),
            hosts=self._hosts(license.hosts) if license.hosts else self._say(wording.ALL_HOSTS),
        )
        where = self._paths(license.on or (Pattern("/"),))
        if license.excepted:
            yield self._say(wording.LICENSE_EXCEPT, where=where, excepted=self._paths(license.excepted))
        else:
            yield self._say(wording.LICENSE_WHERE, where=where)
        zone = self._policy.zone
        first = license.begins.astimezone(zone).date()
        last = license.ends.astimezone(zone).date() - timedelta(days=1)
        yield self._say(wording.LICENSE_PERIOD, first=self._date(first), last=self._date(last), zone=zone.key)
        if license.contract is not None and license.contract.signed is not None:
            signed = self._date(license.contract.signed)
            yield self._say(wording.LICENSE_SIGNED, number=license.contract.number, signed=signed)
        elif license.contract is not None:
            yield self._say(wording.LICENSE_CONTRACT, number=license.contract.number)
        yield self._say(wording.LICENSE_PROOF, addresses=self._join(map(str, license.addresses)))

    def _rest(self, host: Host) -> Iterable[str]:
        if any(rule.use is None for rule in host.rules):
            yield self._say(wording.RULES_FIRST)
        for sentence in wording.DEFAULTS:
            yield self._say(sentence)
        yield self._say(wording.ROBOTS if host.robots_enforced else wording.NO_ROBOTS)
        passed = [pattern.text.removesuffix("$") for pattern, _ in host.passed.rows()]
        always = [text.removesuffix("$") for text in ALWAYS_PASSED]
        own = sorted(set(passed) - set(always))
        yield self._say(wording.PASSED, paths=self._join([*always, *own]))
        if host.query:
            names = self._join(f"`{name}`" for name in sorted(host.query))
            yield self._say(wording.QUERY, names=names)
        else:
            yield self._say(wording.NO_QUERY)

    def _who(self, subject: Subject) -> str:
        if subject.key in wording.WHO:
            return self._say(wording.WHO[subject.key])
        kind, _, name = subject.key.partition(":")
        if kind == "purpose":
            return self._say(wording.WHO_PURPOSE, purpose=self._say(PURPOSES[Purpose(name)]))
        words = wording.WHO_OPERATOR if kind == "operator" else wording.WHO_AGENT
        return self._say(words, name=self._names.get(subject.key, name))

    def _paths(self, patterns: Sequence[Pattern]) -> str:
        told = [self._path(pattern) for pattern in patterns[:_PATHS_READ]]
        if len(patterns) > _PATHS_READ:
            told.append(self._say(wording.MORE, count=str(len(patterns) - _PATHS_READ)))
        return self._join(told)

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
        return self._join(
            self._say(wording.BELOW, name=pattern[2:]) if pattern.startswith("*.") else pattern
            for pattern in patterns
        )

    def _date(self, day: date) -> str:
        return f"{day.day} {self._say(MONTHS[day.month - 1])} {day.year}"

    def _join(self, parts: Iterable[str]) -> str:
        *most, last = parts
        return f"{', '.join(most)}{self._say(wording.AND)}{last}" if most else last

    def _say(self, sentence: Sentence, **names: str) -> str:
        text = sentence.said(self._language)
        return text.format(**names) if names else text


def _terms(host: Host) -> object:
    """What must be equal for two hosts to be spoken of together."""
    rules = tuple((rule.id, tuple(p.text for p in rule.patterns), rule.verdict) for rule in host.rules)
    passed = tuple(pattern.text for pattern, _ in host.passed.rows())
    return host.mode, tuple(host.uses.items()), rules, passed, host.query, host.robots_enforced
