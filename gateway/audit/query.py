"""Questions to the audit log: what `izin audit query`, `show` and `stats` ask of the index."""

# ruff: noqa: S608 -- conditions are made here, of constants and question marks

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

from gateway.audit import sieve
from gateway.audit.index import Index
from gateway.audit.literals import about, literals
from gateway.audit.minutes import ALLOW, DECISION, MINUTE, PEOPLE, Run, end_of, runs
from gateway.audit.reader import Damage, Position
from gateway.audit.rows import span
from gateway.audit.unindexed import LENGTH, decisions, decisions_of, outcomes, traced
from gateway.policy.paths import Pattern
from gateway.record import EntryError
from gateway.told.violations import Finding
from gateway.vocabulary import Standing, Verdict

#: What a voice or a tired eye makes of Crockford's letters (https://www.crockford.com/base32.html).
_MISREAD = str.maketrans("ILO", "110", " -")


#: The length of a prefix from which on few of all clients are within it.
_NARROW: Final = 16


@dataclass(frozen=True, slots=True)
class Query:
    """A question. Values of one member are alternatives; members are asked for together; empty asks for everything.

    An entry that does not have a member never matches a question about it, so all but ``phases``, ``events``, ``since`` and
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
    events: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    paths: tuple[Pattern, ...] = ()
    addresses: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
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
            "event": self.events,
            "audience": self.audiences,
        }


def ask(index: Index, query: Query) -> Iterator[dict[str, Any] | Damage]:
    """The entries that match, oldest first, as the journal has them; damage where one can no longer be read.

    A refusal has a member more, ``violation``: true, false, or null where nobody answers for the client or the record does
    not tell; and where somebody does, ``standing``, which says why.
    """
    for one in placed(index, query):
        yield one if isinstance(one, Damage) else one[1]


def placed(index: Index, query: Query) -> Iterator[tuple[Position, dict[str, Any]] | Damage]:
    """As `ask`, each entry with the place where it was found."""
    for position in places(index, query):
        if isinstance(position, Damage):
            yield position
            continue
        entry = _read(index, position)
        if entry is not None:
            yield entry if isinstance(entry, Damage) else (position, _with_standing(index, entry))


def _read(index: Index, position: Position) -> dict[str, Any] | Damage | None:
    """The entry at a place, or where it is now; None if it was removed since it was found."""
    try:
        return index.printed(position)
    except EntryError as error:
        damage = index.reader.damage(position, str(error))
    moved = index.moved(position.seq)
    if moved is None or isinstance(moved, Damage) or moved == position:
        return None if moved is None else damage
    try:
        return index.printed(moved)
    except EntryError:
        return damage


def places(index: Index, query: Query, before: int = 1 << 53) -> Iterator[Position | Damage]:
    """The places of the entries that match and have a lower number than ``before``, oldest first; readers' minutes are opened,
    and damage in them is named."""
    every = (
        part._replace(last=min(part.last, before - 1)) for part in _parts(index, query) if part.first < before
    )
    if query.limit is None:
        for part in every:
            if part.run is None:  # which may be millions: they are not gathered
                where, values = condition(index, query)
                yield from index.find(f"{where} AND seq BETWEEN ? AND ?", [*values, part.first, part.last])
                continue
            yield from _found(index, query, part)
            index.looked(part.run)
        return
    newest: list[Position | Damage] = []
    count = 0
    for part in every:
        found = _found(index, query, part, query.limit - count)
        count += sum(1 for one in found if isinstance(one, Position))
        newest[:0] = found
        if count >= query.limit:
            break
    yield from newest


class _Part(NamedTuple):
    """Entries by number, both ends included; with ``run`` readers of these minutes too."""

    first: int
    last: int
    run: Run | None = None


def _parts(index: Index, query: Query) -> Iterator[_Part]:
    """The journal in parts that are looked through one after the other, minutes of readers and what is between them; the newest
    first where only so many are wanted."""
    begin, end, newest = 0, 1 << 53, query.limit is not None
    for run in minutes_of(index, query, newest=newest):
        yield _Part(run.last + 1, end) if newest else _Part(begin, run.first - 1)
        yield _Part(run.first, run.last, run)
        begin, end = (begin, run.first - 1) if newest else (run.last + 1, end)
    yield _Part(begin, end)


def _found(index: Index, query: Query, part: _Part, limit: int = -1) -> list[Position | Damage]:
    """What matches in one part, the newest ``limit`` of it."""
    where, values = condition(index, query)
    damage = [] if part.run is None else index.open(part.run)
    tables = ["entries"] if part.run is None else ["entries", "opened"]
    each = f"SELECT segment, offset, seq FROM {{}} WHERE {where} AND seq BETWEEN ? AND ?"
    sql = " UNION ALL ".join(map(each.format, tables))
    asked = [*values, part.first, part.last] * len(tables)
    rows = index.db.execute(f"{sql} ORDER BY seq DESC LIMIT ?", [*asked, limit]).fetchall()
    found: list[Position | Damage] = [Position(*row) for row in reversed(rows)]
    return sorted([*found, *damage], key=lambda one: one.seq) if damage else found


def minutes_of(index: Index, query: Query, *, newest: bool = False) -> Iterator[Run]:
    """The minutes in which readers who match may have been, in the journal's order, or the ``newest`` first."""
    parts, values = readers(index, query)
    if parts is None:
        return
    inside = "sums.segment = minutes.segment AND sums.minute = minutes.minute"
    where = f"EXISTS (SELECT 1 FROM sums WHERE {' AND '.join([inside, *parts])})"
    if query.since is not None:
        where += f" AND minute >= {query.since // MINUTE}"
    if query.until is not None:
        where += f" AND minute < {-(-query.until // MINUTE)}"
    pages = None
    if query.paths:
        pages = about(index, query.paths)
        if index.db.execute("SELECT 1 FROM asked LIMIT 1").fetchone() is None:
            return
    marks = [mark for mark in map(sieve.mark_of, query.addresses) if mark is not None]
    if marks and len(marks) == len(query.addresses):
        where += f" AND {sieve.within(index.db, marks, query.since, query.until)}"
    held = literals(index, query.addresses, query.paths)
    decided = query.verdicts or query.kinds or query.audiences or query.paths or query.addresses
    phase = DECISION if decided or query.phases == ("decision",) else None
    for run in runs(index.db, where, values, pages, newest=newest):
        yield run._replace(literals=held, phase=phase)


