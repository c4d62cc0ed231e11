"""A policy's own examples: who asks for what, and what must be answered. Read from YAML, asked, compared.

Theory of operation. `read_examples` makes values of the files in `tests/`, with the place of each for messages; `ask`
puts each to the policy by the same question as on the wire; `differences` says what is not as the example expects, in
the words the example uses. `unreached` names the rules that no example's answer came from: an example that passes
without reaching the rule it was written for proves nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from gateway.decision import Decision, Question
from gateway.identify.claim import Claims
from gateway.identify.identity import Identity
from gateway.policy.faults import examples as faults
from gateway.policy.model import Policy
from gateway.policy.place import Place, PolicyError
from gateway.policy.reader import Reader
from gateway.policy.robots import RobotsFile
from gateway.policy.source import Node, Table, Text, read_source, shown
from gateway.rates.counters import Counters
from gateway.request import Client
from gateway.told.asking import (
    NotAsked,
    counted,
    first_host,
    question_of,
    read_fields,
    read_moment,
    request_of,
    signed_by,
)

#: What an example may expect, and how it is found in an answer. Lists are compared by what an example names of them.
EXPECTED: Final[Mapping[str, Callable[[Decision, Identity], Any]]] = {
    "verdict": lambda decision, _: decision.verdict.value,
    "status": lambda decision, _: decision.status,
    "rule": lambda decision, _: decision.rule,
    "reason": lambda decision, _: decision.reasons[0].value,
    "license": lambda decision, _: decision.license,
    "rate": lambda decision, _: decision.rates[0] if decision.rates else None,
    "enforced": lambda decision, _: "yes" if decision.enforced else "no",
    "audience": lambda decision, _: decision.audience.value,
    "kind": lambda _, identity: identity.kind.value,
    "agent": lambda _, identity: identity.agent or identity.name,
    "operator": lambda _, identity: identity.operator,
    "purpose": lambda _, identity: identity.purpose.value if identity.purpose else None,
    "assurance": lambda _, identity: identity.assurance.value,
}
#: How often an example may be asked.
MOST_TIMES: Final = 10_000


class Checked(StrEnum):
    """What comes of the checks that the client's operator offers, if an example says it."""

    PASSES = "passes"
    FAILS = "fails"


#: How an example writes that there is none.
NONE: Final = "none"
#: The address of a client that tells none: nobody's (RFC 5737), so that no license names it.
NOWHERE: Final = "203.0.113.1"


@dataclass(frozen=True, slots=True)
class Example:
    """One example: a question, told, and what must hold of its answer. ``at`` is None where the clock may be set;
    ``times`` is how often it is asked, all at once: what is expected is expected of the last answer."""

    place: Place
    name: str
    user_agent: str
    fields: tuple[tuple[str, str], ...]
    client: Client
    host: str
    target: bytes
    method: str
    at: int | None
    robots: bytes | None
    times: int
    passes: bool | None
    signer: str
    expect: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected; both as the example would write them."""

    member: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Asked:
    """An example with the policy's answer and what differs."""

    example: Example
    question: Question
    decision: Decision
    differences: tuple[Difference, ...]


def read_examples(
    files: Mapping[str, bytes], policy: Policy, client: Callable[[str], Client | None]
) -> tuple[Example, ...]:
    """The examples in some files, in their order. ``client`` gives the client at an address, None if it is none.

    Raises PolicyError with everything that is wrong.
    """
    reader, claims, found, problems = Reader(), Claims(policy.agents), [], []
    for file, octets in files.items():
        node, syntax = read_source(file, octets)
        problems += syntax
        if not syntax:
            for place, example in _read_file(reader, node, policy, client):
                try:
                    _question(example, policy, claims, 0)
                    found.append(example)
                except NotAsked as error:
                    reader.wrong(place, faults.NOT_ASKED, why=error.why, hint=error.hint)
    problems += reader.problems
    if problems:
        raise PolicyError(tuple(sorted(problems, key=lambda problem: problem.place)))
    return tuple(found)


def ask(examples: Iterable[Example], policy: Policy, now: int) -> Iterator[Asked]:
    """Each example with its answer; ``now`` (µs since 1970) is the clock of those that tell no time."""
    claims = Claims(policy.agents)
    for example in examples:
        counters = Counters(b"")
        question, decision = counted(_question(example, policy, claims, now), counters.take)
        for _ in range(1, example.times):
            question, decision = counted(question, counters.take)
        yield Asked(
            example, question, decision, tuple(_differences(example.expect, decision, question.identity))
        )


def _question(example: Example, policy: Policy, claims: Claims, now: int) -> Question:
    """What an example asks. NotAsked if nobody could: of its client, what it supposes may not be possible."""
    fields = read_fields(example.fields, example.user_agent)
    request = request_of(example.method, example.host, example.target, example.client, fields)
    at = now if example.at is None else example.at
    robots = None if example.robots is None else RobotsFile(example.robots)
    return question_of(request, policy, claims, at, robots, supposed=example.passes, signer=example.signer)


def unreached(policy: Policy, asked: Iterable[Asked]) -> tuple[str, ...]:
    """The rules and licenses of the policy from which no answer came, by their ids, in the policy's order."""
    reached = {one.decision.rule for one in asked}
    ids = [rule.id for host in policy.hosts for rule in host.rules]
    ids += [f"license.{license.id}" for license in policy.licenses]
    return tuple(id for id in dict.fromkeys(ids) if id not in reached)


def _differences(expect: Mapping[str, str], decision: Decision, identity: Identity) -> Iterator[Difference]:
    for member, expected in expect.items():
        value = EXPECTED[member](decision, identity)
        found = NONE if value is None else str(value)
        if found != expected:
            yield Difference(member, expected, found)


