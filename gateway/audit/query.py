"""Questions to the audit log: what `izin audit query`, `show` and `stats` ask of the index."""

# ruff: noqa: S608 -- conditions are made here, of constants and question marks

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.audit.index import ALLOW, Index
from gateway.audit.reader import Damage
from gateway.audit.rows import span
from gateway.policy.paths import Pattern
from gateway.record import EntryError
from gateway.vocabulary import Standing, Verdict

#: What a voice or a tired eye makes of Crockford's letters (https://www.crockford.com/base32.html).
_MISREAD = str.maketrans("ILO", "110", " -")


@dataclass(frozen=True, slots=True)
class Query:
    """A question. Values of one member are alternatives; members are asked for together; empty asks for everything.

    An entry that does not have a member never matches a question about it, so all but ``phases``, ``since`` and
    ``until`` ask for decisions. Words match whatever their case. ``since`` is included, ``until`` is not (µs UTC).
    ``limit`` keeps the newest. ``violations`` asks for those alone (`gateway.told.violations`).
    """

    agents: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    paths: tuple[Pattern, ...] = ()
    addresses: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    limit: int | None = None
    violations: bool = False

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The columns that hold words, with what is asked of each."""
        return {
            "agent": self.agents,
            "operator": self.operators,
            "purpose": self.purposes,
            "kind": self.kinds,
            "verdict": self.verdicts,
            "rule": self.rules,
            "license": self.licenses,
            "phase": self.phases,
        }


def ask(index: Index, query: Query) -> Iterator[dict[str, Any] | Damage]:
    """The entries that match, oldest first, as the journal has them; damage where one can no longer be read.

    A refusal has a member more, ``violation``: true, false, or null where nobody answers for the client or the record does
    not tell; and where somebody does, ``standing``, which says why.
    """
    where, values = condition(index, query)
    for position in index.find(where, values, query.limit):
        try:
            yield _with_standing(index, index.printed(position))
        except EntryError as error:
            yield index.reader.damage(position, str(error))


def count(index: Index, query: Query) -> int:
    """How many entries match."""
    where, values = condition(index, query)
    found = int(index.db.execute(f"SELECT count(*) FROM entries WHERE {where}", values).fetchone()[0])
    return found if query.limit is None else min(found, query.limit)


def _with_standing(index: Index, entry: dict[str, Any]) -> dict[str, Any]:
    if entry["phase"] == "decision" and entry["verdict"] != Verdict.ALLOW:
        finding = index.finding(entry["seq"])
        entry["violation"] = None if finding is None else finding.standing.violation
        if finding is not None:
            entry["standing"] = finding.standing.value
    return entry


def condition(index: Index, query: Query) -> tuple[str, list[Any]]:
    """The question as an SQL condition on ``entries``, with its values."""
    parts: list[str] = ["1"]
    values: list[Any] = []
    for column, wanted in query.words.items():
        if wanted:
            ids = ids_of(index, wanted)
            parts.append(f"{column} IN ({', '.join(map(str, ids))})")
            if column == "verdict" and ALLOW not in ids:
                parts.append(f"verdict > {ALLOW}")
    if query.paths:
        patterns = query.paths
        index.db.create_function(
            "asked", 1, lambda text: any(pattern.matches(text) for pattern in patterns), deterministic=True
        )
        parts.append("path IN (SELECT id FROM paths WHERE asked(canonical) OR asked(lenient))")
    if query.addresses:
        either = []
        for address in query.addresses:
            low, bits = span(address)
            either.append("pseudonym = ?" if low is None else "(low BETWEEN ? AND ? AND bits >= ?)")
            values += [address] if low is None else [low, _last(low, bits or 0), bits]
        parts.append(f"({' OR '.join(either)})")
    for sign, at in ((">=", query.since), ("<", query.until)):
        if at is not None:
            parts.append(f"at {sign} ?")
            values.append(at)
    if query.violations:
        parts.append(f"standing IN ({standings(index, violation=True)})")
    return " AND ".join(parts), values


def standings(index: Index, *, violation: bool | None) -> str:
    """The ids of the standings that are a violation, or not yet, or neither."""
    wanted = tuple(one.value for one in Standing if one.violation is violation)
    return ", ".join(map(str, ids_of(index, wanted)))


def ids_of(index: Index, words: tuple[str, ...]) -> list[int]:
    """The numbers under which the index has these words, whatever their case."""
    folded = {word.casefold() for word in words}
    every = index.db.execute("SELECT id, text FROM words")
    return [id for id, text in every if text.casefold() in folded]


def _last(low: bytes, bits: int) -> bytes:
    """The last address of the network that `span` gave."""
    size = 8 * (len(low) - 1)
    last = int.from_bytes(low[1:], "big") | ((1 << (size - bits)) - 1)
    return low[:1] + last.to_bytes(size // 8, "big")


def by_code(index: Index, code: str) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """The decisions and events with an id or short code, each decision with its outcome.

    The code is taken as it was heard: whatever its case, with I and L for 1 and O for 0, with spaces or hyphens.
    """
    heard = code.strip().upper().removesuffix("-OUTCOME").translate(_MISREAD)
    if len(heard) not in (8, 26):
        return []
    found = []
    outcomes: dict[str, dict[str, Any]] = {}
    for position in index.find("short = ?", [heard[-8:]]):
        try:
            entry = _with_standing(index, index.printed(position))
        except EntryError:
            continue
        if entry["phase"] == "outcome":
            outcomes[entry["of"]] = entry
        elif len(heard) == 8 or entry["id"].upper() == heard:
            found.append(entry)
    return [(entry, outcomes.get(entry["id"])) for entry in found]


def outcome_of(index: Index, id: str) -> dict[str, Any] | None:
    """The outcome of the decision with that id, None where none is recorded or can be read."""
    for position in index.find("short = ? AND ended IS NOT NULL", [id[-8:]]):
        with suppress(EntryError):
            entry = index.printed(position)
            if entry["of"] == id:
                return entry
    return None


class Blame(NamedTuple):
    """What a refusal is and why: since when robots.txt had forbidden it (µs UTC), and the entry in which it was served."""

    standing: Standing
    since: int | None
    served: dict[str, Any] | None


def blame(index: Index, seq: int) -> Blame | None:
    """What the refusal with that number is; None if it is none, or nobody answers for the client."""
    finding = index.finding(seq)
    if finding is None:
        return None
    served = None
    place = None if finding.served is None else index.at(finding.served)
    if place is not None:
        with suppress(EntryError):
            served = index.printed(place)
    return Blame(finding.standing, finding.since, served)
