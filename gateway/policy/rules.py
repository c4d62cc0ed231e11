"""rules.yaml: the exceptions, one rule each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from gateway.agents import Agent, Registry
from gateway.policy.faults import rules as faults
from gateway.policy.faults.values import PURPOSE, VERDICT
from gateway.policy.legal import read_order
from gateway.policy.model import RESERVED_IDS, RESERVED_PREFIXES, LegalOrder, Subject
from gateway.policy.paths import Pattern
from gateway.policy.place import Place
from gateway.policy.rates import read_rate
from gateway.policy.reader import Reader
from gateway.policy.site import read_sentence
from gateway.policy.source import Many, Node, Table, Text, shown
from gateway.policy.term import ALWAYS, Term, read_term
from gateway.rates.rate import Rate
from gateway.vocabulary import By, Kind, Purpose, Sentence, Verdict

#: Keys of a rule whose enforcement comes with a later version.
LATER: Final = frozenset({"embargo", "hosts"})

_WORDS: Final = {
    "everyone": Subject.everyone(),
    "people": Subject.kind(Kind.PEOPLE),
    "tools": Subject.kind(Kind.TOOLS),
    "agents": Subject.kind(Kind.AGENTS),
    "impostors": Subject.kind(Kind.IMPOSTORS),
    "unknown": Subject.unknown(),
}


#: Subjects that readers fall under.
_PEOPLE: Final = frozenset({Subject.everyone(), Subject.kind(Kind.PEOPLE)})


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a policy may use: agents, sections (None while site.yaml cannot be read), and licenses."""

    agents: Registry
    sections: frozenset[str] | None
    licenses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule as it was written: sections by name, for they may differ from host to host."""

    id: str
    subjects: tuple[Subject, ...]
    where: tuple[Pattern | str, ...]
    verdict: Verdict
    place: Place
    because: Sentence | None
    term: Term = ALWAYS
    order: LegalOrder | None = None
    rate: Rate | None = None

    def patterns(self, sections: Mapping[str, tuple[Pattern, ...]]) -> tuple[Pattern, ...]:
        """Its paths on a host with these sections; none if the host has none of the sections it names."""
        found: list[Pattern] = []
        for one in self.where:
            found += (one,) if isinstance(one, Pattern) else sections.get(one, ())
        return tuple(dict.fromkeys(found))


def read_rules(reader: Reader, node: Node, names: Names, zone: ZoneInfo) -> list[WrittenRule]:
    """Every rule of rules.yaml that can be read; a bare date is a whole day of ``zone``."""
    if isinstance(node, Text) and node.text == "":
        return []  # nothing but comments
    fields = reader.fields(node, "rules.yaml", required=("rules",))
    listed = fields.get("rules")
    if listed is None or (isinstance(listed, Many) and not listed.items):
        return []
    rules = []
    places: dict[str, Place] = {}
    for item in reader.many(listed, "`rules`", single=False):
        rule = _read_rule(reader, item, names, places, zone)
        if rule is not None:
            rules.append(rule)
    return rules


def _read_rule(
    reader: Reader, node: Node, names: Names, places: dict[str, Place], zone: ZoneInfo
) -> WrittenRule | None:
    ordered = isinstance(node, Table) and any(key.text == "legal-order" for key, _ in node.rows)
    fields = reader.fields(
        node,
        faults.A_LEGAL_ORDER if ordered else faults.THE_RULE,
        required=("id", "where", "verdict", *(("legal-order", "because") if ordered else ("who",))),
        optional=("from", "until", "rate", *(("who",) if ordered else ("because",))),
        later=LATER,
    )
    name = _read_id(reader, fields["id"], places) if "id" in fields else None
    subjects = _read_who(reader, fields["who"], names) if "who" in fields else ()
    if ordered and "who" not in fields:
        subjects = (Subject.everyone(),)
    where = _read_where(reader, fields["where"], names) if "where" in fields else ()
    verdict = reader.one_of(fields["verdict"], Verdict, VERDICT) if "verdict" in fields else None
    because = read_sentence(reader, fields["because"], "`because`") if "because" in fields else None
    term = read_term(reader, fields, faults.THE_RULE, zone)
    order = read_order(reader, fields["legal-order"]) if "legal-order" in fields else None
    if ordered and verdict not in (None, Verdict.DENY):
        place = fields["verdict"].place
        reader.wrong(place, faults.ORDER_CLOSES, verdict=verdict)
    rate = _read_pace(reader, fields["rate"], subjects, verdict) if "rate" in fields else None
    if name is None or verdict is None or term is None or not subjects or not where:
        return None
    return (
        None
        if ordered and order is None
        else WrittenRule(name, subjects, where, verdict, node.place, because, term, order, rate)
    )


def _read_pace(
    reader: Reader, node: Node, subjects: tuple[Subject, ...], verdict: Verdict | None
) -> Rate | None:
    """The rate of a rule, which must let somebody in."""
    rate = read_rate(reader, node)
    if rate is not None and verdict not in (None, Verdict.ALLOW):
        reader.wrong(node.place, faults.RATE_REFUSED, verdict=verdict)
    if rate is not None and rate.by is not By.ADDRESS and _PEOPLE.intersection(subjects):
        _warn_of_sharing(reader, node.place, rate)
    return rate


def _warn_of_sharing(reader: Reader, place: Place, rate: Rate) -> None:
    """Note a rate that one reader can use up for others."""
    shared = faults.RATE_SHARED_BY_NETWORK if rate.by is By.NETWORK else faults.RATE_SHARED_BY_ALL
    reader.warn(place, shared, limit=rate.limit)


def _read_id(reader: Reader, node: Node, places: dict[str, Place]) -> str | None:
    name = reader.name(node, "`id`")
    if name is None:
        return None
    if name in RESERVED_IDS or name.startswith(RESERVED_PREFIXES):
        reader.wrong(node.place, faults.ID_KEPT, name=name)
        return None
    if name in places:
        reader.wrong(node.place, faults.ID_TAKEN, name=name, place=places[name])
        return None
    places[name] = node.place
    return name


def _read_who(reader: Reader, node: Node, names: Names) -> tuple[Subject, ...]:
    found: list[Subject] = []
    for item in (node,) if isinstance(node, Table) else reader.many(node, "`who`"):
        found += (
            _read_mapped(reader, item, names) if isinstance(item, Table) else _read_word(reader, item, names)
        )
    return tuple(dict.fromkeys(found))


def _read_word(reader: Reader, node: Node, names: Names) -> tuple[Subject, ...]:
    word = reader.text(node, "`who`")
    if word is None:
        return ()
    if word in _WORDS:
        return (_WORDS[word],)
    agent = names.agents.find(word)
    if agent is not None:
        hint = faults.MEANT_AGENT.filled(name=agent.name)
    elif word in set(Purpose):
        hint = faults.MEANT_PURPOSE.filled(name=word)
    else:
        hint = reader.similar(word, _WORDS) or faults.WORDS.filled(words=", ".join(_WORDS))
    reader.wrong(node.place, faults.UNKNOWN_WHO, hint, text=shown(word))
    return ()


def _read_mapped(reader: Reader, node: Table, names: Names) -> list[Subject]:
    fields = reader.fields(node, "`who`", optional=("purpose", "operator", "agent", "license"))
    if len(fields) > 1:
        reader.wrong(node.place, faults.TWO_WAYS)
        return []
    found: list[Subject] = []
    for key, value in fields.items():
        for item in reader.many(value, f"`{key}`"):
            if key == "purpose":
                purpose = reader.one_of(item, Purpose, PURPOSE)
                found += [] if purpose is None else [Subject.purpose(purpose)]
            elif key == "operator":
                operator = _read_operator(reader, item, names)
                found += [] if operator is None else [Subject.operator(operator)]
            elif key == "license":
                license = _read_license(reader, item, names)
                found += [] if license is None else [Subject.license(license)]
            else:
                agent = read_agent_name(reader, item, names)
                found += [] if agent is None else [Subject.agent(agent.name)]
    return found


def _read_license(reader: Reader, node: Node, names: Names) -> str | None:
    name = reader.name(node, "`license`")
    if name is None or name in names.licenses:
        return name
    reader.wrong(node.place, faults.UNKNOWN_LICENSE, reader.guess(name, sorted(names.licenses)), name=name)
    return None


def _read_operator(reader: Reader, node: Node, names: Names) -> str | None:
    text = reader.text(node, "`operator`")
    if text is None:
        return None
    operators = names.agents.operators
    if text.casefold() in (one.casefold() for one in operators):
        return text
    reader.wrong(node.place, faults.UNKNOWN_OPERATOR, reader.guess(text, operators), text=shown(text))
    return None


def read_agent_name(reader: Reader, node: Node, names: Names) -> Agent | None:
    """The agent of that name; one that counts as people is none, for it would never be seen as itself."""
    text = reader.text(node, "`agent`")
    if text is None:
        return None
    agent = names.agents.find(text)
    if agent is None:
        known = [one.name for one in names.agents]
        reader.wrong(node.place, faults.UNKNOWN_AGENT, reader.guess(text, known), text=shown(text))
    elif agent.kind is Kind.PEOPLE:
        reader.wrong(node.place, faults.PEOPLE_READ_WITH, name=agent.name)
        return None
    return agent


def _read_where(reader: Reader, node: Node, names: Names) -> tuple[Pattern | str, ...]:
    if not isinstance(node, Table):
        return reader.patterns(node, "`where`")
    fields = reader.fields(node, "`where`", required=("section",))
    found = []
    for item in reader.many(fields["section"], "`section`") if "section" in fields else ():
        name = reader.name(item, "`section`")
        if name is None:
            continue
        if names.sections is not None and name not in names.sections:
            reader.wrong(
                item.place, faults.UNKNOWN_SECTION, reader.guess(name, sorted(names.sections)), name=name
            )
        else:
            found.append(name)
    return tuple(dict.fromkeys(found))