def _read_file(
    reader: Reader, node: Node, policy: Policy, client: Callable[[str], Client | None]
) -> Iterator[tuple[Place, Example]]:
    """Each example that can be read, with the place of its client."""
    fields = reader.fields(node, faults.A_FILE, required=("examples",), optional=("at", "host"))
    at = _moment(reader, fields.get("at"), policy)
    host = reader.text(fields["host"], "`host`", 300) if "host" in fields else None
    if "examples" in fields:
        for item in reader.many(fields["examples"], "`examples`", single=False):
            one = _example(reader, item, policy, client, at, host or first_host(policy))
            if one is not None:
                assert isinstance(item, Table)
                yield next((value.place for key, value in item.rows if key.text == "client"), one.place), one


def _example(
    reader: Reader,
    node: Node,
    policy: Policy,
    client: Callable[[str], Client | None],
    at: int | None,
    host: str,
) -> Example | None:
    before = len(reader.problems)
    fields = reader.fields(
        node,
        faults.AN_EXAMPLE,
        required=("expect",),
        optional=("name", "client", "host", "path", "method", "at", "robots", "times"),
    )
    name = reader.text(fields["name"], "`name`") if "name" in fields else ""
    sender = _client(reader, fields.get("client"), policy)
    where = client(sender.address or NOWHERE)
    if where is None:
        reader.wrong(fields["client"].place, faults.NO_ADDRESS, text=shown(sender.address or ""))
    told = reader.text(fields["host"], "`host`", 300) if "host" in fields else host
    path = reader.text(fields["path"], "`path`", 20_000) if "path" in fields else "/"
    method = reader.text(fields["method"], "`method`", 100) if "method" in fields else "GET"
    own = _moment(reader, fields.get("at"), policy)
    times = _times(reader, fields["times"]) if "times" in fields else 1
    expect = _expected(reader, fields["expect"]) if "expect" in fields else {}
    robots = fields.get("robots")
    if robots is not None and not isinstance(robots, Text):
        reader.wrong(robots.place, faults.ROBOTS_TEXT)
    if len(reader.problems) > before or where is None:
        return None
    return Example(
        node.place,
        name or "",
        sender.user_agent,
        sender.pairs,
        where,
        told or host,
        (path or "/").encode("utf-8"),
        method or "GET",
        at if own is None else own,
        robots.text.encode("utf-8") if isinstance(robots, Text) else None,
        times,
        sender.passes,
        sender.signer,
        expect,
    )


class _Client(NamedTuple):
    """A client as an example tells it; ``passes`` is None where nothing is said of checks."""

    user_agent: str = ""
    address: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    passes: bool | None = None
    signer: str = ""


def _client(reader: Reader, node: Node | None, policy: Policy) -> _Client:
    """A client of a mapping, or of its User-Agent alone."""
    if node is None:
        return _Client()
    if not isinstance(node, Table):
        return _Client(reader.text(node, "`client`", 8192) or "")
    fields = reader.fields(
        node, "`client`", optional=("user-agent", "address", "headers", "check", "signed-by")
    )
    user_agent = reader.text(fields["user-agent"], "`user-agent`", 8192) if "user-agent" in fields else ""
    address = reader.text(fields["address"], "`address`") if "address" in fields else None
    pairs = []
    for key, value in reader.rows(fields["headers"], "`headers`") if "headers" in fields else ():
        if key.text.strip().lower() == "host":
            reader.wrong(key.place, faults.HOST_APART)
        pairs.append((key.text, reader.text(value, faults.HEADER.filled(name=shown(key.text)), 8192) or ""))
    check = reader.one_of(fields["check"], Checked, faults.CHECKED) if "check" in fields else None
    passes = None if check is None else check is Checked.PASSES
    signer = _signer(reader, fields["signed-by"], policy) if "signed-by" in fields else ""
    return _Client(user_agent or "", address, tuple(pairs), passes, signer)


def _signer(reader: Reader, node: Node, policy: Policy) -> str:
    text = reader.text(node, "`signed-by`")
    try:
        signed_by(text or "-", policy)
    except NotAsked as error:
        if text is not None:
            reader.wrong(node.place, faults.NOT_ASKED, why=error.why, hint=error.hint)
    return text or ""


def _times(reader: Reader, node: Node) -> int:
    text = reader.text(node, "`times`", 40)
    if text is not None and text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_TIMES:
        return int(text)
    if text is not None:
        reader.wrong(node.place, faults.NO_TIMES, text=shown(text), most=MOST_TIMES)
    return 1


def _moment(reader: Reader, node: Node | None, policy: Policy) -> int | None:
    text = None if node is None else reader.text(node, "`at`")
    if node is None or text is None:
        return None
    try:
        return read_moment(text, policy)
    except NotAsked as error:
        reader.wrong(node.place, faults.NOT_ASKED, why=error.why, hint=error.hint)
        return None


def _expected(reader: Reader, node: Node) -> dict[str, str]:
    """What is expected, as written; `yes` and `no` may stand without quotes."""
    fields = reader.fields(node, "`expect`", optional=tuple(EXPECTED))
    if isinstance(node, Table) and not node.rows:
        reader.wrong(node.place, faults.EXPECT_EMPTY)
    found = {}
    for member, value in fields.items():
        if member == "enforced":
            truth = reader.truth(value, "`enforced`")
            text = None if truth is None else "yes" if truth else "no"
        else:
            text = reader.text(value, f"`{member}`")
        if text is not None:
            found[member] = text
    return found
