"""agents/*.yaml: agents that the site knows and the catalogue does not, written as the catalogue's own files are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from gateway.agents import Agent, Check, Obeys, Source, Verify
from gateway.policy.faults import agents as faults
from gateway.policy.faults.values import PURPOSE, THE_FILE, TOLD
from gateway.policy.place import PolicyError
from gateway.policy.reader import Reader, What
from gateway.policy.source import Many, Node, read_source, shown
from gateway.signatures import directory_address
from gateway.vocabulary import Kind, NotMeantError, Purpose

E = TypeVar("E", bound=StrEnum)

_TEXTS: Final = ("robots", "example", "docs", "note")
_OPTIONAL: Final = (
    *_TEXTS,
    "match",
    "kind",
    "purpose",
    "also",
    "strict",
    "obeys",
    "verify",
    "source",
    "checked",
)
_VERIFY_LISTS: Final = ("ranges", "networks", "asn", "names", "directories")


def read_catalogue(files: Mapping[str, bytes]) -> list[Agent]:
    """The agents of all files of a catalogue, by their names in its folder; each must say where and when its facts were read.

    Raises PolicyError with all problems, in the order of their places.
    """
    reader = Reader()
    found: dict[str, Agent] = {}
    for name in sorted(files):
        node, problems = read_source(shown(name), files[name])
        reader.problems += problems
        for agent, item in read_agents(reader, node):
            if agent.name.casefold() in found:
                reader.wrong(item.place, faults.TWICE, name=agent.name)
            for key, missing in (("source", agent.source is Source.SITE), ("checked", agent.checked is None)):
                if missing:
                    reader.wrong(item.place, faults.MISSING, key=key, name=agent.name)
            found[agent.name.casefold()] = agent
    if reader.problems:
        raise PolicyError(tuple(sorted(reader.problems, key=lambda one: one.place)))
    return list(found.values())


def read_agents(reader: Reader, node: Node) -> list[tuple[Agent, Node]]:
    """The agents of one file, each with its node."""
    fields = reader.fields(node, THE_FILE, required=("operator", "agents"))
    operator = reader.text(fields["operator"], "`operator`", 80) if "operator" in fields else None
    found = []
    for item in reader.many(fields["agents"], "`agents`", single=False) if "agents" in fields else ():
        agent = _read_agent(reader, item, operator or "?")
        if agent is not None:
            found.append((agent, item))
    return found


def _read_agent(reader: Reader, node: Node, operator: str) -> Agent | None:
    before = len(reader.problems)
    fields = reader.fields(node, faults.AN_AGENT, required=("name",), optional=_OPTIONAL)
    name = reader.text(fields["name"], "`name`", 80) if "name" in fields else None
    kind = _choice(reader, fields, "kind", Kind) or Kind.AGENTS
    texts = {key: reader.text(fields[key], f"`{key}`", 1000) for key in _TEXTS if key in fields}
    strict = reader.truth(fields["strict"], "`strict`") if "strict" in fields else None
    checked = reader.date(fields["checked"], "`checked`") if "checked" in fields else None
    match = _texts(reader, fields["match"], "`match`") if "match" in fields else None
    also = [reader.one_of(item, Purpose, PURPOSE) for item in _items(reader, fields, "also")]
    purpose = reader.one_of(fields["purpose"], Purpose, PURPOSE) if "purpose" in fields else None
    obeys = _choice(reader, fields, "obeys", Obeys) or Obeys.UNKNOWN
    source = _choice(reader, fields, "source", Source) or Source.SITE
    verify = _read_verify(reader, fields["verify"]) if "verify" in fields else None
    if name is None or len(reader.problems) > before:
        return None
    try:
        return Agent(
            name=name,
            operator=operator,
            match=(name,) if match is None else match,
            kind=kind,
            purpose=purpose,
            also=tuple(one for one in also if one is not None),
            strict=bool(strict),
            robots=texts.get("robots"),
            obeys=obeys,
            verify=verify,
            example=texts.get("example"),
            docs=texts.get("docs"),
            note=texts.get("note"),
            source=source,
            checked=checked,
        )
    except NotMeantError as error:
        reader.wrong(node.place, faults.CANNOT_BE, name=shown(name), why=error.why)
        return None


def _read_verify(reader: Reader, node: Node) -> Verify | None:
    before = len(reader.problems)
    fields = reader.fields(node, "`verify`", optional=("check", "forward", *_VERIFY_LISTS))
    check = _choice(reader, fields, "check", Check) or Check.SOFT
    forward = reader.text(fields["forward"], "`forward`") if "forward" in fields else "complete"
    lists = {key: _texts(reader, fields[key], f"`{key}`") for key in _VERIFY_LISTS if key in fields}
    for item in _items(reader, fields, "directories"):
        text = reader.text(item, "`directories`", 500)
        if text is not None and directory_address(text) is None:
            reader.wrong(item.place, faults.NO_DIRECTORY, text=shown(text))
    if forward is None or len(reader.problems) > before:
        return None
    try:
        return Verify(check=check, forward=forward, **lists)
    except NotMeantError as error:
        reader.wrong(node.place, TOLD, why=error.why)
        return None


def _choice(reader: Reader, fields: Mapping[str, Node], key: str, choices: type[E]) -> E | None:
    return reader.one_of(fields[key], choices, key) if key in fields else None


def _items(reader: Reader, fields: Mapping[str, Node], key: str) -> tuple[Node, ...]:
    return reader.many(fields[key], f"`{key}`") if key in fields else ()


def _texts(reader: Reader, node: Node, what: What) -> tuple[str, ...]:
    if isinstance(node, Many) and not node.items:
        return ()
    texts = (reader.text(item, what, 500) for item in reader.many(node, what))
    return tuple(text for text in texts if text is not None)