def readers(index: Index, query: Query) -> tuple[list[str] | None, list[Any]]:
    """The question as SQL conditions on ``sums``, whole minutes, paths and addresses left out; None where no reader matches."""
    named = query.agents or query.operators or query.purposes or query.licenses
    if named or query.events or query.traces or query.violations:
        return None, []
    parts = []
    for wanted, id in ((query.verdicts, ALLOW), (query.kinds, PEOPLE)):
        if wanted and id not in ids_of(index, wanted):
            return None, []
    if query.verdicts or query.kinds or query.audiences or query.paths or query.addresses:
        parts.append(f"sums.phase = {DECISION}")
    for column, wanted in (("phase", query.phases), ("rule", query.rules), ("audience", query.audiences)):
        if wanted:
            parts.append(f"sums.{column} IN ({', '.join(map(str, ids_of(index, wanted)))})")
    values = []
    if query.since is not None:
        parts.append("sums.minute >= ?")
        values.append(query.since // MINUTE)
    if query.until is not None:
        parts.append("sums.minute < ?")
        values.append(-(-query.until // MINUTE))
    return parts, values


def count(index: Index, query: Query) -> int:
    """How many entries match, those of readers by whole minutes, and whatever their path or address."""
    where, values = condition(index, query)
    found = int(index.db.execute(f"SELECT count(*) FROM entries WHERE {where}", values).fetchone()[0])
    parts, values = readers(index, query)
    if parts is not None:
        sql = f"SELECT coalesce(sum(n), 0) FROM sums WHERE {' AND '.join(['1', *parts])}"
        found += index.db.execute(sql, values).fetchone()[0]
    return found if query.limit is None else min(found, query.limit)


def _with_standing(index: Index, entry: dict[str, Any]) -> dict[str, Any]:
    if entry["phase"] == "decision" and entry["verdict"] != Verdict.ALLOW:
        finding = _finding(index, entry)
        entry["violation"] = None if finding is None else finding.standing.violation
        if finding is not None:
            entry["standing"] = finding.standing.value
    return entry


def _finding(index: Index, entry: dict[str, Any]) -> Finding | None:
    """What a decision is, if it is the refusal of an operator's agent; nothing is looked up for others."""
    if entry["phase"] != "decision" or entry["verdict"] == Verdict.ALLOW or not entry["identity"]["operator"]:
        return None
    return index.finding(entry["seq"])


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
        parts.append(about(index, query.paths))
    if query.addresses:
        parts.append(_within(query.addresses, values))
    if query.traces:
        parts.append(f"seq IN ({', '.join(map(str, _traced(index, query.traces)))})")
    for sign, at in ((">=", query.since), ("<", query.until)):
        if at is not None:
            parts.append(f"at {sign} ?")
            values.append(at)
    if query.violations:
        parts.append("violation")
    return " AND ".join(parts), values


def _within(addresses: tuple[str, ...], values: list[Any]) -> str:
    """The condition that a client is within one of these, its values added to those that there are."""
    either = []
    for address in addresses:
        low, bits = span(address)
        # By its own order only where that leaves few.
        column = "low" if (bits or 0) >= _NARROW else "+low"
        either.append("pseudonym = ?" if low is None else f"({column} BETWEEN ? AND ? AND bits >= ?)")
        values += [address] if low is None else [low, _last(low, bits or 0), bits]
    return f"({' OR '.join(either)})"


def _traced(index: Index, traces: tuple[str, ...]) -> list[int]:
    """The numbers of the entries of these traces, for which the octets of the whole journal are looked through, once."""
    asked = traces, index.last
    if index.traced[0] != asked:
        index.traced = asked, sorted({place.seq for place in traced(index.reader, traces)})
    return index.traced[1]


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
    if len(heard) not in (8, 26) or not heard.isalnum():
        return []
    found = []
    for place in _by_short(index, heard):
        with suppress(EntryError):
            entry = _with_standing(index, index.printed(place))
            if entry["phase"] != "outcome" and entry["id"].upper().endswith(heard):
                found.append(entry)
    return [(entry, outcome_of(index, entry["id"])) for entry in found]


def _by_short(index: Index, heard: str) -> Iterator[Position]:
    """Where the code stands in a row; or, for a reader's and what is not taken in yet, in the octets of the journal."""
    rows = list(index.find("short = ? AND ended IS NULL", [heard[-8:]]))
    yield from rows
    if len(heard) < LENGTH:
        for run in runs(index.db, sieve.within(index.db, [sieve.mark_of_code(heard)]), ()):
            yield from decisions_of(index.reader, run.segment, heard, run.offset, end_of(index.db, run))
        yield from decisions(index.reader, heard, index.after)
    elif not rows:
        yield from islice(decisions(index.reader, heard), 1)


def outcome_of(index: Index, id: str) -> dict[str, Any] | None:
    """The outcome of the decision with that id, None where none is recorded or can be read."""
    places = list(index.find("short = ? AND ended IS NOT NULL", [id[-8:]]))
    if not places:  # a reader's, or not taken in yet
        rowed = any(index.find("short = ?", [id[-8:]]))
        places = list(islice(outcomes(index.reader, id, index.after if rowed else None), 1))
    for place in places:
        with suppress(EntryError):
            entry = index.printed(place)
            if entry["of"] == id:
                return entry
    return None


class Blame(NamedTuple):
    """What a refusal is and why: since when robots.txt had forbidden it (µs UTC), and the entry in which it was served."""

    standing: Standing
    since: int | None
    served: dict[str, Any] | None


def blame(index: Index, entry: dict[str, Any]) -> Blame | None:
    """What a refusal is; None if it is none, or nobody answers for the client."""
    finding = _finding(index, entry)
    if finding is None:
        return None
    served = None
    place = None if finding.served is None else index.at(finding.served)
    if place is not None:
        with suppress(EntryError):
            served = index.printed(place)
    return Blame(finding.standing, finding.since, served)
